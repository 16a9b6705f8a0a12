//! Starting, stopping, and what is kept.

use crate::journal::Deed;
use crate::lifecycle::Ending;
use crate::partner::Status;

use super::super::worker::pushes;
use super::scene::{Scene, id, public};
use super::sink::{Act, Seen};

fn sent(seen: &[Seen], core: u32) -> bool {
    seen.iter().any(|seen| !seen.is_removal() && seen.ids().contains(&public(core)))
}

#[tokio::test]
async fn a_drain_keeps_the_cursors_and_nothing_is_sent_twice() {
    let mut scene = Scene::new().await;
    scene.publish(&[1, 2]).await;
    scene.sink.until("two items", |seen| sent(seen, 2)).await;
    let head = scene.journal.head();
    scene.until("accepted", |standing| standing.publish == head).await;
    scene.shows("luik_delivery_backlog_items{lane=\"publish\",partner=\"wijk\"} 0").await;
    assert_eq!(scene.drain().await, Ending::Clean);
    assert_eq!(scene.standing().await.remove, head, "stored although nothing was removed");
    scene.start_again();
    scene.publish(&[3]).await;
    let seen = scene.sink.until("the third", |seen| sent(seen, 3)).await;
    assert_eq!(seen.len(), 2);
    assert_eq!(seen[1].ids(), [public(3)]);
}

#[tokio::test]
async fn a_drain_waits_for_the_open_request() {
    let scene = Scene::new().await;
    scene.sink.answer(|_| Act::Late(std::time::Duration::from_millis(300)));
    scene.publish(&[1]).await;
    scene.sink.until("under way", |seen| seen.len() == 1).await;
    assert_eq!(scene.drain().await, Ending::Clean);
    assert_eq!(scene.standing().await.publish, scene.journal.head());
}

#[tokio::test]
async fn a_pause_is_kept_over_a_restart() {
    let mut scene = Scene::new().await;
    scene.command(Deed::Pause).await;
    scene.drain().await;
    scene.start_again();
    scene.publish(&[1]).await;
    scene.shows("luik_delivery_backlog_items{lane=\"publish\",partner=\"wijk\"} 1").await;
    assert!(scene.sink.seen().is_empty());
    scene.command(Deed::Resume).await;
    scene.sink.until("resumed", |seen| sent(seen, 1)).await;
}

#[tokio::test]
async fn a_changed_profile_is_picked_up_and_a_draft_has_no_worker() {
    let mut scene = Scene::new().await;
    scene.publish(&[1]).await;
    scene.sink.until("one", |seen| sent(seen, 1)).await;
    scene.change(|partner| partner.agreement.hash = "sha256:ff".into());
    scene.publish(&[2]).await;
    scene.sink.until("two", |seen| sent(seen, 2)).await;
    scene.publish(&[3]).await;
    let seen = scene.sink.until("three", |seen| sent(seen, 3)).await;
    assert_eq!(seen.last().unwrap().header("luik-agreement"), "sha256:ff");
    scene.change(|partner| partner.status = Status::Draft);
    assert!(pushes(&scene.partner).is_none());
    scene.publish(&[4]).await;
    scene.change(|partner| partner.status = Status::Active);
    scene.sink.until("four", |seen| sent(seen, 4)).await;
}

#[tokio::test]
async fn an_ended_agreement_takes_everything_back() {
    let scene = Scene::new().await;
    scene.publish(&[1, 2]).await;
    scene.sink.until("two", |seen| sent(seen, 2)).await;
    let enrolment = crate::journal::Enrolment {
        partner: id(),
        scope: crate::partner::Scope::NOTHING,
        agreement: "sha256:0f".into(),
        terms: None,
    };
    scene.journal.enrol(vec![enrolment]).await.unwrap();
    let gone = |seen: &[Seen], core| seen.iter().any(|seen| seen.removes(public(core)));
    scene.sink.until("both", |seen| gone(seen, 1) && gone(seen, 2)).await;
}

#[tokio::test]
async fn a_gone_endpoint_is_tried_again_when_it_moves() {
    let mut scene = Scene::new().await;
    scene.sink.answer(|seen| Act::Answer(if seen.path == "/hook" { 410 } else { 200 }));
    scene.publish(&[1]).await;
    scene.until("gone", |standing| standing.gone).await;
    scene.change(|partner| partner.push.as_mut().unwrap().endpoint.set_path("/new"));
    scene.sink.until("at its new place", |seen| seen.iter().any(|s| s.path == "/new")).await;
    scene.until("no longer gone", |standing| !standing.gone).await;
}
