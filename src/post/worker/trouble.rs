//! How a lane of letters fares with the mail server.

use std::time::Duration;

use tokio::time::Instant;

use crate::deliver::{Complaints, Word, pause};
use crate::mail::Failure;
use crate::metrics::Outcome;

/// What the server refuses is tried so many times less often.
const REFUSED_SHARE: u32 = 12;

/// Failures in a row and when it is tried again, and what was said about it.
#[derive(Debug)]
pub(super) struct Trouble {
    failures: u32,
    again_at: Instant,
    complaints: Complaints,
}

impl Trouble {
    pub(super) fn none() -> Self {
        Self { failures: 0, again_at: Instant::now(), complaints: Complaints::default() }
    }

    /// Has it failed several times in a row?
    pub(super) fn lasts(&self) -> bool {
        self.failures > 2
    }

    /// Is it time for the next attempt?
    pub(super) fn is_over(&self) -> bool {
        self.again_at <= Instant::now()
    }

    /// Takes note of an attempt: what is to be said, which one it was, and the pause after it.
    pub(super) fn note(&mut self, outcome: Outcome, longest: Duration) -> (Word, (u32, Duration)) {
        let (now, attempt) = (Instant::now(), self.failures.saturating_add(1));
        if outcome == Outcome::Accepted {
            self.failures = 0;
            return (self.complaints.note(false, now), (attempt, Duration::ZERO));
        }
        let refused = outcome == Outcome::Refused;
        let longest = if refused { longest.saturating_mul(REFUSED_SHARE) } else { longest };
        let wait = pause(attempt, fastrand::f64(), longest);
        (self.failures, self.again_at) = (attempt, now + wait);
        (self.complaints.note(true, now), (attempt, wait))
    }
}

/// What the mail server's answer is among the outcomes of deliveries.
pub(super) fn outcome(brought: Result<(), Failure>) -> Outcome {
    match brought {
        Ok(()) => Outcome::Accepted,
        Err(Failure::Unreachable) => Outcome::Unreachable,
        Err(Failure::TimedOut) => Outcome::TimedOut,
        Err(Failure::Later) => Outcome::Throttled,
        Err(Failure::Refused) => Outcome::Refused,
    }
}
