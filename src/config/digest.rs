//! What is kept of a secret that is only ever compared with: its digest, so that a dump of memory
//! or a stray log line holds no token.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The SHA-256 of a token. `Debug` prints `***`: a weak token could be guessed from its digest.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TokenDigest([u8; 32]);

impl TokenDigest {
    /// The digest of this token.
    #[must_use]
    pub fn of(token: &[u8]) -> Self {
        Self(Sha256::digest(token).into())
    }

    /// What may be stored to know it again: nobody can guess the token from it without the key.
    /// None for a key that HMAC refuses, which it never does.
    #[must_use]
    pub fn mark(&self, key: &[u8; 32]) -> Option<[u8; 16]> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key).ok()?;
        mac.update(b"luik-secret-mark-v1");
        mac.update(&self.0);
        let whole: [u8; 32] = mac.finalize().into_bytes().into();
        whole.first_chunk().copied()
    }

    /// Is it one of these? All of them are compared, so that the time taken tells neither place
    /// nor length of a difference.
    #[must_use]
    pub fn is_one_of<'d>(&self, known: impl IntoIterator<Item = &'d Self>) -> bool {
        let same = known.into_iter().map(|known| known.0.ct_eq(&self.0));
        same.fold(Choice::from(0), |found, same| found | same).into()
    }
}

impl fmt::Debug for TokenDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_of_several_tokens_is_good_and_nothing_else_is() {
        let known = [b"first-token".as_slice(), b"second-token"].map(TokenDigest::of);
        let good = |token: &str| TokenDigest::of(token.as_bytes()).is_one_of(&known);
        assert!(good("first-token") && good("second-token"));
        for bad in ["", "first", "first-token ", "third-token"] {
            assert!(!good(bad), "{bad:?}");
        }
        assert!(!TokenDigest::of(b"").is_one_of([]));
        assert_eq!(format!("{known:?}"), "[***, ***]");
        let [first, second] = known;
        assert_eq!(first.mark(&[1; 32]), first.mark(&[1; 32]));
        assert_ne!(first.mark(&[1; 32]), first.mark(&[2; 32]));
        assert_ne!(first.mark(&[1; 32]), second.mark(&[1; 32]));
    }
}
