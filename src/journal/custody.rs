//! When a partner may have held an item, and what is on record of its removal: pure.
//!
//! [`view`](super::view) says what a partner is to see now; this says what may have been the case
//! since the beginning. Both rest on the same stays and scopes, and a test compares them.

use jiff::Timestamp;

use crate::model::{Kind, Region, Sequence};
use crate::partner::Scope;

use super::view::{Stay, Version};
use super::{Rung, Witness};

/// A stretch of positions in which an item was there for a partner. Changes of the item in between
/// do not end it; a stretch that ends where the next begins is one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Spell {
    /// The position at which it could be sent first.
    pub from: Sequence,
    /// The position at which it was to be taken back; none while it is there.
    pub to: Option<Sequence>,
}

/// All spells of an item at a partner with these scopes, whatever was sent.
pub(super) fn spells(num: u64, stays: &[Stay], versions: &[Version]) -> Vec<Spell> {
    let (mut all, versions) = (Vec::new(), lasting(versions));
    for stay in stays {
        for (index, version) in versions.iter().enumerate() {
            if !version.scope.covers(stay.kind, stay.region) {
                continue;
            }
            let next = versions.get(index + 1);
            let ends = next.map_or(u64::MAX, |next| next.since);
            if stay.since > ends || stay.until.is_some_and(|until| until <= version.since) {
                continue;
            }
            let from = if index == 0 || stay.since > version.since {
                Sequence::new(stay.since)
            } else {
                Sequence::new(version.since).plus(num)
            };
            // It left by its own change, or else when the scope did.
            let own = stay.until.filter(|until| *until <= ends);
            let to = own.map(Sequence::new).or(next.map(|_| Sequence::new(ends).plus(num)));
            join(&mut all, Spell { from, to });
        }
    }
    all
}

/// Without scopes that were empty for no time at all: everything enters anew, and nobody was told
/// that it left.
fn lasting(versions: &[Version]) -> Vec<Version> {
    let mut lasting = Vec::with_capacity(versions.len());
    for (index, version) in versions.iter().enumerate() {
        let momentary = versions.get(index + 1).is_some_and(|next| {
            next.since == version.since + version.span && next.changed_ms == version.changed_ms
        });
        if index == 0 || !momentary || version.scope != Scope::NOTHING {
            lasting.push(*version);
        }
    }
    lasting
}

/// What begins where the last one ended goes on.
fn join(all: &mut Vec<Spell>, spell: Spell) {
    match all.last_mut() {
        Some(last) if last.to == Some(spell.from) => last.to = spell.to,
        _ => all.push(spell),
    }
}

/// The spells of which something may have been sent.
pub(super) fn reached(mut spells: Vec<Spell>, mark: Sequence) -> Vec<Spell> {
    spells.retain(|spell| spell.from <= mark);
    spells
}

/// Where an item was last, as far as this position.
pub(super) fn place_at(stays: &[Stay], position: u64) -> Option<(Kind, Region)> {
    let before = stays.iter().rev().find(|stay| stay.since <= position);
    before.or(stays.first()).map(|stay| (stay.kind, stay.region))
}

/// What is on record of one removal.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Record {
    /// Nobody can refuse here: what is set aside was only found.
    pub(super) fetched: bool,
    /// The lane has passed it.
    pub(super) passed: bool,
    /// It is set aside: refused, found with the partner, or asked for by a letter.
    pub(super) parked: bool,
    /// Every removal is sent once more.
    pub(super) repeat: bool,
    /// The receipt of the stretch that it stands in: when it was begun, and what it says.
    pub(super) receipt: Option<(Timestamp, Witness)>,
    /// When it was owed apart from the stream: refused, or found with the partner.
    pub(super) owed: Vec<Timestamp>,
    /// When the last of that was accepted.
    pub(super) settled: Option<Timestamp>,
    /// When holdings agreed first, and when the page was looked at: the weakest first.
    pub(super) proofs: Vec<Witness>,
    /// When a person closed everything up to a position beyond it.
    pub(super) closed: Option<Timestamp>,
}

