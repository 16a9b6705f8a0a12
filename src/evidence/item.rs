//! Who received an item, and how far it is taken back (GDPR articles 15, 17 and 19).

use jiff::Timestamp;
use serde::Serialize;

use super::party::{Party, Place};
use super::{Made, Limit};

/// Recipients of one item, and the proof of its removal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ItemStatement {
    /// When and over what it was made.
    pub made: Made,
    /// The public id.
    pub item: String,
    /// What is known of it.
    pub state: State,
    /// `request` or `offer`.
    pub kind: Option<&'static str>,
    /// Where it was last.
    pub region: Option<Place>,
    /// When the gateway took it away; none while it is shown.
    pub removed: Option<Timestamp>,
    /// By command rather than by the core: who and why.
    pub by_command: Option<Done>,
    /// Fields that left, as they are called on the wire.
    pub fields: Vec<&'static str>,
    /// Who may hold it, or may have held it.
    pub recipients: Vec<Recipient>,
    /// On whose pages it may have been shown by the gateway itself; they never held it.
    pub shown: Vec<Party>,
    /// Recipients from whom it is still to be taken back.
    pub open: usize,
}

/// What is known of an item.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum State {
    /// Nothing is on record: it never left, or it was forgotten after the time that is kept.
    Unknown,
    /// It is known, and never was sent to anybody.
    NeverLeft,
    /// It is shown now.
    Shown,
    /// It was taken away.
    Removed,
}

/// One recipient, by one connection.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Recipient {
    /// Who.
    #[serde(flatten)]
    pub party: Party,
    /// By which ways.
    pub ways: Vec<Way>,
    /// From when until when it may have been sent.
    pub periods: Vec<Period>,
    /// The surest evidence that it arrived.
    pub received: Witness,
    /// How far it is taken back; none while it may be shown there.
    pub removal: Option<Removal>,
    /// Until when the partner may show what it holds, by the last lease that it accepted.
    pub lease_until: Option<Timestamp>,
}

/// By which way items reach a partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Way {
    /// Sent to its endpoint.
    Push,
    /// Fetched with a token.
    Pull,
    /// Fetched as Atom or JSON Feed.
    Feed,
}

/// A stretch in which the item was there for the partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Period {
    /// Change number from which it was.
    pub from: u64,
    /// When that was, if it is on record.
    pub since: Option<Timestamp>,
    /// Change number at which it was to be taken back; none while it is there.
    pub to: Option<u64>,
    /// When that was, if it is on record.
    pub until: Option<Timestamp>,
}

/// Evidence, and when it was there at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Witness {
    /// `sent`, `accepted`, `confirmed`, `reconciled` or `verified`.
    pub rung: &'static str,
    /// When, if it is on record.
    pub at: Option<Timestamp>,
}

/// How far an item is taken back from a recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Removal {
    /// What can be said now.
    pub outcome: Outcome,
    /// Since when it is owed, if that is on record.
    pub owed_since: Option<Timestamp>,
    /// Within how many seconds the partner promised to take items away.
    pub promise_seconds: Option<u64>,
    /// It is open for longer than that.
    pub late: bool,
    /// What is on record, the weakest first.
    pub evidence: Vec<Witness>,
    /// When the partner refused it, or was found to hold it although it had accepted.
    pub again: Vec<Timestamp>,
    /// Closed by a person instead of by evidence.
    pub closed: Option<Done>,
}

/// What can be said of a removal. Never more than what is on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// It waits to be accepted.
    Open,
    /// The partner refused it.
    Refused,
    /// The partner accepted it, and yet it is owed again: refused afterwards, or found there.
    FoundAgain,
    /// It is sent once more, as everything to this partner.
    SentAgain,
    /// It was accepted once more after it had been found, which proves nothing now.
    InDoubt,
    /// The partner answered that it took it.
    Accepted,
    /// The partner named the item, or asked for what comes after.
    Confirmed,
    /// What the partner says it holds agrees with what it should hold.
    Reconciled,
    /// Its own page was looked at and no longer shows it.
    Verified,
    /// A person closed it.
    Closed,
}

impl Outcome {
    /// Is there still something to be done?
    #[must_use]
    pub fn is_open(self) -> bool {
        match self {
            Self::Open | Self::Refused | Self::FoundAgain | Self::SentAgain | Self::InDoubt => true,
            Self::Accepted
            | Self::Confirmed
            | Self::Reconciled
            | Self::Verified
            | Self::Closed => false,
        }
    }
}

pub use super::agreements::Done;
