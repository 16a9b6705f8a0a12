//! What is sent, and what follows from each sort of answer.

use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use crate::config::Secret;
use crate::metrics::{Lane, Outcome};

use super::super::wire::Keys;
use super::scene::{SECRET, Scene, public};
use super::sink::{Act, Seen};

/// Fails so many times, then takes everything.
fn fails(times: u32, act: Act) -> impl Fn(&Seen) -> Act {
    let count = AtomicU32::new(0);
    move |_| {
        let before = count.fetch_add(1, Ordering::SeqCst);
        if before < times { act.clone() } else { Act::Answer(200) }
    }
}

fn published(seen: &[Seen]) -> usize {
    seen.iter().filter(|seen| !seen.is_removal()).map(|seen| seen.items().len()).sum()
}

#[tokio::test]
async fn items_arrive_in_order_signed_and_marked_before_they_are_sent() {
    let scene = Scene::with(|partner| partner.push.as_mut().unwrap().batch = 2).await;
    scene.publish(&[1, 2, 3, 4, 5]).await;
    let seen = scene.sink.until("five items", |seen| published(seen) == 5).await;
    let mut last = 0;
    for request in &seen {
        assert!(request.items().len() <= 2);
        for item in request.items() {
            let modified = item["modified"].as_u64().unwrap();
            assert!(modified > last, "in order");
            assert!(request.mark >= modified, "marked before it was sent");
            last = modified;
        }
        let timestamp: i64 = request.header("webhook-timestamp").parse().unwrap();
        let keys = Keys::read(&[Secret::new(SECRET)]).unwrap();
        let signed = keys.sign(request.header("webhook-id"), timestamp, &request.body);
        assert_eq!(request.header("webhook-signature"), signed);
        assert_eq!(request.header("content-type"), "application/cloudevents+json");
        assert_eq!(request.header("luik-agreement"), "sha256:0f");
        assert!(request.header("user-agent").starts_with("luik/"));
        assert_eq!(request.event()["id"], request.header("webhook-id"));
    }
    let url = format!("https://luik.example/r/wijk/{}", public(1));
    assert_eq!(seen[0].items()[0]["data"]["url"], url);
    scene.until("the cursor follows", |standing| standing.publish.get() == last).await;
    scene.shows("luik_delivery_seconds_count{partner=\"wijk\"} 5").await;
}

#[tokio::test]
async fn a_retry_has_the_same_id_and_body() {
    let scene = Scene::new().await;
    scene.sink.answer(fails(3, Act::Answer(500)));
    scene.publish(&[1, 2]).await;
    let seen = scene.sink.until("four attempts", |seen| seen.len() == 4).await;
    for request in &seen {
        assert_eq!(request.header("webhook-id"), seen[0].header("webhook-id"));
        assert_eq!(request.body, seen[0].body);
    }
    scene.publish(&[3]).await;
    let seen = scene.sink.until("the next", |seen| seen.len() == 5).await;
    assert_ne!(seen[4].header("webhook-id"), seen[0].header("webhook-id"));
    assert_eq!(seen[4].ids(), [public(3)]);
}

#[tokio::test]
async fn after_five_failures_one_item_probes() {
    let scene = Scene::new().await;
    scene.sink.answer(fails(6, Act::Answer(503)));
    scene.publish(&[1, 2, 3]).await;
    let seen = scene.sink.until("all three", |seen| seen.len() == 8).await;
    let sizes: Vec<_> = seen.iter().map(|request| request.items().len()).collect();
    assert_eq!(sizes, [3, 3, 3, 3, 3, 1, 1, 2]);
}

