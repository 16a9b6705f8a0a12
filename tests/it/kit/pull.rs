//! Readers: exactly the live set beside a gateway, also when killed between two pages, and against
//! a scripted feed that is gone, throttles, leads away or breaks off.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use luik::clock::Clock;
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Language::{self, JavaScript, Php, Python};
use super::door::{Act, Door};
use super::{ids, live};
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::program::{Ended, Program, run};
use crate::embedded::stage::Stage;

const TOKEN: &str = "token-of-wijk-0123456789";
pub(super) const FEED: &str = "/v1/partners/wijk/items";

/// A reader of the kit: each run is a process of its own.
pub(super) struct Reader {
    language: Language,
    feed: String,
    token: String,
    /// A certificate authority that it trusts beside the usual ones.
    authority: Option<PathBuf>,
    pub(super) state: PathBuf,
    _folder: TempDir,
}

impl Reader {
    fn of(language: Language, door: &Door, token: &str) -> Self {
        Self { token: token.to_owned(), ..Self::at(language, &door.url()) }
    }

    /// A reader of the feed under this address.
    pub(super) fn at(language: Language, url: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            language,
            feed: url.to_owned() + FEED,
            token: TOKEN.to_owned(),
            authority: None,
            state: folder.path().join("pull.json"),
            _folder: folder,
        }
    }

    /// The same, with trust in this authority.
    pub(super) fn trusting(self, authority: &Path) -> Self {
        Self { authority: Some(authority.to_owned()), ..self }
    }

    fn command(&self) -> std::process::Command {
        let mut command = self.language.command("pull");
        command.env("LUIK_FEED", &self.feed).env("LUIK_TOKEN", &self.token);
        command.env("LUIK_STATE", &self.state);
        if let Some(authority) = &self.authority {
            command.env("SSL_CERT_FILE", authority).env("NODE_EXTRA_CA_CERTS", authority);
        }
        command
    }

    fn poll(&self) -> Ended {
        run(&mut self.command())
    }

    /// A run that comes to the end of the feed.
    pub(super) fn reaches_the_end(&self, says: &str) {
        let ended = self.poll();
        let said = (ended.code, ended.out.as_str(), ended.err.as_str());
        assert_eq!(said, (Some(0), format!("luik: {says}\n").as_str(), ""), "{:?}", self.language);
    }

    /// A run that stops before, and says why.
    pub(super) fn stops(&self, why: &str) {
        let ended = self.poll();
        let said = (ended.code, ended.err.contains(why));
        assert_eq!(said, (Some(1), true), "{:?}: {why}: {ended:?}", self.language);
        assert!(!ended.err.contains(&self.token), "{:?}: {}", self.language, ended.err);
    }

    fn page(&self) -> String {
        run(self.command().arg("--page")).out
    }
}

pub(super) fn item(name: &str, modified: u64) -> Value {
    json!({
        "state": "updated", "kind": "request", "id": public_id(name), "modified": modified,
        "data": { "region": { "code": "GM0119", "name": "Meppel" }, "title": name, "text": "<b>",
                  "published": "2026-11-20", "url": format!("https://luik.example/r/wijk/{name}") },
    })
}

fn gone(name: &str, modified: u64) -> Value {
    json!({ "state": "deleted", "kind": "request", "id": public_id(name), "modified": modified })
}

fn lease(seconds: i64) -> String {
    let until = Clock::system().now() + jiff::SignedDuration::from_secs(seconds);
    format!("luik-valid-until: {until}\r\n")
}

/// A page of the feed at this door's own address.
fn page(url: &str, items: &[Value], next: u64) -> Act {
    leased(60, url, items, next)
}

/// The same with a lease of so many seconds.
fn leased(seconds: i64, url: &str, items: &[Value], next: u64) -> Act {
    let next = format!("{url}{FEED}?afterChangeNumber={next}");
    let page = json!({ "version": "1.1", "next": next, "items": items, "license": "x" });
    Act::Say(200, lease(seconds), page.to_string())
}

fn say(status: u16, headers: &str) -> Act {
    Act::Say(status, headers.to_owned(), "{}".to_owned())
}

/// Where a request asks from.
fn after(path: &str) -> &str {
    path.split_once("afterChangeNumber=").map_or("start", |(_, number)| number)
}

