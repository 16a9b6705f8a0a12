//! Who a partner is, as a statement names it.

use serde::Serialize;

use crate::model::{PartnerId, Region};
use crate::partner::Partners;

use super::terms::Terms;

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
