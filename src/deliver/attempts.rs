//! What was sent to each partner lately, for the operator to see. Bounded, gone with the process,
//! and without any value of a row.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;

use crate::metrics::{Lane, Outcome};
use crate::model::PartnerId;

/// Attempts of one partner that are kept.
const KEPT: usize = 50;
/// Attempts of all partners together: with very many partners, fewer of each.
const KEPT_OF_ALL: usize = 100_000;

/// What was sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Errand {
    /// Items of a lane.
    Items(Lane),
    /// A lease.
    Lease,
    /// A question about what the partner holds.
    Compare,
    /// A message that asks for nothing.
    Ping,
}

/// One request to a partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// When it ended.
    pub at: Timestamp,
    /// What was sent.
    pub errand: Errand,
    /// Items in it.
    pub items: usize,
    /// How it ended.
    pub outcome: Outcome,
    /// The status code of the answer; none when no whole answer came.
    pub status: Option<u16>,
    /// How long it took.
    pub took: Duration,
    /// The `webhook-id` that it went under.
    pub message: String,
}

/// The latest of every partner. Cheap to clone; every clone sees the same.
#[derive(Debug, Clone, Default)]
pub(super) struct Attempts(Arc<Mutex<BTreeMap<PartnerId, VecDeque<Attempt>>>>);

impl Attempts {
    /// One more; the oldest makes room.
    pub(super) fn note(&self, partner: &PartnerId, attempt: Attempt) {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = KEPT.min(KEPT_OF_ALL / all.len().max(1));
        let kept = all.entry(partner.clone()).or_default();
        kept.truncate(room.saturating_sub(1));
        kept.push_front(attempt);
    }

    /// The latest of a partner, the last one first.
    pub(super) fn of(&self, partner: &PartnerId) -> Vec<Attempt> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.get(partner).into_iter().flatten().cloned().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_latest_fifty_of_each_partner_are_kept() {
        let (attempts, partner) = (Attempts::default(), "wijk".parse().unwrap());
        let attempt = |items| Attempt {
            at: Timestamp::UNIX_EPOCH,
            errand: Errand::Ping,
            items,
            outcome: Outcome::Accepted,
            status: Some(204),
            took: Duration::ZERO,
            message: String::new(),
        };
        (0..KEPT + 7).for_each(|items| attempts.note(&partner, attempt(items)));
        let kept: Vec<_> = attempts.of(&partner).iter().map(|attempt| attempt.items).collect();
        assert_eq!((kept.len(), kept.first(), kept.last()), (KEPT, Some(&56), Some(&7)));
        assert_eq!(attempts.of(&"ander".parse().unwrap()), []);
        let crowd: Vec<PartnerId> =
            (0..10_000).map(|number| format!("wijk-{number}").parse().unwrap()).collect();
        for _ in 0..15 {
            crowd.iter().for_each(|partner| attempts.note(partner, attempt(0)));
        }
        let most = crowd.iter().map(|partner| attempts.of(partner).len()).max();
        assert!(most.is_some_and(|most| most <= KEPT_OF_ALL / 10_000), "{most:?}");
    }
}