fn names(of: &[&str]) -> Vec<String> {
    let mut ids: Vec<_> = of.iter().map(|name| public_id(name)).collect();
    ids.sort();
    ids
}

#[test]
fn beside_a_gateway_each_ends_with_exactly_what_is_live_also_when_killed_between_two_pages() {
    let mut stage = Stage::new();
    let door = Door::open(|_| Act::Hang);
    stage.set("LUIK__PUBLIC_URL", &door.url());
    let token = stage.pulled_by("wijk");
    let items: Vec<String> = (0..720).map(|number| format!("item-{number}")).collect();
    stage.core.put_all(items.iter().map(String::as_str));
    let gateway = stage.start();
    let count = |state: &str| gateway.metric(&format!("luik_journal_items{{state=\"{state}\"}}"));
    eventually("all are in the journal", || count("live") == 720.0);
    let public = gateway.public;
    let readers = [Python, Php, JavaScript].map(|language| Reader::of(language, &door, &token));
    door.behave(move |path| match after(path) {
        "start" => Act::Forward(public),
        _ => Act::Hang,
    });
    for reader in &readers {
        let mut program = Program::start(&mut reader.command(), b"");
        eventually("a page is kept", || ids(&reader.state).len() == 500);
        program.signal("-KILL");
        program.ended(crate::embedded::SOON);
    }
    let mut wanted = BTreeMap::new();
    stage.core.at_once(|| {
        for (place, name) in items.iter().enumerate() {
            match place % 7 {
                0 => stage.core.edit(name, "Nog steeds hulp"),
                3 => stage.core.remove(name),
                _ => {}
            }
            let title = if place % 7 == 0 { "Nog steeds hulp" } else { "Hulp in de tuin" };
            if place % 7 != 3 {
                wanted.insert(public_id(name), title.to_owned());
            }
        }
    });
    let removed = 720.0 - f64::from(u32::try_from(wanted.len()).unwrap());
    eventually("the changes are in the journal", || count("removed") == removed);
    door.behave(move |_| Act::Forward(public));
    for reader in &readers {
        let ended = reader.poll();
        assert_eq!(ended.code, Some(0), "{:?}: {ended:?}", reader.language);
        let held = live(&reader.state).into_iter().map(|(id, _, title)| (id, title));
        assert_eq!(held.collect::<BTreeMap<_, _>>(), wanted, "{:?}", reader.language);
        assert_eq!(reader.page().matches("<article>").count(), 500, "{:?}", reader.language);
    }
    assert_eq!(
        door.asked().iter().filter(|path| after(path) == "start").count(),
        3,
        "once each: {:?}",
        door.asked()
    );
    stage.core.remove("item-0");
    eventually("it is removed", || count("removed") > removed);
    for reader in &readers {
        assert_eq!(reader.poll().code, Some(0), "{:?}", reader.language);
        assert!(!ids(&reader.state).contains(&public_id("item-0")), "{:?}", reader.language);
    }
    eventually("the removals are closed", || gateway.removals_open("wijk") == 0.0);
}

#[test]
fn whoever_was_away_for_too_long_shows_nothing_until_it_has_the_snapshot() {
    for language in [Python, Php, JavaScript] {
        let door = Door::open(|_| Act::Hang);
        let (url, reader) = (door.url(), Reader::of(language, &door, TOKEN));
        let of = url.clone();
        door.behave(move |path| match after(path) {
            "start" => page(&of, &[item("a", 1), item("b", 2)], 2),
            _ => page(&of, &[], 2),
        });
        reader.reaches_the_end("2 items held, 0 removed");
        assert_eq!(reader.page().matches("<article>").count(), 2, "{language:?}");
        door.behave(|path| match path.ends_with("/snapshot") {
            true => Act::Say(200, lease(60), format!("{}\n", item("a", 9))),
            false => say(410, ""),
        });
        reader.stops("the snapshot broke off");
        assert_eq!(ids(&reader.state), names(&[]), "{language:?}: what was missed may be removed");
        let of = url.clone();
        door.behave(move |path| match (path.ends_with("/snapshot"), after(path)) {
            (true, _) => {
                let lines = format!("{}\n{}\n{{\"upTo\":9}}\n", item("b", 4), item("c", 9));
                Act::Say(200, lease(60), lines)
            }
            (false, "9") => page(&of, &[gone("b", 10), item("d", 11)], 11),
            (false, "11") => page(&of, &[], 11),
            (false, _) => say(410, ""),
        });
        reader.reaches_the_end("2 items held, 1 removed");
        assert_eq!(ids(&reader.state), names(&["c", "d"]), "{language:?}");
        assert!(door.tokens().iter().all(|token| *token == format!("Bearer {TOKEN}")));
        door.behave(|_| say(410, ""));
        reader.stops("the agreement has ended");
        assert_eq!(ids(&reader.state), names(&[]), "{language:?}");
    }
}

