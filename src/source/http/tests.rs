//! A feed on a real socket that says what it is told to say.

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

#[tokio::test]
async fn a_feed_is_harvested_followed_and_taken_up_again() {
    let server =
        Server::start(vec![there("a", 1), there("b", 2), gone("c", 3), there("d", 4)]).await;
    let mut gateway = server.settled().await;
    assert_eq!(gateway.shows(), ["a 1", "b 2", "d 4"]);
    server.says(vec![there("b", 2), gone("c", 3), there("d", 4), there("a", 5), there("e", 6)]);
    gateway.settle().await;
    assert_eq!(gateway.shows(), ["a 5", "b 2", "d 4", "e 6"]);

    // Another process goes on from what is stored, and is told nothing twice.
    let mut again = server.gateway(gateway.stored).await;
    server.says(vec![there("b", 2), there("d", 4), gone("a", 7), gone("e", 8)]);
    again.shown = gateway.shown;
    again.settle().await;
    assert_eq!((again.shows(), again.doubts.len()), (vec!["b 2", "d 4"], 0));
    assert_eq!(again.touched, ["a", "e"].map(str::to_owned).into());
}

#[tokio::test]
async fn the_next_page_is_asked_for_when_the_last_one_is_stored() {
    let items: Vec<_> = (1..=6).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items[..2].to_vec()).await;
    let mut gateway = server.settled().await;
    server.says(items.clone());
    server.script().asked.clear();
    gateway.hear(Duration::from_secs(5)).await.unwrap();
    assert!(server.script().asked.iter().all(|query| query == "afterChangeNumber=2"));
    // Nor does a harvest run ahead of what is told.
    server.script().asked.clear();
    while !gateway.source.gather(false).await.unwrap()
        && gateway.source.harvest.as_ref().unwrap().state == State::Reading
    {}
    let asked = server.script().asked.clone();
    assert_eq!(asked, ["", "afterChangeNumber=2", "afterChangeNumber=4"]);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shown.len(), 6);
}

#[tokio::test]
async fn what_a_careless_feed_says_twice_counts_once_and_a_tombstone_wins() {
    let server = Server::start(vec![
        there("a", 1),
        there("b", 2),
        there("b", 3),
        there("a", 4),
        gone("a", 5),
    ])
    .await;
    let gateway = server.settled().await;
    assert_eq!(gateway.shows(), ["b 3"]);
    assert_eq!(gateway.ever.len(), 1, "something old was shown for a while: {:?}", gateway.ever);
}

#[tokio::test]
async fn a_change_beside_a_harvest_is_later_than_the_harvest() {
    let items: Vec<_> = (1..=8).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items.clone()).await;
    let mut gateway = server.settled().await;
    // A comparison on schedule has read the first page.
    assert!(!gateway.source.gather(true).await.unwrap());
    let mut later = items[2..].to_vec();
    later.extend([gone("i1", 9), there("i2", 10), there("i9", 11)]);
    server.says(later);
    gateway.ever.clear();
    gateway.comes_to_show("i9", Duration::from_secs(5)).await;
    while !gateway.source.gather(false).await.unwrap() {
        gateway.hear(Duration::from_millis(1)).await.unwrap();
    }
    gateway.compare().await.unwrap();
    assert!(!gateway.ever.contains("i1 1") && !gateway.ever.contains("i2 2"), "{:?}", gateway.ever);
    assert_eq!((gateway.shown.len(), &*gateway.shown["i2"]), (8, "i2 10"));
    assert_eq!(gateway.doubts.len(), 0);
}

#[tokio::test]
async fn what_waits_to_be_told_is_not_told_when_a_harvest_knows_better() {
    let server = Server::start(vec![there("a", 1)]).await;
    let mut gateway = server.settled().await;
    server.says(vec![there("a", 1), there("x", 3)]);
    gateway.connect().await.unwrap();
    server.says(vec![there("a", 1), gone("x", 5)]);
    gateway.compare().await.unwrap();
    gateway.settle().await;
    assert!(!gateway.ever.contains("x 3") && gateway.touched.contains("x"));
    assert_eq!(gateway.shows(), ["a 1"]);
}

