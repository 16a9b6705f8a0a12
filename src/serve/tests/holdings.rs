//! Uploaded holdings.

use std::convert::Infallible;
use std::io::Read;

use axum::body::Bytes;
use futures_util::stream;

use crate::journal::{Channel, Rung};
use crate::model::Sequence;

use super::*;

const PATH: &str = "/v1/partners/wijk/holdings";

impl World {
    /// Uploads these lines in pieces of a few bytes; the answer's lines as id or `upTo`, state and
    /// change number.
    async fn upload(&self, lines: &str) -> (Answer, Vec<(String, u64)>) {
        let pieces: Vec<Result<Bytes, Infallible>> =
            lines.as_bytes().chunks(7).map(|piece| Ok(Bytes::copy_from_slice(piece))).collect();
        let answer = self.post(&[], Body::from_stream(stream::iter(pieces))).await;
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

    async fn post(&self, headers: &[(&str, &str)], body: Body) -> Answer {
        let authorization = format!("Bearer {TOKEN}");
        let own = [("authorization", authorization.as_str())];
        self.send("POST", PATH, (&[&own, headers].concat(), body)).await
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

/// A request that is sent to a router of one's own.
fn request(body: Body) -> Request {
    let request = Request::post(PATH).header("authorization", format!("Bearer {TOKEN}"));
    request.body(body).unwrap()
}

#[tokio::test]
async fn many_items_are_told_once_each() {
    let world = World::new().await;
    let count = 3_000;
    world.publish((1..=count).map(|number: u64| number.to_string())).await;
    let own = |number: u64| world.line(&number.to_string(), number);
    let stranger = |number: u64| world.line(&format!("x{number}"), 1);
    let lines: String =
        (1..=count).map(|n| if n % 2 == 0 { own(n) } else { stranger(n) }).collect();
    let (_, told) = world.upload(&lines.repeat(2)).await;
    let id = |core: String| world.id(&core).to_string();
    let odd = || (1..=count).step_by(2);
    let gone = odd().chain(odd()).map(|n| (format!("deleted {}", id(format!("x{n}"))), count));
    let missing = odd().map(|n| (format!("updated {}", id(n.to_string())), n));
    let end = [("upTo".to_owned(), count)];
    assert!(told.into_iter().eq(gone.chain(missing).chain(end)));
    let page = world.metrics_page();
    for (side, items) in [("extra", count), ("missing", count / 2), ("stale", 0)] {
        let line = format!("divergent_items{{partner=\"wijk\",side=\"{side}\"}} {items}\n");
        assert!(page.contains(&line), "{side}");
    }
    let page = world.metrics_page();
    assert!(page.contains(r#"luik_feed_requests_total{form="holdings",partner="wijk"} "#));
    assert!(!page.contains(r#"luik_feed_requests_total{form="holdings",partner="wijk"} 0"#));
}

#[tokio::test]
async fn what_changes_during_the_upload_is_still_to_come_and_denies_nothing() {
    let world = World::new().await;
    world.publish(["1", "2"].map(str::to_owned)).await;
    let lines = [world.line("1", 1), world.line("2", 2)].concat();
    let (journal, published) = (world.tools.journal.clone(), world.published("3"));
    world.tools.clock.wind(1);
    let body = Body::from_stream(stream::once(async move {
        let changes = vec![Change::Publish(published)];
        journal.append(Batch { changes, ..Batch::default() }).await.unwrap();
        Ok::<_, Infallible>(lines)
    }));
    let answer = world.post(&[], body).await;
    assert_eq!(answer.body, "{\"upTo\":2}\n");
    assert_eq!(world.rung().await, Some(Rung::Reconciled));
    assert_eq!(world.tools.journal.standing(&wijk()).await.unwrap().pull, Sequence::new(2));
}

#[tokio::test]
async fn what_was_held_back_comes_when_the_suspension_is_over() {
    let world = World::new().await;
    world.publish(["1".to_owned()]).await;
    world.agree(Status::Suspended).await;
    let (_, told) = world.upload("").await;
    assert_eq!(told, [("upTo".to_owned(), 1)]);
    world.agree(Status::Active).await;
    let page = world.fetch("/v1/partners/wijk/items?afterChangeNumber=1").await.json();
    assert_eq!(page["items"][0]["id"], world.id("1").to_string());
}

#[tokio::test]
async fn a_partner_that_is_suspended_meanwhile_gets_no_more_and_no_end() {
    let world = World::new().await;
    world.publish((1..=3_000).map(|number: u64| number.to_string())).await;
    let mut body = world.router().oneshot(request(Body::empty())).await.unwrap().into_body();
    assert!(body.frame().await.unwrap().is_ok());
    world.agree(Status::Suspended).await;
    let mut pieces = 1;
    let end = loop {
        match body.frame().await {
            Some(Ok(_)) => pieces += 1,
            end => break end,
        }
    };
    assert!(end.is_some_and(|end| end.is_err()), "it ends in an error");
    assert!(pieces < 12, "{pieces} of twelve");
}

#[tokio::test]
async fn one_comparison_at_a_time_until_its_answer_was_read_or_left() {
    let world = World::new().await;
    world.publish((1..=3_000).map(|number: u64| number.to_string())).await;
    let router = world.router();
    let ask = async |body: Body| router.clone().oneshot(request(body)).await.unwrap();
    let first = ask(Body::empty()).await;
    assert_eq!(first.status(), 200);
    let second = ask(Body::empty()).await;
    assert_eq!(
        (second.status().as_u16(), &second.headers()["retry-after"]),
        (429, &"10".parse().unwrap())
    );
    drop(first);
    let until_free = async |body: fn() -> Body| loop {
        let response = ask(body()).await;
        if response.status() != 429 {
            break response;
        }
        tokio::task::yield_now().await;
    };
    let broken =
        || Body::from_stream(stream::once(async { Err::<Bytes, _>(std::io::Error::other("x")) }));
    assert_eq!(until_free(broken).await.status(), 400);
    assert_eq!(world.rung().await, None);
    let last = until_free(Body::empty).await.into_body().collect().await.unwrap().to_bytes();
    assert!(last.ends_with(b"{\"upTo\":3000}\n"));
    assert_eq!(ask(Body::empty()).await.status(), 200, "at once");
}

#[tokio::test]
async fn an_answer_is_compressed_when_asked_and_an_upload_must_not_be() {
    let world = World::new().await;
    world.publish((1..=500).map(|number: u64| number.to_string())).await;
    for coding in ["gzip", "br", "zstd", "identity, gzip"] {
        let answer = world.post(&[("content-encoding", coding)], Body::empty()).await;
        assert_eq!(answer.status, 415, "{coding}");
        assert_eq!(answer.headers["accept-encoding"], "identity");
    }
    let two = [("content-encoding", "identity"), ("content-encoding", "gzip")];
    assert_eq!(world.post(&two, Body::empty()).await.status, 415);
    let plain = world.post(&[("content-encoding", "Identity")], Body::empty()).await;
    assert!(plain.body.lines().count() == 501 && !plain.headers.contains_key("content-encoding"));
    let mut asked = request(Body::empty());
    asked.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
    let response = world.router().oneshot(asked).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    let coded = response.into_body().collect().await.unwrap().to_bytes();
    let (mut reader, mut text) = (flate2::read::GzDecoder::new(&*coded), String::new());
    reader.read_to_string(&mut text).unwrap();
    assert!(text == plain.body && coded.len() < text.len() / 4);
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_nobody_reads_is_given_up() {
    let world = World::new().await;
    world.publish((1..=3_000).map(|number: u64| number.to_string())).await;
    let router = world.router();
    let ask = async || router.clone().oneshot(request(Body::empty())).await.unwrap();
    let unread = ask().await;
    assert_eq!(ask().await.status(), 429);
    tokio::time::sleep(Duration::from_secs(31 * 60)).await;
    assert_eq!(ask().await.status(), 200);
    assert!(unread.into_body().collect().await.is_err(), "it ends in an error");
}
