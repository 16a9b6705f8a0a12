//! The ledger (design §9): append-only, chained by hashes, signed; it holds who may have received
//! what, when, and on which evidence it is gone, and no value of a row (promise P7).
//!
//! # What makes it evident that something was changed
//! Each line is hashed onto the one before ([`Tip`]), and every few seconds the end of the chain is
//! signed ([`Checkpoint`], ed25519). Whoever has an export and the public key needs nothing else to
//! see that it holds ([`verify()`]). Whoever can write the state folder while the gateway is stopped,
//! or has the key, can have another history signed: every export from before gives that away, and
//! so does every hash in the log, where the gateway leaves one at each start, each hour and each stop.
//!
//! # What makes it forgettable
//! An item is named by a [`Reference`]: a keyed digest of its public id under a salt of its own that
//! lies outside the ledger. When the salt is destroyed, nobody can tell any more which item a line
//! was about, and the chain holds all the same.
//!
//! This module is pure: entries, chain, signatures, and the form of an export. The journal keeps it.

mod chain;
mod checkpoint;
mod entry;
mod export;
mod reference;
mod terms;
mod verify;

pub use chain::{Line, Tip};
pub use checkpoint::{Checkpoint, Signer, VerifyingKey};
pub use entry::{Entry, Receipt, What};
pub use export::Writer;
pub use reference::{Reference, SALT_BYTES, Salt};
pub use terms::Terms;
pub use verify::{Fault, Verified, Verifier, verify};