#[tokio::test]
async fn what_moves_on_before_a_harvest_is_waited_for() {
    let items: Vec<_> = (1..=8).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items.clone()).await;
    let mut gateway = server.settled().await;
    assert!(!gateway.source.gather(true).await.unwrap());
    let moved = (5..=8).map(|n| there(&format!("i{n}"), n + 15));
    server.says(items[..4].iter().cloned().chain(moved).collect());
    server.script().slow = Duration::from_millis(20);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shown.len(), 8);
    assert_eq!(gateway.shown["i8"], "i8 23");
}

#[tokio::test]
async fn an_old_page_out_of_a_cache_brings_nothing_back() {
    let items: Vec<_> = (1..=4).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items.clone()).await;
    let mut gateway = server.settled().await;
    assert!(!gateway.source.gather(true).await.unwrap());
    server.says([&items[..3], &[gone("i4", 5), there("i9", 6)]].concat());
    gateway.comes_to_show("i9", Duration::from_secs(5)).await;
    assert!(!gateway.shown.contains_key("i4"));
    server.says(items);
    gateway.ever.clear();
    assert!(!gateway.source.gather(false).await.unwrap());
    server.says(vec![gone("i4", 5), there("i9", 6)]);
    gateway.gather().await.unwrap();
    let rows = gateway.source.page(None, 9).await.unwrap();
    gateway.show(&rows);
    assert!(!gateway.ever.contains("i4 4") && gateway.ever.contains("i3 3"), "{:?}", gateway.ever);
}

#[tokio::test]
async fn what_is_in_the_air_when_a_harvest_passes_does_not_end_it() {
    let server = Server::start((1..=4).map(|n| there(&format!("i{n}"), n)).collect()).await;
    let mut gateway = server.settled().await;
    // Nothing has changed when this answer is written, but it comes late.
    gateway.source.due = Instant::now();
    let early = gateway.source.feed.clone().ask(Cursor::new(Some("afterChangeNumber=4"))).await;
    gateway.source.air = Some(Box::pin(async move { early }));
    server.says((1..=4).map(|n| there(&format!("i{n}"), n + 10)).collect());
    assert!(!gateway.source.gather(true).await.unwrap());
    assert_eq!(gateway.source.harvest.as_ref().unwrap().state, State::Passed);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shows(), ["i1 11", "i2 12", "i3 13", "i4 14"]);
}

#[tokio::test]
async fn a_comparison_that_broke_off_is_harvested_for_anew() {
    let server = Server::start(vec![there("a", 1), there("b", 2)]).await;
    let mut gateway = server.settled().await;
    gateway.gather().await.unwrap();
    let rows = gateway.source.page(None, 1).await.unwrap();
    assert_eq!(rows.len(), 1);
    server.says(vec![there("b", 2), there("c", 3)]);
    gateway.gather().await.unwrap();
    let rows = gateway.source.page(None, 9).await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.id().reveal_core_id()).collect();
    assert_eq!(ids[..1], ["b"], "a row that was handed out is handed out again");
}

#[tokio::test]
async fn after_a_reconnection_what_waited_is_told_once() {
    let server = Server::start(vec![there("a", 1)]).await;
    let mut gateway = server.settled().await;
    server.says(vec![there("x", 2), there("y", 3)]);
    gateway.connect().await.unwrap();
    server.says(vec![gone("x", 4), gone("y", 5)]);
    gateway.connect().await.unwrap();
    gateway.ever.clear();
    gateway.settle().await;
    assert!(gateway.ever.is_empty(), "{:?}", gateway.ever);
}

#[tokio::test]
async fn numbers_that_fall_are_a_doubt_and_no_harvest() {
    let server = Server::start((1..=3).map(|n| there(&format!("i{n}"), n)).collect()).await;
    let mut gateway = server.settled().await;
    let low = json!({"next": "/items?afterChangeNumber=7", "items": [there("x", 2)]}).to_string();
    server.instead(200, &[], &low);
    gateway.doubts().await;
    assert_eq!(gateway.doubts, ["the feed went back to an earlier state"]);
    assert!(!gateway.shown.contains_key("x"));
    server.script().instead = None;
    assert!(!gateway.source.gather(true).await.unwrap());
    let low = low.replace("\"modified\":2", "\"modified\":1");
    server.instead(200, &[], &low);
    let error = gateway.source.gather(false).await.unwrap_err().to_string();
    assert!(error.contains("order"), "{error}");
}

