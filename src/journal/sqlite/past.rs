//! What is on record of a partner at a moment.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::{
    Basis, Channel, Error, Had, Rung, Standing, custody,
    view::{Stay, Version},
};
use crate::ledger::Entry;
use crate::model::{Kind, PartnerId, PublicId, Region, Sequence};

use super::account::{EVIDENCE, owed_lines};
use super::{ledger, partners, read};

/// A partner at a moment.
#[derive(Debug, Clone)]
pub(in crate::journal) struct Then {
    at: Timestamp,
    partner: PartnerId,
    versions: Vec<Version>,
    channels: Vec<Reach>,
    /// The latest position then: at least this, …
    low: u64,
    /// … and at most that.
    high: u64,
    agreement: Option<String>,
    lease: Option<Timestamp>,
}

/// How far one channel was.
#[derive(Debug, Clone)]
struct Reach {
    channel: Channel,
    /// What was sent may have reached this.
    mark: Sequence,
    /// The partner had accepted publishes up to here.
    accepted: u64,
    /// Stretches of removals that it had accepted, in order and apart.
    taken: Vec<(u64, u64)>,
    /// Up to here its holdings had agreed, or its page had been looked at.
    proven: u64,
}

impl Then {
    pub(in crate::journal) fn agreement(&self) -> Option<String> {
        self.agreement.clone()
    }

    pub(in crate::journal) fn lease(&self) -> Option<Timestamp> {
        self.lease
    }

    /// May it have been sent by then at all?
    fn was_there(&self, item: &Stood<'_>) -> bool {
        let spells = custody::spells(item.num, item.stays, &self.versions);
        let from = spells.first().map(|spell| spell.from);
        let reached = |reach: &Reach| from.is_some_and(|from| from <= reach.mark);
        from.is_some_and(|from| from.get() <= self.high) && self.channels.iter().any(reached)
    }

    /// On what it rests that the item was held, if it may have been.
    fn basis(&self, item: &Stood<'_>) -> Option<Basis> {
        let spells = custody::spells(item.num, item.stays, &self.versions);
        // The removal that is told last takes everything back; a later change took it along.
        let end = spells.last().and_then(|last| last.to);
        let told = end.map(|end| end.get().max(item.sequence));
        let bases = self.channels.iter().flat_map(|reach| {
            let mark = reach.mark.min(Sequence::new(self.high));
            let spells = custody::reached(spells.clone(), mark);
            spells.into_iter().filter_map(move |spell| match spell.to {
                Some(to) if to.get() <= self.low => {
                    (!reach.is_gone(to.get(), told)).then_some(Basis::NotProvenGone)
                }
                _ if spell.from.get() <= reach.accepted => Some(Basis::Accepted),
                _ => Some(Basis::MayBeSent),
            })
        });
        bases.max()
    }
}

/// Where an item ever was, and where it stands.
struct Stood<'a> {
    num: u64,
    sequence: u64,
    stays: &'a [Stay],
}

impl Reach {
    /// Was it proven then that what was to be taken back from one position on was gone? The removal
    /// was told at the other position, if that is on record.
    fn is_gone(&self, from: u64, told: Option<u64>) -> bool {
        let within = |told: u64| self.taken.iter().any(|(after, to)| *after < told && told <= *to);
        from <= self.proven || told.is_some_and(within)
    }
}

/// See [`crate::journal::Journal::held_at`].
pub(in crate::journal) fn then(
    db: &Connection,
    partner: &PartnerId,
    at: Timestamp,
) -> Result<Then, Error> {
    let standing = partners::standing(db, partner)?;
    let (low, high) = positions_at(db, at)?;
    let mut channels = Vec::new();
    for channel in Channel::ALL.iter().copied() {
        let mark = mark_at(db, partner, (channel, &standing), at)?;
        channels.push(reach(db, partner, (channel, mark), at)?);
    }
    Ok(Then {
        at,
        partner: partner.clone(),
        versions: partners::versions(db, partner)?,
        channels,
        low,
        high,
        agreement: agreement_at(db, partner, at)?,
        lease: lease_at(db, partner, at)?,
    })
}

