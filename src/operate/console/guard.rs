//! Who may look and who may act. A session is proven by its cookie, for the console alone; every
//! form carries the session's mark and comes from a page of ours; a token in a header may look.

use axum::extract::Request;
use axum::http::header::{HOST, ORIGIN};
use axum::http::{HeaderMap, HeaderName, Method, Uri};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http_body_util::{BodyExt, Limited};

use crate::config::TokenDigest;
use crate::http::{self, Refusal};

use super::form::Form;
use super::language::{self, Choice};
use super::say::Say;
use super::session::Mark;
use super::{Console, files, login};

/// Largest form.
const FORM_MAX: usize = 16 * 1024;
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// What somebody is to this console.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Seat {
    /// On loopback, and no token is set: anybody may look, nobody may act.
    Open,
    /// Logged in: may look and act.
    Session,
    /// With a token in a header: may look.
    Bearer,
    /// Nobody yet: may log in.
    Stranger,
}

/// Who is here, for every page.
#[derive(Debug, Clone)]
pub(super) struct Visit {
    pub(super) say: Say,
    pub(super) seat: Seat,
    /// What every form of this visit carries.
    pub(super) mark: Mark,
    /// The path that was asked for.
    pub(super) path: String,
}

impl Visit {
    pub(super) fn may_act(&self) -> bool {
        self.seat == Seat::Session
    }
}

/// What is to become of a request.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    In,
    Login,
    Refused(Refusal),
}

/// Decides by who asks, what and how (design §10).
fn way(seat: &Seat, method: &Method, path: &str) -> Way {
    let is_form = method == Method::POST;
    if path == login::PATH || path.starts_with(files::PLACE) {
        return Way::In;
    }
    match seat {
        Seat::Session => Way::In,
        Seat::Open if is_form && !is_question(path) => Way::Refused(Refusal::AdminTokenUnset),
        Seat::Open => Way::In,
        Seat::Bearer if is_form => Way::Refused(Refusal::Forged),
        Seat::Bearer => Way::In,
        Seat::Stranger if is_form => Way::Refused(Refusal::NoToken),
        Seat::Stranger => Way::Login,
    }
}

/// Forms that only ask: what they carry must not stand in an address.
fn is_question(path: &str) -> bool {
    ["/console/items", "/console/search", "/console/statements/items"].contains(&path)
}

/// Does a form come from a page of this listener? The browser says so, or it names the page's
/// origin; who says neither is no browser of today.
fn is_own(headers: &HeaderMap) -> bool {
    let one = |name: HeaderName| {
        let mut all = headers.get_all(name).iter();
        let (only, None) = (all.next()?, all.next()) else { return None };
        only.to_str().ok()
    };
    if headers.contains_key(FETCH_SITE) {
        return one(FETCH_SITE) == Some("same-origin");
    }
    let host = one(HOST).filter(|host| !host.is_empty());
    let origin = one(ORIGIN).and_then(|origin| origin.split_once("://"));
    match (host, origin) {
        (Some(host), Some(("http" | "https", origin))) => origin.eq_ignore_ascii_case(host),
        _ => false,
    }
}

/// The keys that a page knows.
fn keys(path: &str) -> &'static [&'static str] {
    match path {
        "/console" => &["q", "state", "page"],
        login::PATH => &["next"],
        "/console/statements/held" => &["partner", "at"],
        _ => {
            let partner = path.strip_prefix("/console/partners/");
            if partner.is_some_and(|id| !id.contains('/')) { &["done"] } else { &[] }
        }
    }
}

impl Console {
    fn seat(&self, headers: &HeaderMap) -> (Seat, Mark) {
        let mark = self.sessions.find(headers, self.tools.clock.now());
        let nobody = self.sessions.mark_of_nobody();
        match (&self.token, mark) {
            (None, _) => (Seat::Open, nobody),
            (Some(_), Some(mark)) => (Seat::Session, mark),
            (Some(token), None) if is_bearer(token, headers) => (Seat::Bearer, nobody),
            (Some(_), None) => (Seat::Stranger, nobody),
        }
    }
}

fn is_bearer(token: &TokenDigest, headers: &HeaderMap) -> bool {
    http::bearer(headers).is_some_and(|given| given.is_one_of([token]))
}

/// Middleware around the console's pages.
pub(in crate::operate) async fn admit(
    console: Console,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let (seat, mark) = console.seat(request.headers());
    let (method, path) = (request.method(), request.uri().path().to_owned());
    match way(&seat, method, &path) {
        Way::In => {}
        Way::Refused(refusal) => return Err(refusal),
        Way::Login => return Ok(login::elsewhere(request.headers(), request.uri())),
    }
    if let Some(choice) = chosen(request.uri(), &path)? {
        return Ok(choice.into_response());
    }
    let say = Say::new(language::of(request.headers()));
    let visit = Visit { say, seat, mark, path };
    let (mut head, body) = request.into_parts();
    if head.method == Method::POST {
        if !is_own(&head.headers) {
            return Err(Refusal::Forged);
        }
        let body = Limited::new(body, FORM_MAX).collect().await;
        let body = body.map_err(|_| Refusal::TooLarge)?.to_bytes();
        let form = Form::read(&head.headers, &body)?;
        if !form.carries(&visit.mark) {
            return Err(Refusal::Forged);
        }
        head.extensions.insert(form);
    }
    head.extensions.insert(visit);
    Ok(next.run(Request::from_parts(head, axum::body::Body::empty())).await)
}

