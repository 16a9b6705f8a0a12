//! One message out, its answer in, and what is noted of both.

use std::sync::atomic::Ordering;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::whole_ms;
use crate::journal::Entry;
use crate::metrics::{self, Outcome};

use super::super::attempts::{Attempt, Errand};
use super::super::lane::Lane;
use super::super::sent::Batch;
use super::super::wire::{Answer, Message, Sent, ids};
use super::Session;

/// How long a request that is open when the drain begins may go on; well below the time that the
/// whole has for finishing, so that there is some left to note how it ended.
const GRACE: Duration = Duration::from_secs(6);

impl Session<'_> {
    /// Sends a message once and takes note of what the partner says that it holds.
    pub(in crate::deliver) async fn send(
        &self,
        message: &Message,
        what: (Errand, usize),
    ) -> Answer {
        self.exchange(message, what).await.answer
    }

    /// The same, with the status if a whole answer came.
    async fn exchange(&self, message: &Message, (errand, items): (Errand, usize)) -> Sent {
        let (ticket, begun) = (self.traffic.begin(), Instant::now());
        let Sent { answer, status } = tokio::select! {
            biased;
            sent = self.client.send(self.target, message) => sent,
            () = self.grace() => Answer::failed(Outcome::TimedOut).into(),
        };
        let (at, took) = (self.wiring.clock.now(), begun.elapsed());
        let (outcome, message) = (answer.outcome(), message.id.clone());
        let attempt = Attempt { at, errand, items, outcome, status, took, message };
        self.wiring.attempts.note(self.id(), attempt);
        let digest = match &answer {
            Answer::Accepted(reply) => reply.digest,
            Answer::Failed { .. } => None,
        };
        self.traffic.end(&ticket, digest);
        // Whatever is accepted, a lease too: with no removal to send nothing else may ever be.
        if matches!(answer, Answer::Accepted(_)) {
            self.set_gone(false).await;
        }
        Sent { answer, status }
    }

    /// Sends a batch once and takes note of the answer.
    pub(in crate::deliver) async fn attempt(
        &self,
        lane: &mut Lane,
        message: &Message,
        entries: &[Entry],
    ) -> Answer {
        let (attempt, begun) = (lane.breaker.failures().saturating_add(1), Instant::now());
        let what = (Errand::Items(lane.kind), entries.len());
        let Sent { mut answer, status } = self.exchange(message, what).await;
        if let Answer::Accepted(reply) = &mut answer {
            reply.keep_only(&ids(entries));
            if reply.digest.is_some() {
                self.journal().tells(self.id());
            }
        }
        let outcome = answer.outcome();
        self.wiring.metrics.attempt(self.id(), lane.kind, outcome);
        let wait = lane.note(&answer, entries.len(), fastrand::f64());
        let word = lane.complaints.note(matches!(answer, Answer::Failed { .. }), Instant::now());
        let sent = Batch {
            partner: self.id().as_str(),
            lane: lane.kind.as_str(),
            outcome: outcome.as_str(),
            status,
            items: entries.len(),
            duration_ms: whole_ms(begun.elapsed()),
            message: &message.id,
        };
        sent.log(word, (attempt, wait));
        if lane.kind == metrics::Lane::Publish {
            self.failing.store(lane.breaker.is_failing(), Ordering::SeqCst);
        }
        if outcome == Outcome::Gone {
            self.set_gone(true).await;
        }
        answer
    }

    async fn grace(&self) {
        self.stop.cancelled().await;
        tokio::time::sleep(GRACE).await;
    }
}
