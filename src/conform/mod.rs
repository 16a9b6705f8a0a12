//! Conformance of a partner's receiver: what the design asks of it, tried from outside.
//!
//! The receiver is a stranger: its status codes, the digest in its answers and its page are all
//! that is seen. A point that none of these shows is told as unseen, never as passed. Everything
//! that is sent is plainly a test, and is taken back at the end.

mod course;
mod item;
mod point;
mod report;
mod sight;
mod talk;

use url::Url;

use crate::clock::Clock;
use crate::partner::Partner;

pub use point::{Outcome, Point};
pub use report::{Report, Row};

/// Why a run could not begin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// There is nothing to send to.
    #[error("the partner has no [push]")]
    NoPush,
    /// Nothing can be signed.
    #[error("the partner has no usable push secret")]
    NoSecret,
    /// No HTTP client.
    #[error("TLS could not be set up")]
    Client,
}

/// Tries every point against this partner's receiver, and takes back what it sent.
///
/// # Errors
/// When nothing can be sent at all.
pub async fn run(
    partner: &Partner,
    public_url: &Url,
    page: Option<Url>,
    clock: &Clock,
) -> Result<Report, Error> {
    let talk = talk::Talk::new(partner, public_url, page, clock)?;
    let began = clock.now();
    let rows = course::Course::new(&talk).run().await;
    Ok(Report { partner: partner.id.clone(), name: partner.name.clone(), began, rows })
}
