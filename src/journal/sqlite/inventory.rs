//! Checking what a partner names against the items, and finding what it did not name.

use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::{
    Checked, Claim, Entry, Error, Inventory, Lacking,
    view::{self, Place, Version},
};
use crate::model::Sequence;

use super::holdings::{above, facts, unknown};
use super::read::{Reading, Want};

/// Rows of the index looked at in one call.
const ROWS_MAX: usize = 20_000;

/// See [`crate::journal::Journal::check`].
pub(in crate::journal) fn check(
    db: &Connection,
    versions: &[Version],
    (claims, up_to): (&[Claim], Sequence),
) -> Result<Vec<Checked>, Error> {
    let sql = "SELECT num, sequence, kind, region, live FROM item WHERE id = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut all = Vec::with_capacity(claims.len());
    for claim in claims {
        let found = statement.query_row([claim.id.as_bytes()], |row| Ok(facts(row, row.get(4)?)));
        let found = found.optional()?.transpose()?;
        let placed = found.map(|facts| (facts.num, view::place(&facts, versions)));
        match placed.filter(|(_, place)| place.shown) {
            Some((number, place)) => all.extend(compare(claim, number, place, up_to)),
            None => {
                let known = placed.map(|_| versions);
                all.push(Checked::Extra(removal(db, known, claim)?));
            }
        }
    }
    Ok(all)
}

fn compare(claim: &Claim, number: u64, place: Place, up_to: Sequence) -> Option<Checked> {
    match claim.modified.cmp(&place.position) {
        std::cmp::Ordering::Equal => Some(Checked::Agrees(number)),
        std::cmp::Ordering::Less if place.position > up_to => None,
        std::cmp::Ordering::Less => Some(Checked::Stale(number)),
        std::cmp::Ordering::Greater => Some(Checked::Impossible(number)),
    }
}

/// What somebody holds may be held, whatever was noted. Without scopes for what nobody knows.
fn removal(db: &Connection, known: Option<&[Version]>, claim: &Claim) -> Result<Entry, Error> {
    let look = |versions| {
        let all = Reading { db, versions, mark: Sequence::MAX, want: Want::Remove };
        all.look(&[claim.id])
    };
    let entry = known.map(look).transpose()?.and_then(|mut found| found.pop());
    Ok(above(claim, entry.map_or_else(|| unknown(db, claim), Ok)?))
}

/// See [`crate::journal::Journal::lacking`]. What was named is passed over in the index alone.
pub(in crate::journal) fn lacking(
    db: &Connection,
    (versions, named): (&[Version], &Inventory),
    (after, up_to): (Sequence, Sequence),
    limit: usize,
) -> Result<Lacking, Error> {
    let reading = Reading { db, versions, mark: Sequence::ZERO, want: Want::Publish };
    let sql = "SELECT num, sequence, kind, region FROM item INDEXED BY item_live
               WHERE live = 1 AND sequence > ?1 AND sequence <= ?2 ORDER BY sequence LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![after.get(), up_to.get(), ROWS_MAX])?;
    let (mut page, mut looked_at) = (Lacking { reached: after, ..Lacking::default() }, 0);
    while let Some(row) = rows.next()? {
        let facts = facts(row, true)?;
        page.reached = Sequence::new(facts.sequence);
        looked_at += 1;
        let place = view::place(&facts, versions);
        if !place.shown || place.position > up_to || !named.lacks(facts.num) {
            continue;
        }
        page.entries.extend(reading.numbered(facts.num)?);
        page.missing += u64::from(!named.is_stale(facts.num));
        if page.entries.len() == limit {
            return Ok(page);
        }
    }
    if looked_at < ROWS_MAX {
        page.reached = up_to;
    }
    Ok(page)
}
