//! What a partner should hold, and what is to be said to one that holds something else.

use crate::model::{Bucket, Digest, Kind, PublicId, Sequence};

use super::Entry;

/// What a partner should hold when it has dealt with everything up to a position.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Holdings {
    /// That position.
    pub up_to: Sequence,
    /// Kinds and regions of which it should hold something.
    pub buckets: Vec<Bucket>,
}

impl Holdings {
    /// Over all of it.
    #[must_use]
    pub fn digest(&self) -> Digest {
        let mut digest = Digest::EMPTY;
        self.buckets.iter().for_each(|bucket| digest.turn(bucket.digest));
        digest
    }

    /// Items.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.buckets.iter().map(|bucket| bucket.count).sum()
    }
}

/// An item that a partner says it holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claim {
    /// Which one.
    pub id: PublicId,
    /// Under which change number.
    pub modified: Sequence,
    /// What sort of item, if it says so.
    pub kind: Option<Kind>,
}

/// How a claim differs from what the partner should hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Difference {
    /// It should not hold this. The entry takes it away, above what it holds.
    Extra {
        /// To be sent.
        entry: Entry,
        /// The journal's own removal of it is enough: it may be set aside as owed.
        owed: bool,
    },
    /// It holds an older state.
    Stale(Entry),
    /// It says that it holds a state that was never made; nothing can be done about it by number.
    Impossible(PublicId),
}
