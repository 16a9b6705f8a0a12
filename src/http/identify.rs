//! Every request has an id: on its answer, and in every line that is logged because of it.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use hyper::body::{Frame, SizeHint};
use ipnet::IpNet;
use tokio::time::Instant;
use tracing::{Instrument, Span};

use crate::clock::whole_ms;

use super::caller::{Peer, is_one_of};

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// Longest id that is taken over.
const LENGTH_MAX: usize = 64;

/// Gives every request of this router an id. One that a trusted proxy gave already is kept, if it is
/// a plain word: what strangers write does not get into the logs.
pub fn identified(router: Router, trusted: &[IpNet]) -> Router {
    let trusted: Arc<[IpNet]> = trusted.into();
    router.layer(from_fn_with_state(trusted, identify))
}

async fn identify(State(trusted): State<Arc<[IpNet]>>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<Peer>();
    let believed = peer.is_some_and(|peer| is_one_of(peer.0, &trusted));
    let given = believed.then(|| given(request.headers())).flatten();
    let id = given.unwrap_or_else(|| format!("{:032x}", fastrand::u128(..)));
    // Of the level of an error: a span is left out when lines of its level are. The path may hold a
    // secret, and is in neither span nor line.
    let span = tracing::error_span!("request", request_id = id);
    let (begun, method) = (Instant::now(), request.method().clone());
    let response = next.run(request).instrument(span.clone()).await;
    span.in_scope(|| {
        let (status, duration_ms) = (response.status().as_u16(), whole_ms(begun.elapsed()));
        tracing::debug!(method = known(&method), status, duration_ms, "a request was answered");
    });
    let mut response = response.map(|body| Body::new(Spoken { body, span }));
    if let Ok(id) = HeaderValue::from_str(&id) {
        response.headers_mut().insert(REQUEST_ID, id);
    }
    response
}

/// The id in the headers, if there is one and it is a plain word.
fn given(headers: &HeaderMap) -> Option<String> {
    let mut all = headers.get_all(REQUEST_ID).iter();
    let (Some(only), None) = (all.next(), all.next()) else { return None };
    let plain = |b: &u8| b.is_ascii_alphanumeric() || b"-_.".contains(b);
    let fits = (1..=LENGTH_MAX).contains(&only.len()) && only.as_bytes().iter().all(plain);
    fits.then(|| only.to_str().ok().map(str::to_owned)).flatten()
}

/// A method may be any word: only ours are logged.
fn known(method: &axum::http::Method) -> &'static str {
    let ours = ["GET", "HEAD", "POST", "OPTIONS"];
    ours.into_iter().find(|one| method.as_str() == *one).unwrap_or("other")
}

/// A body whose making belongs to the request: a stream may go on for hours.
struct Spoken {
    body: Body,
    span: Span,
}

impl hyper::body::Body for Spoken {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let span = self.span.clone();
        let _within = span.enter();
        Pin::new(&mut self.body).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use axum::body::HttpBody;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn asked(peer: Option<&str>, ids: &[&'static str]) -> HeaderMap {
        let router = Router::new().route("/", get(|| async { "here" }));
        let router = identified(router, &["10.0.0.0/8".parse().unwrap()]);
        let mut request = Request::get("/").body(Body::empty()).unwrap();
        for id in ids {
            request.headers_mut().append(REQUEST_ID, HeaderValue::from_static(id));
        }
        if let Some(peer) = peer {
            request.extensions_mut().insert(Peer(peer.parse().unwrap()));
        }
        let response = router.oneshot(request).await.unwrap();
        assert_eq!(response.body().size_hint().exact(), Some(4));
        let (head, body) = response.into_parts();
        assert_eq!(body.collect().await.unwrap().to_bytes(), "here");
        head.headers
    }

    #[tokio::test]
    async fn a_plain_word_of_a_trusted_proxy_is_kept_and_nothing_else() {
        let (ours, stranger) = (Some("10.1.2.3"), Some("192.0.2.9"));
        let word = |length| -> &'static str { Box::leak("a".repeat(length).into_boxed_str()) };
        for (peer, ids, kept) in [
            (ours, &["3f-A_b.9"][..], true),
            (Some("::ffff:10.1.2.3"), &["3f-A_b.9"], true),
            (ours, &[word(64)], true),
            (ours, &[word(65)], false),
            (ours, &[""], false),
            (ours, &["a b"], false),
            (ours, &["a\"b"], false),
            (ours, &["a\tb"], false),
            (ours, &["a", "a"], false),
            (ours, &[], false),
            (stranger, &["3f-A_b.9"], false),
            (None, &["3f-A_b.9"], false),
        ] {
            let headers = asked(peer, ids).await;
            let id = headers[REQUEST_ID].to_str().unwrap();
            if kept {
                assert_eq!(id, ids[0]);
            } else {
                assert!(id.len() == 32 && id.bytes().all(|b| b.is_ascii_hexdigit()), "{id}");
            }
        }
        assert_ne!(asked(None, &[]).await[REQUEST_ID], asked(None, &[]).await[REQUEST_ID]);
    }
}
