//! Names of things: checked when they are made, trusted afterwards.

use std::fmt;
use std::str::FromStr;
use std::sync::Arc;

use data_encoding::{Encoding, Specification};
use std::sync::LazyLock;

/// Text that is not the name it should be. Does not quote the text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a valid {0}")]
pub struct InvalidId(&'static str);

impl InvalidId {
    /// Not a valid one of these.
    pub(super) fn of(what: &'static str) -> Self {
        Self(what)
    }
}

/// RFC 4648 base32, lower case, no padding: 26 characters for 16 bytes.
static BASE32: LazyLock<Option<Encoding>> = LazyLock::new(|| {
    let mut specification = Specification::new();
    specification.symbols.push_str("abcdefghijklmnopqrstuvwxyz234567");
    specification.encoding().ok()
});

/// The only name of an item that leaves: 16 bytes, not reversible to the core's id (promise P1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PublicId([u8; 16]);

impl PublicId {
    /// Wraps the sixteen bytes of a keyed digest.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// The sixteen bytes, as the journal stores them.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Display for PublicId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match BASE32.as_ref() {
            Some(base32) => f.write_str(&base32.encode(&self.0)),
            None => Err(fmt::Error),
        }
    }
}

impl FromStr for PublicId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let invalid = InvalidId("public id");
        let bytes = BASE32.as_ref().ok_or(invalid)?.decode(text.as_bytes()).map_err(|_| invalid)?;
        bytes.try_into().map(Self).map_err(|_| invalid)
    }
}

/// A partner's name: the stem of its file, `[a-z0-9-]`, 1 to 63 characters.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartnerId(Arc<str>);

impl PartnerId {
    /// The name as text, safe as a path segment and as a metric label.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for PartnerId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl FromStr for PartnerId {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        let fits = (1..=63).contains(&text.len());
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        if fits && text.bytes().all(plain) {
            Ok(Self(text.into()))
        } else {
            Err(InvalidId("partner id: use a-z, 0-9 and -, at most 63 characters"))
        }
    }
}

/// What an item is: somebody asks for help, or somebody offers it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Help asked for.
    Request,
    /// Help offered.
    Offer,
}

impl Kind {
    /// Both kinds, in the order of their stored numbers.
    pub const ALL: [Self; 2] = [Self::Request, Self::Offer];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Request => "request",
            Self::Offer => "offer",
        }
    }

    /// The number in the journal.
    #[must_use]
    pub fn number(self) -> u8 {
        match self {
            Self::Request => 0,
            Self::Offer => 1,
        }
    }

    /// The kind with this number in the journal.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.number() == number)
    }
}

impl FromStr for Kind {
    type Err = InvalidId;

    fn from_str(text: &str) -> Result<Self, InvalidId> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text).ok_or(InvalidId("kind"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_id_is_26_lower_case_characters_and_comes_back() {
        let id = PublicId::from_bytes(*b"0123456789abcdef");
        let text = id.to_string();
        assert_eq!(text, "gaytemzugu3doobzmfrggzdfmy");
        assert_eq!(text.parse(), Ok(id));
        assert!("GAYTEMZUGU3DOOBZMFRGGZDFMY".parse::<PublicId>().is_err());
        assert!("gaytemzu".parse::<PublicId>().is_err());
    }

    #[test]
    fn partner_id_is_safe_in_a_path() {
        assert!("voorbeeldwijk-2".parse::<PartnerId>().is_ok());
        for bad in ["", "Wijk", "a/b", "a.b", "wijk ", &"a".repeat(64)] {
            assert!(bad.parse::<PartnerId>().is_err());
        }
    }
}
