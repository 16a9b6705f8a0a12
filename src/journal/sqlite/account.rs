//! What is on record of an item at each partner.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::{
    Account, Action, Back, Channel, Dated, Deed, Error, Holder, Rung, Scoped, Spell, Standing,
    Taken, Witness,
    custody::{self, Record},
    view::{self, Facts, Stay, Version},
};
use crate::ledger::{Entry, Line, Reference, What};
use crate::metrics::Lane;
use crate::model::{PartnerId, PublicId, Sequence};

use super::{actions, holdings, ledger, parked, partners, read};

/// Most deeds of one partner that are told.
pub(in crate::journal) const DEEDS_MAX: usize = 10_000;
/// Most lines of the ledger about one item that are looked at.
const LINES_MAX: usize = 10_000;
/// No request is under way for longer; a partner's file allows two minutes.
const ATTEMPT_MAX: SignedDuration = SignedDuration::from_mins(3);
/// The cursor number of receipts from outside the lanes.
pub(super) const EVIDENCE: u8 = 3;

/// An item as far as it is on record.
#[derive(Debug, Clone)]
pub(in crate::journal) struct Known {
    id: PublicId,
    facts: Facts,
    changed: Timestamp,
    /// Under each number that it had in this journal, where it was visible.
    stays: Vec<(u64, Vec<Stay>)>,
    /// Its positions, when they were made, and whether it was shown there; in order.
    made: Vec<(u64, Timestamp, bool)>,
    references: Vec<Reference>,
}

/// See [`crate::journal::Journal::account`].
pub(in crate::journal) fn known(db: &Connection, id: PublicId) -> Result<Option<Known>, Error> {
    let sql = "SELECT num, sequence, kind, region, live, changed FROM item WHERE id = ?1";
    let row = db.prepare_cached(sql)?.query_row([id.as_bytes()], |row| {
        Ok((holdings::facts(row, row.get(4)?), read::time(row.get(5)?)))
    });
    let mut latest = match row.optional()? {
        Some((facts, changed)) => Some((facts?, changed)),
        None => None,
    };
    let (mut stays, mut made, mut references) = (Vec::new(), Vec::new(), Vec::new());
    for (num, reference) in ledger::references(db, id)? {
        let of = read::stays(db, num)?;
        for what in [What::Published, What::Removed] {
            let lines = ledger::entries(db, (&reference.to_string(), what), LINES_MAX)?;
            made.extend(lines.iter().filter_map(position_of));
        }
        references.push(reference);
        // What was forgotten was removed before, and everybody had been told.
        let current = latest.is_some_and(|(facts, _)| facts.num >= num);
        latest = latest.filter(|_| current).or(forgotten(db, num, of.last())?);
        stays.push((num, of));
    }
    let Some((facts, changed)) = latest else { return Ok(None) };
    if stays.iter().all(|(num, _)| *num != facts.num) {
        stays.push((facts.num, read::stays(db, facts.num)?));
    }
    made.sort_unstable();
    Ok(Some(Known { id, facts, changed, stays, made, references }))
}

/// What is left of an item that the log has forgotten.
fn forgotten(
    db: &Connection,
    num: u64,
    last: Option<&Stay>,
) -> Result<Option<(Facts, Timestamp)>, Error> {
    let sql = "SELECT removed FROM ledger_item WHERE num = ?1";
    let removed: Option<i64> =
        db.prepare_cached(sql)?.query_row([num], |row| row.get(0)).optional()?;
    Ok(last.zip(removed).map(|(stay, removed)| {
        let sequence = stay.until.unwrap_or(stay.since);
        let Stay { kind, region, .. } = *stay;
        (Facts { num, sequence, live: false, kind, region }, read::time(removed))
    }))
}

