//! Removal wins (promise P3).

use std::time::Duration;

use tokio::time::Instant;

use crate::journal::Deed;
use crate::metrics::Lane;

use super::scene::{Scene, public};
use super::sink::{Act, Seen};

fn removals(seen: &[Seen]) -> Vec<&Seen> {
    seen.iter().filter(|seen| seen.removes(public(1))).collect()
}

fn sent(seen: &[Seen], core: u32) -> bool {
    seen.iter().any(|seen| !seen.is_removal() && seen.ids().contains(&public(core)))
}

async fn holding_one() -> Scene {
    let scene = Scene::new().await;
    scene.publish(&[1]).await;
    scene.sink.until("one item", |seen| sent(seen, 1)).await;
    let head = scene.journal.head();
    scene.until("accepted", |standing| standing.publish == head).await;
    scene
}

#[tokio::test]
async fn a_removal_is_sent_once_without_content_and_counted() {
    let scene = holding_one().await;
    scene.remove(&[1]).await;
    let head = scene.journal.head();
    scene.until("accepted", |standing| standing.remove == head).await;
    let seen = scene.sink.seen().clone();
    assert_eq!(seen.len(), 2);
    let item = &seen[1].items()[0];
    assert!(item.get("data").is_none());
    assert_eq!(item["modified"], head.get());
    scene.shows("luik_removal_seconds_count{partner=\"wijk\"} 1").await;
    scene.shows("luik_removals_open{partner=\"wijk\"} 0").await;
}

#[tokio::test]
async fn a_removal_passes_pause_and_suspension() {
    let mut scene = holding_one().await;
    scene.command(Deed::Pause).await;
    scene.shows("luik_partner_state{partner=\"wijk\",state=\"paused\"} 1").await;
    scene.publish(&[2]).await;
    scene.remove(&[1]).await;
    scene.sink.until("the removal", |seen| removals(seen).len() == 1).await;
    scene.shows("luik_delivery_backlog_items{lane=\"publish\",partner=\"wijk\"} 1").await;
    assert!(!sent(&scene.sink.seen(), 2), "paused");
    scene.command(Deed::Resume).await;
    scene.sink.until("the publish", |seen| sent(seen, 2)).await;

    scene.change(|partner| partner.status = crate::partner::Status::Suspended);
    scene.shows("luik_partner_state{partner=\"wijk\",state=\"suspended\"} 1").await;
    scene.publish(&[3]).await;
    scene.remove(&[2]).await;
    let removed = |seen: &[Seen]| seen.iter().any(|seen| seen.removes(public(2)));
    scene.sink.until("the removal", removed).await;
    assert!(!sent(&scene.sink.seen(), 3), "suspended");
}

#[tokio::test]
async fn a_removal_passes_an_open_breaker_and_a_removed_item_is_not_published_any_more() {
    let scene = holding_one().await;
    let refuse = |seen: &Seen| Act::Answer(if seen.is_removal() { 200 } else { 500 });
    scene.sink.answer(refuse);
    scene.publish(&[2]).await;
    scene.shows("luik_partner_state{partner=\"wijk\",state=\"failing\"} 1").await;
    scene.remove(&[1, 2]).await;
    let removed = |seen: &[Seen]| seen.iter().any(|seen| seen.removes(public(2)));
    scene.sink.until("both removals", |s| !removals(s).is_empty() && removed(s)).await;
    scene.publish(&[3]).await;
    scene.sink.answer(|_| Act::Answer(200));
    let seen = scene.sink.until("the next item", |seen| sent(seen, 3)).await;
    let first = seen.iter().position(|seen| seen.removes(public(2))).unwrap();
    // An attempt that was already under way may still arrive; nothing later does.
    let after: Vec<_> = seen[first + 2..].iter().filter(|s| !s.is_removal()).collect();
    assert!(after.iter().all(|seen| !seen.ids().contains(&public(2))));
}

#[tokio::test]
async fn a_removal_that_overtook_its_publish_is_sent_again_when_that_is_closed() {
    let quick = Duration::from_millis(800);
    let scene = Scene::with(|partner| partner.push.as_mut().unwrap().timeout = quick).await;
    scene.sink.answer(|seen| {
        if seen.is_removal() { Act::Answer(200) } else { Act::Late(Duration::from_secs(4)) }
    });
    scene.publish(&[1]).await;
    let seen = scene.sink.until("the publish hangs", |seen| sent(seen, 1)).await;
    let began = seen[0].at;
    scene.remove(&[1]).await;
    let seen = scene.sink.until("two removals", |seen| removals(seen).len() == 2).await;
    let both = removals(&seen);
    assert!(both[0].at < began + quick, "the first does not wait");
    assert!(both[1].at >= began + quick, "the second comes after the deadline");
    assert_ne!(both[0].header("webhook-id"), both[1].header("webhook-id"));
    while !scene.parked(Lane::Remove).await.is_empty() {
        tokio::task::yield_now().await;
    }
    scene.shows("luik_removals_open{partner=\"wijk\"} 0").await;
    assert_eq!(removals(&scene.sink.seen()).len(), 2);
}

