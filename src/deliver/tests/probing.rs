//! The probe of a partner's declared page.

use std::time::Duration;

use crate::deliver::probe::Probe;
use crate::journal::Rung;
use crate::metrics::Lane;

use super::scene::{Scene, id, public};
use super::sink::Act;

/// Serves this page, and takes everything else.
fn page(scene: &Scene, links: &[u32]) {
    let link = |core: &u32| format!("<a href=\"https://luik.example/r/wijk/{}\">", public(*core));
    let page: String = links.iter().map(link).collect();
    scene.sink.page(page);
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
        seen.iter().filter(|seen| seen.removes(public(1))).count() == 2
    };
    scene.sink.until("the removal is sent again", twice).await;
    scene.sink.answer(|_| Act::Answer(500));
    look().await;
    assert_eq!(scene.parked(Lane::Remove).await, [public(1)], "open again");
}
