//! One partner in each bad manner among fifty healthy ones, and leases.

use std::time::{Duration, Instant};

use serde_json::Value;

use crate::embedded::core::public_id;
use crate::embedded::push::Push;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::{Stage, partner_file};
use crate::embedded::{eventually, found};

const HEALTHY: usize = 50;
/// Longest time until every healthy partner has taken a removal, in a debug build on a busy
/// machine.
const REMOVAL_TIME: Duration = Duration::from_secs(5);

fn fail(status: u16) -> Reply {
    Reply::Fail(status, String::new())
}

/// What waits is counted in a share of the time, and with a crowd that takes its turn.
const COUNT_TIME: Duration = Duration::from_secs(60);

/// A name, and how it is answered.
type Bad = (&'static str, fn() -> Reply);

/// What goes wrong.
const BAD: [Bad; 8] = [
    ("hangs", || Reply::Hang),
    ("drips", || Reply::Drip),
    ("breaks", || fail(500)),
    ("storms", || Reply::Fail(429, "retry-after: 3600\r\n".to_owned())),
    ("gone", || fail(410)),
    ("redirects", || Reply::Fail(302, "location: http://127.0.0.1:9/\r\n".to_owned())),
    ("keeps", || Reply::Pretend),
    ("floods", || Reply::Flood(1 << 40)),
];

struct Crowd {
    stage: Stage,
    healthy: Vec<Sink>,
    bad: Vec<(&'static str, Sink)>,
}

impl Crowd {
    fn new() -> Self {
        let mut stage = Stage::new();
        let healthy: Vec<Sink> = (0..HEALTHY)
            .map(|n| {
                let name = format!("gezond-{n}");
                let sink = Sink::start(&name);
                stage.pushes_to(&name, &sink, "");
                sink
            })
            .collect();
        let bad = BAD.map(|(name, _)| {
            let sink = Sink::start(name);
            sink.behave(|_| Reply::Tell);
            stage.pushes_to(name, &sink, "timeout = \"1s\"");
            (name, sink)
        });
        // Nobody listens there, and no other test is given that port.
        let push = "[push]\nendpoint = \"http://127.0.0.1:9/luik\"\n\
             secrets = [{ env = \"REFUSES\" }]\nallow_private = true\n";
        stage.set("REFUSES", Sink::start("refuses").secret());
        stage.partner("refuses", push);
        Self { stage, healthy, bad: bad.into() }
    }

    fn all(&self) -> impl Iterator<Item = &Sink> {
        self.healthy.iter().chain(self.bad.iter().map(|(_, sink)| sink))
    }

    /// How long each healthy partner took to drop this item, shortest first.
    fn removal(&self, id: &str) -> Vec<Duration> {
        let begun = Instant::now();
        self.stage.core.remove(id);
        let id = public_id(id);
        eventually("every healthy partner drops it", || {
            self.healthy.iter().all(|sink| sink.has_dropped(&id))
        });
        let took = |sink: &Sink| sink.held(&id).unwrap().at.duration_since(begun);
        let mut all: Vec<Duration> = self.healthy.iter().map(took).collect();
        all.sort();
        all
    }
}

#[test]
fn fifty_healthy_partners_hear_in_time_and_each_bad_one_in_the_end() {
    let crowd = Crowd::new();
    crowd.stage.core.put_all(["a", "b", "c"]);
    let gateway = crowd.stage.start();
    eventually("everybody shows all", || crowd.all().all(|sink| sink.shown().len() == 3));
    for ((_, sink), (_, manner)) in crowd.bad.iter().zip(BAD) {
        sink.behave(move |_: &Push| manner());
    }
    for id in ["a", "b"] {
        let took = crowd.removal(id);
        let (p50, p99) = (took[HEALTHY / 2], took[HEALTHY - 1]);
        println!("removal of {id}: p50 {p50:?}, slowest of {HEALTHY} {p99:?}");
        assert!(p99 < REMOVAL_TIME, "{took:?}");
    }
    for (name, sink) in &crowd.bad {
        let open = || gateway.removals_open(name);
        match *name {
            // It said 200, and its digest gives it away.
            "keeps" => {
                let side = format!("luik_reconcile_divergent_items{{partner=\"{name}\"");
                let page = || gateway.metrics().lines().any(|line| line.starts_with(&side));
                found("it is compared", COUNT_TIME, || {
                    let told = gateway.program.err().contains("the partner holds something else");
                    (page() && told).then_some(())
                });
            }
            // A flood after a 200 is a 200.
            "floods" => {}
            // One that crossed its publish is owed twice.
            _ => found(name, COUNT_TIME, || (open() >= 2.0).then_some(())),
        }
        let holds = if *name == "floods" { 1 } else { 3 };
        assert_eq!(sink.shown().len(), holds, "{name}");
        sink.behave(|_| Reply::Tell);
    }
    for (name, sink) in &crowd.bad {
        if *name != "floods" {
            found(name, COUNT_TIME, || (sink.shown().len() == 1).then_some(()));
            found(name, COUNT_TIME, || (gateway.removals_open(name) == 0.0).then_some(()));
        }
    }
    assert!(gateway.removals_open("refuses") >= 2.0, "what may have left stays owed");
    assert_eq!(gateway.ready().status, 200);
}

#[test]
fn a_lease_tells_what_should_be_held_and_is_renewed_at_a_third() {
    let sink = Sink::start("wijk");
    let mut stage = Stage::new();
    sink.behave(|_| Reply::Tell);
    stage.pushes_to("wijk", &sink, "");
    stage.core.put_all(["a", "b"]);
    let file = stage.path().join("partners/wijk.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    assert!(partner_file("").contains("lease = \"72h\""));
    std::fs::write(&file, text.replace("lease = \"72h\"", "lease = \"1m\"")).unwrap();
    let gateway = stage.start();
    let lease = found("a lease over what is held", crate::embedded::SOON, || {
        let event: Value = serde_json::from_str(&sink.leases().pop()?.body).unwrap();
        Some(event["data"].clone())
    });
    assert_eq!(lease["digest"].as_str().unwrap().len(), 64);
    assert!(lease["count"].is_u64() && lease["upTo"].is_u64());
    let until: jiff::Timestamp = lease["validUntil"].as_str().unwrap().parse().unwrap();
    let metric = "luik_lease_valid_until_timestamp_seconds{partner=\"wijk\"}";
    let until = f64::from(u32::try_from(until.as_second()).unwrap());
    eventually("the page tells it", || gateway.metric(metric) >= until);
    let left = found("a renewal at a third", Duration::from_secs(40), || {
        let leases = sink.leases();
        let [first, second, ..] = leases.as_slice() else { return None };
        Some(second.at.duration_since(first.at))
    });
    assert!((17..22).contains(&left.as_secs()), "{left:?}");
    assert_eq!(sink.shown().len(), 2);
}
