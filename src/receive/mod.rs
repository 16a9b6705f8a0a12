//! A partner's side, as small as it can honestly be: take messages, hold what they say, show it,
//! and take it away again. Partners read this folder to learn; the demo runs it.
//!
//! Three rules make a partner correct, and each has its place here:
//!
//! 1. Trust nothing that is not signed ([`verify()`]).
//! 2. Apply only what is higher than what you hold, tombstones included ([`Holdings::apply`]).
//! 3. Show nothing once the lease has ended ([`Holdings::showing`]).

mod feed;
mod http;
mod page;
mod store;
mod take;
mod verify;
mod wire;

pub use feed::{Feed, NoClient, harvest};
pub use http::{Receiver, router, site};
pub use page::{Face, article, day};
pub use store::{ENTRIES_MAX, Entry, Full, Holdings, Store};
pub use take::carry_out;
pub use verify::{InvalidKey, Key, Refusal, Signed, verify};
pub use wire::{
    Answer, Asked, Card, Held, Holding, Item, Lease, Malformed, Message, RegionName, Rejected,
};
