//! Until when a partner may show what it holds (promise P6).

use axum::http::HeaderValue;
use axum::response::Response;
use jiff::Timestamp;

use crate::partner::Partner;

use super::Tools;

/// The header that says so.
const VALID_UNTIL: &str = "luik-valid-until";

/// A lease from this moment; none while suspended or without an agreement in force.
pub(super) fn renewed(tools: &Tools, partner: &Partner) -> Option<Timestamp> {
    let until = partner.lease_from(tools.clock.now())?;
    if partner.push.is_none() {
        tools.metrics.lease(&partner.id, until);
    }
    Some(until)
}

/// An answer, with a lease from this moment in its head.
pub(super) fn told(tools: &Tools, partner: &Partner, mut answer: Response) -> Response {
    let until = renewed(tools, partner).and_then(|until| until.to_string().try_into().ok());
    answer.headers_mut().extend(
        until.map(|until: HeaderValue| (axum::http::HeaderName::from_static(VALID_UNTIL), until)),
    );
    answer
}
