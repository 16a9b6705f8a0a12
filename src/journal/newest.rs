//! The newest of what a partner is to see, whole in one look: for documents such as Atom, which
//! have no place to go on from. People read them, so the canary is in none.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::model::{PartnerId, Sequence};

use super::sqlite::{newest, partners};
use super::{Channel, Entry, Error, Journal};

/// What a document asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// Nothing is shown that stands beyond this position.
    pub up_to: Sequence,
    /// Retractions since then, and older ones that stand after `untold`.
    pub since: Timestamp,
    /// Up to here the partner was told.
    pub untold: Sequence,
    /// Most live items, and most retractions.
    pub limit: usize,
}

/// What a document holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Newest {
    /// Live items in the partner's present scope, the latest change first.
    pub live: Vec<Entry>,
    /// The latest retractions of what the partner may hold by pulling, the latest first. Of very
    /// many some may be lacking: the document itself says that what it does not show is gone.
    pub removed: Vec<Entry>,
}

impl Journal {
    /// The newest of what a partner is to see. Its work is bounded, however many items there are.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn newest(&self, partner: &PartnerId, window: Window) -> Result<Newest, Error> {
        let versions = self.0.shared.versions(partner);
        let partner = partner.clone();
        let read = move |db: &Connection| {
            let mark = partners::standing(db, &partner)?.mark(Channel::Pull);
            newest::newest(db, (&versions, mark), &window)
        };
        self.0.read_for_others(read).await
    }

    /// Notes how far a document may reach; durable when it returns. To be awaited *before* the
    /// document is read (promise P3).
    ///
    /// # Errors
    /// When it could not be stored; then nothing may be shown.
    pub async fn mark_document(&self, partner: &PartnerId, up_to: Sequence) -> Result<(), Error> {
        let partner = partner.clone();
        self.0.write(move |tx, _| partners::mark_document(tx, &partner, up_to)).await
    }
}
