//! The tables, and how a connection is set up.

use std::path::Path;
use std::time::Duration;

use rusqlite::functions::FunctionFlags;
use rusqlite::{Connection, OpenFlags};

use crate::journal::{Error, view};
use crate::model::{Digest, Kind, Region};

use super::buckets;

/// Longest wait for another connection.
pub(super) const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Raised when the tables change.
const VERSION: i64 = 5;
/// The first SQLite without the fault that loses commits at a checkpoint.
const SQLITE_MIN: i32 = 3_051_003;

const TABLES: &str = "
CREATE TABLE item (
  num      INTEGER PRIMARY KEY,
  id       BLOB NOT NULL UNIQUE,
  sequence INTEGER NOT NULL UNIQUE,
  live     INTEGER NOT NULL,
  moved    INTEGER NOT NULL DEFAULT 0, -- may be a retraction for somebody although it is live
  kind     INTEGER NOT NULL,
  region   TEXT NOT NULL,
  changed  INTEGER NOT NULL,           -- milliseconds since 1970
  expires  INTEGER,
  author   BLOB,
  sealed   BLOB                        -- text and address, see seal.rs
) STRICT;
CREATE TABLE item_key (                -- appended to and overwritten in place, never deleted from
  num INTEGER PRIMARY KEY,
  key BLOB NOT NULL
) STRICT;
CREATE INDEX item_live ON item (sequence, kind, region) WHERE live = 1;
CREATE INDEX item_taken ON item (sequence) WHERE live = 0 OR moved = 1;
CREATE INDEX item_expires ON item (expires) WHERE expires IS NOT NULL;
CREATE TABLE stay (                    -- where an item was ever visible
  num    INTEGER NOT NULL,
  since  INTEGER NOT NULL,
  until  INTEGER,
  kind   INTEGER NOT NULL,
  region TEXT NOT NULL,
  PRIMARY KEY (num, since)
) STRICT, WITHOUT ROWID;
CREATE TABLE partner (
  id        TEXT PRIMARY KEY,
  publish   INTEGER NOT NULL DEFAULT 0,
  remove    INTEGER NOT NULL DEFAULT 0,
  pull      INTEGER NOT NULL DEFAULT 0,
  push_mark INTEGER NOT NULL DEFAULT 0,
  pull_mark INTEGER NOT NULL DEFAULT 0,
  paused    INTEGER NOT NULL DEFAULT 0,
  gone      INTEGER NOT NULL DEFAULT 0,
  skipped   INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;
CREATE TABLE partner_scope (           -- which scope a partner had from which position on
  partner   TEXT NOT NULL,
  version   INTEGER NOT NULL,
  since     INTEGER NOT NULL,
  span      INTEGER NOT NULL,
  changed   INTEGER NOT NULL,
  requests  TEXT NOT NULL,
  offers    TEXT NOT NULL,
  agreement TEXT NOT NULL,
  PRIMARY KEY (partner, version)
) STRICT, WITHOUT ROWID;
CREATE TABLE parked (                  -- single items that a partner refused
  partner TEXT NOT NULL,
  lane    INTEGER NOT NULL,
  id      BLOB NOT NULL,
  sequence INTEGER NOT NULL,
  at      INTEGER NOT NULL,            -- since when it is owed
  tried   INTEGER NOT NULL,            -- when it was refused last
  PRIMARY KEY (partner, lane, id)
) STRICT, WITHOUT ROWID;
CREATE TABLE receipt (
  num     INTEGER PRIMARY KEY,
  partner TEXT NOT NULL,
  cursor  INTEGER NOT NULL,
  after   INTEGER NOT NULL,
  upto    INTEGER NOT NULL,
  items   INTEGER NOT NULL,
  rung    INTEGER NOT NULL,
  first   INTEGER NOT NULL,
  last    INTEGER NOT NULL
) STRICT;
CREATE INDEX receipt_latest ON receipt (partner, cursor, num);
CREATE TABLE standing (
  one              INTEGER PRIMARY KEY CHECK (one = 1),
  head             INTEGER NOT NULL,
  narrowed         INTEGER NOT NULL,   -- position of the last scope that lost something
  source           TEXT,
  comparison_owed  INTEGER NOT NULL
) STRICT;
INSERT INTO standing VALUES (1, 0, 0, NULL, 1);
";

/// What version 2 added: digests, blocks, commands with their reasons, leases, ended agreements.
const ADDED_IN_2: &str = "
CREATE INDEX item_author ON item (author) WHERE author IS NOT NULL;
CREATE TABLE bucket (                  -- live items of a kind in a region, see buckets.rs
  kind   INTEGER NOT NULL,
  region TEXT NOT NULL,
  count  INTEGER NOT NULL,
  digest BLOB NOT NULL,
  PRIMARY KEY (kind, region)
) STRICT, WITHOUT ROWID;
CREATE TABLE action (                  -- what a person did, and why
  num     INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,
  what    TEXT NOT NULL,
  partner TEXT,
  person  TEXT NOT NULL,
  reason  TEXT NOT NULL,
  head    INTEGER NOT NULL
) STRICT;
CREATE TABLE block (                   -- what may never be shown again, whatever the core says
  sort   INTEGER NOT NULL,             -- 0 an item, 1 all items of an author
  key    BLOB NOT NULL,
  action INTEGER NOT NULL,
  PRIMARY KEY (sort, key)
) STRICT, WITHOUT ROWID;
CREATE TABLE retracted (               -- which items an action took away
  action INTEGER NOT NULL,
  id     BLOB NOT NULL,
  PRIMARY KEY (action, id)
) STRICT, WITHOUT ROWID;
ALTER TABLE partner ADD COLUMN repeat INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partner ADD COLUMN lease INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partner ADD COLUMN ended TEXT; -- hash of the agreement that was ended by command
";

/// What version 3 added: how far back the log reaches.
const ADDED_IN_3: &str = "
ALTER TABLE standing ADD COLUMN forgotten INTEGER NOT NULL DEFAULT 0;    -- highest position
ALTER TABLE standing ADD COLUMN forgotten_at INTEGER NOT NULL DEFAULT 0; -- latest removal of them
ALTER TABLE partner ADD COLUMN began INTEGER NOT NULL DEFAULT 0; -- it pulled from the beginning
";

/// What version 4 added: the latest of a kind in a region at once, and how far documents reached.
const ADDED_IN_4: &str = "
CREATE INDEX item_shown ON item (kind, region, sequence) WHERE live = 1;
ALTER TABLE partner ADD COLUMN feed_mark INTEGER NOT NULL DEFAULT 0;
";

/// What version 5 added: the ledger, and what makes its entries forgettable.
const ADDED_IN_5: &str = "
CREATE TABLE ledger (                  -- append-only; see crate::ledger
  num     INTEGER PRIMARY KEY,
  at      INTEGER NOT NULL,            -- milliseconds since 1970; never goes back
  what    TEXT NOT NULL,
  subject TEXT,                        -- partner, or reference of an item
  entry   TEXT NOT NULL                -- in its one form
) STRICT;
CREATE INDEX ledger_subject ON ledger (subject, what, at);
CREATE TABLE checkpoint (
  num       INTEGER PRIMARY KEY,       -- of the latest line
  at        INTEGER NOT NULL,
  hash      TEXT NOT NULL,
  signature TEXT NOT NULL
) STRICT;
CREATE TABLE ledger_item (             -- items that the log has forgotten
  num     INTEGER PRIMARY KEY,
  id      BLOB NOT NULL,
  removed INTEGER NOT NULL             -- since when it is not shown
) STRICT;
CREATE INDEX ledger_item_id ON ledger_item (id);
CREATE INDEX ledger_item_removed ON ledger_item (removed);
CREATE TABLE ledger_salt (             -- appended to and overwritten in place, never deleted from
  num  INTEGER PRIMARY KEY,
  salt BLOB NOT NULL
) STRICT;
CREATE TABLE secret (                  -- since when a partner's secret is in use, by a keyed digest
  partner TEXT NOT NULL,
  way     TEXT NOT NULL,
  digest  BLOB NOT NULL,
  since   INTEGER NOT NULL,
  PRIMARY KEY (partner, way, digest)
) STRICT, WITHOUT ROWID;
ALTER TABLE standing ADD COLUMN ledger INTEGER NOT NULL DEFAULT 0;
ALTER TABLE standing ADD COLUMN ledger_hash BLOB NOT NULL DEFAULT x'0000000000000000000000000000000000000000000000000000000000000000';
ALTER TABLE partner ADD COLUMN agreed TEXT;            -- hash of the terms that were entered last
ALTER TABLE partner ADD COLUMN differs INTEGER NOT NULL DEFAULT 0; -- since when it tells something else
ALTER TABLE partner ADD COLUMN push_entered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE partner ADD COLUMN pull_entered INTEGER NOT NULL DEFAULT 0;
ALTER TABLE receipt ADD COLUMN entered INTEGER;        -- number of its line
CREATE INDEX receipt_open ON receipt (cursor, first) WHERE entered IS NULL;
ALTER TABLE action ADD COLUMN salt BLOB;
";

/// Opens the file for the one writer and makes the tables if need be.
pub(in crate::journal) fn open_writer(file: &Path) -> Result<Connection, Error> {
    if rusqlite::version_number() < SQLITE_MIN {
        return Err(Error::Library(rusqlite::version()));
    }
    let mut db = Connection::open(file)?;
    set_up(&db)?;
    db.pragma_update_and_check(None, "journal_mode", "WAL", |_| Ok(()))?;
    db.pragma_update(None, "synchronous", "FULL")?;
    db.pragma_update_and_check(None, "secure_delete", "ON", |_| Ok(()))?;
    migrate(&mut db)?;
    Ok(db)
}

/// Makes the tables, or those that a newer version added.
fn migrate(db: &mut Connection) -> Result<(), Error> {
    let version: i64 = db.pragma_query_value(None, "user_version", |row| row.get(0))?;
    if version > VERSION {
        return Err(Error::TooNew(version));
    }
    let tx = db.transaction()?;
    if version < 1 {
        tx.execute_batch(TABLES)?;
    }
    if version < 2 {
        tx.execute_batch(ADDED_IN_2)?;
        buckets::fill(&tx)?;
    }
    if version < 3 {
        tx.execute_batch(ADDED_IN_3)?;
    }
    if version < 4 {
        tx.execute_batch(ADDED_IN_4)?;
    }
    if version < 5 {
        tx.execute_batch(ADDED_IN_5)?;
    }
    tx.pragma_update(None, "user_version", VERSION)?;
    Ok(tx.commit()?)
}

/// A journal that no file holds.
#[cfg(test)]
pub(super) fn in_memory() -> Result<Connection, Error> {
    let mut db = Connection::open_in_memory()?;
    set_up(&db)?;
    migrate(&mut db)?;
    Ok(db)
}

/// Refuses a file of another version: only the writer brings one up to date.
pub(super) fn require_current(db: &Connection) -> Result<(), Error> {
    match db.pragma_query_value(None, "user_version", |row| row.get(0))? {
        VERSION => Ok(()),
        older if older < VERSION => Err(Error::TooOld(older)),
        newer => Err(Error::TooNew(newer)),
    }
}

/// Opens the file for reading.
pub(in crate::journal) fn open_reader(file: &Path) -> Result<Connection, Error> {
    let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let db = Connection::open_with_flags(file, flags)?;
    set_up(&db)?;
    Ok(db)
}

fn set_up(db: &Connection) -> Result<(), Error> {
    db.busy_timeout(BUSY_WAIT)?;
    db.pragma_update(None, "temp_store", "MEMORY")?;
    db.set_prepared_statement_cache_capacity(64);
    let flags = FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_UTF8;
    // covers(scope, kind, region): a scope travels as the bytes of its two sets.
    db.create_scalar_function("covers", 3, flags, |call| {
        let scope = view::scope_of(call.get_raw(0).as_blob().unwrap_or_default());
        let kind = call.get::<u8>(1).ok().and_then(Kind::from_number);
        let region = call.get_raw(2).as_str().ok().and_then(|code| Region::from_code(code).ok());
        Ok(match (scope, kind, region) {
            (Some(scope), Some(kind), Some(region)) => scope.covers(kind, region),
            _ => false,
        })
    })?;
    db.create_scalar_function("turn", 2, flags, |call| {
        let mut digest = Digest::from_bytes(call.get(0)?);
        digest.turn(Digest::from_bytes(call.get(1)?));
        Ok(digest.as_bytes().to_vec())
    })?;
    Ok(())
}
