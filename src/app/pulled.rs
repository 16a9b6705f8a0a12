//! What partners that fetch have not fetched yet: removals stay open until their cursor passes them.

use crate::journal::{Channel, Journal};
use crate::metrics::{Lane, Metrics};
use crate::partner::Registry;

/// Counts what waits for each partner that fetches and may hold anything.
pub(super) async fn sample(journal: &Journal, registry: &Registry, metrics: &Metrics) {
    for partner in registry.current().values().filter(|partner| partner.fetches()) {
        match journal.backlog(&partner.id, Channel::Pull, Lane::Remove).await {
            Ok(open) => {
                metrics.backlog(
                    &partner.id,
                    (Channel::Pull, Lane::Remove),
                    open.items,
                    open.oldest,
                );
            }
            // Nor could those of the others.
            Err(error) => {
                return tracing::warn!(%error, "open removals could not be counted");
            }
        }
    }
}
