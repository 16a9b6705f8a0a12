//! What a reader gets.

use jiff::Timestamp;

use crate::model::{Item, Sequence};

/// An item as one partner is to see it, with the time of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The item; `modified` is its position for this partner.
    pub item: Item,
    /// When the change was stored.
    pub changed_at: Timestamp,
}

/// A stretch of what a partner is to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// In order of position.
    pub entries: Vec<Entry>,
    /// Everything up to here was considered.
    pub reached: Sequence,
}

/// Where a referral leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Referral {
    /// The page where a visitor responds.
    Live(Box<str>),
    /// It was taken away.
    Removed,
}
