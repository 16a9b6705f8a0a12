//! Reading the log as one partner is to see it.

use jiff::Timestamp;
use rusqlite::{Connection, Row, ToSql, params};

use crate::journal::{
    Backlog, Entry, Error, Page, Referral,
    view::{self, Facts, Stay, Stretch, Version},
};
use crate::model::{Item, Kind, PublicId, Region, Sequence, State};
#[cfg(test)]
use crate::simulation::{Bug, planted};

use super::seal::{self, Key};

/// Rows looked at in one call before it returns with what it has.
const ROWS_MAX: usize = 20_000;
/// Rows fetched at a time, at least.
const CHUNK_MIN: usize = 64;
/// Up to where a backlog is counted.
pub(in crate::journal) const BACKLOG_MAX: u32 = 100_000;

/// Which items a read wants.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Want {
    /// Live items in the partner's present scope.
    Publish,
    /// Retractions of items that the partner may hold.
    Remove,
    /// Both, in order: the RPDE feed.
    Both,
}

const COLUMNS: &str = "num, id, sequence, live, kind, region, changed, sealed, key";
/// The key of each text; `CROSS` keeps the order in which SQLite looks.
const KEYS: &str = "CROSS JOIN item_key USING (num)";

/// One row of `item`.
struct Stored {
    facts: Facts,
    id: PublicId,
    changed: i64,
    sealed: Option<Vec<u8>>,
    key: Key,
}

impl Stored {
    fn from_row(row: &Row<'_>) -> Result<Self, Error> {
        let odd = || Error::Odd("item");
        let kind = Kind::from_number(row.get(4)?).ok_or_else(odd)?;
        let region = Region::from_code(row.get_ref(5)?.as_str().map_err(|_| odd())?);
        let facts = Facts {
            num: row.get(0)?,
            sequence: row.get(2)?,
            live: row.get(3)?,
            kind,
            region: region.map_err(|_| odd())?,
        };
        let id = PublicId::from_bytes(row.get(1)?);
        let (sealed, key) = (row.get(7)?, row.get(8)?);
        Ok(Self { facts, id, changed: row.get(6)?, sealed, key })
    }
}

/// One partner's look at the log within one call.
pub(in crate::journal) struct Reading<'a> {
    pub(in crate::journal) db: &'a Connection,
    pub(in crate::journal) versions: &'a [Version],
    pub(in crate::journal) mark: Sequence,
    pub(in crate::journal) want: Want,
}

