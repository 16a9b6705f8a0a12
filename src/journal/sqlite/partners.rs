//! What the journal keeps per partner: scopes, cursors, marks and flags.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::{Advance, Channel, Cursor, Enrolment, Error, Flag, Standing, view::Version};
use crate::ledger::Entry;
use crate::metrics::Lane;
use crate::model::{PartnerId, Region, RegionSet, Sequence};
use crate::partner::Scope;

use super::draft::Draft;
use super::{ledger, read, receipts};

/// Beginnings within this time are one.
const BEGINNING_MS: i64 = 24 * 3_600_000;

impl Standing {
    /// How far a send by this channel may have reached.
    #[must_use]
    pub fn mark(&self, channel: Channel) -> Sequence {
        match channel {
            Channel::Push => self.push_mark,
            Channel::Pull => self.pull_mark,
        }
    }

    /// Where a lane of this channel stands.
    #[must_use]
    pub fn cursor(&self, channel: Channel, lane: Lane) -> Sequence {
        match (channel, lane) {
            (Channel::Push, Lane::Publish) => self.publish,
            (Channel::Push, Lane::Remove) => self.remove,
            (Channel::Pull, _) => self.pull,
        }
    }
}

fn codes(set: &RegionSet) -> String {
    let everywhere = RegionSet::everything();
    if set == &everywhere {
        return "*".into();
    }
    if set == &everywhere.with_canary() {
        return format!("* {}", Region::CANARY.code());
    }
    set.iter().map(Region::code).collect::<Vec<_>>().join(" ")
}

fn set_of(codes: &str) -> RegionSet {
    let named = codes.split_whitespace().filter_map(|code| Region::from_code(code).ok());
    let mut set: RegionSet = named.collect();
    if codes.split_whitespace().any(|code| code == "*") {
        set.extend_by(&RegionSet::everything());
    }
    set
}

/// All scopes that a partner ever had, oldest first.
pub(in crate::journal) fn versions(
    db: &Connection,
    partner: &PartnerId,
) -> Result<Vec<Version>, Error> {
    let sql = "SELECT since, span, changed, requests, offers FROM partner_scope
               WHERE partner = ?1 ORDER BY version";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([partner.as_str()], |row| {
        let (requests, offers): (String, String) = (row.get(3)?, row.get(4)?);
        let scope = Scope { requests: set_of(&requests), offers: set_of(&offers) };
        Ok(Version { since: row.get(0)?, span: row.get(1)?, changed_ms: row.get(2)?, scope })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}

/// See [`crate::journal::Journal::enrolled`].
pub(in crate::journal) fn enrolled(db: &Connection) -> Result<Vec<PartnerId>, Error> {
    let mut statement = db.prepare_cached("SELECT id FROM partner ORDER BY id")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|id| id?.parse().map_err(|_| Error::Odd("partner.id"))).collect()
}

/// See [`crate::journal::Journal::enrol`].
pub(in crate::journal) fn enrol(
    tx: &Connection,
    draft: &mut Draft,
    enrolments: &[Enrolment],
    now: Timestamp,
) -> Result<(), Error> {
    for enrolment in enrolments {
        let partner = &enrolment.partner;
        tx.prepare_cached("INSERT OR IGNORE INTO partner (id) VALUES (?1)")?
            .execute([partner.as_str()])?;
        ledger::agreement(tx, draft, enrolment, now.as_millisecond())?;
        let had = versions(tx, partner)?;
        if had.last().is_some_and(|version| version.scope == enrolment.scope) {
            continue;
        }
        // The first scope starts at the beginning of the log; a later one above every cursor.
        let span = if had.is_empty() { 0 } else { draft.numbers.max(1) };
        change_scope(tx, draft, enrolment, (had, span, now))?;
    }
    Ok(())
}

/// Adds a version after those that the partner had, with a range of `span` positions.
fn change_scope(
    tx: &Connection,
    draft: &mut Draft,
    enrolment: &Enrolment,
    (had, span, now): (Vec<Version>, u64, Timestamp),
) -> Result<(), Error> {
    let Enrolment { partner, scope, agreement, .. } = enrolment;
    let since = draft.reserve(span);
    if had.last().is_some_and(|last| loses(&last.scope, scope)) {
        draft.narrowed = since;
        tx.execute("UPDATE standing SET narrowed = ?1", [since])?;
    }
    let sql = "INSERT INTO partner_scope VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    tx.prepare_cached(sql)?.execute(params![
        partner.as_str(),
        had.len(),
        since,
        span,
        now.as_millisecond(),
        codes(&scope.requests),
        codes(&scope.offers),
        agreement,
    ])?;
    draft.scopes.push((partner.clone(), versions(tx, partner)?));
    let entry = Entry::Scope {
        partner: partner.to_string(),
        agreement: agreement.clone(),
        since,
        span,
        requests: codes(&scope.requests),
        offers: codes(&scope.offers),
    };
    ledger::enter(tx, draft, now.as_millisecond(), &entry)?;
    Ok(())
}

