//! What was taken away goes while somebody looks, and what nobody can be sure of is hidden.

use std::time::Duration;

use serde_json::json;

use crate::embedded::eventually;

use super::{FALLBACK, Street};

/// What the element waits between two questions, and a little.
const TURN: u32 = 61;

#[test]
fn a_removed_item_goes_and_the_focus_stays_in_the_list() {
    let mut street = Street::full();
    let url = street.page("", &[]);
    street.browser.open(&url, &json!({ "wound": true }));
    street.browser.see("luik-items .items .card");
    let titles = street.browser.read("luik-items h3");
    let first = &titles[0];
    assert!(street.browser.walk(1)[0].name.contains(first.as_str()), "{titles:?}");
    street.removes(first);
    street.browser.wind(TURN);
    street.browser.miss(&format!("luik-items h3:text-is('{first}')"));
    assert_eq!(street.browser.read("luik-items [role=status]"), ["7 berichten"]);
    // The next one has the focus now, so one step leads to the one after it.
    let next = &street.browser.walk(1)[0].name;
    assert!(next.contains(&titles[2]), "{next} of {titles:?}");
    street.stage.core.put("nieuw");
    eventually("it is there", || street.told("", &[]).json()["found"] == 8);
    street.browser.wind(TURN);
    street.browser.see("luik-items [role=status]:text-is('8 berichten')");
    let asked = |url: &str| url.contains("/items.json");
    let record = street.browser.record();
    let answers: Vec<_> = record.requests.iter().filter(|one| asked(&one.url)).collect();
    assert_eq!(answers.len(), 3, "once and after every minute: {answers:?}");
}

#[test]
fn a_minute_without_news_costs_next_to_nothing() {
    let mut street = Street::full();
    let url = street.page("", &[]);
    street.browser.open(&url, &json!({ "wound": true }));
    street.browser.see("luik-items .items .card");
    street.browser.wind(TURN);
    eventually("it asked again", || {
        let record = street.browser.record();
        record.requests.iter().filter(|one| one.url.contains("/items.json")).count() == 2
    });
    street.browser.wind(1);
    let tag = street.told("?limit=12", &[]).header("etag").unwrap().to_owned();
    assert_eq!(street.told("?limit=12", &[("if-none-match", &tag)]).status, 304);
    assert_eq!(street.browser.read("luik-items .card").len(), 8);
}

#[test]
fn silence_hides_everything() {
    let mut street = Street::full();
    let url = street.page("", &[]);
    street.browser.open(&url, &json!({ "wound": true }));
    street.browser.see("luik-items .items .card");
    let ended = street.gateway.stop("-TERM", Duration::from_secs(15));
    assert_eq!(ended.code, Some(0), "{ended:?}");
    street.browser.wind(TURN);
    assert_eq!(street.browser.read("luik-items .card").len(), 8, "one miss is no silence");
    for _ in 0..5 {
        street.browser.wind(TURN);
    }
    street.browser.see("luik-items .trouble");
    assert_eq!(street.browser.read("luik-items .card").len(), 0);
    assert_eq!(street.browser.read("luik-items > a"), [FALLBACK]);
}

#[test]
fn a_suspension_and_an_end_of_the_agreement_hide_everything_at_once() {
    let mut street = Street::full();
    let url = street.page("", &[]);
    for (status, state) in [("suspended", "paused"), ("ended", "trouble")] {
        street.is("active");
        street.browser.open(&url, &json!({ "wound": true }));
        street.browser.see("luik-items .items .card");
        street.is(status);
        eventually("the list is empty", || !street.told("", &[]).body.contains("Meppel"));
        street.browser.wind(TURN);
        street.browser.see(&format!("luik-items .{state}"));
        assert_eq!(street.browser.read("luik-items .card").len(), 0);
        assert_eq!(street.browser.read("luik-items > a"), [FALLBACK]);
        street.browser.is_accessible(&format!("element-{state}"));
    }
}
