//! Expiry by the gateway's own timer: needs no event from the core, and no core at all.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::journal::{self, Batch, Change, Journal};

/// Items taken away in one transaction.
const BATCH: usize = 1_000;
/// Longest wait before the clock is looked at again: it may have been set.
const LOOK_EVERY: Duration = Duration::from_secs(1);

/// Takes expired items away until the drain.
pub async fn run(journal: Journal, clock: Clock, drain: CancellationToken) {
    let mut told = false;
    loop {
        let swept = sweep(&journal, &clock).await;
        if let Err(error) = &swept
            && !told
        {
            tracing::warn!(%error, "expired items can not be taken away yet");
        }
        told = swept.is_err();
        let more = swept.unwrap_or(false);
        if more {
            continue;
        }
        tokio::select! {
            biased;
            () = drain.cancelled() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

/// Takes one batch away; true when there may be more.
async fn sweep(journal: &Journal, clock: &Clock) -> Result<bool, journal::Error> {
    let due = journal.expired(clock.now(), BATCH).await?;
    if due.is_empty() {
        return Ok(false);
    }
    let more = due.len() == BATCH;
    tracing::debug!(items = due.len(), "expired");
    let changes = due.into_iter().map(Change::Expire).collect();
    journal.append(Batch { changes, ..Batch::default() }).await?;
    Ok(more)
}
