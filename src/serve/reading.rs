//! One partner that reads, and the evidence that this gives: asking for what comes after change N
//! confirms everything up to N, and nothing leaves before it is noted how far it may reach.

use std::sync::Arc;
use std::time::Duration;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::http::Refusal;
use crate::journal::{Advance, Channel, Cursor, Entry, Error, Flag, Page, Rung, Standing, Want};
use crate::metrics::Lane;
use crate::model::Sequence;
use crate::partner::{Partner, Status};

use super::page::ITEMS_MAX;
use super::{Tools, unavailable};

/// Most reads in search of the first item of a page.
const READS_MAX: usize = 16;
/// Entries that are read at a time when a cursor passes many.
const PASSED: usize = 1_000;
/// Most entries of which the passing is counted one by one.
const PASSED_MAX: usize = 100_000;
/// Beginnings within this time are one.
const BEGINNING: SignedDuration = SignedDuration::from_hours(24);
/// How long everything stays told as deleted after an agreement (design §8).
const FAREWELL: SignedDuration = SignedDuration::from_hours(7 * 24);

/// A partner that reads, and where it stood when it came.
pub(super) struct Reading<'r> {
    tools: &'r Tools,
    partner: &'r Arc<Partner>,
    standing: Standing,
}

impl<'r> Reading<'r> {
    pub(super) async fn of(tools: &'r Tools, partner: &'r Arc<Partner>) -> Result<Self, Error> {
        let standing = tools.journal.standing(&partner.id).await?;
        Ok(Self { tools, partner, standing })
    }

    /// Where it stood when it came.
    pub(super) fn standing(&self) -> Standing {
        self.standing
    }

    /// Everything that is to be settled before a partner reads on after `after`. `snapshot` is
    /// where it finds the whole.
    ///
    /// # Errors
    /// It may have missed a removal, or there is nothing more to come.
    pub(super) async fn enter(&self, after: Sequence, snapshot: &str) -> Result<(), Refusal> {
        if self.is_too_old(after) {
            return Err(Refusal::TooOld(snapshot.into()));
        }
        self.settle(after).await.map_err(unavailable)?;
        self.refuse_when_over().await
    }

    /// Takes the evidence, or notes a beginning; and what is held back.
    pub(super) async fn settle(&self, after: Sequence) -> Result<(), Error> {
        if after == Sequence::ZERO {
            self.begin().await?;
        }
        self.confirm(after).await?;
        self.hold_back().await
    }

    /// Notes that the partner reads from the beginning, once a day.
    pub(super) async fn begin(&self) -> Result<(), Error> {
        let fresh = |began| self.tools.clock.now().duration_since(began) < BEGINNING;
        if self.standing.began.is_some_and(fresh) {
            return Ok(());
        }
        self.tools.journal.begin(&self.partner.id).await
    }

    /// After a cursor like this a removal may be missing: it was forgotten when the partner's
    /// cursor had passed it, and this one lies before. Who began anew since did not hold it.
    pub(super) fn is_too_old(&self, after: Sequence) -> bool {
        let forgotten = self.tools.journal.forgotten();
        let began_before = self.standing.began.is_none_or(|began| began <= forgotten.removed);
        let behind = after < forgotten.up_to && after < self.standing.pull;
        after > Sequence::ZERO && behind && began_before
    }

    /// Once everything was told as deleted for long enough, and nothing is owed any more, there is
    /// no feed; a straight 410 would leave copies alive.
    pub(super) async fn refuse_when_over(&self) -> Result<(), Refusal> {
        let Some(since) = self.over_since() else { return Ok(()) };
        if self.tools.clock.now().duration_since(since) < FAREWELL {
            return Ok(());
        }
        let journal = &self.tools.journal;
        let owed = journal.backlog(&self.partner.id, Channel::Pull, Lane::Remove).await;
        if owed.map_err(unavailable)?.items > 0 { Ok(()) } else { Err(Refusal::Over) }
    }

