//! The feed as it moves.

use axum::body::BodyDataStream;
use futures_util::StreamExt;

use crate::journal::Flag;

use super::*;

const STREAM: &str = "/v1/partners/wijk/stream";

/// An open stream.
struct Events {
    status: u16,
    headers: HeaderMap,
    pieces: BodyDataStream,
}

impl Events {
    /// The next piece; none at the end.
    async fn piece(&mut self) -> Option<String> {
        let piece = self.pieces.next().await?.unwrap();
        Some(String::from_utf8(piece.to_vec()).unwrap())
    }

    /// The next piece that is no lease and no comment.
    async fn news(&mut self) -> Option<Vec<Event>> {
        loop {
            let piece = self.piece().await?;
            let events: Vec<Event> = piece.split_terminator("\n\n").filter_map(event).collect();
            if events.iter().any(|event| event.name != "lease") {
                return Some(events);
            }
        }
    }
}

#[derive(Debug, PartialEq)]
struct Event {
    name: String,
    id: Option<u64>,
    data: Value,
}

fn event(text: &str) -> Option<Event> {
    let field = |name: &str| {
        text.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": ").map(str::to_owned))
    };
    let (name, data) = (field("event")?, serde_json::from_str(&field("data")?).unwrap());
    Some(Event { name, id: field("id").map(|id| id.parse().unwrap()), data })
}

impl World {
    async fn follow(&self, path: &str, headers: &[(&str, &str)]) -> Events {
        let mut request = Request::get(path).header("authorization", format!("Bearer {TOKEN}"));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::empty()).unwrap();
        let (head, body) = self.router().oneshot(request).await.unwrap().into_parts();
        let (status, pieces) = (head.status.as_u16(), body.into_data_stream());
        Events { status, headers: head.headers, pieces }
    }

    fn modified(&self, events: &[Event], core_id: &str) -> u64 {
        let id = self.id(core_id).to_string();
        events.iter().find(|event| event.data["id"] == id).unwrap().id.unwrap()
    }
}

fn names(events: &[Event]) -> Vec<&str> {
    events.iter().map(|event| event.name.as_str()).collect()
}

#[tokio::test]
async fn what_is_live_comes_first_then_a_lease_then_what_changes() {
    let world = World::new().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    let mut events = world.follow(STREAM, &[]).await;
    assert_eq!(events.status, 200);
    assert_eq!(events.headers["content-type"], "text/event-stream");
    assert_eq!(events.headers["luik-valid-until"], "2026-06-04T12:00:00Z");
    assert_eq!(events.headers["cache-control"], "private, no-store");
    assert_eq!(events.piece().await.as_deref(), Some("retry: 2000\n\n"));
    let live = events.news().await.unwrap();
    assert_eq!(names(&live), ["updated", "updated"]);
    for event in &live {
        assert_eq!(event.data["modified"].as_u64(), event.id);
        assert_eq!(event.data["data"]["firstName"], "Anna");
    }
    let lease = events.piece().await.unwrap();
    assert!(!lease.contains("id:"), "a lease moves no cursor");
    let lease = event(&lease).unwrap();
    assert_eq!(lease.data["validUntil"], "2026-06-04T12:00:00Z");
    assert_eq!((&lease.data["upTo"], &lease.data["count"]), (&2.into(), &2.into()));
    world.remove("a").await;
    let removed = events.news().await.unwrap();
    assert_eq!(names(&removed), ["deleted"]);
    assert!(removed[0].id > live[1].id && removed[0].data.get("data").is_none());
    assert_eq!(world.standing().await.pull.get(), 0, "nothing is confirmed yet");
    assert_eq!(world.open_removals().await, 1);
    world.publish(["c".to_owned()]).await;
    assert_eq!(names(&events.news().await.unwrap()), ["updated"]);
}

#[tokio::test]
async fn coming_back_goes_on_after_the_last_id_and_confirms_it() {
    let world = World::new().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    let live = {
        let mut events = world.follow(STREAM, &[]).await;
        events.piece().await;
        events.news().await.unwrap()
    };
    world.remove("a").await;
    let last = world.modified(&live, "b").to_string();
    // What the client heard last counts more than its address.
    let path = format!("{STREAM}?afterChangeNumber=0");
    let mut events = world.follow(&path, &[("last-event-id", &last)]).await;
    events.piece().await;
    assert_eq!(names(&events.news().await.unwrap()), ["deleted"]);
    assert_eq!(world.standing().await.pull.get(), 2);
    let path = format!("{STREAM}?afterChangeNumber=1");
    let mut events = world.follow(&path, &[("last-event-id", "")]).await;
    events.piece().await;
    let events = events.news().await.unwrap();
    assert_eq!(names(&events), ["updated", "deleted"]);
    assert_eq!(events[0].id, Some(2));
}

#[tokio::test]
async fn nonsense_as_last_id_is_refused() {
    let world = World::new().await;
    for (path, headers) in [
        (STREAM, &[("last-event-id", "x")][..]),
        (STREAM, &[("last-event-id", "-1")]),
        (STREAM, &[("last-event-id", "9007199254740992")]),
        (STREAM, &[("last-event-id", "1"), ("last-event-id", "1")]),
        ("/v1/partners/wijk/stream?afterChangeNumber=x", &[("last-event-id", "1")]),
        ("/v1/partners/wijk/stream?lastEventId=1", &[]),
    ] {
        assert_eq!(world.follow(path, headers).await.status, 400, "{path} {headers:?}");
    }
}

