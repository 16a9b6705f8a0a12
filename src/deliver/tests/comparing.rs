//! Leases, and a partner that turns out to hold something else than it should.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::journal::Deed;
use crate::metrics::{Lane, Metrics};
use crate::model::{Digest, Kind, PublicId, Sequence};
use crate::partner::Status;
use crate::receive::{Holdings, Message};

use super::scene::{Scene, id, public};
use super::sink::{Act, Seen};

/// A partner that applies what it is sent, and tells what it holds.
#[derive(Clone, Default)]
struct Site(Arc<Mutex<Holdings>>);

impl Site {
    /// Answers everything as the receiver does, but for what `spoil` does to it before.
    fn open(
        scene: &Scene,
        spoil: impl Fn(&mut Holdings, &Seen) -> bool + Clone + Send + 'static,
    ) -> Self {
        let site = Self::default();
        for others in [false, true] {
            let (site, spoil) = (site.clone(), spoil.clone());
            let script = move |seen: &Seen| {
                let mut holdings = site.0.lock().unwrap();
                if spoil(&mut holdings, seen) {
                    let digest = holdings.digest();
                    return Act::Json(format!(r#"{{"digest":"{digest}"}}"#));
                }
                let message = Message::parse(&seen.body).unwrap();
                let answer = crate::receive::carry_out(message, &mut holdings).unwrap();
                Act::Json(serde_json::to_string(&answer).unwrap())
            };
            if others { scene.sink.answer_others(script) } else { scene.sink.answer(script) }
        }
        site
    }

    fn digest(&self) -> Digest {
        self.0.lock().unwrap().digest().parse().unwrap()
    }

    /// Changes what is held behind the gateway's back.
    fn turn(&self, change: impl FnOnce(&mut Holdings)) {
        change(&mut self.0.lock().unwrap());
    }
}

fn item(id: PublicId, modified: u64, live: bool) -> crate::receive::Item {
    crate::receive::Item {
        id: id.to_string().into(),
        kind: Kind::Request,
        modified: Sequence::new(modified),
        data: live.then(|| r#"{"region":{"code":"GM0119"}}"#.into()),
    }
}

async fn agrees(scene: &Scene, site: &Site) {
    let expected = scene.journal.expected(&id()).await.unwrap().digest();
    let deadline = Instant::now() + Duration::from_secs(10);
    while site.digest() != expected {
        assert!(Instant::now() < deadline, "the partner holds something else");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lease_tells_until_when_and_what_should_be_held_also_while_paused() {
    let scene = Scene::with(|partner| partner.removal.lease = Duration::from_secs(3)).await;
    scene.command(Deed::Pause).await;
    scene.publish(&[1]).await;
    let deadline = Instant::now() + Duration::from_secs(10);
    while scene.sink.others().len() < 3 {
        assert!(Instant::now() < deadline, "leases");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let leases: Vec<Value> = scene.sink.others().iter().map(Seen::event).collect();
    assert!(leases.iter().all(|lease| lease["type"] == "luik.lease.renewed"));
    let data = &leases[2]["data"];
    assert_eq!((&data["count"], data["digest"].as_str().unwrap().len()), (&Value::from(1), 64));
    assert_eq!(data["upTo"], 1);
    let until: jiff::Timestamp = data["validUntil"].as_str().unwrap().parse().unwrap();
    let kept = scene.standing().await.lease;
    assert!(kept >= Some(until) || scene.sink.others().len() == 3, "{kept:?} {until}");
}

#[tokio::test(flavor = "multi_thread")]
async fn on_the_last_day_a_lease_is_told_once_and_not_again_and_again() {
    let today = Clock::system().now().to_zoned(jiff::tz::TimeZone::UTC).date();
    let scene = Scene::with(|partner| {
        partner.agreement.ends = today.tomorrow().unwrap();
        partner.removal.lease = Duration::from_secs(90 * 86_400);
    })
    .await;
    scene.until("a lease", |standing| standing.lease.is_some()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(scene.sink.others().len(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_suspended_partner_gets_no_lease() {
    let mut scene = Scene::with(|partner| {
        partner.removal.lease = Duration::from_secs(1);
    })
    .await;
    scene.publish(&[1]).await;
    scene.until("published", |standing| standing.publish.get() == 1).await;
    scene.until("a lease", |standing| standing.lease.is_some()).await;
    scene.change(|partner| partner.status = Status::Suspended);
    scene.remove(&[1]).await;
    scene.until("removed", |standing| standing.remove.get() == 2).await;
    let lease = scene.standing().await.lease.unwrap();
    scene.sink.until("the lease ends", |_| Clock::system().now() > lease).await;
    assert_eq!(scene.standing().await.lease, Some(lease));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_partner_that_keeps_what_was_taken_back_is_found_out() {
    let scene = Scene::new().await;
    let lies = Arc::new(Mutex::new(1));
    let site = Site::open(&scene, move |_, seen| {
        let mut left = lies.lock().unwrap();
        let lie = *left > 0 && seen.is("items.changed") && seen.removes(public(1));
        *left -= i32::from(lie);
        lie
    });
    scene.publish(&[1, 2]).await;
    scene.until("published", |standing| standing.publish.get() == 2).await;
    scene.remove(&[1]).await;
    agrees(&scene, &site).await;
    let removals = scene.sink.seen().iter().filter(|seen| seen.removes(public(1))).count();
    assert_eq!(removals, 2);
    scene.shows(r#"luik_reconcile_divergent_items{partner="wijk",side="extra"} 0"#).await;
    let published = scene.sink.seen().iter().filter(|seen| !seen.is_removal()).count();
    assert!(published <= 2, "no full dump");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_was_taken_stays_open_until_the_item_is_no_longer_held() {
    let mut scene = Scene::new().await;
    let honest = Arc::new(AtomicBool::new(false));
    let lies = honest.clone();
    let site = Site::open(&scene, move |_, seen| {
        !lies.load(Ordering::SeqCst) && seen.is("items.changed") && seen.removes(public(1))
    });
    scene.publish(&[1, 2]).await;
    scene.until("published", |standing| standing.publish.get() == 2).await;
    scene.remove(&[1]).await;
    scene.until("taken", |standing| standing.remove.get() == 3).await;
    scene.shows(r#"luik_reconcile_divergent_items{partner="wijk",side="extra"} 1"#).await;
    let removals = |seen: &[Seen]| seen.iter().filter(|seen| seen.removes(public(1))).count() >= 3;
    scene.sink.until("it is sent again and again", removals).await;
    scene.shows(r#"luik_removals_open{partner="wijk"} 1"#).await;
    assert_eq!(scene.parked(Lane::Remove).await, [public(1)]);
    assert_ne!(site.digest(), scene.journal.expected(&id()).await.unwrap().digest());
    // After a restart it is asked, and said again.
    scene.drain().await;
    scene.metrics = Metrics::new().unwrap();
    scene.metrics.enrol(&id(), Duration::from_secs(60), Clock::system().now());
    scene.start_again();
    scene.shows(r#"luik_reconcile_divergent_items{partner="wijk",side="extra"} 1"#).await;
    scene.shows(r#"luik_removals_open{partner="wijk"} 1"#).await;
    honest.store(true, Ordering::SeqCst);
    scene.shows(r#"luik_removals_open{partner="wijk"} 0"#).await;
    scene.shows(r#"luik_reconcile_divergent_items{partner="wijk",side="extra"} 0"#).await;
    agrees(&scene, &site).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_missing_stale_or_unknown_is_mended_one_by_one() {
    let scene = Scene::new().await;
    let site = Site::open(&scene, |_, _| false);
    scene.publish(&[1, 2, 3, 4]).await;
    scene.until("published", |standing| standing.publish.get() == 4).await;
    let stray = PublicId::from_bytes([9; 16]);
    site.turn(|holdings| {
        holdings.clear();
        for (id, modified) in [(public(1), 1), (public(4), 4), (stray, 77)] {
            holdings.apply(item(id, modified, true)).unwrap();
        }
    });
    scene.publish(&[4]).await;
    agrees(&scene, &site).await;
    let held = site.0.lock().unwrap();
    let entry = held.newest(Clock::system().now()).find(|(id, _)| **id == stray.to_string());
    assert_eq!(entry.unwrap().1.modified, Sequence::new(78));
}

#[tokio::test(flavor = "multi_thread")]
async fn to_a_partner_with_nothing_but_a_digest_everything_is_sent_again() {
    let scene = Scene::new().await;
    let site = Site::open(&scene, |_, seen| seen.is("holdings.asked"));
    scene.publish(&[1, 2, 3]).await;
    scene.until("published", |standing| standing.publish.get() == 3).await;
    scene.remove(&[3]).await;
    scene.until("removed", |standing| standing.remove.get() == 4).await;
    site.turn(|holdings| {
        holdings.clear();
        holdings.apply(item(public(3), 3, true)).unwrap();
    });
    scene.publish(&[9]).await; // so that the partner answers with its digest
    scene.shows(r#"luik_reconcile_divergent_items{partner="wijk",side="unknown"} 1"#).await;
    agrees(&scene, &site).await;
    scene.until("done", |standing| !standing.repeat).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_set_aside_stays_owed_while_it_is_refused() {
    let scene = Scene::new().await;
    let site = Site::open(&scene, |_, seen| seen.is("items.changed") && seen.removes(public(1)));
    scene.publish(&[1]).await;
    scene.until("published", |standing| standing.publish.get() == 1).await;
    scene.remove(&[1]).await;
    scene.shows(r#"luik_reconcile_divergent_items{partner="wijk",side="extra"} 1"#).await;
    assert_ne!(site.digest(), Digest::EMPTY);
    drop(scene.parked(Lane::Remove).await);
}
