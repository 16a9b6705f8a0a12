//! Harvests, and the changes beside them.

use super::*;

#[tokio::test]
async fn a_feed_is_harvested_followed_and_taken_up_again() {
    let server =
        Server::start(vec![there("a", 1), there("b", 2), gone("c", 3), there("d", 4)]).await;
    let mut gateway = server.settled().await;
    assert_eq!(gateway.shows(), ["a 1", "b 2", "d 4"]);
    server.says(vec![there("b", 2), gone("c", 3), there("d", 4), there("a", 5), there("e", 6)]);
    gateway.settle().await;
    assert_eq!(gateway.shows(), ["a 5", "b 2", "d 4", "e 6"]);

    // Another process goes on from what is stored, and is told nothing twice.
    let mut again = server.gateway(gateway.stored).await;
    server.says(vec![there("b", 2), there("d", 4), gone("a", 7), gone("e", 8)]);
    again.shown = gateway.shown;
    again.settle().await;
    assert_eq!((again.shows(), again.doubts.len()), (vec!["b 2", "d 4"], 0));
    assert_eq!(again.touched, ["a", "e"].map(str::to_owned).into());
}

#[tokio::test]
async fn the_next_page_is_asked_for_when_the_last_one_is_stored() {
    let items: Vec<_> = (1..=6).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items[..2].to_vec()).await;
    let mut gateway = server.settled().await;
    server.says(items.clone());
    server.script().asked.clear();
    gateway.hear(Duration::from_secs(5)).await.unwrap();
    assert!(server.script().asked.iter().all(|query| query == "afterChangeNumber=2"));
    // Nor does a harvest run ahead of what is told.
    server.script().asked.clear();
    while !gateway.source.gather(false).await.unwrap()
        && gateway.source.harvest.as_ref().unwrap().state == State::Reading
    {}
    let asked = server.script().asked.clone();
    assert_eq!(asked, ["", "afterChangeNumber=2", "afterChangeNumber=4"]);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shown.len(), 6);
}

#[tokio::test]
async fn what_a_careless_feed_says_twice_counts_once_and_a_tombstone_wins() {
    let server = Server::start(vec![
        there("a", 1),
        there("b", 2),
        there("b", 3),
        there("a", 4),
        gone("a", 5),
    ])
    .await;
    let gateway = server.settled().await;
    assert_eq!(gateway.shows(), ["b 3"]);
    assert_eq!(gateway.ever.len(), 1, "something old was shown for a while: {:?}", gateway.ever);
}

#[tokio::test]
async fn a_change_beside_a_harvest_is_later_than_the_harvest() {
    let items: Vec<_> = (1..=8).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items.clone()).await;
    let mut gateway = server.settled().await;
    // A comparison on schedule has read the first page.
    assert!(!gateway.source.gather(true).await.unwrap());
    let mut later = items[2..].to_vec();
    later.extend([gone("i1", 9), there("i2", 10), there("i9", 11)]);
    server.says(later);
    gateway.ever.clear();
    gateway.comes_to_show("i9", Duration::from_secs(5)).await;
    while !gateway.source.gather(false).await.unwrap() {
        gateway.hear(Duration::from_millis(1)).await.unwrap();
    }
    gateway.compare().await.unwrap();
    assert!(!gateway.ever.contains("i1 1") && !gateway.ever.contains("i2 2"), "{:?}", gateway.ever);
    assert_eq!((gateway.shown.len(), &*gateway.shown["i2"]), (8, "i2 10"));
    assert_eq!(gateway.doubts.len(), 0);
}

#[tokio::test]
async fn what_waits_to_be_told_is_not_told_when_a_harvest_knows_better() {
    let server = Server::start(vec![there("a", 1)]).await;
    let mut gateway = server.settled().await;
    server.says(vec![there("a", 1), there("x", 3)]);
    gateway.connect().await.unwrap();
    server.says(vec![there("a", 1), gone("x", 5)]);
    gateway.compare().await.unwrap();
    gateway.settle().await;
    assert!(!gateway.ever.contains("x 3") && gateway.touched.contains("x"));
    assert_eq!(gateway.shows(), ["a 1"]);
}

#[tokio::test]
async fn what_moves_on_before_a_harvest_is_waited_for() {
    let items: Vec<_> = (1..=8).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items.clone()).await;
    let mut gateway = server.settled().await;
    assert!(!gateway.source.gather(true).await.unwrap());
    let moved = (5..=8).map(|n| there(&format!("i{n}"), n + 15));
    server.says(items[..4].iter().cloned().chain(moved).collect());
    server.script().slow = Duration::from_millis(20);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shown.len(), 8);
    assert_eq!(gateway.shown["i8"], "i8 23");
}

#[tokio::test]
async fn an_old_page_out_of_a_cache_brings_nothing_back() {
    let items: Vec<_> = (1..=4).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items.clone()).await;
    let mut gateway = server.settled().await;
    assert!(!gateway.source.gather(true).await.unwrap());
    server.says([&items[..3], &[gone("i4", 5), there("i9", 6)]].concat());
    gateway.comes_to_show("i9", Duration::from_secs(5)).await;
    assert!(!gateway.shown.contains_key("i4"));
    server.says(items);
    gateway.ever.clear();
    assert!(!gateway.source.gather(false).await.unwrap());
    server.says(vec![gone("i4", 5), there("i9", 6)]);
    gateway.gather().await.unwrap();
    let rows = gateway.source.page(None, 9).await.unwrap();
    gateway.show(&rows);
    assert!(!gateway.ever.contains("i4 4") && gateway.ever.contains("i3 3"), "{:?}", gateway.ever);
}

