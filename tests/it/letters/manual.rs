//! The manual path: a partner that gets letters, and a person who confirms.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::json;

use super::office::{Letter, Office};
use super::{gets_letters, page};
use crate::browser::Browser;
use crate::embedded::core::{CANARY, public_id};
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http;
use crate::embedded::sink::Sink;
use crate::embedded::stage::{PUBLIC_URL, Stage};

fn names(letter: &Letter, id: &str) -> bool {
    letter.text().contains(&format!("{PUBLIC_URL}/r/brief/{}", public_id(id)))
}

/// Letters with items, and which of these each names.
fn told(office: &Office, ids: &[&str]) -> Vec<Vec<String>> {
    let news = office.letters().into_iter().filter(|letter| letter.link().is_none());
    let of = |letter: Letter| {
        ids.iter().filter(|id| names(&letter, id)).map(|id| (*id).into()).collect()
    };
    news.map(of).collect()
}

fn confirm(gateway: &Gateway, path: &str) -> http::Answer {
    http::post(gateway.public, path, &[("accept-language", "nl")], b"")
}

#[test]
fn a_removal_stays_open_until_a_person_confirms_it() {
    let office = Office::open();
    let mut stage = Stage::new();
    stage.configure(&office.settings(""));
    gets_letters(&stage, "brief", "every = \"1s\"\nremind_every = \"4s\"");
    stage.core.put_all(["a", "b"]);
    let gateway = stage.start();
    let first = office.letter("the items come", |letter| names(letter, "a"));
    assert!(names(&first, "b") && first.text().contains("    Wie helpt mij met de heg?"));
    assert!(
        !first.text().contains(CANARY)
            && first.0["to"] == serde_json::json!(["beheer@brief.example"])
    );
    eventually("it is counted", || gateway.attempts("brief", "accepted") >= 1.0);
    assert_eq!(gateway.removals_open("brief"), 0.0);
    drop(gateway); // killed
    let gateway = stage.start();
    stage.core.put("c");
    office.letter("what is new comes", |letter| names(letter, "c"));
    assert_eq!(told(&office, &["a", "b", "c"]), [vec!["a", "b"], vec!["c"]], "none came twice");

    stage.core.remove("a");
    let asked = office.letter("the removal comes", |letter| letter.link().is_some());
    assert!(names(&asked, "a") && !names(&asked, "b"));
    assert!(!asked.text().contains("heg") && !asked.text().contains("Anna"), "{}", asked.text());
    let link = asked.link().unwrap().strip_prefix(PUBLIC_URL).unwrap().to_owned();
    for _ in 0..2 {
        let shown = page(&gateway, &link);
        assert!(shown.body.contains(&public_id("a")) && shown.body.contains("Ja, alles is weg"));
        assert!(!shown.body.contains("<script"));
    }
    assert_eq!(http::try_get(gateway.public, &link, &[]).unwrap().status, 200);
    assert_eq!(gateway.removals_open("brief"), 1.0, "looking confirms nothing");

    drop(gateway); // killed
    let gateway = stage.start();
    eventually("it is open still", || gateway.removals_open("brief") == 1.0);
    let again =
        office.letter("a reminder comes", |letter| letter.subject().starts_with("Herinnering"));
    assert!(names(&again, "a"));
    assert!(gateway.oldest_open("brief") >= 4.0);

    let other = link.replacen("/brief/", "/ander/", 1);
    let mut forged = link.clone();
    let last = forged.pop().unwrap();
    forged.push(if last == 'a' { 'q' } else { 'a' });
    for (odd, status) in [(&other, 404), (&forged, 404), (&"/confirm/brief/x".to_owned(), 404)] {
        assert_eq!(confirm(&gateway, odd).status, status, "{odd}");
        assert_eq!(page_status(&gateway, odd), status);
    }
    assert_eq!(gateway.removals_open("brief"), 1.0);

    let done = confirm(&gateway, &link);
    assert!(done.status == 200 && done.body.contains("Dank u wel"), "{done:?}");
    assert_eq!(gateway.removals_open("brief"), 0.0);
    assert_eq!(gateway.oldest_open("brief"), 0.0);
    assert!(confirm(&gateway, &link).body.contains("niets meer te bevestigen"), "once is enough");
    let newer = again.link().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    assert!(page(&gateway, newer).body.contains("niets meer te bevestigen"));
    drop(gateway);
    stage.set("LUIK__LISTEN__ADMIN_TOKEN", "token-of-the-admin-0123456789");
    let gateway = Gateway::start(&mut stage.luik(&["run"]));
    let token = [("authorization", "Bearer token-of-the-admin-0123456789")];
    let overview = http::try_get(gateway.admin, "/admin/v1/partners/brief", &token).unwrap().json();
    assert_eq!(overview["removalsOpen"], 0, "{overview}");
    let evidence = overview["evidence"].as_array().unwrap();
    assert!(evidence.iter().any(|one| one["rung"] == "confirmed"), "{overview}");
}

