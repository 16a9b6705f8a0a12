//! `luik minimise`: one verdict per line, in order, in a closed shape.

use std::fs;

use serde_json::{Value, json};

use crate::embedded::program::{Ended, luik, run_with};
use crate::embedded::stage::Stage;

fn row(id: &str, changes: &Value) -> String {
    let mut row = json!({
        "id": id, "author_id": "p7", "kind": "offer", "first_name": "Anna",
        "region_code": "GM0119", "region_name": "Meppel", "title": "Ik kook graag",
        "body": "Bel mij op 06-12345678 of mail anna@voorbeeld.example", "language": "nl",
        "url": "https://www.voorbeeld.example/hulp/7", "published_at": "2026-01-02T10:00:00Z",
        "expires_at": "2099-12-31T00:00:00Z", "share": true, "approved": null,
        "visibility": "public", "of_age": true, "withhold": ["Jansen"], "birth_date": "1950-03-01"
    });
    for (key, value) in changes.as_object().unwrap() {
        row.as_object_mut().unwrap().insert(key.clone(), value.clone());
    }
    row.to_string()
}

fn minimised(arguments: &[&str], lines: &[String]) -> (Ended, Vec<Value>) {
    let arguments = [&["minimise"], arguments].concat();
    let ended = run_with(&mut luik(&arguments), (lines.join("\n") + "\n").as_bytes());
    let out = ended.out.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    (ended, out)
}

fn data(title: &str) -> Value {
    json!({
        "firstName": "Anna", "region": { "code": "GM0119", "name": "Meppel" }, "title": title,
        "text": "Bel mij op […] of mail […]", "language": "nl", "published": "2026-01-02",
        "expires": "2099-12-31"
    })
}

#[test]
fn each_line_gets_its_verdict_in_order_and_a_bad_line_exit_1_at_the_end() {
    let bare = json!({ "language": null, "expires_at": null, "visibility": "anonymous" });
    let lines = [
        row("1", &json!({})),
        row("2", &json!({ "share": false })),
        "geen rij, maar Jansen".to_owned(),
        row("3", &json!({ "title": "Jansen kookt graag" })),
        "{}".to_owned(),
        row("4", &bare),
        row("5", &json!({ "url": "ftp://voorbeeld.example" })),
    ];
    let (ended, out) = minimised(&[], &lines);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.err, "at least one line was not a row\n");
    assert!(!ended.out.contains("Jansen") && !ended.err.contains("Jansen"));
    let bare = json!({
        "region": { "code": "GM0119", "name": "Meppel" }, "title": "Ik kook graag",
        "text": "Bel mij op […] of mail […]", "published": "2026-01-02"
    });
    let error = json!({ "row": null, "verdict": "error", "reason": "not_a_row" });
    let wanted = [
        json!({ "row": "1", "verdict": "publish", "data": data("Ik kook graag") }),
        json!({ "row": "2", "verdict": "withhold", "reason": "no_consent" }),
        error.clone(),
        json!({ "row": "3", "verdict": "publish", "data": data("[…] kookt graag") }),
        error,
        json!({ "row": "4", "verdict": "publish", "data": bare }),
        json!({ "row": "5", "verdict": "withhold", "reason": "url_unusable" }),
    ];
    assert_eq!(out, wanted);
    let (ended, out) = minimised(&[], &lines[..2]);
    assert_eq!((ended.code, ended.err.as_str(), out.len()), (Some(0), "", 2));
    let (ended, out) = minimised(&[], &[]);
    assert_eq!((ended.code, out.len()), (Some(1), 1), "an empty line is not a row: {ended:?}");
    let ended = run_with(&mut luik(&["minimise"]), b"");
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{ended:?}");
}

#[test]
fn explain_says_where_and_of_which_type_and_never_what() {
    let lines = [row("1", &json!({})), row("2", &json!({ "of_age": false })), "x".to_owned()];
    let (ended, out) = minimised(&["--explain"], &lines);
    assert_eq!(ended.code, Some(1));
    let finding = |kind: &str, start: u32, length: u32| json!({ "field": "body", "type": kind, "start": start, "length": length });
    let findings: Vec<&Value> = out.iter().map(|line| &line["findings"]).collect();
    let wanted = json!([finding("phone", 11, 11), finding("email", 31, 22)]);
    assert_eq!(findings, [&wanted, &json!([]), &json!([])]);
}

#[test]
fn the_configuration_rules_placeholder_and_length() {
    let stage = Stage::new();
    stage.configure("[privacy]\nplaceholder = \"(weg)\"\ntext_max = 100\n");
    let config = stage.config();
    let lines =
        [row("1", &json!({ "body": "Bel 06-12345678. ".to_owned() + &"Kom langs. ".repeat(50) }))];
    let (ended, out) = minimised(&["--config", config.to_str().unwrap()], &lines);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    let text = out[0]["data"]["text"].as_str().unwrap();
    assert!(text.starts_with("Bel (weg). ") && text.chars().count() <= 100, "{text}");
    fs::write(&config, "public_url = 3").unwrap();
    let (ended, out) = minimised(&["--config", config.to_str().unwrap()], &lines);
    assert_eq!((ended.code, out.len()), (Some(2), 0), "{ended:?}");
}

#[test]
fn the_configuration_holds_types_back_for_review() {
    let stage = Stage::new();
    stage.configure("[privacy]\nhold = [\"phone\"]\n");
    let config = stage.config();
    let held = [row("1", &json!({})), row("2", &json!({ "body": "Kom gerust langs." }))];
    let (ended, out) = minimised(&["--config", config.to_str().unwrap()], &held);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert_eq!(out[0], json!({ "row": "1", "verdict": "withhold", "reason": "held_phone" }));
    assert_eq!(out[1]["verdict"], "publish");
}
