//! What the gateway says of itself is right in form, and is how it behaves: judged by Spectral, by a
//! JSON Schema library and by schemathesis, on a running gateway with data.

use serde_json::Value;

use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::{Answer, get, post, try_get};
use crate::embedded::sink::Sink;
use crate::embedded::stage::Stage;
use crate::judged::{fits, judge, judge_with};

/// A gateway with forty items live and ten taken back, and the token of its pull partner.
fn stage() -> (Stage, Gateway, String) {
    let mut stage = Stage::new();
    stage.configure("[serve]\ntoken_per_second = 10000\ntoken_burst = 10000\naddress_per_second = 10000\n");
    let token = stage.pulled_by("voorbeeldwijk");
    let gateway = stage.start();
    let ids: Vec<String> = (0..50).map(|number| format!("item-{number}")).collect();
    stage.core.put_all(ids.iter().map(String::as_str));
    let live = |state: &str| gateway.metric(&format!("luik_journal_items{{state=\"{state}\"}}"));
    eventually("all are there", || live("live") == 50.0);
    stage.core.at_once(|| ids.iter().step_by(5).for_each(|id| stage.core.remove(id)));
    eventually("some are gone", || live("removed") == 10.0);
    (stage, gateway, token)
}

fn spectral_finds_nothing(kind: &str, description: &str) {
    let file = tempfile::NamedTempFile::with_suffix(".json").unwrap();
    std::fs::write(file.path(), description).unwrap();
    let judged = judge("describe.mjs", &[kind, file.path().to_str().unwrap()]);
    assert_eq!((judged.code, judged.out.as_str()), (Some(0), "accepted\n"), "{}", judged.err);
}

#[test]
fn every_description_is_served_right_in_form_and_kept_until_it_changes() {
    let (_stage, gateway, _) = stage();
    let openapi = get(gateway.public, "/v1/openapi.json");
    spectral_finds_nothing("openapi", &openapi.body);
    let asyncapi = get(gateway.public, "/schemas/asyncapi.json");
    spectral_finds_nothing("asyncapi", &asyncapi.body);
}

#[test]
fn the_gateway_answers_as_it_says_it_does() {
    let (_stage, gateway, token) = stage();
    let id = public_id("item-1");
    let config = format!(
        "[dictionaries]\npartner = {{ values = [\"voorbeeldwijk\"] }}\nid = {{ values = [\"{id}\"] }}\n\
         [parameters]\n\"path.partner\" = {{ dictionary = \"partner\", probability = 0.9 }}\n\
         \"path.id\" = {{ dictionary = \"id\", probability = 0.5 }}\n"
    );
    let url = format!("http://{}", gateway.public);
    let authorization = format!("Bearer {token}");
    let more = [("AUTHORIZATION", authorization.as_str()), ("CONFIG", &config)];
    let judged = judge_with("contract.py", &[&url, "--max-redirects", "0", "--exclude-path-regex", "/(stream|snapshot)$|^/feeds"], &more);
    assert_eq!(judged.code, Some(0), "{}", judged.err);
    println!("{}", judged.out);
}
