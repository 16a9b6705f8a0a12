//! The development corpus, judged by its own scorer. Both stand beside the project, in
//! `../shared/privacy` or where `LUIK_CORPUS` says; continuous integration insists on them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use super::Text;
use crate::embedded::program::{luik, run, run_with};
use crate::judged::program;

/// The folder, or nothing where nobody has it.
fn folder() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/privacy");
    let folder = std::env::var_os("LUIK_CORPUS").map_or(beside, PathBuf::from);
    if folder.join("score.py").exists() {
        return Some(folder);
    }
    assert!(std::env::var_os("CI").is_none(), "{} is not there", folder.display());
    eprintln!("{} is not there: only our own set was judged", folder.display());
    None
}

fn line(item: &Value) -> String {
    let author = &item["author"];
    let held = |key: &str| author[key].as_str().unwrap().to_owned();
    let street = format!("{} {}", held("street"), held("house_number"));
    let others = ["last_name", "email", "phone", "postcode", "birth_date"].map(held);
    Text {
        id: item["id"].as_str().unwrap(),
        first_name: &held("first_name"),
        body: item["text"].as_str().unwrap(),
        withhold: &[&others[..], &[street]].concat(),
    }
    .line()
}

#[test]
fn the_development_corpus_is_within_its_limits() {
    let Some(folder) = folder() else {
        return;
    };
    let corpus = folder.join("corpus-dev.jsonl");
    let items = fs::read_to_string(&corpus).unwrap();
    let rows: Vec<String> =
        items.lines().map(|item| line(&serde_json::from_str(item).unwrap())).collect();
    let ended = run_with(&mut luik(&["minimise"]), (rows.join("\n") + "\n").as_bytes());
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    let outputs = ended.out.lines().map(|line| {
        let verdict: Value = serde_json::from_str(line).unwrap();
        json!({ "id": verdict["row"], "text": verdict["data"]["text"] }).to_string()
    });
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), outputs.collect::<Vec<_>>().join("\n")).unwrap();
    let mut score = Command::new(program("python"));
    let score =
        run(score.arg(folder.join("score.py")).arg(corpus).arg(file.path()).arg("--json-only"));
    assert_eq!(score.code, Some(0), "{}", score.err);
    let score: Value = serde_json::from_str(score.out.lines().last().unwrap()).unwrap();
    println!("{score}");
    assert!(score["leak_pct"].as_f64().unwrap() <= 1.0);
    assert!(score["overmask_pct"].as_f64().unwrap() <= 0.5);
    assert!(score["perfect_items_pct"].as_f64().unwrap() >= 95.0);
}
