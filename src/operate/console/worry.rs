//! What is still out there that should not be, and what may lead to it: pure, from the figures
//! that are at hand anyway, so that ten thousand partners cost no question to the journal.

use std::cmp::Reverse;
use std::time::Duration;

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::metrics::{Figures, Lane, PartnerState, Side};
use crate::partner::Partner;

/// An agreement that ends within this time is told of.
const AGREEMENT_ENDS: SignedDuration = SignedDuration::from_hours(30 * 24);
/// And a secret that expires.
const SECRET_EXPIRES: SignedDuration = SignedDuration::from_hours(14 * 24);

/// How bad it is; the worst is the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Level {
    /// Nothing to do.
    Fine,
    /// Under way, or good to know.
    Note,
    /// It goes wrong if nothing is done.
    Warning,
    /// A promise is broken.
    Alarm,
}

/// What is the matter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Matter {
    /// Removals that are not accepted, confirmed or fetched.
    Removals(u32),
    /// It says itself that it holds so many items that it should not.
    Extra(u32),
    /// What it says that it holds is something else than it should hold; it can not say what.
    Differs,
    /// It lacks items, or holds an old state of them.
    Behind(u32),
    /// Its endpoint answered 410.
    Gone,
    /// Publishes fail again and again.
    Failing,
    /// Its lease ends soon, and was not renewed.
    LeaseEnds,
    /// Its lease has ended: it should show nothing.
    LeaseOver,
    /// A person stopped publishes.
    Paused,
    /// Its agreement ends soon.
    AgreementEnds,
    /// A secret of it expires soon, or has.
    SecretExpires,
    /// The page where removed items must no longer be found can not be looked at.
    PageFailed,
}

/// One thing that is the matter with one partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Worry {
    pub(super) level: Level,
    pub(super) matter: Matter,
    /// Since when, or until when.
    pub(super) at: Option<Timestamp>,
    /// For how long, in thousandths of what is promised.
    pub(super) share: u64,
}

impl Worry {
    fn new(level: Level, matter: Matter, at: Option<Timestamp>) -> Self {
        Self { level, matter, at, share: 0 }
    }

    /// The worst comes first: a broken promise, and of these the one that is broken for longest.
    pub(super) fn order(&self) -> impl Ord + use<> {
        (Reverse(self.level), Reverse(self.share), self.at)
    }
}

/// What is the matter with a partner, the worst first.
pub(super) fn of(partner: &Partner, figures: &Figures, now: Timestamp) -> Vec<Worry> {
    let state = figures.state;
    let mut found = Vec::new();
    found.extend(removals(partner, figures, now));
    found.extend(differences(partner, figures, now));
    if state == Some(PartnerState::Gone) {
        found.push(Worry::new(Level::Alarm, Matter::Gone, None));
    }
    if state == Some(PartnerState::Failing) {
        found.push(Worry::new(Level::Warning, Matter::Failing, None));
    }
    if state == Some(PartnerState::Paused) {
        found.push(Worry::new(Level::Note, Matter::Paused, None));
    }
    if is_in_force(state) {
        found.extend(lease(partner, figures, now));
        found.extend(dates(partner, now));
        if figures.page_failed {
            found.push(Worry::new(Level::Warning, Matter::PageFailed, None));
        }
    }
    found.sort_by_key(Worry::order);
    found
}

/// What ends by the calendar.
fn dates(partner: &Partner, now: Timestamp) -> Vec<Worry> {
    let soon = |day: Option<Date>, within| {
        let end = day.and_then(|day| day.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok());
        end.map(|end| end.timestamp()).filter(|end| end.duration_since(now) < within)
    };
    let agreement = soon(Some(partner.agreement.ends), AGREEMENT_ENDS);
    let agreement = agreement.map(|end| Worry::new(Level::Note, Matter::AgreementEnds, Some(end)));
    let secret = soon(partner.secret_expires, SECRET_EXPIRES);
    let secret = secret.map(|end| Worry::new(Level::Warning, Matter::SecretExpires, Some(end)));
    agreement.into_iter().chain(secret).collect()
}

