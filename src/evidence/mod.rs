//! Statements for the data-protection officer (design §9): who received an item and on which
//! evidence it is gone, what a partner held at a moment, the agreements, and the rows for the
//! register of processing activities.
//!
//! Each statement is data first ([`Statement`], and JSON as it is), made from the journal and the
//! partner files alone. `document` puts it into words of one language; `text` and `page` print
//! that. A statement never says more than what is on record: whatever may have been held counts as
//! held, and a rung of evidence is named by what it rests on. It holds no text and no name of an
//! item, and no core id; the public id is what is asked by.

mod agreements;
mod document;
mod held;
mod item;
mod moment;
mod page;
mod party;
mod processing;
mod tell;
mod text;
mod words;

use jiff::Timestamp;
use serde::Serialize;

use crate::journal::{self, Journal};
use crate::model::Language;

pub use agreements::{Agreement, Agreements, Change, Done, Scope, agreements};
pub use held::{Count, Held, HeldItem, Listed, Of, Rests, held};
pub use item::{ItemStatement, Outcome, Period, Recipient, Removal, State, Way, Witness, item};
pub use moment::day_end;
pub use page::{STYLE, body, page};
pub use party::{Party, Place};
pub use processing::{FieldRow, Processing, RecipientRow, Retention, processing};
pub use text::text;

/// Why no statement could be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// The journal could not be asked.
    #[error(transparent)]
    Journal(#[from] journal::Error),
}

/// A statement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "statement", rename_all = "lowercase")]
pub enum Statement {
    /// Who received an item, and how far it is taken back.
    Item(Box<ItemStatement>),
    /// What a partner held at a moment.
    Held(Box<Held>),
    /// The register of agreements.
    Agreements(Agreements),
    /// Rows for the register of processing activities.
    Processing(Processing),
}

impl From<ItemStatement> for Statement {
    fn from(item: ItemStatement) -> Self {
        Self::Item(Box::new(item))
    }
}

impl From<Held> for Statement {
    fn from(held: Held) -> Self {
        Self::Held(Box::new(held))
    }
}

/// When and over what a statement was made.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Made {
    /// When.
    pub at: Timestamp,
    /// By which version of the program.
    pub version: &'static str,
    /// The journal's latest position; none while there is no journal yet.
    pub position: Option<u64>,
    /// What the statement does not prove.
    pub limits: Vec<Limit>,
}

impl Made {
    fn new(journal: Option<&Journal>, at: Timestamp, limits: Vec<Limit>) -> Self {
        let position = journal.map(|journal| journal.head().get());
        Self { at, version: env!("CARGO_PKG_VERSION"), position, limits }
    }
}

/// What a statement does not prove.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Limit {
    /// What a partner answers is its own word; only "verified" was looked at from outside.
    OwnWord,
    /// Copies that others made of the partner's page, such as search engines.
    Beyond,
    /// A list on a partner's page is shown, not held; who looked is not recorded.
    Visitors,
    /// Whatever may have been sent counts, also when it may never have arrived.
    AtMost,
    /// Of some positions the time is not on record; then the larger set is told.
    Times,
    /// It says nothing of data that the platform gave by another way.
    OtherWays,
    /// Texts are not kept, so what an item said can not be shown.
    NoTexts,
    /// Recipients of long ago are forgotten.
    Forgotten,
    /// Read from the partner files as they are now.
    FilesNow,
    /// Legal grounds are the platform's to fill in.
    Grounds,
}

/// The heading above what plain text lists by the asker's own names.
#[must_use]
pub fn of_list(language: Language) -> &'static str {
    words::of(language).held.of_list
}

#[cfg(test)]
mod tests;
