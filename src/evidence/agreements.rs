//! The register of agreements, with every change (GDPR articles 5, 26 and 28).

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde::Serialize;

use crate::journal::{Action, Journal, Scoped};
use crate::ledger::Terms;
use crate::model::PartnerId;
use crate::partner::{Partners, Status};

use super::party::{self, Agreed, Party};
use super::{Error, Limit, Made};

/// All agreements.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreements {
    /// When and over what it was made.
    pub made: Made,
    /// In order of the partners' ids.
    pub agreements: Vec<Agreement>,
}

/// One partner's agreement.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Agreement {
    /// With whom.
    #[serde(flatten)]
    pub party: Party,
    /// `draft`, `active`, `paused`, `suspended` or `ended`; none when the partner's file is gone.
    pub status: Option<&'static str>,
    /// The terms of today; none when the partner's file is gone and none are on record.
    pub terms: Option<Terms>,
    /// What changed, the first first.
    pub changes: Vec<Change>,
    /// What people did, the first first.
    pub deeds: Vec<Done>,
}

/// A change of an agreement: other terms, or another scope because of them, of a day that came, or
/// of a command.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// When it was noted.
    pub at: Timestamp,
    /// Hash of the agreement.
    pub agreement: String,
    /// The terms from then on; none when only the scope changed.
    pub terms: Option<Terms>,
    /// What it may have from then on; none when only the terms changed.
    pub scope: Option<Scope>,
}

/// What a partner may have from a position on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Scope {
    /// The change number after which it holds.
    pub position: u64,
    /// Codes of the regions whose requests it may have; `*` for all.
    pub requests: Vec<String>,
    /// The same of offers.
    pub offers: Vec<String>,
}

/// Something that a person did, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Done {
    /// Its number in the ledger.
    pub action: u64,
    /// When.
    pub at: Timestamp,
    /// What, in a word.
    pub deed: &'static str,
    /// By whom, as given.
    pub by: String,
    /// Why, as given.
    pub reason: String,
}

impl From<&Action> for Done {
    fn from(action: &Action) -> Self {
        Self {
            action: action.num,
            at: action.at,
            deed: action.deed.as_str(),
            by: action.cause.person.clone(),
            reason: action.cause.reason.clone(),
        }
    }
}

/// The register of agreements: of every partner that has a file or ever had an agreement.
///
/// # Errors
/// When the journal can not be read.
pub async fn agreements(
    journal: impl Into<Option<&Journal>>,
    partners: &Partners,
    now: Timestamp,
) -> Result<Agreements, Error> {
    let journal = journal.into();
    let mut ids: BTreeSet<PartnerId> = partners.keys().cloned().collect();
    if let Some(journal) = journal {
        ids.extend(journal.enrolled().await?);
    }
    let mut agreements = Vec::with_capacity(ids.len());
    for id in ids {
        agreements.push(agreement(journal, partners, &id).await?);
    }
    let made = Made::new(journal, now, vec![Limit::FilesNow, Limit::Times]);
    Ok(Agreements { made, agreements })
}

async fn agreement(
    journal: Option<&Journal>,
    partners: &Partners,
    id: &PartnerId,
) -> Result<Agreement, Error> {
    let agreed = party::agreed(journal, id).await?;
    let file = partners.get(id);
    let terms = file.map(|file| Terms::of(file));
    let terms = terms.or_else(|| agreed.last().map(|agreed| agreed.terms.clone()));
    let (mut scopes, mut deeds, mut paused) = (Vec::new(), Vec::new(), false);
    if let Some(journal) = journal {
        scopes = journal.scopes(id).await?;
        deeds = journal.deeds(id).await?.iter().map(Done::from).collect();
        paused = journal.standing(id).await?.paused;
    }
    Ok(Agreement {
        party: Party::of(id, partners, terms.as_ref()),
        status: file.map(|file| status(file.status, paused)),
        terms,
        changes: changes(agreed, scopes),
        deeds,
    })
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

/// Terms and scopes in one order of time; those of one moment are one change.
fn changes(agreed: Vec<Agreed>, scopes: Vec<Scoped>) -> Vec<Change> {
    let of_terms = agreed.into_iter().map(|one| Change {
        at: one.at,
        agreement: one.agreement,
        terms: Some(one.terms),
        scope: None,
    });
    let of_scope = scopes.into_iter().map(|one| {
        let Scoped { at, since, agreement, requests, offers } = one;
        let scope = Some(Scope { position: since.get(), requests, offers });
        Change { at, agreement, terms: None, scope }
    });
    let mut all: Vec<Change> = of_terms.chain(of_scope).collect();
    all.sort_by_key(|change| change.at);
    let mut changes: Vec<Change> = Vec::with_capacity(all.len());
    for change in all {
        match changes.last_mut() {
            Some(last)
                if last.at == change.at && last.scope.is_none() && change.terms.is_none() =>
            {
                last.scope = change.scope;
            }
            _ => changes.push(change),
        }
    }
    changes
}
