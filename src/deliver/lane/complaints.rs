//! Which failures of a partner are worth a line: a partner that is down, or flaps, does not fill the
//! disk (pure).

use std::time::Duration;

use tokio::time::Instant;

/// Shortest and longest time between two lines; it doubles as long as it goes on.
const QUIET: (Duration, Duration) =
    (Duration::from_secs(10 * 60), Duration::from_secs(6 * 60 * 60));

/// What is to be said about an attempt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// It failed; so many did since the last line, this one included.
    Failing(u64),
    /// It failed before, that was told, and it is over.
    Over,
    /// Nothing that anybody has to know.
    Nothing,
}

/// What was said about one lane.
#[derive(Debug, Default)]
pub(crate) struct Complaints {
    untold: u64,
    /// When the last line was, and for how long nothing more is said.
    last: Option<(Instant, Duration)>,
    /// That it fails was the last that was said.
    open: bool,
}

impl Complaints {
    /// Takes note of an attempt.
    pub(crate) fn note(&mut self, failed: bool, now: Instant) -> Word {
        if !failed {
            let over = std::mem::take(&mut self.open);
            return if over { Word::Over } else { Word::Nothing };
        }
        self.untold += 1;
        let quiet = match self.last {
            Some((at, quiet)) if now < at + quiet => return Word::Nothing,
            // It was well for as long again: this is another time.
            Some((at, quiet)) if now < at + quiet * 2 => (quiet * 2).min(QUIET.1),
            Some(_) | None => QUIET.0,
        };
        (self.last, self.open) = (Some((now, quiet)), true);
        Word::Failing(std::mem::take(&mut self.untold))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_dead_partner_costs_few_lines_and_so_does_one_that_flaps() {
        for flaps in [false, true] {
            let (mut complaints, begun) = (Complaints::default(), Instant::now());
            let (mut lines, mut told) = (0, 0);
            for second in 0..7 * 24 * 3_600_u64 {
                let now = begun + Duration::from_secs(second);
                if let Word::Failing(count) = complaints.note(true, now) {
                    (lines, told) = (lines + 1, told + count);
                }
                if flaps && complaints.note(false, now) == Word::Over {
                    lines += 1;
                }
            }
            assert!((20..90).contains(&lines), "{lines} lines in a week");
            assert!(told > 6 * 24 * 3_600, "and they count what was not told");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn the_first_failure_and_the_end_are_told_at_once() {
        let (mut complaints, begun) = (Complaints::default(), Instant::now());
        let at = |seconds| begun + Duration::from_secs(seconds);
        for (failed, second, word) in [
            (false, 0, Word::Nothing),
            (true, 1, Word::Failing(1)),
            (true, 2, Word::Nothing),
            (false, 3, Word::Over),
            (false, 4, Word::Nothing),
            (true, 5, Word::Nothing),
            (false, 6, Word::Nothing),
            (true, 601, Word::Failing(3)),
            (true, 1_800, Word::Nothing),
            (true, 1_802, Word::Failing(2)),
            (true, 90_000, Word::Failing(1)),
        ] {
            assert_eq!(complaints.note(failed, at(second)), word, "at {second}");
        }
    }
}
