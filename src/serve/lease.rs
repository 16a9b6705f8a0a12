//! Until when a partner may show what it holds (promise P6).

use axum::http::{HeaderName, HeaderValue};
use axum::response::Response;
use jiff::Timestamp;

use crate::partner::Partner;

use super::Tools;

/// The header that says so.
const VALID_UNTIL: &str = "luik-valid-until";

/// A lease from this moment; none while suspended or without an agreement in force.
pub(super) fn renewed(tools: &Tools, partner: &Partner) -> Option<Timestamp> {
    let until = partner.lease_from(tools.clock.now())?;
    show(tools, partner, until);
    Some(until)
}

/// The lease of a partner that is sent to is shown by who sends.
fn show(tools: &Tools, partner: &Partner, until: Timestamp) {
    if !partner.is_sent_to() {
        tools.metrics.lease(&partner.id, until);
    }
}

/// An answer, with a lease from this moment in its head.
pub(super) fn told(tools: &Tools, partner: &Partner, answer: Response) -> Response {
    with(answer, renewed(tools, partner))
}

/// An answer that ends the lease: show nothing from now on.
pub(super) fn over(tools: &Tools, partner: &Partner, answer: Response) -> Response {
    let now = Timestamp::from_second(tools.clock.now().as_second()).ok();
    now.into_iter().for_each(|now| show(tools, partner, now));
    with(answer, now)
}

fn with(mut answer: Response, until: Option<Timestamp>) -> Response {
    let until = until.and_then(|until| HeaderValue::try_from(until.to_string()).ok());
    let named = until.map(|until| (HeaderName::from_static(VALID_UNTIL), until));
    answer.headers_mut().extend(named);
    answer
}
