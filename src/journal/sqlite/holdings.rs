//! Comparing what a partner holds with what it should hold.

use rusqlite::{Connection, Row, params};

use crate::journal::{
    Claim, Difference, Entry, Error, Holdings,
    view::{self, Facts, Version},
};
use crate::model::{Digest, Item, Kind, PublicId, Region, Sequence, State};

use super::buckets;
use super::read::{Reading, Want};

/// What a partner with these scopes should hold now.
///
/// The shared buckets know each item at its own change number. Only items that a change of this
/// partner's scope moved since are looked at one by one.
pub(in crate::journal) fn expected(
    db: &Connection,
    versions: &[Version],
) -> Result<Holdings, Error> {
    let up_to = db.prepare_cached("SELECT head FROM standing")?.query_row([], |row| row.get(0))?;
    let up_to = Sequence::new(up_to);
    let Some(last) = versions.last() else {
        return Ok(Holdings { up_to, buckets: Vec::new() });
    };
    let mut all = buckets::all(db)?;
    all.retain(|bucket| last.scope.covers(bucket.kind, bucket.region));
    if versions.len() > 1 {
        moved(db, versions, |facts, id, position| {
            let here = |b: &&mut _| is_of(b, facts);
            if let Some(bucket) = all.iter_mut().find(here) {
                bucket.digest.turn(Digest::of(id, facts.sequence));
                bucket.digest.turn(Digest::of(id, position));
            }
        })?;
    }
    Ok(Holdings { up_to, buckets: all })
}

fn is_of(bucket: &crate::model::Bucket, facts: &Facts) -> bool {
    (bucket.kind, bucket.region) == (facts.kind, facts.region)
}

/// Calls back for each live item that is shown to the partner at another place than its own.
fn moved(
    db: &Connection,
    versions: &[Version],
    mut found: impl FnMut(&Facts, PublicId, Sequence),
) -> Result<(), Error> {
    let since = versions.last().map_or(0, |version| version.since);
    let sql = "SELECT num, sequence, kind, region FROM item INDEXED BY item_live
               WHERE live = 1 AND sequence <= ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut name = db.prepare_cached("SELECT id FROM item WHERE num = ?1")?;
    let mut rows = statement.query([since])?;
    while let Some(row) = rows.next()? {
        let facts = facts(row, true)?;
        let place = view::place(&facts, versions);
        if place.shown && place.moved_by.is_some() {
            let id = name.query_row([facts.num], |row| row.get(0)).map(PublicId::from_bytes)?;
            found(&facts, id, place.position);
        }
    }
    Ok(())
}

/// A row of number, position, kind and region.
pub(super) fn facts(row: &Row<'_>, live: bool) -> Result<Facts, Error> {
    let odd = || Error::Odd("item");
    let region = row.get_ref(3)?.as_str().map_err(|_| odd())?;
    Ok(Facts {
        num: row.get(0)?,
        sequence: row.get(1)?,
        live,
        kind: Kind::from_number(row.get(2)?).ok_or_else(odd)?,
        region: Region::from_code(region).map_err(|_| odd())?,
    })
}

/// Items of one kind in one region that the partner should hold.
pub(in crate::journal) fn of_bucket(
    db: &Connection,
    versions: &[Version],
    (kind, region): (Kind, Region),
    limit: usize,
) -> Result<Vec<(PublicId, Sequence)>, Error> {
    if !versions.last().is_some_and(|version| version.scope.covers(kind, region)) {
        return Ok(Vec::new());
    }
    let sql = "SELECT num, sequence, id FROM item
               WHERE live = 1 AND kind = ?1 AND region = ?2 LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![kind.number(), region.code(), limit])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let facts = Facts { num: row.get(0)?, sequence: row.get(1)?, live: true, kind, region };
        let position = view::place(&facts, versions).position;
        items.push((PublicId::from_bytes(row.get(2)?), position));
    }
    Ok(items)
}

/// How these claims differ from what the partner should hold; what fits is left out.
pub(in crate::journal) fn differences(
    db: &Connection,
    versions: &[Version],
    (claims, mark): (&[Claim], Sequence),
) -> Result<Vec<Difference>, Error> {
    // What somebody holds may be held, whatever was noted.
    let all = Reading { db, versions, mark: Sequence::MAX, want: Want::Both };
    let noted = Reading { db, versions, mark, want: Want::Remove };
    let mut differences = Vec::new();
    for claim in claims {
        let difference = match all.look(&[claim.id])?.pop() {
            Some(entry) if !entry.item.is_deleted() => compare(claim, entry),
            Some(entry) => {
                let owed =
                    entry.item.modified > claim.modified && !noted.look(&[claim.id])?.is_empty();
                Some(extra(claim, entry, owed))
            }
            None => Some(extra(claim, unknown(db, claim)?, false)),
        };
        differences.extend(difference);
    }
    Ok(differences)
}

fn compare(claim: &Claim, entry: Entry) -> Option<Difference> {
    match claim.modified.cmp(&entry.item.modified) {
        std::cmp::Ordering::Equal => None,
        std::cmp::Ordering::Less => Some(Difference::Stale(entry)),
        std::cmp::Ordering::Greater => Some(Difference::Impossible(claim.id)),
    }
}

fn extra(claim: &Claim, entry: Entry, owed: bool) -> Difference {
    Difference::Extra { entry: above(claim, entry), owed }
}

/// Above what the partner holds, or it would not heed it.
pub(super) fn above(claim: &Claim, mut entry: Entry) -> Entry {
    entry.item.modified = entry.item.modified.max(claim.modified.plus(1));
    entry
}

/// The removal of an item that never was this partner's, or that the journal never saw.
pub(super) fn unknown(db: &Connection, claim: &Claim) -> Result<Entry, Error> {
    let head = db.prepare_cached("SELECT head FROM standing")?.query_row([], |row| row.get(0))?;
    let item = Item {
        id: claim.id,
        kind: claim.kind.unwrap_or(Kind::Request),
        modified: Sequence::new(head),
        state: State::Deleted,
    };
    Ok(Entry { item, changed_at: jiff::Timestamp::UNIX_EPOCH })
}
