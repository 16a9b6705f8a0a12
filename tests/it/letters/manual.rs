//! The manual path: a partner that gets letters, and a person who confirms.

use super::office::{Letter, Office};
use super::{gets_letters, page};
use crate::embedded::core::{CANARY, public_id};
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http;
use crate::embedded::program::run;
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
    let stage = Stage::new();
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
    assert!(gateway.attempts("brief", "accepted") >= 1.0 && gateway.removals_open("brief") == 0.0);
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
    let last = link.chars().next_back().unwrap();
    let forged = format!("{}{}", &link[..link.len() - 1], if last == 'a' { 'q' } else { 'a' });
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
    let admin = http::get(gateway.admin, "/admin/v1/partners/brief");
    println!("{} {}", admin.status, admin.body);
}

fn page_status(gateway: &Gateway, path: &str) -> u16 {
    http::get(gateway.public, path).status
}
