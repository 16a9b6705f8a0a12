//! What is done with the canary, and how far each partner follows: pure, no clock, no journal.
//!
//! A round places an item, changes it and takes it away. It waits for its partners before each step,
//! but not for ever: whoever is late misses the round, and its age goes on growing until it shows
//! a canary again. What such a partner may hold is owed like any other removal.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::model::{PartnerId, PublicId, Sequence};

/// One step of a round.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Publish,
    Change,
    Retract,
}

/// How far a partner is, as far as its canary is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reached {
    /// What was to be shown is accepted up to here.
    pub(super) publish: Sequence,
    /// What was to be taken away is accepted up to here.
    pub(super) remove: Sequence,
}

/// A step that a partner has not followed yet.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Open {
    step: Step,
    at: Sequence,
    since: Timestamp,
}

/// Where one partner is.
#[derive(Debug, Default)]
struct Seat {
    /// The canary that it follows.
    item: Option<PublicId>,
    /// In order; at most one of each.
    open: Vec<Open>,
    /// Since when it has not shown a canary, if it missed one.
    missed: Option<Timestamp>,
    /// Over the steps of this round so far.
    spent: Duration,
}

/// The canary that stands now.
#[derive(Debug, Clone, Copy)]
struct Standing {
    item: PublicId,
    step: Step,
    since: Timestamp,
}

/// All rounds, one after the other.
#[derive(Debug)]
pub(super) struct Rounds {
    every: Duration,
    next: Timestamp,
    standing: Option<Standing>,
    seats: BTreeMap<PartnerId, Seat>,
}

impl Rounds {
    /// The first begins at once.
    pub(super) fn new(every: Duration, now: Timestamp) -> Self {
        Self { every, next: now, standing: None, seats: BTreeMap::new() }
    }

    /// These partners ask for canaries now. Returns those that no longer do.
    pub(super) fn invite(&mut self, partners: &BTreeSet<PartnerId>) -> Vec<PartnerId> {
        let leaves = |id: &&PartnerId| !partners.contains(*id);
        let left: Vec<PartnerId> = self.seats.keys().filter(leaves).cloned().collect();
        self.seats.retain(|id, _| partners.contains(id));
        for id in partners {
            self.seats.entry(id.clone()).or_default();
        }
        left
    }

    /// What is to be done now, if anything; a step that waits is taken after `patience`.
    pub(super) fn due(&self, patience: Duration, now: Timestamp) -> Option<Step> {
        let Some(standing) = &self.standing else {
            return (now >= self.next && !self.seats.is_empty()).then_some(Step::Publish);
        };
        let follows = |seat: &&Seat| seat.item == Some(standing.item);
        let waits = self.seats.values().filter(follows).any(|seat| !seat.open.is_empty());
        if waits && elapsed(standing.since, now) < patience {
            return None;
        }
        Some(if standing.step == Step::Publish { Step::Change } else { Step::Retract })
    }

    /// A step was taken: it is at this position of the journal.
    pub(super) fn took(&mut self, step: Step, (item, at): (PublicId, Sequence), now: Timestamp) {
        let open = Open { step, at, since: now };
        if step == Step::Publish {
            self.next = later(now, self.every);
            // Whoever still has to take an earlier one away stays out.
            for seat in self.seats.values_mut().filter(|seat| seat.open.is_empty()) {
                (seat.item, seat.spent) = (Some(item), Duration::ZERO);
            }
        }
        for seat in self.seats.values_mut().filter(|seat| seat.item == Some(item)) {
            if step == Step::Retract {
                seat.misses();
            }
            if seat.item.is_some() {
                seat.open.push(open);
            }
        }
        self.standing = (step != Step::Retract).then_some(Standing { item, step, since: now });
    }

    /// A step could not be taken: every partner has missed it.
    pub(super) fn failed(&mut self, now: Timestamp) {
        for seat in self.seats.values_mut() {
            seat.missed.get_or_insert(now);
        }
    }

    /// Which canary each partner follows that has not followed every step.
    pub(super) fn open(&self) -> Vec<(PartnerId, PublicId)> {
        let open = self.seats.iter().filter(|(_, seat)| !seat.open.is_empty());
        open.filter_map(|(id, seat)| Some((id.clone(), seat.item?))).collect()
    }

    /// A partner got so far. Returns how long the round took if it has followed all of it.
    pub(super) fn looked(
        &mut self,
        partner: &PartnerId,
        reached: Reached,
        now: Timestamp,
    ) -> Option<Duration> {
        self.seats.get_mut(partner)?.follow(reached, now)
    }

    /// Since when each partner has been late, or none.
    pub(super) fn ages(&self) -> impl Iterator<Item = (&PartnerId, Option<Timestamp>)> {
        self.seats.iter().map(|(id, seat)| (id, seat.since()))
    }

