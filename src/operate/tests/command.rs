//! Commands of the operator.

use crate::journal::{Batch, Change, Channel, Enrolment};
use crate::minimise::{CoreId, Verdict, minimise};
use crate::model::{Kind, RegionSet, Sequence};
use crate::partner::Scope;

use super::*;

/// A world in which one item was published and may have been pushed to this partner.
async fn world() -> (World, PartnerId) {
    let world = World::new(Ok(reloaded(3)));
    let partner = world.tools.registry.current().keys().next().unwrap().clone();
    let journal = &world.tools.journal;
    let scope = Scope::new(&Kind::ALL, RegionSet::everything());
    let enrolment =
        Enrolment { partner: partner.clone(), scope, agreement: "sha256:0".into(), terms: None };
    journal.enrol(vec![enrolment]).await.unwrap();
    journal.append(Batch { changes: vec![published(&world)], ..Batch::default() }).await.unwrap();
    journal.mark(&partner, Channel::Push, Sequence::new(1)).await.unwrap();
    (world, partner)
}

fn published(world: &World) -> Change {
    let row = r#"{"id":"kern-1","author_id":"persoon-1","kind":"request","first_name":"Anna",
        "region_code":"GM0119","region_name":"Meppel","title":"Tuin","body":"Hulp","language":null,
        "url":"https://plein.example/1","published_at":"2026-05-01T12:00:00Z","expires_at":null,
        "share":true,"approved":null,"visibility":"public","of_age":true,"withhold":[]}"#;
    let row = crate::source::row(row).unwrap();
    match minimise(&row, &world.tools.policy, world.tools.clock.now()) {
        Verdict::Publish(item, _) => Change::Publish(item),
        Verdict::Withhold(reason) => panic!("{}", reason.as_str()),
    }
}

#[tokio::test]
async fn commands_are_carried_out_and_shown_with_their_reasons() {
    let (world, partner) = world().await;
    let path = |command: &str| format!("/admin/v1/partners/{partner}/{command}");
    let body = r#"{"by":"Beheer","reason":"storing"}"#;
    let (status, done) = world.command("POST", &path("pause"), body).await;
    assert_eq!((status, &done), (200, &json!({"action": 1, "partner": partner.as_str()})));
    let (_, one) = world.command("GET", &format!("/admin/v1/partners/{partner}"), "").await;
    assert_eq!((&one["status"], &one["mayHold"]), (&json!("paused"), &json!(true)));
    let action = &one["actions"][0];
    assert_eq!((&action["deed"], &action["by"]), (&json!("pause"), &json!("Beheer")));
    assert_eq!(action["reason"], "storing");
    for command in ["resume", "resync", "end"] {
        let (status, _) = world.command("POST", &path(command), "").await;
        assert_eq!(status, 200, "{command}");
    }
    let (_, all) = world.command("GET", "/admin/v1/partners", "").await;
    assert_eq!(all.as_array().unwrap().len(), 3);
    assert_eq!(all[0]["actions"][0]["reason"], "not given");
}

#[tokio::test]
async fn an_item_or_an_author_is_taken_away_and_its_progress_is_told() {
    let (world, partner) = world().await;
    let retract = async |body: &str| world.command("POST", "/admin/v1/retractions", body).await;
    let (status, done) = retract(r#"{"author":"persoon-1","reason":"op verzoek"}"#).await;
    assert_eq!((status, done), (200, json!({"action": 1, "items": 1})));
    let (_, progress) = world.command("GET", "/admin/v1/retractions/1", "").await;
    let owed = json!({"partner": partner.as_str(), "channel": "push", "items": 1, "open": 1});
    assert_eq!(progress, json!({"action": 1, "open": 1, "partners": [owed]}));
    let (_, done) = retract(r#"{"item":"kern-1","reason":"nogmaals"}"#).await;
    assert_eq!(done, json!({"action": 2, "items": 1}));
    let id = world.tools.policy.public_id(&CoreId::new("kern-1"));
    let again = Batch { changes: vec![published(&world)], ..Batch::default() };
    assert_eq!(world.tools.journal.append(again).await.unwrap().published, 0);
    assert_eq!(world.tools.journal.counts().live, 0, "{id}");
}

#[tokio::test]
async fn a_command_that_can_not_be_meant_is_refused() {
    let (world, partner) = world().await;
    for (method, path, body, status) in [
        ("POST", "/admin/v1/partners/niemand/pause", "", 404),
        ("POST", &format!("/admin/v1/partners/{partner}/explode"), "", 404),
        ("POST", &format!("/admin/v1/partners/{partner}/pause"), "7", 400),
        ("POST", &format!("/admin/v1/partners/{partner}/pause"), r#"{"resaon":"x"}"#, 400),
        ("POST", &format!("/admin/v1/partners/{partner}/close"), r#"{"reason":"x"}"#, 400),
        ("POST", "/admin/v1/retractions", r#"{"item":"1"}"#, 400),
        ("POST", "/admin/v1/retractions", r#"{"item":"1","reason":" "}"#, 400),
        ("POST", "/admin/v1/retractions", r#"{"reason":"x"}"#, 400),
        ("POST", "/admin/v1/retractions", r#"{"item":"1","author":"2","reason":"x"}"#, 400),
        ("GET", "/admin/v1/retractions/99", "", 404),
        ("GET", "/admin/v1/retractions/x", "", 404),
    ] {
        let (answer, _) = world.command(method, path, body).await;
        assert_eq!(answer, status, "{method} {path} {body}");
    }
}
