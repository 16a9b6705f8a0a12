//! What goes wrong: lost places, errors, limits.

use super::*;

#[tokio::test]
async fn a_place_that_is_lost_is_a_doubt_and_the_harvest_finds_the_rest() {
    for status in [400, 404, 410] {
        let server = Server::start(vec![there("a", 1), there("b", 2)]).await;
        let mut gateway = server.settled().await;
        server.says(vec![there("b", 2), there("c", 3)]);
        server.script().page = 9;
        server.script().after_start = Some(status);
        for _ in 0..2 {
            gateway.doubts().await;
            let text = "the feed has forgotten the place that was reached";
            assert_eq!(gateway.doubts, [text], "{status}");
            // It is told again until another place is stored.
            gateway.doubts.clear();
            gateway.connect().await.unwrap();
        }
        server.script().after_start = None;
        gateway.settle().await;
        assert_eq!(gateway.shows(), ["b 2", "c 3"], "{status}");
    }
}

#[tokio::test]
async fn a_feed_that_goes_back_is_a_doubt() {
    let server = Server::start((1..=9).map(|n| there(&format!("i{n}"), n)).collect()).await;
    let mut gateway = server.settled().await;
    server.says(vec![there("i1", 1), there("x", 2)]);
    gateway.settle().await;
    gateway.compare().await.unwrap();
    gateway.settle().await;
    assert_eq!(gateway.doubts, ["the feed went back to an earlier state"]);
    assert_eq!(gateway.shows(), ["i1 1", "x 2"]);
    server.says(vec![there("x", 2), gone("i1", 3)]);
    gateway.settle().await;
    assert_eq!(gateway.shows(), ["x 2"]);
}

#[tokio::test]
async fn another_feed_or_another_shape_is_a_doubt() {
    let server = Server::start(vec![there("a", 1)]).await;
    let stored = server.settled().await.stored;
    let mut other = server.clone();
    other.settings.url.set_query(Some("afterChangeNumber=0"));
    let mut shaped = server.clone();
    shaped.settings.shape = HttpShape::Luik;
    for server in [other, shaped] {
        let mut gateway = server.gateway(stored.clone()).await;
        gateway.hear(Duration::from_secs(5)).await.unwrap();
        assert_eq!(gateway.doubts, ["another feed was followed before"]);
    }
    let mut gateway = server.gateway(Some(Position("sqlite 1-1 9".into()))).await;
    gateway.hear(Duration::from_secs(5)).await.unwrap();
    assert_eq!(gateway.doubts, ["no position is stored yet"]);
}

#[tokio::test]
async fn what_goes_wrong_is_an_error_that_quotes_nothing_and_removes_nothing() {
    let server = Server::start(vec![there("a", 1), there("b", 2)]).await;
    let mut gateway = server.settled().await;
    let bad = |items: Json| json!({"next": "/items?x=1", "items": items}).to_string();
    let elsewhere = json!({"next": format!("/{CANARY}"), "items": []}).to_string();
    let version = json!({"version": "3", "next": "/items", "items": []}).to_string();
    for (status, headers, body, part) in [
        (500, vec![], CANARY.to_owned(), "has an error"),
        (503, vec![("retry-after", "0")], CANARY.to_owned(), "has an error"),
        (429, vec![("retry-after", "0")], CANARY.to_owned(), "asks us to wait"),
        (401, vec![], CANARY.to_owned(), "source.token"),
        (403, vec![], CANARY.to_owned(), "source.token"),
        (301, vec![("location", "/kanariestein")], CANARY.to_owned(), "source.url"),
        (418, vec![], CANARY.to_owned(), "418"),
        (200, vec![], CANARY.to_owned(), "not RPDE"),
        (200, vec![], version, "version"),
        (200, vec![], elsewhere, "another path"),
        (200, vec![], bad(json!([{"state": "updated", "id": CANARY}])), "not RPDE"),
        (200, vec![], bad(json!([{"state": "updated", "id": CANARY, "modified": 9}])), "no data"),
    ] {
        server.instead(status, &headers, &body);
        let error = loop {
            match gateway.hear(Duration::from_secs(5)).await {
                Ok(_) => {}
                Err(error) => break error,
            }
        };
        let error = format!("{error} {error:?}");
        assert!(error.contains(part) && !error.contains(CANARY), "{error}");
        assert!(gateway.connect().await.is_err(), "{status}");
        assert!(gateway.source.gather(true).await.is_err(), "{status}");
        assert_eq!((gateway.shown.len(), gateway.doubts.len()), (2, 0), "{status}");
        server.script().instead = None;
        gateway.connect().await.unwrap();
    }
    server.instead(404, &[], "");
    let error = server.source().connect(None).await.unwrap_err().to_string();
    assert!(error.contains("source.url"), "{error}");
    let mut settings = server.settings.clone();
    settings.url.set_port(Some(1)).unwrap();
    let mut nowhere = Http::open(&settings, server.clock.clone()).unwrap();
    assert!(matches!(nowhere.connect(None).await, Err(Error::Unreachable(_))));
}

