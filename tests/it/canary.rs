//! Test items of the gateway's own, through the real binary: they go round through who asked for
//! them, show who is late, and outlive no crash.

use std::time::Duration;

use serde_json::Value;

use crate::embedded::gateway::Gateway;
use crate::embedded::http::{get, try_get};
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;
use crate::embedded::{SOON, eventually, found};

/// Stands in the title of every test item.
const WORD: &str = "Testbericht";

fn metric(gateway: &Gateway, name: &str, partner: &str) -> f64 {
    gateway.metric(&format!("luik_canary_{name}{{partner=\"{partner}\"}}"))
}

fn live(gateway: &Gateway) -> f64 {
    gateway.metric("luik_journal_items{state=\"live\"}")
}

/// Did anything of a test item come?
fn saw(sink: &Sink) -> bool {
    sink.pushes().iter().any(|push| push.body.contains(WORD) || push.body.contains("GM0999"))
}

/// A partner that pulls: where it is, and what came.
struct Puller {
    token: String,
    after: u64,
    came: Vec<Value>,
}

impl Puller {
    fn polls(&mut self, gateway: &Gateway) {
        let path = format!("/v1/partners/haalt/items?afterChangeNumber={}", self.after);
        let bearer = format!("Bearer {}", self.token);
        let answer = try_get(gateway.public, &path, &[("authorization", &bearer)]).unwrap();
        let page = answer.json();
        for item in page["items"].as_array().unwrap() {
            self.after = item["modified"].as_u64().unwrap();
            self.came.push(item.clone());
        }
    }
}

#[test]
fn it_goes_round_through_who_asked_and_nobody_else_hears_of_it() {
    let mut stage = Stage::new();
    stage.configure("[canary]\nevery = \"1m\"\n");
    let [takes, tells, without] = ["neemt", "telt", "zonder"].map(Sink::start);
    tells.behave(|_| Reply::Tell);
    for (id, sink) in [("neemt", &takes), ("telt", &tells), ("zonder", &without)] {
        stage.pushes_to(id, sink, "");
    }
    let mut puller = Puller { token: stage.pulled_by("haalt"), after: 0, came: Vec::new() };
    ["neemt", "telt", "haalt"].iter().for_each(|id| stage.asks_for_canaries(id));
    stage.core.put("a");
    let gateway = stage.start();
    let all = ["neemt", "telt", "haalt"];
    found("the test item went round", 2 * SOON, || {
        puller.polls(&gateway);
        let success = |id: &&str| metric(&gateway, "last_success_timestamp_seconds", id) > 0.0;
        all.iter().all(success).then_some(())
    });
    for id in all {
        let took = metric(&gateway, "seconds", id);
        assert!(took > 0.0 && took < 60.0, "{id}: {took}");
        assert_eq!(metric(&gateway, "open_seconds", id), 0.0);
    }
    assert_eq!(live(&gateway), 1.0, "what the core has is left");
    for sink in [&takes, &tells] {
        assert!(saw(sink) && sink.shown().len() == 1, "taken back, and only that");
    }
    let canary = |item: &&Value| item["data"]["region"]["code"] == "GM0999";
    let own = puller.came.iter().find(canary).expect("it was pulled");
    assert!(own["data"]["title"].as_str().unwrap().contains("geen echte hulpvraag"));
    assert!(own["data"].get("firstName").is_none());
    let last = puller.came.iter().rfind(|item| item["id"] == own["id"]).unwrap();
    assert_eq!(last["state"], "deleted");
    eventually("the core's item is everywhere", || without.shown().len() == 1);
    assert!(!saw(&without));
    for name in ["seconds", "open_seconds", "last_success_timestamp_seconds"] {
        assert_eq!(metric(&gateway, name, "zonder"), 0.0);
    }
}

/// One takes it; the other answers 200 and shows nothing, so that it stands for a while.
struct Stuck {
    stage: Stage,
    takes: Sink,
    id: String,
}

impl Stuck {
    fn start() -> (Self, Gateway) {
        let mut stage = Stage::new();
        let config = std::fs::read_to_string(stage.config()).unwrap();
        let config = config.replace("[deliver]", "reconcile_every = \"1s\"\n[deliver]");
        std::fs::write(stage.config(), config + "[canary]\nevery = \"1h\"\n").unwrap();
        let (takes, pretends) = (Sink::start("neemt"), Sink::start("doet-alsof"));
        pretends.behave(|_| Reply::Pretend);
        stage.set("FEED", "feed-secret-of-neemt-0123");
        let shown = "[embed]\norigins = [\"https://www.voorbeeld.example\"]\n\
                     [feed]\nsecrets = [{ env = \"FEED\" }]\nevery = \"1m\"\n";
        stage.pushes_to("neemt", &takes, shown);
        stage.pushes_to("doet-alsof", &pretends, "");
        ["neemt", "doet-alsof"].iter().for_each(|id| stage.asks_for_canaries(id));
        let gateway = stage.start();
        let id = found("it is placed", SOON, || takes.shown().into_iter().next());
        (Self { stage, takes, id }, gateway)
    }
}

#[test]
fn who_only_says_200_grows_old_and_neither_comparisons_nor_visitors_have_to_do_with_it() {
    let (stuck, gateway) = Stuck::start();
    let compared = || gateway.program.err().matches("compared everything with the core").count();
    let before = compared();
    eventually("everything was compared again", || compared() >= before + 2);
    assert!(stuck.takes.shows(&stuck.id) && live(&gateway) == 1.0);
    assert!(!gateway.program.err().contains("more than a tenth"));
    let age = |id| metric(&gateway, "open_seconds", id);
    let first = age("doet-alsof");
    assert!(first > 1.0 && age("neemt") == 0.0, "{first}");
    eventually("it grows", || age("doet-alsof") > first + 0.5);
    for path in [
        "/embed/neemt",
        "/embed/neemt/fragment",
        "/feeds/neemt/feed-secret-of-neemt-0123/items.atom",
        "/feeds/neemt/feed-secret-of-neemt-0123/items.json",
    ] {
        let answer = get(gateway.public, path);
        assert_eq!(answer.status, 200, "{path}");
        assert!(!answer.body.contains(WORD) && !answer.body.contains(&stuck.id), "{path}");
    }
}

#[test]
fn it_outlives_no_crash() {
    let (stuck, mut gateway) = Stuck::start();
    gateway.stop("-KILL", SOON);
    assert!(stuck.takes.shows(&stuck.id));
    // Even when it is asked for no more.
    let config = std::fs::read_to_string(stuck.stage.config()).unwrap();
    std::fs::write(stuck.stage.config(), config.replace("[canary]\nevery = \"1h\"\n", "")).unwrap();
    let gateway = stuck.stage.start();
    eventually("it is taken back", || stuck.takes.has_dropped(&stuck.id));
    eventually("that is accepted", || gateway.removals_open("neemt") == 0.0);
    assert_eq!(live(&gateway), 0.0);
    std::thread::sleep(Duration::from_millis(300));
    assert!(stuck.takes.shown().is_empty(), "and no other comes");
}
