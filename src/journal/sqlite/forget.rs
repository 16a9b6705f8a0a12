//! Forgetting what was removed long ago: its text went with the removal, now it goes from the log,
//! too. Nothing is forgotten that somebody may hold and was not told to remove (promise P3). For
//! statements its places and its number stay until the ledger's retention is over (retain.rs).

use jiff::Timestamp;
use rusqlite::{Connection, params};

use crate::journal::{
    Channel, Error, Forgetting, Forgotten, Lane, Standing,
    view::{self, Version},
};
use crate::model::{PublicId, Sequence};

use super::draft::Draft;
use super::{ledger, partners, read};

/// Removed items looked at in one step.
const STEP: usize = 1_000;

/// An item that was removed long ago.
struct Removed {
    num: u64,
    id: PublicId,
    sequence: Sequence,
    changed: i64,
}

/// See [`crate::journal::Journal::forget`].
pub(in crate::journal) fn forget(
    tx: &Connection,
    draft: &mut Draft,
    before: Timestamp,
    after: Sequence,
) -> Result<Forgetting, Error> {
    let found = removed(tx, before, (after, draft.numbers))?;
    let last = found.last().map(|item| item.sequence);
    let next = last.filter(|_| found.len() == STEP);
    let behind = behind(tx, last.unwrap_or_default())?;
    let (mut items, mut forgotten) = (0, draft.forgotten);
    for item in found {
        if is_owed(tx, &item, &behind)? {
            continue;
        }
        tx.prepare_cached("DELETE FROM item WHERE num = ?1")?.execute([item.num])?;
        ledger::forget(tx, (item.num, item.id), item.changed)?;
        let removed = read::time(item.changed).max(forgotten.removed);
        forgotten = Forgotten { up_to: forgotten.up_to.max(item.sequence), removed };
        items += 1;
        draft.gone = draft.gone.saturating_sub(1);
    }
    if items > 0 {
        let sql = "UPDATE standing SET forgotten = ?1, forgotten_at = ?2";
        tx.execute(sql, params![forgotten.up_to.get(), forgotten.removed.as_millisecond()])?;
        draft.forgotten = forgotten;
    }
    Ok(Forgetting { items, next })
}

/// The oldest first. The item with the highest number stays, so that no number is given twice.
fn removed(
    tx: &Connection,
    before: Timestamp,
    (after, highest): (Sequence, u64),
) -> Result<Vec<Removed>, Error> {
    let sql = "SELECT num, id, sequence, changed FROM item INDEXED BY item_taken
               WHERE (live = 0 OR moved = 1) AND live = 0 AND sequence > ?1 AND changed < ?2
               AND num < ?3 ORDER BY sequence LIMIT ?4";
    let mut statement = tx.prepare_cached(sql)?;
    let asked = params![after.get(), before.as_millisecond(), highest, STEP];
    let rows = statement.query_map(asked, |row| {
        Ok(Removed {
            num: row.get(0)?,
            id: PublicId::from_bytes(row.get(1)?),
            sequence: Sequence::new(row.get(2)?),
            changed: row.get(3)?,
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// A partner that has not dealt with everything up to some position.
struct Behind {
    versions: Vec<Version>,
    standing: Standing,
}

fn behind(tx: &Connection, up_to: Sequence) -> Result<Vec<Behind>, Error> {
    let mut behind = Vec::new();
    for partner in partners::enrolled(tx)? {
        let standing = partners::standing(tx, &partner)?;
        let owes = |channel| {
            let mark = standing.mark(channel);
            mark > Sequence::ZERO && standing.cursor(channel, Lane::Remove) < up_to
        };
        if standing.repeat || Channel::ALL.iter().any(|channel| owes(*channel)) {
            behind.push(Behind { versions: partners::versions(tx, &partner)?, standing });
        }
    }
    Ok(behind)
}

/// Was somebody who may hold the item not yet told to remove it?
fn is_owed(tx: &Connection, item: &Removed, behind: &[Behind]) -> Result<bool, Error> {
    let parked = "SELECT EXISTS (SELECT 1 FROM parked WHERE id = ?1)";
    if tx.prepare_cached(parked)?.query_row([item.id.as_bytes()], |row| row.get(0))? {
        return Ok(true);
    }
    if behind.is_empty() {
        return Ok(false);
    }
    let stays = read::stays(tx, item.num)?;
    let owed = |Behind { versions, standing }: &Behind, channel| {
        let open = standing.repeat || standing.cursor(channel, Lane::Remove) < item.sequence;
        open && view::may_hold(item.num, &stays, versions, standing.mark(channel))
    };
    Ok(behind.iter().any(|one| Channel::ALL.iter().any(|channel| owed(one, *channel))))
}