#[test]
fn a_gateway_that_asks_for_patience_gets_it() {
    for language in [Python, Php, JavaScript] {
        let door = Door::open(|_| Act::Hang);
        let (url, reader) = (door.url(), Reader::of(language, &door, TOKEN));
        let mut statuses = [429, 503].into_iter();
        door.behave(move |path| match (statuses.next(), after(path)) {
            (Some(status), _) => say(status, "retry-after: 0\r\n"),
            (None, "start") => page(&url, &[item("a", 1)], 1),
            (None, _) => page(&url, &[], 1),
        });
        reader.reaches_the_end("1 items held, 0 removed");
        door.behave(|_| say(503, "retry-after: 3600\r\n"));
        reader.stops("asks for patience, 3600 seconds");
        let asked = door.asked().len();
        reader.reaches_the_end("not yet: the gateway asked for patience");
        assert_eq!(door.asked().len(), asked, "{language:?}: it was not asked again");
        assert_eq!(ids(&reader.state), names(&["a"]), "{language:?}");
        door.behave(|_| say(429, "retry-after: Wed, 21 Oct 2099 07:28:00 GMT\r\n"));
        Reader::of(language, &door, TOKEN).stops("asks for patience, 86400 seconds");
        door.behave(|_| say(429, ""));
        Reader::of(language, &door, TOKEN).stops("asks for patience, 300 seconds");
    }
}

#[test]
fn whatever_goes_wrong_is_told_and_changes_nothing() {
    for language in [Python, Php, JavaScript] {
        let door = Door::open(|_| Act::Hang);
        let (url, reader) = (door.url(), Reader::of(language, &door, TOKEN));
        let start = format!("{url}{FEED}");
        let wrong: [(&str, Act); 8] = [
            ("refuses the token", say(401, "")),
            ("answers 404", say(404, "")),
            ("", say(302, &format!("location: {url}/elsewhere\r\n"))),
            ("", Act::Say(200, lease(60), "{\"items\":".to_owned())),
            ("", Act::Say(200, lease(60), json!({ "items": [] }).to_string())),
            ("leads away", page("https://luik.example", &[item("a", 1)], 1)),
            ("leads away", page("", &[item("a", 1)], 1)),
            ("", Act::Say(200, String::new(), json!({ "next": start, "items": [{}] }).to_string())),
        ];
        for (why, act) in wrong {
            let mut act = Some(act);
            door.behave(move |_| act.take().unwrap_or(Act::Say(500, String::new(), "{}".into())));
            reader.stops(why);
            assert!(!reader.state.exists(), "{language:?}: {why}");
        }
        assert!(door.asked().iter().all(|path| path == FEED), "{:?}", door.asked());
    }
}

#[test]
fn nothing_is_shown_after_the_lease() {
    for language in [Python, Php, JavaScript] {
        let door = Door::open(|_| Act::Hang);
        let (url, reader) = (door.url(), Reader::of(language, &door, TOKEN));
        for (seconds, shown) in [(60, 1), (-1, 0)] {
            let url = url.clone();
            door.behave(move |path| match after(path) {
                "start" => leased(seconds, &url, &[item("a", 1)], 1),
                _ => leased(seconds, &url, &[], 1),
            });
            reader.reaches_the_end("1 items held, 0 removed");
            let page = reader.page();
            assert_eq!(page.matches("<article>").count(), shown, "{language:?}: {page}");
            assert!(!page.contains("<b>"), "{language:?}: {page}");
        }
    }
}