/// How a removal stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Taken {
    /// It waits to be accepted.
    Open,
    /// The partner refused it.
    Refused,
    /// It was accepted, and is owed again: it was found with the partner, or refused afterwards.
    FoundAgain,
    /// It is sent once more with all others.
    SentAgain,
    /// It was accepted once more after it had been found: an answer proves nothing now.
    InDoubt,
    /// By this evidence.
    By(Rung),
    /// By a person.
    Closed,
    /// Nothing is owed, and no evidence is kept: it was removed before anything was sent, or the
    /// receipt is too old.
    Passed,
}

impl Record {
    /// When the partner turned out to hold it although it had accepted. What was owed before the
    /// acceptance was a refusal; what can not be told apart counts as found.
    pub(super) fn found(&self) -> Vec<Timestamp> {
        let begun = self.receipt.map(|(begun, _)| begun);
        let after = |at: &&Timestamp| begun.is_some_and(|begun| **at > begun);
        self.owed.iter().filter(after).copied().collect()
    }

    /// The answer by which it was accepted, if it was.
    fn accepted(&self) -> Option<Witness> {
        let refused = !self.fetched && self.owed.len() > self.found().len();
        let answer = self.receipt.filter(|_| !refused).map(|(_, witness)| witness);
        answer.or(self.settled.map(|at| Witness { rung: Rung::Accepted, at }))
    }

    /// What proves more than an answer, and came after it was owed last.
    fn proofs(&self) -> impl Iterator<Item = &Witness> {
        let last = self.owed.iter().max().copied();
        self.proofs.iter().filter(move |proof| last.is_none_or(|at| proof.at > at))
    }

    /// What can be said, never more than what is on record.
    pub(super) fn taken(&self) -> Taken {
        let found = self.found();
        match (self.parked, self.owed.is_empty(), found.is_empty()) {
            (false, _, _) => {}
            (true, true, _) => return Taken::Open,
            (true, false, true) if self.fetched => return Taken::Open,
            (true, false, true) => return Taken::Refused,
            (true, false, false) => return Taken::FoundAgain,
        }
        if self.repeat {
            return Taken::SentAgain;
        }
        if !self.passed {
            return Taken::Open;
        }
        if let Some(proof) = self.proofs().map(|proof| proof.rung).max() {
            return Taken::By(proof);
        }
        let last = self.owed.iter().max();
        let closed = self.closed.filter(|at| last.is_none_or(|owed| at >= owed));
        match self.accepted() {
            Some(answer) if found.is_empty() => Taken::By(answer.rung),
            _ if closed.is_some() => Taken::Closed,
            None if self.owed.is_empty() => Taken::Passed,
            Some(_) | None => Taken::InDoubt,
        }
    }