/// Refuses a key that the page does not know; the key `lang` chooses a language on each of them.
fn chosen(uri: &Uri, path: &str) -> Result<Option<Choice>, Refusal> {
    let mut rest = url::form_urlencoded::Serializer::new(String::new());
    let mut choice = None;
    for (key, value) in http::pairs(uri.query())? {
        if key == "lang" {
            choice = Some(language::named(&value)?);
        } else if keys(path).contains(&&*key) {
            rest.append_pair(&key, &value);
        } else {
            return Err(Refusal::UnknownKey);
        }
    }
    let rest = rest.finish();
    let back = if rest.is_empty() { path.to_owned() } else { format!("{path}?{rest}") };
    Ok(choice.map(|language| Choice { language, back }))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn each_seat_may_do_what_the_design_says() {
        let (get, post) = (Method::GET, Method::POST);
        let unset = || Way::Refused(Refusal::AdminTokenUnset);
        let forged = || Way::Refused(Refusal::Forged);
        let act = "/console/partners/wijk/pause";
        for (seat, method, path, wanted) in [
            (Seat::Open, &get, "/console", Way::In),
            (Seat::Open, &get, act, Way::In),
            (Seat::Open, &post, act, unset()),
            (Seat::Open, &post, "/console/retract", unset()),
            (Seat::Open, &post, "/console/logout", unset()),
            (Seat::Open, &post, "/console/items", Way::In),
            (Seat::Open, &post, "/console/search", Way::In),
            (Seat::Open, &post, "/console/searches", unset()),
            (Seat::Open, &post, "/console/statements/items", Way::In),
            (Seat::Session, &get, "/console", Way::In),
            (Seat::Session, &post, act, Way::In),
            (Seat::Bearer, &get, "/console", Way::In),
            (Seat::Bearer, &post, act, forged()),
            (Seat::Bearer, &post, "/console/items", forged()),
            (Seat::Stranger, &get, "/console", Way::Login),
            (Seat::Stranger, &get, "/console/statements", Way::Login),
            (Seat::Stranger, &post, act, Way::Refused(Refusal::NoToken)),
            (Seat::Stranger, &post, "/console/items", Way::Refused(Refusal::NoToken)),
            (Seat::Stranger, &get, "/console/login", Way::In),
            (Seat::Stranger, &post, "/console/login", Way::In),
            (Seat::Stranger, &get, "/console/files/console-0.css", Way::In),
            (Seat::Stranger, &get, "/console/files", Way::Login),
        ] {
            assert_eq!(way(&seat, method, path), wanted, "{seat:?} {method} {path}");
        }
    }

    fn headers(pairs: &[(&'static str, &'static str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, value) in pairs {
            headers.append(HeaderName::from_static(name), HeaderValue::from_static(value));
        }
        headers
    }

    #[test]
    fn a_form_comes_from_a_page_of_ours() {
        let host = ("host", "luik.example:9090");
        for (own, given) in [
            (true, &[host, ("sec-fetch-site", "same-origin")][..]),
            (true, &[("sec-fetch-site", "same-origin"), ("origin", "null")]),
            (false, &[host, ("sec-fetch-site", "same-site")]),
            (
                false,
                &[host, ("sec-fetch-site", "cross-site"), ("origin", "http://luik.example:9090")],
            ),
            (false, &[host, ("sec-fetch-site", "none")]),
            (false, &[host, ("sec-fetch-site", "same-origin"), ("sec-fetch-site", "same-origin")]),
            (true, &[host, ("origin", "http://luik.example:9090")]),
            (true, &[host, ("origin", "https://LUIK.example:9090")]),
            (false, &[host, ("origin", "http://luik.example")]),
            (false, &[host, ("origin", "http://evil.example")]),
            (false, &[host, ("origin", "null")]),
            (false, &[host, ("origin", "ftp://luik.example:9090")]),
            (false, &[("origin", "http://")]),
            (false, &[host]),
        ] {
            assert_eq!(is_own(&headers(given)), own, "{given:?}");
        }
    }

    #[test]
    fn a_page_knows_its_own_keys_and_the_language() {
        let of = |text: &str| {
            let uri: Uri = text.parse().unwrap();
            chosen(&uri, uri.path()).map(|choice| choice.map(|choice| choice.back))
        };
        assert_eq!(of("/console?q=a&page=2&state=worry"), Ok(None));
        assert_eq!(of("/console/partners/wijk?done=3"), Ok(None));
        assert_eq!(of("/console/login?next=/console"), Ok(None));
        for unknown in ["/console?x=1", "/console/items?q=1", "/console/partners/a/pause?done=1"] {
            assert_eq!(of(unknown), Err(Refusal::UnknownKey), "{unknown}");
        }
        assert_eq!(of("/console?lang=en"), Ok(Some("/console".into())));
        assert_eq!(of("/console?q=a+b&lang=nl"), Ok(Some("/console?q=a+b".into())));
        for wrong in ["/console?lang=de", "/console?lang=", "/console?lang=en&lang=nl"] {
            assert!(matches!(of(wrong), Err(Refusal::WrongValue(_))), "{wrong}");
        }
    }
}
