//! What is on record of an item at each partner, and of a partner at a moment.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::{
    Account, Action, Back, Basis, Channel, Dated, Deed, Error, Had, Holder, Rung, Scoped, Standing,
    Taken, Witness,
    custody::{self, Record},
    view::{self, Facts, Stay, Version},
};
use crate::metrics::Lane;
use crate::model::{Kind, PartnerId, PublicId, Region, Sequence};

use super::{actions, holdings, partners, read};

/// Most deeds of one partner that are told.
pub(in crate::journal) const DEEDS_MAX: usize = 10_000;
/// The cursor number of receipts from outside the lanes.
const EVIDENCE: u8 = 3;

/// An item as far as it is on record.
#[derive(Debug, Clone)]
pub(in crate::journal) struct Known {
    id: PublicId,
    facts: Facts,
    changed: Timestamp,
    stays: Vec<Stay>,
}

/// See [`crate::journal::Journal::account`].
pub(in crate::journal) fn known(db: &Connection, id: PublicId) -> Result<Option<Known>, Error> {
    let sql = "SELECT num, sequence, kind, region, live, changed FROM item WHERE id = ?1";
    let row = db
        .prepare_cached(sql)?
        .query_row([id.as_bytes()], |row| Ok((holdings::facts(row, row.get(4)?), row.get(5)?)));
    let Some((facts, changed)) = row.optional()? else { return Ok(None) };
    let facts = facts?;
    let stays = read::stays(db, facts.num)?;
    Ok(Some(Known { id, facts, changed: read::time(changed), stays }))
}

impl Known {
    /// All of it together.
    pub(in crate::journal) fn account(
        &self,
        by_command: Option<Action>,
        holders: Vec<Holder>,
        viewers: Vec<PartnerId>,
    ) -> Account {
        let Facts { live, kind, region, .. } = self.facts;
        let removed = (!live).then_some(self.changed);
        let by_command = by_command.filter(|_| !live);
        Account { kind, region, removed, by_command, holders, viewers }
    }

    /// When this position of the item was made, as far as it is on record.
    fn time_of(&self, position: Sequence, versions: &[Version]) -> Option<Timestamp> {
        if position.get() == self.facts.sequence {
            return Some(self.changed);
        }
        let made = |version: &&Version| {
            let range = version.since..=version.since.saturating_add(version.span);
            position.get() > version.since && range.contains(&position.get())
        };
        versions.iter().find(made).map(|version| read::time(version.changed_ms))
    }
}

/// The latest emergency removal that took this item away.
pub(in crate::journal) fn by_command(
    db: &Connection,
    id: PublicId,
) -> Result<Option<Action>, Error> {
    let sql = "SELECT max(action) FROM retracted WHERE id = ?1";
    let num: Option<u64> = db.prepare_cached(sql)?.query_row([id.as_bytes()], |row| row.get(0))?;
    num.map_or(Ok(None), |num| actions::numbered(db, num))
}

/// Who of these may hold or have held the item, and in whose scope it ever was.
pub(in crate::journal) fn of_partners(
    db: &Connection,
    known: &Known,
    partners: &[PartnerId],
) -> Result<(Vec<Holder>, Vec<PartnerId>), Error> {
    let (mut holders, mut viewers) = (Vec::new(), Vec::new());
    for partner in partners {
        let versions = partners::versions(db, partner)?;
        let spells = custody::spells(known.facts.num, &known.stays, &versions);
        if spells.is_empty() {
            continue;
        }
        viewers.push(partner.clone());
        let standing = partners::standing(db, partner)?;
        for channel in Channel::ALL.iter().copied() {
            let spells = custody::reached(spells.clone(), standing.mark(channel));
            let Some(first) = spells.first() else { continue };
            let look = Look { db, known, partner, channel, versions: &versions, standing };
            let dated = spells.iter().map(|spell| Dated {
                spell: *spell,
                since: known.time_of(spell.from, &versions),
                until: spell.to.and_then(|to| known.time_of(to, &versions)),
            });
            holders.push(Holder {
                partner: partner.clone(),
                channel,
                document: channel == Channel::Pull && first.from <= standing.feed_mark,
                spells: dated.collect(),
                received: look.received()?,
                back: look.back()?,
                lease: standing.lease,
            });
        }
    }
    Ok((holders, viewers))
}

/// One item at one partner by one channel.
struct Look<'a> {
    db: &'a Connection,
    known: &'a Known,
    partner: &'a PartnerId,
    channel: Channel,
    versions: &'a [Version],
    standing: Standing,
}

