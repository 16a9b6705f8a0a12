//! What it looks like: small and wide, light and dark, by keyboard, with script and without.

use serde_json::json;

use crate::embedded::core::public_id;
use crate::embedded::eventually;

use super::town::Town;

const WIDTHS: [u16; 2] = [400, 1280];

/// Every sort of page; `{item}` is the public id of an item that was removed.
const PAGES: [(&str, &str); 19] = [
    ("overview", "/console"),
    ("filtered", "/console?q=voorbeeld&state=active"),
    ("partner", "/console/partners/wijk"),
    ("keeper", "/console/partners/buurt"),
    ("fetcher", "/console/partners/dorp"),
    ("pause", "/console/partners/wijk/pause"),
    ("end", "/console/partners/wijk/end"),
    ("items", "/console/items"),
    ("item", "/console/items/{item}"),
    ("retract", "/console/retract"),
    ("retraction", "/console/retractions/1"),
    ("statements", "/console/statements"),
    ("proof", "/console/statements/items/{item}"),
    ("held", "/console/statements/held?partner=wijk&at=2099-01-01T00:00"),
    ("agreements", "/console/statements/agreements"),
    ("processing", "/console/statements/processing"),
    ("snippets", "/console/partners/lijst/snippets"),
    ("login", "/console/login"),
    ("nothing", "/console/nothing"),
];

#[test]
fn every_page_is_accessible_small_and_wide_light_and_dark() {
    let mut town = Town::with_token(true);
    town.log_in("/console", &json!({}));
    town.go("/console/retract");
    for (field, text) in [("#id", "item-b"), ("#name", "Mies Voorbeeld"), ("#reason", "op verzoek")]
    {
        town.browser.fill(field, text);
    }
    town.browser.click("button.main");
    town.browser.see("#owed table");
    town.pretends();
    town.stage.core.remove("item-a");
    eventually("it is compared", || town.gateway.program.err().contains("holds something else"));
    for (name, path) in PAGES {
        let status = town.go(&path.replace("{item}", &public_id("item-a")));
        assert_eq!(status, if name == "nothing" { 404 } else { 200 }, "{path}");
        for width in WIDTHS {
            for scheme in ["light", "dark"] {
                town.browser.resize(width, scheme);
                town.browser.is_accessible(&format!("console-{name}-{width}-{scheme}"));
                assert!(!town.browser.record().wide, "{name} at {width}");
            }
        }
        town.browser.resize(1280, "light");
    }
    let errors = town.browser.record().errors;
    let odd = |text: &&String| !text.contains("404");
    assert_eq!(errors.iter().find(odd), None, "{errors:?}");
}

#[test]
fn strangers_are_met_politely() {
    let mut town = Town::with_token(true);
    for (width, scheme) in [(400, "light"), (1280, "dark")] {
        assert_eq!(town.open("/console/partners/wijk", &json!({ "language": "en" })), 200);
        town.browser.resize(width, scheme);
        assert_eq!(town.text("h1"), "Log in");
        town.browser.fill("#token", "wrong");
        town.browser.click("button.main");
        town.browser.see("[role=alert]");
        town.browser.is_accessible(&format!("console-wrong-{width}-{scheme}"));
    }
}

#[test]
fn the_keyboard_reaches_everything_in_order_and_shows_where_it_is() {
    let mut town = Town::with_token(false);
    assert_eq!(town.open("/console", &json!({})), 200);
    town.browser.see("#live");
    let path = town.browser.walk(22);
    assert!(path.iter().all(|stop| stop.ring && !stop.name.is_empty()), "{path:?}");
    let names: Vec<_> = path.iter().map(|stop| stop.name.as_str()).collect();
    assert_eq!(
        names[..8],
        [
            "Naar de inhoud",
            "Luik",
            "Overzicht",
            "Waar staat een item?",
            "Intrekken",
            "Verklaringen",
            "Zoek partner of item",
            "Zoek",
        ]
    );
    for name in
        ["Gemeente Voorbeeldstad", "Naam", "Toestand", "Toon", "Stichting Wijkwelzijn Voorbeeld"]
    {
        assert!(names.contains(&name), "{name}: {names:?}");
    }
}

#[test]
fn the_page_is_fresh_by_itself_and_complete_without_script() {
    let mut town = Town::with_token(false);
    assert_eq!(town.open("/console", &json!({ "script": false })), 200);
    assert!(town.text("#partners caption").starts_with("5 partners"));
    assert!(town.browser.style("#live", "display") == "none");
    assert_eq!(town.open("/console/partners/wijk", &json!({})), 200);
    town.browser.see("#live");
    let before = town.text("#lanes");
    town.stage.core.put("item-d");
    eventually("the page follows", || town.text("#lanes") != before);
    town.browser.see("#live[data-state=fresh]");
    assert!(town.text("#live").contains("Bijgewerkt om"));
    town.browser.click("#live button");
    town.browser.see("#live button[aria-pressed=true]");
    let record = town.browser.record();
    assert_eq!((record.errors, record.stored, record.cookies), (Vec::new(), 0, 0));
    drop(town.gateway);
}

#[test]
fn a_language_is_kept_when_somebody_chose_it() {
    let mut town = Town::with_token(false);
    assert_eq!(town.open("/console/statements", &json!({})), 200);
    assert_eq!((town.text("h1"), town.browser.record().cookies), ("Verklaringen".to_owned(), 0));
    town.browser.click("footer a[lang=en]");
    town.browser.see("html[lang=en]");
    assert_eq!(town.browser.address(), town.url("/console/statements"));
    town.go("/console");
    assert_eq!((town.text("h1"), town.browser.record().cookies), ("Overview".to_owned(), 1));
    town.browser.is_accessible("console-overview-english");
}
