//! Uploaded holdings.

use axum::body::Bytes;

use crate::journal::{Channel, Rung};
use crate::model::Sequence;

use super::*;

impl World {
    /// Uploads these lines in pieces of a few bytes; the answer's lines as id or `upTo`, state and
    /// change number.
    async fn upload(&self, lines: &str) -> (Answer, Vec<(String, u64)>) {
        let pieces: Vec<Result<Bytes, std::convert::Infallible>> =
            lines.as_bytes().chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        let authorization = format!("Bearer {TOKEN}");
        let headers = [("authorization", authorization.as_str())];
        let path = "/v1/partners/wijk/holdings";
        let answer = self.send("POST", path, (&headers, body)).await;
        let read = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap();
            match line["upTo"].as_u64() {
                Some(up_to) => ("upTo".to_owned(), up_to),
                None => {
                    let state = line["state"].as_str().unwrap();
                    let id = line["id"].as_str().unwrap();
                    assert_eq!(line.get("data").is_some(), state == "updated");
                    (format!("{state} {id}"), line["modified"].as_u64().unwrap())
                }
            }
        };
        let told =
            if answer.status == 200 { answer.body.lines().map(read).collect() } else { vec![] };
        (answer, told)
    }

    fn line(&self, core: &str, modified: u64) -> String {
        format!("{{\"id\":\"{}\",\"modified\":{modified}}}\n", self.id(core))
    }

    async fn rung(&self) -> Option<Rung> {
        self.tools.journal.proven(&wijk()).await.unwrap().last().map(|proven| proven.rung)
    }
}

#[tokio::test]
async fn what_must_go_is_stale_or_missing_is_told_and_nothing_else() {
    let world = World::new().await;
    world.publish(["1", "2", "3", "4"].map(str::to_owned)).await;
    world.remove("1").await;
    world.tools.clock.wind(1);
    let lines = [world.line("1", 1), world.line("2", 2), world.line("3", 1), world.line("9", 70)];
    let (answer, told) = world.upload(&lines.concat()).await;
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    assert_eq!(answer.headers["luik-valid-until"], "2026-06-04T12:00:00Z");
    let id = |core: &str| world.id(core).to_string();
    let expected = [
        (format!("deleted {}", id("1")), 5),
        (format!("deleted {}", id("9")), 71),
        (format!("updated {}", id("3")), 3),
        (format!("updated {}", id("4")), 4),
        ("upTo".to_owned(), 5),
    ];
    assert_eq!(told, expected);
    assert_eq!(world.rung().await, None, "nothing is proven");
    assert!(
        world
            .metrics_page()
            .contains(r#"luik_reconcile_divergent_items{partner="wijk",side="extra"} 2"#)
    );
    let lines = [world.line("4", 4), "\n".to_owned(), world.line("2", 2), world.line("3", 3)];
    let (_, told) = world.upload(lines.concat().trim_end()).await;
    assert_eq!(told, [("upTo".to_owned(), 5)]);
    assert_eq!(world.rung().await, Some(Rung::Reconciled));
    let standing = world.tools.journal.standing(&wijk()).await.unwrap();
    assert_eq!((standing.pull, standing.pull_mark), (Sequence::new(5), Sequence::new(5)));
    assert_eq!(standing.mark(Channel::Pull), Sequence::new(5));
}

#[tokio::test]
async fn while_suspended_only_removals_are_told() {
    let world = World::new().await;
    world.publish(["1", "2"].map(str::to_owned)).await;
    world.remove("1").await;
    world.agree(Status::Suspended).await;
    let (answer, told) = world.upload(&world.line("1", 1)).await;
    assert!(answer.headers.get("luik-valid-until").is_none());
    assert_eq!(told, [(format!("deleted {}", world.id("1")), 3), ("upTo".to_owned(), 3)]);
}

#[tokio::test]
async fn a_line_that_is_none_is_refused_and_proves_nothing() {
    let world = World::new().await;
    let long = format!("{{\"id\":\"{}\",\"modified\":1}}", "a".repeat(2_000));
    for bad in ["x", "{}", "[1]", r#"{"id":"kort","modified":1}"#, r#"{"id":1}"#, long.as_str()] {
        let (answer, _) = world.upload(&format!("{}{bad}\n", world.line("1", 1))).await;
        assert_eq!(answer.status, 400, "{bad}");
    }
    let wrong = [("authorization", "Bearer wrong")];
    let answer = world.send("POST", "/v1/partners/wijk/holdings", (&wrong, Body::empty())).await;
    assert_eq!(answer.status, 401);
    let right = format!("Bearer {TOKEN}");
    let right = [("authorization", right.as_str())];
    let answer =
        world.send("POST", "/v1/partners/wijk/holdings?x=1", (&right, Body::empty())).await;
    assert_eq!(answer.status, 400);
    assert_eq!(world.ask("GET", "/v1/partners/wijk/holdings", &right).await.status, 405);
}
