//! How well the core is followed.

use std::sync::{MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use super::{Metrics, NONE, age_of, flag};

/// Seconds for which the lag of the last change is shown: after that the core is quiet, not late.
const LAG_SHOWN: f64 = 120.0;

/// How well the core is followed.
#[derive(Debug, Default)]
pub(super) struct Source {
    /// Age of the last change when it was stored, and when that was.
    last: Option<(Duration, Timestamp)>,
    /// Since when changes are not followed; none while they are.
    silent: Option<Timestamp>,
}

impl Source {
    /// Seconds by which the last change was late; while changes are not followed it grows.
    pub(super) fn lag(&self, now: Timestamp) -> f64 {
        let lately = self.last.filter(|(_, at)| age_of(*at, now) < LAG_SHOWN);
        let lag = lately.map_or(0.0, |(age, _)| age.as_secs_f64());
        lag.max(self.silent.map_or(0.0, |since| age_of(since, now)))
    }
}

impl Metrics {
    /// The core's log named items; `age` of the commit if the source knows it.
    pub fn source_changes(&self, items: u32, age: Option<Duration>, now: Timestamp) {
        self.0.source_changes.with_label_values(NONE).inc_by(f64::from(items));
        if let Some(age) = age {
            self.source().last = Some((age, now));
        }
    }

    pub(super) fn source(&self) -> MutexGuard<'_, Source> {
        self.0.source.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The core is connected, and what changes there is followed.
    pub fn source_follows(&self) {
        self.source().silent = None;
        self.0.source_connected.with_label_values(NONE).set(1.0);
    }

    /// What changes at the core is not followed, from now on or still.
    pub fn source_stands_still(&self, reachable: bool, now: Timestamp) {
        self.source().silent.get_or_insert(now);
        self.0.source_connected.with_label_values(NONE).set(flag(reachable));
    }
}
