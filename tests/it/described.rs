//! What the gateway says of itself is right in form, and is how it behaves: judged by Spectral, by a
//! JSON Schema library and by schemathesis, on a running gateway with data.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use luik::model::Sequence;
use luik::post::{Seal, Ticket};
use serde_json::Value;

use crate::commands::receive;
use crate::embedded::core::{ID_KEY, public_id};
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::{get, post, try_get};
use crate::embedded::program::run;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::{PUBLIC_URL, Stage};
use crate::judged::{fits, judge, script};

/// Limits that a judge in a hurry does not meet.
const LIMITS: &str =
    "[serve]\ntoken_per_second = 10000\ntoken_burst = 10000\naddress_per_second = 10000\n";
/// What a feed reader has in its address, and the section that says so.
const SECRET: &str = "a-secret-of-the-readers";
const FEED: &str = "[feed]\nsecrets = [{ env = \"FEED\" }]\nevery = \"1m\"\n\
    [embed]\norigins = [\"https://www.voorbeeldwijk.example\"]\n";
const ITEMS: &str = "/v1/partners/voorbeeldwijk/items";
/// What schemathesis does not ask: the stream has no end, and is judged by those that follow it.
const NOT_ASKED: &str = "/stream$";

/// A gateway with forty items live and ten taken back that were fetched before, and the token of
/// the partner that fetched them.
fn stage() -> (Stage, Gateway, String) {
    let mut stage = Stage::new();
    stage.configure(LIMITS);
    let token = stage.pulled_by("voorbeeldwijk");
    stage.set("FEED", SECRET);
    let file = stage.path().join("partners/voorbeeldwijk.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(file, text + FEED).unwrap();
    let gateway = stage.start();
    let ids: Vec<String> = (0..50).map(|number| format!("item-{number}")).collect();
    stage.core.put_all(ids.iter().map(String::as_str));
    let count = |state: &str| gateway.metric(&format!("luik_journal_items{{state=\"{state}\"}}"));
    eventually("all are there", || count("live") == 50.0);
    let page = try_get(gateway.public, ITEMS, &[("authorization", &format!("Bearer {token}"))]);
    assert_eq!(page.unwrap().status, 200);
    stage.core.at_once(|| ids.iter().step_by(5).for_each(|id| stage.core.remove(id)));
    eventually("some are gone", || count("removed") == 10.0);
    (stage, gateway, token)
}

#[test]
fn both_descriptions_are_right_in_form() {
    let gateway = Stage::new().start();
    for (kind, path) in [("openapi", "/v1/openapi.json"), ("asyncapi", "/schemas/asyncapi.json")] {
        let file = tempfile::NamedTempFile::with_suffix(".json").unwrap();
        std::fs::write(file.path(), get(gateway.public, path).body).unwrap();
        let judged = judge("describe.mjs", &[kind, file.path().to_str().unwrap()]);
        let verdict = (judged.code, judged.out.as_str());
        assert_eq!(verdict, (Some(0), "accepted\n"), "{}", judged.err);
    }
}

/// From a letter that named nothing which is open.
fn ticket() -> String {
    let (partner, until) =
        ("voorbeeldwijk".parse().unwrap(), "2999-01-01T00:00:00Z".parse().unwrap());
    let (after, to) = (Sequence::ZERO, Sequence::new(9));
    Seal::of(&ID_KEY).write(&partner, &Ticket { after, to, until })
}

#[test]
fn the_gateway_answers_as_it_says_it_does() {
    let (_stage, gateway, token) = stage();
    // Most often it asks for what there is.
    let config = format!(
        r#"
        [dictionaries]
        partner = {{ values = ["voorbeeldwijk"] }}
        secret = {{ values = ["{SECRET}"] }}
        id = {{ values = ["{}", "{}"] }}
        url = {{ values = ["{PUBLIC_URL}/embed/voorbeeldwijk"] }}
        ticket = {{ values = ["{}"] }}
        [warnings]
        fail-on = true
        [checks]
        # an item that is gone is not asked for wrongly
        positive_data_acceptance.expected-statuses = ["2xx", "3xx", 401, 404, 410]
        [parameters]
        "path.partner" = {{ dictionary = "partner", probability = 0.9 }}
        "path.secret" = {{ dictionary = "secret", probability = 0.8 }}
        "query.url" = {{ dictionary = "url", probability = 0.8 }}
        "path.id" = {{ dictionary = "id", probability = 0.8 }}
        "path.ticket" = {{ dictionary = "ticket", probability = 0.8 }}
        "#,
        public_id("item-1"),
        public_id("item-5"),
        ticket(),
    );
    let (url, bearer) = (format!("http://{}", gateway.public), format!("Bearer {token}"));
    let arguments = [url.as_str(), "--max-redirects", "0", "--exclude-path-regex", NOT_ASKED];
    let more = [("AUTHORIZATION", bearer.as_str()), ("SCHEMATHESIS_CONFIG", &config)];
    let judged = run(script("contract.py", &arguments).envs(more));
    assert_eq!(judged.code, Some(0), "{}", judged.err);
}

#[tokio::test]
async fn what_is_fetched_fits_its_schemas() {
    let (_stage, gateway, token) = stage();
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let url = format!("http://{}/v1/partners/voorbeeldwijk", gateway.public);
    let ask = |request: reqwest::RequestBuilder| async {
        request.bearer_auth(&token).send().await.unwrap().text().await.unwrap()
    };
    let page = ask(client.get(format!("{url}/items"))).await;
    fits("page.json", &page);
    let page: Value = serde_json::from_str(&page).unwrap();
    // It holds the newest, with those that were taken back, in an old state.
    let items = page["items"].as_array().unwrap().iter().rev().take(30);
    let held = |item: &Value| format!("{{\"id\":{},\"modified\":1}}\n", item["id"]);
    let upload: String = items.map(held).collect();
    fits("holding.json", &upload);
    let lines = ask(client.post(format!("{url}/holdings")).body(upload)).await;
    assert!(["updated", "deleted", "upTo"].iter().all(|word| lines.contains(word)));
    fits("holdings-line.json", &lines);
    let snapshot = ask(client.get(format!("{url}/snapshot"))).await;
    assert_eq!(snapshot.lines().count(), 41);
    fits("snapshot-line.json", &snapshot);
    let feed = get(gateway.public, &format!("/feeds/voorbeeldwijk/{SECRET}/items.json"));
    assert_eq!(feed.json()["items"].as_array().map(Vec::len), Some(40));
    fits("json-feed.json", &feed.body);
    fits("problem.json", &get(gateway.public, ITEMS).body);
}

#[test]
fn every_sort_of_event_fits_its_schema() {
    let (_stage, gateway, token) = stage();
    let url = format!("http://{}/v1/partners/voorbeeldwijk/stream", gateway.public);
    // All fifty items and a lease; and once more with an id that nobody was given.
    let events = |url: &str, count: &str| {
        let told = judge("sse_follow.py", &[url, &token, count]);
        assert_eq!(told.code, Some(0), "{told:?}");
        let event = |line: &str| serde_json::from_str::<Value>(line).unwrap();
        told.out.lines().map(event).collect::<Vec<_>>()
    };
    let mut all = events(&url, "51");
    all.extend(events(&format!("{url}?afterChangeNumber=9007199254740990"), "1"));
    let sorts: BTreeSet<&str> = all.iter().filter_map(|event| event["event"].as_str()).collect();
    assert_eq!(sorts, ["deleted", "lease", "resync", "updated"].into());
    let data: Vec<&str> = all.iter().filter_map(|event| event["data"].as_str()).collect();
    fits("stream.json", &data.join("\n"));
}

/// A partner whose site is `luik receive`: a sink passes on to it what comes, and writes down what
/// it answers. To items it says nothing of its digest, so that it is asked for it.
fn passes_on(sink: &Sink, to: SocketAddr) -> Arc<Mutex<Vec<String>>> {
    let answers = Arc::new(Mutex::new(Vec::new()));
    let written = answers.clone();
    sink.behave(move |push| {
        let headers: Vec<_> = push.headers.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        let headers: Vec<_> = headers.into_iter().filter(|(k, _)| k.contains("webhook")).collect();
        let answer = post(to, "/luik", &headers, push.body.as_bytes()).body;
        written.lock().unwrap().push(answer.clone());
        if push.items().is_empty() { Reply::Say(answer.leak()) } else { Reply::Take }
    });
    answers
}

#[test]
fn every_sort_of_push_and_its_answer_fit_their_schemas() {
    let (mut stage, sink) = (Stage::new(), Sink::start("voorbeeldwijk"));
    let (_receiver, address) = receive::start(&[sink.secret()]);
    let stray = public_id("never placed");
    let stray = receive::ITEM.replace("aaa", &stray);
    assert_eq!(receive::send(address, sink.secret(), &stray).status, 200);
    let answers = passes_on(&sink, address);
    stage.pushes_to("voorbeeldwijk", &sink, "");
    let _gateway = stage.start();
    stage.core.put_all(["a", "b"]);
    eventually("an item is shown", || sink.shows(&public_id("a")));
    stage.core.remove("a");
    let said = |word: &str| sink.pushes().iter().any(|push| push.body.contains(word));
    for sort in ["\"deleted\"", "asked\",\"time", "\"limit\"", "luik.ping"] {
        eventually(sort, || said(sort));
    }
    let pushes = sink.pushes().into_iter().chain(sink.leases());
    let bodies: Vec<String> = pushes.map(|push| push.body).collect();
    fits("event.json", &bodies.join("\n"));
    let answers = answers.lock().unwrap().join("\n");
    assert!(["buckets", "holdings", "confirmed"].iter().all(|word| answers.contains(word)));
    fits("answer.json", &answers);
}
