//! What an operator does to a running gateway, by the commands of the binary.

use std::process::Command;

use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::program::{Ended, run};
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;

const TOKEN: &str = "geheim-van-het-beheer-0123456789";

/// A stage whose gateway takes commands.
fn stage() -> Stage {
    let mut stage = Stage::new();
    let text = std::fs::read_to_string(stage.config()).unwrap();
    let admin = "admin = \"127.0.0.1:0\"";
    let text = text.replace(admin, &format!("{admin}\nadmin_token = {{ env = \"ADMIN_TOKEN\" }}"));
    std::fs::write(stage.config(), text).unwrap();
    stage.set("ADMIN_TOKEN", TOKEN);
    stage
}

/// The gateway of this stage; its health is asked for with the token.
fn start(stage: &Stage) -> Gateway {
    let gateway = Gateway::start(&mut stage.luik(&["run"]));
    eventually("it listens", || gateway.program.err().contains("connected to the core"));
    gateway
}

fn command(stage: &Stage, gateway: &Gateway, arguments: &[&str]) -> Command {
    let mut command = stage.luik(arguments);
    command.env("LUIK__LISTEN__ADMIN", gateway.admin.to_string());
    command
}

fn done(stage: &Stage, gateway: &Gateway, arguments: &[&str]) -> Ended {
    let ended = run(&mut command(stage, gateway, arguments));
    assert_eq!(ended.code, Some(0), "{arguments:?}: {ended:?}");
    ended
}

#[test]
fn a_pause_stops_publishes_and_no_removal_and_is_kept() {
    let sink = Sink::start("wijk");
    let mut stage = stage();
    stage.pushes_to("wijk", &sink, "");
    stage.core.put_all(["a", "b"]);
    let gateway = start(&stage);
    eventually("both arrive", || sink.shown().len() == 2);
    done(&stage, &gateway, &["partner", "pause", "wijk", "--reason", "storing"]);
    stage.core.put("c");
    stage.core.remove("a");
    eventually("the removal arrives", || sink.has_dropped(&public_id("a")));
    let list = done(&stage, &gateway, &["partner", "list"]).out;
    let line = list.lines().find(|line| line.starts_with("wijk")).unwrap();
    assert!(line.contains("paused") && list.starts_with("PARTNER"), "{list}");
    drop(gateway);
    let gateway = start(&stage);
    stage.core.remove("b");
    eventually("removals go on", || sink.has_dropped(&public_id("b")));
    assert!(!sink.shows(&public_id("c")));
    done(&stage, &gateway, &["partner", "resume", "wijk"]);
    eventually("publishes go on", || sink.shows(&public_id("c")));
    let before = sink.held(&public_id("c")).unwrap().item.modified;
    done(&stage, &gateway, &["partner", "resync", "wijk"]);
    eventually("it comes anew", || sink.held(&public_id("c")).unwrap().item.modified > before);
    let removed = public_id("a");
    assert!(sink.has_dropped(&removed) && !sink.shows(&removed));
}

#[test]
fn an_emergency_removal_outlives_restart_and_republication() {
    let (sink, slow) = (Sink::start("wijk"), Sink::start("traag"));
    let mut stage = stage();
    stage.pushes_to("wijk", &sink, "");
    stage.pushes_to("traag", &slow, "");
    stage.core.put_all(["a", "b", "c"]);
    let gateway = start(&stage);
    eventually("all arrive", || sink.shown().len() == 3 && slow.shown().len() == 3);
    slow.behave(|_| Reply::Fail(503, String::new()));
    let item = ["retract", "--item", "a", "--reason", "spoed", "--by", "FG", "--wait", "1s"];
    let ended = run(&mut command(&stage, &gateway, &item));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(ended.err.contains("1 of 2 partners done; open: traag (push)"), "{ended:?}");
    assert!(sink.has_dropped(&public_id("a")));
    slow.behave(|_| Reply::Take);
    stage.core.edit("a", "Terug van weggeweest");
    drop(gateway);
    let gateway = start(&stage);
    let item = ["retract", "--item", "a", "--reason", "nogmaals"];
    let ended = done(&stage, &gateway, &item);
    assert!(ended.out.contains("from every partner"), "{ended:?}");
    let person = author_of(&stage, "b");
    done(&stage, &gateway, &["retract", "--author", &person, "--reason", "op verzoek"]);
    eventually("everything of the person is gone", || sink.has_dropped(&public_id("b")));
    stage.core.edit("a", "Weer");
    stage.core.edit("b", "Weer");
    stage.core.put("d");
    eventually("others come", || sink.shows(&public_id("d")));
    for gone in ["a", "b"] {
        assert!(!sink.shows(&public_id(gone)) && !slow.shows(&public_id(gone)), "{gone}");
    }
}

