//! What is stored, and what became of it.

use crate::minimise::Published;
use crate::model::PublicId;
use crate::source::Position;

/// What happened to an item.
#[derive(Debug)]
pub enum Change {
    /// It is to be shown like this.
    Publish(Box<Published>),
    /// It is to be taken away everywhere.
    Remove(PublicId),
    /// It is to be taken away if its time has passed.
    Expire(PublicId),
}

/// Whether everything still has to be compared with the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// There was a doubt.
    Owed,
    /// It was carried out.
    Done,
}

/// Changes that are stored in one transaction with the source position that covers them.
#[derive(Debug, Default)]
pub struct Batch {
    /// In the order in which they were read.
    pub changes: Vec<Change>,
    /// Where the source stands after them.
    pub position: Option<Position>,
    /// Remembers or forgets that a comparison is owed.
    pub comparison: Option<Comparison>,
}

/// What became of a batch.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Per change, the item's number in this journal; none for a removal of an unknown item.
    pub numbers: Vec<Option<u64>>,
    /// Changes that made or changed a live item; repeats are not counted.
    pub published: u32,
    /// Changes that took a live item away.
    pub removed: u32,
}

/// Where the source stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceStanding {
    /// The last position that is durable here.
    pub position: Option<Position>,
    /// A comparison with the core is owed.
    pub comparison_owed: bool,
}

/// How many items are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Shown now.
    pub live: u64,
    /// Taken away; kept without text.
    pub removed: u64,
}