impl Look<'_> {
    /// The cursor number of the receipts of a lane.
    fn cursor(&self, lane: Lane) -> u8 {
        match (self.channel, lane) {
            (Channel::Push, Lane::Publish) => 0,
            (Channel::Push, Lane::Remove) => 1,
            (Channel::Pull, _) => 2,
        }
    }

    /// The first receipt of a stretch around this position: its number and what it says.
    fn receipt(&self, lane: Lane, at: Sequence) -> Result<Option<(u64, Witness)>, Error> {
        let sql = "SELECT num, rung, last FROM receipt WHERE partner = ?1 AND cursor = ?2
                   AND after < ?3 AND upto >= ?3 ORDER BY num LIMIT 1";
        let asked = params![self.partner.as_str(), self.cursor(lane), at.get()];
        let row = self
            .db
            .prepare_cached(sql)?
            .query_row(asked, |row| Ok((row.get(0)?, row.get::<_, u8>(1)?, row.get(2)?)));
        let Some((num, rung, last)) = row.optional()? else { return Ok(None) };
        Ok(Some((num, Witness { rung: rung_of(rung)?, at: read::time(last) })))
    }

    /// What is set aside in a lane: when it was tried last.
    fn parked(&self, lane: Lane) -> Result<Option<Timestamp>, Error> {
        if self.channel == Channel::Pull {
            return Ok(None);
        }
        let sql = "SELECT tried FROM parked WHERE partner = ?1 AND lane = ?2 AND id = ?3";
        let asked = params![self.partner.as_str(), self.cursor(lane), self.known.id.as_bytes()];
        let tried = self.db.prepare_cached(sql)?.query_row(asked, |row| row.get(0));
        Ok(tried.optional()?.map(read::time))
    }

    /// The surest evidence that the item arrived as it stands now.
    fn received(&self) -> Result<Option<Witness>, Error> {
        let place = view::place(&self.known.facts, self.versions);
        let cursor = self.standing.cursor(self.channel, Lane::Publish);
        if !place.shown || cursor < place.position || self.parked(Lane::Publish)?.is_some() {
            return Ok(None);
        }
        let receipt = self.receipt(Lane::Publish, place.position)?.map(|(_, witness)| witness);
        let agreed = self.proofs(place.position, None)?;
        let agreed = agreed.into_iter().find(|proof| proof.rung == Rung::Reconciled);
        Ok(agreed.or(receipt))
    }

    /// How far the item is taken back; none while it is shown.
    fn back(&self) -> Result<Option<Back>, Error> {
        let place = view::place(&self.known.facts, self.versions);
        if place.shown {
            return Ok(None);
        }
        let position = place.position;
        let parked = self.parked(Lane::Remove)?;
        let receipt = self.receipt(Lane::Remove, position)?;
        let mut again = self.again(position)?;
        again.extend(parked);
        again.sort();
        again.dedup();
        let closed = self.closed(position)?;
        let record = Record {
            passed: self.standing.cursor(self.channel, Lane::Remove) >= position,
            parked: parked.is_some(),
            repeat: self.channel == Channel::Push && self.standing.repeat,
            receipt: receipt.map(|(_, witness)| witness),
            apart: receipt.map_or(Ok(None), |(num, _)| self.apart(num))?,
            proofs: self.proofs(position, again.last().copied())?,
            again,
            closed: closed.as_ref().map(|action| action.at),
        };
        let taken = record.taken();
        Ok(Some(Back {
            taken,
            owed_since: self.known.time_of(position, self.versions),
            evidence: record.evidence(),
            again: record.again,
            closed: closed.filter(|_| taken == Taken::Closed),
        }))
    }

    /// The weakest rung of what was taken apart from the stream after a receipt: this item may
    /// have been among it.
    fn apart(&self, receipt: u64) -> Result<Option<Rung>, Error> {
        if self.channel == Channel::Pull {
            return Ok(None);
        }
        let sql = "SELECT min(rung) FROM receipt WHERE partner = ?1 AND cursor = ?2 AND num > ?3
                   AND after >= upto";
        let asked = params![self.partner.as_str(), self.cursor(Lane::Remove), receipt];
        let rung: Option<u8> = self.db.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?;
        rung.map(rung_of).transpose()
    }

    /// The first time that holdings agreed as far as this position, and that the page was looked
    /// at after it; after a moment, if one is given. The weakest first.
    fn proofs(&self, position: Sequence, after: Option<Timestamp>) -> Result<Vec<Witness>, Error> {
        let sql = "SELECT min(last) FROM receipt WHERE partner = ?1 AND cursor = ?2 AND rung = ?3
                   AND upto >= ?4 AND last > ?5";
        let said = match self.channel {
            Channel::Push => EVIDENCE,
            Channel::Pull => self.cursor(Lane::Remove),
        };
        let after = after.map_or(i64::MIN, Timestamp::as_millisecond);
        let mut proofs = Vec::new();
        for (cursor, rung) in [(said, Rung::Reconciled), (EVIDENCE, Rung::Verified)] {
            let asked =
                params![self.partner.as_str(), cursor, rung.number(), position.get(), after];
            let at: Option<i64> =
                self.db.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?;
            proofs.extend(at.map(|at| Witness { rung, at: read::time(at) }));
        }
        Ok(proofs)
    }

    /// When the item was owed once more after this position was made.
    #[expect(clippy::unnecessary_wraps, clippy::unused_self, reason = "comes with the ledger")]
    fn again(&self, _position: Sequence) -> Result<Vec<Timestamp>, Error> {
        Ok(Vec::new())
    }

    /// The deed by which a person closed everything as far as this position.
    fn closed(&self, position: Sequence) -> Result<Option<Action>, Error> {
        let deeds = actions::of_partner(self.db, self.partner, DEEDS_MAX)?;
        Ok(deeds.into_iter().rfind(|one| one.deed == Deed::Close && one.head >= position))
    }
}

