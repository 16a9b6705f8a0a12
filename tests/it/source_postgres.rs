//! The PostgreSQL source against a real server: what is told, in which pieces, and what is read.

use std::time::{Duration, Instant};

use luik::clock::Clock;
use luik::config::{PostgresSource, Secret, Watch};
use luik::minimise::{CoreId, CoreRow};
use luik::source::{Error, IDS_MAX, Position, Postgres, Signal, Source};
use tokio::time::timeout;

use crate::harness::postgres;

pub(crate) const PATIENCE: Duration = Duration::from_secs(30);

pub(crate) fn settings(url: &str) -> PostgresSource {
    let watch = |table: &str, items: Option<&str>| Watch {
        table: table.into(),
        key: "id".into(),
        items: items.map(str::to_owned),
    };
    let items = "SELECT id::text FROM public.item WHERE profile_id::text = ANY($1); ";
    PostgresSource {
        url: Secret::new(url),
        view: "syndication.item".into(),
        publication: "luik".into(),
        slot: "luik".into(),
        watches: vec![watch("public.item", None), watch("public.profile", Some(items))],
    }
}

pub(crate) fn source(server: &postgres::Postgres) -> Postgres {
    Postgres::open(&settings(&server.url()), Clock::system()).unwrap()
}

/// A source that is past its first doubt, and the position it starts from.
pub(crate) async fn started(server: &postgres::Postgres) -> (Postgres, Position) {
    let mut source = source(server);
    source.connect(None).await.unwrap();
    let (_, position) = doubted(&mut source).await;
    (source, position)
}

pub(crate) async fn next(source: &mut Postgres) -> Result<Signal, Error> {
    timeout(PATIENCE, source.next()).await.expect("in time")
}

pub(crate) async fn doubted(source: &mut Postgres) -> (&'static str, Position) {
    match next(source).await.unwrap() {
        Signal::Doubt { cause, position } => (cause, position.unwrap()),
        Signal::Changed { ids, .. } => panic!("{} changes", ids.len()),
    }
}

/// The ids up to the next position that stands for some, and that position.
pub(crate) async fn changed(source: &mut Postgres) -> (Vec<String>, Position) {
    let mut told = Vec::new();
    loop {
        match next(source).await.unwrap() {
            Signal::Changed { ids, position, .. } => {
                told.extend(ids.iter().map(|id| id.reveal_core_id().to_owned()));
                if let Some(position) = position.filter(|_| !told.is_empty()) {
                    told.sort();
                    told.dedup();
                    return (told, position);
                }
            }
            Signal::Doubt { cause, .. } => panic!("{cause}"),
        }
    }
}

pub(crate) fn ids(ids: &[&str]) -> Vec<CoreId> {
    ids.iter().map(|id| CoreId::new(*id)).collect()
}

pub(crate) fn row_ids(rows: &[CoreRow]) -> Vec<&str> {
    rows.iter().map(|row| row.id().reveal_core_id()).collect()
}

#[tokio::test]
async fn every_kind_of_change_names_its_items() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    for (sql, wanted) in [
        (
            "INSERT INTO item (id, profile_id) VALUES (10, 1), (11, 1), (12, 2)",
            &["10", "11", "12"][..],
        ),
        ("UPDATE item SET body = 'Anders' WHERE id = 10", &["10"]),
        ("UPDATE item SET id = 20 WHERE id = 10", &["10", "20"]),
        ("DELETE FROM item WHERE id = 20", &["20"]),
        ("UPDATE profile SET shares = false WHERE id = 1", &["11"]),
        (
            "BEGIN; UPDATE item SET note = 'x' WHERE id = 11; SAVEPOINT s;
             UPDATE item SET note = 'x' WHERE id = 12; ROLLBACK TO s; COMMIT",
            &["11"],
        ),
    ] {
        admin.run(sql).await;
        assert_eq!(changed(&mut source).await.0, wanted, "{sql}");
    }
    let rows = source.read(&ids(&["10", "11", "20"])).await.unwrap();
    assert_eq!(row_ids(&rows), ["11"]);
    assert_eq!(format!("{:?}", rows[0]), "CoreRow(17 columns)");
}