#[tokio::test]
async fn a_harvest_that_broke_off_goes_on_where_it_was() {
    let items: Vec<_> = (1..=6).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items).await;
    let mut gateway = server.gateway(None).await;
    gateway.hear(Duration::from_secs(5)).await.unwrap();
    assert!(!gateway.source.gather(true).await.unwrap());
    assert!(!gateway.source.gather(false).await.unwrap());
    server.instead(500, &[], "");
    assert!(gateway.source.gather(false).await.is_err());
    server.script().instead = None;
    gateway.connect().await.unwrap();
    server.script().asked.clear();
    gateway.settle().await;
    assert_eq!(server.script().asked[0], "afterChangeNumber=4");
    assert_eq!(gateway.shown.len(), 6);
}

#[tokio::test]
async fn a_comparison_removes_what_the_feed_lost_without_a_word() {
    let items: Vec<_> = (1..=5).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items.clone()).await;
    let mut gateway = server.settled().await;
    server.says([&items[..1], &items[3..]].concat());
    gateway.settle().await;
    assert_eq!(gateway.shown.len(), 5);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shows(), ["i1 1", "i4 4", "i5 5"]);
    assert!(gateway.source.harvest.is_none(), "forgotten with the comparison");
}

#[tokio::test]
async fn a_request_that_is_interrupted_all_the_time_comes_through() {
    let server = Server::start(vec![there("a", 1)]).await;
    let mut gateway = server.settled().await;
    server.script().slow = Duration::from_millis(30);
    server.says(vec![there("a", 1), there("b", 2)]);
    let before = server.script().asked.len();
    gateway.comes_to_show("b", Duration::from_millis(1)).await;
    assert!(server.script().asked.len() <= before + 2, "it was asked again and again");
}

#[tokio::test]
async fn many_items_come_in_pieces_and_the_place_with_the_last() {
    let server = Server::start(vec![there("a", 1)]).await;
    let mut gateway = server.settled().await;
    server.script().page = 5_000;
    server.says((1..=2_500).map(|n| there(&format!("i{n}"), n + 1)).collect());
    let mut pieces = Vec::new();
    while pieces.len() < 3 {
        match gateway.source.next().await.unwrap() {
            Signal::Changed { ids, .. } if ids.is_empty() => {}
            Signal::Changed { ids, position, .. } => {
                assert_eq!(gateway.source.read(&ids).await.unwrap().len(), ids.len());
                assert!(gateway.source.read(&ids).await.is_err(), "a row is handed out once");
                pieces.push((ids.len(), position.is_some()));
            }
            Signal::Doubt { cause, .. } => panic!("{cause}"),
        }
    }
    assert_eq!(pieces, [(1_000, false), (1_000, false), (500, true)]);
}

#[tokio::test]
async fn a_place_that_is_lost_is_a_doubt_and_the_harvest_finds_the_rest() {
    for status in [400, 404, 410] {
        let server = Server::start(vec![there("a", 1), there("b", 2)]).await;
        let mut gateway = server.settled().await;
        server.says(vec![there("b", 2), there("c", 3)]);
        server.script().page = 9;
        server.script().after_start = Some(status);
        for _ in 0..2 {
            gateway.doubts().await;
            let text = "the feed has forgotten the place that was reached";
            assert_eq!(gateway.doubts, [text], "{status}");
            // It is told again until another place is stored.
            gateway.doubts.clear();
            gateway.connect().await.unwrap();
        }
        server.script().after_start = None;
        gateway.settle().await;
        assert_eq!(gateway.shows(), ["b 2", "c 3"], "{status}");
    }
}

#[tokio::test]
async fn a_feed_that_goes_back_is_a_doubt() {
    let server = Server::start((1..=9).map(|n| there(&format!("i{n}"), n)).collect()).await;
    let mut gateway = server.settled().await;
    server.says(vec![there("i1", 1), there("x", 2)]);
    gateway.settle().await;
    gateway.compare().await.unwrap();
    gateway.settle().await;
    assert_eq!(gateway.doubts, ["the feed went back to an earlier state"]);
    assert_eq!(gateway.shows(), ["i1 1", "x 2"]);
    server.says(vec![there("x", 2), gone("i1", 3)]);
    gateway.settle().await;
    assert_eq!(gateway.shows(), ["x 2"]);
}