impl Reading<'_> {
    /// At most `limit` entries after `after`, in order of position.
    pub(in crate::journal) fn page(
        &self,
        after: Sequence,
        head: Sequence,
        limit: usize,
    ) -> Result<Page, Error> {
        let mut page = Page { entries: Vec::new(), reached: after };
        let mut looked_at = 0;
        for stretch in view::stretches(self.versions, head.get()) {
            let end = Sequence::new(stretch.end(self.versions));
            while page.reached < end && page.entries.len() < limit && looked_at < ROWS_MAX {
                let wanted = (limit - page.entries.len()).max(CHUNK_MIN);
                let rows = self.rows(stretch, page.reached.get(), wanted)?;
                let no_more = rows.len() < wanted;
                looked_at += rows.len().max(1);
                if self.take(rows, stretch, limit, &mut page)? && no_more {
                    page.reached = end;
                }
            }
        }
        Ok(page)
    }

    /// Adds the rows that stand in this stretch until the page is full; true when all were
    /// considered.
    fn take(
        &self,
        rows: Vec<Stored>,
        stretch: Stretch,
        limit: usize,
        page: &mut Page,
    ) -> Result<bool, Error> {
        for row in rows {
            if page.entries.len() == limit {
                return Ok(false);
            }
            let here = self.position_in(&row.facts, stretch);
            page.reached = here;
            if let Some(entry) = self.entry(row)?.filter(|entry| entry.item.modified == here) {
                page.entries.push(entry);
            }
        }
        Ok(true)
    }

    fn position_in(&self, facts: &Facts, stretch: Stretch) -> Sequence {
        match stretch {
            Stretch::Log { .. } => Sequence::new(facts.sequence),
            Stretch::Range { version } => {
                let since = self.versions.get(version).map_or(0, |version| version.since);
                Sequence::new(since).plus(facts.num)
            }
        }
    }

    /// The same of the item with this number.
    pub(super) fn of_number(&self, num: u64) -> Result<Option<Entry>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM item {KEYS} WHERE num = ?1");
        let row = self.query(&sql, params![num])?.pop();
        row.map_or(Ok(None), |row| self.entry(row))
    }

    /// What the partner is to see of this row, if that is wanted.
    fn entry(&self, row: Stored) -> Result<Option<Entry>, Error> {
        let place = view::place(&row.facts, self.versions);
        let wanted = match self.want {
            Want::Publish => place.shown,
            Want::Remove => !place.shown,
            Want::Both => true,
        };
        if !wanted {
            return Ok(None);
        }
        let state = match (place.shown, row.sealed) {
            (true, Some(sealed)) => State::Updated(seal::open(sealed, &row.key)?.data.into()),
            (true, None) => return Err(Error::Odd("item.sealed")),
            (false, _) => {
                let stays = stays(self.db, row.facts.num)?;
                if !view::may_hold(row.facts.num, &stays, self.versions, self.mark) {
                    return Ok(None);
                }
                State::Deleted
            }
        };
        let version = place.moved_by.and_then(|index| self.versions.get(index));
        let changed_at = time(version.map_or(row.changed, |version| version.changed_ms));
        let item = Item { id: row.id, kind: row.facts.kind, modified: place.position, state };
        Ok(Some(Entry { item, changed_at }))
    }

    /// Rows that may stand in this stretch after a position, in order.
    fn rows(&self, stretch: Stretch, after: u64, limit: usize) -> Result<Vec<Stored>, Error> {
        match stretch {
            Stretch::Log { to, .. } => self.log_rows(after, to, limit),
            Stretch::Range { version } => self.range_rows(version, after, limit),
        }
    }

    fn log_rows(&self, after: u64, to: u64, limit: usize) -> Result<Vec<Stored>, Error> {
        #[cfg(test)]
        let after = after + u64::from(planted(Bug::CompareAtLeast));
        let now = self.versions.last().map(|version| view::scope_bytes(&version.scope));
        let Some(scope) = now else {
            return Ok(Vec::new());
        };
        // An item that never moved was only ever where it is.
        let ever = view::scope_bytes(&view::ever(self.versions));
        let (index, filter) = match self.want {
            Want::Publish => {
                ("INDEXED BY item_live", "live = 1 AND covers(?1, kind, region) AND ?5 IS NOT NULL")
            }
            Want::Remove => (
                "INDEXED BY item_taken",
                "(live = 0 OR moved = 1) AND (moved = 1 OR covers(?5, kind, region))
                 AND ?1 IS NOT NULL",
            ),
            Want::Both => (
                "",
                "(moved = 1 OR covers(?1, kind, region)
                  OR (live = 0 AND covers(?5, kind, region)))",
            ),
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM item {index} {KEYS} WHERE {filter}
             AND sequence > ?2 AND sequence <= ?3 ORDER BY sequence LIMIT ?4"
        );
        self.query(&sql, params![scope, after, to, limit, ever])
    }

    fn range_rows(&self, index: usize, after: u64, limit: usize) -> Result<Vec<Stored>, Error> {
        let before = index.checked_sub(1).and_then(|before| self.versions.get(before));
        let (Some(before), Some(version)) = (before, self.versions.get(index)) else {
            return Ok(Vec::new());
        };
        let sql = format!(
            "SELECT {COLUMNS} FROM item {KEYS} WHERE num > ?1 AND num <= ?2 AND sequence <= ?3
             AND live = 1 AND covers(?4, kind, region) <> covers(?5, kind, region)
             ORDER BY num LIMIT ?6"
        );
        let (was, is) = (view::scope_bytes(&before.scope), view::scope_bytes(&version.scope));
        let first = after.saturating_sub(version.since);
        self.query(&sql, params![first, version.span, version.since, was, is, limit])
    }

    fn query(&self, sql: &str, parameters: &[&dyn ToSql]) -> Result<Vec<Stored>, Error> {
        let mut statement = self.db.prepare_cached(sql)?;
        let mut rows = statement.query(parameters)?;
        let mut stored = Vec::new();
        while let Some(row) = rows.next()? {
            stored.push(Stored::from_row(row)?);
        }
        Ok(stored)
    }

    /// The present state of these items; those that the partner can not hold are left out.
    pub(in crate::journal) fn look(&self, ids: &[PublicId]) -> Result<Vec<Entry>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM item {KEYS} WHERE id = ?1");
        let mut entries = Vec::with_capacity(ids.len());
        for id in ids {
            for row in self.query(&sql, params![id.as_bytes()])? {
                entries.extend(self.entry(row)?);
            }
        }
        Ok(entries)
    }

    /// The same for one item by its number.
    pub(in crate::journal) fn numbered(&self, num: u64) -> Result<Option<Entry>, Error> {
        let sql = format!("SELECT {COLUMNS} FROM item {KEYS} WHERE num = ?1");
        let row = self.query(&sql, params![num])?.pop();
        Ok(row.map(|row| self.entry(row)).transpose()?.flatten())
    }
}

