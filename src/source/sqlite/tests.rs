//! A real file, changed from a second connection.

use rusqlite::Connection;
use tempfile::TempDir;

use crate::config::SqliteSource;
use crate::minimise::{CoreId, CoreRow};

use super::super::{Error, Level, Position, Signal, Source};
use super::{Sqlite, check, script};

const TABLES: &str = "
    CREATE TABLE profile (id TEXT PRIMARY KEY, first_name, last_name, email, phone, street,
      birth_date, share_with_partners);
    CREATE TABLE item (id TEXT PRIMARY KEY, profile_id, kind, region_code, region_name, title,
      body, language, published_at, expires_at, approved, visibility, status);
    INSERT INTO profile VALUES ('p', 'Anna', 'de Vries', NULL, NULL, NULL, '1980-01-01', 1);";

struct Bench {
    folder: TempDir,
    core: Connection,
}

impl Bench {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let core = Connection::open(folder.path().join("core.db")).unwrap();
        core.execute_batch(TABLES).unwrap();
        let bench = Self { folder, core };
        bench.run(&script(&bench.settings()));
        bench
    }

    fn settings(&self) -> SqliteSource {
        SqliteSource { path: self.folder.path().join("core.db"), view: "syndication_item".into() }
    }

    fn run(&self, sql: &str) {
        self.core.execute_batch(sql).unwrap();
    }

    fn put(&self, id: &str) {
        self.run(&format!(
            "INSERT INTO item VALUES ('{id}', 'p', 'offer', 'GM0119', 'Meppel', 'T', 'B', 'nl',
             '2026-11-20T10:00:00Z', NULL, NULL, 'public', 'published')"
        ));
    }

    async fn connect(&self, stored: Option<Position>) -> Sqlite {
        let mut source = Sqlite::open(&self.settings());
        source.connect(stored).await.unwrap();
        source
    }
}

fn ids(ids: &[CoreId]) -> Vec<&str> {
    ids.iter().map(CoreId::reveal_core_id).collect()
}

fn row_ids(rows: &[CoreRow]) -> Vec<&str> {
    rows.iter().map(|row| row.id().reveal_core_id()).collect()
}

async fn changed(source: &mut Sqlite) -> (Vec<String>, Position) {
    match source.next().await.unwrap() {
        Signal::Changed { ids, position, .. } => {
            (ids.iter().map(|id| id.reveal_core_id().to_owned()).collect(), position.unwrap())
        }
        Signal::Doubt { cause, .. } => panic!("{cause}"),
    }
}

async fn doubted(source: &mut Sqlite) -> (&'static str, Position) {
    match source.next().await.unwrap() {
        Signal::Doubt { cause, position } => (cause, position.unwrap()),
        Signal::Changed { ids, .. } => panic!("{} changes", ids.len()),
    }
}

#[tokio::test]
async fn changes_are_told_once_and_after_a_restart_go_on() {
    let bench = Bench::new();
    bench.put("a");
    let mut source = bench.connect(None).await;
    let (_, start) = doubted(&mut source).await;
    bench.put("b");
    bench.run("DELETE FROM item WHERE id = 'a'");
    let (told, position) = changed(&mut source).await;
    assert_eq!(told, ["b", "a"]);
    bench.run("UPDATE profile SET first_name = 'Ana'");
    assert_eq!(changed(&mut source).await.0, ["b"]);

    let mut again = bench.connect(Some(position)).await;
    assert_eq!(changed(&mut again).await.0, ["b"]);
    let mut from_start = bench.connect(Some(start)).await;
    assert_eq!(changed(&mut from_start).await.0, ["b", "a", "b"]);
}

#[tokio::test]
async fn a_change_is_seen_within_200_ms() {
    let bench = Bench::new();
    let mut source = bench.connect(None).await;
    doubted(&mut source).await;
    let write = async {
        tokio::time::sleep(std::time::Duration::from_millis(150)).await;
        bench.put("a");
        std::time::Instant::now()
    };
    let ((told, _), written) = tokio::join!(changed(&mut source), write);
    assert_eq!(told, ["a"]);
    assert!(written.elapsed().as_millis() < 200, "{:?}", written.elapsed());
}

#[tokio::test]
async fn many_changes_come_in_pieces() {
    let bench = Bench::new();
    let mut source = bench.connect(None).await;
    doubted(&mut source).await;
    bench.run(
        "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)
         INSERT INTO syndication_change (item_id) SELECT i FROM n",
    );
    let mut sizes = Vec::new();
    for _ in 0..3 {
        sizes.push(changed(&mut source).await.0.len());
    }
    assert_eq!(sizes, [1_000, 1_000, 500]);
}