#[tokio::test]
async fn what_is_stored_is_not_told_again_and_the_rest_is() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, start) = started(&server).await;
    admin.run("INSERT INTO item (id, profile_id) VALUES (1, 1)").await;
    let (_, first) = changed(&mut source).await;
    drop(source);
    admin.run("INSERT INTO item (id, profile_id) VALUES (2, 1)").await;

    let mut again = self::source(&server);
    again.connect(Some(start.clone())).await.unwrap();
    let (mut told, _) = changed(&mut again).await;
    if told.len() == 1 {
        told.extend(changed(&mut again).await.0);
    }
    assert_eq!(told, ["1", "2"], "nothing was stored");
    again.connect(Some(first)).await.unwrap();
    let (told, second) = changed(&mut again).await;
    assert_eq!(told, ["2"], "the first was stored");
    again.acknowledge(&second).await.unwrap();
    let place = second.0.rsplit(' ').next().unwrap();
    let moved =
        format!("SELECT (confirmed_flush_lsn >= '{place}')::text FROM pg_replication_slots");
    let deadline = Instant::now() + PATIENCE;
    while admin.ask(&moved).await != "true" {
        assert!(Instant::now() < deadline);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_large_transaction_comes_in_pieces_with_one_position() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    admin
        .run("INSERT INTO item (id, profile_id) SELECT n, 1 + n % 2 FROM generate_series(1, 10000) n")
        .await;
    let written = Instant::now();
    let (mut told, mut positions) = (Vec::new(), 0);
    while positions == 0 {
        let Signal::Changed { ids, position, age } = next(&mut source).await.unwrap() else {
            panic!("a doubt");
        };
        assert!(ids.len() <= IDS_MAX);
        assert!(age.is_some_and(|age| age < PATIENCE));
        told.extend(ids);
        positions += usize::from(position.is_some());
    }
    // The commit comes after the last full piece, and its position at once.
    assert!(written.elapsed() < Duration::from_secs(5));
    println!("10,000 rows in one transaction: {:?}", written.elapsed());
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 10_000);

    // One profile changes 5,000 items.
    admin.run("UPDATE profile SET shares = false WHERE id = 2").await;
    assert_eq!(changed(&mut source).await.0.len(), 5_000);
    let rows = source.read(&told[..1_000]).await.unwrap();
    assert_eq!(rows.len(), 1_000);
}

#[tokio::test]
async fn a_dropped_wait_loses_nothing() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    admin
        .run(
            "INSERT INTO profile (id) SELECT n FROM generate_series(100, 999) n;
             INSERT INTO item (id, profile_id) SELECT n, n FROM generate_series(100, 999) n",
        )
        .await;
    while changed(&mut source).await.0.last().map(String::as_str) != Some("999") {}
    let mut told = Vec::new();
    for id in 100..=299 {
        admin.run(&format!("UPDATE profile SET shares = false WHERE id = {id}")).await;
        // The wait is dropped wherever it happens to be: at the stream or in a query.
        for wait in [300, 700, 1_100, 1_500].map(|wait| wait + id % 400) {
            let wait = timeout(Duration::from_micros(wait), source.next());
            if let Ok(Ok(Signal::Changed { ids, .. })) = wait.await {
                told.extend(ids);
            }
        }
    }
    admin.run("UPDATE profile SET shares = false WHERE id = 999").await;
    while told.last().is_none_or(|id: &CoreId| id.reveal_core_id() != "999") {
        if let Signal::Changed { ids, .. } = next(&mut source).await.unwrap() {
            told.extend(ids);
        }
    }
    told.sort();
    told.dedup();
    assert_eq!(told.len(), 201);
}

#[tokio::test]
async fn a_commit_is_told_only_when_a_query_can_see_it() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    // Nobody answers to this name: a commit is in the log, and waits invisibly.
    let reload = "SELECT pg_reload_conf()";
    admin.run("ALTER SYSTEM SET synchronous_standby_names = 'nobody'").await;
    admin.run(reload).await;
    while admin.ask("SHOW synchronous_standby_names").await != "nobody" {}
    let writer = server.admin().await;
    let release = async {
        let waiting = "SELECT count(*)::text FROM pg_stat_activity WHERE wait_event = 'SyncRep'";
        while admin.ask(waiting).await != "1" {}
        let early = timeout(Duration::from_secs(1), source.next()).await;
        assert!(early.is_err(), "told before it could be seen");
        admin.run("ALTER SYSTEM RESET synchronous_standby_names").await;
        admin.run(reload).await;
        changed(&mut source).await.0
    };
    let write = writer.run("INSERT INTO item (id, profile_id) VALUES (7, 1)");
    let ((), told) = tokio::join!(write, release);
    assert_eq!(told, ["7"]);
    assert_eq!(source.read(&ids(&["7"])).await.unwrap().len(), 1);
}

#[tokio::test]
async fn an_idle_slot_holds_no_log() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    admin.run("CREATE TABLE noise (text text)").await;
    let noise =
        "INSERT INTO noise SELECT repeat(md5(n::text), 30) FROM generate_series(1, 50000) n";
    admin.run(noise).await;
    admin.run("TRUNCATE noise").await;
    let behind = "SELECT (pg_current_wal_flush_lsn() - confirmed_flush_lsn)::text
        FROM pg_replication_slots WHERE slot_name = 'luik'";
    let before: f64 = admin.ask(behind).await.parse().unwrap();
    assert!(before > 16e6, "{before}");
    let written = Instant::now();
    while admin.ask(behind).await.parse::<f64>().unwrap() > 16e6 {
        assert!(written.elapsed() < Duration::from_secs(8));
        if let Ok(signal) = timeout(Duration::from_millis(50), source.next()).await {
            let Signal::Changed { ids, position, .. } = signal.unwrap() else {
                panic!("a doubt");
            };
            assert!(ids.is_empty());
            source.acknowledge(&position.unwrap()).await.unwrap();
        }
    }
    println!("{before} bytes of others let go after {:?}", written.elapsed());
}

