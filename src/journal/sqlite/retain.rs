//! The end of what the ledger keeps.

use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::{Error, Retained};
use crate::ledger::Entry;

use super::draft::Draft;
use super::ledger::{self, DESTROYED};

/// Items and receipts given up in one step.
const STEP: usize = 1_000;

/// See [`crate::journal::Journal::retain`].
pub(in crate::journal) fn retain(
    tx: &Connection,
    draft: &mut Draft,
    (before, now): (i64, i64),
) -> Result<Retained, Error> {
    let items = forget_items(tx, draft, (before, now))?;
    let lines = give_up_lines(tx, before)?;
    let sql = "DELETE FROM receipt WHERE num IN (SELECT num FROM receipt
               WHERE entered IS NOT NULL AND last < ?1 LIMIT ?2)";
    let receipts = tx.prepare_cached(sql)?.execute(params![before, STEP])?;
    Ok(Retained { items, lines, receipts })
}

/// A salt is overwritten in place, as the key of a text is (see seal.rs).
fn forget_items(
    tx: &Connection,
    draft: &mut Draft,
    (before, now): (i64, i64),
) -> Result<usize, Error> {
    let sql = "SELECT num FROM ledger_item WHERE removed < ?1 ORDER BY removed LIMIT ?2";
    let nums: Vec<u64> = {
        let mut statement = tx.prepare_cached(sql)?;
        let rows = statement.query_map(params![before, STEP], |row| row.get(0))?;
        rows.collect::<Result<_, _>>()?
    };
    for num in &nums {
        tx.prepare_cached("UPDATE ledger_salt SET salt = ?2 WHERE num = ?1")?
            .execute(params![num, DESTROYED])?;
        tx.prepare_cached("DELETE FROM stay WHERE num = ?1")?.execute([num])?;
        tx.prepare_cached("DELETE FROM ledger_item WHERE num = ?1")?.execute([num])?;
    }
    if let Ok(items @ 1..) = u64::try_from(nums.len()) {
        draft.blanked = true;
        ledger::enter(tx, draft, now, &Entry::Forgotten { items })?;
    }
    Ok(nums.len())
}

/// Up to the first checkpoint that is older: what comes after it stands on its signature.
fn give_up_lines(tx: &Connection, before: i64) -> Result<usize, Error> {
    let sql = "SELECT num FROM checkpoint WHERE at < ?1
               AND num >= (SELECT min(num) FROM ledger) ORDER BY num LIMIT 1";
    let upto: Option<u64> =
        tx.prepare_cached(sql)?.query_row([before], |row| row.get(0)).optional()?;
    let Some(upto) = upto else { return Ok(0) };
    tx.prepare_cached("DELETE FROM checkpoint WHERE num < ?1")?.execute([upto])?;
    Ok(tx.prepare_cached("DELETE FROM ledger WHERE num <= ?1")?.execute([upto])?)
}
