//! What is on its way to a partner, and what it said that it holds.
//!
//! A digest in an answer tells something only if nothing else was on its way while it was made, and
//! nothing has been sent since.

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;

use crate::model::{Digest, PublicId};

/// Publishes that are sent once more wait for room while there are so many.
const WANTED_MAX: usize = 1_000;

/// A digest that the partner answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Heard {
    pub(super) digest: Digest,
    /// Requests begun until then.
    begun: u64,
}

/// One request that is on its way.
#[derive(Debug)]
pub(super) struct Ticket {
    number: u64,
    alone: bool,
}

#[derive(Debug, Default)]
struct State {
    begun: u64,
    open: u32,
    heard: Option<Heard>,
    /// The latest digest came while something else was on its way: it tells nothing.
    unsure: bool,
    /// The partner is to be asked, once.
    wondering: bool,
    wanted: BTreeSet<PublicId>,
}

/// Shared by all lanes of a session.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    state: Mutex<State>,
    news: Notify,
}

impl Traffic {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A request leaves.
    pub(super) fn begin(&self) -> Ticket {
        let mut state = self.state();
        state.begun += 1;
        state.open += 1;
        Ticket { number: state.begun, alone: state.open == 1 }
    }

    /// It ended, perhaps with a digest.
    pub(super) fn end(&self, ticket: &Ticket, digest: Option<Digest>) {
        let mut state = self.state();
        state.open = state.open.saturating_sub(1);
        let alone = ticket.alone && state.begun == ticket.number;
        state.heard = digest.filter(|_| alone).map(|digest| Heard { digest, begun: state.begun });
        if digest.is_some() {
            state.unsure = !alone;
            state.wondering &= !alone;
            self.news.notify_one();
        }
    }

    /// Did the partner tell a digest that tells nothing, and none since? Or is it to be asked?
    pub(super) fn is_unsure(&self) -> bool {
        let state = self.state();
        state.unsure || state.wondering
    }

    /// What the partner holds is not known: it is to be asked once.
    pub(super) fn wonder(&self) {
        self.state().wondering = true;
        self.news.notify_one();
    }

    /// It was asked.
    pub(super) fn asked(&self) {
        self.state().wondering = false;
    }

    /// The latest digest that tells something, as long as nothing was sent since.
    pub(super) fn heard(&self) -> Option<Heard> {
        let state = self.state();
        state.heard.filter(|heard| state.open == 0 && heard.begun == state.begun)
    }

    /// It was looked at.
    pub(super) fn forget(&self, heard: Heard) {
        let mut state = self.state();
        if state.heard == Some(heard) {
            state.heard = None;
        }
    }

    /// Waits for a digest that tells something.
    pub(super) async fn news(&self) {
        self.news.notified().await;
    }

    /// These are to be sent once more, as far as there is room; says which found none.
    pub(super) fn want(&self, ids: impl IntoIterator<Item = PublicId>) -> Vec<PublicId> {
        let mut state = self.state();
        let mut left = Vec::new();
        for id in ids {
            if state.wanted.len() < WANTED_MAX {
                state.wanted.insert(id);
            } else {
                left.push(id);
            }
        }
        left
    }

    /// The first few that are to be sent once more.
    pub(super) fn wanted(&self, limit: usize) -> BTreeSet<PublicId> {
        self.state().wanted.iter().take(limit).copied().collect()
    }

    pub(super) fn has_wanted(&self) -> bool {
        !self.state().wanted.is_empty()
    }

    /// These were sent, or can not be.
    pub(super) fn unwant(&self, ids: &BTreeSet<PublicId>) {
        self.state().wanted.retain(|id| !ids.contains(id));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_something_only_when_its_request_was_alone() {
        let (traffic, digest) = (Traffic::default(), Digest::of("a", 1));
        let first = traffic.begin();
        traffic.end(&first, Some(digest));
        let heard = traffic.heard().unwrap();
        assert_eq!(heard.digest, digest);
        let second = traffic.begin();
        assert_eq!(traffic.heard(), None, "something is on its way");
        let third = traffic.begin();
        traffic.end(&second, Some(digest));
        traffic.end(&third, Some(digest));
        assert_eq!(traffic.heard(), None, "they were not alone");
        assert!(traffic.is_unsure());
        let again = traffic.begin();
        traffic.end(&again, Some(digest));
        assert!(traffic.heard().is_some() && !traffic.is_unsure());
        let fourth = traffic.begin();
        traffic.end(&fourth, None);
        assert_eq!(traffic.heard(), None);
    }

    #[test]
    fn what_is_wanted_has_a_bound() {
        let traffic = Traffic::default();
        let id = |n: u16| PublicId::from_bytes([n.to_be_bytes(); 8].concat().try_into().unwrap());
        let left = traffic.want((0..1_005).map(id));
        assert_eq!(left.len(), 5);
        let some = traffic.wanted(10);
        traffic.unwant(&some);
        assert_eq!(traffic.want(left), []);
        assert!(traffic.has_wanted() && traffic.wanted(2_000).len() == 995);
    }
}
