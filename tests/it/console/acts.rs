//! What is done by its forms is really done, and on record; what others send is not.

use serde_json::json;

use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::http::post;

use super::town::{TOKEN, Town, is_called};

/// Fills in who and why.
fn signs(town: &mut Town, reason: &str) {
    town.browser.fill("#name", "Mies Voorbeeld");
    town.browser.fill("#reason", reason);
    town.browser.click("button.main");
}

#[test]
fn a_pause_by_the_form_pauses_and_the_reason_is_on_record() {
    let mut town = Town::with_token(true);
    // Everything works without script.
    town.log_in("/console/partners/wijk", &json!({ "script": false }));
    town.browser.click("a[href$='/pause']");
    signs(&mut town, "storing bij de leverancier");
    town.browser.see(".notice.good");
    assert!(town.text("#history").contains("storing bij de leverancier"));
    assert!(town.text("#history").contains("Mies Voorbeeld"));
    assert!(town.text("#state").contains("gepauzeerd"));
    town.stage.core.put("item-d");
    town.stage.core.remove("item-a");
    eventually("removals go on", || town.good.has_dropped(&public_id("item-a")));
    eventually("others go on", || town.keeps.shows(&public_id("item-d")));
    assert!(!town.good.shows(&public_id("item-d")), "nothing new leaves");
    town.browser.click("a[href$='/resume']");
    signs(&mut town, "hersteld");
    town.browser.see(".notice.good");
    eventually("it goes on", || town.good.shows(&public_id("item-d")));
    town.browser.click("a[href$='/test']");
    signs(&mut town, "even kijken");
    town.browser.see(".notice.good");
    let notice = town.text(".notice.good");
    assert!(notice.contains("aangenomen") && notice.contains("200"), "{notice}");
    assert!(town.good.pushes().iter().any(|push| push.items().is_empty()), "a ping came");
    town.browser.click("a[href$='/end']");
    signs(&mut town, "opgezegd");
    town.browser.see("button.grave");
    assert!(!town.good.shown().is_empty(), "not before it is sure");
    town.browser.click("button.main");
    town.browser.see(".notice.good");
    eventually("everything is taken back", || town.good.shown().is_empty());
    assert!(town.text("#history").contains("opgezegd"));
}

#[test]
fn what_comes_from_elsewhere_does_nothing() {
    let mut town = Town::with_token(true);
    is_called(&town.stage, "wijk", "x");
    town.log_in("/console/partners/wijk/pause", &json!({}));
    let mark = town.browser.attribute("main input[name=mark]", "value").remove(0).unwrap();
    let admin = town.gateway.admin;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let body = format!("mark={mark}&name=Mies&reason=kwaad");
    let bearer = format!("Bearer {TOKEN}");
    for headers in [
        vec![form, ("origin", "https://evil.example")],
        vec![form, ("sec-fetch-site", "cross-site")],
        vec![form, ("sec-fetch-site", "same-origin")],
        vec![form, ("sec-fetch-site", "same-origin"), ("authorization", &bearer)],
    ] {
        let refused = post(admin, "/console/partners/wijk/pause", &headers, body.as_bytes());
        assert!([401, 403].contains(&refused.status), "{headers:?} {}", refused.status);
    }
    // A page without the mark, in the session itself.
    town.browser.ask(&json!({ "do": "fill", "what": "#name", "value": "Mies" }));
    town.browser.fill("#reason", "kwaad");
    town.go("/console/partners/wijk");
    assert!(!town.text("#history").contains("kwaad"));
    assert!(!town.text("#state").contains("gepauzeerd"));
}

#[test]
fn an_item_is_retracted_by_its_core_id_which_goes_nowhere() {
    let mut town = Town::with_token(true);
    town.log_in("/console/retract", &json!({}));
    town.browser.fill("#id", "item-b");
    signs(&mut town, "op verzoek");
    town.browser.see("#owed table");
    eventually("it is gone", || town.good.has_dropped(&public_id("item-b")));
    town.go("/console/items");
    town.browser.fill("main #id", "item-b");
    town.browser.click("main button.main");
    town.browser.see("#matrix table");
    assert_eq!(
        town.browser.address(),
        town.url(&format!("/console/items/{}", public_id("item-b")))
    );
    assert!(!town.gateway.program.err().contains("item-b"), "no log holds a core id");
    town.browser.fill("#find", "item-b");
    town.browser.click(".find button");
    town.browser.see("#matrix table");
    assert!(!town.text("main").contains("item-b"));
}

#[test]
fn words_of_others_are_only_words() {
    let mut town = Town::with_token(true);
    let evil = "<script>document.title='kwaad'</script><b onclick=x>\"'";
    is_called(&town.stage, "wijk", "x");
    let file = town.stage.path().join("partners/wijk.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let named = text.replace("Stichting Wijkwelzijn Voorbeeld", &evil.replace('"', "\\\""));
    std::fs::write(&file, named).unwrap();
    town.gateway.program.signal("-HUP");
    eventually("it is read", || town.gateway.program.err().contains("were read again"));
    town.log_in("/console/partners/wijk/pause", &json!({}));
    town.browser.fill("#name", evil);
    town.browser.fill("#reason", evil);
    town.browser.click("button.main");
    town.browser.see(".notice.good");
    for path in ["/console", "/console/partners/wijk"] {
        town.go(path);
        assert!(town.text("main").contains("<script>"), "as it was typed");
    }
    assert_eq!(town.text("h1"), evil);
    assert_eq!(town.browser.record().errors, Vec::<String>::new());
}