#[tokio::test]
async fn another_feed_or_another_shape_is_a_doubt() {
    let server = Server::start(vec![there("a", 1)]).await;
    let stored = server.settled().await.stored;
    let mut other = server.clone();
    other.settings.url.set_query(Some("afterChangeNumber=0"));
    let mut shaped = server.clone();
    shaped.settings.shape = HttpShape::Luik;
    for server in [other, shaped] {
        let mut gateway = server.gateway(stored.clone()).await;
        gateway.hear(Duration::from_secs(5)).await.unwrap();
        assert_eq!(gateway.doubts, ["another feed was followed before"]);
    }
    let mut gateway = server.gateway(Some(Position("sqlite 1-1 9".into()))).await;
    gateway.hear(Duration::from_secs(5)).await.unwrap();
    assert_eq!(gateway.doubts, ["no position is stored yet"]);
}

#[tokio::test]
async fn what_goes_wrong_is_an_error_that_quotes_nothing_and_removes_nothing() {
    let server = Server::start(vec![there("a", 1), there("b", 2)]).await;
    let mut gateway = server.settled().await;
    let bad = |items: Json| json!({"next": "/items?x=1", "items": items}).to_string();
    let elsewhere = json!({"next": format!("/{CANARY}"), "items": []}).to_string();
    let version = json!({"version": "3", "next": "/items", "items": []}).to_string();
    for (status, headers, body, part) in [
        (500, vec![], CANARY.to_owned(), "has an error"),
        (503, vec![("retry-after", "0")], CANARY.to_owned(), "has an error"),
        (429, vec![("retry-after", "0")], CANARY.to_owned(), "asks us to wait"),
        (401, vec![], CANARY.to_owned(), "source.token"),
        (403, vec![], CANARY.to_owned(), "source.token"),
        (301, vec![("location", "/kanariestein")], CANARY.to_owned(), "source.url"),
        (418, vec![], CANARY.to_owned(), "418"),
        (200, vec![], CANARY.to_owned(), "not RPDE"),
        (200, vec![], version, "version"),
        (200, vec![], elsewhere, "another path"),
        (200, vec![], bad(json!([{"state": "updated", "id": CANARY}])), "not RPDE"),
        (200, vec![], bad(json!([{"state": "updated", "id": CANARY, "modified": 9}])), "no data"),
    ] {
        server.instead(status, &headers, &body);
        let error = loop {
            match gateway.hear(Duration::from_secs(5)).await {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        let error = format!("{error} {error:?}");
        assert!(error.contains(part) && !error.contains(CANARY), "{error}");
        assert!(gateway.connect().await.is_err(), "{status}");
        assert!(gateway.source.gather(true).await.is_err(), "{status}");
        assert_eq!((gateway.shown.len(), gateway.doubts.len()), (2, 0), "{status}");
        server.script().instead = None;
        gateway.connect().await.unwrap();
    }
    server.instead(404, &[], "");
    let error = server.source().connect(None).await.unwrap_err().to_string();
    assert!(error.contains("source.url"), "{error}");
    let mut settings = server.settings.clone();
    settings.url.set_port(Some(1)).unwrap();
    let mut nowhere = Http::open(&settings, server.clock.clone()).unwrap();
    assert!(matches!(nowhere.connect(None).await, Err(Error::Unreachable(_))));
}

#[tokio::test]
async fn a_wish_to_wait_is_granted_within_limits_and_within_the_lease() {
    let mut server = Server::start(vec![]).await;
    server.settings.shape = HttpShape::Luik;
    server.script().lease = Some("2026-06-01T00:00:01Z");
    let mut gateway = server.settled().await;
    server.instead(429, &[("retry-after", "999999999")], "");
    while gateway.hear(Duration::from_secs(5)).await.is_ok() {}
    let wait = gateway.source.not_before - Instant::now();
    assert!(wait <= WAIT_MAX && wait > WAIT_MAX / 2, "{wait:?}");
    // The lease ends first: then everything goes, unasked.
    server.clock.wind(999);
    let asked = server.script().asked.len();
    let connecting = gateway.connect();
    let error = tokio::time::timeout(Duration::from_secs(10), connecting).await.unwrap();
    assert!(error.unwrap_err().to_string().contains("asks us to wait"));
    server.clock.wind(1);
    gateway.connect().await.unwrap();
    gateway.hear(Duration::from_secs(5)).await.unwrap();
    assert_eq!(gateway.doubts, ["the upstream's lease has ended"]);
    assert_eq!(server.script().asked.len(), asked);
}

fn from_luik(id: &str, modified: u64) -> Json {
    let data = json!({
        "firstName": "Anna", "region": {"code": "GM0119", "name": "Meppel"},
        "title": format!("{id} {modified}"), "text": "Tuin", "published": "2026-05-01",
        "url": "https://luik.example/r/p/x",
    });
    json!({"state": "updated", "kind": "offer", "id": id, "modified": modified, "data": data})
}

#[tokio::test]
async fn when_the_lease_ends_in_silence_everything_goes_and_comes_back() {
    let mut server = Server::start(vec![from_luik("a", 1), from_luik("b", 2)]).await;
    server.settings.shape = HttpShape::Luik;
    server.script().lease = Some("2026-06-01T01:00:00Z");
    let mut gateway = server.settled().await;
    assert_eq!(gateway.shown.len(), 2);
    server.instead(503, &[], "");
    while gateway.hear(Duration::from_secs(5)).await.is_ok() {}
    server.clock.wind(3_599_999);
    assert!(gateway.connect().await.is_err());
    assert_eq!(gateway.shown.len(), 2);
    server.clock.wind(1);

    // This process takes it away, and one that starts in the silence does so as well.
    let mut other = server.source();
    other.connect(gateway.stored.clone()).await.unwrap();
    assert!(matches!(other.next().await, Ok(Signal::Doubt { .. })));
    gateway.connect().await.unwrap();
    assert!(gateway.hear(Duration::from_secs(5)).await.unwrap());
    assert_eq!(gateway.doubts, ["the upstream's lease has ended"]);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shown.len(), 0);
    assert!(gateway.hear(Duration::from_secs(5)).await.is_err(), "it is not connected");
    assert!(gateway.connect().await.is_err());
    let mut late = server.gateway(gateway.stored.clone()).await;
    late.hear(Duration::from_secs(5)).await.unwrap();
    assert_eq!(late.doubts, ["the upstream's lease has ended"]);

    server.script().instead = None;
    server.says(vec![from_luik("a", 1), gone("b", 3)]);
    assert!(gateway.connect().await.is_err(), "what speaks without a lease is silent");
    server.script().lease = Some("2026-06-01T02:00:00Z");
    for mut gateway in [gateway, late] {
        gateway.doubts.clear();
        gateway.connect().await.unwrap();
        gateway.settle().await;
        assert_eq!(gateway.doubts, ["the upstream is back after its lease had ended"]);
        assert_eq!(gateway.shows(), ["a 1"]);
    }
}

#[tokio::test]
async fn an_upstream_that_answers_but_renews_no_lease_is_silent() {
    let mut server = Server::start(vec![from_luik("a", 1)]).await;
    server.settings.shape = HttpShape::Luik;
    server.script().lease = Some("2026-06-01T01:00:00Z");
    let mut gateway = server.settled().await;
    server.script().lease = None;
    server.clock.wind(3_599_000);
    gateway.settle().await;
    assert_eq!(gateway.shown.len(), 1);
    server.clock.wind(1_000);
    gateway.doubts().await;
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shown.len(), 0);
    // A core of another kind gives no lease, and needs none.
    server.settings.shape = HttpShape::Core;
    server.says(vec![there("a", 1)]);
    let mut core = server.gateway(gateway.stored).await;
    core.settle().await;
    assert_eq!(core.doubts, ["another feed was followed before"]);
    assert_eq!(core.shows(), ["a 1"]);
}

