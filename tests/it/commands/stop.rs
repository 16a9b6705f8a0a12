//! Signals: the first drains within ten seconds whatever partners do, a second one aborts.

use std::time::Duration;

use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;

const TEN_SECONDS: Duration = Duration::from_secs(10);
const AT_ONCE: Duration = Duration::from_secs(3);

/// A gateway that waits for the answer of a partner that hangs.
fn hanging() -> (Stage, Gateway, Sink) {
    let mut stage = Stage::new();
    let sink = Sink::start("deaf");
    stage.pushes_to("deaf", &sink, "timeout = \"60s\"");
    sink.behave(|_| Reply::Hang);
    stage.core.put("a");
    let gateway = stage.start();
    eventually("a push hangs", || !sink.pushes().is_empty());
    (stage, gateway, sink)
}

#[test]
fn term_ends_it_within_ten_seconds_while_a_partner_hangs() {
    let (stage, mut gateway, sink) = hanging();
    let ended = gateway.stop("-TERM", TEN_SECONDS);
    assert_eq!(ended.code, Some(0), "{ended:?}");
    // What was not accepted comes again after a restart.
    sink.behave(|_| Reply::Take);
    let _again = stage.start();
    eventually("the item arrives", || sink.shows(&public_id("a")));
}

#[test]
fn int_ends_it_within_ten_seconds_while_a_partner_hangs() {
    let (_stage, mut gateway, _sink) = hanging();
    let ended = gateway.stop("-INT", TEN_SECONDS);
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_second_signal_drops_what_is_open_at_once() {
    for second in ["-TERM", "-INT"] {
        let (_stage, mut gateway, _sink) = hanging();
        gateway.program.signal("-TERM");
        eventually("it drains", || gateway.program.err().contains("draining"));
        assert!(gateway.program.is_running());
        let ended = gateway.stop(second, AT_ONCE);
        assert_eq!(ended.code, Some(1), "{ended:?}");
        assert!(ended.err.ends_with("not everything could be finished\n"), "{ended:?}");
    }
}

#[test]
fn with_nothing_open_it_ends_at_once() {
    let stage = Stage::new();
    let mut gateway = stage.start();
    let ended = gateway.stop("-TERM", AT_ONCE);
    assert_eq!((ended.code, ended.out.as_str()), (Some(0), ""), "{ended:?}");
}
