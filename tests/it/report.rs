//! `luik report` beside a gateway that runs: who received an item, from whom it is not gone although
//! they said so, what a partner held at a moment; as text, as JSON and as a page that prints.

use std::fs;

use serde_json::{Value, json};

use crate::browser::Browser;
use crate::browser::host::Host;
use crate::embedded::core::{CANARY, public_id};
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::try_get;
use crate::embedded::program::run;
use crate::embedded::push::Push;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::{Stage, partner_file};
use crate::harness::canary;

/// What the core says of an item, and no statement.
const WORDS: [&str; 5] =
    [CANARY, "Hulp in de tuin", "Wie helpt mij", "voorbeeld.example/hulp", "Anna"];
/// The core's own id, which only its asker may see again.
const CORE_ID: &str = "kern-4711-geheim";

/// Partners of every sort around a gateway.
struct Town {
    stage: Stage,
    gateway: Gateway,
    honest: Sink,
    keeper: Sink,
    token: String,
}

impl Town {
    fn new() -> Self {
        let (honest, keeper) = (Sink::start("eerlijk"), Sink::start("houder"));
        let mut stage = Stage::new();
        stage.pushes_to("eerlijk", &honest, "");
        stage.pushes_to("houder", &keeper, "");
        let token = stage.pulled_by("haler");
        let elsewhere = partner_file("[embed]\norigins = [\"https://elders.example\"]\n");
        let elsewhere = elsewhere.replace("regions = [\"*\"]", "regions = [\"GM0080\"]");
        fs::write(stage.path().join("partners/elders.toml"), elsewhere).unwrap();
        stage.partner("toont", "[embed]\norigins = [\"https://toont.example\"]\n");
        let gateway = stage.start();
        Self { stage, gateway, honest, keeper, token }
    }

    /// The partner that pulls goes through its feed.
    fn pulls(&self) {
        let bearer = format!("Bearer {}", self.token);
        let mut path = "/v1/partners/haler/items".to_owned();
        for _ in 0..10 {
            let page = try_get(self.gateway.public, &path, &[("authorization", &bearer)]).unwrap();
            let next = page.json()["next"].as_str().unwrap().to_owned();
            let next = next.strip_prefix("https://luik.voorbeeld.example").unwrap().to_owned();
            if next == path {
                return;
            }
            path = next;
        }
    }

    /// A report; nothing that the core says of an item stands in it.
    fn report(&self, arguments: &[&str]) -> String {
        let ended = run(&mut self.stage.luik(&[&["report"], arguments].concat()));
        assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{arguments:?} {ended:?}");
        for word in WORDS {
            assert!(!ended.out.contains(word), "{word}: {}", ended.out);
        }
        canary::absent(&[CANARY.to_owned()], "a report", ended.out.as_bytes());
        ended.out
    }