#[tokio::test]
async fn a_lease_is_stored_now_and_then_and_asked_for_in_time() {
    let mut server = Server::start(vec![from_luik("a", 1)]).await;
    server.settings.shape = HttpShape::Luik;
    server.settings.poll_every = Duration::from_secs(24 * 3_600);
    server.script().lease = Some("2026-06-01T01:00:00Z");
    let mut gateway = server.settled().await;
    assert_eq!(gateway.source.pause(), Duration::from_secs(1_800));
    gateway.source.poll_every = Duration::from_millis(1);
    gateway.source.due = Instant::now();
    let before = gateway.stored.clone();
    server.script().lease = Some("2026-06-01T01:00:30Z");
    gateway.settle().await;
    assert_eq!(gateway.stored, before);
    server.script().lease = Some("2026-06-01T02:00:00Z");
    gateway.settle().await;
    assert_ne!(gateway.stored, before);
}

#[tokio::test]
async fn a_column_that_no_item_has_stops_rows_but_not_ids() {
    let without = |id: &str, modified: u64| {
        let mut item = there(id, modified);
        item["data"].as_object_mut().unwrap().remove("withhold");
        item
    };
    let server = Server::start(vec![there("a", 1), without("b", 2)]).await;
    let mut gateway = server.settled().await;
    assert_eq!(gateway.shows(), ["a 1"], "a single bad item is withheld");
    server.says(vec![without("b", 2), without("a", 3), gone("c", 4)]);
    let ids = loop {
        match gateway.source.next().await.unwrap() {
            Signal::Changed { ids, .. } if !ids.is_empty() => break ids,
            Signal::Changed { .. } | Signal::Doubt { .. } => {}
        }
    };
    let error = gateway.source.read(&ids).await.unwrap_err();
    assert!(matches!(error, Error::ColumnMissing("withhold")), "{error}");
    let present = gateway.source.present(&ids).await.unwrap();
    assert_eq!(present.iter().map(CoreId::reveal_core_id).collect::<Vec<_>>(), ["a"]);
    gateway.gather().await.unwrap();
    let error = gateway.source.page(None, 9).await.unwrap_err();
    assert!(matches!(error, Error::ColumnMissing("withhold")), "{error}");
    let keys = gateway.source.keys(None, 9).await.unwrap();
    assert_eq!(keys.iter().map(CoreId::reveal_core_id).collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test]
async fn a_feed_that_is_too_large_or_has_no_end_is_refused() {
    let items: Vec<_> = (1..=9).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items).await;
    for limits in [
        Limits { items: 8, ..LIMITS },
        Limits { bytes: 8_000, ..LIMITS },
        Limits { pages: 4, ..LIMITS },
    ] {
        let mut gateway = server.gateway(None).await;
        gateway.source.limits = limits;
        let error = gateway.gather().await.unwrap_err().to_string();
        assert!(error.contains("too large") || error.contains("does not end"), "{error}");
        assert!(gateway.source.harvest.is_none(), "memory is given back");
    }
    let circle = json!({"next": "/items?afterChangeNumber=1", "items": [there("a", 1)]});
    server.instead(200, &[], &circle.to_string());
    let mut gateway = server.gateway(None).await;
    let error = gateway.gather().await.unwrap_err();
    assert!(matches!(error, Error::Broken(_)), "{error}");
}

