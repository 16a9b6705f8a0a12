//! A fake partner that receives pushes and complains about anything it did not expect.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::{Duration, UNIX_EPOCH};

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, Method, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::{Value, json};
use sha2::Sha256;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::gateway::Gateway;
use super::holdings::{Holdings, Scope, Shown, closed, text};

/// How it answers.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// Takes everything.
    Accept,
    /// Takes everything, at once or only when it answers after this time.
    Slowly(Duration),
    /// One in so many requests gets a 500, and half of those were applied all the same.
    Fails(usize),
    /// This status, and `Retry-After` with this many seconds if there are some.
    Refuse(u16, Option<u32>),
    /// Never answers.
    Hang,
    /// Takes everything but these ids.
    RejectIds(BTreeSet<String>),
}

/// What the partner knows.
struct Inner {
    manner: Manner,
    holdings: Holdings,
    requests: usize,
    /// Every byte that came: request line, headers, body.
    bytes: Vec<u8>,
    complaints: Vec<String>,
}

#[derive(Clone)]
struct Shared {
    name: &'static str,
    key: Vec<u8>,
    source: String,
    inner: Arc<Mutex<Inner>>,
}

/// The partner. It fails the test, at the latest when it is dropped, if it has a complaint.
pub(crate) struct Site {
    shared: Shared,
    port: u16,
    _server: JoinSet<Result<(), std::io::Error>>,
}

impl Site {
    /// Starts to listen for this gateway, and gives it the secret.
    pub(crate) async fn start(gateway: &Gateway, name: &'static str, scope: Scope) -> Self {
        let key: Vec<u8> = (0..32).map(|_| fastrand::u8(..)).collect();
        gateway.secret(name, &format!("whsec_{}", STANDARD.encode(&key)));
        let source = gateway.public_url();
        let holdings = Holdings::new(scope, format!("{source}/r/{name}"));
        let (bytes, complaints) = <_>::default();
        let inner = Inner { manner: Manner::Accept, holdings, requests: 0, bytes, complaints };
        let shared = Shared { name, key, source, inner: Arc::new(Mutex::new(inner)) };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let router = Router::new().fallback(receive).with_state(shared.clone());
        let mut server = JoinSet::new();
        server.spawn(async move { axum::serve(listener, router).await });
        Self { shared, port, _server: server }
    }

    /// The section `[push]` of its file.
    pub(crate) fn push(&self) -> String {
        let Self { port, shared: Shared { name, .. }, .. } = self;
        format!(
            "[push]\nendpoint = \"http://127.0.0.1:{port}/luik\"\n\
             secrets = [{{ file = \"../secrets/{name}\" }}]\ntimeout = \"2s\"\n\
             per_second = 1000\nallow_private = true\n"
        )
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.shared.inner.lock().unwrap()
    }

    /// From now on it answers like this.
    pub(crate) fn behave(&self, manner: Manner) {
        self.inner().manner = manner;
    }

    /// From now on another agreement holds.
    pub(crate) fn set_scope(&self, scope: Scope) {
        self.inner().holdings.set_scope(scope);
    }

    /// How many requests came.
    pub(crate) fn requests(&self) -> usize {
        self.inner().requests
    }

    /// Everything that it shows.
    pub(crate) fn shown(&self) -> BTreeSet<Shown> {
        self.inner().holdings.shown()
    }

    /// Looks at what it holds.
    pub(crate) fn look<T>(&self, look: impl FnOnce(&Holdings) -> T) -> T {
        look(&self.inner().holdings)
    }

    /// Every byte that came.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.inner().bytes.clone()
    }

    /// Fails if anything unexpected came.
    pub(crate) fn check(&self) {
        let inner = self.inner();
        assert!(inner.complaints.is_empty(), "{}: {:#?}", self.shared.name, inner.complaints);
    }
}

impl Drop for Site {
    fn drop(&mut self) {
        if !std::thread::panicking() {
            self.check();
        }
    }
}

