//! What breaks, and what is doubted afterwards: lost slots, restarts, other servers.

use std::time::{Duration, Instant};

use luik::source::{Error, Position, Signal, Source};

use crate::harness::postgres::Postgres;
use crate::source_postgres::{PATIENCE, changed, doubted, next, source, started};

/// Follows until the stream breaks.
async fn broken(source: &mut luik::source::Postgres) -> Error {
    loop {
        match next(source).await {
            Ok(Signal::Changed { .. }) => {}
            Ok(Signal::Doubt { cause, .. }) => panic!("{cause}"),
            Err(error) => return error,
        }
    }
}

/// Connects, again and again as the caller does.
async fn reconnected(source: &mut luik::source::Postgres, stored: &Position) {
    let deadline = Instant::now() + PATIENCE;
    while let Err(error) = source.connect(Some(stored.clone())).await {
        assert!(Instant::now() < deadline, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test]
async fn a_truncated_table_is_a_doubt_in_its_place() {
    let server = Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    admin
        .run(
            "BEGIN; INSERT INTO item (id, profile_id) VALUES (1, 1); TRUNCATE item;
             INSERT INTO item (id, profile_id) VALUES (2, 1); COMMIT;
             INSERT INTO item (id, profile_id) VALUES (3, 1);",
        )
        .await;
    let Signal::Changed { position: None, .. } = next(&mut source).await.unwrap() else {
        panic!("keys come first, and do not close the transaction");
    };
    let (cause, position) = doubted(&mut source).await;
    assert!(cause.contains("truncated"));
    assert_eq!(changed(&mut source).await.0, ["3"]);
    source.connect(Some(position)).await.unwrap();
    assert_eq!(changed(&mut source).await.0, ["3"]);
}

#[tokio::test]
async fn a_restart_of_the_core_is_no_doubt() {
    let mut server = Postgres::with_core(&[]).await;
    let (mut source, mut stored) = started(&server).await;
    let admin = server.admin().await;
    admin.run("INSERT INTO item (id, profile_id) VALUES (1, 1)").await;
    assert_eq!(changed(&mut source).await.0, ["1"]);
    admin.run("CREATE TABLE noise (n int)").await;
    // The server waits with its end until it is told that everything arrived.
    let stopping = Instant::now();
    let follow = async {
        loop {
            match next(&mut source).await {
                Ok(Signal::Changed { position, .. }) => {
                    if let Some(position) = position {
                        source.acknowledge(&position).await.unwrap();
                        stored = position;
                    }
                }
                Ok(Signal::Doubt { cause, .. }) => panic!("{cause}"),
                Err(error) => return error,
            }
        }
    };
    let (error, ()) = tokio::join!(follow, server.stop());
    println!("a core that is followed stops in {:?}", stopping.elapsed());
    assert!(stopping.elapsed() < Duration::from_secs(4));
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
    let error = source.connect(Some(stored.clone())).await.unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
    server.launch().await;
    reconnected(&mut source, &stored).await;
    let admin = server.admin().await;
    admin.run("INSERT INTO item (id, profile_id) VALUES (2, 1)").await;
    assert_eq!(changed(&mut source).await.0, ["2"]);
}

#[tokio::test]
async fn a_dropped_slot_is_made_again_and_doubted() {
    let server = Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, stored) = started(&server).await;
    admin.run("SELECT pg_terminate_backend(active_pid) FROM pg_replication_slots").await;
    let error = broken(&mut source).await;
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
    while admin.ask("SELECT active::text FROM pg_replication_slots").await == "true" {}
    admin.run("SELECT pg_drop_replication_slot('luik')").await;
    reconnected(&mut source, &stored).await;
    assert_eq!(doubted(&mut source).await.0, "the slot is new");
    admin.run("INSERT INTO item (id, profile_id) VALUES (2, 1)").await;
    assert_eq!(changed(&mut source).await.0, ["2"]);
    // The doubt is bound to what was stored, not to this process.
    source.connect(Some(stored)).await.unwrap();
    assert!(doubted(&mut source).await.0.contains("ahead"));
}

#[tokio::test]
async fn a_lost_slot_is_made_again_and_doubted() {
    let server = Postgres::with_core(&[
        "max_slot_wal_keep_size=16MB",
        "min_wal_size=32MB",
        "max_wal_size=48MB",
    ])
    .await;
    let admin = server.admin().await;
    let (mut source, stored) = started(&server).await;
    drop(std::mem::replace(&mut source, crate::source_postgres::source(&server)));
    admin.run("CREATE TABLE noise (n int)").await;
    let deadline = Instant::now() + PATIENCE;
    while admin.ask("SELECT wal_status FROM pg_replication_slots").await != "lost" {
        assert!(Instant::now() < deadline);
        admin.run("INSERT INTO noise VALUES (1)").await;
        admin.run("SELECT pg_switch_wal()").await;
        admin.run("CHECKPOINT").await;
    }
    reconnected(&mut source, &stored).await;
    assert_eq!(doubted(&mut source).await.0, "the slot is new");
}

#[tokio::test]
async fn a_publication_made_anew_is_survived() {
    let server = Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, stored) = started(&server).await;
    admin.run("DROP PUBLICATION luik; INSERT INTO item (id, profile_id) VALUES (1, 1);").await;
    let error = broken(&mut source).await;
    println!("without its publication: {error}");
    let error = source.connect(Some(stored.clone())).await.unwrap_err();
    assert!(matches!(error, Error::Setup(_)), "{error}");
    admin.run("CREATE PUBLICATION luik FOR TABLE item (id), profile (id)").await;
    // The slot stands before the publication and can not be read past that.
    let deadline = Instant::now() + PATIENCE;
    let cause = loop {
        assert!(Instant::now() < deadline);
        reconnected(&mut source, &stored).await;
        match next(&mut source).await {
            Ok(Signal::Doubt { cause, .. }) => break cause,
            Ok(Signal::Changed { ids, .. }) => assert_eq!(ids.len(), 0),
            Err(_) => {}
        }
    };
    assert_eq!(cause, "the slot is new");
}

