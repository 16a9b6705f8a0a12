//! How the ledger names an item.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};
use sha2::Sha256;

use crate::model::PublicId;

/// Bytes of a salt.
pub const SALT_BYTES: usize = 32;
/// What the reference of one item is made with. Zero once it was destroyed.
pub type Salt = [u8; SALT_BYTES];

/// An item in the ledger: the first 16 bytes of HMAC-SHA256(salt, public id), as 32 hex digits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference([u8; 16]);

impl Reference {
    /// The reference of this item under its salt; none for a salt that was destroyed.
    #[must_use]
    pub fn of(id: PublicId, salt: &Salt) -> Option<Self> {
        if *salt == [0; SALT_BYTES] {
            return None;
        }
        let mut mac = Hmac::<Sha256>::new_from_slice(salt).ok()?;
        mac.update(id.as_bytes());
        let digest: [u8; 32] = mac.finalize().into_bytes().into();
        digest.first_chunk().copied().map(Self)
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for Reference {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let bytes = HEXLOWER.decode(text.as_bytes()).map_err(drop)?;
        bytes.try_into().map(Self).map_err(drop)
    }
}

impl Serialize for Reference {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Reference {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(|()| de::Error::custom("not a reference of an item"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reference_rests_on_its_salt_and_is_gone_with_it() {
        let id = PublicId::from_bytes([1; 16]);
        let (one, other) = (Reference::of(id, &[7; 32]).unwrap(), Reference::of(id, &[8; 32]));
        assert_ne!(Some(one), other);
        assert_eq!(one.to_string().parse(), Ok(one));
        assert_eq!(one.to_string().len(), 32);
        assert_eq!(Reference::of(id, &[0; 32]), None);
        assert!("ABC".parse::<Reference>().is_err());
    }
}
