//! A core that the bench writes: PostgreSQL when there is one, else the embedded SQLite.

use std::path::Path;
use std::sync::{Arc, Mutex};

use tokio::task::{JoinSet, spawn_blocking};
use tokio_postgres::{Client, NoTls};

use super::figures::{setting, until};
use super::postgres::Postgres;
use super::rows::Texts;

/// Texts that many items share.
const TEXTS: usize = 1_000;
/// Name of the database, the slot and the publication on a given server.
const NAME: &str = "luik_bench";

const COLUMNS: &str = "'a' || i.id AS author_id, 'request' AS kind, 'Anna' AS first_name,
    'GM0119' AS region_code, 'Meppel' AS region_name, t.title, t.body, 'nl' AS language,
    'https://platform.example/hulp/' || i.id AS url, i.published_at,";

/// The core as the gateway's contract wants it.
pub(crate) enum Core {
    Sqlite(Arc<Mutex<rusqlite::Connection>>),
    Postgres { client: Box<Client>, url: String, server: Box<Server>, _driver: JoinSet<()> },
}

/// Where PostgreSQL comes from.
pub(crate) enum Server {
    ThrowAway(Postgres),
    /// Named by `LUIK_BENCH_POSTGRES`: a superuser's address, with `wal_level = logical`.
    Given(String),
}