#[tokio::test]
async fn a_refused_removal_stays_open_until_it_is_taken() {
    let scene = holding_one().await;
    let refusal = format!(r#"{{"rejected":[{{"id":"{}","reason":"x"}}]}}"#, public(1));
    scene.sink.answer(move |_| Act::Json(refusal.clone()));
    scene.publish(&[2]).await;
    scene.remove(&[1]).await;
    scene.sink.until("it is tried again", |seen| removals(seen).len() >= 4).await;
    scene.shows("luik_removals_open{partner=\"wijk\"} 1").await;
    scene.remove(&[2]).await;
    let other = |seen: &[Seen]| seen.iter().any(|seen| seen.removes(public(2)));
    scene.sink.until("others go on", other).await;
    scene.sink.answer(|_| Act::Answer(200));
    scene.shows("luik_removals_open{partner=\"wijk\"} 0").await;
    assert_eq!(scene.parked(Lane::Remove).await, []);
    let tries: Vec<_> = removals(&scene.sink.seen()).iter().map(|s| s.at).collect();
    assert!(tries.len() >= 5);
}

#[tokio::test]
async fn a_refused_removal_jams_nothing_when_one_beside_it_is_no_longer_owed() {
    let scene = Scene::new().await;
    scene.publish(&[1, 2]).await;
    scene.sink.until("both are held", |seen| sent(seen, 1) && sent(seen, 2)).await;
    let id = |n| format!(r#"{{"id":"{}","reason":"x"}}"#, public(n));
    let refusal = format!(r#"{{"rejected":[{},{}]}}"#, id(1), id(2));
    scene.sink.answer(move |_| Act::Json(refusal.clone()));
    scene.remove(&[1, 2]).await;
    scene.sink.until("both are refused", |seen| removals(seen).len() >= 2).await;
    scene.sink.answer(|seen| Act::Answer(if seen.removes(public(1)) { 400 } else { 200 }));
    scene.publish(&[2]).await;
    let deadline = Instant::now() + Duration::from_secs(20);
    while scene.parked(Lane::Remove).await != [public(1)] {
        assert!(Instant::now() < deadline, "the second is still waited for");
        tokio::task::yield_now().await;
    }
    let tries = removals(&scene.sink.seen()).len();
    scene.sink.until("the first is tried on", |seen| removals(seen).len() > tries + 1).await;
}

#[tokio::test]
async fn after_a_crash_amid_a_send_removals_are_sent_again() {
    let mut scene = Scene::new().await;
    scene.sink.answer(|seen| {
        if seen.is_removal() { Act::Answer(200) } else { Act::Late(Duration::from_secs(60)) }
    });
    scene.publish(&[1]).await;
    scene.sink.until("the publish hangs", |seen| sent(seen, 1)).await;
    scene.remove(&[1]).await;
    let head = scene.journal.head();
    scene.until("the removal is accepted", |standing| standing.remove == head).await;
    scene.tasks.abort();
    scene.tasks.finish(Duration::from_secs(5)).await;
    // Not even a reload amid the repetition makes it forget.
    scene.sink.answer(|_| Act::Answer(503));
    scene.start_again();
    scene.sink.until("a first try", |seen| removals(seen).len() == 2).await;
    scene.change(|partner| partner.agreement.hash = "sha256:ff".into());
    let renewed = |seen: &[Seen]| {
        let last = removals(seen).pop().unwrap().clone();
        last.header("luik-agreement") == "sha256:ff"
    };
    scene.sink.until("tried on under the new profile", renewed).await;
    scene.sink.answer(|_| Act::Answer(200));
    let seen = scene.sink.until("once more", |seen| removals(seen).len() > 3).await;
    let both = removals(&seen);
    assert_ne!(both[0].header("webhook-id"), both[1].header("webhook-id"));
}

#[tokio::test]
async fn what_waited_through_an_outage_is_sent_as_its_latest_state() {
    let scene = holding_one().await;
    scene.sink.answer(|_| Act::Answer(502));
    scene.publish(&[1]).await;
    scene.publish(&[1, 2]).await;
    scene.remove(&[1]).await;
    scene.sink.until("it fails", |seen| seen.len() > 5).await;
    let before = scene.sink.seen().len();
    scene.sink.answer(|_| Act::Answer(200));
    let head = scene.journal.head();
    scene.until("caught up", |s| s.remove == head && s.publish.get() + 1 >= head.get()).await;
    let seen = scene.sink.seen()[before..].to_vec();
    assert!(!removals(&seen).is_empty());
    assert!(sent(&seen, 2));
}

#[tokio::test]
async fn what_was_read_ahead_and_removed_since_is_not_sent() {
    let scene = Scene::with(|partner| partner.push.as_mut().unwrap().batch = 1).await;
    scene.publish(&[1]).await;
    scene.sink.until("marked", |seen| sent(seen, 1)).await;
    scene.sink.answer(|seen| match seen.ids().contains(&public(3)) {
        true => Act::Late(Duration::from_millis(300)),
        false => Act::Answer(204),
    });
    scene.publish(&[2, 3, 4, 5]).await;
    scene.sink.until("the third is under way", |seen| sent(seen, 3)).await;
    scene.remove(&[4]).await;
    let seen = scene.sink.until("the last", |seen| sent(seen, 5)).await;
    assert!(!sent(&seen, 4));
}
