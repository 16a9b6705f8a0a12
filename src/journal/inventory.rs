//! A partner that names everything it holds, be it millions of items: compared claim by claim, and
//! remembered in a few bits for each item of the journal.

use std::fs::File;
use std::sync::Arc;

use crate::model::{Bits, PartnerId, Sequence};

use super::sqlite::inventory;
use super::{Claim, Entry, Error, Journal};

/// What a claim comes to. Items go by their number in this journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Checked {
    /// It holds the item as it is.
    Agrees(u64),
    /// It holds an older state.
    Stale(u64),
    /// It says that it holds a state that was never made; nothing can be done about it by number.
    Impossible(u64),
    /// It should not hold this. The entry takes it away, above what it holds.
    Extra(Entry),
}

/// What a partner named: three bits for each item of the journal, however much it names.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inventory {
    held: Bits,
    stale: Bits,
    impossible: Bits,
}

impl Inventory {
    /// Remembers one; returns what takes it away if it should not be held.
    pub fn note(&mut self, checked: Checked) -> Option<Entry> {
        match checked {
            Checked::Agrees(number) => self.held.insert(number),
            Checked::Stale(number) => self.stale.insert(number),
            Checked::Impossible(number) => self.impossible.insert(number),
            Checked::Extra(entry) => return Some(entry),
        }
        None
    }

    /// Items that are held as they are.
    #[must_use]
    pub fn held(&self) -> u64 {
        self.held.count()
    }

    /// Items that are held in another state.
    #[must_use]
    pub fn stale(&self) -> u64 {
        self.stale.count() + self.impossible.count()
    }

    /// Is the item to be sent? Of two claims the worse counts.
    pub(super) fn lacks(&self, number: u64) -> bool {
        self.is_stale(number) || !(self.held.contains(number) || self.impossible.contains(number))
    }

    /// Was an older state of it named?
    pub(super) fn is_stale(&self, number: u64) -> bool {
        self.stale.contains(number)
    }
}

/// A stretch of what a partner should hold and does not.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Lacking {
    /// As they are now, stale ones too.
    pub entries: Vec<Entry>,
    /// Those of them that were not named at all.
    pub missing: u64,
    /// Everything in the log up to here was considered.
    pub reached: Sequence,
}

impl Journal {
    /// What these claims come to, as far as `up_to`: a claim on an item that changed after it is
    /// left out, because what has become of it is still to come. Opens no text.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn check(
        &self,
        partner: &PartnerId,
        claims: Vec<Claim>,
        up_to: Sequence,
    ) -> Result<Vec<Checked>, Error> {
        let versions = self.0.shared.versions(partner);
        let check = move |db: &_| inventory::check(db, &versions, (&claims, up_to));
        self.0.read_for_others(check).await
    }

    /// Live items in the partner's scope up to `up_to` that it did not name, or named in an older
    /// state: at most `limit`, in the order of the log, after `after` of it. Opens only their texts.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn lacking(
        &self,
        partner: &PartnerId,
        named: &Arc<Inventory>,
        (after, up_to): (Sequence, Sequence),
        limit: usize,
    ) -> Result<Lacking, Error> {
        let (versions, named) = (self.0.shared.versions(partner), named.clone());
        let look = move |db: &_| inventory::lacking(db, (&versions, &named), (after, up_to), limit);
        self.0.read_for_others(look).await
    }

    /// A file without a name on the journal's disk, which is gone when it is closed.
    ///
    /// # Errors
    /// When it can not be made.
    pub fn scratch(&self) -> Result<File, Error> {
        Ok(match self.0.folder() {
            Some(folder) => tempfile::tempfile_in(folder)?,
            None => tempfile::tempfile()?,
        })
    }
}
