//! The latest live items and the latest retractions of one partner.
//!
//! The newest of a kind in a region is one step in an index, and there are no more kinds and
//! regions than the list of regions has. So a partner with one small region costs as little as one
//! with all of them, whatever the number of items.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rusqlite::{Connection, params};

use crate::journal::{
    Entry, Error, Newest, Window,
    view::{self, Version},
};
use crate::model::{Bucket, Kind, Region, Sequence};

use super::buckets;
use super::read::{Reading, Want};

/// Rows looked at in search of retractions.
const ROWS_MAX: usize = 20_000;
/// Items that left the scope are looked at up to so many times the limit: some were never held.
const LEFT_FACTOR: usize = 4;

/// Items of one kind in one region that last changed at or before a position.
pub(super) type Stack = (Kind, Region, u64);

/// See [`crate::journal::Journal::newest`].
pub(in crate::journal) fn newest(
    db: &Connection,
    (versions, mark): (&[Version], Sequence),
    window: &Window,
) -> Result<Newest, Error> {
    let buckets = buckets::for_people(db)?;
    let reading = |want| Reading { db, versions, mark, want };
    let live = live(&reading(Want::Publish), &buckets, window)?;
    let removed = removed(&reading(Want::Remove), &buckets, window)?;
    Ok(Newest { live, removed })
}

fn live(reading: &Reading<'_>, buckets: &[Bucket], window: &Window) -> Result<Vec<Entry>, Error> {
    let Some(now) = reading.versions.last() else { return Ok(Vec::new()) };
    let shown = buckets.iter().filter(|one| now.scope.covers(one.kind, one.region));
    let stacks = shown.map(|one| (one.kind, one.region, window.up_to.get()));
    let mut entries = Vec::new();
    for (_, num) in latest(reading.db, stacks, window.limit)? {
        let entry = reading.of_number(num)?;
        // A later change of scope may have moved it beyond.
        entries.extend(entry.filter(|entry| entry.item.modified <= window.up_to));
    }
    Ok(entries)
}

/// What was taken away itself, and what a change of scope took away from this partner.
fn removed(
    reading: &Reading<'_>,
    buckets: &[Bucket],
    window: &Window,
) -> Result<Vec<Entry>, Error> {
    let wanted =
        |entry: &Entry| entry.changed_at >= window.since || entry.item.modified > window.untold;
    // By position, as one and the same may be found twice.
    let mut found = BTreeMap::new();
    for num in taken(reading, window)? {
        let entry = reading.of_number(num)?.filter(wanted);
        found.extend(entry.map(|entry| (entry.item.modified, entry)));
        if found.len() >= window.limit {
            break;
        }
    }
    let left = buckets.iter().filter_map(|one| left(reading.versions, one));
    for (_, num) in latest(reading.db, left, window.limit.saturating_mul(LEFT_FACTOR))? {
        let entry = reading.of_number(num)?.filter(wanted);
        found.extend(entry.map(|entry| (entry.item.modified, entry)));
    }
    Ok(found.into_values().rev().take(window.limit).collect())
}

/// The latest items that were taken away, or may be a retraction for somebody.
fn taken(reading: &Reading<'_>, window: &Window) -> Result<Vec<u64>, Error> {
    let ever = view::scope_bytes(&view::ever(reading.versions));
    let sql = "SELECT num FROM (
                 SELECT num, sequence, live, moved, kind, region, changed
                 FROM item INDEXED BY item_taken WHERE (live = 0 OR moved = 1) AND region <> ?5
                 ORDER BY sequence DESC LIMIT ?1)
               WHERE (moved = 1 OR covers(?2, kind, region)) AND (changed >= ?3 OR sequence > ?4)
               ORDER BY sequence DESC";
    let mut statement = reading.db.prepare_cached(sql)?;
    let (since, untold) = (window.since.as_millisecond(), window.untold.get());
    let asked = params![ROWS_MAX, ever, since, untold, Region::CANARY.code()];
    let rows = statement.query_map(asked, |row| row.get(0))?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// What was there when the partner's scope lost a kind in a region, if it did.
fn left(versions: &[Version], bucket: &Bucket) -> Option<Stack> {
    let covers = |version: &Version| version.scope.covers(bucket.kind, bucket.region);
    let (last, before) = versions.split_last()?;
    if covers(last) {
        return None;
    }
    let had = before.iter().rposition(covers)?;
    let lost = versions.get(had + 1)?;
    Some((bucket.kind, bucket.region, lost.since))
}

/// The live items that changed last, as change number and number, the latest first; at most `limit`.
pub(super) fn latest(
    db: &Connection,
    stacks: impl Iterator<Item = Stack>,
    limit: usize,
) -> Result<Vec<(u64, u64)>, Error> {
    let sql = "SELECT sequence, num FROM item INDEXED BY item_shown
               WHERE live = 1 AND kind = ?1 AND region = ?2 AND sequence <= ?3
               ORDER BY sequence DESC LIMIT ?4";
    let mut statement = db.prepare_cached(sql)?;
    let mut heap: BinaryHeap<Reverse<(u64, u64)>> = BinaryHeap::new();
    for (kind, region, up_to) in stacks {
        let mut rows = statement.query(params![kind.number(), region.code(), up_to, limit])?;
        while let Some(row) = rows.next()? {
            let own = (row.get(0)?, row.get(1)?);
            heap.push(Reverse(own));
            // The rest of this stack is older still than what had to go.
            if heap.len() > limit && heap.pop() == Some(Reverse(own)) {
                break;
            }
        }
    }
    Ok(heap.into_sorted_vec().into_iter().map(|Reverse(own)| own).collect())
}
