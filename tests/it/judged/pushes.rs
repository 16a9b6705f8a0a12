//! Real pushes, judged by the libraries of Standard Webhooks and CloudEvents.

use std::collections::BTreeMap;
use std::fs;

use serde_json::json;

use super::{fits, judge};
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::push::{Push, secret};
use crate::embedded::sink::Sink;
use crate::embedded::stage::Stage;

/// A publish and a removal to each of two partners, one of which is rotating its secret.
fn pushed(to: &[&Sink], stage: &Stage) -> Vec<(Push, Push)> {
    let _gateway = stage.start();
    stage.core.put_all(["a", "b", "c"]);
    eventually("all have it", || to.iter().all(|sink| sink.shows(&public_id("b"))));
    stage.core.remove("b");
    eventually("all drop it", || to.iter().all(|sink| sink.has_dropped(&public_id("b"))));
    let of = |sink: &&Sink| {
        let pushes = sink.pushes();
        let removal = pushes.iter().find(|push| push.is_removal()).unwrap().clone();
        let publish = pushes.into_iter().find(|push| !push.is_removal()).unwrap();
        (publish, removal)
    };
    to.iter().map(of).collect()
}

fn verdicts(push: &Push, secret: &str) -> Vec<(Option<i32>, String)> {
    let headers: BTreeMap<_, _> = push.headers.iter().cloned().collect();
    let file = tempfile::NamedTempFile::new().unwrap();
    let text = json!({ "headers": headers, "body": push.body, "secret": secret }).to_string();
    fs::write(file.path(), text).unwrap();
    ["verify_push.py", "verify_push.mjs"]
        .map(|script| judge(script, &[file.path().to_str().unwrap()]))
        .map(|ended| (ended.code, ended.out + &ended.err))
        .to_vec()
}

#[test]
fn publishes_and_removals_pass_with_every_secret_that_is_valid_and_with_no_other() {
    let mut stage = Stage::new();
    let (steady, turning) = (Sink::start("steady"), Sink::start("turning-old"));
    stage.pushes_to("steady", &steady, "");
    let next = secret("turning-new");
    stage.set("NEXT", &next);
    stage.pushes_to("turning", &turning, "");
    let file = stage.path().join("partners/turning.toml");
    let text = fs::read_to_string(&file).unwrap();
    let both = text.replace("secrets = [", "secrets = [{ env = \"NEXT\" }, ");
    fs::write(&file, both).unwrap();
    let pushes = pushed(&[&steady, &turning], &stage);
    let accepted = (Some(0), "accepted: luik.items.changed\n".to_owned());
    let secrets = [vec![steady.secret()], vec![turning.secret(), next.as_str()]];
    for ((publish, removal), secrets) in pushes.iter().zip(&secrets) {
        let signatures = publish.header("webhook-signature").split(' ').count();
        assert_eq!(signatures, secrets.len());
        for push in [publish, removal] {
            fits("event.json", &push.body);
            for secret in secrets {
                assert_eq!(verdicts(push, secret), [accepted.clone(), accepted.clone()]);
            }
        }
    }
    let lease = steady.leases().pop().expect("a lease");
    fits("event.json", &lease.body);
    let accepted = (Some(0), "accepted: luik.lease.renewed\n".to_owned());
    assert_eq!(verdicts(&lease, steady.secret()), [accepted.clone(), accepted]);
    for (code, said) in verdicts(&pushes[0].1, &next) {
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains("refused: signature"), "{said}");
    }
}
