//! Where a partner stands, and how it gets on.

use jiff::Timestamp;

use crate::ledger::Terms;
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
    /// What was agreed, for the ledger; entered when the hash is another than before.
    pub terms: Option<Box<Terms>>,
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
    /// How far a document may have reached, such as Atom; never beyond the pull mark.
    pub feed_mark: Sequence,
    /// See [`Flag::Paused`].
    pub paused: bool,
    /// See [`Flag::Gone`].
    pub gone: bool,
    /// See [`Flag::Skipped`].
    pub skipped: bool,
    /// See [`Flag::Repeat`].
    pub repeat: bool,
    /// Until when the partner may show what it holds, by the last lease that it accepted.
    pub lease: Option<Timestamp>,
    /// Since when it tells that it holds something else than it should; none while it does not.
    pub differs: Option<Timestamp>,
    /// When it last pulled from the beginning; a later time within a day of it is not noted.
    pub began: Option<Timestamp>,
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
    /// What it says that it holds agrees with what it should hold.
    Reconciled,
    /// Its own page no longer shows what was removed.
    Verified,
}

impl Rung {
    const ALL: [Self; 4] = [Self::Accepted, Self::Confirmed, Self::Reconciled, Self::Verified];

    /// The number in the journal.
    pub(super) fn number(self) -> u8 {
        match self {
            Self::Accepted => 1,
            Self::Confirmed => 2,
            Self::Reconciled => 3,
            Self::Verified => 4,
        }
    }

    pub(super) fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|rung| rung.number() == number)
    }

    /// The word on statements.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Confirmed => "confirmed",
            Self::Reconciled => "reconciled",
            Self::Verified => "verified",
        }
    }
}

/// Evidence about everything up to a position, from outside the lanes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Proof {
    /// Whose.
    pub partner: PartnerId,
    /// Everything up to here.
    pub up_to: Sequence,
    /// Items that were compared or looked for.
    pub items: u32,
    /// Which evidence.
    pub rung: Rung,
}

/// The latest evidence of one sort.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Proven {
    /// Which evidence.
    pub rung: Rung,
    /// Up to where it reaches.
    pub up_to: Sequence,
    /// When it was found last.
    pub at: Timestamp,
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
    /// Every removal is to be sent once more.
    Repeat,
}

/// What waits in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Items, counted up to 100,000.
    pub items: u32,
    /// When the oldest removal among them was stored.
    pub oldest: Option<Timestamp>,
}
