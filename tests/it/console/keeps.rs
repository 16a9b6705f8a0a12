//! A partner keeps an item although it answered 200: the first thing that an operator sees.

use std::time::Duration;

use serde_json::json;

use crate::embedded::core::public_id;
use crate::embedded::sink::Reply;
use crate::embedded::{eventually, found};

use super::town::Town;

#[test]
fn who_keeps_an_item_is_told_of_first() {
    let mut town = Town::with_token(false);
    town.pretends();
    assert_eq!(town.open("/console", &json!({})), 200);
    town.stage.core.remove("item-a");
    let id = public_id("item-a");
    eventually("the others drop it", || town.good.has_dropped(&id));
    // The page follows by itself.
    eventually("it is shown", || {
        let rows = town.browser.read("#out tbody tr");
        rows.first().is_some_and(|row| row.contains("Voor Elkaar") && row.contains("anders"))
    });
    assert!(town.keeps.shows(&id), "it said 200 and still has it");
    assert!(town.text("#headline").contains("in de gaten"), "{}", town.text("#headline"));
    let first = town.text("#partners tbody tr");
    assert!(first.contains("Voor Elkaar"), "{first}");
    town.go("/console/partners/buurt");
    assert!(town.text("#matters").contains("Houdt iets anders vast dan zou moeten"));
    town.go(&format!("/console/items/{id}"));
    let rows = town.browser.read("#matrix tbody tr");
    let keeper = rows.iter().find(|row| row.contains("Voor Elkaar")).unwrap();
    let honest = ["maar houdt iets anders", "wordt nog eens", "onzeker", "staat er nog"];
    assert!(honest.iter().any(|words| keeper.contains(words)), "{keeper}");
    assert!(town.text("#headline").contains("Nog niet zeker weg"));
    town.keeps.behave(|_| Reply::Tell);
    town.go("/console");
    // Everything is sent again in growing pauses.
    found("it is over", Duration::from_secs(60), || {
        let is_over =
            !town.browser.read("#out").concat().contains("Voor Elkaar") && !town.keeps.shows(&id);
        is_over.then_some(())
    });
}
