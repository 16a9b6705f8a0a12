//! The ledger of a real gateway, as somebody checks it who trusts neither the gateway nor its disk.

use std::fs;
use std::time::Duration;

use rusqlite::Connection;

use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::program::{Ended, luik, run};
use crate::embedded::sink::Sink;
use crate::embedded::stage::Stage;

const END: Duration = Duration::from_secs(20);

/// A partner that received two items and took one back; the gateway still runs.
fn received(stage: &mut Stage, sink: &Sink) -> Gateway {
    stage.pushes_to("wijk", sink, "");
    stage.core.put_all(["a", "b"]);
    let gateway = stage.start();
    eventually("both arrive", || sink.shown().len() == 2);
    stage.core.remove("a");
    eventually("one is taken back", || sink.has_dropped(&public_id("a")));
    gateway
}

fn audit(stage: &Stage, arguments: &[&str]) -> Ended {
    run(&mut stage.luik(&[&["audit"], arguments].concat()))
}

/// Checks an export where there is neither configuration nor state.
fn verify(file: &std::path::Path, more: &[&str]) -> Ended {
    let elsewhere = tempfile::tempdir().unwrap();
    let file = file.to_str().unwrap();
    let mut command = luik(&[&["audit", "verify", file], more].concat());
    run(command.current_dir(elsewhere.path()))
}

fn key(printed: &str) -> String {
    printed.rsplit_once("public key ").unwrap().1.trim().chars().take(64).collect()
}

#[test]
fn an_export_holds_anywhere_and_a_flipped_byte_is_found() {
    let sink = Sink::start("wijk");
    let mut stage = Stage::new();
    let gateway = received(&mut stage, &sink);
    let file = stage.path().join("ledger.ndjson");
    // Beside the running gateway.
    let exported = audit(&stage, &["export", file.to_str().unwrap()]);
    assert_eq!((exported.code, &*exported.err), (Some(0), ""), "{exported:?}");
    let key = key(&exported.out);
    let good = verify(&file, &["--key", &key]);
    assert_eq!(good.code, Some(0), "{good:?}");
    assert!(good.out.contains("the ledger holds") && good.out.contains(&key), "{good:?}");
    assert_eq!(verify(&file, &["--key", &"0".repeat(64)]).code, Some(1), "another key");
    assert_eq!(verify(&file, &["--key", "short"]).code, Some(2));
    let bytes = fs::read(&file).unwrap();
    for place in (0..bytes.len()).step_by(bytes.len() / 40) {
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        fs::write(&file, changed).unwrap();
        let found = verify(&file, &[]);
        assert_eq!(found.code, Some(1), "byte {place}: {found:?}");
        assert!(found.err.contains("ledger.ndjson: line "), "it names the line: {found:?}");
    }
    let text = String::from_utf8(bytes).unwrap();
    for what in ["agreement", "scope", "published", "removed"] {
        assert!(text.contains(&format!("\"what\":\"{what}\"")), "{what}: {text}");
    }
    for hidden in [public_id("a"), public_id("b"), "Anna".into(), "Meppel".into(), "\"a\"".into()] {
        assert!(!text.contains(&hidden), "{hidden}");
    }
    assert_eq!(verify(&stage.path().join("none"), &[]).code, Some(2));
    drop(gateway);
}

#[test]
fn the_state_holds_after_a_stop_and_what_was_changed_in_it_is_found() {
    let sink = Sink::start("wijk");
    let mut stage = Stage::new();
    assert_eq!(audit(&stage, &["verify"]).code, Some(1), "there is none yet");
    let mut gateway = received(&mut stage, &sink);
    assert_eq!(gateway.stop("-TERM", END).code, Some(0));
    let good = audit(&stage, &["verify"]);
    assert_eq!(good.code, Some(0), "{good:?}");
    assert!(good.out.contains(" 0 lines after the last"), "signed at the stop: {good:?}");
    let file = stage.path().join("state/journal.db");
    let whole = fs::read(&file).unwrap();
    let changes = [
        "UPDATE ledger SET entry = replace(entry, '\"position\":1', '\"position\":7')",
        "UPDATE ledger SET at = at + 1 WHERE num = 2",
        "UPDATE ledger SET subject = 'ander' WHERE what = 'receipt'",
        "UPDATE ledger SET what = 'published' WHERE what = 'removed'",
        "DELETE FROM ledger WHERE num = 3",
        "DELETE FROM ledger WHERE num = (SELECT max(num) FROM ledger)",
        "UPDATE standing SET ledger_hash = zeroblob(32)",
        "UPDATE checkpoint SET at = at + 1",
        "UPDATE receipt SET items = items + 1",
        "UPDATE receipt SET rung = 4 WHERE rung = 1",
    ];
    for change in changes {
        let db = Connection::open(&file).unwrap();
        assert!(db.execute(change, []).unwrap() > 0, "{change}");
        drop(db);
        let found = audit(&stage, &["verify"]);
        assert_eq!(found.code, Some(1), "{change}: {found:?}");
        fs::write(&file, &whole).unwrap();
        for rest in ["state/journal.db-wal", "state/journal.db-shm"] {
            drop(fs::remove_file(stage.path().join(rest)));
        }
    }
    assert_eq!(audit(&stage, &["verify"]).code, Some(0), "as it was");
    let exported = audit(&stage, &["export", "-"]);
    assert_eq!(exported.code, Some(0), "{exported:?}");
    let mut checked = luik(&["audit", "verify", "-"]);
    let checked = crate::embedded::program::run_with(&mut checked, exported.out.as_bytes());
    assert_eq!(checked.code, Some(0), "{checked:?}");
}
