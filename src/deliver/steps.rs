//! Steps of the publish cursor that are stored while the next batch is on its way.
//!
//! # Why
//! To store durably takes longer than to push, and no push has to wait for it: what a crash forgets
//! is sent again, within the mark that was durable before it was sent. The order of the steps is
//! kept, and what waits is bounded.

use std::fmt;
use std::pin::Pin;

use futures_util::FutureExt;

use crate::journal::{self, Advance, Journal};

/// More items than these are never sent ahead of their receipt.
const ITEMS_MAX: u32 = 1_000;

type Storing<'a> = Pin<Box<dyn Future<Output = Result<(), journal::Error>> + Send + 'a>>;

/// At most one step is being stored; those after it become one.
pub(super) struct Steps<'a> {
    journal: &'a Journal,
    storing: Option<(Advance, Storing<'a>)>,
    waiting: Option<Advance>,
}

impl fmt::Debug for Steps<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Steps").field("waiting", &self.waiting).finish_non_exhaustive()
    }
}

impl<'a> Steps<'a> {
    pub(super) fn new(journal: &'a Journal) -> Self {
        Self { journal, storing: None, waiting: None }
    }

    /// Is a step not stored yet?
    pub(super) fn is_open(&self) -> bool {
        self.storing.is_some() || self.waiting.is_some()
    }

    /// Adds a step; waits only when another kind of step, or too much, waits already.
    ///
    /// # Errors
    /// When an earlier step could not be stored; all that are open stay so.
    pub(super) async fn add(&mut self, step: Advance) -> Result<(), journal::Error> {
        let room = self.waiting.as_ref().is_none_or(|waiting| {
            waiting.rung == step.rung && waiting.items.saturating_add(step.items) <= ITEMS_MAX
        });
        let earlier = if room { Ok(()) } else { self.finish().await };
        self.keep(step);
        earlier.and_then(|()| self.look())
    }

    /// Waits until everything is stored.
    ///
    /// # Errors
    /// When a step could not be stored; all that are open stay so.
    pub(super) async fn finish(&mut self) -> Result<(), journal::Error> {
        while self.is_open() {
            if let Some((_, storing)) = &mut self.storing {
                let stored = storing.await;
                self.close(stored)?;
            }
            self.look()?;
        }
        Ok(())
    }

    /// Takes note of what was stored meanwhile, and begins with what waits.
    fn look(&mut self) -> Result<(), journal::Error> {
        if self.storing.is_none() {
            let Some(step) = self.waiting.take() else { return Ok(()) };
            self.storing = Some((step.clone(), Box::pin(self.journal.advance(step))));
        }
        // Looked at once, a new one is in the hands of the journal's writer.
        let stored = self.storing.as_mut().and_then(|(_, storing)| storing.now_or_never());
        stored.map_or(Ok(()), |stored| self.close(stored))
    }

    fn close(&mut self, stored: Result<(), journal::Error>) -> Result<(), journal::Error> {
        if let (Err(_), Some((step, _))) = (&stored, self.storing.take()) {
            self.keep(step);
        }
        stored
    }

    /// Two steps are one, and prove no more than the weaker.
    fn keep(&mut self, step: Advance) {
        self.waiting = Some(match self.waiting.take() {
            None => step,
            Some(waiting) => Advance {
                to: waiting.to.max(step.to),
                items: waiting.items.saturating_add(step.items),
                rung: waiting.rung.min(step.rung),
                ..step
            },
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::journal::{Cursor, Enrolment, Rung};
    use crate::model::{Kind, PartnerId, RegionSet, Sequence};
    use crate::partner::Scope;

    fn step(to: u64, rung: Rung) -> Advance {
        let partner = "wijk".parse().unwrap();
        Advance { partner, cursor: Cursor::Publish, to: Sequence::new(to), items: 1, rung }
    }

    #[tokio::test]
    async fn steps_are_one_stored_and_kept_when_they_can_not_be() {
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), Clock::system()).unwrap();
        let partner: PartnerId = "wijk".parse().unwrap();
        let scope = Scope::new(&Kind::ALL, RegionSet::everything());
        let agreement = "sha256:0f".into();
        journal
            .enrol(vec![Enrolment { partner: partner.clone(), scope, agreement, terms: None }])
            .await
            .unwrap();
        let mut steps = Steps::new(&journal);
        for (to, rung) in [(1, Rung::Accepted), (2, Rung::Accepted), (3, Rung::Confirmed)] {
            steps.add(step(to, rung)).await.unwrap();
        }
        steps.finish().await.unwrap();
        assert!(!steps.is_open());
        assert_eq!(journal.standing(&partner).await.unwrap().publish, Sequence::new(3));
        journal.close().await;
        assert_eq!(steps.add(step(4, Rung::Confirmed)).await, Err(journal::Error::Closed));
        assert_eq!(steps.add(step(5, Rung::Accepted)).await, Err(journal::Error::Closed));
        let waiting = steps.waiting.as_ref().unwrap();
        assert_eq!((waiting.to, waiting.items), (Sequence::new(5), 2));
        assert_eq!(waiting.rung, Rung::Accepted);
    }
}