/// The agreement that was in force then.
fn agreement_at(
    db: &Connection,
    partner: &PartnerId,
    at: Timestamp,
) -> Result<Option<String>, Error> {
    let asked = params![partner.as_str(), at.as_millisecond()];
    for sql in [
        "SELECT json_extract(entry, '$.agreement') FROM ledger
         WHERE subject = ?1 AND what = 'agreement' AND at <= ?2 ORDER BY at DESC, num DESC LIMIT 1",
        "SELECT agreement FROM partner_scope WHERE partner = ?1 AND changed <= ?2
         ORDER BY version DESC LIMIT 1",
    ] {
        let found = db.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()?;
        if found.is_some() {
            return Ok(found);
        }
    }
    Ok(None)
}

/// The latest position at a moment: at least, and at most. The ledger knows it; from before the
/// ledger the log has times of those items that did not change since.
fn positions_at(db: &Connection, at: Timestamp) -> Result<(u64, u64), Error> {
    let sql = "SELECT head, (SELECT coalesce(min(num), 0) FROM ledger), ledger FROM standing";
    let (head, first, last): (u64, u64, u64) =
        db.prepare_cached(sql)?.query_row([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let at = at.as_millisecond();
    let sql = "SELECT num, at FROM ledger WHERE num >= ?1 ORDER BY num LIMIT 1";
    let (line, next) = halve(db, sql, (first, last), at)?;
    let sql =
        "SELECT entry FROM ledger WHERE num <= ?1 AND what IN ('published', 'removed', 'scope')
               ORDER BY num DESC LIMIT 1";
    let low = reaches(db, sql, line)?.map_or(0, |(_, to)| to);
    let sql =
        "SELECT entry FROM ledger WHERE num >= ?1 AND what IN ('published', 'removed', 'scope')
               ORDER BY num LIMIT 1";
    let end = reaches(db, sql, next)?.map_or(head.saturating_add(1), |(from, _)| from);
    let sql = "SELECT sequence, changed FROM item WHERE sequence >= ?1 ORDER BY sequence LIMIT 1";
    let (logged, after) = halve(db, sql, (1, head), at)?;
    let low = low.max(logged);
    Ok((low, end.min(after).saturating_sub(1).max(low)))
}

/// The last number whose time is not after a moment, and the first one whose time is: numbers are
/// in the order of time, so what is between two of them is halved again and again. Zero, and one
/// beyond the last, where there is none.
fn halve(
    db: &Connection,
    next: &str,
    (first, last): (u64, u64),
    at: i64,
) -> Result<(u64, u64), Error> {
    let mut next = db.prepare_cached(next)?;
    let (mut before, mut after) = (0, last.saturating_add(1));
    let (mut from, mut to) = (first, after);
    while from < to {
        let middle = from + (to - from) / 2;
        let found: Option<(u64, i64)> =
            next.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((number, time)) if time <= at => {
                before = before.max(number);
                from = number.saturating_add(1);
            }
            Some((number, _)) => {
                after = after.min(number);
                to = middle;
            }
            None => to = middle,
        }
    }
    Ok((before, after))
}

/// The positions that a line of the ledger made, the first and the last.
fn reaches(db: &Connection, sql: &str, line: u64) -> Result<Option<(u64, u64)>, Error> {
    let entry: Option<String> =
        db.prepare_cached(sql)?.query_row([line], |row| row.get(0)).optional()?;
    let Some(entry) = entry else { return Ok(None) };
    let entry: Entry = serde_json::from_str(&entry).map_err(|_| Error::Odd("ledger.entry"))?;
    if let Entry::Scope { since, span, .. } = entry {
        return Ok(Some((since.saturating_add(1), since.saturating_add(span))));
    }
    let (Entry::Shown { position, .. } | Entry::Removed { position, .. }) = entry else {
        return Ok(None);
    };
    Ok(Some((position, position)))
}

/// How far a send may have reached by then, at most: what was noted next, or is so now.
fn mark_at(
    db: &Connection,
    partner: &PartnerId,
    (channel, standing): (Channel, &Standing),
    at: Timestamp,
) -> Result<Sequence, Error> {
    let sql = "SELECT json_extract(entry, '$.upTo') FROM ledger
               WHERE subject = ?1 AND what = 'sent' AND at >= ?2
               AND json_extract(entry, '$.channel') = ?3 ORDER BY at, num LIMIT 1";
    let asked = params![partner.as_str(), at.as_millisecond(), channel.as_str()];
    let noted = db.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()?;
    Ok(noted.map_or(standing.mark(channel), Sequence::new))
}

/// The lease that was in force then, if that is on record.
fn lease_at(
    db: &Connection,
    partner: &PartnerId,
    at: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    let sql = "SELECT json_extract(entry, '$.until') FROM ledger
               WHERE subject = ?1 AND what = 'lease' AND at <= ?2 ORDER BY at DESC, num DESC LIMIT 1";
    let asked = params![partner.as_str(), at.as_millisecond()];
    let until: Option<String> =
        db.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()?;
    until.map(|until| until.parse().map_err(|_| Error::Odd("ledger.entry"))).transpose()
}

fn reach(
    db: &Connection,
    partner: &PartnerId,
    (channel, mark): (Channel, Sequence),
    at: Timestamp,
) -> Result<Reach, Error> {
    let (publish, remove) = match channel {
        Channel::Push => (0_u8, 1_u8),
        Channel::Pull => (2, 2),
    };
    let sql = "SELECT coalesce(max(upto), 0) FROM receipt
               WHERE partner = ?1 AND cursor = ?2 AND last <= ?3";
    let asked = params![partner.as_str(), publish, at.as_millisecond()];
    let accepted = db.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?;
    let proven = proven(db, partner, channel, (None, at))?;
    let sql = "SELECT after, upto FROM receipt
               WHERE partner = ?1 AND cursor = ?2 AND last <= ?3 AND after < upto ORDER BY num";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement
        .query_map(params![partner.as_str(), remove, at.as_millisecond()], |row| {
            Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?))
        })?;
    let mut taken: Vec<(u64, u64)> = Vec::new();
    for row in rows {
        let (after, to) = row?;
        match taken.last_mut() {
            Some(last) if last.1 >= after => last.1 = last.1.max(to),
            _ => taken.push((after, to)),
        }
    }
    Ok(Reach { channel, mark, accepted, taken, proven })
}

