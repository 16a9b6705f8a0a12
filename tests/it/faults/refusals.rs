//! A partner that refuses single items.

use super::Scene;
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::sink::Reply;

#[test]
fn a_refused_publish_blocks_nothing() {
    let scene = Scene::new("");
    let refused = public_id("b");
    let ids = vec![refused.clone()];
    scene.goes_bad(move |_| Reply::Reject(ids.clone()));
    scene.stage.core.put_all(["a", "b", "c"]);
    scene.counts("partly_rejected");
    scene.put("d");
    eventually("the others arrive", || {
        ["a", "c", "d"].iter().all(|id| scene.bad.shows(&public_id(id)))
    });
    let shown = |count: usize| {
        let pushes = scene.bad.pushes();
        let items = pushes.iter().flat_map(|push| push.items());
        items.filter(|item| item.id == refused && !item.deleted).count() == count
    };
    assert!(shown(1), "a refused publish is not sent again");
    // A new state of it is a new offer.
    scene.recovers();
    scene.stage.core.edit("b", "Nu beter");
    eventually("the new state is taken", || scene.bad.shows(&refused));
    assert_eq!(scene.bad.held(&refused).unwrap().item.title, "Nu beter");
    scene.remove("b");
    scene.ends_well();
}

#[test]
fn an_item_whose_publish_was_refused_is_taken_back_all_the_same() {
    let scene = Scene::new("");
    let id = public_id("a");
    let ids = vec![id.clone()];
    scene.goes_bad(move |_| Reply::Reject(ids.clone()));
    scene.put("a");
    scene.counts("partly_rejected");
    scene.recovers();
    scene.remove("a");
    eventually("its removal arrives", || scene.bad.has_dropped(&id));
    scene.ends_well();
}

#[test]
fn a_refused_removal_stays_open_and_is_tried_until_it_is_taken() {
    let scene = Scene::shown("", &["a", "b", "c"]);
    let refused = public_id("a");
    let ids = vec![refused.clone()];
    scene.goes_bad(move |_| Reply::Reject(ids.clone()));
    scene.remove("a");
    scene.counts("partly_rejected");
    scene.remove("b");
    eventually("others pass", || scene.bad.has_dropped(&public_id("b")));
    scene.put("d");
    eventually("publishes too", || scene.bad.shows(&public_id("d")));
    scene.removal_stays_open();
    let tries = || {
        let pushes = scene.bad.pushes();
        let items = pushes.iter().flat_map(|push| push.items());
        items.filter(|item| item.id == refused && item.deleted).count()
    };
    eventually("it is tried again and again", || tries() >= 4);
    assert!(scene.bad.shows(&refused));
    scene.recovers();
    eventually("it is taken at last", || scene.bad.has_dropped(&refused));
    scene.ends_well();
}

#[test]
fn a_refused_removal_outlives_kill_and_restart() {
    let mut scene = Scene::shown("", &["a"]);
    let ids = vec![public_id("a")];
    scene.goes_bad(move |_| Reply::Reject(ids.clone()));
    scene.remove("a");
    scene.counts("partly_rejected");
    scene.removal_stays_open();
    scene.gateway.program.signal("-KILL");
    scene.gateway.program.ended(crate::embedded::SOON);
    scene.gateway = scene.stage.start();
    scene.removal_stays_open();
    scene.recovers();
    eventually("it is taken at last", || scene.bad.has_dropped(&public_id("a")));
    scene.ends_well();
}
