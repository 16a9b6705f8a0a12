//! What both listeners share: connections with limits, TLS, callers and how often they may ask,
//! tokens, strict queries, refusals; and what every way out shares: a client with limits. Knows
//! no path and no partner.

mod bearer;
mod body;
mod caller;
mod client;
mod identify;
mod patience;
mod query;
mod rate;
mod refusal;
mod server;
mod shield;
mod sound;
mod tls;

pub use bearer::bearer;
pub use body::{long_body, small_body};
pub use caller::{Peer, caller};
pub use identify::identified;
pub use query::{no_query, one_key, pairs};
pub use rate::RateLimits;
pub use refusal::Refusal;
pub use server::{Limits, Listener, serve};
pub use shield::{in_time, set_missing, shield};
pub use tls::Tls;

pub(crate) use client::{Authorities, read_capped, wish};