/// Where a line says that an item stood, when, and whether it was shown.
fn position_of(line: &Line) -> Option<(u64, Timestamp, bool)> {
    if let Entry::Shown { position, .. } = &line.entry {
        return Some((*position, line.at, true));
    }
    let Entry::Removed { position, .. } = &line.entry else { return None };
    Some((*position, line.at, false))
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
        // Of what came before the ledger, or was given up by it, the first line is a later change.
        let began = self.stays.first().and_then(|(_, stays)| stays.first()).map(|stay| stay.since);
        let is_first = |made: &&(u64, Timestamp, bool)| made.2 && Some(made.0) == began;
        let first = self.made.first().filter(is_first);
        let published = first.map(|(_, at, _)| *at);
        Account { kind, region, published, removed, by_command, holders, viewers }
    }

    /// All spells at a partner with these scopes.
    fn spells(&self, versions: &[Version]) -> Vec<Spell> {
        let of = |(num, stays): &(u64, Vec<Stay>)| custody::spells(*num, stays, versions);
        self.stays.iter().flat_map(of).collect()
    }

    /// When this position was made, as far as it is on record.
    fn time_of(&self, position: Sequence, versions: &[Version]) -> Option<Timestamp> {
        let position = position.get();
        if position == self.facts.sequence {
            return Some(self.changed);
        }
        let made = self.made.iter().find(|(made, _, _)| *made == position);
        let range = |version: &&Version| {
            position > version.since && position <= version.since.saturating_add(version.span)
        };
        let scoped = || versions.iter().find(range).map(|one| read::time(one.changed_ms));
        made.map(|(_, at, _)| *at).or_else(scoped)
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
    now: Timestamp,
) -> Result<(Vec<Holder>, Vec<PartnerId>), Error> {
    let (mut holders, mut viewers) = (Vec::new(), Vec::new());
    for partner in partners {
        let versions = partners::versions(db, partner)?;
        let spells = known.spells(&versions);
        if spells.is_empty() {
            continue;
        }
        viewers.push(partner.clone());
        let standing = partners::standing(db, partner)?;
        for channel in Channel::ALL.iter().copied() {
            let spells = custody::reached(spells.clone(), standing.mark(channel));
            let Some(first) = spells.first() else { continue };
            let look = Look { db, known, partner, channel, versions: &versions, standing, now };
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
    now: Timestamp,
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

    /// The first receipt of a stretch around this position, all of it from before a moment: when
    /// it was begun, and what it says.
    fn receipt(
        &self,
        lane: Lane,
        at: Sequence,
        before: Option<Timestamp>,
    ) -> Result<Option<(Timestamp, Witness)>, Error> {
        let sql = "SELECT first, rung, last FROM receipt WHERE partner = ?1 AND cursor = ?2
                   AND after < ?3 AND upto >= ?3 AND last <= ?4 ORDER BY num LIMIT 1";
        let before = before.map_or(i64::MAX, Timestamp::as_millisecond);
        let asked = params![self.partner.as_str(), self.cursor(lane), at.get(), before];
        let row = self
            .db
            .prepare_cached(sql)?
            .query_row(asked, |row| Ok((row.get(0)?, row.get::<_, u8>(1)?, row.get(2)?)));
        let Some((first, rung, last)) = row.optional()? else { return Ok(None) };
        let rung = Rung::from_number(rung).ok_or(Error::Odd("receipt.rung"))?;
        Ok(Some((read::time(first), Witness { rung, at: read::time(last) })))
    }

    /// Is nothing known here of this channel apart from the stream? What a page shows counts for who
    /// fetches; of who is pushed to as well it is told there.
    fn is_aside(&self) -> bool {
        self.channel == Channel::Pull && self.standing.push_mark > Sequence::ZERO
    }

    /// What is set aside in a lane: when it was tried last.
    fn parked(&self, lane: Lane) -> Result<Option<Timestamp>, Error> {
        if self.is_aside() {
            return Ok(None);
        }
        let sql = "SELECT tried FROM parked WHERE partner = ?1 AND lane = ?2 AND id = ?3";
        let lane = parked::lane_number(lane);
        let asked = params![self.partner.as_str(), lane, self.known.id.as_bytes()];
        let tried = self.db.prepare_cached(sql)?.query_row(asked, |row| row.get(0));
        Ok(tried.optional()?.map(read::time))
    }

    /// The surest evidence that the item arrived, in whatever state.
    fn received(&self) -> Result<Option<Witness>, Error> {
        let place = view::place(&self.known.facts, self.versions);
        let cursor = self.standing.cursor(self.channel, Lane::Publish);
        let here = place.shown && cursor >= place.position;
        if here && self.parked(Lane::Publish)?.is_none() {
            let agreed = self.proofs(place.position, None)?;
            let agreed = agreed.into_iter().find(|proof| proof.rung == Rung::Reconciled);
            let receipt = self.receipt(Lane::Publish, place.position, None)?;
            return Ok(agreed.or(receipt.map(|(_, witness)| witness)));
        }
        // An earlier state of it, if it stood there until after the receipt.
        let made = &self.known.made;
        for (made, next) in made.iter().zip(made.iter().skip(1)).rev() {
            let ((position, _, shown), (_, until, _)) = (made, next);
            let position = Sequence::new(*position);
            let receipt = self.receipt(Lane::Publish, position, Some(*until))?;
            if let Some((_, witness)) = receipt.filter(|_| *shown) {
                return Ok(Some(witness));
            }
        }
        Ok(None)
    }

    /// How far the item is taken back; none while it is shown.
    fn back(&self) -> Result<Option<Back>, Error> {
        let place = view::place(&self.known.facts, self.versions);
        if place.shown {
            return Ok(None);
        }
        let position = place.position;
        let owed_since = self.known.time_of(position, self.versions);
        let (mut owed, settled) = self.apart(owed_since)?;
        let parked = self.parked(Lane::Remove)?;
        let letter = self.letter(owed_since)?;
        owed.extend(parked.filter(|_| owed.is_empty() && letter.is_none()));
        // Of what a letter asked for, its own confirmation counts and no stretch.
        let receipt = match letter {
            Some(confirmed) => confirmed.map(|at| (at, Witness { rung: Rung::Confirmed, at })),
            None => self.receipt(Lane::Remove, position, None)?,
        };
        let closed = self.closed(position)?;
        let fetched = self.channel == Channel::Pull;
        let passed = self.standing.cursor(self.channel, Lane::Remove) >= position;
        let hangs = letter.is_none() && receipt.is_some_and(|(_, answer)| self.hangs(answer.at));
        let record = Record {
            fetched,
            passed: passed && !hangs,
            parked: parked.is_some(),
            repeat: self.channel == Channel::Push && self.standing.repeat,
            differs: self.standing.differs.is_some(),
            receipt,
            settled: settled.filter(|at| !fetched && owed.iter().all(|owed| at >= owed)),
            proofs: self.proofs(position, owed.last().copied())?,
            owed,
            closed: closed.as_ref().map(|action| action.at),
        };
        let (taken, found) = (record.taken(), record.found());
        let refused = record.owed.iter().copied().filter(|at| !fetched && !found.contains(at));
        Ok(Some(Back {
            taken,
            owed_since,
            evidence: record.evidence(),
            refused: refused.collect(),
            found,
            closed: closed.filter(|_| taken == Taken::Closed),
        }))
    }

    /// May a send of the item be under way still, that this answer to its removal overtook? Then the
    /// removal is sent again as soon as the send is over.
    fn hangs(&self, answered: Timestamp) -> bool {
        let Standing { publish, push_mark, .. } = self.standing;
        let open = |position: u64| publish.get() < position && position <= push_mark.get();
        let sent = |(position, _, shown): &(u64, Timestamp, bool)| *shown && open(*position);
        let entered = |spell: &Spell| open(spell.from.get());
        self.channel == Channel::Push
            && self.now.duration_since(answered) < ATTEMPT_MAX
            && (self.known.made.iter().any(sent)
                || self.known.spells(self.versions).iter().any(entered))
    }

    /// When this removal was owed apart from the stream, and when the last of that was over.
    fn apart(
        &self,
        since: Option<Timestamp>,
    ) -> Result<(Vec<Timestamp>, Option<Timestamp>), Error> {
        let (mut owed, mut settled) = (Vec::new(), None);
        if self.is_aside() {
            return Ok((owed, settled));
        }
        for reference in &self.known.references {
            for (at, is_owed, letter) in owed_lines(self.db, *reference, self.partner)? {
                if letter || since.is_some_and(|since| at < since) {
                    continue;
                }
                match is_owed {
                    true => owed.push(at),
                    false => settled = Some(at),
                }
            }
        }
        Ok((owed, settled))
    }

    /// Was this removal asked for by a letter? When that was confirmed, if it was.
    fn letter(&self, since: Option<Timestamp>) -> Result<Option<Option<Timestamp>>, Error> {
        let mut letter = None;
        if self.channel == Channel::Pull {
            return Ok(letter);
        }
        for reference in &self.known.references {
            for (at, asked, by_letter) in owed_lines(self.db, *reference, self.partner)? {
                if by_letter && since.is_none_or(|since| at >= since) {
                    letter = Some((!asked).then_some(at));
                }
            }
        }
        Ok(letter)
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

    /// The deed by which a person closed everything as far as this position.
    fn closed(&self, position: Sequence) -> Result<Option<Action>, Error> {
        let deeds = actions::of_partner(self.db, self.partner, DEEDS_MAX)?;
        Ok(deeds.into_iter().rfind(|one| one.deed == Deed::Close && one.head >= position))
    }
}

/// When an item was owed to a partner apart from the stream, or that was over, and whether by a
/// letter; in order.
pub(super) fn owed_lines(
    db: &Connection,
    item: Reference,
    partner: &PartnerId,
) -> Result<Vec<(Timestamp, bool, bool)>, Error> {
    let sql = "SELECT at, what = 'owed', json_extract(entry, '$.letter') IS NOT NULL
               FROM ledger WHERE subject = ?1
               AND what IN ('owed', 'settled') AND json_extract(entry, '$.partner') = ?2
               ORDER BY num LIMIT ?3";
    let asked = params![item.to_string(), partner.as_str(), LINES_MAX];
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement
        .query_map(asked, |row| Ok((read::time(row.get(0)?), row.get(1)?, row.get(2)?)))?;
    Ok(rows.collect::<Result<_, _>>()?)
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
