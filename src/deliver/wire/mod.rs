//! How one message gets to a partner, and what comes back.

mod answer;
mod client;
mod guard;
mod request;
mod sign;

pub use answer::{Answer, Reply};
pub use client::{Client, Target};
pub use request::{Message, Origin, ids};
