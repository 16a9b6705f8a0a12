//! What people do to the gateway, each with a reason (promise P7).

use jiff::Timestamp;

use crate::minimise::AuthorKey;
use crate::model::{PartnerId, PublicId, Sequence};

use super::Channel;

/// Longest reason that is kept, in characters.
pub(super) const REASON_MAX: usize = 500;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deed {
    /// Publishes to a partner were stopped.
    Pause,
    /// They go on.
    Resume,
    /// A partner gets everything anew.
    Resync,
    /// The file says that publishes stop and leases run out.
    Suspend,
    /// The file takes that back.
    Reinstate,
    /// An agreement was ended.
    End,
    /// Obligations of a partner were closed by a person instead of by evidence.
    Close,
    /// An item was taken away and blocked.
    RetractItem,
    /// All items of an author were taken away and blocked.
    RetractAuthor,
    /// A partner was sent a message that asks for nothing.
    Test,
}

impl Deed {
    /// All of them.
    pub const ALL: [Self; 10] = [
        Self::Pause,
        Self::Resume,
        Self::Resync,
        Self::Suspend,
        Self::Reinstate,
        Self::End,
        Self::Close,
        Self::RetractItem,
        Self::RetractAuthor,
        Self::Test,
    ];

    /// The word in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Resume => "resume",
            Self::Resync => "resync",
            Self::Suspend => "suspend",
            Self::Reinstate => "reinstate",
            Self::End => "end",
            Self::Close => "close",
            Self::RetractItem => "retract-item",
            Self::RetractAuthor => "retract-author",
            Self::Test => "test",
        }
    }
}

/// Who does something, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cause {
    /// A name, as given.
    pub person: String,
    /// In words; no personal data of the people behind items belongs here.
    pub reason: String,
}

/// Something that was done, as the ledger keeps it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// Its number.
    pub num: u64,
    /// When.
    pub at: Timestamp,
    /// What.
    pub deed: Deed,
    /// To which partner; none when it concerns all.
    pub partner: Option<PartnerId>,
    /// Who and why.
    pub cause: Cause,
    /// The latest position after it.
    pub head: Sequence,
}

/// What is blocked: it is never shown again, whatever the core says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Block {
    /// One item.
    Item(PublicId),
    /// Everything of one person, also what is placed later.
    Author(AuthorKey),
}

/// What an emergency removal did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retracted {
    /// Its number in the ledger; its progress is asked for by it.
    pub action: u64,
    /// Items that it concerns and that are known.
    pub items: u32,
}

/// How far one partner is with the removal of some items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Owed {
    /// Who.
    pub partner: PartnerId,
    /// By which way it may have got them.
    pub channel: Channel,
    /// Items that it may hold or have held.
    pub items: u32,
    /// Those whose removal it has not accepted yet.
    pub open: u32,
}