/// See [`crate::journal::Journal::catch_up`].
pub(in crate::journal) fn catch_up(
    tx: &Connection,
    draft: &mut Draft,
    partner: &PartnerId,
    now: Timestamp,
) -> Result<(), Error> {
    if !standing(tx, partner)?.skipped {
        return Ok(());
    }
    set_flag(tx, partner, Flag::Skipped, false)?;
    enter_anew(tx, draft, partner, now)
}

/// Lets every live item of the partner's scope enter it anew, at a higher position.
pub(in crate::journal) fn enter_anew(
    tx: &Connection,
    draft: &mut Draft,
    partner: &PartnerId,
    now: Timestamp,
) -> Result<(), Error> {
    let Some(scope) = versions(tx, partner)?.last().map(|version| version.scope) else {
        return Ok(());
    };
    for scope in [Scope::NOTHING, scope] {
        set_scope(tx, draft, partner, (scope, now))?;
    }
    Ok(())
}

/// Nothing is in the partner's scope from now on.
pub(in crate::journal) fn empty_scope(
    tx: &Connection,
    draft: &mut Draft,
    partner: &PartnerId,
    now: Timestamp,
) -> Result<(), Error> {
    let last = versions(tx, partner)?.last().map(|version| version.scope);
    match last {
        Some(scope) if scope != Scope::NOTHING => {
            set_scope(tx, draft, partner, (Scope::NOTHING, now))
        }
        Some(_) | None => Ok(()),
    }
}

/// Another scope under the same agreement.
fn set_scope(
    tx: &Connection,
    draft: &mut Draft,
    partner: &PartnerId,
    (scope, now): (Scope, Timestamp),
) -> Result<(), Error> {
    let sql = "SELECT agreement FROM partner_scope WHERE partner = ?1
               ORDER BY version DESC LIMIT 1";
    let agreement = tx.prepare_cached(sql)?.query_row([partner.as_str()], |row| row.get(0))?;
    let enrolment = Enrolment { partner: partner.clone(), scope, agreement, terms: None };
    let (had, span) = (versions(tx, partner)?, draft.numbers.max(1));
    change_scope(tx, draft, &enrolment, (had, span, now))
}

/// Does the new scope lack something that the old one had?
fn loses(old: &Scope, new: &Scope) -> bool {
    let lacks = |old: &RegionSet, new: &RegionSet| old.iter().any(|region| !new.contains(region));
    lacks(&old.requests, &new.requests) || lacks(&old.offers, &new.offers)
}

/// See [`crate::journal::Journal::standing`].
pub(in crate::journal) fn standing(
    db: &Connection,
    partner: &PartnerId,
) -> Result<Standing, Error> {
    let sql = "SELECT publish, remove, pull, push_mark, pull_mark, paused, gone, skipped,
               repeat, lease, began, feed_mark, differs FROM partner WHERE id = ?1";
    let standing = db.prepare_cached(sql)?.query_row([partner.as_str()], |row| {
        Ok(Standing {
            publish: Sequence::new(row.get(0)?),
            remove: Sequence::new(row.get(1)?),
            pull: Sequence::new(row.get(2)?),
            push_mark: Sequence::new(row.get(3)?),
            pull_mark: Sequence::new(row.get(4)?),
            paused: row.get(5)?,
            gone: row.get(6)?,
            skipped: row.get(7)?,
            repeat: row.get(8)?,
            lease: Some(row.get(9)?).filter(|at| *at > 0).map(read::time),
            began: Some(row.get(10)?).filter(|at| *at > 0).map(read::time),
            feed_mark: Sequence::new(row.get(11)?),
            differs: Some(row.get(12)?).filter(|at| *at > 0).map(read::time),
        })
    });
    Ok(standing.optional()?.unwrap_or_default())
}

/// See [`crate::journal::Journal::mark`].
pub(in crate::journal) fn mark(
    tx: &Connection,
    partner: &PartnerId,
    channel: Channel,
    up_to: Sequence,
) -> Result<(), Error> {
    let sql = match channel {
        Channel::Push => "UPDATE partner SET push_mark = max(push_mark, ?2) WHERE id = ?1",
        Channel::Pull => "UPDATE partner SET pull_mark = max(pull_mark, ?2) WHERE id = ?1",
    };
    tx.prepare_cached(sql)?.execute(params![partner.as_str(), up_to.get()])?;
    Ok(())
}

