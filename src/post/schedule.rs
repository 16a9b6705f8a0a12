//! When a letter is due: pure. Nothing of it is stored apart from what the journal keeps anyway, and
//! still a restart neither writes a letter twice nor forgets one.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

/// At a start, and between two letters about removals, so long is waited; less for a partner that
/// gets letters more often.
const GAP: Duration = Duration::from_secs(60);
/// After so many reminders they come a week apart.
const DAILY_MAX: u32 = 14;

/// How long to wait for more of the same.
pub(super) fn gap(every: Duration) -> Duration {
    GAP.min(every)
}

/// When what is new is sent next: so long after the last letter that renewed the lease; soon if
/// there was none, or if the clock went back since.
pub(super) fn next_news(
    lease: Option<(Timestamp, Duration)>,
    every: Duration,
    now: Timestamp,
) -> Timestamp {
    let last = lease.and_then(|(until, lease)| until.checked_sub(lease).ok());
    let next = last.map_or(now, |last| later(last, every));
    let soon = later(now, gap(every));
    next.clamp(soon, later(now, every).max(soon))
}

/// Is it time to renew a lease of this length, when the next occasion is `every` away?
pub(super) fn renews(
    until: Option<Timestamp>,
    (lease, every): (Duration, Duration),
    now: Timestamp,
) -> bool {
    let Some(until) = until else { return true };
    let left = until.duration_since(now);
    let enough = signed((lease / 2).max(every * 2));
    left < enough || left > signed(lease)
}

/// When it is reminded next of a removal of then: at every multiple of `every` after it, and after
/// the first of these at every seventh.
pub(super) fn next_reminder(oldest: Timestamp, every: Duration, now: Timestamp) -> Timestamp {
    let age = Duration::try_from(now.duration_since(oldest)).unwrap_or_default();
    let whole = every.as_millis().max(1);
    let passed = u32::try_from(age.as_millis() / whole).unwrap_or(u32::MAX - 7);
    let next = passed.saturating_add(1);
    let next = if next <= DAILY_MAX { next } else { next.next_multiple_of(7) };
    later(oldest, every.saturating_mul(next))
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}

fn signed(duration: Duration) -> SignedDuration {
    SignedDuration::try_from(duration).unwrap_or(SignedDuration::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: Duration = Duration::from_secs(3_600);
    const DAY: Duration = Duration::from_secs(24 * 3_600);

    fn at(hours: f64) -> Timestamp {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        now + SignedDuration::from_secs_f64(hours * 3_600.0)
    }

    #[test]
    fn what_is_new_waits_for_its_time_over_restarts() {
        let minute = 1.0 / 60.0;
        for (lease_until, next) in [
            (None, minute),             // never yet: soon
            (Some(at(72.0)), 24.0),     // a letter right now
            (Some(at(62.0)), 14.0),     // ten hours ago
            (Some(at(40.0)), minute),   // long ago
            (Some(at(-900.0)), minute), // very long ago
            (Some(at(9_000.0)), 24.0),  // the clock went back
        ] {
            let lease = lease_until.map(|until| (until, 3 * DAY));
            assert_eq!(next_news(lease, DAY, at(0.0)), at(next), "{lease_until:?}");
        }
        let second = Duration::from_secs(1);
        assert_eq!(next_news(None, second, at(0.0)), at(0.0) + SignedDuration::from_secs(1));
    }

    #[test]
    fn a_lease_is_renewed_while_one_letter_may_still_be_late() {
        let lease = (3 * DAY, DAY);
        for (until, renewed) in [
            (None, true),
            (Some(at(72.0)), false),
            (Some(at(48.0)), false),
            (Some(at(47.9)), true),
            (Some(at(-1.0)), true),
            (Some(at(73.0)), true), // it was shortened
        ] {
            assert_eq!(renews(until, lease, at(0.0)), renewed, "{until:?}");
        }
        assert!(!renews(Some(at(16.0 * 24.0)), (30 * DAY, DAY), at(0.0)));
        assert!(renews(Some(at(14.9 * 24.0)), (30 * DAY, DAY), at(0.0)));
    }

    #[test]
    fn reminders_come_daily_and_then_weekly_and_never_end() {
        for (age, next) in [
            (0.0, 24.0),
            (23.9, 24.0),
            (24.0, 48.0),
            (13.0 * 24.0, 14.0 * 24.0),
            (14.0 * 24.0, 21.0 * 24.0),
            (20.9 * 24.0, 21.0 * 24.0),
            (21.0 * 24.0, 28.0 * 24.0),
        ] {
            assert_eq!(next_reminder(at(-age), DAY, at(0.0)), at(next - age), "{age}");
        }
        let far = at(0.0) + SignedDuration::from_hours(9_000);
        assert!(next_reminder(at(0.0), HOUR, far) > far);
        assert_eq!(next_reminder(at(1.0), DAY, at(0.0)), at(25.0), "the clock went back");
    }
}
