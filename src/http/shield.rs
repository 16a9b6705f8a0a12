//! Around every handler: a panic or a wait without end becomes a refusal, and every answer gets
//! the headers of caution.

use std::panic::AssertUnwindSafe;
use std::time::Duration;

use axum::extract::Request;
use axum::http::header::{
    CONTENT_SECURITY_POLICY, HeaderName, REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::{HeaderMap, HeaderValue};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use futures_util::FutureExt;

use super::refusal::Refusal;

/// Longest time until the head of an answer is there.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// Middleware for the whole router. The panic itself is dropped unread: it may quote a value.
pub async fn shield(request: Request, next: Next) -> Response {
    let caught = AssertUnwindSafe(next.run(request)).catch_unwind();
    let mut response = match tokio::time::timeout(ANSWER_TIME_MAX, caught).await {
        Ok(Ok(response)) => response,
        Ok(Err(_)) => {
            tracing::error!("a handler panicked");
            Refusal::Broken.into_response()
        }
        Err(_) => {
            let limit_ms = ANSWER_TIME_MAX.as_millis();
            tracing::warn!(limit_ms, "an answer took too long");
            Refusal::Unavailable.into_response()
        }
    };
    let headers = response.headers_mut();
    set_missing(headers, X_CONTENT_TYPE_OPTIONS, "nosniff");
    set_missing(headers, REFERRER_POLICY, "no-referrer");
    let nothing = "default-src 'none'; frame-ancestors 'none'";
    set_missing(headers, CONTENT_SECURITY_POLICY, nothing);
    response
}

/// Sets a header unless the handler has set it.
pub fn set_missing(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.entry(name).or_insert(HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests {
    use axum::Router;
    use axum::body::Body;
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
            .route("/own", get(|| async { [(CONTENT_SECURITY_POLICY, "own")] }))
            .layer(axum::middleware::from_fn(shield));
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
    async fn caution_is_added_and_what_a_handler_set_is_kept() {
        let (_, headers, _) = asked("/own").await;
        assert_eq!(headers["content-security-policy"], "own");
        assert_eq!(headers["x-content-type-options"], "nosniff");
        assert_eq!(headers["referrer-policy"], "no-referrer");
    }
}
