//! The metrics page is honest when things are bad: after a restart, without a core, without a file.

use std::fs;
use std::thread;
use std::time::Duration;

use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::try_get;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;

fn of(gateway: &Gateway, name: &str, partner: &str) -> f64 {
    gateway.metric(&format!("{name}{{partner=\"{partner}\"}}"))
}

const LEASE: &str = "luik_lease_valid_until_timestamp_seconds";

/// A gateway with a removal that a partner refuses, killed.
fn killed_with_a_removal_open(stage: &mut Stage, sink: &Sink) {
    stage.pushes_to("wijk", sink, "");
    let mut gateway = stage.start();
    stage.core.put("a");
    eventually("it is shown", || sink.shown().len() == 1);
    eventually("a lease", || of(&gateway, LEASE, "wijk") > 0.0);
    sink.behave(|_| Reply::Fail(500, String::new()));
    stage.core.remove("a");
    eventually("it is open", || gateway.removals_open("wijk") > 0.0);
    gateway.stop("-KILL", Duration::from_secs(10));
}

#[test]
fn the_first_page_after_a_crash_says_what_is_open_and_how_long_and_until_when_it_may_be_shown() {
    let mut stage = Stage::new();
    let sink = Sink::start("wijk");
    killed_with_a_removal_open(&mut stage, &sink);
    thread::sleep(Duration::from_millis(1_500));
    let gateway = Gateway::start(&mut stage.luik(&["run"]));
    let page = gateway.metrics();
    let value = |series: &str| -> f64 {
        let line = page.lines().find_map(|line| line.strip_prefix(series));
        line.unwrap().trim().parse().unwrap()
    };
    assert!(value("luik_removals_open{partner=\"wijk\"}") > 0.0);
    assert!(value("luik_removal_oldest_open_seconds{partner=\"wijk\"}") >= 1.5, "{page}");
    assert!(value("luik_lease_valid_until_timestamp_seconds{partner=\"wijk\"}") > 1.7e9);
    assert!(value("luik_state_free_bytes") > 0.0 && value("luik_state_used_bytes") > 0.0);
}

#[test]
fn what_is_open_at_a_partner_without_a_file_is_shown_and_late_at_once() {
    let mut stage = Stage::new();
    let sink = Sink::start("wijk");
    killed_with_a_removal_open(&mut stage, &sink);
    fs::remove_file(stage.path().join("partners/wijk.toml")).unwrap();
    let gateway = stage.start();
    assert!(gateway.removals_open("wijk") > 0.0);
    assert!(gateway.oldest_open("wijk") > of(&gateway, "luik_removal_promise_seconds", "wijk"));
    assert_eq!(gateway.metric("luik_reload_refused"), 1.0);
    assert!(gateway.is_in_state("wijk", "ended"));
}

#[test]
fn a_core_that_can_not_be_followed_shows_and_the_lag_grows() {
    let stage = Stage::new();
    let gateway = stage.start();
    assert_eq!(gateway.metric("luik_source_connected"), 1.0);
    stage
        .core
        .run("DROP VIEW syndication_item; INSERT INTO syndication_change (item_id) VALUES ('a')");
    eventually("it shows", || gateway.metric("luik_source_connected") == 0.0);
    let lag = gateway.metric("luik_source_lag_seconds");
    eventually("it grows", || gateway.metric("luik_source_lag_seconds") > lag + 0.5);
}

#[test]
fn refused_files_show_and_who_leaves_takes_its_series_along() {
    let mut stage = Stage::new();
    let sink = Sink::start("wijk");
    stage.pushes_to("wijk", &sink, "");
    stage.set("SECRET_OF_weg", "token-of-weg-0123456789");
    let dated =
        "[pull]\ntokens = [{ env = \"SECRET_OF_weg\", expires = 2027-01-31 }]\nevery = \"1m\"\n";
    stage.partner("weg", dated);
    let gateway = stage.start();
    assert_eq!(of(&gateway, "luik_secret_expires_timestamp_seconds", "weg"), 1_801_440_000.0);
    assert_eq!(of(&gateway, "luik_secret_expires_timestamp_seconds", "wijk"), 0.0);
    stage.partner("weg", "[pull]\n");
    gateway.program.signal("-HUP");
    eventually("it shows", || gateway.metric("luik_reload_refused") == 1.0);
    fs::remove_file(stage.path().join("partners/weg.toml")).unwrap();
    gateway.program.signal("-HUP");
    eventually("it is over", || gateway.metric("luik_reload_refused") == 0.0);
    let page = gateway.metrics();
    assert!(!page.contains("partner=\"weg\"") && page.contains("partner=\"wijk\""));
}

#[test]
fn the_lease_of_a_partner_that_fetches_is_known_after_a_restart() {
    let mut stage = Stage::new();
    let token = stage.pulled_by("haalt");
    let mut gateway = stage.start();
    let bearer = format!("Bearer {token}");
    let fetched =
        try_get(gateway.public, "/v1/partners/haalt/items", &[("authorization", &bearer)]);
    assert_eq!(fetched.map(|answer| answer.status), Some(200));
    let until = of(&gateway, LEASE, "haalt");
    assert!(until > 1.7e9);
    // It is stored within two seconds.
    thread::sleep(Duration::from_secs(4));
    gateway.stop("-KILL", Duration::from_secs(10));
    let gateway = Gateway::start(&mut stage.luik(&["run"]));
    assert_eq!(of(&gateway, LEASE, "haalt"), until);
}
