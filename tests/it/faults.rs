//! One partner, disk or row goes wrong in the real binary: nothing else notices, nothing is lost.

mod answers;
mod crowd;
mod disk;
mod load;
mod network;
mod refusals;
mod rows;

use std::time::{Duration, Instant};

use crate::embedded::core::public_id;
use crate::embedded::gateway::Gateway;
use crate::embedded::push::Push;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;
use crate::embedded::{eventually, found};

/// Longest time from a removal in the core until a healthy partner has taken it.
const REMOVAL_TIME: Duration = Duration::from_secs(2);

/// A gateway between a core and two partners: a healthy one, and one that goes wrong.
struct Scene {
    stage: Stage,
    gateway: Gateway,
    healthy: Sink,
    bad: Sink,
}

impl Scene {
    /// Both partners take everything; `more` are lines of the bad one's `[push]`.
    fn new(more: &str) -> Self {
        let mut stage = Stage::new();
        let (healthy, bad) = (Sink::start("healthy"), Sink::start("bad"));
        stage.pushes_to("healthy", &healthy, "");
        stage.pushes_to("bad", &bad, more);
        let gateway = stage.start();
        Self { stage, gateway, healthy, bad }
    }

    /// Places items and waits until both show them.
    fn shown(more: &str, ids: &[&str]) -> Self {
        let scene = Self::new(more);
        scene.stage.core.put_all(ids.iter().copied());
        for sink in [&scene.healthy, &scene.bad] {
            eventually("it shows all", || ids.iter().all(|id| sink.shows(&public_id(id))));
        }
        scene
    }

    /// From now on the bad partner answers like this.
    fn goes_bad(&self, manner: impl Fn(&Push) -> Reply + Send + Sync + 'static) {
        self.bad.behave(manner);
    }

    fn recovers(&self) {
        self.bad.behave(|_| Reply::Take);
    }

    /// Takes an item back in the core; the healthy partner has to hear of it in time.
    fn remove(&self, id: &str) {
        let start = Instant::now();
        self.stage.core.remove(id);
        let id = public_id(id);
        eventually("the healthy partner drops it", || self.healthy.has_dropped(&id));
        let held = self.healthy.held(&id).unwrap();
        let took = held.at.duration_since(start);
        assert!(took < REMOVAL_TIME, "the healthy partner waited {took:?}");
    }

    /// Places an item; the healthy partner gets it.
    fn put(&self, id: &str) {
        self.stage.core.put(id);
        eventually("the healthy partner shows it", || self.healthy.shows(&public_id(id)));
    }

    /// Waits until a request to the bad partner has ended like this.
    fn counts(&self, outcome: &str) {
        eventually(outcome, || self.gateway.attempts("bad", outcome) >= 1.0);
    }

    /// An open removal of the bad partner is counted, and its age grows.
    fn removal_stays_open(&self) {
        eventually("it is counted as open", || self.gateway.removals_open("bad") == 1.0);
        let age = self.gateway.oldest_open("bad");
        eventually("its age grows", || self.gateway.oldest_open("bad") > age + 0.5);
        eventually("the healthy partner has none", || {
            self.gateway.removals_open("healthy") == 0.0
                && self.gateway.oldest_open("healthy") == 0.0
        });
    }

    /// Everything is closed, and both partners show the same.
    fn ends_well(&self) {
        eventually("both show the same", || self.healthy.shown() == self.bad.shown());
        eventually("no removal is open", || {
            self.gateway.removals_open("bad") == 0.0 && self.gateway.oldest_open("bad") == 0.0
        });
        eventually("it is active again", || self.gateway.is_in_state("bad", "active"));
        assert_eq!(self.gateway.ready().status, 200);
    }
}

/// Pushes after the first `skip`, once there are `count` of them.
fn further(sink: &Sink, skip: usize, count: usize) -> Vec<Push> {
    found("further pushes", crate::embedded::SOON, || {
        let pushes: Vec<Push> = sink.pushes().into_iter().skip(skip).collect();
        (pushes.len() >= count).then_some(pushes)
    })
}
