//! Single items that stand apart from a partner's cursors: refused, found, or asked for by letter.

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::journal::{Backlog, Error};
use crate::metrics::Lane;
use crate::model::{PartnerId, PublicId, Sequence};

use super::draft::Draft;
use super::{ledger, read};

/// Refused publishes kept per partner.
const PARKED_MAX: u32 = 10_000;

pub(super) fn lane_number(lane: Lane) -> u8 {
    match lane {
        Lane::Publish => 0,
        Lane::Remove => 1,
    }
}

/// See [`crate::journal::Journal::park`] and [`crate::journal::Journal::ask`].
pub(in crate::journal) fn park(
    tx: &Connection,
    draft: &mut Draft,
    (partner, lane, letter): (&PartnerId, Lane, bool),
    (items, now): (&[(PublicId, Sequence, Timestamp)], Timestamp),
) -> Result<(), Error> {
    let (partner, number) = (partner.as_str(), lane_number(lane));
    for (id, sequence, changed_at) in items {
        if lane == Lane::Remove && !is_parked(tx, (partner, number), *id)? {
            ledger::owed(tx, draft, (partner, *id), (true, letter), now.as_millisecond())?;
        }
        let sql = "INSERT OR REPLACE INTO parked VALUES (?1, ?2, ?3, ?4, ?5, ?6)";
        tx.prepare_cached(sql)?.execute(params![
            partner,
            number,
            id.as_bytes(),
            sequence.get(),
            changed_at.as_millisecond(),
            now.as_millisecond()
        ])?;
    }
    if lane == Lane::Publish {
        let sql = "DELETE FROM parked WHERE partner = ?1 AND lane = ?2 AND id IN (SELECT id
            FROM parked WHERE partner = ?1 AND lane = ?2 ORDER BY at DESC LIMIT -1 OFFSET ?3)";
        tx.prepare_cached(sql)?.execute(params![partner, number, PARKED_MAX])?;
    }
    Ok(())
}

fn is_parked(tx: &Connection, (partner, lane): (&str, u8), id: PublicId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM parked WHERE partner = ?1 AND lane = ?2 AND id = ?3)";
    let row = params![partner, lane, id.as_bytes()];
    Ok(tx.prepare_cached(sql)?.query_row(row, |row| row.get(0))?)
}

/// See [`crate::journal::Journal::parked`].
pub(in crate::journal) fn parked(
    db: &Connection,
    partner: &PartnerId,
    lane: Lane,
    limit: usize,
) -> Result<Vec<PublicId>, Error> {
    let sql = "SELECT id FROM parked WHERE partner = ?1 AND lane = ?2 ORDER BY tried, at LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![partner.as_str(), lane_number(lane), limit], |row| row.get(0))?;
    Ok(rows.map(|id| id.map(PublicId::from_bytes)).collect::<Result<_, _>>()?)
}

/// Refused removals: they are still open.
pub(in crate::journal) fn count(db: &Connection, partner: &PartnerId) -> Result<Backlog, Error> {
    let sql = "SELECT count(*), min(at) FROM parked WHERE partner = ?1 AND lane = ?2";
    let removals = params![partner.as_str(), lane_number(Lane::Remove)];
    let (items, oldest): (u32, Option<i64>) =
        db.prepare_cached(sql)?.query_row(removals, |row| Ok((row.get(0)?, row.get(1)?)))?;
    Ok(Backlog { items, oldest: oldest.map(read::time) })
}

/// See [`crate::journal::Journal::unpark`] and [`crate::journal::Journal::confirm`].
pub(in crate::journal) fn unpark(
    tx: &Connection,
    draft: &mut Draft,
    (partner, lane, letter): (&PartnerId, Lane, bool),
    (ids, now): (&[PublicId], Timestamp),
) -> Result<(), Error> {
    let sql = "DELETE FROM parked WHERE partner = ?1 AND lane = ?2 AND id = ?3";
    for id in ids {
        let row = params![partner.as_str(), lane_number(lane), id.as_bytes()];
        if tx.prepare_cached(sql)?.execute(row)? > 0 && lane == Lane::Remove {
            let (partner, now) = (partner.as_str(), now.as_millisecond());
            ledger::owed(tx, draft, (partner, *id), (false, letter), now)?;
        }
    }
    Ok(())
}