    /// The canary that stands now.
    pub(super) fn standing(&self) -> Option<PublicId> {
        self.standing.map(|standing| standing.item)
    }

    /// How long until it is worth looking again: about a tenth of what the youngest open step has
    /// taken so far, so that what is measured is as good as that.
    pub(super) fn pause(&self, (least, most): (Duration, Duration), now: Timestamp) -> Duration {
        let youngest = self.seats.values().flat_map(|seat| &seat.open).map(|open| open.since).max();
        youngest.map_or(most, |since| (elapsed(since, now) / 10).clamp(least, most))
    }
}

impl Seat {
    fn since(&self) -> Option<Timestamp> {
        self.missed.into_iter().chain(self.open.iter().map(|open| open.since)).min()
    }

    /// The canary goes: what was not shown by now never will be.
    fn misses(&mut self) {
        let late = self.open.first().copied();
        self.open.clear();
        let Some(late) = late else { return };
        self.missed.get_or_insert(late.since);
        // Nothing that can be measured came of it. What a send may have left is owed as ever.
        self.item = None;
    }

    fn follow(&mut self, reached: Reached, now: Timestamp) -> Option<Duration> {
        while let Some(first) = self.open.first().copied() {
            let cursor = match first.step {
                Step::Publish | Step::Change => reached.publish,
                Step::Retract => reached.remove,
            };
            if cursor < first.at {
                return None;
            }
            self.open.remove(0);
            self.spent += elapsed(first.since, now);
            match first.step {
                Step::Publish | Step::Change => self.missed = None,
                Step::Retract => return Some(self.spent),
            }
        }
        None
    }
}

/// From one moment to another; nothing when the clock went back.
fn elapsed(since: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(since)).unwrap_or_default()
}

