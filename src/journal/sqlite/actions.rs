//! The ledger of what people did.

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use rusqlite::{Connection, Row, params};
use sha2::{Digest, Sha256};

use crate::journal::{Action, Cause, Deed, Error, action::REASON_MAX};
use crate::ledger::Entry;
use crate::model::{PartnerId, Sequence};

use super::draft::Draft;
use super::{ledger, partners, read, receipts, seal};

/// Notes what was done; returns its number.
pub(in crate::journal) fn note(
    tx: &Connection,
    draft: &mut Draft,
    (deed, partner): (Deed, Option<&PartnerId>),
    cause: &Cause,
    now: Timestamp,
) -> Result<u64, Error> {
    let cut = |text: &str| text.chars().take(REASON_MAX).collect::<String>();
    let (person, reason, salt) = (cut(&cause.person), cut(&cause.reason), seal::fresh_key()?);
    let sql = "INSERT INTO action (at, what, partner, person, reason, head, salt)
               VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7) RETURNING num";
    let row = params![
        now.as_millisecond(),
        deed.as_str(),
        partner.map(PartnerId::as_str),
        person,
        reason,
        draft.head,
        salt,
    ];
    let action = tx.prepare_cached(sql)?.query_row(row, |row| row.get(0))?;
    let entry = Entry::Deed {
        action,
        deed: deed.as_str().to_owned(),
        partner: partner.map(ToString::to_string),
        said: said(&salt, &person, &reason),
    };
    ledger::enter(tx, draft, now.as_millisecond(), &entry)?;
    Ok(action)
}

/// Who and why, as the ledger holds it.
fn said(salt: &[u8], person: &str, reason: &str) -> String {
    let mut hash = Sha256::new();
    for part in [salt, person.as_bytes(), b"\0", reason.as_bytes()] {
        hash.update(part);
    }
    HEXLOWER.encode(&hash.finalize())
}

/// The latest things that were done to a partner, the last one first.
pub(in crate::journal) fn of_partner(
    db: &Connection,
    partner: &PartnerId,
    limit: usize,
) -> Result<Vec<Action>, Error> {
    let sql = "SELECT num, at, what, partner, person, reason, head FROM action
               WHERE partner = ?1 ORDER BY num DESC LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![partner.as_str(), limit])?;
    let mut actions = Vec::new();
    while let Some(row) = rows.next()? {
        actions.push(action(row)?);
    }
    Ok(actions)
}

/// The action with this number.
pub(super) fn numbered(db: &Connection, num: u64) -> Result<Option<Action>, Error> {
    let sql = "SELECT num, at, what, partner, person, reason, head FROM action WHERE num = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([num])?;
    rows.next()?.map(action).transpose()
}

fn action(row: &Row<'_>) -> Result<Action, Error> {
    let odd = || Error::Odd("action");
    let what: String = row.get(2)?;
    let deed = Deed::ALL.into_iter().find(|deed| deed.as_str() == what).ok_or_else(odd)?;
    let partner: Option<String> = row.get(3)?;
    let partner = partner.map(|id| id.parse()).transpose().map_err(|_| odd())?;
    Ok(Action {
        num: row.get(0)?,
        at: read::time(row.get(1)?),
        deed,
        partner,
        cause: Cause { person: row.get(4)?, reason: row.get(5)? },
        head: Sequence::new(row.get(6)?),
    })
}

/// A partner's agreement ends by command: nothing is in its scope from now on.
pub(in crate::journal) fn end(
    tx: &Connection,
    draft: &mut Draft,
    partner: &PartnerId,
    agreement: &str,
    now: Timestamp,
) -> Result<(), Error> {
    partners::empty_scope(tx, draft, partner, now)?;
    tx.prepare_cached("UPDATE partner SET ended = ?2 WHERE id = ?1")?
        .execute(params![partner.as_str(), agreement])?;
    Ok(())
}

/// A person closes what evidence could not: nothing is owed to or by this partner any more.
pub(in crate::journal) fn close(
    tx: &Connection,
    draft: &mut Draft,
    partner: &PartnerId,
    now: Timestamp,
) -> Result<(), Error> {
    // No later answer may be told together with one of before: it would cover what was closed here.
    receipts::enter_of(tx, draft, partner, now.as_millisecond())?;
    let sql = "UPDATE partner SET publish = ?2, remove = ?2, pull = ?2, repeat = 0 WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![partner.as_str(), draft.head])?;
    tx.prepare_cached("DELETE FROM parked WHERE partner = ?1")?.execute([partner.as_str()])?;
    Ok(())
}