/// Up to where holdings agreed, or the page was looked at, after one moment and until another.
fn proven(
    db: &Connection,
    partner: &PartnerId,
    channel: Channel,
    (after, until): (Option<Timestamp>, Timestamp),
) -> Result<u64, Error> {
    let said = match channel {
        Channel::Push => EVIDENCE,
        Channel::Pull => 2,
    };
    let sql = "SELECT coalesce(max(upto), 0) FROM receipt
               WHERE partner = ?1 AND last > ?2 AND last <= ?3
               AND ((cursor = ?4 AND rung = ?5) OR (cursor = ?6 AND rung = ?7))";
    let after = after.map_or(i64::MIN, Timestamp::as_millisecond);
    let (agreed, seen) = (Rung::Reconciled.number(), Rung::Verified.number());
    let until = until.as_millisecond();
    let asked = params![partner.as_str(), after, until, said, agreed, EVIDENCE, seen];
    Ok(db.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?)
}

/// A row of `stay`, with the item's public id and its position, if they are still known.
type Row = (u64, Option<PublicId>, Option<u64>, Stay);

/// Items that may have been held then, of at most `limit` stays of items after this number, and
/// where to go on.
pub(in crate::journal) fn held(
    db: &Connection,
    then: &Then,
    after: u64,
    limit: usize,
) -> Result<(Vec<Had>, Option<u64>), Error> {
    let mut rows = stays_after(db, after, limit)?;
    let next = (rows.len() == limit).then(|| rows.last().map_or(after, |row| row.0));
    // The last item's stays may go on in the next read, unless it is the only one.
    let whole = rows.first().map(|row| row.0).filter(|first| Some(*first) != next);
    let next = match (next, whole) {
        (Some(last), Some(_)) => {
            rows.retain(|row| row.0 < last);
            Some(last.saturating_sub(1))
        }
        (next, _) => next,
    };
    if next.is_some() && whole.is_none() {
        rows = stays_of(db, rows)?;
    }
    let mut items = Vec::new();
    for same in rows.chunk_by(|one, other| one.0 == other.0) {
        let Some((num, id, sequence, last)) = same.last().copied() else { continue };
        let stays: Vec<Stay> = same.iter().map(|row| row.3).collect();
        // Of what was forgotten the removal was the last change.
        let sequence = sequence.unwrap_or(last.until.unwrap_or(last.since));
        let item = Stood { num, sequence, stays: &stays };
        let mut basis = then.basis(&item);
        if let (None, true, Some(id)) = (basis, then.was_there(&item), id)
            && let Some(doubted) = then.without_answers(db, id)?
        {
            basis = doubted.basis(&item);
        }
        let Some(basis) = basis else { continue };
        let Some((kind, region)) = custody::place_at(&stays, then.high) else { continue };
        items.push(Had { id, kind, region, basis });
    }
    Ok((items, next))
}