    /// Every piece of evidence that still counts, the weakest first.
    pub(super) fn evidence(&self) -> Vec<Witness> {
        let mut all: Vec<Witness> = self.accepted().iter().chain(self.proofs()).copied().collect();
        all.sort_by_key(|witness| (witness.rung, witness.at));
        all
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::view::{Facts, may_hold, place};
    use super::*;

    const MEPPEL: &str = "GM0119";
    const ASSEN: &str = "GM0106";

    fn region(code: &str) -> Region {
        Region::from_code(code).unwrap()
    }

    fn version(since: u64, span: u64, codes: &[&str]) -> Version {
        let scope = Scope::new(&Kind::ALL, codes.iter().map(|code| region(code)).collect());
        Version { since, span, changed_ms: 0, scope }
    }

    fn stay(since: u64, until: Option<u64>, code: &str) -> Stay {
        Stay { since, until, kind: Kind::Offer, region: region(code) }
    }

    #[test]
    fn spells_begin_and_end_with_the_item_or_the_scope() {
        let versions = [
            version(0, 0, &[MEPPEL]),
            version(10, 5, &[]),
            version(20, 5, &[MEPPEL, ASSEN]),
            version(30, 5, &[MEPPEL]),
        ];
        let check = |stays: &[Stay], versions: &[Version], wanted: &[(u64, Option<u64>)]| {
            let found: Vec<_> = spells(3, stays, versions)
                .into_iter()
                .map(|spell| (spell.from.get(), spell.to.map(Sequence::get)))
                .collect();
            assert_eq!(found, wanted, "{stays:?}");
        };
        check(&[stay(2, None, MEPPEL)], &versions[..1], &[(2, None)]);
        check(&[stay(2, Some(9), MEPPEL)], &versions[..1], &[(2, Some(9))]);
        check(&[stay(2, None, MEPPEL)], &versions[..2], &[(2, Some(13))]);
        check(&[stay(2, None, MEPPEL)], &versions, &[(2, Some(13)), (23, None)]);
        check(&[stay(2, None, ASSEN)], &versions, &[(23, Some(33))]);
        // From one place of the scope to another: it was there all the time.
        let moved = [stay(26, Some(28), ASSEN), stay(28, None, MEPPEL)];
        check(&moved, &versions, &[(26, None)]);
        let out = [stay(2, Some(5), MEPPEL), stay(5, Some(8), ASSEN), stay(8, None, MEPPEL)];
        check(&out, &versions[..1], &[(2, Some(5)), (8, None)]);
        check(&[], &versions, &[]);
    }

    #[test]
    fn what_enters_anew_never_left() {
        let at = |changed_ms, version| Version { changed_ms, ..version };
        let mut versions = [
            version(0, 0, &[MEPPEL]),
            at(7, version(10, 5, &[])),
            at(7, version(15, 5, &[MEPPEL])),
        ];
        let stays = [stay(2, None, MEPPEL)];
        let whole = [Spell { from: Sequence::new(2), to: None }];
        assert_eq!(spells(3, &stays, &versions), whole);
        // Somebody may have been told in between.
        versions[2].changed_ms = 8;
        assert_eq!(spells(3, &stays, &versions).len(), 2);
    }

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_removal_is_claimed_by_what_is_on_record_and_no_more() {
        let witness = |rung, second| Witness { rung, at: at(second) };
        let by = |rung| {
            let receipt = Some((at(9), witness(rung, 10)));
            Record { passed: true, receipt, ..Record::default() }
        };
        let none = Record { passed: true, ..Record::default() };
        let (accepted, confirmed) = (by(Rung::Accepted), by(Rung::Confirmed));
        let proven = Record { proofs: vec![witness(Rung::Reconciled, 30)], ..accepted.clone() };
        let owed = |seconds: &[i64], record: &Record| {
            let owed = seconds.iter().map(|second| at(*second)).collect();
            Record { owed, settled: Some(at(50)), ..record.clone() }
        };
        let closed = |second, record| Record { closed: Some(at(second)), ..record };
        let parked = |record: Record| Record { parked: true, settled: None, ..record };
        let fetched = |record| Record { fetched: true, ..record };
        let open = |record: &Record| Record { passed: false, ..record.clone() };
        let table = [
            (Record::default(), Taken::Open),
            (open(&accepted), Taken::Open),
            (open(&proven), Taken::Open),
            (none.clone(), Taken::Passed),
            (accepted.clone(), Taken::By(Rung::Accepted)),
            (confirmed.clone(), Taken::By(Rung::Confirmed)),
            (proven.clone(), Taken::By(Rung::Reconciled)),
            (Record { repeat: true, ..proven.clone() }, Taken::SentAgain),
            // Found after it was accepted: only what came after that, and is no answer, counts.
            (parked(owed(&[20], &accepted)), Taken::FoundAgain),
            (parked(owed(&[40], &proven)), Taken::FoundAgain),
            (owed(&[20], &confirmed), Taken::InDoubt),
            (owed(&[20], &proven), Taken::By(Rung::Reconciled)),
            (owed(&[20, 40], &proven), Taken::InDoubt),
            (closed(45, owed(&[20, 40], &proven)), Taken::Closed),
            (closed(15, owed(&[20], &accepted)), Taken::InDoubt),
            // Refused, and accepted later.
            (parked(owed(&[9], &none)), Taken::Refused),
            (parked(owed(&[9], &confirmed)), Taken::Refused),
            (owed(&[9], &none), Taken::By(Rung::Accepted)),
            (owed(&[9], &confirmed), Taken::By(Rung::Accepted)),
            (Record { settled: None, ..owed(&[9], &none) }, Taken::InDoubt),
            // Asked for by a letter, and found after somebody confirmed it.
            (Record { parked: true, ..none.clone() }, Taken::Open),
            (parked(owed(&[20], &confirmed)), Taken::FoundAgain),
            (closed(5, none.clone()), Taken::Closed),
            // Who fetches refuses nothing: it is found on the page, before it was told or after.
            (fetched(parked(owed(&[9], &none))), Taken::Open),
            (fetched(parked(owed(&[20], &confirmed))), Taken::FoundAgain),
            (
                fetched(Record { settled: None, ..owed(&[9], &confirmed) }),
                Taken::By(Rung::Confirmed),
            ),
            (fetched(Record { settled: None, ..owed(&[20], &confirmed) }), Taken::InDoubt),
        ];
        for (record, wanted) in table {
            assert_eq!(record.taken(), wanted, "{record:?}");
        }
    }

    /// Stays and versions in one order of positions, as the journal makes them.
    fn history(steps: &[(u8, u8)]) -> (Vec<Stay>, Vec<Version>, Facts) {
        let (mut stays, mut versions) = (Vec::<Stay>::new(), vec![version(0, 0, &[MEPPEL])]);
        let (mut head, mut live, mut sequence) = (0, false, 0);
        let numbers = 4;
        for (step, choice) in steps {
            let code = if choice % 2 == 0 { MEPPEL } else { ASSEN };
            let leaves = |stays: &mut Vec<Stay>, at| {
                for stay in stays.iter_mut().filter(|stay| stay.until.is_none()) {
                    stay.until = Some(at);
                }
            };
            match step % 4 {
                0 | 1 => {
                    head += 1;
                    (live, sequence) = (true, head);
                    let stays_on = stays
                        .last()
                        .is_some_and(|last| last.until.is_none() && last.region == region(code));
                    if !stays_on {
                        leaves(&mut stays, head);
                        stays.push(stay(head, None, code));
                    }
                }
                2 if live => {
                    head += 1;
                    (live, sequence) = (false, head);
                    leaves(&mut stays, head);
                }
                2 => head += 1,
                _ => {
                    let codes: &[&str] =
                        [&[][..], &[MEPPEL], &[ASSEN], &[MEPPEL, ASSEN]][usize::from(choice % 4)];
                    let changed_ms = i64::try_from(head).unwrap() / 3;
                    versions.push(Version { changed_ms, ..version(head, numbers, codes) });
                    head += numbers;
                }
            }
        }
        let last = stays.last().copied().unwrap_or(stay(1, Some(1), MEPPEL));
        let Stay { kind, region, .. } = last;
        (stays, versions, Facts { num: 2, sequence, live, kind, region })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2_000))]
        #[test]
        fn spells_agree_with_what_a_partner_is_to_see(
            steps in proptest::collection::vec((0_u8..4, 0_u8..4), 1..24),
            mark in 0_u64..80,
        ) {
            let (stays, versions, facts) = history(&steps);
            let mark = Sequence::new(mark);
            let spells = spells(facts.num, &stays, &versions);
            let held = may_hold(facts.num, &stays, &versions, mark);
            prop_assert_eq!(!reached(spells.clone(), mark).is_empty(), held);
            let place = place(&facts, &versions);
            let open = spells.last().is_some_and(|last| last.to.is_none());
            prop_assert_eq!(open, facts.sequence > 0 && place.shown, "{:?} {:?}", spells, place);
            // In order, none without length, and none that ends where the next begins.
            for pair in spells.windows(2) {
                prop_assert!(pair[0].to.is_some_and(|to| to < pair[1].from), "{:?}", spells);
            }
            prop_assert!(spells.iter().all(|one| one.to.is_none_or(|to| to > one.from)));
            // A removal that is to be told stands at the end of the last spell, or later.
            if let Some(to) = spells.last().and_then(|last| last.to) {
                prop_assert!(place.position >= to, "{:?} {:?}", spells, place);
            }
        }
    }
}
