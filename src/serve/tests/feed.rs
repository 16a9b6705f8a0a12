//! The RPDE feed as a partner harvests it.

use std::collections::BTreeMap;

use crate::journal::{Channel, Flag, Lane, Standing};
use crate::model::Sequence;

use super::*;

const FEED: &str = "/v1/partners/wijk/items";

impl World {
    pub(super) async fn standing(&self) -> Standing {
        self.tools.journal.standing(&wijk()).await.unwrap()
    }

    pub(super) async fn open_removals(&self) -> u32 {
        let backlog = self.tools.journal.backlog(&wijk(), Channel::Pull, Lane::Remove).await;
        backlog.unwrap().items
    }
}

/// A partner that keeps what the feed says, and checks the rules of RPDE on the way.
struct Harvester {
    next: String,
    held: BTreeMap<String, u64>,
    pages: usize,
}

impl Harvester {
    fn new() -> Self {
        Self { next: FEED.to_owned(), held: BTreeMap::new(), pages: 0 }
    }

    /// Follows the feed to its last page.
    async fn harvest(&mut self, world: &World) {
        loop {
            let answer = world.fetch(&self.next).await;
            assert_eq!(answer.status, 200);
            let page = answer.json();
            let next = page["next"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
            let items = page["items"].as_array().unwrap();
            if items.is_empty() && next == self.next {
                return;
            }
            self.pages += 1;
            items.iter().for_each(|item| self.apply(item));
            if let Some(last) = items.last() {
                assert_eq!(next, format!("{FEED}?afterChangeNumber={}", last["modified"]));
            }
            self.next = next;
        }
    }

    fn apply(&mut self, item: &Value) {
        let id = item["id"].as_str().unwrap().to_owned();
        let modified = item["modified"].as_u64().unwrap();
        let after = self.next.rsplit_once('=').map_or(0, |(_, number)| number.parse().unwrap());
        assert!(modified > after);
        match item["state"].as_str() {
            Some("updated") => {
                assert_eq!(item["data"]["url"], format!("{BASE}/r/wijk/{id}"));
                self.held.insert(id, modified);
            }
            Some("deleted") => {
                assert!(item.get("data").is_none());
                self.held.remove(&id);
            }
            other => panic!("{other:?}"),
        }
    }
}

fn named(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

#[tokio::test]
async fn an_empty_feed_is_its_own_last_page() {
    let world = World::new().await;
    for path in [FEED, "/v1/partners/wijk/items?afterChangeNumber=0"] {
        let answer = world.fetch(path).await;
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], "application/json");
        assert_eq!(answer.headers["api-version"], "1.0.0");
        assert_eq!(answer.headers["cache-control"], "private, no-store");
        let page = answer.json();
        assert_eq!(page["next"], format!("{BASE}{path}"));
        assert_eq!(page["items"], serde_json::json!([]));
        assert_eq!(page["version"], "1.1");
        assert_eq!(page["license"], format!("{BASE}{FEED}#agreement=OVK-1"));
    }
}

#[tokio::test]
async fn a_harvester_holds_what_is_live_and_loses_what_was_removed() {
    let world = World::new().await;
    let mut harvester = Harvester::new();
    world.publish(named(&["a", "b", "c"])).await;
    harvester.harvest(&world).await;
    assert_eq!(harvester.held.len(), 3);
    world.remove("b").await;
    world.publish(named(&["d"])).await;
    harvester.harvest(&world).await;
    let live: Vec<_> = harvester.held.keys().cloned().collect();
    let mut expected = ["a", "c", "d"].map(|name| world.id(name).to_string()).to_vec();
    expected.sort();
    assert_eq!(live, expected);
}

