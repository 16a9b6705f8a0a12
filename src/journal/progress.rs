//! Where a partner stands, and how it gets on.

use jiff::Timestamp;

use crate::model::{PartnerId, Sequence};
use crate::partner::Scope;

/// What an agreement gives a partner now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Who.
    pub partner: PartnerId,
    /// What it may have today; nothing while no agreement is in force.
    pub scope: Scope,
    /// Hash of the agreement in force.
    pub agreement: String,
}

/// Where a partner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Publishes accepted up to here.
    pub publish: Sequence,
    /// Removals accepted up to here.
    pub remove: Sequence,
    /// The pull cursor.
    pub pull: Sequence,
    /// How far a push may have reached.
    pub push_mark: Sequence,
    /// How far an answer to a pull may have reached.
    pub pull_mark: Sequence,
    /// See [`Flag::Paused`].
    pub paused: bool,
    /// See [`Flag::Gone`].
    pub gone: bool,
    /// See [`Flag::Skipped`].
    pub skipped: bool,
}

/// One of a partner's cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cursor {
    /// Publishes accepted up to here.
    Publish,
    /// Removals accepted up to here.
    Remove,
    /// The partner asked for what comes after this.
    Pull,
}

/// How sure we are (promise P7); never overclaimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// 2xx.
    Accepted,
    /// The partner's answer named the items, or its cursor passed them.
    Confirmed,
}

/// A step of a cursor, with its receipt when it covered items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// Whose cursor.
    pub partner: PartnerId,
    /// Which cursor.
    pub cursor: Cursor,
    /// Where it stands now; a step back is ignored.
    pub to: Sequence,
    /// Items covered; no receipt is written for 0.
    pub items: u32,
    /// On which evidence.
    pub rung: Rung,
}

/// Something about a partner that outlives restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Publishes were stopped by command.
    Paused,
    /// The endpoint answered 410.
    Gone,
    /// Publishes were held back while the pull cursor went on.
    Skipped,
}

/// What waits in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Items, counted up to 100,000.
    pub items: u32,
    /// When the oldest removal among them was stored.
    pub oldest: Option<Timestamp>,
}