fn rung_of(number: u8) -> Result<Rung, Error> {
    Rung::from_number(number).ok_or(Error::Odd("receipt.rung"))
}

/// A partner at a moment.
#[derive(Debug, Clone)]
pub(in crate::journal) struct Then {
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

    /// On what it rests that the item was held, if it may have been.
    fn basis(&self, num: u64, stays: &[Stay], owed: bool) -> Option<Basis> {
        let spells = custody::spells(num, stays, &self.versions);
        let bases = self.channels.iter().flat_map(|reach| {
            let mark = reach.mark.min(Sequence::new(self.high));
            let spells = custody::reached(spells.clone(), mark);
            spells.into_iter().filter_map(move |spell| match spell.to {
                Some(to) if to.get() <= self.low => {
                    (!reach.is_gone(to.get(), owed)).then_some(Basis::NotProvenGone)
                }
                _ if spell.from.get() <= reach.accepted => Some(Basis::Accepted),
                _ => Some(Basis::MayBeSent),
            })
        });
        bases.max()
    }
}

impl Reach {
    /// Was it proven then that what was to be taken back at this position was gone? An answer
    /// proves nothing about what turned out to be held afterwards.
    fn is_gone(&self, position: u64, owed: bool) -> bool {
        let within = |(after, to): &(u64, u64)| *after < position && position <= *to;
        position <= self.proven || !owed && self.taken.iter().any(within)
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
    let sql = "SELECT agreement FROM partner_scope WHERE partner = ?1 AND changed <= ?2
               ORDER BY version DESC LIMIT 1";
    let asked = params![partner.as_str(), at.as_millisecond()];
    let agreement = db.prepare_cached(sql)?.query_row(asked, |row| row.get(0)).optional()?;
    Ok(Then {
        partner: partner.clone(),
        versions: partners::versions(db, partner)?,
        channels,
        low,
        high,
        agreement,
        lease: lease_at(db, partner, &standing, at)?,
    })
}

/// The latest position at a moment, between the two that are on record around it. Positions are
/// in the order of time, so the log is halved again and again.
fn positions_at(db: &Connection, at: Timestamp) -> Result<(u64, u64), Error> {
    let at = at.as_millisecond();
    let head: u64 =
        db.prepare_cached("SELECT head FROM standing")?.query_row([], |row| row.get(0))?;
    let sql = "SELECT sequence, changed FROM item WHERE sequence >= ?1 ORDER BY sequence LIMIT 1";
    let mut next = db.prepare_cached(sql)?;
    let (mut low, mut end) = (0, head.saturating_add(1));
    let (mut from, mut to) = (1, end);
    while from < to {
        let middle = from + (to - from) / 2;
        let found: Option<(u64, i64)> =
            next.query_row([middle], |row| Ok((row.get(0)?, row.get(1)?))).optional()?;
        match found {
            Some((position, changed)) if changed <= at => {
                low = low.max(position);
                from = position.saturating_add(1);
            }
            Some((position, _)) => {
                end = end.min(position);
                to = middle;
            }
            None => to = middle,
        }
    }
    let sql = "SELECT coalesce(max(since + span) FILTER (WHERE changed <= ?1), 0),
               coalesce(min(since + 1) FILTER (WHERE changed > ?1 AND span > 0), ?2)
               FROM partner_scope";
    let (before, after): (u64, u64) = db
        .prepare_cached(sql)?
        .query_row(params![at, end], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let low = low.max(before);
    Ok((low, end.min(after).saturating_sub(1).max(low)))
}

/// How far a send may have reached by then: never less than it had.
#[expect(clippy::unnecessary_wraps, reason = "the mark of then comes with the ledger")]
fn mark_at(
    _db: &Connection,
    _partner: &PartnerId,
    (channel, standing): (Channel, &Standing),
    _at: Timestamp,
) -> Result<Sequence, Error> {
    Ok(standing.mark(channel))
}

/// The lease that was in force then, if that is on record.
#[expect(clippy::unnecessary_wraps, reason = "the lease of then comes with the ledger")]
fn lease_at(
    _db: &Connection,
    _partner: &PartnerId,
    _standing: &Standing,
    _at: Timestamp,
) -> Result<Option<Timestamp>, Error> {
    Ok(None)
}

fn reach(
    db: &Connection,
    partner: &PartnerId,
    (channel, mark): (Channel, Sequence),
    at: Timestamp,
) -> Result<Reach, Error> {
    let (publish, remove, said) = match channel {
        Channel::Push => (0_u8, 1_u8, EVIDENCE),
        Channel::Pull => (2, 2, 2),
    };
    let at = at.as_millisecond();
    let sql = "SELECT coalesce(max(upto), 0) FROM receipt
               WHERE partner = ?1 AND cursor = ?2 AND last <= ?3";
    let asked = params![partner.as_str(), publish, at];
    let accepted = db.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?;
    let sql = "SELECT coalesce(max(upto), 0) FROM receipt WHERE partner = ?1 AND last <= ?2
               AND ((cursor = ?3 AND rung = ?4) OR (cursor = ?5 AND rung = ?6))";
    let (agreed, seen) = (Rung::Reconciled.number(), Rung::Verified.number());
    let asked = params![partner.as_str(), at, said, agreed, EVIDENCE, seen];
    let proven = db.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?;
    let sql = "SELECT after, upto FROM receipt
               WHERE partner = ?1 AND cursor = ?2 AND last <= ?3 AND after < upto ORDER BY num";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(params![partner.as_str(), remove, at], |row| {
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
    Ok(Reach { mark, accepted, taken, proven })
}

/// A row of `stay`, with the item's public id if it is still known.
type Row = (u64, Option<PublicId>, Stay);

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
        let Some((num, id, _)) = same.first() else { continue };
        let stays: Vec<Stay> = same.iter().map(|row| row.2).collect();
        let owed = match id {
            Some(id) => owed_again(db, &then.partner, *id)?,
            None => false,
        };
        let Some(basis) = then.basis(*num, &stays, owed) else { continue };
        let Some((kind, region)) = custody::place_at(&stays, then.high) else { continue };
        items.push(Had { id: *id, kind, region, basis });
    }
    Ok((items, next))
}

