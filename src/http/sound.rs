//! What no path has to ask: a request that another server could read in another way (RFC 9112), or
//! that is out of all proportion, is refused before any handler sees it.

use axum::extract::Request;
use axum::http::header::{EXPECT, HOST, TRANSFER_ENCODING};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, Method, Version};

use super::caller::Peer;
use super::refusal::Refusal;

/// Longest path with its query; no address here is near it.
const URI_BYTES_MAX: usize = 4_096;

/// Is this a request as it should be?
pub(super) fn check(request: &Request) -> Result<(), Refusal> {
    let (uri, headers) = (request.uri(), request.headers());
    if methods_instead_of(request.method()).is_some() && uri.path().is_empty() {
        return Err(Refusal::WrongMethod);
    }
    if uri.path().len() + uri.query().map_or(0, str::len) > URI_BYTES_MAX {
        return Err(Refusal::UriTooLong);
    }
    // Without a socket there is no other server that could read it in another way.
    let needed =
        request.version() == Version::HTTP_11 && request.extensions().get::<Peer>().is_some();
    if !names_one_host(headers, needed) {
        return Err(Refusal::WrongValue("One header Host is needed, with a host in it."));
    }
    // Nobody reads a body here; an honest client sends none.
    let bodiless = matches!(*request.method(), Method::GET | Method::HEAD);
    if bodiless && headers.contains_key(TRANSFER_ENCODING) {
        return Err(Refusal::WrongValue(
            "Nothing is read behind a GET: send no Transfer-Encoding.",
        ));
    }
    let expected = |value: &[u8]| value.eq_ignore_ascii_case(b"100-continue");
    if headers.get_all(EXPECT).iter().any(|value| !expected(value.as_bytes())) {
        return Err(Refusal::Unexpected);
    }
    Ok(())
}

/// What is answered instead of a tunnel, which has no address of its own here.
pub(super) fn methods_instead_of(method: &Method) -> Option<&'static str> {
    (method == Method::CONNECT).then_some("GET, HEAD, POST")
}

/// None at all is fine unless one is needed.
fn names_one_host(headers: &HeaderMap, needed: bool) -> bool {
    let mut all = headers.get_all(HOST).iter();
    match (all.next(), all.next()) {
        (None, _) => !needed,
        (Some(only), None) => Authority::try_from(only.as_bytes())
            .is_ok_and(|host| !host.host().is_empty() && !host.as_str().contains('@')),
        (Some(_), Some(_)) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use axum::body::Body;

    use super::*;

    fn checked(method: &str, uri: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().method(method).uri(uri);
        request = request.extension(Peer(Ipv4Addr::LOCALHOST.into()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let refused = check(&request.body(Body::empty()).unwrap()).err();
        refused.map(|refusal| refusal.status().as_u16())
    }

    #[test]
    fn a_sound_request_comes_in() {
        let host = ("host", "luik.example");
        for (method, uri, headers) in [
            ("GET", "/", &[host][..]),
            ("GET", "/", &[("host", "[::1]:8080")]),
            ("POST", "/", &[host, ("expect", "100-Continue"), ("transfer-encoding", "chunked")]),
            ("PROPFIND", "/", &[host]),
            ("GET", &format!("/{}", "a".repeat(4_095)), &[host]),
        ] {
            assert_eq!(checked(method, uri, headers), None, "{method} {headers:?}");
        }
    }

    #[test]
    fn each_that_is_not_has_its_refusal() {
        let host = ("host", "luik.example");
        for (method, uri, headers, status) in [
            ("GET", "/", &[][..], 400),
            ("GET", "/", &[host, host], 400),
            ("GET", "/", &[("host", "")], 400),
            ("GET", "/", &[("host", "a b")], 400),
            ("GET", "/", &[("host", "user@luik.example")], 400),
            ("GET", "/", &[host, ("transfer-encoding", "chunked")], 400),
            ("GET", "/", &[host, ("expect", "a miracle")], 417),
            ("POST", "/", &[host, ("expect", "100-continue"), ("expect", "more")], 417),
            ("CONNECT", "luik.example:443", &[host], 405),
            ("GET", &format!("/?{}", "a".repeat(4_096)), &[host], 414),
        ] {
            assert_eq!(checked(method, uri, headers), Some(status), "{method} {headers:?}");
        }
    }
}