async fn receive(
    State(shared): State<Shared>,
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Infallible> {
    let (items, plan) = {
        let mut inner = shared.inner.lock().unwrap();
        inner.requests += 1;
        record(&mut inner.bytes, (&method, &uri), &headers, &body);
        let event = shared.open((&method, &uri), &headers, &body);
        match event.and_then(|event| items(&event)) {
            Ok(items) => (items, inner.plan()),
            Err(complaint) => return Ok(inner.complain(complaint)),
        }
    };
    Ok(carry_out(&shared, plan, &items).await)
}

fn record(bytes: &mut Vec<u8>, (method, uri): (&Method, &Uri), headers: &HeaderMap, body: &[u8]) {
    bytes.extend_from_slice(format!("{method} {uri}\n").as_bytes());
    for (name, value) in headers {
        bytes.extend_from_slice(format!("{name}: ").as_bytes());
        bytes.extend_from_slice(value.as_bytes());
        bytes.push(b'\n');
    }
    bytes.extend_from_slice(body);
    bytes.push(b'\n');
}

impl Shared {
    /// The event in a request that is as it must be.
    fn open(
        &self,
        (method, uri): (&Method, &Uri),
        headers: &HeaderMap,
        body: &[u8],
    ) -> Result<Value, String> {
        if method != Method::POST || uri != "/luik" {
            return Err(format!("unexpected request: {method} {uri}"));
        }
        let header = |name: &str| -> Result<&str, String> {
            let mut all = headers.get_all(name).iter();
            let (Some(one), None) = (all.next(), all.next()) else {
                return Err(format!("not exactly one {name}"));
            };
            one.to_str().map_err(|_| format!("odd {name}"))
        };
        let (id, timestamp) = (header("webhook-id")?, header("webhook-timestamp")?);
        self.verify((id, timestamp), header("webhook-signature")?, body)?;
        if header("content-type")? != "application/cloudevents+json" {
            return Err("another content type".into());
        }
        let agreement = header("luik-agreement")?.strip_prefix("sha256:").unwrap_or_default();
        if agreement.len() != 64 || !agreement.bytes().all(|b| b.is_ascii_hexdigit()) {
            return Err("no agreement hash".into());
        }
        let event: Value = serde_json::from_slice(body).map_err(|error| error.to_string())?;
        let keys = ["specversion", "id", "source", "type", "time", "datacontenttype", "data"];
        closed(&event, &keys, &[])?;
        text(&event, "time")?.parse::<jiff::Timestamp>().map_err(|error| error.to_string())?;
        let fixed = [
            ("specversion", "1.0"),
            ("id", id),
            ("source", &self.source),
            ("datacontenttype", "application/json"),
        ];
        match fixed.into_iter().find(|(key, value)| event[key] != *value) {
            Some((key, _)) => Err(format!("{key} is {}", event[key])),
            None => Ok(event),
        }
    }

    /// Standard Webhooks: HMAC-SHA256 over id, timestamp and body.
    fn verify(
        &self,
        (id, timestamp): (&str, &str),
        signature: &str,
        body: &[u8],
    ) -> Result<(), String> {
        let now = UNIX_EPOCH.elapsed().unwrap().as_secs();
        let sent: u64 = timestamp.parse().map_err(|_| "odd webhook-timestamp")?;
        if sent.abs_diff(now) > 300 {
            return Err("an old webhook-timestamp".into());
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).unwrap();
        mac.update(format!("{id}.{timestamp}.").as_bytes());
        mac.update(body);
        let wanted = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        let signed = signature.split(' ').any(|one| one == wanted);
        if signed { Ok(()) } else { Err("a bad signature".into()) }
    }
}

/// The items of an event.
fn items(event: &Value) -> Result<Vec<Value>, String> {
    let data = &event["data"];
    match text(event, "type")? {
        "luik.items.changed" => {
            closed(data, &["items"], &[])?;
            let items = data["items"].as_array().ok_or("items is no list")?;
            let fits = (1..=1_000).contains(&items.len());
            if fits { Ok(items.clone()) } else { Err(format!("{} items", items.len())) }
        }
        "luik.lease.renewed" => {
            closed(data, &["validUntil", "upTo", "count", "digest"], &[])?;
            Ok(Vec::new())
        }
        other => Err(format!("unexpected type {other}")),
    }
}

/// What becomes of one request.
struct Plan {
    /// Applied when it comes, after the wait, or not at all.
    applied: Option<Moment>,
    rejected: BTreeSet<String>,
    /// None: for ever.
    wait: Option<Duration>,
    status: u16,
    retry_after: Option<u32>,
}

#[derive(PartialEq, Eq)]
enum Moment {
    Early,
    Late,
}

/// Does as planned. When the gateway hangs up meanwhile, the rest does not happen.
async fn carry_out(shared: &Shared, plan: Plan, items: &[Value]) -> Response {
    let apply = || {
        let mut inner = shared.inner.lock().unwrap();
        let of = |item: &&Value| !plan.rejected.contains(item["id"].as_str().unwrap_or_default());
        let mut taken = items.iter().filter(of);
        let applied = taken.try_for_each(|item| inner.holdings.apply(item));
        applied.err().map(|complaint| inner.complain(complaint))
    };
    if plan.applied == Some(Moment::Early)
        && let Some(refusal) = apply()
    {
        return refusal;
    }
    match plan.wait {
        Some(wait) => tokio::time::sleep(wait).await,
        None => std::future::pending().await,
    }
    if plan.applied == Some(Moment::Late)
        && let Some(refusal) = apply()
    {
        return refusal;
    }
    let status = StatusCode::from_u16(plan.status).unwrap();
    match plan.retry_after {
        Some(seconds) => (status, [("retry-after", seconds.to_string())]).into_response(),
        None => (status, reply(&plan.rejected, items)).into_response(),
    }
}

/// Names what was taken and what was not, when something was not.
fn reply(rejected: &BTreeSet<String>, items: &[Value]) -> String {
    if rejected.is_empty() {
        return String::new();
    }
    let ids = items.iter().map(|item| item["id"].as_str().unwrap());
    let (refused, taken): (Vec<_>, Vec<_>) = ids.partition(|id| rejected.contains(*id));
    let refused: Vec<_> =
        refused.iter().map(|id| json!({"id": id, "reason": "not here"})).collect();
    json!({"confirmed": taken, "rejected": refused}).to_string()
}

impl Inner {
    fn complain(&mut self, complaint: String) -> Response {
        self.complaints.push(complaint);
        StatusCode::BAD_REQUEST.into_response()
    }

    /// What its manner makes of the next request.
    fn plan(&self) -> Plan {
        let either = if fastrand::bool() { Moment::Early } else { Moment::Late };
        let at_once = Some(Duration::ZERO);
        let (applied, wait, status, retry_after) = match &self.manner {
            Manner::Accept | Manner::RejectIds(_) => (Some(Moment::Early), at_once, 200, None),
            Manner::Slowly(time) => (Some(either), Some(*time), 200, None),
            Manner::Fails(every) if fastrand::usize(..*every) == 0 => {
                (fastrand::bool().then_some(Moment::Early), at_once, 500, None)
            }
            Manner::Fails(_) => (Some(Moment::Early), at_once, 204, None),
            Manner::Refuse(status, wish) => (None, at_once, *status, *wish),
            Manner::Hang => (None, None, 200, None),
        };
        let rejected =
            if let Manner::RejectIds(ids) = &self.manner { ids.clone() } else { <_>::default() };
        Plan { applied, rejected, wait, status, retry_after }
    }
}