#[tokio::test]
async fn a_wish_to_wait_is_granted_within_limits_and_within_the_lease() {
    let mut server = Server::start(vec![]).await;
    server.settings.shape = HttpShape::Luik;
    server.script().lease = Some("2026-06-01T00:00:01Z");
    let mut gateway = server.settled().await;
    server.instead(429, &[("retry-after", "999999999")], "");
    while gateway.hear(Duration::from_secs(5)).await.is_ok() {}
    let wait = gateway.source.not_before - Instant::now();
    assert!(wait <= WAIT_MAX && wait > WAIT_MAX / 2, "{wait:?}");
    // The lease ends first: then everything goes, unasked.
    server.clock.wind(999);
    let asked = server.script().asked.len();
    let connecting = gateway.connect();
    let error = tokio::time::timeout(Duration::from_secs(10), connecting).await.unwrap();
    assert!(error.unwrap_err().to_string().contains("asks us to wait"));
    server.clock.wind(1);
    gateway.connect().await.unwrap();
    gateway.hear(Duration::from_secs(5)).await.unwrap();
    assert_eq!(gateway.doubts, ["the upstream's lease has ended"]);
    assert_eq!(server.script().asked.len(), asked);
}

#[tokio::test]
async fn a_column_that_no_item_has_stops_rows_but_not_ids() {
    let without = |id: &str, modified: u64| {
        let mut item = there(id, modified);
        item["data"].as_object_mut().unwrap().remove("withhold");
        item
    };
    let server = Server::start(vec![there("a", 1), without("b", 2)]).await;
    let mut gateway = server.settled().await;
    assert_eq!(gateway.shows(), ["a 1"], "a single bad item is withheld");
    server.says(vec![without("b", 2), without("a", 3), gone("c", 4)]);
    let ids = loop {
        match gateway.source.next().await.unwrap() {
            Signal::Changed { ids, .. } if !ids.is_empty() => break ids,
            Signal::Changed { .. } | Signal::Doubt { .. } => {}
        }
    };
    let error = gateway.source.read(&ids).await.unwrap_err();
    assert!(matches!(error, Error::ColumnMissing("withhold")), "{error}");
    let present = gateway.source.present(&ids).await.unwrap();
    assert_eq!(present.iter().map(CoreId::reveal_core_id).collect::<Vec<_>>(), ["a"]);
    gateway.gather().await.unwrap();
    let error = gateway.source.page(None, 9).await.unwrap_err();
    assert!(matches!(error, Error::ColumnMissing("withhold")), "{error}");
    let keys = gateway.source.keys(None, 9).await.unwrap();
    assert_eq!(keys.iter().map(CoreId::reveal_core_id).collect::<Vec<_>>(), ["a", "b"]);
}

#[tokio::test]
async fn a_feed_that_is_too_large_or_has_no_end_is_refused() {
    let items: Vec<_> = (1..=9).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items).await;
    for limits in [
        Limits { items: 8, ..LIMITS },
        Limits { bytes: 8_000, ..LIMITS },
        Limits { pages: 4, ..LIMITS },
    ] {
        let mut gateway = server.gateway(None).await;
        gateway.source.limits = limits;
        let error = gateway.gather().await.unwrap_err().to_string();
        assert!(error.contains("too large") || error.contains("does not end"), "{error}");
        assert!(gateway.source.harvest.is_none(), "memory is given back");
    }
    let circle = json!({"next": "/items?afterChangeNumber=1", "items": [there("a", 1)]});
    server.instead(200, &[], &circle.to_string());
    let mut gateway = server.gateway(None).await;
    let error = gateway.gather().await.unwrap_err();
    assert!(matches!(error, Error::Broken(_)), "{error}");
}

#[tokio::test]
async fn check_tells_how_far_it_came() {
    let mut server = Server::start(vec![there("a", 1), gone("b", 2)]).await;
    let problems = async |server: &Server| -> Vec<String> {
        let found = check(&server.settings).await;
        let bad = found.into_iter().filter(|one| one.level != Level::Ok);
        bad.map(|one| one.text).collect()
    };
    assert_eq!(problems(&server).await, [""; 0]);
    let mut bad = there("c", 3);
    bad["data"] = json!({"id": "c", "title": CANARY});
    server.says(vec![there("a", 1), bad]);
    let found = problems(&server).await;
    assert_eq!(found.len(), 15);
    assert!(found.contains(&"data lacks withhold in 1 of 2 items".to_owned()), "{found:?}");
    server.says(vec![]);
    assert_eq!(problems(&server).await, ["the first page has no item to look at"]);
    server.settings.token = Secret::new("another");
    assert!(problems(&server).await[0].contains("source.token"));
    server.settings.token = Secret::new(TOKEN);
    server.settings.shape = HttpShape::Luik;
    assert!(problems(&server).await[0].contains("no lease"));
    server.script().lease = Some("2026-06-01T01:00:00Z");
    assert_eq!(problems(&server).await, [""; 0]);
    server.instead(200, &[], CANARY);
    assert_eq!(problems(&server).await, ["the core's feed can not be used: a page is not RPDE"]);
}