fn stays_after(db: &Connection, after: u64, limit: usize) -> Result<Vec<Row>, Error> {
    let sql = "SELECT stay.num, id, since, until, stay.kind, stay.region
               FROM stay LEFT JOIN item ON item.num = stay.num
               WHERE stay.num > ?1 ORDER BY stay.num, since LIMIT ?2";
    rows(db, sql, params![after, limit])
}

/// All stays of the item that fills a whole read.
fn stays_of(db: &Connection, some: Vec<Row>) -> Result<Vec<Row>, Error> {
    let Some((num, id, _)) = some.first().copied() else { return Ok(some) };
    Ok(read::stays(db, num)?.into_iter().map(|stay| (num, id, stay)).collect())
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
        all.push((row.get(0)?, id.map(PublicId::from_bytes), stay));
    }
    Ok(all)
}

/// Was the item's removal ever owed to the partner once more?
fn owed_again(db: &Connection, partner: &PartnerId, id: PublicId) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM parked WHERE partner = ?1 AND lane = 1 AND id = ?2)";
    let asked = params![partner.as_str(), id.as_bytes()];
    Ok(db.prepare_cached(sql)?.query_row(asked, |row| row.get(0))?)
}

/// See [`crate::journal::Journal::scopes`].
pub(in crate::journal) fn scopes(
    db: &Connection,
    partner: &PartnerId,
) -> Result<Vec<Scoped>, Error> {
    let sql = "SELECT changed, since, agreement, requests, offers FROM partner_scope
               WHERE partner = ?1 ORDER BY version";
    let mut statement = db.prepare_cached(sql)?;
    let codes = |text: String| text.split_whitespace().map(str::to_owned).collect();
    let rows = statement.query_map([partner.as_str()], |row| {
        Ok(Scoped {
            at: read::time(row.get(0)?),
            since: Sequence::new(row.get(1)?),
            agreement: row.get(2)?,
            requests: codes(row.get(3)?),
            offers: codes(row.get(4)?),
        })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
