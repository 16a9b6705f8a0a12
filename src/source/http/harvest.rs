//! The whole feed in memory, for the time of one comparison: what `page` and `keys` answer from.
//!
//! An RPDE feed can not be asked for an item, nor in order of id, and an item may stand in it twice
//! while it is read (and in a careless feed, or behind a cache, for longer). To hand out rows
//! while they come in could therefore bring back what was removed; so the feed is read to its end
//! first, the highest `modified` of each item wins, tombstones included, and what the changes told
//! meanwhile counts too. This is kept in memory, for a disk would hold names in clear, and it is
//! forgotten with the comparison; a row leaves when it is handed out. The limits below bound it:
//! a core that outgrows them is for `kind = "postgres"`, and the error says so.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use tokio::time::Instant;

use crate::minimise::{CoreId, CoreRow};

use super::super::Error;
use super::page::{Cursor, Has, Item, Page};

/// What a harvest may hold, and how many pages it may take.
#[derive(Debug, Clone, Copy)]
pub(super) struct Limits {
    /// Items, those that are deleted included.
    pub(super) items: usize,
    /// Bytes of rows, as the feed wrote them.
    pub(super) bytes: usize,
    /// Pages, so that pages that lead in a circle end.
    pub(super) pages: u32,
}

pub(super) const LIMITS: Limits = Limits { items: 1_000_000, bytes: 512 << 20, pages: 1_000_000 };

/// What a row takes besides its texts, in bytes.
const ROW_BYTES: usize = 700;
/// Empty pages in a row that lead on.
pub(super) const EMPTY_MAX: u32 = 1_000;
/// A harvest that broke off longer ago begins anew: tombstones do not stay for ever.
const RESUME_MAX: Duration = Duration::from_secs(60 * 60);

/// A feed being harvested, or harvested.
#[derive(Debug)]
pub(super) struct Harvest {
    limits: Limits,
    known: BTreeMap<CoreId, Known>,
    bytes: usize,
    has: Has,
    pub(super) cursor: Cursor,
    /// The number of the last item that was read.
    pub(super) last: Option<u64>,
    pages: u32,
    empty: u32,
    begun: Instant,
    pub(super) state: State,
}

/// How far it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum State {
    /// There are pages to be read.
    Reading,
    /// The rest is for the one who follows the feed to tell.
    Passed,
    /// Everything is here.
    Whole,
    /// Rows have been handed out.
    Given,
}

#[derive(Debug)]
struct Known {
    modified: u64,
    state: What,
}

#[derive(Debug)]
enum What {
    Row(Box<CoreRow>),
    /// It is there, and its row was handed out.
    Told,
    Deleted,
}

impl Harvest {
    /// Nothing read yet.
    pub(super) fn new(limits: Limits) -> Self {
        Self {
            limits,
            known: BTreeMap::new(),
            bytes: 0,
            has: Has::default(),
            cursor: Cursor::START,
            last: None,
            pages: 0,
            empty: 0,
            begun: Instant::now(),
            state: State::Reading,
        }
    }

    /// A feed in which nothing is.
    pub(super) fn of_nothing() -> Self {
        Self { state: State::Whole, ..Self::new(LIMITS) }
    }

    /// Can a comparison that begins now use it?
    pub(super) fn is_usable(&self) -> bool {
        self.state != State::Given && self.begun.elapsed() < RESUME_MAX
    }

    /// Is everything here?
    pub(super) fn is_whole(&self) -> bool {
        matches!(self.state, State::Whole | State::Given)
    }

    /// Adds a page of the feed; true when it was the last one.
    pub(super) fn read(&mut self, page: Page) -> Result<bool, Error> {
        self.pages += 1;
        if self.pages > self.limits.pages {
            return Err(Error::Broken("it does not end"));
        }
        if page.is_last(&self.cursor) {
            return Ok(true);
        }
        if self.last > page.span().map(|(first, _)| first).or(self.last) {
            return Err(Error::Broken("its pages are not in the order of their change numbers"));
        }
        self.empty = if page.items.is_empty() { self.empty + 1 } else { 0 };
        if self.empty > EMPTY_MAX {
            return Err(Error::Broken("page after page is empty"));
        }
        if page.next == self.cursor {
            return Err(Error::Broken("a page with items leads to itself"));
        }
        self.last = page.span().map(|(_, last)| last).or(self.last);
        self.cursor = page.next;
        page.items.into_iter().for_each(|item| self.add(item));
        if self.known.len() > self.limits.items || self.bytes > self.limits.bytes {
            return Err(too_large());
        }
        Ok(false)
    }

    fn add(&mut self, item: Item) {
        let Item { id, modified, row } = item;
        // The same number again is the same again.
        if self.known.get(&id).is_some_and(|known| known.modified >= modified) {
            return;
        }
        let state = row.map_or(What::Deleted, |row| {
            self.bytes = self.bytes.saturating_add(row.bytes.saturating_add(ROW_BYTES));
            self.has = self.has.or(row.has);
            What::Row(Box::new(row.row))
        });
        self.known.insert(id, Known { modified, state });
    }

    /// Takes note of what is told elsewhere; false if something later is known already.
    pub(super) fn note(&mut self, item: &Item) -> bool {
        let Item { id, modified, row } = item;
        if self.known.get(id).is_some_and(|known| known.modified > *modified) {
            return false;
        }
        let state = if row.is_some() { What::Told } else { What::Deleted };
        self.known.insert(id.clone(), Known { modified: *modified, state });
        true
    }

    /// A column that not one of the rows has.
    fn lacks(&self) -> Option<&'static str> {
        self.has.lacks().filter(|_| self.bytes > 0)
    }

    /// The next rows that nobody has got yet.
    pub(super) fn rows(
        &mut self,
        after: Option<&CoreId>,
        most: usize,
    ) -> Result<Vec<CoreRow>, Error> {
        if let Some(column) = self.lacks() {
            return Err(Error::ColumnMissing(column));
        }
        self.state = State::Given;
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let mut rows = Vec::new();
        for (_, known) in self.known.range_mut((after, Bound::Unbounded)) {
            if rows.len() == most {
                break;
            }
            if let What::Row(_) = known.state
                && let What::Row(row) = std::mem::replace(&mut known.state, What::Told)
            {
                rows.push(*row);
            }
        }
        Ok(rows)
    }

    /// The next ids of what is there.
    pub(super) fn ids(&self, after: Option<&CoreId>, most: usize) -> Vec<CoreId> {
        let after = after.map_or(Bound::Unbounded, Bound::Excluded);
        let there = self.known.range((after, Bound::Unbounded));
        let there = there.filter(|(_, known)| !matches!(known.state, What::Deleted));
        there.map(|(id, _)| id.clone()).take(most).collect()
    }
}

fn too_large() -> Error {
    let text = format!(
        "the feed is too large for kind = \"http\" (more than {} items or {} MiB): \
         follow this core with kind = \"postgres\"",
        LIMITS.items,
        LIMITS.bytes >> 20
    );
    Error::Setup(text.into())
}
