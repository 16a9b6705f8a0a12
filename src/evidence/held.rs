//! What a partner held at a moment, at most (GDPR articles 33 and 34).

use jiff::Timestamp;
use serde::Serialize;

use super::Made;
use super::party::{Party, Place};
use super::terms::Terms;

/// What a partner may have held at a moment. Whatever is in doubt counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Held {
    /// When and over what it was made.
    pub made: Made,
    /// The moment.
    pub at: Timestamp,
    /// Who.
    #[serde(flatten)]
    pub party: Party,
    /// Hash of the agreement that was in force then, if the partner had one.
    pub agreement: Option<String>,
    /// Its terms, if they are on record.
    pub terms: Option<Terms>,
    /// Until when the partner might show what it held, by the lease it had accepted then.
    pub lease_until: Option<Timestamp>,
    /// Fields of each item, as they are called on the wire.
    pub fields: Vec<&'static str>,
    /// How many, by kind and region.
    pub counts: Vec<Count>,
    /// How many, by what that rests on.
    pub rests: Rests,
    /// All of them, in the order in which the gateway first saw them.
    pub items: Vec<HeldItem>,
}

/// Items of one kind in one region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct Count {
    /// `request` or `offer`.
    pub kind: &'static str,
    /// Where.
    pub region: Place,
    /// How many.
    pub items: usize,
}

/// On what the answer rests. The three add up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Rests {
    /// The partner had accepted or fetched everything up to and beyond where it came in.
    pub accepted: usize,
    /// It may have been sent, and no acceptance was on record then.
    pub may_be_sent: usize,
    /// It had been taken away, and no evidence was on record then that it was gone there.
    pub not_proven_gone: usize,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HeldItem {
    /// The public id; none if it was forgotten.
    pub item: Option<String>,
    /// `request` or `offer`.
    pub kind: &'static str,
    /// Where it was then.
    pub region: Place,
    /// On what it rests: `accepted`, `mayBeSent` or `notProvenGone`.
    pub rests: &'static str,
}