/// A moment so much later.
pub(super) fn later(now: Timestamp, by: Duration) -> Timestamp {
    let by = SignedDuration::try_from(by).unwrap_or(SignedDuration::MAX);
    now.checked_add(by).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const PATIENCE: Duration = Duration::from_secs(300);
    const EVERY: Duration = Duration::from_secs(900);

    fn id(name: &str) -> PartnerId {
        name.parse().unwrap()
    }

    fn item(number: u8) -> PublicId {
        PublicId::from_bytes([number; 16])
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(10_000 + second).unwrap()
    }

    fn rounds(partners: &[&str]) -> Rounds {
        let mut rounds = Rounds::new(EVERY, at(0));
        rounds.invite(&partners.iter().map(|name| id(name)).collect());
        rounds
    }

    fn took(rounds: &mut Rounds, step: Step, what: (u8, u64), second: i64) {
        let due = rounds.due(PATIENCE, at(second));
        assert_eq!(due, Some(step), "at {second}");
        rounds.took(step, (item(what.0), Sequence::new(what.1)), at(second));
    }

    fn looked(
        rounds: &mut Rounds,
        who: &str,
        (publish, remove): (u64, u64),
        second: i64,
    ) -> Option<u64> {
        let reached = Reached { publish: Sequence::new(publish), remove: Sequence::new(remove) };
        rounds.looked(&id(who), reached, at(second)).map(|took| took.as_secs())
    }

    fn age(rounds: &Rounds, who: &str, second: i64) -> Option<u64> {
        let (_, since) = rounds.ages().find(|(partner, _)| **partner == id(who)).unwrap();
        since.map(|since| elapsed(since, at(second)).as_secs())
    }

    #[test]
    fn a_round_waits_for_everybody_and_its_three_steps_add_up() {
        let mut rounds = rounds(&["snel", "traag"]);
        took(&mut rounds, Step::Publish, (1, 10), 0);
        assert_eq!(looked(&mut rounds, "snel", (9, 99), 1), None);
        assert_eq!(age(&rounds, "snel", 1), Some(1));
        looked(&mut rounds, "snel", (10, 0), 2);
        assert_eq!((age(&rounds, "snel", 9), age(&rounds, "traag", 9)), (None, Some(9)));
        assert_eq!(rounds.due(PATIENCE, at(9)), None, "one is still to come");
        looked(&mut rounds, "traag", (10, 0), 10);
        took(&mut rounds, Step::Change, (1, 20), 10);
        looked(&mut rounds, "traag", (19, 0), 11);
        for (who, second) in [("snel", 13), ("traag", 30)] {
            looked(&mut rounds, who, (20, 0), second);
        }
        took(&mut rounds, Step::Retract, (1, 30), 30);
        assert_eq!(rounds.standing(), None);
        assert_eq!(looked(&mut rounds, "snel", (30, 29), 31), None, "taken back is what counts");
        assert_eq!(looked(&mut rounds, "snel", (20, 30), 34), Some(2 + 3 + 4));
        assert_eq!(looked(&mut rounds, "traag", (20, 30), 36), Some(10 + 20 + 6));
        assert_eq!(looked(&mut rounds, "traag", (20, 30), 37), None, "once");
        assert_eq!(rounds.due(PATIENCE, at(899)), None);
        took(&mut rounds, Step::Publish, (2, 40), 900);
    }

    #[test]
    fn who_is_late_stalls_nobody_and_grows_old_until_it_shows_one_again() {
        let mut rounds = rounds(&["goed", "stuk"]);
        took(&mut rounds, Step::Publish, (1, 10), 0);
        looked(&mut rounds, "goed", (10, 0), 1);
        assert_eq!(rounds.due(PATIENCE, at(299)), None);
        took(&mut rounds, Step::Change, (1, 20), 300);
        looked(&mut rounds, "goed", (20, 0), 301);
        took(&mut rounds, Step::Retract, (1, 30), 600);
        assert_eq!(looked(&mut rounds, "goed", (20, 30), 602), Some(1 + 1 + 2));
        // Its cursors pass what is gone without a word to the partner: that is no evidence.
        assert_eq!(looked(&mut rounds, "stuk", (30, 30), 610), None);
        assert_eq!(age(&rounds, "stuk", 890), Some(890));
        took(&mut rounds, Step::Publish, (2, 40), 900);
        assert_eq!(age(&rounds, "stuk", 950), Some(950), "the next round makes nothing good");
        looked(&mut rounds, "goed", (40, 30), 901);
        looked(&mut rounds, "stuk", (40, 30), 960);
        assert_eq!(age(&rounds, "stuk", 960), None, "it shows one again");
        took(&mut rounds, Step::Change, (2, 50), 960);
        for who in ["goed", "stuk"] {
            looked(&mut rounds, who, (50, 30), 961);
        }
        took(&mut rounds, Step::Retract, (2, 60), 961);
        assert_eq!(looked(&mut rounds, "stuk", (60, 60), 962), Some(60 + 1 + 1));
    }

    #[test]
    fn who_shows_it_and_does_not_take_it_back_stays_out_until_it_does() {
        let mut rounds = rounds(&["goed", "houdt"]);
        for (step, position, second) in [(Step::Publish, 10, 0), (Step::Change, 20, 1)] {
            took(&mut rounds, step, (1, position), second);
            for who in ["goed", "houdt"] {
                looked(&mut rounds, who, (position, 0), second + 1);
            }
        }
        took(&mut rounds, Step::Retract, (1, 30), 2);
        assert_eq!(looked(&mut rounds, "goed", (20, 30), 3), Some(3));
        took(&mut rounds, Step::Publish, (2, 40), 900);
        assert_eq!(rounds.open(), [(id("goed"), item(2)), (id("houdt"), item(1))]);
        assert_eq!(age(&rounds, "houdt", 902), Some(900));
        looked(&mut rounds, "goed", (40, 30), 901);
        took(&mut rounds, Step::Change, (2, 50), 901);
        assert_eq!(
            looked(&mut rounds, "houdt", (50, 30), 1_000),
            Some(1 + 1 + 998),
            "late, but whole"
        );
        assert_eq!(age(&rounds, "houdt", 1_001), None);
        looked(&mut rounds, "goed", (50, 30), 1_000);
        took(&mut rounds, Step::Retract, (2, 60), 1_000);
        assert_eq!(rounds.open(), [(id("goed"), item(2))]);
    }

    #[test]
    fn without_partners_nothing_stands_and_a_failure_ages_everybody() {
        let mut rounds = rounds(&[]);
        assert_eq!(rounds.due(PATIENCE, at(5_000)), None);
        rounds.invite(&[id("a"), id("b")].into_iter().collect());
        rounds.failed(at(5_000));
        rounds.failed(at(5_010));
        assert_eq!(age(&rounds, "a", 5_020), Some(20));
        took(&mut rounds, Step::Publish, (1, 10), 5_020);
        assert_eq!(rounds.invite(&BTreeSet::new()), [id("a"), id("b")]);
        took(&mut rounds, Step::Change, (1, 20), 5_021);
        took(&mut rounds, Step::Retract, (1, 30), 5_021);
        assert_eq!(rounds.due(PATIENCE, at(99_999)), None);
    }

    #[test]
    fn it_looks_more_often_while_a_step_is_young() {
        let (least, most) = (Duration::from_millis(50), Duration::from_secs(2));
        let mut rounds = rounds(&["a"]);
        assert_eq!(rounds.pause((least, most), at(0)), most);
        took(&mut rounds, Step::Publish, (1, 10), 0);
        for (second, pause) in [(0, least), (5, Duration::from_millis(500)), (50, most)] {
            assert_eq!(rounds.pause((least, most), at(second)), pause);
        }
        assert_eq!(rounds.pause((least, most), at(-5)), least, "the clock went back");
    }
}
