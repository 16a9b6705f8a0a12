//! A feed on a real socket that says what it is told to say.

mod following;
mod lease;
mod trouble;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::Router;
use axum::extract::{RawQuery, State as Shared};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Value as Json, json};
use tokio::net::TcpListener;

use crate::config::{HttpShape, Secret};
use crate::lifecycle::Tasks;
use crate::minimise::{Policy, Verdict, minimise};

use super::super::{IDS_MAX, Level};
use super::*;

const TOKEN: &str = "token-of-luik";
/// Stands where no error and no log may quote.
const CANARY: &str = "kanariestein";

/// Status, headers and body.
type Instead = (u16, Vec<(&'static str, &'static str)>, String);

/// What the feed says.
struct Script {
    /// Items as they are on the wire, in order of `modified`.
    items: Vec<Json>,
    page: usize,
    lease: Option<&'static str>,
    /// Instead of a page.
    instead: Option<Instead>,
    /// The same, but for the places after the first page alone.
    after_start: Option<u16>,
    slow: Duration,
    /// The queries that came.
    asked: Vec<String>,
}

#[derive(Clone)]
struct Server {
    script: Arc<Mutex<Script>>,
    settings: HttpSource,
    clock: Clock,
    _tasks: Arc<Running>,
}

struct Running(Tasks);

impl Drop for Running {
    fn drop(&mut self) {
        self.0.abort();
    }
}

