//! `luik run` that can not start says which key is at fault.

use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt;

use crate::embedded::program::run;
use crate::embedded::stage::Stage;

#[test]
fn a_port_that_is_taken_is_named_by_its_key() {
    let stage = Stage::new();
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    for (key, variable) in
        [("listen.public", "LUIK__LISTEN__PUBLIC"), ("listen.admin", "LUIK__LISTEN__ADMIN")]
    {
        let ended = run(stage.luik(&["run"]).env(variable, &address));
        assert_eq!(ended.code, Some(1), "{ended:?}");
        let wanted = format!("{key}: can not listen on {address} (address in use)\n");
        assert_eq!(ended.err, wanted);
    }
}

#[test]
fn a_state_folder_that_another_process_uses_is_left_alone() {
    let stage = Stage::new();
    let first = stage.start();
    let ended = run(&mut stage.luik(&["run"]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.err, "state.path: the state folder is in use by another process\n");
    assert_eq!(first.ready().status, 200);
    // What only reads the configuration works beside a running gateway.
    assert_eq!(run(&mut stage.luik(&["check"])).code, Some(0));
    assert_eq!(run(&mut stage.luik(&["source", "check"])).code, Some(0));
}

#[test]
fn the_state_folder_and_the_keys_are_for_their_owner_alone() {
    let stage = Stage::new();
    let gateway = stage.start();
    drop(gateway);
    for (path, mode) in [("state", 0o700), ("secrets/ledger.key", 0o600)] {
        let found = std::fs::metadata(stage.path().join(path)).unwrap().permissions().mode();
        assert_eq!(found & 0o777, mode, "{path}");
    }
}

#[test]
fn a_core_that_is_not_there_yet_keeps_the_gateway_waiting_and_unready() {
    let stage = Stage::new();
    let mut command = stage.luik(&["run"]);
    command.env("LUIK__SOURCE__PATH", stage.path().join("none.db"));
    let gateway = crate::embedded::gateway::Gateway::start(&mut command);
    let ready = gateway.ready();
    assert_eq!(ready.status, 503, "{ready:?}");
    assert!(ready.body.contains("source: "), "{ready:?}");
}
