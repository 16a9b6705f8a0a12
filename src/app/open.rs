//! What is open at partners that no worker counts for: those that fetch, until their cursor passes
//! it; those whose page still shows what was removed; those whose file is gone. And, right after
//! a start, everybody's once, so that nothing open looks closed.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Not;

use jiff::Timestamp;

use crate::journal::{Channel, Journal};
use crate::metrics::{Lane, Metrics};
use crate::model::{PartnerId, Sequence};
use crate::partner::{Partner, Registry, Status};

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
    /// What was sent in a way that the partner's file no longer has: nobody else counts what is
    /// removed of it.
    left_over: BTreeSet<(PartnerId, Channel)>,
}

impl Open {
    pub(super) fn new(journal: Journal, registry: Registry, metrics: Metrics) -> Self {
        let (leases, left_over) = (BTreeMap::new(), BTreeSet::new());
        Self { journal, registry, metrics, leases, left_over }
    }

    /// Counts each partner's once.
    pub(super) async fn sample(&mut self) {
        let current = self.registry.current();
        for id in self.metrics.partners() {
            let partner = current.get(&id).map(|partner| &**partner);
            for channel in Channel::ALL {
                let place = (*channel, Lane::Remove);
                let left = (id.clone(), *channel);
                let is_first = !self.metrics.is_counted(&id, place);
                let is_left = self.left_over.contains(&left);
                if is_first || is_left || is_ours(partner, *channel) {
                    self.count(&id, place).await;
                }
                if is_first && !is_served(partner, *channel) && self.was_sent(&id, *channel).await {
                    self.left_over.insert(left);
                }
            }
            if let Some(partner) = partner.filter(|partner| !partner.is_sent_to()) {
                self.keep_lease(partner).await;
            }
        }
        self.metrics.count_begins(false);
    }

    /// May anything ever have been sent so? When nobody knows, it may.
    async fn was_sent(&self, id: &PartnerId, channel: Channel) -> bool {
        let standing = self.journal.standing(id).await;
        standing.is_ok_and(|standing| standing.mark(channel) == Sequence::ZERO).not()
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

/// Is there a worker for this, or somebody who fetches?
fn is_served(partner: Option<&Partner>, channel: Channel) -> bool {
    partner.is_some_and(|partner| {
        partner.status != Status::Draft
            && match channel {
                Channel::Push => partner.is_sent_to(),
                Channel::Pull => partner.fetches(),
            }
    })
}

/// Does no worker count this? Nobody else counts for a partner whose file is gone.
fn is_ours(partner: Option<&Partner>, channel: Channel) -> bool {
    partner.is_none_or(|partner| match channel {
        Channel::Push => !partner.is_sent_to() && partner.probe.is_some(),
        Channel::Pull => partner.fetches(),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::clock::Clock;
    use crate::config::Environment;
    use crate::journal::{Batch, Change, Enrolment};
    use crate::minimise::{CoreId, Policy, Verdict, minimise};

    use super::*;

    fn published(now: Timestamp) -> Change {
        let row = serde_json::json!({
            "id": "1", "author_id": "p1", "kind": "request", "first_name": "Anna",
            "region_code": "GM0119", "region_name": "Meppel", "title": "Hulp", "body": "Wie?",
            "language": "nl", "url": "https://platform.example/hulp", "expires_at": null,
            "published_at": "2026-05-30T09:00:00Z", "share": true, "approved": null,
            "visibility": "public", "of_age": true, "withhold": [],
        });
        let row = crate::source::row(&row.to_string()).unwrap();
        match minimise(&row, &Policy::new([7; 32]), now) {
            Verdict::Publish(item, _) => Change::Publish(item),
            Verdict::Withhold(reason) => panic!("withheld: {}", reason.as_str()),
        }
    }

    /// The gateway was started with a file that has a list where it had an endpoint.
    #[tokio::test]
    async fn what_was_sent_in_a_way_that_is_no_more_is_counted_all_the_same() {
        let clock = Clock::wound("2026-06-01T12:00:00Z".parse().unwrap());
        let (journal, metrics) =
            (Journal::in_memory(clock.clone()).unwrap(), Metrics::new().unwrap());
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("partners");
        let mut partner = crate::partner::load_all(&folder, &Environment::default()).unwrap();
        let mut partner = partner.remove(0);
        (partner.push, partner.mail, partner.pull, partner.feed) = (None, None, None, None);
        partner.status = Status::Active;
        let scope = crate::partner::Scope::new(
            &crate::model::Kind::ALL,
            crate::model::RegionSet::everything(),
        );
        let (id, agreement) = (partner.id.clone(), "sha256:00".to_owned());
        let enrolment = Enrolment { partner: id.clone(), scope, agreement, terms: None };
        journal.enrol(vec![enrolment]).await.unwrap();
        metrics.enrol(&id, partner.removal.promise, Timestamp::MAX);
        let store = async |change| {
            journal.append(Batch { changes: vec![change], ..Batch::default() }).await.unwrap();
        };
        store(published(clock.now())).await;
        for channel in [Channel::Push, Channel::Pull] {
            journal.mark(&id, channel, Sequence::new(1)).await.unwrap();
        }
        let registry = Registry::new(vec![partner]);
        let mut open = Open::new(journal.clone(), registry, metrics.clone());
        open.sample().await;
        assert_eq!(metrics.figures_of(&id).items(Lane::Remove), 0);
        let item = Policy::new([7; 32]).public_id(&CoreId::new("1"));
        store(Change::Remove(item)).await;
        open.sample().await;
        assert_eq!(metrics.figures_of(&id).items(Lane::Remove), 2, "by either way");
        assert_eq!(metrics.figures_of(&id).oldest_removal(), Some(clock.now()));
    }
}
