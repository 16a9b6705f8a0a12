//! What a partner holds, as one number: so that two sides can compare without a list.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER_PERMISSIVE;
use sha2::{Digest as _, Sha256};

use super::id::{InvalidId, Kind};
use super::region::Region;

/// XOR over items of the SHA-256 of `{id}:{modified}` (design §9). Order does not matter, and an
/// item is taken out by the same turn that put it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Hash)]
pub struct Digest([u8; 32]);

impl Digest {
    /// Of nothing.
    pub const EMPTY: Self = Self([0; 32]);

    /// Of one item under this change number.
    #[must_use]
    pub fn of(id: impl fmt::Display, modified: impl fmt::Display) -> Self {
        Self(Sha256::digest(format!("{id}:{modified}")).into())
    }

    /// Puts another digest in, or takes it out again.
    pub fn turn(&mut self, other: Self) {
        self.0.iter_mut().zip(other.0).for_each(|(byte, other)| *byte ^= other);
    }

    /// Wraps stored bytes.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The bytes, as the journal stores them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// 64 hex digits.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&data_encoding::HEXLOWER.encode(&self.0))
    }
}

impl FromStr for Digest {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let bytes = HEXLOWER_PERMISSIVE.decode(text.as_bytes()).ok();
        bytes.and_then(|bytes| bytes.try_into().ok()).map(Self).ok_or(InvalidId::of("digest"))
    }
}

/// The live items of one kind in one region, as far as a comparison goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Bucket {
    /// Request or offer.
    pub kind: Kind,
    /// The region.
    pub region: Region,
    /// How many.
    pub count: u64,
    /// Of all of them.
    pub digest: Digest,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn it_is_the_xor_of_hashes_in_hex() {
        // printf %s a:1 | sha256sum; printf %s b:2 | sha256sum; xor
        let mut digest = Digest::of("a", 1);
        assert_eq!(digest.to_string(), data_encoding::HEXLOWER.encode(&Sha256::digest(b"a:1")),);
        digest.turn(Digest::of("b", 2));
        digest.turn(Digest::of("a", 1));
        assert_eq!(digest, Digest::of("b", 2));
        assert_eq!(digest.to_string().parse(), Ok(digest));
        assert_eq!(digest.to_string().to_uppercase().parse(), Ok(digest));
        for bad in ["", "0f", &"x".repeat(64), &"0".repeat(63)] {
            assert!(bad.parse::<Digest>().is_err());
        }
    }

    proptest! {
        #[test]
        fn order_does_not_matter_and_every_item_does(
            items in prop::collection::btree_map(0_u32..500, 1_u64..9_999, 1..30),
            odd in any::<prop::sample::Index>(),
        ) {
            let all = |items: &mut dyn Iterator<Item = (&u32, &u64)>| {
                let mut digest = Digest::EMPTY;
                items.for_each(|(id, modified)| digest.turn(Digest::of(id, modified)));
                digest
            };
            let whole = all(&mut items.iter());
            prop_assert_eq!(whole, all(&mut items.iter().rev()));
            let (id, modified) = items.iter().nth(odd.index(items.len())).unwrap();
            prop_assert_ne!(whole, all(&mut items.iter().filter(|(other, _)| *other != id)));
            let mut stale = whole;
            stale.turn(Digest::of(id, modified));
            stale.turn(Digest::of(id, modified + 1));
            prop_assert_ne!(whole, stale);
        }
    }
}
