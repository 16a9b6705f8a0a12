//! Keeps the ledger: each thing that happens becomes a line in the transaction in which it happens;
//! receipts and marks, which move all the time, are entered now and then.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Row, params};

use crate::journal::{Channel, Enrolment, Error, Kept, LedgerPage};
use crate::ledger::{Checkpoint, Entry, Line, Reference, SALT_BYTES, Salt, Signer, Tip, What};
use crate::model::{PartnerId, PublicId};

use super::draft::Draft;
use super::{read, seal};

/// What stands where a salt was.
pub(super) const DESTROYED: Salt = [0; SALT_BYTES];

/// The end of the ledger, and when it was written to last.
pub(in crate::journal) fn end(db: &Connection) -> Result<(Tip, i64), Error> {
    let sql = "SELECT ledger, ledger_hash, coalesce((SELECT at FROM ledger WHERE num = ledger), 0)
               FROM standing";
    let end =
        db.query_row(sql, [], |row| Ok((Tip { num: row.get(0)?, hash: row.get(1)? }, row.get(2)?)));
    Ok(end?)
}

/// Adds a line.
pub(in crate::journal) fn enter(
    tx: &Connection,
    draft: &mut Draft,
    now: i64,
    entry: &Entry,
) -> Result<u64, Error> {
    let (tip, latest) = draft.ledger;
    let (num, at) = (tip.num + 1, now.max(latest));
    let sql = "INSERT INTO ledger (num, at, what, subject, entry) VALUES (?1, ?2, ?3, ?4, ?5)";
    let entered = serde_json::to_string(entry).map_err(|_| Error::Odd("ledger.entry"))?;
    let row = params![num, at, entry.what().as_str(), entry.subject(), entered];
    tx.prepare_cached(sql)?.execute(row)?;
    draft.ledger = (tip.followed_by(&text(num, at, &entered)), at);
    Ok(num)
}

/// A line in its one form, from its columns.
fn text(num: u64, at: i64, entry: &str) -> String {
    format!(r#"{{"num":{num},"at":"{}","entry":{entry}}}"#, read::time(at))
}

/// Something happened to an item.
pub(super) fn of_item(
    tx: &Connection,
    draft: &mut Draft,
    (num, id): (u64, PublicId),
    now: i64,
    what: impl FnOnce(Reference) -> Entry,
) -> Result<(), Error> {
    let item = salted(tx, num, id)?;
    enter(tx, draft, now, &what(item)).map(drop)
}

/// A single item is owed to a partner whatever was accepted, or no more; by letter, or not.
pub(super) fn owed(
    tx: &Connection,
    draft: &mut Draft,
    (partner, id): (&str, PublicId),
    (is_owed, letter): (bool, bool),
    now: i64,
) -> Result<(), Error> {
    let sql = "SELECT num FROM item WHERE id = ?1"; // what is owed is not forgotten
    let num = tx.prepare_cached(sql)?.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
    let Some(num) = num else { return Ok(()) };
    let partner = partner.to_owned();
    of_item(tx, draft, (num, id), now, |item| match is_owed {
        true => Entry::Owed { item, partner, letter },
        false => Entry::Settled { item, partner, letter },
    })
}

/// The log forgets a removed item: its number is kept here, so that statements about it stay possible.
pub(super) fn forget(
    tx: &Connection,
    (num, id): (u64, PublicId),
    removed: i64,
) -> Result<(), Error> {
    let sql = "INSERT INTO ledger_item (num, id, removed) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?.execute(params![num, id.as_bytes(), removed])?;
    Ok(())
}

/// The reference of an item; its salt is made when there is none yet.
fn salted(tx: &Connection, num: u64, id: PublicId) -> Result<Reference, Error> {
    let sql = "SELECT salt FROM ledger_salt WHERE num = ?1";
    let salt: Option<Salt> =
        tx.prepare_cached(sql)?.query_row([num], |row| row.get(0)).optional()?;
    let salt = match salt {
        Some(salt) => salt,
        None => {
            let salt = seal::fresh_key()?;
            let sql = "INSERT INTO ledger_salt (num, salt) VALUES (?1, ?2)";
            tx.prepare_cached(sql)?.execute(params![num, salt])?;
            salt
        }
    };
    Reference::of(id, &salt).ok_or(Error::Odd("ledger_salt"))
}

/// See [`crate::journal::Journal::enter_marks`].
pub(in crate::journal) fn enter_marks(
    tx: &Connection,
    draft: &mut Draft,
    now: i64,
) -> Result<(), Error> {
    for (channel, mark) in [(Channel::Push, "push"), (Channel::Pull, "pull")] {
        let moved: Vec<(String, u64)> = {
            let sql =
                format!("SELECT id, {mark}_mark FROM partner WHERE {mark}_mark > {mark}_entered");
            let mut statement = tx.prepare_cached(&sql)?;
            let rows = statement.query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?;
            rows.collect::<Result<_, _>>()?
        };
        for (partner, up_to) in moved {
            let sql = format!("UPDATE partner SET {mark}_entered = ?2 WHERE id = ?1");
            tx.prepare_cached(&sql)?.execute(params![partner, up_to])?;
            let channel = channel.as_str().to_owned();
            enter(tx, draft, now, &Entry::Sent { partner, channel, up_to })?;
        }
    }
    Ok(())
}

/// See [`crate::journal::Journal::checkpoint`].
pub(in crate::journal) fn checkpoint(
    tx: &Connection,
    draft: &Draft,
    signer: &Signer,
    now: i64,
) -> Result<Option<Checkpoint>, Error> {
    let (tip, latest) = draft.ledger;
    let sql = "SELECT coalesce(max(num), 0) FROM checkpoint";
    let signed: u64 = tx.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    if signed >= tip.num {
        return Ok(None);
    }
    let at = now.max(latest);
    let checkpoint = signer.checkpoint(tip, read::time(at));
    let sql = "INSERT INTO checkpoint (num, at, hash, signature) VALUES (?1, ?2, ?3, ?4)";
    let row = params![checkpoint.checkpoint, at, checkpoint.hash, checkpoint.signature];
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(Some(checkpoint))
}

/// An agreement that is in force in other terms than those that were entered last, or whose line was
/// given up: by whom something was received must stay on record while it is in force.
pub(super) fn agreement(
    tx: &Connection,
    draft: &mut Draft,
    enrolment: &Enrolment,
    now: i64,
) -> Result<(), Error> {
    let Some(terms) = enrolment.terms.clone() else { return Ok(()) };
    let (partner, agreement) = (enrolment.partner.to_string(), enrolment.agreement.clone());
    let sql = "UPDATE partner SET agreed = ?2 WHERE id = ?1 AND (agreed IS NOT ?2 OR NOT EXISTS
                 (SELECT 1 FROM ledger WHERE subject = ?1 AND what = 'agreement'))";
    if tx.prepare_cached(sql)?.execute(params![partner, agreement])? > 0 {
        enter(tx, draft, now, &Entry::Agreement { partner, agreement, terms })?;
    }
    Ok(())
}

