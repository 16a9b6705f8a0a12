//! `luik receive`: the reference receiver, driven by hand.

use std::net::{SocketAddr, TcpListener};
use std::time::Duration;

use data_encoding::HEXLOWER;
use luik::clock::Clock;
use serde_json::json;
use sha2::{Digest, Sha256};

use crate::embedded::http::{Answer, get, post};
use crate::embedded::program::{Program, luik, run};
use crate::embedded::push::{secret, sign};
use crate::embedded::{SOON, found};

pub(crate) fn start(secrets: &[&str]) -> (Program, SocketAddr) {
    let mut command = luik(&["receive", "--listen", "127.0.0.1:0"]);
    for secret in secrets {
        command.args(["--secret", secret]);
    }
    let program = Program::start(&mut command, b"");
    let address = found("it says where it listens", SOON, || {
        let out = program.out();
        let (_, rest) = out.split_once("http://")?;
        rest.split_once('/')?.0.parse().ok()
    });
    (program, address)
}

pub(crate) fn send(to: SocketAddr, secret: &str, items: &str) -> Answer {
    let time = Clock::system().now().as_second().to_string();
    let body = format!(
        r#"{{"specversion":"1.0","id":"msg-1","source":"https://luik.example","type":"luik.items.changed","data":{{"items":[{items}]}}}}"#
    );
    let signature = sign(secret, "msg-1", &time, &body);
    let headers = [
        ("webhook-id", "msg-1"),
        ("webhook-timestamp", time.as_str()),
        ("webhook-signature", signature.as_str()),
        ("content-type", "application/cloudevents+json"),
    ];
    post(to, "/luik", &headers, body.as_bytes())
}

pub(crate) const ITEM: &str = r#"{"state":"updated","kind":"offer","id":"aaa","modified":7,"data":{"firstName":"Anna","region":{"code":"GM0119","name":"Meppel"},"title":"Samen wandelen","text":"Gezellig","published":"2026-01-02","url":"https://luik.example/r/wijk/aaa"}}"#;
const GONE: &str = r#"{"state":"deleted","kind":"offer","id":"aaa","modified":8}"#;

#[test]
fn it_verifies_shows_takes_away_and_answers_with_its_digest() {
    let (old, new) = (secret("old"), secret("new"));
    let (mut program, address) = start(&[&old, &new]);
    let refused = send(address, &secret("stranger"), ITEM);
    assert_eq!(refused.status, 401, "{refused:?}");
    assert_eq!(get(address, "/items").json(), json!([]));
    let digest = HEXLOWER.encode(&Sha256::digest("aaa:7"));
    for secret in [&old, &new] {
        let taken = send(address, secret, ITEM);
        assert_eq!(taken.status, 200, "{taken:?}");
        let wanted = json!({ "confirmed": ["aaa"], "rejected": [], "digest": digest });
        assert_eq!(taken.json(), wanted);
    }
    assert_eq!(get(address, "/digest").json()["digest"], json!(digest));
    let page = get(address, "/").body;
    assert!(page.contains("Samen wandelen") && page.contains("Meppel"), "{page}");
    let gone = send(address, &new, GONE);
    assert_eq!(gone.json()["digest"], json!("0".repeat(64)));
    assert!(!get(address, "/").body.contains("Samen wandelen"));
    program.signal("-TERM");
    let ended = program.ended(Duration::from_secs(10));
    assert_eq!((ended.code, ended.err.as_str()), (Some(0), ""), "{ended:?}");
}

#[test]
fn what_it_can_not_start_with_is_told() {
    let wrong = run(&mut luik(&["receive", "--listen", "127.0.0.1:0", "--secret", "geheim"]));
    assert_eq!(wrong.code, Some(2), "{wrong:?}");
    assert!(wrong.err.starts_with("--secret: ") && !wrong.err.contains("geheim"), "{wrong:?}");
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let ended = run(&mut luik(&["receive", "--listen", &address, "--secret", &secret("s")]));
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert_eq!(ended.err, format!("--listen {address}: address in use\n"));
    let ended = run(&mut luik(&["receive", "--listen", "hier", "--secret", &secret("s")]));
    assert_eq!(ended.code, Some(2), "{ended:?}");
}
