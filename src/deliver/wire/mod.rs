//! How one message gets to a partner, and what comes back.

mod answer;
mod client;
mod guard;
mod request;
mod sign;

pub(crate) use answer::{Answer, Reply};
#[cfg(test)]
pub(crate) use client::Network;
pub(crate) use client::{Client, Raw, Sent, Signed, Target};
pub(crate) use request::{Asked, HOLDINGS_MAX, Message, Origin, ids};
pub(crate) use sign::Keys;
