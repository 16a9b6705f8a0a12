//! The probe of a partner's declared page.

use std::time::Duration;

use crate::clock::Clock;
use crate::deliver::probe::Probe;
use crate::journal::Rung;
use crate::metrics::Lane;

use super::scene::{Scene, id, public};
use super::sink::Act;

/// Serves this page, and takes everything else.
fn page(scene: &Scene, links: &[u32]) {
    scene.sink.page(links_to(links));
}

fn links_to(links: &[u32]) -> String {
    let link = |core: &u32| format!("<a href=\"https://luik.example/r/wijk/{}\">", public(*core));
    links.iter().map(link).collect()
}

#[tokio::test]
async fn a_removed_item_on_the_page_is_an_alarm_and_owed_again() {
    let scene = Scene::with(|partner| partner.removal.promise = Duration::from_millis(1)).await;
    let probe: Probe = scene.probe();
    let address = scene.sink.endpoint();
    scene.publish(&[1, 2]).await;
    scene.until("published", |standing| standing.publish.get() == 2).await;
    let look = async || probe.look(&scene.partner, &address).await.unwrap().unwrap();
    let rung = async || {
        let proven = scene.journal.proven(&id()).await.unwrap();
        proven.last().map(|proven| proven.rung)
    };
    page(&scene, &[]);
    look().await;
    assert_eq!(rung().await, Some(Rung::Accepted), "a page without any link proves nothing");
    scene.remove(&[1]).await;
    scene.until("removed", |standing| standing.remove.get() == 3).await;
    page(&scene, &[2]);
    look().await;
    assert_eq!(rung().await, Some(Rung::Verified));
    page(&scene, &[1, 2]);
    let shown = look().await;
    assert_eq!((shown.live, shown.removed, shown.overdue), (1, 1, 1));
    let twice = |seen: &[super::sink::Seen]| {
        seen.iter().filter(|seen| seen.removes(public(1))).count() >= 2
    };
    scene.sink.until("the removal is sent again", twice).await;
    scene.sink.answer(|_| Act::Answer(500));
    look().await;
    assert_eq!(scene.parked(Lane::Remove).await, [public(1)], "open again");
    scene.sink.answer(|_| Act::Answer(204));
    let often = |seen: &[super::sink::Seen]| {
        seen.iter().filter(|seen| seen.removes(public(1))).count() >= 4
    };
    look().await;
    scene.sink.until("it is taken again", often).await;
    assert_eq!(scene.parked(Lane::Remove).await, [public(1)], "what is seen weighs more");
    page(&scene, &[2]);
    look().await;
    let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
    while !scene.parked(Lane::Remove).await.is_empty() {
        assert!(tokio::time::Instant::now() < deadline, "closed by what is seen");
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
}

#[tokio::test]
async fn who_fetches_owes_it_until_the_page_no_longer_shows_it() {
    let scene = Scene::with(|partner| partner.removal.promise = Duration::from_millis(1)).await;
    let probe = scene.probe();
    scene.publish(&[1, 2]).await;
    scene.until("published", |standing| standing.publish.get() == 2).await;
    scene.remove(&[1]).await;
    scene.until("removed", |standing| standing.remove.get() == 3).await;
    scene.drain().await;
    let mut fetches = scene.partner.clone();
    fetches.push = None;
    // A page without any link says nothing of what is gone.
    for (links, open) in [(&[1, 2][..], 1), (&[1][..], 1), (&[][..], 1), (&[2][..], 0)] {
        let when = (scene.journal.head(), Clock::system().now());
        probe.weigh(&fetches, &links_to(links), when).await.unwrap();
        assert_eq!(scene.parked(Lane::Remove).await.len(), open, "{links:?}");
    }
}

#[tokio::test]
async fn what_a_person_has_to_confirm_is_not_closed_by_a_page_that_lacks_it() {
    let scene = Scene::with(|partner| partner.removal.promise = Duration::from_millis(1)).await;
    let probe = scene.probe();
    scene.publish(&[1, 2]).await;
    scene.until("published", |standing| standing.publish.get() == 2).await;
    scene.remove(&[1]).await;
    scene.until("removed", |standing| standing.remove.get() == 3).await;
    scene.drain().await;
    let mut reads = scene.partner.clone();
    let (to, day) = ("beheer@wijk.example".parse().unwrap(), Duration::from_secs(86_400));
    reads.push = None;
    reads.mail = Some(crate::partner::Mail { to, every: day, remind_every: day });
    for links in [&[1, 2][..], &[2][..], &[][..]] {
        let when = (scene.journal.head(), Clock::system().now());
        probe.weigh(&reads, &links_to(links), when).await.unwrap();
        assert_eq!(scene.parked(Lane::Remove).await.len(), 1, "{links:?}");
    }
}
