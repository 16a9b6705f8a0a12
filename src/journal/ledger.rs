//! The ledger in the journal: entering what moves all the time, signing, reading, and retention.

use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::ledger::{Checkpoint, Line, Reference, Signer, Tip, What};
use crate::model::PublicId;

use super::sqlite::{ledger, receipts, retain};
use super::{Error, Journal};

/// A part of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LedgerPage {
    /// Lines, in order.
    pub lines: Vec<Kept>,
    /// Checkpoints of them; before the first line also the one on which it stands.
    pub checkpoints: Vec<Checkpoint>,
}

/// A line as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kept {
    /// Its number.
    pub num: u64,
    /// Its one form.
    pub text: String,
    /// Under what sort it is found.
    pub what: String,
    /// Under which name it is found.
    pub subject: Option<String>,
}

/// A step of [`Journal::retain`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Retained {
    /// Items whose salts were destroyed.
    pub items: usize,
    /// Lines given up.
    pub lines: usize,
    /// Receipts given up.
    pub receipts: usize,
}

impl Journal {
    /// Enters receipts in the ledger that grow no more, or `all`. Returns how many; when it is more
    /// than none, there may be others.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn enter_receipts(&self, all: bool) -> Result<usize, Error> {
        let now = self.0.clock.now().as_millisecond();
        self.0.write(move |tx, draft| receipts::enter(tx, draft, (all, now))).await
    }

    /// Enters how far sends may have reached by now, of every partner of which that moved.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn enter_marks(&self) -> Result<(), Error> {
        let now = self.0.clock.now().as_millisecond();
        self.0.write(move |tx, draft| ledger::enter_marks(tx, draft, now)).await
    }

    /// Signs the end of the ledger; none if it is signed already.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn checkpoint(&self, signer: &Arc<Signer>) -> Result<Option<Checkpoint>, Error> {
        let (signer, now) = (signer.clone(), self.0.clock.now().as_millisecond());
        self.0.write(move |tx, draft| ledger::checkpoint(tx, draft, &signer, now)).await
    }

    /// Lines of the ledger after this number, at most `limit`.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn ledger(&self, after: u64, limit: usize) -> Result<LedgerPage, Error> {
        self.0.read_for_others(move |db| ledger::page(db, after, limit)).await
    }

    /// Where the ledger ends, by what the journal knows beside it.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn ledger_end(&self) -> Result<Tip, Error> {
        self.0.read(|db: &Connection| ledger::end(db).map(|(tip, _)| tip)).await
    }

    /// The latest lines of one sort about one subject (a partner's id, or an item's reference),
    /// the oldest of them first.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn entries(
        &self,
        subject: String,
        what: What,
        limit: usize,
    ) -> Result<Vec<Line>, Error> {
        self.0.read_for_others(move |db| ledger::entries(db, (&subject, what), limit)).await
    }

    /// The first line of one sort about one subject at or after this time.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn entry_since(
        &self,
        subject: String,
        what: What,
        since: Timestamp,
    ) -> Result<Option<Line>, Error> {
        self.0.read_for_others(move |db| ledger::entry_since(db, (&subject, what), since)).await
    }

    /// How the ledger names an item, with the item's number in this journal; more than one when it
    /// was forgotten in between. Empty once its salt was destroyed.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn references(&self, id: PublicId) -> Result<Vec<(u64, Reference)>, Error> {
        self.0.read_for_others(move |db| ledger::references(db, id)).await
    }

    /// Receipts whose line in the ledger says something else, by their numbers.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn receipts_that_differ(&self) -> Result<Vec<u64>, Error> {
        self.0.read_for_others(receipts::that_differ).await
    }

    /// A step of retention: of items that are not shown since before `before` the salts are
    /// destroyed, so that no line can be told to be about them; lines and receipts from before it
    /// are given up, up to a checkpoint. Ends when a step gives up nothing.
    ///
    /// # Errors
    /// When it could not be stored; then nothing was given up.
    pub async fn retain(&self, before: Timestamp) -> Result<Retained, Error> {
        let (before, now) = (before.as_millisecond(), self.0.clock.now().as_millisecond());
        self.0.write(move |tx, draft| retain::retain(tx, draft, (before, now))).await
    }
}
