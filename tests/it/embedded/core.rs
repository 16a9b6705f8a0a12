//! The embedded core: an SQLite file with the contract view and the change table (design §4).

use std::path::Path;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use rusqlite::types::Value;
use rusqlite::{Connection, params, params_from_iter};
use sha2::Sha256;

/// The key behind public ids in these tests.
pub(crate) const ID_KEY: [u8; 32] = [0x4b; 32];
/// Stands in every column that may not leave, and in the body as a word to withhold.
pub(crate) const CANARY: &str = "Kanariestein";
/// Columns have no type, so that each can hold anything.
const SCHEMA: &str = "
    CREATE TABLE item (id TEXT UNIQUE, author_id, kind, first_name, region_code, region_name,
      title, body, language, url, published_at, expires_at, share, approved, visibility, of_age,
      withhold);
    CREATE VIEW syndication_item AS SELECT * FROM item;
    CREATE TABLE syndication_change (seq INTEGER PRIMARY KEY AUTOINCREMENT, item_id TEXT NOT NULL);
    CREATE TRIGGER item_added AFTER INSERT ON item WHEN NEW.id IS NOT NULL BEGIN
      INSERT INTO syndication_change (item_id) VALUES (NEW.id); END;
    CREATE TRIGGER item_altered AFTER UPDATE ON item BEGIN
      INSERT INTO syndication_change (item_id) VALUES (NEW.id); END;
    CREATE TRIGGER item_gone AFTER DELETE ON item BEGIN
      INSERT INTO syndication_change (item_id) VALUES (OLD.id); END;";
const COLUMNS: [&str; 17] = [
    "id",
    "author_id",
    "kind",
    "first_name",
    "region_code",
    "region_name",
    "title",
    "body",
    "language",
    "url",
    "published_at",
    "expires_at",
    "share",
    "approved",
    "visibility",
    "of_age",
    "withhold",
];

/// The core, open for changes.
pub(crate) struct Core(Connection);

impl Core {
    /// An empty core in a new file.
    pub(crate) fn create(path: &Path) -> Self {
        let db = Connection::open(path).unwrap();
        db.busy_timeout(Duration::from_secs(10)).unwrap();
        db.pragma_update(None, "journal_mode", "wal").unwrap();
        db.pragma_update(None, "synchronous", "off").unwrap();
        db.execute_batch(SCHEMA).unwrap();
        Self(db)
    }

    /// Runs any SQL.
    pub(crate) fn run(&self, sql: &str) {
        self.0.execute_batch(sql).unwrap();
    }

    /// Places an item that may leave.
    pub(crate) fn put(&self, id: &str) {
        self.put_odd(id, &[]);
    }

    /// Places all of these in one transaction.
    pub(crate) fn put_all<'i>(&self, ids: impl IntoIterator<Item = &'i str>) {
        self.at_once(|| ids.into_iter().for_each(|id| self.put(id)));
    }

    /// Does several things in one transaction.
    pub(crate) fn at_once(&self, work: impl FnOnce()) {
        self.run("BEGIN IMMEDIATE");
        work();
        self.run("COMMIT");
    }

    /// Places an item that differs in these columns from one that may leave.
    pub(crate) fn put_odd(&self, id: &str, odd: &[(&str, Value)]) {
        let values = COLUMNS.map(|column| {
            let given = odd.iter().find(|(name, _)| *name == column);
            given.map_or_else(|| usual(column, id), |(_, value)| value.clone())
        });
        let places = vec!["?"; COLUMNS.len()].join(", ");
        let sql = format!("INSERT INTO item ({}) VALUES ({places})", COLUMNS.join(", "));
        let mut insert = self.0.prepare_cached(&sql).unwrap();
        assert_eq!(insert.execute(params_from_iter(values)).unwrap(), 1);
    }

    /// Changes the title of an item.
    pub(crate) fn edit(&self, id: &str, title: &str) {
        let sql = "UPDATE item SET title = ?2 WHERE id = ?1";
        assert_eq!(self.0.execute(sql, params![id, title]).unwrap(), 1);
    }

    /// Deletes an item.
    pub(crate) fn remove(&self, id: &str) {
        assert_eq!(self.0.execute("DELETE FROM item WHERE id = ?1", [id]).unwrap(), 1);
    }
}

/// What an item that may leave has in a column.
fn usual(column: &str, id: &str) -> Value {
    let text = match column {
        "id" => id.to_owned(),
        "author_id" => format!("{CANARY}-{id}"),
        "kind" => "request".to_owned(),
        "first_name" => "Anna".to_owned(),
        "region_code" => "GM0119".to_owned(),
        "region_name" => "Meppel".to_owned(),
        "title" => "Hulp in de tuin".to_owned(),
        "body" => format!("Wie helpt mij met de heg? Groet, {CANARY}"),
        "language" => "nl".to_owned(),
        "url" => "https://www.voorbeeld.example/hulp".to_owned(),
        "published_at" => "2026-01-02T10:00:00Z".to_owned(),
        "visibility" => "public".to_owned(),
        "withhold" => format!("[\"{CANARY}\"]"),
        "share" | "of_age" => return Value::Integer(1),
        _ => return Value::Null,
    };
    Value::Text(text)
}

/// Under which id an item leaves (design §5), computed here once more.
pub(crate) fn public_id(core_id: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(&ID_KEY).unwrap();
    mac.update(core_id.as_bytes());
    let digest = mac.finalize().into_bytes();
    let half: Vec<u8> = digest.into_iter().take(16).collect();
    BASE32_NOPAD.encode(&half).to_ascii_lowercase()
}
