//! Atom and JSON Feed by capability URL: the real binary and a socket, read by feedparser and by
//! the schema of JSON Feed.

use std::collections::BTreeSet;

use rusqlite::types::Value;
use serde::Deserialize;

use crate::embedded::core::{CANARY, public_id};
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::{Answer, get, try_get};
use crate::embedded::stage::{PUBLIC_URL, Stage, partner_file};
use crate::judged::judge;

const SECRET: &str = "geheim-van-de-lezer-0123";

/// What a judge saw in a document that it accepted.
#[derive(Deserialize)]
struct Seen {
    ids: Vec<String>,
    titles: Vec<String>,
    #[serde(default)]
    deleted: Vec<Tombstone>,
    #[serde(default)]
    complete: bool,
}

#[derive(Deserialize)]
struct Tombstone {
    r#ref: String,
}

/// A stage with one partner, `lezer`, that reads feeds and does nothing else.
struct Reading(Stage);

impl Reading {
    fn new() -> Self {
        let mut stage = Stage::new();
        stage.set("SECRET_OF_LEZER", SECRET);
        let reading = Self(stage);
        reading.is("active");
        reading
    }

    /// Writes the partner's file with this status.
    fn is(&self, status: &str) {
        let feed = "[feed]\nsecrets = [{ env = \"SECRET_OF_LEZER\" }]\nevery = \"12h\"\n";
        let text = partner_file(feed).replace("promise = \"1m\"", "promise = \"12h\"");
        let text = text.replace("\"active\"", &format!("\"{status}\""));
        std::fs::write(self.0.path().join("partners/lezer.toml"), text).unwrap();
    }

    fn becomes(&self, status: &str, gateway: &Gateway) {
        self.is(status);
        gateway.program.signal("-HUP");
        eventually("the file is read", || gateway.is_in_state("lezer", status));
    }
}

fn path(form: &str) -> String {
    format!("/feeds/lezer/{SECRET}/items.{form}")
}

/// The document as a judge sees it, fetched by the judge itself.
fn seen(gateway: &Gateway, form: &str) -> Seen {
    let url = format!("http://{}{}", gateway.public, path(form));
    // Neither document repeats its secret address: Atom's is relative, JSON Feed leaves it out.
    let (script, own) =
        if form == "atom" { ("feed_parse.py", "items.atom") } else { ("json_feed.mjs", "") };
    let judged = judge(script, &[&url, own]);
    assert_eq!(judged.code, Some(0), "{judged:?}");
    serde_json::from_str(&judged.out).unwrap()
}

/// The ids that JSON Feed shows now, looked at without a judge.
fn shown(gateway: &Gateway) -> BTreeSet<String> {
    let items = get(gateway.public, &path("json")).json()["items"].clone();
    items.as_array().unwrap().iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

fn name(core_id: &str) -> String {
    format!("{PUBLIC_URL}/r/lezer/{}", public_id(core_id))
}

fn names<'i>(core_ids: impl IntoIterator<Item = &'i str>) -> BTreeSet<String> {
    core_ids.into_iter().map(name).collect()
}

fn live(gateway: &Gateway, count: f64) {
    let series = "luik_journal_items{state=\"live\"}";
    eventually("all are in the journal", || gateway.metric(series) == count);
}