#[tokio::test]
async fn a_rejected_item_is_set_aside_and_blocks_nothing() {
    let scene = Scene::new().await;
    let bad = public(2);
    let refusal = format!(r#"{{"rejected":[{{"id":"{bad}","reason":"x"}}]}}"#);
    scene.sink.answer(move |_| Act::Json(refusal.clone()));
    scene.publish(&[1, 2, 3]).await;
    scene.sink.until("the batch", |seen| published(seen) == 3).await;
    let head = scene.journal.head();
    scene.until("the cursor passes it", |standing| standing.publish == head).await;
    assert_eq!(scene.parked(Lane::Publish).await, [bad]);
    scene.sink.answer(|_| Act::Answer(200));
    scene.publish(&[2]).await;
    scene.sink.until("its next version", |seen| published(seen) == 4).await;
    let head = scene.journal.head();
    scene.until("accepted", |standing| standing.publish == head).await;
    assert_eq!(scene.parked(Lane::Publish).await, []);
}

#[tokio::test]
async fn an_item_that_spoils_every_request_is_found_and_set_aside() {
    let scene = Scene::new().await;
    scene.publish(&[1]).await;
    scene.sink.until("one", |seen| published(seen) == 1).await;
    let bad = public(4);
    let spoilt = move |seen: &Seen| Act::Answer(if seen.ids().contains(&bad) { 422 } else { 200 });
    scene.sink.answer(spoilt);
    scene.publish(&[2, 3, 4, 5, 6]).await;
    let head = scene.journal.head();
    scene.until("the others arrive", |standing| standing.publish == head).await;
    assert_eq!(scene.parked(Lane::Publish).await, [bad]);
    scene.remove(&[1, 2, 3, 4, 5]).await;
    let head = scene.journal.head();
    scene.until("their removals arrive", |standing| standing.remove == head).await;
    scene.shows("luik_removals_open{partner=\"wijk\"} 1").await;
    assert_eq!(scene.parked(Lane::Remove).await, [bad]);
    scene.sink.answer(|_| Act::Answer(200));
    scene.shows("luik_removals_open{partner=\"wijk\"} 0").await;
}

#[tokio::test]
async fn when_everything_is_refused_nothing_is_given_up() {
    let scene = Scene::new().await;
    scene.sink.answer(fails(20, Act::Answer(401)));
    scene.publish(&[1, 2, 3]).await;
    let head = scene.journal.head();
    scene.until("accepted", |standing| standing.publish == head).await;
    assert_eq!(scene.parked(Lane::Publish).await, []);
}

#[tokio::test]
async fn gone_stops_publishes_until_a_removal_is_accepted() {
    let scene = Scene::new().await;
    scene.publish(&[1]).await;
    scene.sink.until("one item", |seen| published(seen) == 1).await;
    scene.sink.answer(|_| Act::Answer(410));
    scene.publish(&[2]).await;
    scene.until("gone is stored", |standing| standing.gone).await;
    scene.shows("luik_partner_state{partner=\"wijk\",state=\"gone\"} 1").await;
    scene.remove(&[1]).await;
    let probes = |seen: &[Seen]| seen.iter().filter(|seen| seen.removes(public(1))).count();
    scene.sink.until("removals probe", |seen| probes(seen) >= 3).await;
    assert_eq!(published(&scene.sink.seen()), 2, "no publish after 410");
    scene.sink.answer(|_| Act::Answer(200));
    scene.sink.until("publishes go on", |seen| published(seen) == 3).await;
    scene.until("no longer gone", |standing| !standing.gone).await;
    scene.shows("luik_partner_state{partner=\"wijk\",state=\"active\"} 1").await;
}

#[tokio::test]
async fn a_wish_to_wait_is_honoured() {
    let scene = Scene::new().await;
    scene.sink.answer(fails(1, Act::Header(429, "retry-after", "1".into())));
    scene.publish(&[1]).await;
    let seen = scene.sink.until("a second attempt", |seen| seen.len() == 2).await;
    assert!(seen[1].at - seen[0].at >= Duration::from_secs(1));
    let throttled = r#"{lane="publish",outcome="throttled",partner="wijk"} 1"#;
    scene.shows(&format!("luik_delivery_attempts_total{throttled}")).await;
}

#[tokio::test]
async fn a_slow_drip_ends_at_the_deadline() {
    let quick = Duration::from_millis(200);
    let scene = Scene::with(|partner| partner.push.as_mut().unwrap().timeout = quick).await;
    scene.sink.answer(fails(1, Act::Drip));
    scene.publish(&[1]).await;
    let seen = scene.sink.until("a second attempt", |seen| seen.len() == 2).await;
    assert!(seen[1].at - seen[0].at < Duration::from_secs(5));
    let timed_out = r#"{lane="publish",outcome="timed_out",partner="wijk"} 1"#;
    scene.shows(&format!("luik_delivery_attempts_total{timed_out}")).await;
}

#[tokio::test]
async fn an_endless_answer_is_not_read_and_accepts() {
    let scene = Scene::new().await;
    scene.sink.answer(|_| Act::Flood);
    scene.publish(&[1]).await;
    let head = scene.journal.head();
    scene.until("accepted", |standing| standing.publish == head).await;
    assert_eq!(scene.sink.seen().len(), 1);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    let scene = Scene::new().await;
    scene.sink.answer(fails(2, Act::Header(307, "location", "/elsewhere".into())));
    scene.publish(&[1]).await;
    let seen = scene.sink.until("a third attempt", |seen| seen.len() == 3).await;
    assert!(seen.iter().all(|request| request.path == "/hook"));
    let redirected = r#"{lane="publish",outcome="redirected",partner="wijk"} 2"#;
    scene.shows(&format!("luik_delivery_attempts_total{redirected}")).await;
}

async fn refused_at(host: &str) {
    let scene = Scene::with(|partner| {
        let push = partner.push.as_mut().unwrap();
        push.allow_private = false;
        let port = push.endpoint.port().unwrap();
        push.endpoint = format!("https://{host}:{port}/hook").parse().unwrap();
    })
    .await;
    scene.publish(&[1]).await;
    scene.shows("luik_partner_state{partner=\"wijk\",state=\"failing\"} 1").await;
    scene.drain().await;
    for outcome in Outcome::ALL {
        let expected = *outcome == Outcome::AddressRefused;
        assert_eq!(scene.attempts(*outcome) > 0, expected, "{host} {outcome:?}");
    }
    assert!(scene.sink.seen().is_empty());
}

#[tokio::test]
async fn a_name_with_a_private_address_is_refused_before_a_byte_leaves() {
    refused_at("localhost").await;
}

#[tokio::test]
async fn a_private_address_as_host_is_refused_too() {
    refused_at("127.0.0.1").await;
}
