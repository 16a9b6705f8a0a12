//! A partner's endpoint: a real server that records what it gets and answers as it is told.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::{HeaderMap, Request, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use tokio::time::Instant;

use crate::journal::Journal;
use crate::lifecycle::Tasks;
use crate::model::{PartnerId, PublicId};

/// One request as it arrived.
#[derive(Debug, Clone)]
pub(super) struct Seen {
    pub(super) at: Instant,
    pub(super) path: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Bytes,
    /// The attempt mark when it arrived.
    pub(super) mark: u64,
}

impl Seen {
    pub(super) fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }

    pub(super) fn event(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub(super) fn is(&self, name: &str) -> bool {
        self.event()["type"] == format!("luik.{name}")
    }

    pub(super) fn items(&self) -> Vec<Value> {
        self.event()["data"]["items"].as_array().unwrap().clone()
    }

    pub(super) fn ids(&self) -> Vec<PublicId> {
        let id = |item: &Value| item["id"].as_str().unwrap().parse().unwrap();
        self.items().iter().map(id).collect()
    }

    pub(super) fn is_removal(&self) -> bool {
        self.items().iter().all(|item| item["state"] == "deleted")
    }

    /// Is this the removal of this item, among others?
    pub(super) fn removes(&self, id: PublicId) -> bool {
        self.is_removal() && self.ids().contains(&id)
    }
}

/// What the sink does with a request.
#[derive(Debug, Clone)]
pub(super) enum Act {
    Answer(u16),
    Header(u16, &'static str, String),
    Json(String),
    /// Answers 200 after this time.
    Late(Duration),
    /// 200 at once, then a byte from time to time for ever.
    Drip,
    /// 200, then bytes without end.
    Flood,
}

type Script = Box<dyn Fn(&Seen) -> Act + Send>;

/// The sink. Cheap to clone.
#[derive(Clone)]
pub(super) struct Sink(Arc<Inner>);

struct Inner {
    address: SocketAddr,
    seen: Mutex<Vec<Seen>>,
    /// Messages that carry no items.
    others: Mutex<Vec<Seen>>,
    script: Mutex<Script>,
    answers: Mutex<Script>,
    /// What a visitor gets.
    page: Mutex<String>,
    journal: Journal,
    partner: PartnerId,
}

impl Sink {
    pub(super) async fn start(tasks: &Tasks, journal: Journal, partner: PartnerId) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let sink = Self(Arc::new(Inner {
            address: listener.local_addr().unwrap(),
            seen: Mutex::default(),
            others: Mutex::default(),
            script: Mutex::new(Box::new(|_| Act::Answer(204))),
            answers: Mutex::new(Box::new(|_| Act::Answer(204))),
            page: Mutex::default(),
            journal,
            partner,
        }));
        let router = Router::new().fallback(take).with_state(sink.clone());
        tasks.spawn("sink", async move { axum::serve(listener, router).await.unwrap() });
        sink
    }

    pub(super) fn endpoint(&self) -> url::Url {
        format!("http://{}/hook", self.0.address).parse().unwrap()
    }

    /// From now on requests are answered like this.
    pub(super) fn answer(&self, script: impl Fn(&Seen) -> Act + Send + 'static) {
        *self.0.script.lock().unwrap() = Box::new(script);
    }

    /// From now on a visitor gets this.
    pub(super) fn page(&self, page: String) {
        *self.0.page.lock().unwrap() = page;
    }

    /// From now on leases and questions are answered like this.
    pub(super) fn answer_others(&self, script: impl Fn(&Seen) -> Act + Send + 'static) {
        *self.0.answers.lock().unwrap() = Box::new(script);
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.0.seen.lock().unwrap()
    }

    /// Leases and questions.
    pub(super) fn others(&self) -> MutexGuard<'_, Vec<Seen>> {
        self.0.others.lock().unwrap()
    }

    /// Polls until what was seen is as expected, or fails after ten seconds.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&[Seen]) -> bool) -> Vec<Seen> {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let seen = self.seen().clone();
            if is_so(&seen) {
                return seen;
            }
            assert!(Instant::now() < deadline, "{what}: {} requests seen", seen.len());
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

async fn take(State(sink): State<Sink>, request: Request<Body>) -> Response {
    let at = Instant::now();
    let inner = &sink.0;
    if request.method() == "GET" {
        return inner.page.lock().unwrap().clone().into_response();
    }
    let mark = inner.journal.standing(&inner.partner).await.map_or(0, |s| s.push_mark.get());
    let (parts, body) = request.into_parts();
    let body = axum::body::to_bytes(body, 1 << 20).await.unwrap();
    let path = parts.uri.path().to_owned();
    let seen = Seen { at, path, headers: parts.headers, body, mark };
    let act = if seen.is("items.changed") || seen.is("ping") {
        let act = (inner.script.lock().unwrap())(&seen);
        sink.seen().push(seen);
        act
    } else {
        let act = (inner.answers.lock().unwrap())(&seen);
        sink.others().push(seen);
        act
    };
    match act {
        Act::Answer(status) => StatusCode::from_u16(status).unwrap().into_response(),
        Act::Header(status, name, value) => {
            (StatusCode::from_u16(status).unwrap(), [(name, value)]).into_response()
        }
        Act::Json(body) => ([("content-type", "application/json")], body).into_response(),
        Act::Late(after) => {
            tokio::time::sleep(after).await;
            StatusCode::OK.into_response()
        }
        Act::Flood => {
            let more = || Ok::<_, std::convert::Infallible>(Bytes::from_static(&[b'x'; 8_192]));
            Body::from_stream(futures_util::stream::repeat_with(more)).into_response()
        }
        Act::Drip => {
            let drops = futures_util::stream::unfold((), |()| async {
                tokio::time::sleep(Duration::from_millis(20)).await;
                Some((Ok::<_, std::convert::Infallible>(Bytes::from_static(b" ")), ()))
            });
            Body::from_stream(drops).into_response()
        }
    }
}