fn is_in_force(state: Option<PartnerState>) -> bool {
    match state {
        None | Some(PartnerState::Draft | PartnerState::Ended | PartnerState::Suspended) => false,
        Some(
            PartnerState::Active
            | PartnerState::Failing
            | PartnerState::Paused
            | PartnerState::Gone,
        ) => true,
    }
}

fn removals(partner: &Partner, figures: &Figures, now: Timestamp) -> Option<Worry> {
    let items = figures.items(Lane::Remove);
    let oldest = figures.oldest_removal();
    let worry = || against(partner.removal.promise, Matter::Removals(items), oldest, now);
    (items > 0).then(worry)
}

/// It is on its way, it should be over soon, or it should be over: by what was promised.
fn against(promise: Duration, matter: Matter, since: Option<Timestamp>, now: Timestamp) -> Worry {
    let share = since.map_or(0, |since| share(since, promise, now));
    let level = match share {
        0..500 => Level::Note,
        500..1_000 => Level::Warning,
        _ => Level::Alarm,
    };
    Worry { level, matter, at: since, share }
}

/// How much of the time that was promised is over, in thousandths.
fn share(since: Timestamp, promise: Duration, now: Timestamp) -> u64 {
    let age = Duration::try_from(now.duration_since(since)).unwrap_or_default();
    let share = age.as_millis().saturating_mul(1_000) / promise.as_millis().max(1);
    u64::try_from(share).unwrap_or(u64::MAX)
}

fn differences(partner: &Partner, figures: &Figures, now: Timestamp) -> Vec<Worry> {
    let extra = figures.divergent(Side::Extra);
    let behind = figures.divergent(Side::Missing).saturating_add(figures.divergent(Side::Stale));
    let promise = partner.removal.promise;
    let mut found = Vec::new();
    if extra > 0 {
        // Its own word that it holds what it should not: never only a note.
        let worry = against(promise, Matter::Extra(extra), figures.differs, now);
        found.push(Worry { level: worry.level.max(Level::Warning), ..worry });
    }
    if behind > 0 {
        found.push(Worry::new(Level::Note, Matter::Behind(behind), figures.differs));
    }
    if found.is_empty() && figures.differs.is_some() {
        let worry = against(promise, Matter::Differs, figures.differs, now);
        found.push(Worry { level: worry.level.max(Level::Warning), ..worry });
    }
    found
}

/// A lease is renewed when a third of it is over: when two thirds are, something is wrong.
fn lease(partner: &Partner, figures: &Figures, now: Timestamp) -> Option<Worry> {
    let ends = figures.lease?;
    let left = Duration::try_from(ends.duration_since(now)).unwrap_or_default();
    if left.is_zero() {
        return Some(Worry::new(Level::Alarm, Matter::LeaseOver, Some(ends)));
    }
    let soon = left < partner.removal.lease / 3;
    soon.then(|| Worry::new(Level::Warning, Matter::LeaseEnds, Some(ends)))
}

#[cfg(test)]
mod tests {
    use crate::metrics::{Channel, Metrics};

    use super::super::super::tests::partners;
    use super::*;

    fn at(second: i64) -> Timestamp {
        "2026-06-01T12:00:00Z".parse::<Timestamp>().unwrap() + SignedDuration::from_secs(second)
    }

    /// A partner that promised a minute, and what is told of it.
    fn found(tell: impl FnOnce(&Metrics, &Partner)) -> Vec<(Level, Matter)> {
        let mut partner = partners().into_iter().find(|one| one.push.is_some()).unwrap();
        partner.removal.promise = Duration::from_secs(60);
        partner.removal.lease = Duration::from_secs(3_600);
        partner.agreement.ends = "2027-06-01".parse().unwrap();
        let metrics = Metrics::new().unwrap();
        metrics.enrol(&partner.id, partner.removal.promise, at(0));
        metrics.partner_state(&partner.id, PartnerState::Active);
        tell(&metrics, &partner);
        let found = of(&partner, &metrics.figures_of(&partner.id), at(0));
        found.into_iter().map(|worry| (worry.level, worry.matter)).collect()
    }