fn stays_after(db: &Connection, after: u64, limit: usize) -> Result<Vec<Row>, Error> {
    let sql = "SELECT stay.num, coalesce(item.id, ledger_item.id), since, until, stay.kind, stay.region, sequence
               FROM stay LEFT JOIN ledger_item ON ledger_item.num = stay.num
               LEFT JOIN item ON item.num = stay.num
               WHERE stay.num > ?1 ORDER BY stay.num, since LIMIT ?2";
    rows(db, sql, params![after, limit])
}

/// All stays of the item that fills a whole read.
fn stays_of(db: &Connection, some: Vec<Row>) -> Result<Vec<Row>, Error> {
    let Some((num, id, sequence, _)) = some.first().copied() else { return Ok(some) };
    Ok(read::stays(db, num)?.into_iter().map(|stay| (num, id, sequence, stay)).collect())
}

fn rows(db: &Connection, sql: &str, asked: &[&dyn rusqlite::ToSql]) -> Result<Vec<Row>, Error> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(asked)?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let odd = || Error::Odd("stay");
        let region = row.get_ref(5)?.as_str().map_err(|_| odd())?;
        let stay = Stay {
            since: row.get(2)?,
            until: row.get(3)?,
            kind: Kind::from_number(row.get(4)?).ok_or_else(odd)?,
            region: Region::from_code(region).map_err(|_| odd())?,
        };
        let id: Option<[u8; 16]> = row.get(1)?;
        all.push((row.get(0)?, id.map(PublicId::from_bytes), row.get(6)?, stay));
    }
    Ok(all)
}

impl Then {
    /// The same for an item whose removal was ever owed apart from the stream, none for others: it
    /// was refused, or found there. So no answer proves anything about it, and what proves more
    /// must have come after.
    fn without_answers(&self, db: &Connection, id: PublicId) -> Result<Option<Self>, Error> {
        let sql = "SELECT tried FROM parked WHERE partner = ?1 AND lane = 1 AND id = ?2";
        let asked = params![self.partner.as_str(), id.as_bytes()];
        let parked: Option<i64> =
            db.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()?;
        let mut owed: Vec<Timestamp> = parked.map(read::time).into_iter().collect();
        for (_, reference) in ledger::references(db, id)? {
            let lines = owed_lines(db, reference, &self.partner)?;
            owed.extend(lines.into_iter().filter(|(_, is_owed, _)| *is_owed).map(|(at, ..)| at));
        }
        if owed.is_empty() {
            return Ok(None);
        }
        let last = owed.into_iter().filter(|at| *at <= self.at).max();
        let mut doubted = self.clone();
        for reach in &mut doubted.channels {
            reach.taken.clear();
            reach.proven = proven(db, &self.partner, reach.channel, (last, self.at))?;
        }
        Ok(Some(doubted))
    }
}
