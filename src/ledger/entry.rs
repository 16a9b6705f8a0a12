//! What the ledger says.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::model::{PartnerId, Sequence};

use super::{Reference, Terms};

/// One thing that happened. Positions are change numbers of the journal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "lowercase", rename_all_fields = "camelCase")]
pub enum Entry {
    /// An item is shown from this position on, or in another state.
    #[serde(rename = "published")]
    Shown {
        /// Which.
        item: Reference,
        /// Where.
        position: u64,
    },
    /// It is not shown any more.
    Removed {
        /// Which.
        item: Reference,
        /// Where.
        position: u64,
    },
    /// An agreement is in force in these terms.
    Agreement {
        /// With whom.
        partner: String,
        /// Hash of the agreement.
        agreement: String,
        /// What was agreed.
        terms: Box<Terms>,
    },
    /// What a partner may have from this position on.
    Scope {
        /// Who.
        partner: String,
        /// Hash of the agreement.
        agreement: String,
        /// The position before.
        since: u64,
        /// How many positions were set aside for this partner alone.
        span: u64,
        /// Regions whose requests it may have, as codes; `*` for all.
        requests: String,
        /// Regions whose offers it may have.
        offers: String,
    },
    /// How far what was sent may have reached, at the latest by now.
    Sent {
        /// Who.
        partner: String,
        /// `push` or `pull`.
        channel: String,
        /// Up to this position.
        up_to: u64,
    },
    /// Evidence about a stretch of positions.
    Receipt(Receipt),
    /// The partner refused a single item, or still shows it: it is owed.
    Owed {
        /// Which.
        item: Reference,
        /// Who.
        partner: String,
        /// It was asked for by a letter.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        letter: bool,
    },
    /// That is over.
    Settled {
        /// Which.
        item: Reference,
        /// Who.
        partner: String,
        /// A person confirmed it by the link of a letter.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        letter: bool,
    },
    /// The partner tells that it holds something else than it should.
    Differs {
        /// Who.
        partner: String,
    },
    /// It tells the same again.
    Agrees {
        /// Who.
        partner: String,
    },
    /// The partner accepted a lease.
    Lease {
        /// Who.
        partner: String,
        /// Until when it may show what it holds.
        until: Timestamp,
    },
    /// A person did something.
    Deed {
        /// Its number.
        action: u64,
        /// What, in a word.
        deed: String,
        /// To whom; none when it concerns all.
        #[serde(skip_serializing_if = "Option::is_none")]
        partner: Option<String>,
        /// SHA-256 of who and why under a salt that is kept with them, in hex.
        said: String,
    },
    /// So many items can not be told any more: their salts were destroyed.
    Forgotten {
        /// How many.
        items: u64,
    },
}

/// Evidence about a stretch of positions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Receipt {
    /// Its number among receipts.
    pub receipt: u64,
    /// Whose.
    pub partner: String,
    /// `publish`, `remove`, `pull`, or `evidence` from outside the lanes.
    pub lane: String,
    /// Everything after this position.
    pub after: u64,
    /// Up to this one.
    pub up_to: u64,
    /// Items covered, compared or looked for.
    pub items: u64,
    /// `accepted`, `confirmed`, `reconciled` or `verified`.
    pub rung: String,
    /// When the first of it was found.
    pub first: Timestamp,
    /// When the last of it was found.
    pub last: Timestamp,
}

/// The sorts of entries, by the words of the ledger.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the sort of the entry of the same name")]
pub enum What {
    Published,
    Removed,
    Agreement,
    Scope,
    Sent,
    Receipt,
    Owed,
    Settled,
    Differs,
    Agrees,
    Lease,
    Deed,
    Forgotten,
}

impl What {
    /// The word in the ledger.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Published => "published",
            Self::Removed => "removed",
            Self::Agreement => "agreement",
            Self::Scope => "scope",
            Self::Sent => "sent",
            Self::Receipt => "receipt",
            Self::Owed => "owed",
            Self::Settled => "settled",
            Self::Differs => "differs",
            Self::Agrees => "agrees",
            Self::Lease => "lease",
            Self::Deed => "deed",
            Self::Forgotten => "forgotten",
        }
    }
}

impl Entry {
    /// Its sort.
    #[must_use]
    pub fn what(&self) -> What {
        match self {
            Self::Shown { .. } => What::Published,
            Self::Removed { .. } => What::Removed,
            Self::Agreement { .. } => What::Agreement,
            Self::Scope { .. } => What::Scope,
            Self::Sent { .. } => What::Sent,
            Self::Receipt(_) => What::Receipt,
            Self::Owed { .. } => What::Owed,
            Self::Settled { .. } => What::Settled,
            Self::Differs { .. } => What::Differs,
            Self::Agrees { .. } => What::Agrees,
            Self::Lease { .. } => What::Lease,
            Self::Deed { .. } => What::Deed,
            Self::Forgotten { .. } => What::Forgotten,
        }
    }

    /// Under which name it is looked up: the item's reference or the partner's id.
    #[must_use]
    pub fn subject(&self) -> Option<String> {
        match self {
            Self::Shown { item, .. }
            | Self::Removed { item, .. }
            | Self::Owed { item, .. }
            | Self::Settled { item, .. } => Some(item.to_string()),
            Self::Agreement { partner, .. }
            | Self::Scope { partner, .. }
            | Self::Sent { partner, .. }
            | Self::Differs { partner }
            | Self::Agrees { partner }
            | Self::Lease { partner, .. } => Some(partner.clone()),
            Self::Receipt(receipt) => Some(receipt.partner.clone()),
            Self::Deed { partner, .. } => partner.clone(),
            Self::Forgotten { .. } => None,
        }
    }

    /// An item is shown.
    #[must_use]
    pub fn published(item: Reference, position: Sequence) -> Self {
        Self::Shown { item, position: position.get() }
    }

    /// A lease was accepted.
    #[must_use]
    pub fn lease(partner: &PartnerId, until: Timestamp) -> Self {
        Self::Lease { partner: partner.to_string(), until }
    }
}