#[test]
fn an_item_appears_changes_and_is_taken_back() {
    let stage = Reading::new();
    stage.0.core.put_all(["a", "b"]);
    let gateway = stage.0.start();
    live(&gateway, 2.0);
    for form in ["atom", "json"] {
        let seen = seen(&gateway, form);
        assert_eq!(seen.ids.iter().cloned().collect::<BTreeSet<_>>(), names(["a", "b"]));
        assert_eq!(seen.titles, ["Hulp in de tuin"; 2]);
        assert!(seen.deleted.is_empty());
    }
    stage.0.core.edit("a", "Hulp in de moestuin");
    eventually("the edit is shown", || {
        let first = get(gateway.public, &path("json")).json()["items"][0].clone();
        first["title"] == "Hulp in de moestuin" && first["id"] == name("a")
    });
    let tag = get(gateway.public, &path("atom")).header("etag").unwrap().to_owned();
    let known = [("if-none-match", tag.as_str())];
    assert_eq!(try_get(gateway.public, &path("atom"), &known).unwrap().status, 304);
    stage.0.core.remove("a");
    eventually("it is owed", || gateway.removals_open("lezer") == 1.0);
    assert_eq!(try_get(gateway.public, &path("atom"), &known).unwrap().status, 200);
    let atom = seen(&gateway, "atom");
    assert_eq!((atom.ids, atom.complete), (vec![name("b")], true));
    let gone: Vec<_> = atom.deleted.into_iter().map(|one| one.r#ref).collect();
    assert_eq!(gone, [name("a")]);
    assert_eq!(seen(&gateway, "json").ids, [name("b")]);
    eventually("it is closed", || gateway.removals_open("lezer") == 0.0);
    let page = gateway.metrics();
    assert!(page.contains("luik_removal_seconds_count{partner=\"lezer\"} 1"), "{page}");
    for form in ["atom", "json"] {
        let answer = get(gateway.public, &path(form));
        assert!(!answer.body.contains(CANARY) && !answer.body.contains(SECRET));
    }
    assert!(!gateway.program.err().contains(SECRET) && !gateway.metrics().contains(SECRET));
}

#[test]
fn hostile_texts_are_inert_and_both_forms_read_the_same() {
    let stage = Reading::new();
    let texts = [
        "]]&gt; 3 &lt; 4 &amp; \"vijf\" &amp;amp; 'zes'",
        "&lt;script&gt;alert(1)&lt;/script&gt; <b onclick=x>dik</b> &lt;![CDATA[ x ]]&gt;",
        "\u{202e}neerd\u{202c} مرحبا \u{2066}x\u{2069} 🌷",
        "stuur \u{1}\u{8}\u{b}\u{1b} tekens \u{fffe}\u{ffff} en \u{85} meer",
    ];
    for (number, hostile) in texts.iter().enumerate() {
        let title = Value::Text((*hostile).to_owned());
        let odd = [("title", title.clone()), ("body", title), ("first_name", Value::Null)];
        stage.0.core.put_odd(&number.to_string(), &odd);
    }
    let gateway = stage.0.start();
    live(&gateway, 4.0);
    let (atom, json) = (seen(&gateway, "atom"), seen(&gateway, "json"));
    assert_eq!((&atom.ids, atom.titles.len()), (&json.ids, 4));
    let survives = "]]> 3 < 4 & \"vijf\"";
    assert!(json.titles.iter().any(|title| title.contains(survives)), "{:?}", json.titles);
    assert!(json.titles.iter().any(|title| title.contains("مرحبا")));
    // What XML can not write is replaced, and reads otherwise than in JSON.
    let legal = |title: &String| title.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}");
    assert_eq!(atom.titles, json.titles.iter().map(legal).collect::<Vec<_>>());
    let page = get(gateway.public, &path("atom")).body;
    assert!(!page.contains("<script") && !page.contains("<!") && !page.contains("]]>"), "{page}");
    assert!(page.contains("<name>Iemand uit Meppel</name>"), "{page}");
}

#[test]
fn of_six_hundred_items_the_newest_five_hundred_are_shown() {
    let stage = Reading::new();
    let ids: Vec<String> = (0..600).map(|number| format!("item-{number}")).collect();
    stage.0.core.put_all(ids.iter().map(String::as_str));
    let gateway = stage.0.start();
    live(&gateway, 600.0);
    stage.0.core.edit("item-0", "Nog steeds hulp in de tuin");
    eventually("the edit is shown", || shown(&gateway).contains(&name("item-0")));
    for form in ["atom", "json"] {
        let seen = seen(&gateway, form);
        assert_eq!((seen.ids.len(), &seen.ids[0]), (500, &name("item-0")), "{form}");
        let ids: BTreeSet<String> = seen.ids.into_iter().collect();
        assert_eq!(ids.len(), 500);
        assert!(ids.contains(&name("item-599")));
    }
}