async fn answer(
    Shared(script): Shared<Arc<Mutex<Script>>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Response {
    let slow = script.lock().unwrap().slow;
    tokio::time::sleep(slow).await;
    let mut script = script.lock().unwrap();
    let query = query.unwrap_or_default();
    script.asked.push(query.clone());
    if headers["authorization"] != format!("Bearer {TOKEN}") {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if let Some((status, headers, body)) = script.instead.clone() {
        let status = StatusCode::from_u16(status).unwrap();
        let mut response = (status, body).into_response();
        for (name, value) in headers {
            response.headers_mut().insert(name, value.parse().unwrap());
        }
        return response;
    }
    if let Some(status) = script.after_start.filter(|_| !query.is_empty()) {
        return StatusCode::from_u16(status).unwrap().into_response();
    }
    let after = query.strip_prefix("afterChangeNumber=").map_or(0, |n| n.parse::<u64>().unwrap());
    let later = script.items.iter().filter(|item| item["modified"].as_u64().unwrap() > after);
    let items: Vec<_> = later.take(script.page).cloned().collect();
    let next = items.last().map_or(query, |last| format!("afterChangeNumber={}", last["modified"]));
    let next = format!("https://elsewhere.example/items?{next}");
    let page = json!({"version": "1.1", "next": next, "items": items, "license": "x"});
    let mut response = page.to_string().into_response();
    if let Some(lease) = script.lease {
        response.headers_mut().insert("luik-valid-until", lease.parse().unwrap());
    }
    response
}

fn there(id: &str, modified: u64) -> Json {
    let data = json!({
        "id": id, "author_id": "a", "kind": "offer", "first_name": CANARY, "region_code": "GM0119",
        "region_name": "Meppel", "title": format!("{id} {modified}"), "body": CANARY,
        "language": null, "url": "https://core.example/", "published_at": "2026-01-01T00:00:00Z",
        "expires_at": null, "share": true, "approved": null, "visibility": "public",
        "of_age": true, "withhold": [],
    });
    json!({"state": "updated", "kind": "item", "id": id, "modified": modified, "data": data})
}

fn gone(id: &str, modified: u64) -> Json {
    json!({"state": "deleted", "kind": "item", "id": id, "modified": modified})
}

impl Server {
    async fn start(items: Vec<Json>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/items", listener.local_addr().unwrap());
        let script = Arc::new(Mutex::new(Script {
            items,
            page: 2,
            lease: None,
            instead: None,
            after_start: None,
            slow: Duration::ZERO,
            asked: Vec::new(),
        }));
        let router = Router::new().route("/items", get(answer)).with_state(script.clone());
        let tasks = Tasks::default();
        tasks.spawn("feed", async move { axum::serve(listener, router).await.unwrap() });
        let settings = HttpSource {
            url: url.parse().unwrap(),
            token: Secret::new(TOKEN),
            shape: HttpShape::Core,
            poll_every: Duration::from_millis(1),
        };
        let clock = Clock::wound("2026-06-01T00:00:00Z".parse().unwrap());
        Self { script, settings, clock, _tasks: Arc::new(Running(tasks)) }
    }
}

impl Server {
    fn script(&self) -> MutexGuard<'_, Script> {
        self.script.lock().unwrap()
    }

    /// What the feed says from now on.
    fn says(&self, items: Vec<Json>) {
        self.script().items = items;
    }

    fn instead(&self, status: u16, headers: &[(&'static str, &'static str)], body: &str) {
        self.script().instead = Some((status, headers.to_vec(), body.to_owned()));
    }

    fn source(&self) -> Http {
        Http::open(&self.settings, self.clock.clone()).unwrap()
    }

    /// A gateway that has stored this, connected.
    async fn gateway(&self, stored: Option<Position>) -> Gateway {
        let mut gateway = Gateway {
            source: self.source(),
            stored,
            shown: BTreeMap::new(),
            ever: BTreeSet::new(),
            touched: BTreeSet::new(),
            doubts: Vec::new(),
            owed: false,
        };
        gateway.connect().await.unwrap();
        gateway
    }

    /// One that shows what the feed says.
    async fn settled(&self) -> Gateway {
        let mut gateway = self.gateway(None).await;
        gateway.settle().await;
        assert_eq!(gateway.doubts, ["no position is stored yet"]);
        gateway.doubts.clear();
        gateway
    }
}

/// Does with a source what ingest does.
struct Gateway {
    source: Http,
    stored: Option<Position>,
    /// Id → title.
    shown: BTreeMap<String, String>,
    /// Titles that were ever shown.
    ever: BTreeSet<String>,
    touched: BTreeSet<String>,
    doubts: Vec<&'static str>,
    owed: bool,
}

impl Gateway {
    async fn connect(&mut self) -> Result<(), Error> {
        self.source.connect(self.stored.clone()).await
    }

    /// One signal; false if none came.
    async fn hear(&mut self, wait: Duration) -> Result<bool, Error> {
        let Ok(signal) = tokio::time::timeout(wait, self.source.next()).await else {
            return Ok(false);
        };
        match signal? {
            Signal::Changed { ids, position, age } => {
                assert!(ids.len() <= IDS_MAX && age.is_none());
                for id in &ids {
                    self.shown.remove(id.reveal_core_id());
                    self.touched.insert(id.reveal_core_id().to_owned());
                }
                let mut once = ids.clone();
                once.sort();
                once.dedup();
                let present = self.source.present(&once).await?;
                let rows = self.source.read(&once).await?;
                assert_eq!(rows.len(), present.len());
                self.show(&rows);
                self.stored = position.or(self.stored.take());
            }
            Signal::Doubt { cause, position } => {
                self.doubts.push(cause);
                self.owed = true;
                self.stored = position.or(self.stored.take());
            }
        }
        Ok(true)
    }

    fn show(&mut self, rows: &[CoreRow]) {
        for row in rows {
            let now = "2026-06-01T00:00:00Z".parse().unwrap();
            if let Verdict::Publish(item, _) = minimise(row, &Policy::new([7; 32]), now) {
                let data: Json = serde_json::from_str(item.data()).unwrap();
                let title = data["title"].as_str().unwrap().to_owned();
                self.ever.insert(title.clone());
                self.shown.insert(row.id().reveal_core_id().to_owned(), title);
            }
        }
    }

    /// Hears until there is a doubt.
    async fn doubts(&mut self) {
        for _ in 0..100 {
            if !self.doubts.is_empty() {
                return;
            }
            self.hear(Duration::from_millis(100)).await.unwrap();
        }
        panic!("no doubt");
    }

    /// Hears until this item is shown.
    async fn comes_to_show(&mut self, id: &str, wait: Duration) {
        for _ in 0..5_000 {
            if self.shown.contains_key(id) {
                return;
            }
            self.hear(wait).await.unwrap();
        }
        panic!("{id} is not shown");
    }

    async fn gather(&mut self) -> Result<(), Error> {
        let mut anew = true;
        while !self.source.gather(anew).await? {
            self.hear(Duration::from_millis(1)).await?;
            anew = false;
        }
        Ok(())
    }

    async fn compare(&mut self) -> Result<(), Error> {
        self.owed = false;
        self.touched.clear();
        self.gather().await?;
        let (mut after, mut seen) = (None, BTreeSet::new());
        loop {
            let rows = self.source.page(after.as_ref(), 2).await?;
            let Some(last) = rows.last() else { break };
            after = Some(last.id().clone());
            assert!(rows.is_sorted_by_key(|row| row.id().clone()));
            seen.extend(rows.iter().map(|row| row.id().reveal_core_id().to_owned()));
            self.show(&rows);
            self.hear(Duration::from_millis(1)).await?;
        }
        let mut after = None;
        loop {
            let keys = self.source.keys(after.as_ref(), 2).await?;
            let Some(last) = keys.last() else { break };
            after = Some(last.clone());
            seen.extend(keys.iter().map(|id| id.reveal_core_id().to_owned()));
        }
        let touched = &self.touched;
        self.shown.retain(|id, _| seen.contains(id) || touched.contains(id));
        self.source.release();
        Ok(())
    }

    /// Goes on until nothing more is said.
    async fn settle(&mut self) {
        while self.owed || self.hear(Duration::from_millis(200)).await.unwrap() {
            if self.owed {
                self.compare().await.unwrap();
            }
        }
    }

    fn shows(&self) -> Vec<&str> {
        self.shown.values().map(String::as_str).collect()
    }
}
