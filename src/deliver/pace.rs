//! How long to wait between attempts (pure).

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// Pause after the first failure, before jitter.
const FIRST: Duration = Duration::from_millis(500);

/// The pause after this many failures in a row: doubling, never above `longest`, spread by `roll`
/// (0 to 1) over its upper half so that partners that failed together do not return together.
#[must_use]
pub fn pause(failures: u32, roll: f64, longest: Duration) -> Duration {
    let doublings = failures.saturating_sub(1).min(31);
    let whole = FIRST.saturating_mul(1 << doublings).min(longest);
    whole.mul_f64(0.5 + 0.5 * roll.clamp(0.0, 1.0))
}

/// A partner's wish to wait can only delay, and not beyond `cap`.
#[must_use]
pub fn respect(pause: Duration, wish: Option<Duration>, cap: Duration) -> Duration {
    pause.max(wish.unwrap_or_default().min(cap))
}

/// Reads `Retry-After`: seconds, or a date of HTTP. Nonsense is no wish.
#[must_use]
pub fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        // More seconds than fit are a wish for as long as can be.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let then = rfc2822::DateTimeParser::new()
        .parse_timestamp(header)
        .ok()?;
    Some(then.duration_since(now).try_into().unwrap_or_default())
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
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let seconds = |n| Some(Duration::from_secs(n));
        for (header, expected) in [
            ("120", seconds(120)),
            (" 0 ", seconds(0)),
            ("99999999999999999999999", seconds(u64::MAX)),
            ("Sun, 22 Nov 2026 12:01:30 GMT", seconds(90)),
            ("Sun, 22 Nov 2026 11:00:00 GMT", seconds(0)),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(header, now), expected, "{header}");
        }
    }

    #[test]
    fn a_wish_can_only_delay_and_not_beyond_the_cap() {
        let second = Duration::from_secs;
        assert_eq!(respect(second(5), None, second(60)), second(5));
        assert_eq!(respect(second(5), Some(second(1)), second(60)), second(5));
        assert_eq!(respect(second(5), Some(second(30)), second(60)), second(30));
        assert_eq!(
            respect(second(5), Some(second(999)), second(60)),
            second(60)
        );
    }

    proptest! {
        #[test]
        fn a_pause_is_never_longer_than_the_longest(failures: u32, roll: f64, longest in 1u64..100_000) {
            let longest = Duration::from_millis(longest);
            let pause = pause(failures, if roll.is_nan() { 0.0 } else { roll }, longest);
            prop_assert!(pause <= longest);
            prop_assert!(pause >= longest.min(FIRST) / 2);
        }

        #[test]
        fn no_header_breaks_the_reader(header: String) {
            drop(retry_after(&header, Timestamp::UNIX_EPOCH).is_some());
        }
    }
}
