//! When an upstream is silent.

use super::*;

fn from_luik(id: &str, modified: u64) -> Json {
    let data = json!({
        "firstName": "Anna", "region": {"code": "GM0119", "name": "Meppel"},
        "title": format!("{id} {modified}"), "text": "Tuin", "published": "2026-05-01",
        "url": "https://luik.example/r/p/x",
    });
    json!({"state": "updated", "kind": "offer", "id": id, "modified": modified, "data": data})
}

#[tokio::test]
async fn when_the_lease_ends_in_silence_everything_goes_and_comes_back() {
    let mut server = Server::start(vec![from_luik("a", 1), from_luik("b", 2)]).await;
    server.settings.shape = HttpShape::Luik;
    server.script().lease = Some("2026-06-01T01:00:00Z");
    let mut gateway = server.settled().await;
    assert_eq!(gateway.shown.len(), 2);
    server.instead(503, &[], "");
    while gateway.hear(Duration::from_secs(5)).await.is_ok() {}
    server.clock.wind(3_599_999);
    assert!(gateway.connect().await.is_err());
    assert_eq!(gateway.shown.len(), 2);
    server.clock.wind(1);

    // This process takes it away, and one that starts in the silence does so as well.
    let mut other = server.source();
    other.connect(gateway.stored.clone()).await.unwrap();
    assert!(matches!(other.next().await, Ok(Signal::Doubt { .. })));
    gateway.connect().await.unwrap();
    assert!(gateway.hear(Duration::from_secs(5)).await.unwrap());
    assert_eq!(gateway.doubts, ["the upstream's lease has ended"]);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shown.len(), 0);
    assert!(gateway.hear(Duration::from_secs(5)).await.is_err(), "it is not connected");
    assert!(gateway.connect().await.is_err());
    let mut late = server.gateway(gateway.stored.clone()).await;
    late.hear(Duration::from_secs(5)).await.unwrap();
    assert_eq!(late.doubts, ["the upstream's lease has ended"]);

    server.script().instead = None;
    server.says(vec![from_luik("a", 1), gone("b", 3)]);
    assert!(gateway.connect().await.is_err(), "what speaks without a lease is silent");
    server.script().lease = Some("2026-06-01T02:00:00Z");
    for mut gateway in [gateway, late] {
        gateway.doubts.clear();
        gateway.connect().await.unwrap();
        gateway.settle().await;
        assert_eq!(gateway.doubts, ["the upstream is back after its lease had ended"]);
        assert_eq!(gateway.shows(), ["a 1"]);
    }
}

#[tokio::test]
async fn an_upstream_that_answers_but_renews_no_lease_is_silent() {
    let mut server = Server::start(vec![from_luik("a", 1)]).await;
    server.settings.shape = HttpShape::Luik;
    server.script().lease = Some("2026-06-01T01:00:00Z");
    let mut gateway = server.settled().await;
    server.script().lease = None;
    server.clock.wind(3_599_000);
    gateway.settle().await;
    assert_eq!(gateway.shown.len(), 1);
    server.clock.wind(1_000);
    gateway.doubts().await;
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shown.len(), 0);
    // A core of another kind gives no lease, and needs none.
    server.settings.shape = HttpShape::Core;
    server.says(vec![there("a", 1)]);
    let mut core = server.gateway(gateway.stored).await;
    core.settle().await;
    assert_eq!(core.doubts, ["another feed was followed before"]);
    assert_eq!(core.shows(), ["a 1"]);
}

#[tokio::test]
async fn a_lease_is_stored_now_and_then_and_asked_for_in_time() {
    let mut server = Server::start(vec![from_luik("a", 1)]).await;
    server.settings.shape = HttpShape::Luik;
    server.settings.poll_every = Duration::from_secs(24 * 3_600);
    server.script().lease = Some("2026-06-01T01:00:00Z");
    let mut gateway = server.settled().await;
    assert_eq!(gateway.source.pause(), Duration::from_secs(1_800));
    gateway.source.poll_every = Duration::from_millis(1);
    gateway.source.due = Instant::now();
    let before = gateway.stored.clone();
    server.script().lease = Some("2026-06-01T01:00:30Z");
    gateway.settle().await;
    assert_eq!(gateway.stored, before);
    server.script().lease = Some("2026-06-01T02:00:00Z");
    gateway.settle().await;
    assert_ne!(gateway.stored, before);
}