    /// Since when the agreement is over and everything is taken back; to whom nothing was ever
    /// told, nothing is to be told as deleted either.
    fn over_since(&self) -> Option<Timestamp> {
        let Partner { id, status, agreement, .. } = &**self.partner;
        let midnight = agreement.ends.tomorrow().and_then(|day| day.to_zoned(TimeZone::UTC));
        let end = midnight.map_or(Timestamp::MAX, |midnight| midnight.timestamp());
        let is_over = *status == Status::Ended || end <= self.tools.clock.now();
        let emptied = self.tools.journal.emptied(id).filter(|_| is_over)?;
        let untold = self.standing.pull_mark == Sequence::ZERO;
        Some(if untold { emptied.min(end) } else { emptied })
    }

    /// Are publishes held back from this partner now?
    pub(super) fn is_withheld(&self) -> bool {
        self.standing.paused || self.partner.status == Status::Suspended
    }

    /// While publishes are held back, the cursor passes them; afterwards they come once more.
    pub(super) async fn hold_back(&self) -> Result<(), Error> {
        let (journal, partner) = (&self.tools.journal, &self.partner.id);
        match (self.is_withheld(), self.standing.skipped) {
            (true, false) => journal.set_flag(partner, Flag::Skipped, true).await,
            (false, true) => journal.catch_up(partner).await,
            (true, true) | (false, false) => Ok(()),
        }
    }

    /// A page that may leave: it is noted how far it reaches, and only then it is read, so that
    /// what is removed in between is either not on it or known to be owed (promise P3).
    pub(super) async fn page(&self, after: Sequence) -> Result<Page, Error> {
        let page = self.search(after).await?;
        let Some(reach) = page.entries.last().map(|entry| entry.item.modified) else {
            return Ok(page);
        };
        if reach <= self.standing.pull_mark {
            return Ok(page);
        }
        self.tools.journal.mark(&self.partner.id, Channel::Pull, reach).await?;
        let mut page = self.search(after).await?;
        page.entries.retain(|entry| entry.item.modified <= reach);
        page.reached = page.reached.min(reach);
        Ok(page)
    }

    /// The next entries. The journal looks at so many changes at a time; if none of them is for
    /// this partner, it is asked again.
    async fn search(&self, after: Sequence) -> Result<Page, Error> {
        let want = if self.is_withheld() { Want::Remove } else { Want::Both };
        let head = self.tools.journal.head();
        let mut page = self.read(want, (after, ITEMS_MAX)).await?;
        for _ in 1..READS_MAX {
            if !page.entries.is_empty() || page.reached >= head {
                break;
            }
            page = self.read(want, (page.reached, ITEMS_MAX)).await?;
        }
        Ok(page)
    }

    async fn read(&self, want: Want, stretch: (Sequence, usize)) -> Result<Page, Error> {
        self.tools.journal.read(&self.partner.id, Channel::Pull, want, stretch).await
    }

    /// Asking for what comes after N confirms everything up to N, but never more than can have
    /// left: harvesters probe with numbers beyond the end.
    async fn confirm(&self, after: Sequence) -> Result<(), Error> {
        if after <= self.standing.pull || after > self.standing.pull_mark {
            return Ok(());
        }
        let passed = self.passed(after).await?;
        let advance = Advance {
            partner: self.partner.id.clone(),
            cursor: Cursor::Pull,
            to: after,
            items: u32::try_from(passed.len()).unwrap_or(u32::MAX),
            rung: Rung::Confirmed,
        };
        self.tools.journal.advance(advance).await?;
        let now = self.tools.clock.now();
        for (lane, changed_at) in passed {
            let took = Duration::try_from(now.duration_since(changed_at)).unwrap_or_default();
            self.tools.metrics.accepted(&self.partner.id, lane, took);
        }
        Ok(())
    }

    /// What a cursor passes on its way to `to`.
    async fn passed(&self, to: Sequence) -> Result<Vec<(Lane, Timestamp)>, Error> {
        let (mut passed, mut at) = (Vec::new(), self.standing.pull);
        while at < to && passed.len() < PASSED_MAX {
            let page = self.read(Want::Both, (at, PASSED)).await?;
            let within = page.entries.iter().filter(|entry| entry.item.modified <= to);
            passed.extend(within.map(|entry| (lane_of(entry), entry.changed_at)));
            if page.reached == at {
                break;
            }
            at = page.reached;
        }
        Ok(passed)
    }
}

fn lane_of(entry: &Entry) -> Lane {
    if entry.item.is_deleted() { Lane::Remove } else { Lane::Publish }
}