#[tokio::test]
async fn who_may_have_missed_a_removal_begins_anew() {
    let world = World::new().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    // From another journal, or another time.
    let mut events = world.follow(STREAM, &[("last-event-id", "9000")]).await;
    let greeting = events.piece().await.unwrap();
    let resync = greeting.split_terminator("\n\n").find_map(event).unwrap();
    assert_eq!((resync.name.as_str(), resync.id), ("resync", None));
    assert_eq!(resync.data["snapshot"], format!("{BASE}/v1/partners/wijk/snapshot"));
    assert_eq!(names(&events.news().await.unwrap()), ["updated", "updated"]);
    world.forget_what_was_removed("a").await;
    let mut events = world.follow(STREAM, &[("last-event-id", "1")]).await;
    assert!(events.piece().await.unwrap().contains("event: resync\n"));
    assert_eq!(names(&events.news().await.unwrap()), ["updated"]);
    let last = world.standing().await.pull.to_string();
    let mut events = world.follow(STREAM, &[("last-event-id", &last)]).await;
    assert_eq!(events.piece().await.unwrap(), "retry: 2000\n\n");
}

#[tokio::test]
async fn a_paused_partner_hears_of_removals_alone_and_of_the_rest_afterwards() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    let mut events = world.follow(STREAM, &[]).await;
    events.piece().await;
    events.news().await.unwrap();
    world.tools.journal.set_flag(&wijk(), Flag::Paused, true).await.unwrap();
    world.publish(["b".to_owned()]).await;
    world.remove("a").await;
    let removed = events.news().await.unwrap();
    assert_eq!(names(&removed), ["deleted"]);
    assert_eq!(removed[0].data["id"], world.id("a").to_string());
    world.tools.journal.set_flag(&wijk(), Flag::Paused, false).await.unwrap();
    world.publish(["c".to_owned()]).await;
    let mut held_back = events.news().await.unwrap();
    while held_back.len() < 2 {
        held_back.extend(events.news().await.unwrap());
    }
    let last = |core| held_back.iter().rfind(|e| e.data["id"] == world.id(core).to_string());
    assert!(last("b").is_some_and(|event| event.name == "updated"));
    assert!(last("c").is_some_and(|event| event.name == "updated"));
}

#[tokio::test(start_paused = true)]
async fn what_was_held_back_comes_when_nothing_else_stirs() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    world.tools.journal.begin(&wijk()).await.unwrap();
    let mut events = world.follow(STREAM, &[]).await;
    events.piece().await;
    events.news().await.unwrap();
    world.tools.journal.set_flag(&wijk(), Flag::Paused, true).await.unwrap();
    world.publish(["b".to_owned()]).await;
    while events.piece().await.unwrap() != ":\n\n" {}
    world.tools.journal.set_flag(&wijk(), Flag::Paused, false).await.unwrap();
    let held_back = events.news().await.unwrap();
    assert!(held_back.iter().any(|event| event.data["id"] == world.id("b").to_string()));
}

#[tokio::test]
async fn the_end_of_an_agreement_is_heard_and_that_of_a_token_ends_the_stream() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    let mut events = world.follow(STREAM, &[]).await;
    events.piece().await;
    events.news().await.unwrap();
    world.agree(Status::Ended).await;
    assert_eq!(names(&events.news().await.unwrap()), ["deleted"]);
    let mut other = partner(Status::Active);
    other.pull.as_mut().unwrap().tokens = vec![TokenDigest::of(b"another")];
    world.tools.registry.replace(vec![other]);
    assert!(events.news().await.is_none());
}

#[tokio::test]
async fn a_stream_ends_when_the_process_stops() {
    let world = World::new().await;
    let mut events = world.follow(STREAM, &[]).await;
    events.piece().await;
    world.tools.tasks.begin_drain();
    assert!(events.news().await.is_none());
}

#[tokio::test(start_paused = true)]
async fn silence_is_broken_by_a_comment_and_a_third_of_the_lease_by_another_lease() {
    let world = World::new().await;
    // Paused time does not wait while the journal writes.
    world.tools.journal.begin(&wijk()).await.unwrap();
    let mut events = world.follow(STREAM, &[]).await;
    let began = tokio::time::Instant::now();
    let (mut comments, mut leases) = (0, 0);
    while leases < 3 {
        match events.piece().await.unwrap().as_str() {
            ":\n\n" => comments += 1,
            piece if piece.starts_with("event: lease\n") => leases += 1,
            piece => assert!(piece.starts_with("retry:")),
        }
    }
    let gone = began.elapsed().as_secs();
    assert_eq!(gone / 3_600, 48, "two thirds of 72 hours");
    assert!((gone / 15 - 4..=gone / 15).contains(&comments), "{comments} in {gone} s");
}

#[tokio::test(start_paused = true)]
async fn who_was_told_something_is_let_go_so_that_coming_back_confirms_it() {
    let world = World::new().await;
    world.publish(["a".to_owned()]).await;
    world.tools.journal.begin(&wijk()).await.unwrap();
    let mut events = world.follow(STREAM, &[]).await;
    events.piece().await;
    events.news().await.unwrap();
    let told = tokio::time::Instant::now();
    assert!(events.news().await.is_none());
    assert_eq!(told.elapsed().as_secs(), 450, "half of the time in which it agreed to fetch");
}

#[tokio::test]
async fn streams_leave_room_for_everything_else() {
    let world = World::new().await;
    let router = world.router_at(Rates { connections_max: KEPT_FREE + 2, ..Rates::default() });
    let open = async || {
        let request = Request::get(STREAM).header("authorization", format!("Bearer {TOKEN}"));
        router.clone().oneshot(request.body(Body::empty()).unwrap()).await.unwrap()
    };
    let (first, _second) = (open().await, open().await);
    let refused = open().await;
    assert_eq!(
        (refused.status().as_u16(), &refused.headers()["retry-after"]),
        (429, &"10".parse().unwrap())
    );
    drop(first);
    assert_eq!(open().await.status(), 200);
}