#[test]
fn while_the_mail_server_is_down_nothing_is_lost_and_nobody_else_waits() {
    let (office, sink) = (Office::open(), Sink::start("wijk"));
    let mut stage = Stage::new();
    stage.configure(&office.settings(""));
    gets_letters(&stage, "brief", "every = \"1s\"");
    stage.pushes_to("wijk", &sink, "");
    stage.core.put_all(["a", "b"]);
    let gateway = stage.start();
    office.letter("the items come", |letter| names(letter, "a"));
    office.answer("451 not now");
    stage.core.remove("a");
    eventually("it is tried", || gateway.attempts("brief", "throttled") >= 2.0);
    assert!(sink.has_dropped(&public_id("a")), "others are told at once");
    let port = office.port;
    drop(office);
    eventually("it is tried again", || gateway.attempts("brief", "unreachable") >= 2.0);
    assert_eq!(gateway.removals_open("brief"), 1.0);
    assert!(gateway.is_in_state("brief", "failing"));
    let office = Office::with(port, &[]);
    let asked = office.letter("the removal comes", |letter| letter.link().is_some());
    assert!(names(&asked, "a"));
    let link = asked.link().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    assert_eq!((confirm(&gateway, link).status, gateway.removals_open("brief")), (200, 0.0));
}

#[test]
fn the_page_behind_the_link_is_for_everybody() {
    let office = Office::open();
    let stage = Stage::new();
    stage.configure(&office.settings(""));
    gets_letters(&stage, "brief", "every = \"1s\"");
    stage.core.put_all(["a", "b"]);
    let gateway = stage.start();
    office.letter("the items come", |letter| names(letter, "a"));
    stage.core.remove("a");
    let asked = office.letter("the removal comes", |letter| letter.link().is_some());
    let link = asked.link().unwrap().strip_prefix(PUBLIC_URL).unwrap();
    let url = format!("http://{}{link}", gateway.public);
    let mut browser = Browser::start();
    for (width, scheme) in [(320, "light"), (320, "dark"), (1280, "light")] {
        let how = json!({ "width": width, "scheme": scheme, "script": false });
        assert_eq!(browser.open(&url, &how), 200);
        browser.see("button");
        browser.is_accessible(&format!("confirm-{width}-{scheme}"));
        browser.is_quiet_but_for(&[]);
    }
    assert_eq!(gateway.removals_open("brief"), 1.0, "a browser that looks confirms nothing");
}

#[test]
fn letters_go_in_tls_with_a_login_or_not_at_all() {
    let folder = tempfile::tempdir().unwrap();
    let (certificate, key) = certificate(folder.path());
    let files = [certificate.to_str().unwrap(), key.to_str().unwrap()];
    for (kind, trusted, password, outcome) in [
        ("starttls", true, "geheim", "accepted"),
        ("tls", true, "geheim", "accepted"),
        ("starttls", true, "anders", "refused"),
        ("starttls", false, "geheim", "unreachable"),
        ("tls", false, "geheim", "unreachable"),
    ] {
        let office =
            Office::with(0, &["--tls", kind, files[0], files[1], "--login", "luik", "geheim"]);
        let mut stage = Stage::new();
        let login =
            format!("tls = \"{kind}\"\nuser = \"luik\"\npassword = {{ env = \"PASSWORD\" }}");
        stage.configure(&office.settings("").replace("tls = \"none\"", &login));
        stage.set("PASSWORD", password);
        if trusted {
            stage.set("SSL_CERT_FILE", files[0]);
        }
        gets_letters(&stage, "brief", "every = \"1s\"");
        stage.core.put("a");
        let gateway = stage.start();
        let what = format!("{kind}, trusted: {trusted}, {password}: {outcome}");
        eventually(&what, || gateway.attempts("brief", outcome) >= 1.0);
        assert!(!gateway.program.err().contains(password), "a password in the log");
        if outcome == "accepted" {
            let letter = office.letter("it comes", |letter| names(letter, "a"));
            assert_eq!((&letter.0["tls"], &letter.0["user"]), (&true.into(), &"luik".into()));
        } else {
            assert!(office.letters().is_empty(), "{kind} {password}");
        }
    }
}

/// A certificate for 127.0.0.1 that signs itself.
fn certificate(folder: &Path) -> (PathBuf, PathBuf) {
    let made = rcgen::generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let (certificate, key) = (folder.join("cert.pem"), folder.join("key.pem"));
    fs::write(&certificate, made.cert.pem()).unwrap();
    fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    (certificate, key)
}

fn page_status(gateway: &Gateway, path: &str) -> u16 {
    http::get(gateway.public, path).status
}