    #[test]
    fn an_open_removal_is_judged_by_what_was_promised() {
        for (age, level) in
            [(0, Level::Note), (29, Level::Note), (30, Level::Warning), (60, Level::Alarm)]
        {
            let found = found(|metrics, partner| {
                let removals = (Channel::Push, Lane::Remove);
                metrics.backlog(&partner.id, removals, 3, Some(at(-age)));
            });
            assert_eq!(found, [(level, Matter::Removals(3))], "{age}");
        }
        assert_eq!(found(|_, _| {}), []);
    }

    #[test]
    fn who_keeps_what_it_accepted_is_told_of_before_all_else() {
        let found = found(|metrics, partner| {
            metrics.backlog(&partner.id, (Channel::Push, Lane::Remove), 1, Some(at(-1)));
            metrics.divergent(&partner.id, Side::Extra, 2);
            metrics.divergent(&partner.id, Side::Missing, 1);
            metrics.differs(&partner.id, Some(at(-61)));
            metrics.partner_state(&partner.id, PartnerState::Failing);
        });
        let wanted = [
            (Level::Alarm, Matter::Extra(2)),
            (Level::Warning, Matter::Failing),
            (Level::Note, Matter::Removals(1)),
            (Level::Note, Matter::Behind(1)),
        ];
        assert_eq!(found.first(), wanted.first());
        assert!(wanted.iter().all(|one| found.contains(one)) && found.len() == 4, "{found:?}");
    }

    #[test]
    fn a_digest_alone_is_enough_to_worry() {
        for (age, level) in [(1, Level::Warning), (60, Level::Alarm)] {
            let found = found(|metrics, partner| metrics.differs(&partner.id, Some(at(-age))));
            assert_eq!(found, [(level, Matter::Differs)]);
        }
    }

    #[test]
    fn what_ends_soon_and_a_page_that_does_not_come_are_told_of() {
        assert_eq!(
            found(|metrics, partner| metrics.probe(&partner.id, false)),
            [(Level::Warning, Matter::PageFailed)]
        );
        assert_eq!(found(|metrics, partner| metrics.probe(&partner.id, true)), []);
        let mut partner = partners().into_iter().next().unwrap();
        let day = |text: &str| text.parse().unwrap();
        for (agreement, secret, wanted) in [
            ("2027-06-01", None, &[][..]),
            ("2026-06-30", None, &[Matter::AgreementEnds]),
            ("2026-07-01", None, &[]),
            ("2027-06-01", Some("2026-06-14"), &[Matter::SecretExpires]),
            ("2027-06-01", Some("2026-06-15"), &[]),
            ("2027-06-01", Some("2026-05-01"), &[Matter::SecretExpires]),
        ] {
            partner.agreement.ends = day(agreement);
            partner.secret_expires = secret.map(day);
            let found = dates(&partner, at(0)).into_iter().map(|worry| worry.matter);
            assert_eq!(found.collect::<Vec<_>>(), wanted, "{agreement} {secret:?}");
        }
    }

    #[test]
    fn a_lease_is_missed_only_while_it_should_be_renewed() {
        for (ends, wanted) in [
            (3_600, None),
            (1_201, None),
            (1_199, Some((Level::Warning, Matter::LeaseEnds))),
            (0, Some((Level::Alarm, Matter::LeaseOver))),
            (-9, Some((Level::Alarm, Matter::LeaseOver))),
        ] {
            let all = found(|metrics, partner| metrics.lease(&partner.id, at(ends)));
            assert_eq!(all, wanted.into_iter().collect::<Vec<_>>(), "{ends}");
            let suspended = found(|metrics, partner| {
                metrics.lease(&partner.id, at(ends));
                metrics.partner_state(&partner.id, PartnerState::Suspended);
            });
            assert_eq!(suspended, []);
        }
    }
}
