//! What is ready to be told, cut into pieces that the caller can take.

use std::collections::VecDeque;
use std::time::Duration;

use jiff::Timestamp;

use crate::minimise::CoreId;

use super::super::{IDS_MAX, Position, Signal};
use super::value::EPOCH_MICROS;

/// Ids of one batch, and what is to be said after the last of them.
#[derive(Default)]
pub(super) struct Ready {
    pub(super) ids: VecDeque<CoreId>,
    /// Told with the last id; stands for all ids of the batch.
    pub(super) position: Option<Position>,
    /// Of the oldest transaction, in microseconds of the core's epoch.
    pub(super) committed: Option<i64>,
    pub(super) doubt: Option<&'static str>,
}

impl Ready {
    /// The next piece, if there is one.
    pub(super) fn next(&mut self, now: Timestamp) -> Option<Signal> {
        if self.ids.is_empty()
            && let Some(cause) = self.doubt.take()
        {
            let position = self.position.take();
            return Some(Signal::Doubt { cause, position });
        }
        let count = self.ids.len().min(IDS_MAX);
        let ids: Vec<CoreId> = self.ids.drain(..count).collect();
        let last = self.ids.is_empty() && self.doubt.is_none();
        let position = if last { self.position.take() } else { None };
        let age = self.committed.and_then(|committed| age(committed, now));
        (!ids.is_empty() || position.is_some()).then_some(Signal::Changed { ids, position, age })
    }
}

/// How long ago this was committed, by two clocks that may differ.
fn age(committed: i64, now: Timestamp) -> Option<Duration> {
    let ago = now.as_microsecond().checked_sub(committed.checked_add(EPOCH_MICROS)?)?;
    Some(Duration::from_micros(u64::try_from(ago).unwrap_or(0)))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ready(ids: usize, doubt: Option<&'static str>) -> Ready {
        Ready {
            ids: (0..ids).map(|id| CoreId::new(id.to_string())).collect(),
            position: Some(Position("here".into())),
            committed: Some(0),
            doubt,
        }
    }

    fn told(mut ready: Ready) -> Vec<(usize, bool, bool)> {
        let now = "2000-01-01T00:00:02Z".parse().unwrap();
        let mut told = Vec::new();
        while let Some(signal) = ready.next(now) {
            told.push(match signal {
                Signal::Changed { ids, position, age } => {
                    assert_eq!(age, Some(Duration::from_secs(2)));
                    (ids.len(), position.is_some(), false)
                }
                Signal::Doubt { position, .. } => (0, position.is_some(), true),
            });
        }
        told
    }

    #[test]
    fn the_position_comes_with_the_last_piece_only() {
        assert_eq!(told(ready(0, None)), [(0, true, false)]);
        assert_eq!(told(ready(1_000, None)), [(1_000, true, false)]);
        assert_eq!(
            told(ready(2_001, None)),
            [(1_000, false, false), (1_000, false, false), (1, true, false)]
        );
        assert_eq!(told(ready(1, Some("why"))), [(1, false, false), (0, true, true)]);
        assert_eq!(told(ready(0, Some("why"))), [(0, true, true)]);
        assert_eq!(told(Ready::default()), []);
    }

    #[test]
    fn a_core_with_a_fast_clock_is_no_time_ahead() {
        let now = "2000-01-01T00:00:00Z".parse().unwrap();
        assert_eq!(age(5_000_000, now), Some(Duration::ZERO));
    }
}