    fn item(&self) -> Value {
        let text = self.report(&["item", CORE_ID, "--format", "json"]);
        assert!(!text.contains(CORE_ID), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    /// How the removal stands with a partner.
    fn outcome(&self, partner: &str) -> String {
        let statement = self.item();
        let recipients = statement["recipients"].as_array().unwrap();
        let found = recipients.iter().find(|one| one["partner"] == partner).unwrap();
        found["removal"]["outcome"].as_str().unwrap_or("none").to_owned()
    }
}

/// Answers every removal with 200 and keeps what it has; and says so when it is asked.
fn keeps(sink: &Sink) {
    let holder = sink.clone();
    sink.behave(move |push: &Push| {
        if push.is_removal() {
            return Reply::Claim(json!({ "digest": holder.digest() }).to_string());
        }
        let event: Value = serde_json::from_str(&push.body).unwrap();
        if event["type"] != "luik.holdings.asked" {
            return Reply::Tell;
        }
        let shown = holder.shown().into_iter().filter_map(|id| holder.held(&id));
        let list: Vec<_> = shown
            .map(|held| json!({ "id": held.item.id, "modified": held.item.modified }))
            .collect();
        let digest = holder.digest();
        let bucket =
            json!({ "kind": "request", "region": "GM0119", "count": list.len(), "digest": digest });
        let answer = match event["data"].get("kind") {
            Some(_) => json!({ "holdings": list }),
            None => json!({ "digest": digest, "buckets": [bucket] }),
        };
        Reply::Claim(answer.to_string())
    });
}

#[test]
fn a_statement_tells_who_received_an_item_and_who_keeps_what_it_said_was_gone() {
    let town = Town::new();
    let unknown = town.report(&["item", CORE_ID]);
    assert!(unknown.contains("niets bekend") && unknown.contains(CORE_ID), "{unknown}");
    town.stage.core.put(CORE_ID);
    let id = public_id(CORE_ID);
    eventually("it arrives", || town.honest.shows(&id) && town.keeper.shows(&id));
    town.pulls();
    let statement = town.item();
    assert_eq!((&statement["state"], &statement["open"]), (&json!("shown"), &json!(0)));
    let mut who: Vec<&str> = statement["recipients"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["partner"].as_str().unwrap())
        .collect();
    who.sort_unstable();
    assert_eq!(who, ["eerlijk", "haler", "houder"], "not the one out of scope");
    assert_eq!(statement["shown"][0]["partner"], "toont");
    assert_eq!(statement["shown"].as_array().unwrap().len(), 1);
    let held_before = statement["made"]["at"].as_str().unwrap().to_owned();
    town.honest.behave(|_| Reply::Tell);
    keeps(&town.keeper);
    town.stage.core.remove(CORE_ID);
    eventually("the honest one drops it", || town.honest.has_dropped(&id));
    eventually("the one that pulls is not done", || town.outcome("haler") == "open");
    town.pulls();
    eventually("it is told", || town.outcome("haler") == "confirmed");
    // 200 was the answer; its own list says otherwise.
    eventually("it is found again", || {
        let outcome = town.outcome("houder");
        let said = ["open", "accepted", "differs", "foundAgain", "inDoubt"];
        assert!(said.contains(&&*outcome), "{outcome}");
        ["foundAgain", "inDoubt"].contains(&&*outcome)
    });
    eventually("the honest one agrees", || {
        ["accepted", "reconciled"].contains(&&*town.outcome("eerlijk"))
    });
    let statement = town.item();
    assert_eq!((&statement["state"], &statement["open"]), (&json!("removed"), &json!(1)));
    let text = town.report(&["item", CORE_ID]).replace('\n', " ");
    let lines = text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(lines.contains("staat nog open bij 1 van 3 ontvangers"), "{lines}");
    assert!(lines.contains("Toch nog gevonden op"), "{lines}");
    let english = town.report(&["item", CORE_ID, "--lang", "en"]);
    assert!(english.contains("still open with 1 of 3 recipients"), "{english}");
    let then = ["partner", "houder", "--at", &held_before, "--format", "json"];
    let then: Value = serde_json::from_str(&town.report(&then)).unwrap();
    assert_eq!(then["items"][0]["item"], json!(id));
    let list = town.stage.path().join("lijst.txt");
    fs::write(&list, format!("iets anders\n{CORE_ID}\n")).unwrap();
    let day = ["partner", "houder", "--at", "2099-01-01", "--of", list.to_str().unwrap()];
    let found = town.report(&day);
    assert!(found.lines().last() == Some(CORE_ID) || found.contains(CORE_ID), "{found}");
    assert!(!found.contains("iets anders") && found.contains("bewezen weg"), "{found}");
    let json = town.report(&[&day[..], &["--format", "json"]].concat());
    assert!(!json.contains(CORE_ID) && json.contains("\"line\": 2"), "{json}");
    the_pages_are_open_to_all(&town);
}

/// Each page passes axe, small and wide, light and dark; and is printed.
fn the_pages_are_open_to_all(town: &Town) {
    let (host, mut browser) = (Host::start(), Browser::start());
    for (name, what) in [
        ("item", vec!["item", CORE_ID]),
        ("partner", vec!["partner", "houder", "--at", "2099-01-01"]),
        ("agreements", vec!["agreements"]),
        ("processing", vec!["processing"]),
    ] {
        for language in ["nl", "en"] {
            let how = ["--format", "html", "--lang", language];
            let html = town.report(&[&what[..], &how].concat());
            let url = host.page(&format!("/{name}-{language}"), &[], &html);
            for (width, scheme) in [(400, "light"), (1280, "dark")] {
                let how = json!({ "width": width, "scheme": scheme, "script": false });
                browser.open(&url, &how);
                browser.see("h1");
                browser.is_accessible(&format!("statement-{name}-{language}-{width}"));
                browser.is_quiet_but_for(&[]);
            }
        }
        let pages = browser.ask(&json!({ "do": "paper", "name": format!("statement-{name}") }));
        assert!(pages.as_u64().is_some_and(|bytes| bytes > 5_000), "{pages}");
    }
}

#[test]
fn without_a_gateway_and_with_one_that_never_ran_a_statement_is_made() {
    let mut stage = Stage::new();
    stage.pulled_by("haler");
    for what in [
        vec!["item", "1"],
        vec!["partner", "haler", "--at", "2026-01-01"],
        vec!["agreements"],
        vec!["processing"],
    ] {
        for format in ["text", "json", "html"] {
            let ended =
                run(&mut stage.luik(&[&["report"], &what[..], &["--format", format]].concat()));
            assert_eq!(ended.code, Some(0), "{what:?} {ended:?}");
        }
    }
    let unknown = run(&mut stage.luik(&["report", "partner", "niemand", "--at", "2026-01-01"]));
    assert_eq!((unknown.code, unknown.err.as_str()), (Some(2), "there is no partner niemand\n"));
    let odd = run(&mut stage.luik(&["report", "partner", "haler", "--at", "gisteren"]));
    assert_eq!(odd.code, Some(2), "{odd:?}");
}
