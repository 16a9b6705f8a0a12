//! Around every handler: what is no sound request does not come in, a panic becomes a refusal,
//! what a library refuses by itself gets our form, and every answer gets the headers of caution.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{
    ALLOW, CONNECTION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use crate::clock::whole_ms;

use super::refusal::Refusal;
use super::sound;

/// Longest time until the head of an answer is there.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// Middleware for the whole router. The panic itself is dropped unread: it may quote a value.
pub async fn shield(request: Request, next: Next) -> Response {
    let mut response = match sound::check(&request) {
        Ok(()) => AssertUnwindSafe(next.run(request)).catch_unwind().await.unwrap_or_else(|_| {
            tracing::error!("a handler panicked");
            Refusal::Broken.into_response()
        }),
        Err(refusal) => refused(refusal, &request),
    };
    if is_of_a_library(&response) {
        response = reshaped(response);
    }
    let headers = response.headers_mut();
    set_missing(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set_missing(headers, REFERRER_POLICY, "no-referrer");
    let nothing = "default-src 'none'; frame-ancestors 'none'";
    set_missing(headers, CONTENT_SECURITY_POLICY, nothing);
    response
}

/// Middleware for paths whose answer begins soon.
pub async fn in_time(request: Request, next: Next) -> Response {
    let answer = tokio::time::timeout(ANSWER_TIME_MAX, next.run(request)).await;
    answer.unwrap_or_else(|_| {
        let limit_ms = whole_ms(ANSWER_TIME_MAX);
        tracing::warn!(limit_ms, "an answer took too long");
        Refusal::Unavailable.into_response()
    })
}

/// What another server could read in another way ends the connection: nothing behind it is read.
/// A wrong method comes with those that are right.
fn refused(refusal: Refusal, request: &Request) -> Response {
    let mut response = refusal.into_response();
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    if let Some(methods) = sound::methods_instead_of(request.method()) {
        response.headers_mut().insert(ALLOW, HeaderValue::from_static(methods));
    }
    response
}

/// A refusal in plain text, or without a word, is none of ours.
fn is_of_a_library(response: &Response) -> bool {
    let status = response.status();
    let form = response.headers().get(CONTENT_TYPE);
    let wordless = form.is_none_or(|form| form.as_bytes().starts_with(b"text/plain"));
    (status.is_client_error() || status.is_server_error()) && wordless
}

/// In our form; which methods are right stays told.
fn reshaped(response: Response) -> Response {
    let mut refusal = Refusal::of_status(response.status()).into_response();
    if let Some(methods) = response.headers().get(ALLOW) {
        refusal.headers_mut().insert(ALLOW, methods.clone());
    }
    refusal
}

/// Sets a header unless the handler has set it.
pub fn set_missing(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
    use axum::http::StatusCode;
    use axum::middleware::from_fn;
    use axum::routing::get;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;

    async fn panics() -> Response {
        panic!("canary-in-a-panic")
    }

    async fn asked(path: &str) -> (u16, HeaderMap, String) {
        let router = Router::new()
            .route("/panics", get(panics))
            .route("/hangs", get(std::future::pending::<Response>))
            .route("/wordless", get(|| async { StatusCode::UNPROCESSABLE_ENTITY }))
            .route("/plain", get(|| async { (StatusCode::PAYLOAD_TOO_LARGE, "length limit") }))
            .route("/own", get(|| async { [(CONTENT_SECURITY_POLICY, "own")] }))
            .layer(from_fn(in_time))
            .layer(from_fn(shield));
        let request = Request::get(path).body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let text = String::from_utf8(body.to_vec()).unwrap();
        (head.status.as_u16(), head.headers, text)
    }

    #[tokio::test(start_paused = true)]
    async fn a_panic_and_an_endless_wait_are_refusals_without_details() {
        let (status, headers, body) = asked("/panics").await;
        assert_eq!(
            (status, &headers["content-type"]),
            (500, &HeaderValue::from_static("application/problem+json"))
        );
        assert!(!body.contains("canary"));
        assert_eq!(asked("/hangs").await.0, 503);
    }

    #[tokio::test]
    async fn what_a_library_refuses_gets_our_form() {
        for (path, status) in [("/wordless", 400), ("/plain", 413)] {
            let (found, headers, body) = asked(path).await;
            assert_eq!(found, status);
            assert_eq!(headers["content-type"], "application/problem+json");
            assert!(body.contains(&format!("\"status\":{status}")), "{body}");
        }
    }

    #[tokio::test]
    async fn caution_is_added_and_what_a_handler_set_is_kept() {
        let (_, headers, _) = asked("/own").await;
        assert_eq!(headers["content-security-policy"], "own");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
    }
}
