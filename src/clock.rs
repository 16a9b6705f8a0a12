//! Time as an argument: the system's clock in production, a hand-wound one in tests.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::Duration;

use jiff::Timestamp;

/// Where the time comes from. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Clock(Source);

#[derive(Debug, Clone)]
enum Source {
    System,
    Wound(Arc<AtomicI64>),
    /// Goes with tokio's paused time, plus what it was wound.
    #[cfg(test)]
    Virtual(tokio::time::Instant, Arc<AtomicI64>),
}

/// Whole milliseconds, as a log has them: a number, in JSON too.
#[must_use]
pub fn whole_ms(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

impl Clock {
    /// The system's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Source::System)
    }

    /// A clock that stands still at `start` until it is wound.
    #[must_use]
    pub fn wound(start: Timestamp) -> Self {
        Self(Source::Wound(Arc::new(AtomicI64::new(start.as_millisecond()))))
    }

    /// A clock that goes with tokio's paused time.
    #[cfg(test)]
    pub(crate) fn virtual_from(start: Timestamp) -> Self {
        let hands = Arc::new(AtomicI64::new(start.as_millisecond()));
        Self(Source::Virtual(tokio::time::Instant::now(), hands))
    }

    /// Now, in whole milliseconds.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "the one place that asks the system")]
    pub fn now(&self) -> Timestamp {
        let milliseconds = match &self.0 {
            Source::System => Timestamp::now().as_millisecond(),
            Source::Wound(hands) => hands.load(Ordering::SeqCst),
            #[cfg(test)]
            Source::Virtual(start, hands) => {
                let gone = i64::try_from(start.elapsed().as_millis()).unwrap_or(i64::MAX);
                hands.load(Ordering::SeqCst).saturating_add(gone)
            }
        };
        Timestamp::from_millisecond(milliseconds).unwrap_or(Timestamp::UNIX_EPOCH)
    }

    /// Moves a wound clock on; the system's clock does not care.
    pub fn wind(&self, milliseconds: i64) {
        match &self.0 {
            Source::System => {}
            Source::Wound(hands) => drop(hands.fetch_add(milliseconds, Ordering::SeqCst)),
            #[cfg(test)]
            Source::Virtual(_, hands) => drop(hands.fetch_add(milliseconds, Ordering::SeqCst)),
        }
    }
}
