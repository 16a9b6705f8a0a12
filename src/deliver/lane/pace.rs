//! How long to wait between attempts (pure).

use std::time::Duration;

use tokio::time::Instant;

/// Pause after the first failure, before jitter.
const FIRST: Duration = Duration::from_millis(500);

/// The pause after this many failures in a row: doubling, never above `longest`, spread by `roll`
/// (0 to 1) over its upper half so that partners that failed together do not return together.
#[must_use]
pub(crate) fn pause(failures: u32, roll: f64, longest: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let whole = FIRST.saturating_mul(1 << doublings).min(longest);
    whole.mul_f64(0.5 + 0.5 * roll.clamp(0.0, 1.0))
}

/// A partner's wish to wait can only delay, and not beyond `cap`.
#[must_use]
pub(crate) fn respect(pause: Duration, wish: Option<Duration>, cap: Duration) -> Duration {
    pause.max(wish.unwrap_or_default().min(cap))
}

/// Who turns back and forth no more often than so many times is mended as fast as ever.
const TURNS_FREE: u32 = 30;

/// What is found again and again, in a row or after it was over. Either costs us something each
/// time, so whoever turns back and forth waits longer each time, too.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    in_a_row: u32,
    begun: u32,
    last: Option<Instant>,
}

impl Findings {
    /// It was found. After a calm longer than `calm` that is as if for the first time.
    pub(crate) fn found(&mut self, now: Instant, calm: Duration) {
        if self.in_a_row == 0 {
            let calm = self.last.is_none_or(|last| now.saturating_duration_since(last) > calm);
            self.begun = if calm { 1 } else { self.begun.saturating_add(1) };
        }
        self.in_a_row = self.in_a_row.saturating_add(1);
        self.last = Some(now);
    }

    /// Was it there the last time?
    pub(crate) fn is_there(&self) -> bool {
        self.in_a_row > 0
    }

    /// It is over; was it there?
    pub(crate) fn over(&mut self) -> bool {
        std::mem::take(&mut self.in_a_row) > 0
    }

    /// How many times count for the next pause.
    pub(crate) fn times(&self) -> u32 {
        self.in_a_row.max(self.begun.saturating_sub(TURNS_FREE))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const MINUTES: Duration = Duration::from_secs(300);

    #[test]
    fn pauses_double_up_to_the_longest() {
        for (failures, seconds) in [(1, 0.5), (2, 1.0), (3, 2.0), (10, 256.0), (11, 300.0)] {
            let pause = pause(failures, 1.0, MINUTES);
            assert_eq!(pause.as_secs_f64(), seconds, "{failures}");
        }
        assert_eq!(pause(3, 0.0, MINUTES), Duration::from_secs(1));
    }

    #[test]
    fn a_wish_can_only_delay_and_not_beyond_the_cap() {
        let second = Duration::from_secs;
        assert_eq!(respect(second(5), None, second(60)), second(5));
        assert_eq!(respect(second(5), Some(second(1)), second(60)), second(5));
        assert_eq!(respect(second(5), Some(second(30)), second(60)), second(30));
        assert_eq!(respect(second(5), Some(second(999)), second(60)), second(60));
    }

    #[test]
    fn what_comes_and_goes_waits_longer_too_in_the_end() {
        let (begun, hour) = (Instant::now(), MINUTES * 12);
        let at = |after| begun + Duration::from_secs(after);
        let (mut stays, mut turns) = (Findings::default(), Findings::default());
        for round in 1..50_u32 {
            stays.found(at(round.into()), hour);
            turns.found(at(round.into()), hour);
            let late = round.saturating_sub(TURNS_FREE).max(1);
            assert_eq!((stays.times(), turns.times()), (round, late));
            assert!(turns.over() && !turns.over() && !turns.is_there());
        }
        turns.found(at(49 + 3_600), hour);
        assert_eq!(turns.times(), 20);
        assert!(turns.over());
        turns.found(at(50 + 7_200), hour);
        assert_eq!(turns.times(), 1, "it was calm for longer than an hour");
    }

    proptest! {
        #[test]
        fn a_pause_is_never_longer_than_the_longest(failures: u32, roll: f64, longest in 1u64..100_000) {
            let longest = Duration::from_millis(longest);
            let pause = pause(failures, if roll.is_nan() { 0.0 } else { roll }, longest);
            prop_assert!(pause <= longest);
            prop_assert!(pause >= longest.min(FIRST) / 2);
        }
    }
}