/// Small transactions are told together, so that one durable write of ours covers many.
#[tokio::test]
async fn small_transactions_are_told_together() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    admin
        .run(
            "CREATE PROCEDURE many() LANGUAGE plpgsql AS $$ BEGIN FOR n IN 1..5000 LOOP
              INSERT INTO item (id, profile_id) VALUES (n, 1); COMMIT; END LOOP; END $$",
        )
        .await;
    admin.run("CALL many()").await;
    let written = Instant::now();
    let (mut told, mut signals) = (Vec::new(), 0);
    while told.len() < 5_000 {
        let Signal::Changed { ids, .. } = next(&mut source).await.unwrap() else {
            panic!("a doubt");
        };
        assert!(ids.len() <= IDS_MAX);
        signals += 1;
        told.extend(ids);
    }
    println!("5,000 commits in {signals} signals, {:?}", written.elapsed());
    assert!(signals < 1_000, "{signals}");
    let page = Instant::now();
    let rows = source.page(None, 5_000).await.unwrap();
    println!("a page of {} rows: {:?}", rows.len(), page.elapsed());
}

#[tokio::test]
async fn the_view_is_walked_in_order_of_id() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    admin.run("INSERT INTO item (id, profile_id) SELECT n, 1 FROM generate_series(1, 25) n").await;
    let (mut source, _) = started(&server).await;
    let (mut rows, mut keys) = (Vec::new(), Vec::new());
    loop {
        let page = source.page(rows.last(), 10).await.unwrap();
        assert!(page.len() <= 10);
        if page.is_empty() {
            break;
        }
        rows.extend(page.iter().map(|row| row.id().clone()));
    }
    loop {
        let page = source.keys(keys.last(), 10).await.unwrap();
        if page.is_empty() {
            break;
        }
        keys.extend(page);
    }
    assert_eq!(rows.len(), 25);
    assert_eq!(rows, keys);
    let wanted = ids(&["3", "no number", "99"]);
    assert_eq!(source.present(&wanted).await.unwrap(), ids(&["3"]));
}

#[tokio::test]
async fn odd_rows_break_no_page() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    admin
        .run(
            "INSERT INTO item (id, profile_id, body, published_at, expires_at) VALUES
             (1, 1, repeat('Lange tekst. ', 20000), now(), 'infinity'),
             (2, 1, repeat('x', 300000), '-infinity', '20000-01-01'),
             (3, 1, '', NULL, '-infinity');
             UPDATE item SET note = 'TOAST stays where it is'",
        )
        .await;
    assert_eq!(changed(&mut source).await.0, ["1", "2", "3"]);
    let rows = source.page(None, 100).await.unwrap();
    assert_eq!(row_ids(&rows), ["1", "2", "3"]);
    // The same view with a type that nobody expects.
    let text = admin
        .ask("SELECT pg_get_viewdef('syndication.item'::regclass)")
        .await
        .replace("p.shares AS share", "p.shares::text AS share");
    admin
        .run(&format!(
            "DROP VIEW syndication.item; CREATE VIEW syndication.item AS {text};
             GRANT SELECT ON syndication.item TO luik"
        ))
        .await;
    let rows = source.read(&ids(&["1", "2"])).await.unwrap();
    assert_eq!(row_ids(&rows), ["1", "2"]);
}

#[tokio::test]
async fn a_missing_column_stops_rows_but_not_ids() {
    let server = postgres::Postgres::with_core(&[]).await;
    let admin = server.admin().await;
    let (mut source, _) = started(&server).await;
    admin.run("INSERT INTO item (id, profile_id) VALUES (1, 1)").await;
    let wanted = ids(&["1"]);
    assert_eq!(source.read(&wanted).await.unwrap().len(), 1);
    admin.run("ALTER VIEW syndication.item RENAME COLUMN share TO shared").await;
    let error = source.read(&wanted).await.unwrap_err();
    assert!(matches!(error, Error::ColumnMissing("share")), "{error}");
    let error = source.page(None, 10).await.unwrap_err();
    assert!(matches!(error, Error::ColumnMissing("share")), "{error}");
    assert_eq!(source.present(&wanted).await.unwrap(), wanted);
    assert_eq!(source.keys(None, 10).await.unwrap(), wanted);
    admin.run("DELETE FROM item").await;
    assert_eq!(source.present(&wanted).await.unwrap(), []);
    admin.run("ALTER VIEW syndication.item RENAME COLUMN shared TO share").await;
    assert_eq!(source.page(None, 10).await.unwrap().len(), 0);

    // No right to read is an error, and no empty answer.
    admin.run("REVOKE SELECT ON syndication.item FROM luik").await;
    let error = source.present(&wanted).await.unwrap_err();
    assert!(matches!(&error, Error::Refused { code, .. } if &**code == "42501"), "{error}");
    admin.run("DROP VIEW syndication.item").await;
    let error = source.keys(None, 10).await.unwrap_err();
    assert!(matches!(error, Error::Setup(_)), "{error}");
}
