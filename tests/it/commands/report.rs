//! `luik report fields`: what can leave, as the program itself says it.

use serde_json::Value;

use crate::embedded::program::{Ended, luik, run};

/// The contract view (design §4), and whether a column leaves.
const COLUMNS: [(&str, bool); 17] = [
    ("id", true),
    ("author_id", false),
    ("kind", true),
    ("first_name", true),
    ("region_code", true),
    ("region_name", false),
    ("title", true),
    ("body", true),
    ("language", true),
    ("url", true),
    ("published_at", true),
    ("expires_at", true),
    ("share", false),
    ("approved", false),
    ("visibility", false),
    ("of_age", false),
    ("withhold", false),
];

fn report(arguments: &[&str]) -> Ended {
    let ended = run(&mut luik(&[&["report", "fields"], arguments].concat()));
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
    ended
}

#[test]
fn every_column_is_told_in_every_format() {
    let json: Value = serde_json::from_str(&report(&["--format", "json"]).out).unwrap();
    let told: Vec<(&str, bool)> = json["fields"]
        .as_array()
        .unwrap()
        .iter()
        .map(|field| (field["column"].as_str().unwrap(), field["fate"] == "leaves"))
        .collect();
    assert_eq!(told, COLUMNS);
    let (text, html) = (report(&[]).out, report(&["--format", "html"]).out);
    for (column, leaves) in COLUMNS {
        let line = text.lines().find(|line| line.split(' ').next() == Some(column)).unwrap();
        assert_eq!(line.contains(" leaves as "), leaves, "{line}");
        assert!(html.contains(&format!("<code>{column}</code>")), "{column}");
    }
}

#[test]
fn an_unknown_report_is_wrong_input() {
    let ended = run(&mut luik(&["report", "colours"]));
    assert_eq!(ended.code, Some(2));
}