/// See [`crate::journal::Journal::mark_document`].
pub(in crate::journal) fn mark_document(
    tx: &Connection,
    partner: &PartnerId,
    up_to: Sequence,
) -> Result<(), Error> {
    mark(tx, partner, Channel::Pull, up_to)?;
    let sql = "UPDATE partner SET feed_mark = max(feed_mark, ?2) WHERE id = ?1";
    tx.prepare_cached(sql)?.execute(params![partner.as_str(), up_to.get()])?;
    Ok(())
}

/// See [`crate::journal::Journal::begin`]. Within a day it is the same beginning: the earlier time
/// says less and is as true, and whoever asks again and again costs one write a day.
pub(in crate::journal) fn begin(
    tx: &Connection,
    partner: &PartnerId,
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE partner SET began = ?2 WHERE id = ?1 AND began < ?2 - ?3";
    let row = params![partner.as_str(), now.as_millisecond(), BEGINNING_MS];
    tx.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// See [`crate::journal::Journal::advance`].
pub(in crate::journal) fn advance(
    tx: &Connection,
    advance: &Advance,
    now: Timestamp,
) -> Result<(), Error> {
    let partner = advance.partner.as_str();
    let (column, cursor) = match advance.cursor {
        Cursor::Publish => ("publish", receipts::PUBLISH),
        Cursor::Remove => ("remove", receipts::REMOVE),
        Cursor::Pull => ("pull", receipts::PULL),
    };
    let sql = format!("SELECT {column} FROM partner WHERE id = ?1");
    let after: Option<u64> =
        tx.prepare_cached(&sql)?.query_row([partner], |row| row.get(0)).optional()?;
    let to = advance.to.get();
    let Some(after) = after.filter(|after| *after < to || advance.items > 0) else {
        return Ok(());
    };
    let sql = format!("UPDATE partner SET {column} = max({column}, ?2) WHERE id = ?1");
    tx.prepare_cached(&sql)?.execute(params![partner, to])?;
    if advance.items == 0 {
        return Ok(());
    }
    let stretch = (after.min(to), to);
    receipts::note(tx, (partner, cursor), stretch, (advance.items, advance.rung), now)
}

/// See [`crate::journal::Journal::set_lease`].
pub(in crate::journal) fn set_lease(
    tx: &Connection,
    draft: &mut Draft,
    (partner, until): (&PartnerId, Timestamp),
    now: Timestamp,
) -> Result<(), Error> {
    let sql = "UPDATE partner SET lease = ?2 WHERE id = ?1 AND lease IS NOT ?2";
    let row = params![partner.as_str(), until.as_millisecond()];
    if tx.prepare_cached(sql)?.execute(row)? > 0 {
        ledger::lease(tx, draft, (partner, until), now.as_millisecond())?;
    }
    Ok(())
}

/// See [`crate::journal::Journal::set_differs`].
pub(in crate::journal) fn set_differs(
    tx: &Connection,
    draft: &mut Draft,
    (partner, differs): (&PartnerId, bool),
    now: Timestamp,
) -> Result<(), Error> {
    let (now, partner) = (now.as_millisecond(), partner.to_string());
    let sql = "UPDATE partner SET differs = ?2 WHERE id = ?1 AND (differs > 0) IS NOT (?2 > 0)";
    let since = if differs { now } else { 0 };
    if tx.prepare_cached(sql)?.execute(params![partner, since])? == 0 {
        return Ok(());
    }
    let entry = if differs { Entry::Differs { partner } } else { Entry::Agrees { partner } };
    ledger::enter(tx, draft, now, &entry).map(drop)
}

/// See [`crate::journal::Journal::ended`].
pub(in crate::journal) fn ended(db: &Connection) -> Result<Vec<(PartnerId, String)>, Error> {
    let sql = "SELECT id, ended FROM partner WHERE ended IS NOT NULL";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([], |row| Ok((row.get::<_, String>(0)?, row.get(1)?)))?;
    rows.map(|row| {
        let (id, agreement) = row?;
        Ok((id.parse().map_err(|_| Error::Odd("partner.id"))?, agreement))
    })
    .collect()
}

/// See [`crate::journal::Journal::set_flag`].
pub(in crate::journal) fn set_flag(
    tx: &Connection,
    partner: &PartnerId,
    flag: Flag,
    on: bool,
) -> Result<(), Error> {
    let sql = match flag {
        Flag::Paused => "UPDATE partner SET paused = ?2 WHERE id = ?1",
        Flag::Gone => "UPDATE partner SET gone = ?2 WHERE id = ?1",
        Flag::Skipped => "UPDATE partner SET skipped = ?2 WHERE id = ?1",
        Flag::Repeat => "UPDATE partner SET repeat = ?2 WHERE id = ?1",
    };
    tx.prepare_cached(sql)?.execute(params![partner.as_str(), on])?;
    Ok(())
}