#[tokio::test]
async fn only_one_reader_and_then_the_next() {
    let server = Postgres::with_core(&[]).await;
    let (first, stored) = started(&server).await;
    let mut second = source(&server);
    let error = second.connect(Some(stored.clone())).await.unwrap_err();
    assert!(error.to_string().contains("in use"), "{error}");
    drop(first);
    let freed = Instant::now();
    second.connect(Some(stored)).await.unwrap();
    println!("the slot of an ended session is free after {:?}", freed.elapsed());
}

#[tokio::test]
async fn a_killed_reader_leaves_the_slot_at_once() {
    let server = Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (first, stored) = started(&server).await;
    drop(first);
    let held = "SELECT active::text FROM pg_replication_slots";
    while admin.ask(held).await == "true" {}
    let mut reader = server.reader();
    while admin.ask(held).await != "true" {}
    // SIGKILL: no goodbye.
    reader.kill().unwrap();
    let killed = Instant::now();
    source(&server).connect(Some(stored)).await.unwrap();
    println!("the slot of a killed session is ours after {:?}", killed.elapsed());
    reader.wait().unwrap();
}

#[tokio::test]
async fn a_position_of_another_log_is_a_doubt() {
    let server = Postgres::with_core(&[]).await;
    let (mut source, stored) = started(&server).await;
    let words: Vec<&str> = stored.0.split(' ').collect();
    for (place, word, cause) in [
        (1, "12345", "another database system"),
        (2, "9", "another timeline"),
        (3, "other", "another name"),
        (4, "0/1", "ahead of what is stored"),
        (4, "FFFF/0", "ends before"),
    ] {
        let mut words = words.clone();
        words[place] = word;
        let forged = Position(words.join(" ").into());
        reconnected(&mut source, &forged).await;
        let (told, position) = doubted(&mut source).await;
        assert!(told.contains(cause), "{told}");
        assert_eq!(position, stored);
    }
    source.connect(Some(stored)).await.unwrap();
    let admin = server.admin().await;
    admin.run("INSERT INTO item (id, profile_id) VALUES (1, 1)").await;
    assert_eq!(changed(&mut source).await.0, ["1"]);
}
