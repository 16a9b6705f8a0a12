//! How far back the log reaches, and what is new for one partner.

use jiff::Timestamp;

use crate::model::{PartnerId, Sequence};
use crate::partner::Scope;

use super::sqlite::{forget, partners};
use super::{Error, Journal};

/// Removed items that are no longer kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Forgotten {
    /// All of them stood at or before this position.
    pub up_to: Sequence,
    /// All of them had been removed by then.
    pub removed: Timestamp,
}

/// A step of [`Journal::forget`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Forgetting {
    /// Items forgotten.
    pub items: usize,
    /// Where to go on; none at the end.
    pub next: Option<Sequence>,
}

impl Journal {
    /// What is no longer kept: a cursor that lies before it may have missed a removal.
    #[must_use]
    pub fn forgotten(&self) -> Forgotten {
        self.0.shared.forgotten()
    }

    /// Forgets some of the items that were removed before `before`, unless a partner may hold one
    /// of them and has not dealt with its removal. Looks at a thousand after `after`.
    ///
    /// # Errors
    /// When it could not be stored; then nothing was forgotten.
    pub async fn forget(&self, before: Timestamp, after: Sequence) -> Result<Forgetting, Error> {
        self.0.write(move |tx, draft| forget::forget(tx, draft, before, after)).await
    }

    /// Takes note that a partner pulls from the beginning: it holds nothing from before now.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn begin(&self, partner: &PartnerId) -> Result<(), Error> {
        let (partner, now) = (partner.clone(), self.0.clock.now());
        self.0.write(move |tx, _| partners::begin(tx, &partner, now)).await
    }

    /// The latest position at which something changed that may concern this partner: while it
    /// stays, so does everything that the partner can be served.
    #[must_use]
    pub fn stirred(&self, partner: &PartnerId) -> Sequence {
        self.0.shared.stirred(&self.0.shared.versions(partner))
    }

    /// Since when nothing is in the partner's scope; none while something may be.
    #[must_use]
    pub fn emptied(&self, partner: &PartnerId) -> Option<Timestamp> {
        let versions = self.0.shared.versions(partner);
        let last = versions.last().filter(|version| version.scope == Scope::NOTHING)?;
        Timestamp::from_millisecond(last.changed_ms).ok()
    }
}
