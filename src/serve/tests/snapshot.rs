//! The whole, and where to read on.

use std::io::Read;

use crate::journal::Flag;

use super::*;

const SNAPSHOT: &str = "/v1/partners/wijk/snapshot";

#[tokio::test]
async fn it_holds_what_is_live_and_ends_with_where_to_read_on() {
    let world = World::new().await;
    world.publish((0..2_500).map(|number| format!("item-{number}"))).await;
    world.remove("item-7").await;
    let answer = world.fetch(SNAPSHOT).await;
    assert_eq!(answer.status, 200);
    assert_eq!(answer.headers["content-type"], "application/x-ndjson");
    assert!(answer.headers.contains_key("luik-valid-until"));
    let lines: Vec<Value> =
        answer.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let (last, items) = lines.split_last().unwrap();
    let head = world.tools.journal.head().get();
    assert_eq!((last["upTo"].as_u64(), items.len()), (Some(head), 2_499));
    assert!(items.iter().all(|item| item["state"] == "updated"));
    assert_eq!(world.standing().await.pull_mark.get(), head);
    let next = format!("/v1/partners/wijk/items?afterChangeNumber={head}");
    assert_eq!(world.fetch(&next).await.json()["items"], serde_json::json!([]));
    assert_eq!(world.standing().await.pull.get(), head);
    let page = world.metrics_page();
    assert!(page.contains(r#"luik_delivery_seconds_count{partner="wijk"} 2499"#));
    assert!(page.contains(r#"luik_feed_requests_total{form="snapshot",partner="wijk"} 1"#));
}

#[tokio::test]
async fn what_changes_while_it_is_read_stands_behind_its_end() {
    let world = World::new().await;
    world.publish((0..2_500).map(|number| format!("item-{number}"))).await;
    let request = Request::get(SNAPSHOT).header("authorization", format!("Bearer {TOKEN}"));
    let request = request.body(Body::empty()).unwrap();
    let mut body = world.router().oneshot(request).await.unwrap().into_body();
    let first = body.frame().await.unwrap().unwrap().into_data().unwrap();
    world.remove("item-0").await;
    world.remove("item-2400").await;
    world.publish(["later".to_owned()]).await;
    let rest = body.collect().await.unwrap().to_bytes();
    let text = String::from_utf8([first, rest].concat()).unwrap();
    let holds = |core: &str| text.contains(&world.id(core).to_string());
    assert!(holds("item-0") && !holds("item-2400") && !holds("later"));
    assert!(text.ends_with("{\"upTo\":2500}\n"));
    let page = world.fetch("/v1/partners/wijk/items?afterChangeNumber=2500").await.json();
    let states: Vec<_> = page["items"].as_array().unwrap().iter().map(|i| &i["state"]).collect();
    assert_eq!(states, ["deleted", "deleted", "updated"]);
}

#[tokio::test]
async fn it_is_compressed_when_asked() {
    let world = World::new().await;
    world.publish((0..100).map(|number| format!("item-{number}"))).await;
    let request = Request::get(SNAPSHOT)
        .header("authorization", format!("Bearer {TOKEN}"))
        .header("accept-encoding", "gzip");
    let request = request.body(Body::empty()).unwrap();
    let answer = world.router().oneshot(request).await.unwrap();
    assert_eq!(answer.headers()["content-encoding"], "gzip");
    assert!(answer.headers()["vary"].to_str().unwrap().contains("accept-encoding"));
    let coded = answer.into_body().collect().await.unwrap().to_bytes();
    let mut text = String::new();
    flate2::read::GzDecoder::new(&*coded).read_to_string(&mut text).unwrap();
    assert!(text.ends_with("{\"upTo\":100}\n") && coded.len() * 4 < text.len());
}

#[tokio::test]
async fn while_publishes_are_held_back_there_is_none_and_afterwards_only_its_end() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    world.tools.journal.set_flag(&wijk(), Flag::Paused, true).await.unwrap();
    let answer = world.fetch(SNAPSHOT).await;
    assert_eq!((answer.status, &answer.headers["retry-after"]), (503, &"10".parse().unwrap()));
    world.tools.journal.set_flag(&wijk(), Flag::Paused, false).await.unwrap();
    assert_eq!(world.fetch(SNAPSHOT).await.body.lines().count(), 2);
    world.agree(Status::Suspended).await;
    assert_eq!(world.fetch(SNAPSHOT).await.status, 503);
    world.agree(Status::Ended).await;
    assert_eq!(
        world.fetch(SNAPSHOT).await.body,
        format!("{{\"upTo\":{}}}\n", world.tools.journal.head())
    );
}

#[tokio::test]
async fn what_is_stopped_while_it_is_read_does_not_leave() {
    for is_paused in [true, false] {
        let world = World::new().await;
        world.publish((0..2_500).map(|number| format!("item-{number}"))).await;
        let request = Request::get(SNAPSHOT).header("authorization", format!("Bearer {TOKEN}"));
        let request = request.body(Body::empty()).unwrap();
        let mut body = world.router().oneshot(request).await.unwrap().into_body();
        assert!(body.frame().await.unwrap().is_ok());
        if is_paused {
            world.tools.journal.set_flag(&wijk(), Flag::Paused, true).await.unwrap();
        } else {
            world.agree(Status::Suspended).await;
        }
        assert!(body.frame().await.unwrap().is_err(), "and there is no last line");
        assert!(body.frame().await.is_none());
    }
}
