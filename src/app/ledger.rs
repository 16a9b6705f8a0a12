//! Keeps the ledger up: enters what has come to rest, signs its end, and gives up what is too old.

use std::sync::Arc;
use std::time::Duration;

use data_encoding::HEXLOWER;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::journal::{self, Journal, Retained};
use crate::ledger::{Signer, Tip};
use crate::metrics::Metrics;

/// How often receipts are entered and the end is signed: nobody can change unseen what is older.
const EVERY: Duration = Duration::from_secs(10);
/// How often it is entered how far sends may have reached.
const MARKS_EVERY: Duration = Duration::from_secs(5 * 60);
/// How often it is looked for what is too old.
const RETAIN_EVERY: Duration = Duration::from_secs(60 * 60);

/// What keeps the ledger up. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Keeper {
    pub(super) journal: Journal,
    pub(super) signer: Arc<Signer>,
    pub(super) clock: Clock,
    pub(super) metrics: Metrics,
    /// How long entries are kept.
    pub(super) keep: Duration,
}

impl Keeper {
    /// Keeps it up until the drain.
    pub(super) async fn run(self, drain: CancellationToken) {
        let (mut marks_due, mut retention_due) = (Instant::now(), Instant::now() + RETAIN_EVERY);
        self.tell().await;
        while !super::waited(EVERY, &drain).await {
            let now = Instant::now();
            let marks = marks_due <= now;
            if let Err(error) = self.sign(marks, false).await {
                tracing::warn!(%error, "the ledger could not be signed yet");
                continue;
            }
            if marks {
                marks_due = now + MARKS_EVERY;
            }
            if retention_due <= now {
                retention_due = now + RETAIN_EVERY;
                self.tell().await;
                self.retain(&drain).await;
            }
        }
    }

    /// Enters everything and signs it, at the end.
    pub(super) async fn finish(self) {
        if let Err(error) = self.sign(true, true).await {
            tracing::warn!(%error, "the end of the ledger is not signed");
        }
        self.tell().await;
    }

    /// Leaves the end of the ledger in the log: whoever writes another history has to change that too.
    async fn tell(&self) {
        match self.journal.ledger_end().await {
            Ok(Tip { num, hash }) => {
                let hash = HEXLOWER.encode(&hash);
                tracing::info!(line = num, hash, "the ledger ends here");
            }
            Err(error) => tracing::warn!(%error, "the end of the ledger can not be read"),
        }
    }

    async fn sign(&self, marks: bool, all: bool) -> Result<(), journal::Error> {
        while self.journal.enter_receipts(all).await? > 0 {}
        if marks {
            self.journal.enter_marks().await?;
        }
        self.journal.checkpoint(&self.signer).await?;
        self.metrics.ledger_signed(self.clock.now());
        Ok(())
    }

    /// Step by step: the writer does what else waits in between.
    async fn retain(&self, drain: &CancellationToken) {
        let Ok(before) = self.clock.now().checked_sub(self.keep) else { return };
        while !drain.is_cancelled() {
            match self.journal.retain(before).await {
                Ok(Retained { items: 0, lines: 0, receipts: 0 }) => return,
                Ok(Retained { items, lines, receipts }) => {
                    tracing::info!(items, lines, receipts, "the ledger gave up what is too old");
                }
                Err(error) => {
                    tracing::warn!(%error, "old entries could not be given up yet");
                    return;
                }
            }
            tokio::task::yield_now().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::journal::{Advance, Cursor, Enrolment, Rung};
    use crate::ledger::What;
    use crate::model::{Kind, RegionSet, Sequence};
    use crate::partner::Scope;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn the_ledger_is_signed_within_seconds_and_given_up_after_its_time() {
        let clock = Clock::virtual_from("2026-06-01T12:00:00Z".parse().unwrap());
        let journal = Journal::in_memory(clock.clone()).unwrap();
        let partner = "wijk".parse::<crate::model::PartnerId>().unwrap();
        let scope = Scope::new(&Kind::ALL, RegionSet::everything());
        let agreement = "sha256:0f".into();
        let enrolment = Enrolment { partner: partner.clone(), scope, agreement, terms: None };
        journal.enrol(vec![enrolment]).await.unwrap();
        let to = Sequence::new(1);
        let advance =
            Advance { partner, cursor: Cursor::Remove, to, items: 1, rung: Rung::Accepted };
        journal.advance(advance).await.unwrap();
        let keeper = Keeper {
            journal: journal.clone(),
            signer: Arc::new(Signer::new(&[1; 32]).unwrap()),
            clock: clock.clone(),
            metrics: Metrics::new().unwrap(),
            keep: Duration::from_secs(24 * 3_600),
        };
        let drain = CancellationToken::new();
        let task = keeper.clone().run(drain.clone());
        let look = async {
            tokio::time::sleep(2 * EVERY).await;
            let page = journal.ledger(0, 10).await.unwrap();
            assert_eq!((page.lines.len(), page.checkpoints.len()), (1, 1));
            tokio::time::sleep(Duration::from_secs(70)).await;
            let receipts = journal.entries("wijk".into(), What::Receipt, 9).await.unwrap();
            assert_eq!(receipts.len(), 1);
            tokio::time::sleep(Duration::from_secs(26 * 3_600)).await;
            assert_eq!(journal.ledger(0, 10).await.unwrap().lines, [], "its time is over");
            drain.cancel();
        };
        tokio::join!(task, look);
    }
}