#[tokio::test]
async fn what_is_in_the_air_when_a_harvest_passes_does_not_end_it() {
    let server = Server::start((1..=4).map(|n| there(&format!("i{n}"), n)).collect()).await;
    let mut gateway = server.settled().await;
    // Nothing has changed when this answer is written, but it comes late.
    gateway.source.due = Instant::now();
    let early = gateway.source.feed.clone().ask(Cursor::new(Some("afterChangeNumber=4"))).await;
    gateway.source.air = Some(Box::pin(async move { early }));
    server.says((1..=4).map(|n| there(&format!("i{n}"), n + 10)).collect());
    assert!(!gateway.source.gather(true).await.unwrap());
    assert_eq!(gateway.source.harvest.as_ref().unwrap().state, State::Passed);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shows(), ["i1 11", "i2 12", "i3 13", "i4 14"]);
}

#[tokio::test]
async fn a_comparison_that_broke_off_is_harvested_for_anew() {
    let server = Server::start(vec![there("a", 1), there("b", 2)]).await;
    let mut gateway = server.settled().await;
    gateway.gather().await.unwrap();
    let rows = gateway.source.page(None, 1).await.unwrap();
    assert_eq!(rows.len(), 1);
    server.says(vec![there("b", 2), there("c", 3)]);
    gateway.gather().await.unwrap();
    let rows = gateway.source.page(None, 9).await.unwrap();
    let ids: Vec<_> = rows.iter().map(|row| row.id().reveal_core_id()).collect();
    assert_eq!(ids[..1], ["b"], "a row that was handed out is handed out again");
}

#[tokio::test]
async fn after_a_reconnection_what_waited_is_told_once() {
    let server = Server::start(vec![there("a", 1)]).await;
    let mut gateway = server.settled().await;
    server.says(vec![there("x", 2), there("y", 3)]);
    gateway.connect().await.unwrap();
    server.says(vec![gone("x", 4), gone("y", 5)]);
    gateway.connect().await.unwrap();
    gateway.ever.clear();
    gateway.settle().await;
    assert!(gateway.ever.is_empty(), "{:?}", gateway.ever);
}

#[tokio::test]
async fn numbers_that_fall_are_a_doubt_and_no_harvest() {
    let server = Server::start((1..=3).map(|n| there(&format!("i{n}"), n)).collect()).await;
    let mut gateway = server.settled().await;
    let low = json!({"next": "/items?afterChangeNumber=7", "items": [there("x", 2)]}).to_string();
    server.instead(200, &[], &low);
    gateway.doubts().await;
    assert_eq!(gateway.doubts, ["the feed went back to an earlier state"]);
    assert!(!gateway.shown.contains_key("x"));
    server.script().instead = None;
    assert!(!gateway.source.gather(true).await.unwrap());
    let low = low.replace("\"modified\":2", "\"modified\":1");
    server.instead(200, &[], &low);
    let error = gateway.source.gather(false).await.unwrap_err().to_string();
    assert!(error.contains("order"), "{error}");
}

#[tokio::test]
async fn a_harvest_that_broke_off_goes_on_where_it_was() {
    let items: Vec<_> = (1..=6).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items).await;
    let mut gateway = server.gateway(None).await;
    gateway.hear(Duration::from_secs(5)).await.unwrap();
    assert!(!gateway.source.gather(true).await.unwrap());
    assert!(!gateway.source.gather(false).await.unwrap());
    server.instead(500, &[], "");
    assert!(gateway.source.gather(false).await.is_err());
    server.script().instead = None;
    gateway.connect().await.unwrap();
    server.script().asked.clear();
    gateway.settle().await;
    assert_eq!(server.script().asked[0], "afterChangeNumber=4");
    assert_eq!(gateway.shown.len(), 6);
}

#[tokio::test]
async fn a_comparison_removes_what_the_feed_lost_without_a_word() {
    let items: Vec<_> = (1..=5).map(|n| there(&format!("i{n}"), n)).collect();
    let server = Server::start(items.clone()).await;
    let mut gateway = server.settled().await;
    server.says([&items[..1], &items[3..]].concat());
    gateway.settle().await;
    assert_eq!(gateway.shown.len(), 5);
    gateway.compare().await.unwrap();
    assert_eq!(gateway.shows(), ["i1 1", "i4 4", "i5 5"]);
    assert!(gateway.source.harvest.is_none(), "forgotten with the comparison");
}

#[tokio::test]
async fn a_request_that_is_interrupted_all_the_time_comes_through() {
    let server = Server::start(vec![there("a", 1)]).await;
    let mut gateway = server.settled().await;
    server.script().slow = Duration::from_millis(30);
    server.says(vec![there("a", 1), there("b", 2)]);
    let before = server.script().asked.len();
    gateway.comes_to_show("b", Duration::from_millis(1)).await;
    assert!(server.script().asked.len() <= before + 2, "it was asked again and again");
}

#[tokio::test]
async fn many_items_come_in_pieces_and_the_place_with_the_last() {
    let server = Server::start(vec![there("a", 1)]).await;
    let mut gateway = server.settled().await;
    server.script().page = 5_000;
    server.says((1..=2_500).map(|n| there(&format!("i{n}"), n + 1)).collect());
    let mut pieces = Vec::new();
    while pieces.len() < 3 {
        match gateway.source.next().await.unwrap() {
            Signal::Changed { ids, .. } if ids.is_empty() => {}
            Signal::Changed { ids, position, .. } => {
                assert_eq!(gateway.source.read(&ids).await.unwrap().len(), ids.len());
                assert!(gateway.source.read(&ids).await.is_err(), "a row is handed out once");
                pieces.push((ids.len(), position.is_some()));
            }
            Signal::Doubt { cause, .. } => panic!("{cause}"),
        }
    }
    assert_eq!(pieces, [(1_000, false), (1_000, false), (500, true)]);
}