#[tokio::test]
async fn what_may_be_missed_is_a_doubt() {
    let bench = Bench::new();
    bench.put("a");
    bench.put("b");
    let mut source = bench.connect(None).await;
    let (_, position) = doubted(&mut source).await;

    // Seen rows may go.
    bench.run("DELETE FROM syndication_change");
    bench.put("c");
    assert_eq!(changed(&mut source).await.0, ["c"]);
    // Unseen rows may not.
    bench.put("d");
    bench.run("DELETE FROM syndication_change");
    let mut trimmed = bench.connect(Some(position)).await;
    assert!(doubted(&mut trimmed).await.0.contains("deleted"));
    // A restored file is behind what is stored.
    let ahead = Position(format!("sqlite {} 99", trimmed.link.as_ref().unwrap().file).into());
    let mut restored = bench.connect(Some(ahead)).await;
    assert!(doubted(&mut restored).await.0.contains("earlier"));
    let foreign = Position("postgres 1 1 luik 0/1".into());
    let mut other = bench.connect(Some(foreign)).await;
    assert!(doubted(&mut other).await.0.contains("no position"));
}

#[tokio::test]
async fn a_replaced_file_is_noticed() {
    let bench = Bench::new();
    let mut source = bench.connect(None).await;
    let (_, position) = doubted(&mut source).await;
    let path = bench.settings().path;
    let copy = path.with_extension("copy");
    bench.run("PRAGMA wal_checkpoint(TRUNCATE)");
    std::fs::copy(&path, &copy).unwrap();
    std::fs::rename(&copy, &path).unwrap();
    let next = tokio::time::timeout(std::time::Duration::from_secs(5), source.next());
    let error = next.await.expect("in time").unwrap_err();
    assert!(matches!(error, Error::Unreachable(_)), "{error}");
    source.connect(Some(position)).await.unwrap();
    assert!(doubted(&mut source).await.0.contains("replaced"));

    std::fs::remove_file(&path).unwrap();
    assert!(matches!(source.connect(None).await, Err(Error::Unreachable(_))));
    assert!(matches!(source.read(&[]).await, Err(Error::Unreachable(_))));
}

#[tokio::test]
async fn the_view_is_read_by_id_and_in_order() {
    let bench = Bench::new();
    for id in ["c", "a", "b", "d"] {
        bench.put(id);
    }
    let mut source = bench.connect(None).await;
    let wanted = ["b", "nobody's", "a"].map(CoreId::new);
    let rows = source.read(&wanted).await.unwrap();
    assert_eq!(row_ids(&rows), ["a", "b"]);
    assert_eq!(format!("{:?}", rows[0]), "CoreRow(17 columns)");
    assert_eq!(ids(&source.present(&wanted).await.unwrap()), ["a", "b"]);
    let page = source.page(None, 3).await.unwrap();
    assert_eq!(row_ids(&page), ["a", "b", "c"]);
    let page = source.page(Some(&CoreId::new("c")), 3).await.unwrap();
    assert_eq!(row_ids(&page), ["d"]);
    let page = source.page(Some(&CoreId::new("d")), 3).await.unwrap();
    assert!(page.is_empty());
    let keys = source.keys(Some(&CoreId::new("a")), 2).await.unwrap();
    assert_eq!(ids(&keys), ["b", "c"]);
}

#[tokio::test]
async fn an_integer_id_is_found_as_text() {
    let bench = Bench::new();
    bench.run("DROP VIEW syndication_item; CREATE VIEW syndication_item AS SELECT 10 + 0 AS id");
    let mut source = bench.connect(None).await;
    let found = source.present(&[CoreId::new("10")]).await.unwrap();
    assert_eq!(ids(&found), ["10"]);
    assert_eq!(ids(&source.keys(None, 9).await.unwrap()), ["10"]);
}

#[tokio::test]
async fn a_missing_column_stops_rows_but_not_ids() {
    let bench = Bench::new();
    bench.put("a");
    let mut source = bench.connect(None).await;
    bench.run(
        "ALTER TABLE item RENAME TO i2; DROP VIEW syndication_item;
         CREATE VIEW syndication_item AS SELECT id, 1 AS share FROM i2",
    );
    let error = source.read(&[CoreId::new("a")]).await.unwrap_err();
    assert!(matches!(error, Error::ColumnMissing("author_id")), "{error}");
    let found = source.present(&[CoreId::new("a")]).await.unwrap();
    assert_eq!(ids(&found), ["a"]);
    bench.run("DROP VIEW syndication_item");
    assert!(matches!(source.present(&[CoreId::new("a")]).await, Err(Error::Setup(_))));
}

#[tokio::test]
async fn check_finds_what_is_missing() {
    let bench = Bench::new();
    let findings = check(&bench.settings()).await;
    assert!(findings.iter().all(|f| f.level == Level::Ok), "{findings:?}");
    bench.run(
        "DROP TRIGGER item_deleted; DROP VIEW syndication_item; DROP TABLE syndication_change",
    );
    let problems = check(&bench.settings()).await;
    let problems: Vec<&str> =
        problems.iter().filter(|f| f.level == Level::Problem).map(|f| f.text.as_str()).collect();
    assert!(problems.iter().any(|text| text.contains("DELETE")), "{problems:?}");
    assert!(problems.iter().any(|text| text.contains("the view")), "{problems:?}");
    assert!(problems.iter().any(|text| text.contains("AUTOINCREMENT")), "{problems:?}");
}
