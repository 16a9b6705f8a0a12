//! Signatures (ed25519, RFC 8032) over the end of the chain.

use std::fmt;
use std::str::FromStr;

use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::Tip;

/// What a signature of a checkpoint is about, so that no other signature can stand for it.
const CHECKPOINT: &str = "luik-ledger-checkpoint-v1";
/// Bytes of a public key.
const KEY_BYTES: usize = 32;

/// The gateway's ledger key.
pub struct Signer(Ed25519KeyPair);

/// The public half: what an export is checked with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey([u8; KEY_BYTES]);

/// The end of the chain at some time, signed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// Number of the latest line.
    pub checkpoint: u64,
    /// When it was signed.
    pub at: Timestamp,
    /// The chain's hash, as 64 hex digits.
    pub hash: String,
    /// The signature, as 128 hex digits.
    pub signature: String,
}

impl Signer {
    /// From the seed in the file of the ledger key; none for a seed that is no key.
    #[must_use]
    pub fn new(seed: &[u8; 32]) -> Option<Self> {
        Ed25519KeyPair::from_seed_unchecked(seed).ok().map(Self)
    }

    /// Its public half.
    #[must_use]
    pub fn key(&self) -> VerifyingKey {
        let mut key = [0; KEY_BYTES];
        for (to, from) in key.iter_mut().zip(self.0.public_key().as_ref()) {
            *to = *from;
        }
        VerifyingKey(key)
    }

    /// Signs the end of the chain.
    #[must_use]
    pub fn checkpoint(&self, tip: Tip, at: Timestamp) -> Checkpoint {
        let (checkpoint, hash) = (tip.num, HEXLOWER.encode(&tip.hash));
        let signature = self.sign(&statement(checkpoint, at, &hash));
        Checkpoint { checkpoint, at, hash, signature }
    }

    pub(super) fn sign(&self, message: &str) -> String {
        HEXLOWER.encode(self.0.sign(message.as_bytes()).as_ref())
    }
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl VerifyingKey {
    pub(super) fn is_behind(&self, signature: &str, message: &str) -> bool {
        let Ok(signature) = HEXLOWER.decode(signature.as_bytes()) else { return false };
        UnparsedPublicKey::new(&ED25519, self.0).verify(message.as_bytes(), &signature).is_ok()
    }
}

impl fmt::Display for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&HEXLOWER.encode(&self.0))
    }
}

impl FromStr for VerifyingKey {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let bytes = HEXLOWER.decode(text.as_bytes()).ok().and_then(|bytes| bytes.try_into().ok());
        bytes.map(Self).ok_or("must be a public key: 64 hex digits, as luik audit prints it")
    }
}

impl Checkpoint {
    /// Was this end of the chain signed with this key?
    #[must_use]
    pub fn is_of(&self, key: &VerifyingKey) -> bool {
        key.is_behind(&self.signature, &statement(self.checkpoint, self.at, &self.hash))
    }

    /// The end of the chain that it is about; none if it is not well formed.
    #[must_use]
    pub fn tip(&self) -> Option<Tip> {
        let hash = HEXLOWER.decode(self.hash.as_bytes()).ok()?.try_into().ok()?;
        Some(Tip { num: self.checkpoint, hash })
    }
}

fn statement(num: u64, at: Timestamp, hash: &str) -> String {
    format!("{CHECKPOINT}\n{num}\n{at}\n{hash}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checkpoint_holds_for_its_own_words_and_key_alone() {
        let (ours, other) = (Signer::new(&[1; 32]).unwrap(), Signer::new(&[2; 32]).unwrap());
        let at = Timestamp::from_second(1_764_000_000).unwrap();
        let good = ours.checkpoint(Tip::default().followed_by("a"), at);
        assert!(good.is_of(&ours.key()));
        assert!(!good.is_of(&other.key()));
        for bad in [
            Checkpoint { checkpoint: 2, ..good.clone() },
            Checkpoint { at: Timestamp::UNIX_EPOCH, ..good.clone() },
            Checkpoint { hash: good.hash.replace('a', "b"), ..good.clone() },
            Checkpoint { signature: String::new(), ..good.clone() },
        ] {
            assert!(!bad.is_of(&ours.key()), "{bad:?}");
        }
        assert_eq!(ours.key().to_string().parse(), Ok(ours.key()));
        // RFC 8032 §7.1, test 1: the seed's public half.
        let seed = "9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60";
        let seed = HEXLOWER.decode(seed.as_bytes()).unwrap().try_into().unwrap();
        let key = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
        assert_eq!(Signer::new(&seed).unwrap().key().to_string(), key);
    }
}