#[tokio::test]
async fn check_tells_how_far_it_came() {
    let mut server = Server::start(vec![there("a", 1), gone("b", 2)]).await;
    let problems = async |server: &Server| -> Vec<String> {
        let found = check(&server.settings).await;
        let bad = found.into_iter().filter(|one| one.level != Level::Ok);
        bad.map(|one| one.text).collect()
    };
    assert_eq!(problems(&server).await, [""; 0]);
    let mut bad = there("c", 3);
    bad["data"] = json!({"id": "c", "title": CANARY});
    server.says(vec![there("a", 1), bad]);
    let found = problems(&server).await;
    assert_eq!(found.len(), 15);
    assert!(found.contains(&"data lacks withhold in 1 of 2 items".to_owned()), "{found:?}");
    server.says(vec![]);
    assert_eq!(problems(&server).await, ["the first page has no item to look at"]);
    server.settings.token = Secret::new("another");
    assert!(problems(&server).await[0].contains("source.token"));
    server.settings.token = Secret::new(TOKEN);
    server.settings.shape = HttpShape::Luik;
    assert!(problems(&server).await[0].contains("no lease"));
    server.script().lease = Some("2026-06-01T01:00:00Z");
    assert_eq!(problems(&server).await, [""; 0]);
    server.instead(200, &[], CANARY);
    assert_eq!(problems(&server).await, ["the core's feed can not be used: a page is not RPDE"]);
}
