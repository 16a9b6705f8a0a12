//! A secret: read by reference from a file or the environment, never printed.

use std::fmt;
use std::sync::Arc;

use super::digest::TokenDigest;

/// A secret value. `Debug` prints `***`; there is no `Display` and no `Serialize`.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Wraps a secret that was read by reference.
    #[must_use]
    pub fn new(value: &str) -> Self {
        Self(value.into())
    }

    /// The secret itself, for the one who signs or compares with it.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// What is enough for one who only compares with it.
    #[must_use]
    pub fn digest(&self) -> TokenDigest {
        TokenDigest::of(self.0.as_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}
