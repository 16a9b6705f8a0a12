//! Rows that hold what they may not: withheld, counted by reason, and never in the way.

use std::collections::BTreeMap;

use rusqlite::types::Value;

use super::Scene;
use crate::embedded::core::{CANARY, public_id};
use crate::embedded::eventually;

/// Column, value, and the reason for which the row is withheld.
fn odd_values() -> Vec<(&'static str, Value, &'static str)> {
    let text = |text: &str| Value::Text(text.to_owned());
    let blob = || Value::Blob(vec![0xff, 0xfe]);
    let many = serde_json::to_string(&vec!["woord"; 65]).unwrap();
    vec![
        ("author_id", Value::Null, "malformed"),
        ("author_id", blob(), "malformed"),
        ("kind", Value::Null, "malformed"),
        ("kind", text("vraag"), "malformed"),
        ("kind", text("request\0"), "malformed"),
        ("first_name", Value::Real(1.5), "malformed"),
        ("first_name", text(&"a".repeat(2_000)), "oversized"),
        ("region_code", Value::Null, "region_unknown"),
        ("region_code", text("WK011901"), "region_unknown"),
        ("region_code", text("BU01190101"), "region_unknown"),
        ("region_code", text("GM0119\0"), "region_unknown"),
        ("region_code", Value::Integer(119), "malformed"),
        ("title", Value::Null, "malformed"),
        ("title", blob(), "malformed"),
        ("body", text(&"woord ".repeat(170_000)), "oversized"),
        ("body", text(&"woord ".repeat(400_000)), "malformed"),
        ("body", Value::Null, "malformed"),
        ("language", Value::Integer(1), "malformed"),
        ("url", Value::Null, "url_unusable"),
        ("url", text("javascript:alert(1)"), "url_unusable"),
        ("url", text("https://www.voorbeeld.example/\0"), "url_unusable"),
        ("published_at", Value::Null, "not_published"),
        ("published_at", text("2099-01-01T00:00:00Z"), "not_published"),
        ("published_at", text("gisteren"), "malformed"),
        ("published_at", text("2026-11-20 10:00:00"), "malformed"),
        ("published_at", Value::Integer(1_763_800_000), "malformed"),
        ("expires_at", text("ooit"), "malformed"),
        ("expires_at", text("2026-01-03T00:00:00Z"), "expired"),
        ("share", Value::Null, "no_consent"),
        ("share", Value::Integer(0), "no_consent"),
        ("share", Value::Integer(2), "malformed"),
        ("share", text("ja"), "malformed"),
        ("approved", Value::Integer(0), "not_approved"),
        ("approved", text("misschien"), "malformed"),
        ("visibility", Value::Null, "malformed"),
        ("visibility", text("members"), "members_only"),
        ("visibility", text("openbaar"), "malformed"),
        ("of_age", Value::Null, "under_age"),
        ("of_age", text("achttien"), "malformed"),
        ("withhold", text("[\"Jansen\""), "malformed"),
        ("withhold", text("{\"naam\":\"Jansen\"}"), "malformed"),
        ("withhold", text("[612345678]"), "malformed"),
        ("withhold", text("Jansen"), "malformed"),
        ("withhold", text(&many), "oversized"),
        ("withhold", blob(), "malformed"),
    ]
}

#[test]
fn odd_values_in_each_column_are_withheld_counted_by_reason_and_stop_nothing() {
    let scene = Scene::shown("", &["a"]);
    let odd = odd_values();
    let mut wanted = BTreeMap::<&str, f64>::new();
    scene.stage.core.at_once(|| {
        for (place, (column, value, reason)) in odd.iter().enumerate() {
            scene.stage.core.put_odd(&format!("odd-{place}"), &[(column, value.clone())]);
            *wanted.entry(reason).or_default() += 1.0;
        }
        scene.stage.core.put("z");
    });
    eventually("what comes after them arrives", || scene.healthy.shows(&public_id("z")));
    let count = |reason: &str| {
        let labels = format!("reason=\"{reason}\",verdict=\"withhold\"");
        scene.gateway.metric(&format!("luik_minimise_verdicts_total{{{labels}}}"))
    };
    let found: BTreeMap<&str, f64> = wanted.keys().map(|reason| (*reason, count(reason))).collect();
    assert_eq!(found, wanted);
    assert_eq!(scene.healthy.shown().len(), 2, "none of them left");
    let log = scene.gateway.program.err();
    assert!(!log.contains("Jansen") && !log.contains("odd-"), "{log}");
    // One of them is mended, and one that is shown goes odd.
    scene.stage.core.run("UPDATE item SET kind = 'offer' WHERE id = 'odd-2'");
    eventually("the mended one arrives", || scene.healthy.shows(&public_id("odd-2")));
    scene.stage.core.run("UPDATE item SET withhold = '[' WHERE id = 'a'");
    eventually("the odd one goes", || scene.healthy.has_dropped(&public_id("a")));
    scene.ends_well();
}

#[test]
fn odd_texts_leave_tidied() {
    let scene = Scene::new("");
    let text = |text: &str| Value::Text(text.to_owned());
    let odd = [
        ("nul", "title", text("Hulp\0 in\u{7} de tuin")),
        ("naamloos", "first_name", Value::Null),
        ("leeg", "language", text("geen taal!!")),
        ("leegte", "withhold", Value::Text(format!("[null, \"\", \"{CANARY}\"]"))),
    ];
    for (id, column, value) in &odd {
        scene.stage.core.put_odd(id, &[(*column, value.clone())]);
        eventually("it arrives", || scene.healthy.shows(&public_id(id)));
    }
    assert_eq!(scene.healthy.held(&public_id("nul")).unwrap().item.title, "Hulp in de tuin");
    for push in scene.healthy.pushes() {
        assert!(!push.body.contains("\\u0000") && !push.body.contains("geen taal"));
    }
    scene.ends_well();
}

#[test]
fn odd_ids_stop_nothing() {
    let scene = Scene::shown("", &["a"]);
    let long = "lang".repeat(5_000);
    for odd in ["x'ff'", "CAST(x'ff' AS TEXT)", "''", "NULL", "'nul' || char(0) || 'l'", "7"] {
        scene.stage.core.run(&format!(
            "INSERT INTO item SELECT {odd}, author_id, kind, first_name, region_code, region_name,
             title, body, language, url, published_at, expires_at, share, approved, visibility,
             of_age, withhold FROM item WHERE id = 'a'"
        ));
    }
    scene.stage.core.put_odd(&long, &[("author_id", Value::Text("a".to_owned()))]);
    scene.stage.core.run("INSERT INTO syndication_change (item_id) VALUES (x'ff'), ('nergens')");
    scene.put("b");
    for id in ["7", &long] {
        eventually("an odd one arrives, too", || scene.healthy.shows(&public_id(id)));
    }
    // A comparison walks over all of them, too: a change is gone before it was seen.
    scene.stage.core.at_once(|| {
        scene.stage.core.run("INSERT INTO syndication_change (item_id) VALUES ('x'), ('y')");
        scene.stage.core.run("DELETE FROM syndication_change WHERE item_id <> 'y'");
    });
    let compared = || scene.gateway.program.err().matches("compared everything").count();
    eventually("it compares once more", || compared() == 2);
    scene.put("c");
    scene.remove("b");
    assert!(scene.healthy.shows(&public_id("7")) && scene.healthy.shows(&public_id(&long)));
    scene.ends_well();
}
