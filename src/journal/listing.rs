//! What a visitor of a partner's page looks through: the newest live items in the partner's scope,
//! page by page.
//!
//! No mark is noted for it. A listing is read anew for every look and kept by nobody, so nothing is
//! ever owed; and who may have been shown an item follows from where it was and from the scopes
//! that the partner had. The canary is for machines and in no listing.

use rusqlite::Connection;

use crate::model::{Kind, PartnerId, Region, RegionSet, Sequence};

use super::sqlite::listing;
use super::{Entry, Error, Journal};

/// What is looked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Search {
    /// Of this kind alone.
    pub kind: Option<Kind>,
    /// In these regions alone.
    pub within: Option<RegionSet>,
    /// What last changed before this change number; none: from the newest on.
    pub before: Option<Sequence>,
    /// Most items of a page.
    pub limit: usize,
}

/// One page of what was found.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// The latest change first.
    pub live: Vec<Entry>,
    /// How many fit the search, on all pages together.
    pub found: u64,
    /// What comes before this page.
    pub newer: Newer,
    /// `before` of the page that comes next; none at the end.
    pub older: Option<Sequence>,
    /// Where in the partner's scope there is anything at all, of any kind; in order of code.
    pub inhabited: Vec<Region>,
}

/// Where the page before begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Newer {
    /// There is none.
    #[default]
    Nothing,
    /// It is the first.
    First,
    /// `before` of that page.
    Before(Sequence),
}

impl Journal {
    /// One page of what a partner may show now. Its work is bounded by the limit and the list of
    /// regions, however many items there are.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn listing(&self, partner: &PartnerId, search: Search) -> Result<Listing, Error> {
        let versions = self.0.shared.versions(partner);
        let read = move |db: &Connection| listing::listing(db, &versions, &search);
        self.0.read_for_others(read).await
    }
}
