//! Places in the journal.

use std::fmt;

/// A place in the journal, and the change number (`modified`) that partners see.
///
/// Starts at 1; 0 is "before everything". Stays below 2^53 so that JSON readers keep it exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Sequence(u64);

impl Sequence {
    /// Before the first entry.
    pub const ZERO: Self = Self(0);
    /// The largest number that every JSON reader keeps exact (RFC 8259 §6).
    pub const MAX: Self = Self((1 << 53) - 1);

    /// The place with this number, cut to [`Sequence::MAX`].
    #[must_use]
    pub fn new(number: u64) -> Self {
        Self(number.min(Self::MAX.0))
    }

    /// The number.
    #[must_use]
    pub fn get(self) -> u64 {
        self.0
    }

    /// The place `distance` further on.
    #[must_use]
    pub fn plus(self, distance: u64) -> Self {
        Self::new(self.0.saturating_add(distance))
    }
}

impl fmt::Display for Sequence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