#[tokio::test]
async fn many_items_come_in_pages_of_five_hundred_each_once() {
    let world = World::new().await;
    world.publish((0..1_001).map(|number| format!("item-{number}"))).await;
    let mut harvester = Harvester::new();
    harvester.harvest(&world).await;
    assert_eq!((harvester.held.len(), harvester.pages), (1_001, 3));
    assert_eq!(world.standing().await.pull, world.standing().await.pull_mark);
    let page = world.metrics_page();
    assert!(page.contains(r#"luik_delivery_seconds_count{partner="wijk"} 1001"#));
    assert!(page.contains(r#"luik_feed_requests_total{form="rpde",partner="wijk"} 4"#));
}

#[tokio::test]
async fn what_leaves_is_marked_before_and_the_next_question_confirms_it() {
    let world = World::new().await;
    world.publish(named(&["a", "b"])).await;
    assert_eq!(world.standing().await, Standing::default());
    world.fetch(FEED).await;
    let marked = world.standing().await;
    assert_eq!((marked.pull_mark, marked.pull), (world.tools.journal.head(), Sequence::ZERO));
    world.remove("a").await;
    assert_eq!(world.open_removals().await, 1);
    let next = format!("{FEED}?afterChangeNumber={}", marked.pull_mark);
    let removal = world.fetch(&next).await.json()["items"][0]["modified"].as_u64().unwrap();
    assert_eq!(world.standing().await.pull, marked.pull_mark);
    assert_eq!(world.open_removals().await, 1, "the answer may have been lost");
    world.tools.clock.wind(90_000);
    world.fetch(&format!("{FEED}?afterChangeNumber={removal}")).await;
    assert_eq!(world.standing().await.pull.get(), removal);
    assert_eq!(world.open_removals().await, 0);
    let page = world.metrics_page();
    assert!(page.contains(r#"luik_removal_seconds_sum{partner="wijk"} 90"#), "{page}");
}

#[tokio::test]
async fn asking_again_from_the_start_takes_no_confirmation_back() {
    let world = World::new().await;
    world.publish(named(&["a"])).await;
    Harvester::new().harvest(&world).await;
    let confirmed = world.standing().await;
    assert_eq!(confirmed.pull, confirmed.pull_mark);
    world.fetch(FEED).await;
    assert_eq!(world.standing().await, confirmed);
}

#[tokio::test]
async fn a_probe_beyond_the_end_confirms_nothing() {
    let world = World::new().await;
    world.publish(named(&["a"])).await;
    for beyond in [2, 1_000, Sequence::MAX.get()] {
        let probe = format!("{FEED}?afterChangeNumber={beyond}");
        let answer = world.fetch(&probe).await;
        let page = answer.json();
        assert_eq!(page["next"], format!("{BASE}{probe}"));
        assert_eq!(page["items"], serde_json::json!([]));
        assert_eq!(world.standing().await, Standing::default());
        // A cursor from another journal: what its partner holds nobody here can take back.
        let is_probe = beyond == Sequence::MAX.get();
        let until = if is_probe { "2026-06-04T12:00:00Z" } else { "2026-06-01T12:00:00Z" };
        assert_eq!(answer.headers["luik-valid-until"], until);
        let shown = until.parse::<Timestamp>().unwrap().as_second();
        let series = "luik_lease_valid_until_timestamp_seconds{partner=\"wijk\"}";
        assert!(world.metrics_page().contains(&format!("{series} {shown}\n")));
    }
}

#[tokio::test]
async fn what_never_left_is_not_taken_back() {
    let world = World::new().await;
    world.publish(named(&["a", "b"])).await;
    world.remove("a").await;
    let page = world.fetch(FEED).await.json();
    assert_eq!(page["items"].as_array().map(Vec::len), Some(1));
    assert_eq!(page["items"][0]["id"], world.id("b").to_string());
}

#[tokio::test]
async fn a_paused_or_suspended_partner_gets_removals_alone() {
    let world = World::new().await;
    world.publish(named(&["a"])).await;
    let mut harvester = Harvester::new();
    harvester.harvest(&world).await;
    world.publish(named(&["b"])).await;
    world.tools.journal.set_flag(&wijk(), Flag::Paused, true).await.unwrap();
    let paused = world.fetch(&harvester.next).await;
    assert_eq!(paused.json()["items"], serde_json::json!([]));
    assert!(paused.headers.contains_key("luik-valid-until"));
    world.tools.journal.set_flag(&wijk(), Flag::Paused, false).await.unwrap();
    world.agree(Status::Suspended).await;
    world.remove("a").await;
    let suspended = world.fetch(&harvester.next).await;
    let items = suspended.json()["items"].clone();
    assert_eq!(items.as_array().map(Vec::len), Some(1));
    assert_eq!(items[0]["state"], "deleted");
    assert!(!suspended.headers.contains_key("luik-valid-until"));
    harvester.harvest(&world).await;
    assert!(harvester.held.is_empty());
    assert_eq!(world.open_removals().await, 0);
    world.agree(Status::Active).await;
    harvester.harvest(&world).await;
    assert_eq!(harvester.held.len(), 1, "what was held back comes after all");
}

#[tokio::test]
async fn after_the_agreement_everything_is_taken_back() {
    let world = World::new().await;
    world.publish(named(&["a", "b"])).await;
    let mut harvester = Harvester::new();
    harvester.harvest(&world).await;
    world.agree(Status::Ended).await;
    assert_eq!(world.open_removals().await, 2);
    harvester.harvest(&world).await;
    assert!(harvester.held.is_empty());
    assert_eq!(world.open_removals().await, 0);
    let answer = world.fetch(FEED).await;
    assert!(!answer.headers.contains_key("luik-valid-until"));
}

#[tokio::test]
async fn an_answer_carries_the_lease() {
    let world = World::new().await;
    let answer = world.fetch(FEED).await;
    assert_eq!(answer.headers["luik-valid-until"], "2026-06-04T12:00:00Z");
    let page = world.metrics_page();
    assert!(page.contains(r#"luik_lease_valid_until_timestamp_seconds{partner="wijk"} 178"#));
    let refused = world.ask("GET", FEED, &[]).await;
    assert!(!refused.headers.contains_key("luik-valid-until"));
}

#[tokio::test]
async fn a_page_is_known_until_something_stirs_in_scope() {
    let world = World::new().await;
    world.publish(named(&["a"])).await;
    let router = world.router();
    let ask = async |tag: &str| {
        let request = Request::get(FEED)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("if-none-match", tag);
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let first = ask("\"none\"").await;
    assert_eq!(first.status(), 200);
    let tag = first.headers()["etag"].to_str().unwrap().to_owned();
    for _ in 0..2 {
        let known = ask(&tag).await;
        assert_eq!((known.status().as_u16(), known.headers()["etag"] == tag.as_str()), (304, true));
        assert!(known.headers().contains_key("luik-valid-until"), "the lease goes on");
    }
    world.remove("a").await;
    let changed = ask(&tag).await;
    assert_eq!(changed.status(), 200);
    let body = changed.into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8(body.to_vec()).unwrap().contains("deleted"));
}

#[tokio::test]
async fn a_page_comes_in_the_coding_that_was_asked_for() {
    let world = World::new().await;
    world.publish((0..100).map(|number| format!("item-{number}"))).await;
    let plain = world.fetch(FEED).await.body.len();
    for coding in ["gzip", "br", "zstd"] {
        let request = Request::get(FEED)
            .header("authorization", format!("Bearer {TOKEN}"))
            .header("accept-encoding", coding);
        let answer = world.router().oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        assert_eq!(answer.headers()["content-encoding"], coding);
        assert!(answer.into_body().collect().await.unwrap().to_bytes().len() < plain / 4);
    }
}