/// Live items in scope that changed after a cursor: counted from the index alone. Those that a
/// change of scope let in are not among them.
pub(in crate::journal) fn publishes(
    db: &Connection,
    versions: &[Version],
    after: Sequence,
) -> Result<Backlog, Error> {
    let Some(version) = versions.last() else { return Ok(Backlog::default()) };
    let sql = "SELECT count(*) FROM (SELECT 1 FROM item INDEXED BY item_live
               WHERE live = 1 AND sequence > ?1 AND covers(?2, kind, region) LIMIT ?3)";
    let scope = view::scope_bytes(&version.scope);
    let counted = params![after.get(), scope, BACKLOG_MAX];
    let items = db.prepare_cached(sql)?.query_row(counted, |row| row.get(0))?;
    Ok(Backlog { items, oldest: None })
}

pub(super) fn stays(db: &Connection, num: u64) -> Result<Vec<Stay>, Error> {
    let sql = "SELECT since, until, kind, region FROM stay WHERE num = ?1 ORDER BY since";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([num])?;
    let mut stays = Vec::new();
    while let Some(row) = rows.next()? {
        let odd = || Error::Odd("stay");
        let region = row.get_ref(3)?.as_str().map_err(|_| odd())?;
        stays.push(Stay {
            since: row.get(0)?,
            until: row.get(1)?,
            kind: Kind::from_number(row.get(2)?).ok_or_else(odd)?,
            region: Region::from_code(region).map_err(|_| odd())?,
        });
    }
    Ok(stays)
}

/// A stored time in milliseconds.
pub(in crate::journal) fn time(milliseconds: i64) -> Timestamp {
    Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
}

/// See [`crate::journal::Journal::expired`].
pub(in crate::journal) fn expired(
    db: &Connection,
    now: Timestamp,
    limit: usize,
) -> Result<Vec<PublicId>, Error> {
    let sql = "SELECT id FROM item WHERE expires IS NOT NULL AND expires <= ?1
               ORDER BY expires LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![now.as_millisecond(), limit], |row| row.get(0))?;
    Ok(rows.map(|id| id.map(PublicId::from_bytes)).collect::<Result<_, _>>()?)
}

/// See [`crate::journal::Journal::live`].
pub(in crate::journal) fn live(
    db: &Connection,
    after: u64,
    limit: usize,
) -> Result<Vec<(u64, PublicId)>, Error> {
    let sql = "SELECT num, id FROM item WHERE live = 1 AND num > ?1 AND region <> ?3
               ORDER BY num LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let asked = params![after, limit, Region::CANARY.code()];
    let rows = statement.query_map(asked, |row| Ok((row.get(0)?, row.get(1)?)))?;
    let pairs = rows.map(|pair| pair.map(|(num, id)| (num, PublicId::from_bytes(id))));
    Ok(pairs.collect::<Result<_, _>>()?)
}

/// See [`crate::journal::Journal::referral`].
pub(in crate::journal) fn referral(
    db: &Connection,
    versions: &[Version],
    id: PublicId,
) -> Result<Option<Referral>, Error> {
    let reading = Reading { db, versions, mark: Sequence::MAX, want: Want::Both };
    let Some(entry) = reading.look(&[id])?.pop() else {
        return Ok(None);
    };
    if entry.item.is_deleted() {
        return Ok(Some(Referral::Removed));
    }
    let sql = "SELECT sealed, key FROM item JOIN item_key USING (num) WHERE id = ?1";
    let (sealed, key) =
        db.prepare_cached(sql)?.query_row([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Some(Referral::Live(seal::open(sealed, &key)?.url.into())))
}
