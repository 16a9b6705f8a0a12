//! A partner that answers badly: with errors, delays, floods or nonsense.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use super::{Scene, further};
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::sink::{Reply, Sink};

fn fails(status: u16) -> Reply {
    Reply::Fail(status, String::new())
}

#[test]
fn errors_are_retried_with_the_same_id_until_the_partner_recovers() {
    let scene = Scene::shown("", &["a"]);
    let before = scene.bad.pushes().len();
    scene.goes_bad(|_| fails(500));
    scene.put("b");
    let tries = further(&scene.bad, before, 6);
    assert!(tries.iter().all(|push| push.id() == tries[0].id() && push.body == tries[0].body));
    assert!(tries.iter().all(|push| !push.header("webhook-timestamp").is_empty()));
    eventually("it is failing", || scene.gateway.is_in_state("bad", "failing"));
    scene.remove("a");
    scene.removal_stays_open();
    scene.recovers();
    eventually("it arrives", || scene.bad.shows(&public_id("b")));
    let of_b = |id: &str| id == tries[0].id();
    let pushes = scene.bad.pushes();
    let last = pushes.iter().rfind(|push| push.items().iter().any(|item| !item.deleted)).unwrap();
    assert!(of_b(last.id()), "the accepted one has the same id");
    scene.ends_well();
}

#[test]
fn removals_pass_while_publishes_fail() {
    let scene = Scene::shown("", &["a", "b"]);
    scene.goes_bad(|push| if push.is_removal() { Reply::Take } else { fails(503) });
    scene.put("c");
    eventually("publishes fail", || scene.gateway.is_in_state("bad", "failing"));
    for id in ["a", "b"] {
        scene.remove(id);
        eventually("the removal passes", || scene.bad.has_dropped(&public_id(id)));
        let took = scene.bad.held(&public_id(id)).unwrap().at;
        let heard = scene.healthy.held(&public_id(id)).unwrap().at;
        assert!(took.saturating_duration_since(heard) < super::REMOVAL_TIME);
    }
    assert!(!scene.bad.shows(&public_id("c")));
    scene.recovers();
    scene.ends_well();
}

#[test]
fn an_item_that_is_removed_while_its_publish_fails_never_arrives() {
    let scene = Scene::shown("", &["a"]);
    scene.goes_bad(|_| fails(500));
    scene.put("b");
    eventually("it was tried", || scene.gateway.attempts("bad", "server_error") >= 2.0);
    scene.remove("b");
    let before = scene.bad.pushes().len();
    scene.recovers();
    eventually("its removal arrives", || scene.bad.has_dropped(&public_id("b")));
    scene.ends_well();
    // One attempt may have been open when the item was removed.
    let late = scene.bad.pushes().split_off(before + 1);
    let items = late.iter().flat_map(|push| push.items());
    assert!(items.filter(|item| item.id == public_id("b")).all(|item| item.deleted));
}

#[test]
fn retry_after_is_respected() {
    let scene = Scene::shown("", &["a"]);
    let before = scene.bad.pushes().len();
    let asked = AtomicBool::new(false);
    scene.goes_bad(move |_| {
        if asked.swap(true, Ordering::SeqCst) {
            Reply::Take
        } else {
            Reply::Fail(429, "retry-after: 3\r\n".to_owned())
        }
    });
    scene.put("b");
    scene.counts("throttled");
    let tries = further(&scene.bad, before, 2);
    // Without the wish the pause would be half a second; a whole one at most.
    let waited = tries[1].at.duration_since(tries[0].at);
    assert!(waited >= Duration::from_secs(3), "{waited:?}");
    assert_eq!(tries[0].id(), tries[1].id());
    scene.ends_well();
}

#[test]
fn a_partner_that_hangs_or_drips_past_the_timeout_is_left_alone_and_asked_again() {
    for manner in [Reply::Hang, Reply::Drip] {
        let scene = Scene::shown("timeout = \"300ms\"", &["a", "b"]);
        scene.goes_bad(move |_| manner.clone());
        scene.put("c");
        scene.counts("timed_out");
        scene.remove("a");
        scene.removal_stays_open();
        scene.remove("b");
        scene.recovers();
        scene.ends_well();
    }
}

#[test]
fn an_endless_answer_is_not_read_on() {
    let scene = Scene::shown("", &["a"]);
    for (id, bytes) in [("b", 10_000_000), ("c", 1 << 40)] {
        scene.goes_bad(move |_| Reply::Flood(bytes));
        scene.put(id);
        eventually("its status counts", || scene.bad.shows(&public_id(id)));
    }
    scene.remove("a");
    eventually("a removal too", || scene.bad.has_dropped(&public_id("a")));
    scene.ends_well();
    // What the sockets on both sides hold may be taken before the gateway hangs up.
    let taken = scene.bad.flooded();
    assert!(taken < 64_000_000, "{taken} bytes were taken");
    assert_eq!(scene.gateway.attempts("bad", "unreachable"), 0.0);
}

#[test]
fn redirects_are_never_followed() {
    let scene = Scene::shown("", &["a"]);
    let elsewhere = Sink::start("elsewhere");
    let to = elsewhere.address();
    scene.goes_bad(move |push| {
        let status = if push.is_removal() { 308 } else { 307 };
        Reply::Fail(status, format!("location: http://{to}/luik\r\n"))
    });
    scene.put("b");
    scene.remove("a");
    scene.counts("redirected");
    scene.removal_stays_open();
    eventually("it is failing", || scene.gateway.is_in_state("bad", "failing"));
    assert!(elsewhere.pushes().is_empty());
    scene.recovers();
    scene.ends_well();
    assert!(elsewhere.pushes().is_empty());
}

#[test]
fn gone_stops_publishes_keeps_removals_going_and_is_shown() {
    let scene = Scene::shown("", &["a", "b"]);
    scene.goes_bad(|_| fails(410));
    scene.put("c");
    scene.counts("gone");
    eventually("it is gone", || scene.gateway.is_in_state("bad", "gone"));
    let publishes = |pushes: &[crate::embedded::push::Push]| {
        pushes.iter().filter(|push| !push.is_removal()).count()
    };
    let before = publishes(&scene.bad.pushes());
    scene.put("d");
    scene.remove("a");
    scene.removal_stays_open();
    let removals = |at_least: usize| {
        let pushes = scene.bad.pushes();
        pushes.iter().filter(|push| push.is_removal()).count() >= at_least
    };
    eventually("removals are tried on", || removals(3));
    assert_eq!(publishes(&scene.bad.pushes()), before, "no publish while it is gone");
    assert!(scene.gateway.program.err().contains("the endpoint is gone (410)"));
    scene.recovers();
    scene.ends_well();
    assert!(scene.bad.shows(&public_id("d")));
}

#[test]
fn nonsense_with_200_is_a_200() {
    for body in [
        "<html>OK",
        "{\"rejected\":\"alles\",\"confirmed\":7,\"digest\":[]}",
        "{\"rejected\":[{\"id\":\"vreemd\"},{\"id\":null},7],\"confirmed\":[\"ook vreemd\"]}",
        "\u{0}\u{1}",
        "[[[[[[[[",
    ] {
        let scene = Scene::shown("", &["a"]);
        scene.goes_bad(move |_| Reply::Say(body));
        scene.put("b");
        eventually("it is taken", || scene.bad.shows(&public_id("b")));
        scene.remove("a");
        eventually("it is taken back", || scene.bad.has_dropped(&public_id("a")));
        scene.ends_well();
        assert_eq!(scene.gateway.attempts("bad", "partly_rejected"), 0.0, "{body}");
    }
}