/// A lease that a partner accepted.
pub(super) fn lease(
    tx: &Connection,
    draft: &mut Draft,
    (partner, until): (&PartnerId, Timestamp),
    now: i64,
) -> Result<(), Error> {
    enter(tx, draft, now, &Entry::lease(partner, until)).map(drop)
}

/// A line from its columns.
fn line(row: &Row<'_>) -> Result<Line, Error> {
    let entry: String = row.get(2)?;
    let entry = serde_json::from_str(&entry).map_err(|_| Error::Odd("ledger.entry"))?;
    Ok(Line { num: row.get(0)?, at: read::time(row.get(1)?), entry })
}

/// See [`crate::journal::Journal::ledger`]. A line is put together as it was hashed, from what is
/// stored: what was changed there does not fit any more.
pub(in crate::journal) fn page(
    db: &Connection,
    after: u64,
    limit: usize,
) -> Result<LedgerPage, Error> {
    let sql =
        "SELECT num, at, entry, what, subject FROM ledger WHERE num > ?1 ORDER BY num LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![after, limit])?;
    let mut page = LedgerPage::default();
    while let Some(row) = rows.next()? {
        let (num, at, entry): (u64, i64, String) = (row.get(0)?, row.get(1)?, row.get(2)?);
        let text = text(num, at, &entry);
        page.lines.push(Kept { num, text, what: row.get(3)?, subject: row.get(4)? });
    }
    let from = if after == 0 { 0 } else { after + 1 };
    let to = page.lines.last().map_or(after, |line| line.num);
    let sql = "SELECT num, at, hash, signature FROM checkpoint WHERE num BETWEEN ?1 AND ?2
               ORDER BY num";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![from, to], |row| {
        let at = read::time(row.get(1)?);
        Ok(Checkpoint { checkpoint: row.get(0)?, at, hash: row.get(2)?, signature: row.get(3)? })
    })?;
    page.checkpoints = rows.collect::<Result<_, _>>()?;
    Ok(page)
}

/// See [`crate::journal::Journal::entries`].
pub(in crate::journal) fn entries(
    db: &Connection,
    (subject, what): (&str, What),
    limit: usize,
) -> Result<Vec<Line>, Error> {
    let sql = "SELECT num, at, entry FROM ledger WHERE subject = ?1 AND what = ?2
               ORDER BY at DESC, num DESC LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![subject, what.as_str(), limit])?;
    let mut lines = Vec::new();
    while let Some(row) = rows.next()? {
        lines.push(line(row)?);
    }
    lines.reverse();
    Ok(lines)
}

/// See [`crate::journal::Journal::entry_since`].
pub(in crate::journal) fn entry_since(
    db: &Connection,
    (subject, what): (&str, What),
    since: Timestamp,
) -> Result<Option<Line>, Error> {
    let sql = "SELECT num, at, entry FROM ledger WHERE subject = ?1 AND what = ?2 AND at >= ?3
               ORDER BY at, num LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    let asked = params![subject, what.as_str(), since.as_millisecond()];
    let mut rows = statement.query(asked)?;
    rows.next()?.map(line).transpose()
}

/// See [`crate::journal::Journal::references`].
pub(in crate::journal) fn references(
    db: &Connection,
    id: PublicId,
) -> Result<Vec<(u64, Reference)>, Error> {
    let sql = "SELECT num, salt FROM ledger_salt JOIN (
                 SELECT num FROM item WHERE id = ?1
                 UNION ALL SELECT num FROM ledger_item WHERE id = ?1) USING (num) ORDER BY num";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([id.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let mut references = Vec::new();
    for row in rows {
        let (num, salt): (u64, Salt) = row?;
        references.extend(Reference::of(id, &salt).map(|reference| (num, reference)));
    }
    Ok(references)
}
