//! What is open at partners that no worker counts for: those that fetch, until their cursor passes
//! it; those whose page still shows what was removed; those whose file is gone. And, right after
//! a start, everybody's once, so that nothing open looks closed.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::journal::{Channel, Journal};
use crate::metrics::{Lane, Metrics};
use crate::model::PartnerId;
use crate::partner::{Partner, Registry};

/// A lease that moved by less than one part in so many of itself is not stored again.
const LEASE_SHARE: u32 = 60;

/// The sampler.
#[derive(Debug)]
pub(super) struct Open {
    journal: Journal,
    registry: Registry,
    metrics: Metrics,
    /// Leases of partners that fetch, as they were stored last.
    leases: BTreeMap<PartnerId, Timestamp>,
}

impl Open {
    pub(super) fn new(journal: Journal, registry: Registry, metrics: Metrics) -> Self {
        Self { journal, registry, metrics, leases: BTreeMap::new() }
    }

    /// Counts each partner's once.
    pub(super) async fn sample(&mut self) {
        let current = self.registry.current();
        for id in self.metrics.partners() {
            let partner = current.get(&id).map(|partner| &**partner);
            for channel in Channel::ALL {
                let place = (*channel, Lane::Remove);
                if is_ours(partner, *channel) || !self.metrics.is_counted(&id, place) {
                    self.count(&id, place).await;
                }
            }
            if let Some(partner) = partner.filter(|partner| !partner.is_sent_to()) {
                self.keep_lease(partner).await;
            }
        }
        self.metrics.count_begins(false);
    }

    async fn count(&self, id: &PartnerId, (channel, lane): (Channel, Lane)) {
        match self.journal.backlog(id, channel, lane).await {
            Ok(open) => self.metrics.backlog(id, (channel, lane), open.items, open.oldest),
            Err(error) => tracing::warn!(%error, "open removals could not be counted"),
        }
    }

    /// Answers give leases by the thousand: what they came to is stored now and then, so that it
    /// is known after a restart.
    async fn keep_lease(&mut self, partner: &Partner) {
        let Some(shown) = self.metrics.lease_shown(&partner.id) else { return };
        let stored = self.leases.get(&partner.id);
        let step = partner.removal.lease / LEASE_SHARE;
        let near = |stored: &Timestamp| (*stored..*stored + step).contains(&shown);
        if stored.is_some_and(near) {
            return;
        }
        match self.journal.set_lease(&partner.id, shown).await {
            Ok(()) => drop(self.leases.insert(partner.id.clone(), shown)),
            Err(error) => tracing::warn!(%error, "a lease could not be stored"),
        }
    }
}

/// Does no worker count this? Nobody else counts for a partner whose file is gone.
fn is_ours(partner: Option<&Partner>, channel: Channel) -> bool {
    partner.is_none_or(|partner| match channel {
        Channel::Push => !partner.is_sent_to() && partner.probe.is_some(),
        Channel::Pull => partner.fetches(),
    })
}
