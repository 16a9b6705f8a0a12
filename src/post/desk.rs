//! What somebody at a partner confirms by the link of a letter.

use std::sync::Arc;

use tokio::sync::Mutex;

use crate::clock::Clock;
use crate::journal::{self, Advance, Channel, Cursor, Entry, Journal, Lane, Rung};
use crate::metrics::Metrics;
use crate::model::{PartnerId, PublicId};

use super::OPEN_MAX;
use super::ticket::{Seal, Ticket, Unfit};

/// Why nothing is confirmed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is no such link.
    #[error("there is no such link")]
    Unknown,
    /// There was such a link.
    #[error("the link has expired")]
    Expired,
    /// The journal can not be asked.
    #[error(transparent)]
    Journal(#[from] journal::Error),
}

impl From<Unfit> for Error {
    fn from(unfit: Unfit) -> Self {
        match unfit {
            Unfit::Forged => Self::Unknown,
            Unfit::Expired => Self::Expired,
        }
    }
}

/// Where confirmations come in. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Desk {
    journal: Journal,
    metrics: Metrics,
    clock: Clock,
    seal: Seal,
    /// Two clicks at once are one confirmation.
    one_at_a_time: Arc<Mutex<()>>,
}

impl Desk {
    /// Confirms in this journal what is sealed like this.
    #[must_use]
    pub fn new(journal: Journal, metrics: Metrics, clock: Clock, seal: Seal) -> Self {
        Self { journal, metrics, clock, seal, one_at_a_time: Arc::default() }
    }

    /// What the link would confirm: what its letter named, as far as that is still open. Changes
    /// nothing.
    ///
    /// # Errors
    /// When the link is not good, or the journal can not be read.
    pub async fn look(&self, partner: &PartnerId, link: &str) -> Result<Vec<PublicId>, Error> {
        let ticket = self.seal.read(partner, link, self.clock.now())?;
        let named = self.named(partner, &ticket).await?;
        Ok(named.iter().map(|entry| entry.item.id).collect())
    }

    /// Confirms it, once; how many were open.
    ///
    /// # Errors
    /// When the link is not good, or nothing could be stored.
    pub async fn confirm(&self, partner: &PartnerId, link: &str) -> Result<usize, Error> {
        let _one = self.one_at_a_time.lock().await;
        let now = self.clock.now();
        let ticket = self.seal.read(partner, link, now)?;
        let named = self.named(partner, &ticket).await?;
        if named.is_empty() {
            return Ok(0);
        }
        // Evidence first: should the second step fail, the link can be used again.
        let items = u32::try_from(named.len()).unwrap_or(u32::MAX);
        let reached = self.journal.standing(partner).await?.remove;
        // After a state of before was put back, a letter may be ahead of it: that passes nothing.
        let (partner_id, cursor, to) = (partner.clone(), Cursor::Remove, ticket.to.min(reached));
        let rung = Rung::Confirmed;
        self.journal.advance(Advance { partner: partner_id, cursor, to, items, rung }).await?;
        let ids = named.iter().map(|entry| entry.item.id).collect();
        self.journal.confirm(partner, ids).await?;
        for entry in &named {
            let after = now.duration_since(entry.changed_at).try_into().unwrap_or_default();
            self.metrics.accepted(partner, Lane::Remove, after);
        }
        let open = self.journal.backlog(partner, Channel::Push, Lane::Remove).await?;
        self.metrics.backlog(partner, (Channel::Push, Lane::Remove), open.items, open.oldest);
        tracing::info!(partner = partner.as_str(), items, "removals were confirmed by a person");
        Ok(named.len())
    }

    /// What is open of a stretch.
    async fn named(
        &self,
        partner: &PartnerId,
        ticket: &Ticket,
    ) -> Result<Vec<Entry>, journal::Error> {
        let parked = self.journal.parked(partner, Lane::Remove, OPEN_MAX).await?;
        let mut open = self.journal.look(partner, Channel::Push, parked).await?;
        let named = |entry: &Entry| {
            let at = entry.item.modified;
            entry.item.is_deleted() && at > ticket.after && at <= ticket.to
        };
        open.retain(named);
        open.sort_by_key(|entry| entry.item.modified);
        Ok(open)
    }
}