impl Core {
    pub(crate) fn sqlite(folder: &Path) -> Self {
        let db = rusqlite::Connection::open(folder.join("core.db")).unwrap();
        db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(())).unwrap();
        db.pragma_update(None, "synchronous", "FULL").unwrap();
        db.execute_batch(&format!(
            "CREATE TABLE text (k INTEGER PRIMARY KEY, title TEXT, body TEXT);
             CREATE TABLE item (id TEXT PRIMARY KEY, text INTEGER, published_at TEXT);
             CREATE TABLE syndication_change (seq INTEGER PRIMARY KEY AUTOINCREMENT,
               item_id TEXT NOT NULL);
             CREATE TRIGGER item_added AFTER INSERT ON item BEGIN
               INSERT INTO syndication_change (item_id) VALUES (NEW.id); END;
             CREATE VIEW syndication_item AS SELECT i.id, {COLUMNS} NULL AS expires_at, 1 AS share,
               NULL AS approved, 'public' AS visibility, 1 AS of_age, '[]' AS withhold
               FROM item i JOIN text t ON t.k = i.text;"
        ))
        .unwrap();
        for (k, title, body) in texts() {
            db.execute("INSERT INTO text VALUES (?1, ?2, ?3)", (k, title, body)).unwrap();
        }
        Self::Sqlite(Arc::new(Mutex::new(db)))
    }

    /// None when no server is named and none is installed.
    pub(crate) async fn postgres() -> Option<Self> {
        let server = match setting("LUIK_BENCH_POSTGRES") {
            Some(url) => Server::Given(url),
            None if Path::new("/usr/lib/postgresql").exists() => {
                Server::ThrowAway(Postgres::start(&[]).await)
            }
            None => return None,
        };
        let url = match &server {
            Server::Given(url) => {
                let (admin, _driver) = connect(url).await;
                admin.batch_execute(&format!("CREATE DATABASE {NAME}")).await.unwrap();
                let mut url: url::Url = url.parse().unwrap();
                url.set_path(NAME);
                url.to_string()
            }
            Server::ThrowAway(server) => {
                format!("postgres://postgres@127.0.0.1:{}/core", server.port())
            }
        };
        let (client, driver) = connect(&url).await;
        client
            .batch_execute(&format!(
                "CREATE TABLE text (k bigint PRIMARY KEY, title text, body text);
                 CREATE TABLE item (id bigint PRIMARY KEY, text bigint, published_at timestamptz);
                 CREATE INDEX ON item ((id::text));
                 CREATE SCHEMA syndication;
                 CREATE VIEW syndication.item AS SELECT i.id::text AS id, {COLUMNS}
                   NULL::timestamptz AS expires_at, true AS share, NULL::boolean AS approved,
                   'public'::text AS visibility, true AS of_age, '{{}}'::text[] AS withhold
                   FROM public.item i JOIN public.text t ON t.k = i.text;
                 CREATE PUBLICATION {NAME} FOR TABLE item (id);"
            ))
            .await
            .unwrap();
        for (k, title, body) in texts() {
            let k = i64::try_from(k).unwrap();
            let insert = "INSERT INTO text VALUES ($1, $2, $3)";
            client.execute(insert, &[&k, &title, &body]).await.unwrap();
        }
        let (client, server) = (Box::new(client), Box::new(server));
        Some(Self::Postgres { client, url, server, _driver: driver })
    }

    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres { .. } => "postgres",
        }
    }

    /// The lines of `[source]`.
    pub(crate) fn source(&self) -> String {
        match self {
            Self::Sqlite(_) => "kind = \"sqlite\"\npath = \"core.db\"".to_owned(),
            Self::Postgres { .. } => format!(
                "kind = \"postgres\"\nurl = {{ file = \"core.url\" }}\nslot = \"{NAME}\"\n\
                 publication = \"{NAME}\"\n[[source.watch]]\ntable = \"public.item\""
            ),
        }
    }

    /// Puts the address where [`Core::source`] says it is.
    pub(crate) fn write_url(&self, folder: &Path) {
        if let Self::Postgres { url, .. } = self {
            std::fs::write(folder.join("core.url"), url).unwrap();
        }
    }

    /// Publishes items with these numbers in one transaction; returns when it is committed.
    pub(crate) async fn commit(&self, (first, last): (usize, usize)) {
        match self {
            Self::Sqlite(db) => {
                let (db, sql) = (db.clone(), insert((first, last), "'2026-05-01T09:00:00Z'"));
                let work = move || db.lock().unwrap().execute_batch(&sql).unwrap();
                spawn_blocking(work).await.unwrap();
            }
            Self::Postgres { client, .. } => {
                let series = format!(
                    "INSERT INTO item SELECT n, n % {TEXTS}, '2026-05-01T09:00:00Z'
                     FROM generate_series({first}, {last}) n"
                );
                client.batch_execute(&series).await.unwrap();
            }
        }
    }

    /// Reads the view once, a thousand rows at a time in order of key; returns how many.
    pub(crate) async fn read_all(&self) -> usize {
        let page = "WHERE v.id > $1 ORDER BY v.id LIMIT 1000";
        let (mut after, mut count) = (String::new(), 0);
        loop {
            let ids: Vec<String> = match self {
                Self::Sqlite(db) => {
                    let db = db.lock().unwrap();
                    let sql = format!("SELECT * FROM syndication_item v {page}");
                    let mut statement = db.prepare_cached(&sql).unwrap();
                    let rows = statement.query_map([&after], |row| row.get(0)).unwrap();
                    rows.map(Result::unwrap).collect()
                }
                Self::Postgres { client, .. } => {
                    let sql = format!("SELECT * FROM syndication.item v {page}");
                    let rows = client.query(&sql, &[&after]).await.unwrap();
                    rows.iter().map(|row| row.get(0)).collect()
                }
            };
            count += ids.len();
            match ids.into_iter().next_back() {
                Some(last) => after = last,
                None => return count,
            }
        }
    }

    /// Lets the gateway's slot go, once the gateway has stopped.
    pub(crate) async fn forget_slot(&self) {
        let Self::Postgres { client, .. } = self else { return };
        let drop = format!(
            "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
             WHERE slot_name = '{NAME}'"
        );
        until("the slot is free", async || client.batch_execute(&drop).await.is_ok()).await;
    }

    /// Leaves nothing behind on a given server.
    pub(crate) async fn end(self) {
        self.forget_slot().await;
        if let Self::Postgres { client, server, _driver, .. } = self
            && let Server::Given(url) = *server
        {
            drop((client, _driver));
            let (admin, _driver) = connect(&url).await;
            let sql = format!("DROP DATABASE {NAME} WITH (FORCE)");
            admin.batch_execute(&sql).await.unwrap();
        }
    }
}

fn insert((first, last): (usize, usize), published: &str) -> String {
    format!(
        "WITH RECURSIVE series (n) AS (VALUES ({first})
           UNION ALL SELECT n + 1 FROM series WHERE n < {last})
         INSERT INTO item SELECT CAST(n AS TEXT), n % {TEXTS}, {published} FROM series"
    )
}

fn texts() -> impl Iterator<Item = (usize, &'static str, String)> {
    let mut texts = Texts::new();
    (0..TEXTS).map(move |k| {
        let (title, body) = texts.next();
        (k, title, body)
    })
}

async fn connect(url: &str) -> (Client, JoinSet<()>) {
    let (client, connection) = tokio_postgres::connect(url, NoTls).await.unwrap();
    let mut driver = JoinSet::new();
    driver.spawn(async move { drop(connection.await) });
    (client, driver)
}