#[test]
fn a_suspension_shows_nothing_new_and_an_end_takes_everything_back() {
    let stage = Reading::new();
    stage.0.core.put_all(["a", "b"]);
    let gateway = stage.0.start();
    live(&gateway, 2.0);
    assert_eq!(shown(&gateway), names(["a", "b"]));
    stage.becomes("suspended", &gateway);
    stage.0.core.put("c");
    stage.0.core.remove("a");
    eventually("the removal is shown", || shown(&gateway) == names(["b"]));
    assert_eq!(get(gateway.public, &path("json")).header("luik-valid-until"), None);
    stage.becomes("active", &gateway);
    assert_eq!(shown(&gateway), names(["b", "c"]), "what was held back comes after all");
    stage.becomes("ended", &gateway);
    eventually("both are owed", || gateway.removals_open("lezer") == 2.0);
    let atom = seen(&gateway, "atom");
    let gone: BTreeSet<String> = atom.deleted.into_iter().map(|one| one.r#ref).collect();
    assert_eq!((atom.ids.len(), gone), (0, names(["a", "b", "c"])));
    assert!(seen(&gateway, "json").ids.is_empty());
    eventually("nothing is owed", || gateway.removals_open("lezer") == 0.0);
    std::fs::remove_file(stage.0.path().join("partners/lezer.toml")).unwrap();
    gateway.program.signal("-HUP");
    eventually("the file may go", || get(gateway.public, &path("json")).status == 404);
}

#[test]
fn a_reader_that_may_hold_something_can_not_be_put_out_of_reach() {
    let stage = Reading::new();
    stage.0.core.put("a");
    let gateway = stage.0.start();
    live(&gateway, 1.0);
    assert_eq!(shown(&gateway), names(["a"]));
    std::fs::remove_file(stage.0.path().join("partners/lezer.toml")).unwrap();
    gateway.program.signal("-HUP");
    eventually("it is refused", || gateway.program.err().contains("may still hold items"));
    assert_eq!(shown(&gateway), names(["a"]));
}

#[test]
fn a_wrong_secret_and_nobody_at_all_look_the_same_and_leave_no_trace() {
    let mut stage = Reading::new();
    let token = stage.0.pulled_by("haler");
    let gateway = stage.0.start();
    let ask = |path: &str, token: &str| {
        let bearer = format!("Bearer {token}");
        try_get(gateway.public, path, &[("authorization", &bearer)]).unwrap()
    };
    let refusals = [
        ask("/feeds/lezer/geheim-van-een-ander-0123/items.atom", ""),
        ask(&format!("/feeds/niemand/{SECRET}/items.atom"), ""),
        ask(&format!("/feeds/haler/{SECRET}/items.json"), ""),
        ask(&format!("/feeds/haler/{token}/items.json"), &token),
        ask(&format!("{}/", path("atom")), SECRET),
    ];
    let said = |answer: &Answer| {
        // The id of a request is another each time and says nothing of it.
        let own = |name: &str| ["date", "x-request-id"].contains(&name);
        let headers = answer.headers.iter().filter(|(name, _)| !own(name)).cloned();
        (answer.status, headers.collect::<Vec<_>>(), answer.body.clone())
    };
    for refusal in &refusals {
        assert_eq!(said(refusal), said(&refusals[0]));
    }
    assert_eq!((refusals[0].status, refusals[0].json()["status"].as_u64()), (404, Some(404)));
    assert_eq!(ask("/v1/partners/lezer/items", SECRET).status, 401);
    assert_eq!(ask("/v1/partners/haler/items", SECRET).status, 401);
    assert_eq!(get(gateway.public, &path("json")).status, 200);
    assert!(!gateway.program.err().contains("geheim-van"));
}
