//! What a transaction is about to change, beside the tables.

use crate::journal::Forgotten;
use crate::journal::view::Version;
use crate::ledger::Tip;
use crate::model::{PartnerId, Sequence};

use super::news::News;

/// What a transaction is about to change; becomes visible when it is durable.
#[derive(Debug, Clone, Default)]
pub(in crate::journal) struct Draft {
    /// The latest position.
    pub(in crate::journal) head: u64,
    /// The highest number of an item.
    pub(in crate::journal) numbers: u64,
    /// Position of the last scope that lost something.
    pub(in crate::journal) narrowed: u64,
    /// What is no longer kept.
    pub(in crate::journal) forgotten: Forgotten,
    /// Items shown now.
    pub(in crate::journal) live: u64,
    /// Items taken away.
    pub(in crate::journal) gone: u64,
    /// Texts were blanked or replaced.
    pub(in crate::journal) blanked: bool,
    /// Scopes that changed.
    pub(in crate::journal) scopes: Vec<(PartnerId, Vec<Version>)>,
    /// The end of the ledger, and when it was written to last, in milliseconds.
    pub(in crate::journal) ledger: (Tip, i64),
    /// Where something changed.
    pub(super) news: News,
}

impl Draft {
    /// The next position.
    pub(in crate::journal) fn next(&mut self) -> u64 {
        self.head = Sequence::new(self.head).plus(1).get();
        self.head
    }

    /// Sets a range of positions aside; returns the position before it.
    pub(in crate::journal) fn reserve(&mut self, span: u64) -> u64 {
        let since = self.head;
        self.head = Sequence::new(since).plus(span).get();
        since
    }

    /// An item was published; `was_live` is none for a new one.
    pub(in crate::journal) fn published(&mut self, num: u64, was_live: Option<bool>) {
        self.numbers = self.numbers.max(num);
        match was_live {
            Some(true) => self.blanked = true,
            Some(false) => {
                self.live += 1;
                self.gone = self.gone.saturating_sub(1);
            }
            None => self.live += 1,
        }
    }

    /// An item was taken away.
    pub(in crate::journal) fn removed(&mut self) {
        self.blanked = true;
        self.live = self.live.saturating_sub(1);
        self.gone += 1;
    }
}
