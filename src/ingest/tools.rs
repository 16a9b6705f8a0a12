//! What ingest works with, and the way of a row to the privacy boundary.

use std::num::NonZero;
use std::panic::resume_unwind;
use std::sync::Arc;

use crate::clock::Clock;
use crate::health::Health;
use crate::journal::{Change, Journal};
use crate::metrics::Metrics;
use crate::minimise::{self, CoreRow, Policy, Verdict};

/// What ingest works with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Where it stores.
    pub journal: Journal,
    /// The privacy boundary's policy.
    pub policy: Arc<Policy>,
    /// What time it is.
    pub clock: Clock,
    /// What it counts.
    pub metrics: Metrics,
    /// Where it says how the core is.
    pub health: Health,
}

impl Tools {
    /// Shows where the journal stands.
    pub(super) fn count(&self) {
        let counts = self.journal.counts();
        self.metrics.journal(self.journal.head().get(), counts.live, counts.removed);
    }

    /// Changes are followed and published.
    pub(super) fn follows(&self) {
        self.health.source(Ok(()));
        self.metrics.source_follows();
    }

    /// They are not, for this reason, although the core can be reached or because it can not.
    pub(super) fn stands_still(&self, cause: &'static str, reachable: bool) {
        self.health.source(Err(cause));
        self.metrics.source_stands_still(reachable, self.clock.now());
    }

    /// Takes a row to the privacy boundary; withholding something live is a removal.
    pub(super) fn judge(&self, row: &CoreRow) -> Change {
        let Self { policy, clock, metrics, .. } = self;
        match minimise::minimise(row, policy, clock.now()) {
            Verdict::Publish(published, findings) => {
                metrics.verdict("publish", "");
                findings.iter().for_each(|finding| metrics.redactions(finding.kind.as_str(), 1));
                Change::Publish(published)
            }
            Verdict::Withhold(reason) => {
                metrics.verdict("withhold", reason.as_str());
                Change::Remove(policy.public_id(row.id()))
            }
        }
    }

    /// Takes a page of rows there, on every core, while the other tasks go on elsewhere.
    pub(super) fn judge_all(&self, rows: &[CoreRow]) -> Vec<Change> {
        let cores = std::thread::available_parallelism().map_or(1, NonZero::get);
        let share = rows.len().div_ceil(cores).max(1);
        let judge = |part: &[CoreRow]| part.iter().map(|row| self.judge(row)).collect::<Vec<_>>();
        tokio::task::block_in_place(|| {
            std::thread::scope(|scope| {
                let parts: Vec<_> =
                    rows.chunks(share).map(|part| scope.spawn(move || judge(part))).collect();
                // A part that panicked is no empty part.
                let judged =
                    parts.into_iter().map(|part| part.join().unwrap_or_else(|p| resume_unwind(p)));
                judged.flatten().collect()
            })
        })
    }
}
