//! What is proven about stretches of positions: receipts grow for a while, then rest in the ledger.

use jiff::Timestamp;
use rusqlite::{Connection, Row, params};

use crate::journal::{Error, Proof, Proven, Rung};
use crate::ledger::{Entry, Receipt};
use crate::model::{PartnerId, Sequence};

use super::draft::Draft;
use super::{ledger, read};

/// The number of the publish cursor.
pub(super) const PUBLISH: u8 = 0;
/// The number of the removal cursor.
pub(super) const REMOVE: u8 = 1;
/// The number of the pull cursor.
pub(super) const PULL: u8 = 2;
/// The number of receipts that no cursor stands for.
const EVIDENCE: u8 = 3;
const CURSORS: [u8; 4] = [PUBLISH, REMOVE, PULL, EVIDENCE];
/// Receipts entered in one transaction.
const ENTERED_MAX: usize = 1_000;
/// Receipts that are named when they are not what the ledger says.
const DIFFERING_MAX: usize = 100;

/// Receipts of one cursor within this time become one, in milliseconds: of removals it matters when.
fn span(cursor: u8) -> i64 {
    if cursor == REMOVE { 60_000 } else { 3_600_000 }
}

/// The word of a cursor in the ledger.
fn lane(cursor: u8) -> &'static str {
    match cursor {
        PUBLISH => "publish",
        REMOVE => "remove",
        PULL => "pull",
        _ => "evidence",
    }
}

/// What was proven about a stretch of positions.
pub(super) fn note(
    tx: &Connection,
    (partner, cursor): (&str, u8),
    (after, to): (u64, u64),
    (items, rung): (u32, Rung),
    now: Timestamp,
) -> Result<(), Error> {
    let (rung, now) = (rung.number(), now.as_millisecond());
    let sql = "UPDATE receipt SET upto = max(upto, ?3), items = items + ?4, last = ?6
        WHERE num = (SELECT max(num) FROM receipt WHERE partner = ?1 AND cursor = ?2)
        AND rung = ?5 AND first > ?6 - ?7 AND entered IS NULL";
    let merged = tx.prepare_cached(sql)?.execute(params![
        partner,
        cursor,
        to,
        items,
        rung,
        now,
        span(cursor)
    ])?;
    if merged == 0 {
        let sql = "INSERT INTO receipt (partner, cursor, after, upto, items, rung, first, last)
                   VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?7)";
        let row = params![partner, cursor, after, to, items, rung, now];
        tx.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

/// See [`crate::journal::Journal::prove`].
pub(in crate::journal) fn prove(
    tx: &Connection,
    proof: &Proof,
    now: Timestamp,
) -> Result<(), Error> {
    let (partner, to) = (proof.partner.as_str(), proof.up_to.get());
    let what = (proof.items, proof.rung);
    note(tx, (partner, EVIDENCE), (0, to), what, now)
}

/// See [`crate::journal::Journal::proven`].
pub(in crate::journal) fn proven(
    db: &Connection,
    partner: &PartnerId,
) -> Result<Vec<Proven>, Error> {
    let sql = "SELECT rung, max(upto), max(last) FROM receipt WHERE partner = ?1
               GROUP BY rung ORDER BY rung";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([partner.as_str()], |row| {
        Ok((row.get::<_, u8>(0)?, row.get(1)?, row.get(2)?))
    })?;
    let read = |row: rusqlite::Result<(u8, u64, i64)>| {
        let (rung, up_to, at) = row?;
        let rung = Rung::from_number(rung).ok_or(Error::Odd("receipt.rung"))?;
        Ok(Proven { rung, up_to: Sequence::new(up_to), at: read::time(at) })
    };
    rows.map(read).collect()
}

/// See [`crate::journal::Journal::enter_receipts`]; how many were entered.
pub(in crate::journal) fn enter(
    tx: &Connection,
    draft: &mut Draft,
    (all, now): (bool, i64),
) -> Result<usize, Error> {
    let mut entered = 0;
    for cursor in CURSORS {
        let until = if all { i64::MAX } else { now - span(cursor) };
        entered += enter_these(tx, draft, due(tx, (cursor, until), None)?, now)?;
    }
    Ok(entered)
}

/// Enters those of one partner now: nothing is added to them any more.
pub(super) fn enter_of(
    tx: &Connection,
    draft: &mut Draft,
    partner: &PartnerId,
    now: i64,
) -> Result<(), Error> {
    for cursor in CURSORS {
        while enter_these(tx, draft, due(tx, (cursor, i64::MAX), Some(partner))?, now)? > 0 {}
    }
    Ok(())
}

fn enter_these(
    tx: &Connection,
    draft: &mut Draft,
    receipts: Vec<Receipt>,
    now: i64,
) -> Result<usize, Error> {
    let entered = receipts.len();
    for receipt in receipts {
        let num = receipt.receipt;
        let line = ledger::enter(tx, draft, now, &Entry::Receipt(receipt))?;
        let sql = "UPDATE receipt SET entered = ?2 WHERE num = ?1";
        tx.prepare_cached(sql)?.execute(params![num, line])?;
    }
    Ok(entered)
}

fn due(
    tx: &Connection,
    (cursor, until): (u8, i64),
    partner: Option<&PartnerId>,
) -> Result<Vec<Receipt>, Error> {
    let sql = "SELECT num, partner, cursor, after, upto, items, rung, first, last FROM receipt
               WHERE entered IS NULL AND cursor = ?1 AND first <= ?2
               AND (?4 IS NULL OR partner = ?4) ORDER BY first LIMIT ?3";
    let partner = partner.map(PartnerId::as_str);
    let mut statement = tx.prepare_cached(sql)?;
    let mut rows = statement.query(params![cursor, until, ENTERED_MAX, partner])?;
    let mut due = Vec::new();
    while let Some(row) = rows.next()? {
        due.push(receipt(row)?);
    }
    Ok(due)
}

/// A receipt as the ledger has it.
fn receipt(row: &Row<'_>) -> Result<Receipt, Error> {
    let rung = Rung::from_number(row.get(6)?).ok_or(Error::Odd("receipt.rung"))?;
    Ok(Receipt {
        receipt: row.get(0)?,
        partner: row.get(1)?,
        lane: lane(row.get(2)?).to_owned(),
        after: row.get(3)?,
        up_to: row.get(4)?,
        items: row.get(5)?,
        rung: rung.as_str().to_owned(),
        first: read::time(row.get(7)?),
        last: read::time(row.get(8)?),
    })
}

/// See [`crate::journal::Journal::receipts_that_differ`].
pub(in crate::journal) fn that_differ(db: &Connection) -> Result<Vec<u64>, Error> {
    let sql = "SELECT receipt.num, partner, cursor, after, upto, items, rung, first, last, entry
               FROM receipt LEFT JOIN ledger ON ledger.num = receipt.entered
               WHERE entered >= (SELECT coalesce(min(num), 0) FROM ledger) ORDER BY receipt.num";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    let mut differ = Vec::new();
    while let Some(row) = rows.next()? {
        let said: Option<String> = row.get(9)?;
        let said = said.and_then(|entry| serde_json::from_str::<Entry>(&entry).ok());
        let same = receipt(row).is_ok_and(|receipt| said == Some(Entry::Receipt(receipt)));
        if !same && differ.len() < DIFFERING_MAX {
            differ.push(row.get(0)?);
        }
    }
    Ok(differ)
}
