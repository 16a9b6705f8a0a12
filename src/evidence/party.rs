//! Who a partner is, as a statement names it.

use jiff::Timestamp;
use serde::Serialize;

use crate::journal::{self, Journal};
use crate::ledger::{Entry, Line, Terms, What};
use crate::model::{PartnerId, Region};
use crate::partner::Partners;

/// A partner by its legal name and agreement. Without a file, and without terms on record, only
/// its id is known.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Party {
    /// Its id.
    pub partner: String,
    /// Legal name.
    pub name: Option<String>,
    /// `independent-controller`, `joint-controller` or `processor`.
    pub role: Option<String>,
    /// The parties' own reference.
    pub reference: Option<String>,
    /// Who answers for personal data, by the partner's file as it is now.
    pub privacy: Option<String>,
}

/// Most terms of one partner that are told.
const TERMS_MAX: usize = 1_000;

/// Terms as they were entered in the ledger: when, and under which hash.
#[derive(Debug, Clone)]
pub(super) struct Agreed {
    pub(super) at: Timestamp,
    pub(super) agreement: String,
    pub(super) terms: Terms,
}

/// All terms that are on record with this partner, the first first.
pub(super) async fn agreed(
    journal: Option<&Journal>,
    id: &PartnerId,
) -> Result<Vec<Agreed>, journal::Error> {
    let Some(journal) = journal else { return Ok(Vec::new()) };
    let lines = journal.entries(id.to_string(), What::Agreement, TERMS_MAX).await?;
    let of = |line: Line| {
        let Entry::Agreement { agreement, terms, .. } = line.entry else { return None };
        Some(Agreed { at: line.at, agreement, terms: *terms })
    };
    Ok(lines.into_iter().filter_map(of).collect())
}

impl Party {
    /// By the partner's file; where there is none, by the terms on record.
    pub(super) fn of(id: &PartnerId, partners: &Partners, recorded: Option<&Terms>) -> Self {
        let file = partners.get(id);
        let terms = file.map(|partner| Terms::of(partner));
        let terms = terms.as_ref().or(recorded);
        Self {
            partner: id.to_string(),
            name: terms.map(|terms| terms.name.clone()),
            role: terms.map(|terms| terms.role.clone()),
            reference: terms.map(|terms| terms.reference.clone()),
            privacy: file.map(|partner| partner.contact.privacy.clone()),
        }
    }

    /// The legal name, or what else it is known by.
    pub(super) fn called(&self) -> &str {
        self.name.as_deref().unwrap_or(&self.partner)
    }
}

/// A region.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Place {
    /// CBS code.
    pub code: &'static str,
    /// Its name.
    pub name: &'static str,
}

impl From<Region> for Place {
    fn from(region: Region) -> Self {
        Self { code: region.code(), name: region.name() }
    }
}
