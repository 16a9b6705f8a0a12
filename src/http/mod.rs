//! What both listeners share: connections with limits, tokens, strict queries, refusals; and what
//! every way out shares: a client with limits. Knows no path and no partner.

mod bearer;
mod client;
mod patience;
mod query;
mod refusal;
mod server;
mod shield;

pub use bearer::{bearer, is_one_of};
pub use query::{no_query, one_key};
pub use refusal::Refusal;
pub use server::{Limits, serve};
pub use shield::{set_missing, shield};

pub(crate) use client::{Authorities, read_capped, wish};
