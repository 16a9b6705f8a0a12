//! Partner files that change under a running gateway.

use std::fs;

use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::sink::Sink;
use crate::embedded::stage::Stage;

/// Rewrites a partner's file.
fn rewrite(stage: &Stage, id: &str, from: &str, to: &str) {
    let file = stage.path().join(format!("partners/{id}.toml"));
    let text = fs::read_to_string(&file).unwrap();
    assert!(text.contains(from), "{from}");
    fs::write(file, text.replace(from, to)).unwrap();
}

#[test]
fn newly_permitted_items_go_to_the_new_endpoint_alone() {
    let (old, new) = (Sink::start("old"), Sink::start("new"));
    let mut stage = Stage::new();
    stage.pushes_to("wijk", &new, "");
    stage.pushes_to("wijk", &old, "");
    rewrite(&stage, "wijk", "[\"*\"]", "[\"GM1680\"]");
    stage.set("SECRET_OF_new", new.secret());
    stage.core.put_all(["a", "b", "c"]);
    let gateway = stage.start();
    eventually("everything is read", || {
        gateway.metric("luik_journal_items{state=\"live\"}") == 3.0
    });
    rewrite(&stage, "wijk", "[\"GM1680\"]", "[\"*\"]");
    rewrite(&stage, "wijk", &old.address().to_string(), &new.address().to_string());
    rewrite(&stage, "wijk", "SECRET_OF_wijk", "SECRET_OF_new");
    gateway.program.signal("-HUP");
    eventually("all arrive", || ["a", "b", "c"].iter().all(|id| new.shows(&public_id(id))));
    assert_eq!(old.pushes().len(), 0, "the old endpoint gets nothing of it");
}

#[test]
fn a_partner_that_holds_something_can_not_be_put_out_of_reach() {
    let sink = Sink::start("wijk");
    let mut stage = Stage::new();
    stage.pushes_to("wijk", &sink, "");
    stage.core.put_all(["a", "b"]);
    let gateway = stage.start();
    eventually("it holds both", || ["a", "b"].iter().all(|id| sink.shows(&public_id(id))));
    rewrite(&stage, "wijk", "status = \"active\"", "status = \"draft\"");
    gateway.program.signal("-HUP");
    eventually("it is refused", || gateway.program.err().contains("may still hold items"));
    stage.core.remove("a");
    eventually("removals go on", || sink.has_dropped(&public_id("a")));
    rewrite(&stage, "wijk", "status = \"draft\"", "status = \"ended\"");
    gateway.program.signal("-HUP");
    eventually("ended takes back the rest", || sink.has_dropped(&public_id("b")));
}
