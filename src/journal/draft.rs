//! What a transaction is about to change, beside the tables.

use crate::model::{PartnerId, Sequence};

use super::view::Version;

/// What a transaction is about to change; becomes visible when it is durable.
#[derive(Debug, Clone, Default)]
pub(super) struct Draft {
    /// The latest position.
    pub(super) head: u64,
    /// The highest number of an item.
    pub(super) numbers: u64,
    /// Position of the last scope that lost something.
    pub(super) narrowed: u64,
    /// Items shown now.
    pub(super) live: u64,
    /// Items taken away.
    pub(super) gone: u64,
    /// Texts were blanked or replaced.
    pub(super) blanked: bool,
    /// Scopes that changed.
    pub(super) scopes: Vec<(PartnerId, Vec<Version>)>,
}

impl Draft {
    /// The next position.
    pub(super) fn next(&mut self) -> u64 {
        self.head = Sequence::new(self.head).plus(1).get();
        self.head
    }

    /// Sets a range of positions aside; returns the position before it.
    pub(super) fn reserve(&mut self, span: u64) -> u64 {
        let since = self.head;
        self.head = Sequence::new(since).plus(span).get();
        since
    }

    /// An item was published; `was_live` is none for a new one.
    pub(super) fn published(&mut self, num: u64, was_live: Option<bool>) {
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
    pub(super) fn removed(&mut self) {
        self.blanked = true;
        self.live = self.live.saturating_sub(1);
        self.gone += 1;
    }
}
