//! Removals that are sent apart from the stream: refused ones that are tried again, and those
//! whose item was in flight when it was removed. The journal holds them; here is what is due.

use std::collections::{BTreeSet, VecDeque};

use tokio::time::Instant;

use crate::model::PublicId;

/// Parked removals of one partner that are due now or later.
#[derive(Debug)]
pub(crate) struct Parked {
    queue: VecDeque<PublicId>,
    /// Stands for this re-send in the message id; higher for each.
    round: i64,
    /// When everything that is parked is tried again; none when nothing is known to be parked.
    due: Option<Instant>,
    refusals: u32,
    /// What is queued was never accepted before.
    overdue: bool,
}

impl Parked {
    /// At the start nobody knows what is parked: look now.
    pub(crate) fn new() -> Self {
        Self {
            queue: VecDeque::new(),
            round: 0,
            due: Some(Instant::now()),
            refusals: 0,
            overdue: false,
        }
    }

    /// Is something waiting to be sent at once?
    pub(crate) fn is_queued(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Is what is queued still open since its removal, rather than sent before?
    pub(crate) fn is_overdue(&self) -> bool {
        self.overdue
    }

    /// When everything that is parked is to be looked up.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// These are sent next, as a re-send of their own. `now` in milliseconds.
    pub(crate) fn queue(
        &mut self,
        ids: impl IntoIterator<Item = PublicId>,
        now: i64,
        overdue: bool,
    ) {
        self.queue.extend(ids);
        self.overdue = overdue;
        self.round = now.max(self.round + 1);
    }

    /// Everything that is parked was looked up.
    pub(crate) fn looked_up(&mut self) {
        self.due = None;
    }

    /// The next few, and their round. They stay queued until [`Parked::done`].
    pub(crate) fn next(&self, limit: usize) -> (Vec<PublicId>, i64) {
        (self.queue.iter().take(limit).copied().collect(), self.round)
    }

    /// The first `count` are dealt with for now.
    pub(crate) fn done(&mut self, count: usize) {
        drop(self.queue.drain(..count.min(self.queue.len())));
    }

    /// Some were refused: how often in a row?
    pub(crate) fn refused(&mut self) -> u32 {
        self.refusals = self.refusals.saturating_add(1);
        self.refusals
    }

    /// A re-send went through whole.
    pub(crate) fn accepted(&mut self) {
        self.refusals = 0;
    }

    /// Looks again at this moment, or earlier if that was planned.
    pub(crate) fn look_at(&mut self, moment: Instant) {
        self.due = Some(self.due.map_or(moment, |due| due.min(moment)));
    }
}

/// Removals that the publish lane found to be owed again. Bounded: publishes wait when it is full.
#[derive(Debug, Default)]
pub(crate) struct Fresh(BTreeSet<PublicId>);

/// Publishes wait while this many removals are owed again.
const FRESH_MAX: usize = 1_000;

impl Fresh {
    pub(crate) fn add(&mut self, ids: impl IntoIterator<Item = PublicId>) {
        self.0.extend(ids);
    }

    pub(crate) fn take(&mut self) -> BTreeSet<PublicId> {
        std::mem::take(&mut self.0)
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub(crate) fn is_full(&self) -> bool {
        self.0.len() >= FRESH_MAX
    }

    pub(crate) fn contains(&self, id: &PublicId) -> bool {
        self.0.contains(id)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(byte: u8) -> PublicId {
        PublicId::from_bytes([byte; 16])
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_queued_stays_until_done_and_each_re_send_has_a_higher_round() {
        let mut parked = Parked::new();
        parked.queue([id(1), id(2), id(3)], 1_000, true);
        assert_eq!(parked.next(2), (vec![id(1), id(2)], 1_000));
        assert_eq!(parked.next(2), (vec![id(1), id(2)], 1_000));
        parked.done(2);
        assert_eq!(parked.next(2), (vec![id(3)], 1_000));
        parked.done(2);
        assert!(!parked.is_queued());
        parked.queue([id(1)], 1_000, false);
        assert_eq!(parked.next(2), (vec![id(1)], 1_001));
    }

    #[tokio::test(start_paused = true)]
    async fn the_earliest_look_counts() {
        let (mut parked, now) = (Parked::new(), Instant::now());
        let soon = now + std::time::Duration::from_secs(1);
        assert_eq!(parked.due(), Some(now));
        parked.looked_up();
        parked.look_at(soon);
        parked.look_at(soon + std::time::Duration::from_secs(9));
        assert_eq!(parked.due(), Some(soon));
    }
}