fn author_of(stage: &Stage, id: &str) -> String {
    let db = rusqlite::Connection::open(stage.path().join("core.db")).unwrap();
    db.query_row("SELECT author_id FROM item WHERE id = ?1", [id], |row| row.get(0)).unwrap()
}

#[test]
fn an_ended_agreement_is_certified_when_everything_is_back() {
    let sink = Sink::start("wijk");
    let mut stage = stage();
    stage.pushes_to("wijk", &sink, "");
    stage.core.put_all(["a", "b"]);
    let gateway = start(&stage);
    eventually("both arrive", || sink.shown().len() == 2);
    let end = ["partner", "end", "wijk", "--reason", "opgezegd", "--by", "FG"];
    let ended = done(&stage, &gateway, &end);
    assert!(sink.shown().is_empty());
    for line in ["CERTIFICATE OF REMOVAL", "OVK-2026-014", "by FG: opgezegd", "accepted"] {
        assert!(ended.out.contains(line), "{line}: {}", ended.out);
    }
    gateway.program.signal("-HUP");
    eventually("it is read again", || gateway.program.err().contains("were read again"));
    stage.core.put("c");
    let list = done(&stage, &gateway, &["partner", "list"]).out;
    assert!(list.contains("ended"), "{list}");
    drop(gateway);
    let gateway = start(&stage);
    stage.core.put("d");
    assert!(sink.shown().is_empty());
    let gone = ["partner", "end", "wijk", "--reason", "x", "--by", "FG", "--close"];
    assert!(done(&stage, &gateway, &gone).out.contains("By hand"));
}

#[test]
fn without_a_gateway_commands_say_so_and_lists_go_on() {
    let sink = Sink::start("wijk");
    let mut stage = stage();
    stage.pushes_to("wijk", &sink, "");
    for arguments in [
        vec!["partner", "pause", "wijk"],
        vec!["partner", "end", "wijk"],
        vec!["retract", "--item", "a", "--reason", "x"],
    ] {
        let ended = run(stage.luik(&arguments).env("LUIK__LISTEN__ADMIN", "127.0.0.1:9"));
        assert_eq!(ended.code, Some(1), "{arguments:?}");
        assert!(ended.err.contains("no gateway answers on 127.0.0.1:9"), "{ended:?}");
    }
    let mut gateway = start(&stage);
    let unknown = run(&mut command(&stage, &gateway, &["partner", "pause", "niemand"]));
    assert_eq!(unknown.code, Some(2), "{unknown:?}");
    assert_eq!(gateway.stop("-TERM", std::time::Duration::from_secs(10)).code, Some(0));
    let list = run(&mut stage.luik(&["partner", "list"]));
    assert!(
        list.out.lines().any(|line| line.starts_with("wijk") && line.contains(" 0 ")),
        "{list:?}"
    );
    drop(start(&stage)); // killed
    let list = run(&mut stage.luik(&["partner", "list"]));
    assert!(list.code == Some(0) && list.out.contains("active"), "{list:?}");
    let both = ["retract", "--item", "a", "--author", "b", "--reason", "x"];
    assert_eq!(run(&mut stage.luik(&both)).code, Some(2));
    assert_eq!(run(&mut stage.luik(&["retract", "--item", "a"])).code, Some(2));
}
