//! Pages of live items, newest first, along the index that the newest of a document are found by.

use std::collections::{BTreeSet, BinaryHeap};

use rusqlite::{Connection, params};

use crate::journal::{Error, Listing, Newer, Search, view::Version};
use crate::model::{Bucket, Sequence};

use super::buckets;
use super::newest::{Stack, latest};
use super::read::{Reading, Want};

/// See [`crate::journal::Journal::listing`].
pub(in crate::journal) fn listing(
    db: &Connection,
    versions: &[Version],
    search: &Search,
) -> Result<Listing, Error> {
    let Some(now) = versions.last() else { return Ok(Listing::default()) };
    let mut buckets = buckets::for_people(db)?;
    buckets.retain(|one| now.scope.covers(one.kind, one.region));
    let inhabited: BTreeSet<_> = buckets.iter().map(|one| one.region).collect();
    buckets.retain(|one| search.takes(one));
    let before = search.before.unwrap_or(Sequence::MAX).get().saturating_sub(1);
    let stacks: Vec<Stack> = buckets.iter().map(|one| (one.kind, one.region, before)).collect();
    let newer = match search.before {
        None => Newer::Nothing,
        Some(_) => newer(db, &stacks, search.limit)?,
    };
    let mut page = latest(db, stacks.into_iter(), search.limit.saturating_add(1))?;
    let more = page.len() > search.limit;
    page.truncate(search.limit);
    let last = page.last().map(|(sequence, _)| Sequence::new(*sequence));
    let reading = Reading { db, versions, mark: Sequence::ZERO, want: Want::Publish };
    let entries = page.into_iter().map(|(_, num)| reading.of_number(num));
    Ok(Listing {
        live: entries.filter_map(Result::transpose).collect::<Result<_, _>>()?,
        found: buckets.iter().map(|one| one.count).sum(),
        newer,
        older: last.filter(|_| more),
        inhabited: inhabited.into_iter().collect(),
    })
}

impl Search {
    fn takes(&self, bucket: &Bucket) -> bool {
        self.kind.is_none_or(|kind| kind == bucket.kind)
            && self.within.is_none_or(|within| within.contains(bucket.region))
    }
}

/// Where the page begins whose last item is the next newer one than these stacks reach.
fn newer(db: &Connection, stacks: &[Stack], limit: usize) -> Result<Newer, Error> {
    let wanted = limit.saturating_add(1);
    let sql = "SELECT sequence FROM item INDEXED BY item_shown
               WHERE live = 1 AND kind = ?1 AND region = ?2 AND sequence > ?3
               ORDER BY sequence LIMIT ?4";
    let mut statement = db.prepare_cached(sql)?;
    // The oldest of what is newer, the newest of them on top.
    let mut heap: BinaryHeap<u64> = BinaryHeap::new();
    for (kind, region, reach) in stacks {
        let mut rows = statement.query(params![kind.number(), region.code(), reach, wanted])?;
        while let Some(row) = rows.next()? {
            let own = row.get(0)?;
            heap.push(own);
            // The rest of this stack is newer still than what had to go.
            if heap.len() > wanted && heap.pop() == Some(own) {
                break;
            }
        }
    }
    Ok(match heap.peek() {
        None => Newer::Nothing,
        Some(_) if heap.len() < wanted => Newer::First,
        Some(beyond) => Newer::Before(Sequence::new(*beyond)),
    })
}
