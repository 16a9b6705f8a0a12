//! The receiver over HTTP: one address to post to, a few to look at.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Bytes;
use axum::extract::rejection::{BytesRejection, QueryRejection};
use axum::extract::{DefaultBodyLimit, Query, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{get, post};
use serde::Deserialize;
use serde_json::{Value, json};
use tower_http::set_header::SetResponseHeaderLayer;
use tower_http::timeout::TimeoutLayer;

use super::page::{self, Face};
use super::store::{Full, Store};
use super::take;
use super::verify::{Key, Refusal, Signed, verify};
use super::wire::{Malformed, Message};
use crate::clock::Clock;

/// Largest message that is read; the gateway's batches stay far below.
const BODY_BYTES_MAX: usize = 8 << 20;
/// Longest time from the first header to the last byte of the answer.
const ANSWER_TIME_MAX: Duration = Duration::from_secs(30);

/// A site that takes messages.
#[derive(Debug, Clone)]
pub struct Receiver {
    /// What it holds.
    pub store: Store,
    /// Secrets that it shares with the gateway; several during a rotation.
    pub keys: Arc<[Key]>,
    /// For the tolerance on timestamps, and for the lease.
    pub clock: Clock,
    /// How its page introduces itself.
    pub face: Face,
}

/// Everything a receiving site answers: messages on `POST /` and `POST /luik`, and its [`site`].
pub fn router(receiver: Receiver) -> Router {
    let look = site(receiver.store.clone(), receiver.clock.clone(), receiver.face.clone());
    let messages = Router::new()
        .route("/", post(take))
        .route("/luik", post(take))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(receiver);
    limited(look.merge(messages))
}

/// What anybody may look at: a page, `/items` and `/digest`. The pull site of the demo is this
/// and nothing more.
pub fn site(store: Store, clock: Clock, face: Face) -> Router {
    let header = |name: HeaderName, value| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    let router = Router::new()
        .route("/", get(show))
        .route("/site.css", get(style))
        .route("/items", get(items))
        .route("/digest", get(digest))
        .layer(header(CACHE_CONTROL, "no-store"))
        .layer(header(CONTENT_SECURITY_POLICY, page::CONTENT_SECURITY))
        .layer(header(HeaderName::from_static("referrer-policy"), "no-referrer"))
        .layer(header(HeaderName::from_static("x-content-type-options"), "nosniff"))
        .layer(header(HeaderName::from_static("x-robots-tag"), "noindex"))
        .with_state(Site { store, clock, face });
    limited(router)
}

fn limited(router: Router) -> Router {
    let timeout = TimeoutLayer::with_status_code(StatusCode::REQUEST_TIMEOUT, ANSWER_TIME_MAX);
    router.layer(timeout)
}

/// Verify, read, apply, answer: in this order, and nothing before the signature fits.
async fn take(
    State(receiver): State<Receiver>,
    headers: HeaderMap,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json, Problem> {
    let body = body.map_err(|rejection| Problem::Body(rejection.status()))?;
    let signed = signed(&headers)?;
    verify(&receiver.keys, signed, &body, receiver.clock.now())?;
    let message = Message::parse(&body)?;
    let taken = receiver.store.write(|holdings| take::carry_out(message, holdings));
    Ok(Json(json!(taken?)))
}

fn signed(headers: &HeaderMap) -> Result<Signed<'_>, Refusal> {
    let text = |name| {
        let value = headers.get(name).ok_or(Refusal::Headers)?;
        value.to_str().map_err(|_| Refusal::Headers)
    };
    Ok(Signed {
        id: text("webhook-id")?,
        timestamp: text("webhook-timestamp")?,
        signature: text("webhook-signature")?,
    })
}

struct Json(Value);

impl IntoResponse for Json {
    fn into_response(self) -> Response {
        ([(CONTENT_TYPE, "application/json")], self.0.to_string()).into_response()
    }
}

/// Why a request is not answered with 200.
#[derive(Debug, thiserror::Error)]
enum Problem {
    #[error(transparent)]
    Refused(#[from] Refusal),
    #[error(transparent)]
    Malformed(#[from] Malformed),
    #[error(transparent)]
    Full(#[from] Full),
    #[error("the body could not be read, or is larger than 8 MiB")]
    Body(StatusCode),
    #[error("page must be a number from 1")]
    Page,
}

impl Problem {
    fn status(&self) -> StatusCode {
        match self {
            Self::Refused(_) => StatusCode::UNAUTHORIZED,
            Self::Malformed(_) | Self::Page => StatusCode::BAD_REQUEST,
            Self::Full(_) => StatusCode::INSUFFICIENT_STORAGE,
            Self::Body(status) => *status,
        }
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let title = status.canonical_reason().unwrap_or("problem");
        let body = json!({"status": status.as_u16(), "title": title, "detail": self.to_string()});
        let kind = [(CONTENT_TYPE, "application/problem+json")];
        (status, kind, body.to_string()).into_response()
    }
}

#[derive(Debug, Clone)]
struct Site {
    store: Store,
    clock: Clock,
    face: Face,
}

#[derive(Debug, Deserialize)]
struct Turn {
    page: Option<usize>,
}

async fn show(
    State(site): State<Site>,
    turn: Result<Query<Turn>, QueryRejection>,
) -> Result<Html<String>, Problem> {
    let Query(Turn { page }) = turn.map_err(|_| Problem::Page)?;
    let page = page.unwrap_or(1).checked_sub(1).ok_or(Problem::Page)?;
    let now = site.clock.now();
    let markup = site.store.read(|holdings| page::page(&site.face, holdings, page, now));
    Ok(Html(markup.into_string()))
}

async fn style() -> impl IntoResponse {
    ([(CONTENT_TYPE, "text/css; charset=utf-8")], page::STYLE)
}

/// All that may be shown now, the latest change first.
async fn items(State(site): State<Site>) -> Json {
    let now = site.clock.now();
    Json(site.store.read(|holdings| {
        let live = holdings.newest(now).filter_map(|(id, entry)| {
            let data: Value = serde_json::from_str(entry.data.as_deref()?).ok()?;
            let modified = entry.modified.get();
            Some(json!({"id": id, "kind": entry.kind.as_str(), "modified": modified, "data": data}))
        });
        Value::Array(live.collect())
    }))
}

async fn digest(State(site): State<Site>) -> Json {
    Json(site.store.read(|holdings| {
        json!({
            "count": holdings.count(),
            "digest": holdings.digest(),
            "removals": holdings.removals(),
            "validUntil": holdings.valid_until().map(|until| until.to_string()),
        })
    }))
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;
    use hmac::{Hmac, KeyInit, Mac};
    use http_body_util::BodyExt;
    use jiff::Timestamp;
    use sha2::Sha256;
    use tower::ServiceExt;

    use super::super::store::Holdings;
    use super::*;
    use crate::config::Secret;

    const KEY: [u8; 24] = [7; 24];
    const NOW: i64 = 1_800_000_000;

    fn receiver() -> Receiver {
        let secret = Secret::new(&format!("whsec_{}", STANDARD.encode(KEY)));
        Receiver {
            store: Store::default(),
            keys: [Key::parse(&secret).unwrap()].into(),
            clock: Clock::wound(Timestamp::from_second(NOW).unwrap()),
            face: Face::default(),
        }
    }

    fn post(path: &str, body: &str, key: &[u8]) -> Request<Body> {
        let mut mac: Hmac<Sha256> = Hmac::new_from_slice(key).unwrap();
        mac.update(format!("m1.{NOW}.{body}").as_bytes());
        let signature = STANDARD.encode(mac.finalize().into_bytes());
        Request::post(path)
            .header("webhook-id", "m1")
            .header("webhook-timestamp", NOW)
            .header("webhook-signature", format!("v1,{signature}"))
            .body(Body::from(body.to_owned()))
            .unwrap()
    }

    async fn ask(receiver: &Receiver, request: Request<Body>) -> (StatusCode, Value) {
        let answer = router(receiver.clone()).oneshot(request).await.unwrap();
        let status = answer.status();
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let text = String::from_utf8_lossy(&body).into_owned();
        (status, serde_json::from_str(&text).unwrap_or(Value::String(text)))
    }

    fn changed(items: &str) -> String {
        format!(
            r#"{{"specversion":"1.0","type":"luik.items.changed","data":{{"items":[{items}]}}}}"#
        )
    }

    const UPDATED: &str =
        r#"{"state":"updated","kind":"request","id":"a","modified":1,"data":{"title":"Tuin"}}"#;
    const DELETED: &str = r#"{"state":"deleted","kind":"request","id":"a","modified":2}"#;
    const ODD: &str = r#"{"state":"updated","kind":"request","id":"b","modified":3}"#;

    #[tokio::test]
    async fn a_message_is_applied_and_answered_with_ids_and_digest() {
        let receiver = receiver();
        let (status, answer) = ask(&receiver, post("/", &changed(UPDATED), &KEY)).await;
        let digest = receiver.store.read(Holdings::digest);
        assert_ne!(digest, "0".repeat(64));
        assert_eq!(status, StatusCode::OK);
        assert_eq!(answer, json!({"confirmed": ["a"], "rejected": [], "digest": digest}));

        let (_, items) = ask(&receiver, Request::get("/items").body(Body::empty()).unwrap()).await;
        let held =
            json!([{"id": "a", "kind": "request", "modified": 1, "data": {"title": "Tuin"}}]);
        assert_eq!(items, held);

        let both = changed(&format!("{DELETED},{ODD}"));
        let (_, answer) = ask(&receiver, post("/luik", &both, &KEY)).await;
        let rejected = json!([{"id": "b", "reason": "data is missing"}]);
        assert_eq!(answer["confirmed"], json!(["a"]));
        assert_eq!(answer["rejected"], rejected);
        // late and doubled: confirmed, and still gone
        let (_, answer) = ask(&receiver, post("/", &changed(UPDATED), &KEY)).await;
        assert_eq!(answer["confirmed"], json!(["a"]));
        assert_eq!(answer["digest"], "0".repeat(64));
    }

    #[tokio::test]
    async fn bad_messages_get_the_status_that_says_why() {
        let good = changed(UPDATED);
        let unsigned = Request::post("/").body(Body::from(good.clone())).unwrap();
        let large = " ".repeat(BODY_BYTES_MAX + 1);
        for (request, status) in [
            (post("/", &good, &[8; 24]), StatusCode::UNAUTHORIZED),
            (unsigned, StatusCode::UNAUTHORIZED),
            (post("/", "[]", &KEY), StatusCode::BAD_REQUEST),
            (post("/", &large, &KEY), StatusCode::PAYLOAD_TOO_LARGE),
            (post("/elsewhere", &good, &KEY), StatusCode::NOT_FOUND),
        ] {
            let receiver = receiver();
            assert_eq!(ask(&receiver, request).await.0, status);
            assert_eq!(receiver.store.read(Holdings::count), 0);
        }
    }

    #[tokio::test]
    async fn a_full_store_answers_507_but_takes_away() {
        let receiver = receiver();
        receiver.store.write(|holdings| *holdings = Holdings::bounded(1));
        ask(&receiver, post("/", &changed(UPDATED), &KEY)).await;
        let new = UPDATED.replace(r#""a""#, r#""c""#);
        let (status, _) =
            ask(&receiver, post("/", &changed(&format!("{new},{DELETED}")), &KEY)).await;
        assert_eq!(status, StatusCode::INSUFFICIENT_STORAGE);
        assert_eq!(receiver.store.read(Holdings::count), 0);
    }

    #[tokio::test]
    async fn the_page_shows_what_is_held_and_nothing_after_the_lease() {
        let receiver = receiver();
        let until = Timestamp::from_second(NOW + 60).unwrap();
        let lease =
            json!({"type": "luik.lease.renewed", "data": {"validUntil": until.to_string()}});
        let script = UPDATED.replace("Tuin", "<script>Tuin");
        for body in [changed(&script), lease.to_string(), r#"{"type":"luik.ping"}"#.to_owned()] {
            assert_eq!(ask(&receiver, post("/", &body, &KEY)).await.0, StatusCode::OK);
        }
        let look = || Request::get("/").body(Body::empty()).unwrap();
        let (_, page) = ask(&receiver, look()).await;
        assert!(page.as_str().unwrap().contains("&lt;script&gt;Tuin"));
        receiver.clock.wind(61_000);
        let (_, page) = ask(&receiver, look()).await;
        assert!(!page.as_str().unwrap().contains("Tuin"));
        let bad = Request::get("/?page=0").body(Body::empty()).unwrap();
        assert_eq!(ask(&receiver, bad).await.0, StatusCode::BAD_REQUEST);
    }
}
