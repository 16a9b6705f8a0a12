//! Cursors that are too old, and feeds that are over.

use crate::model::Sequence;

use super::*;

const FEED: &str = "/v1/partners/wijk/items";
const DAY: i64 = 24 * 3_600 * 1_000;

impl World {
    /// Removes an item, lets the partner take note of it, and forgets it.
    pub(super) async fn forget_what_was_removed(&self, core_id: &str) {
        self.remove(core_id).await;
        let page = self.fetch(&format!("{FEED}?afterChangeNumber=1")).await.json();
        let next = page["next"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
        self.fetch(&next).await;
        self.tools.clock.wind(2 * DAY);
        let journal = &self.tools.journal;
        let forgetting = journal.forget(self.tools.clock.now(), Sequence::ZERO).await.unwrap();
        assert_eq!(forgetting.items, 1);
    }
}

#[tokio::test]
async fn a_cursor_from_before_a_forgotten_removal_is_pointed_to_the_snapshot() {
    let world = World::new().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    world.fetch(FEED).await;
    world.forget_what_was_removed("a").await;
    let refused = world.fetch(&format!("{FEED}?afterChangeNumber=1")).await;
    let snapshot = format!("{BASE}/v1/partners/wijk/snapshot");
    assert_eq!((refused.status, &refused.json()["snapshot"]), (410, &snapshot.clone().into()));
    assert_eq!(refused.headers["link"], format!("<{snapshot}>; rel=\"alternate\""));
    let cursor = world.standing().await.pull;
    assert_eq!(world.fetch(&format!("{FEED}?afterChangeNumber={cursor}")).await.status, 200);
    // Who begins anew reads on from anywhere.
    assert_eq!(world.fetch(FEED).await.json()["items"].as_array().unwrap().len(), 1);
    assert_eq!(world.fetch(&format!("{FEED}?afterChangeNumber=1")).await.status, 200);
}

#[tokio::test]
async fn the_snapshot_is_a_beginning_too() {
    let world = World::new().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    world.fetch(FEED).await;
    world.forget_what_was_removed("a").await;
    let whole = world.fetch("/v1/partners/wijk/snapshot").await;
    assert_eq!(whole.body.lines().count(), 2);
    assert_eq!(world.fetch(&format!("{FEED}?afterChangeNumber=1")).await.status, 200);
}

#[tokio::test]
async fn a_feed_is_over_a_week_after_everything_was_taken_back() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    world.fetch(FEED).await;
    world.tools.clock.wind(DAY);
    world.agree(Status::Ended).await;
    world.tools.clock.wind(8 * DAY);
    let page = world.fetch(FEED).await;
    assert_eq!(page.status, 200, "what was not fetched is not forgotten");
    assert_eq!(page.json()["items"][0]["state"], "deleted");
    let next = page.json()["next"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    assert_eq!(world.fetch(&next).await.status, 410);
    for path in [FEED, "/v1/partners/wijk/snapshot", "/v1/partners/wijk/stream"] {
        let over = world.fetch(path).await;
        assert_eq!((over.status, &over.json()["snapshot"]), (410, &Value::Null), "{path}");
    }
}

#[tokio::test]
async fn within_a_week_everything_is_told_as_deleted() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    world.fetch(FEED).await;
    world.tools.clock.wind(DAY);
    world.agree(Status::Ended).await;
    world.tools.clock.wind(7 * DAY - 1);
    let page = world.fetch(FEED).await.json();
    assert_eq!(page["items"][0]["state"], "deleted");
    let next = page["next"].as_str().unwrap().strip_prefix(BASE).unwrap().to_owned();
    assert_eq!(world.fetch(&next).await.status, 200);
    world.tools.clock.wind(1);
    assert_eq!(world.fetch(FEED).await.status, 410);
}

#[tokio::test]
async fn an_agreement_that_has_not_begun_is_not_over() {
    let world = World::new().await;
    let mut later = partner(Status::Active);
    later.agreement.starts = date(2026, 12, 1);
    let scope = later.scope_on(date(2026, 6, 1));
    let enrolment =
        Enrolment { partner: wijk(), scope, agreement: "sha256:01".to_owned(), terms: None };
    world.tools.journal.enrol(vec![enrolment]).await.unwrap();
    world.tools.registry.replace(vec![later]);
    world.tools.clock.wind(30 * DAY);
    assert_eq!(world.fetch(FEED).await.status, 200);
}
