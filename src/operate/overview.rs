//! Where one partner stands: for the operator, the commands and the certificate of an ended
//! agreement.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::journal::{self, Channel, Journal, Lane};
use crate::partner::{Partner, Status};

/// Things done to a partner that are shown.
const ACTIONS_MAX: usize = 20;

/// Where one partner stands. Holds no value of a row.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Overview {
    /// Its id.
    pub partner: String,
    /// Its legal name.
    pub name: String,
    /// `draft`, `active`, `paused`, `suspended` or `ended`.
    pub status: String,
    /// The endpoint answered 410.
    pub gone: bool,
    /// The parties' own reference.
    pub reference: String,
    /// Hash of the agreement.
    pub agreement: String,
    /// Publishes that wait to be pushed.
    pub backlog: u32,
    /// Removals that are not accepted, confirmed or fetched yet.
    pub removals_open: u32,
    /// Since when the oldest of them is owed.
    pub oldest_open: Option<Timestamp>,
    /// It may hold something, or a retraction is open.
    pub may_hold: bool,
    /// Until when it may show what it holds.
    pub lease_valid_until: Option<Timestamp>,
    /// The latest evidence of each sort, the weakest first.
    pub evidence: Vec<Evidence>,
    /// What people did to it, the last thing first.
    pub actions: Vec<Done>,
}

/// Evidence of one sort.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Evidence {
    /// `accepted`, `confirmed`, `reconciled` or `verified`.
    pub rung: String,
    /// Up to which change number.
    pub up_to: u64,
    /// When it was found last.
    pub at: Timestamp,
}

/// Something that was done.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// Its number in the ledger.
    pub action: u64,
    /// When.
    pub at: Timestamp,
    /// What, in a word.
    pub deed: String,
    /// By whom, as given.
    pub by: String,
    /// Why, as given.
    pub reason: String,
}

impl Overview {
    /// Asks the journal.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn of(journal: &Journal, partner: &Partner) -> Result<Self, journal::Error> {
        let id = &partner.id;
        let standing = journal.standing(id).await?;
        let (mut open, mut oldest, mut may_hold) = (0_u32, None, false);
        for channel in Channel::ALL {
            let backlog = journal.backlog(id, *channel, Lane::Remove).await?;
            open = open.saturating_add(backlog.items);
            oldest = oldest.into_iter().chain(backlog.oldest).min();
            may_hold = may_hold || journal.may_hold_anything(id, *channel).await?;
        }
        let backlog = if partner.is_sent_to() {
            journal.backlog(id, Channel::Push, Lane::Publish).await?.items
        } else {
            0
        };
        let evidence = journal.proven(id).await?.into_iter().map(|proven| Evidence {
            rung: proven.rung.as_str().to_owned(),
            up_to: proven.up_to.get(),
            at: proven.at,
        });
        let actions = journal.actions(id, ACTIONS_MAX).await?.into_iter().map(|action| Done {
            action: action.num,
            at: action.at,
            deed: action.deed.as_str().to_owned(),
            by: action.cause.person,
            reason: action.cause.reason,
        });
        Ok(Self {
            partner: id.to_string(),
            name: partner.name.clone(),
            status: status(partner.status, standing.paused).to_owned(),
            gone: standing.gone,
            reference: partner.agreement.reference.clone(),
            agreement: partner.agreement.hash.clone(),
            backlog,
            removals_open: open,
            oldest_open: oldest,
            may_hold,
            lease_valid_until: standing.lease,
            evidence: evidence.collect(),
            actions: actions.collect(),
        })
    }
}

fn status(status: Status, paused: bool) -> &'static str {
    match status {
        Status::Draft => "draft",
        Status::Active if paused => "paused",
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Ended => "ended",
    }
}
