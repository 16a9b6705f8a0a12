//! How long to wait between attempts (pure).

use std::time::Duration;

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
