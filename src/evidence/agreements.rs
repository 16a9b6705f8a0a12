//! The register of agreements, with every change (GDPR articles 5, 26 and 28).

use jiff::Timestamp;
use serde::Serialize;

use super::Made;
use super::party::Party;
use super::terms::Terms;

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
    pub status: Option<String>,
    /// The terms of today; none when the partner's file is gone and none are on record.
    pub terms: Option<Terms>,
    /// What changed, the first first.
    pub changes: Vec<Change>,
    /// What people did, the first first.
    pub deeds: Vec<Done>,
}

/// What a partner may have from a moment on.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Change {
    /// When it was noted.
    pub at: Timestamp,
    /// The change number after which it holds.
    pub position: u64,
    /// Hash of the agreement.
    pub agreement: String,
    /// Codes of the regions whose requests it may have; `*` for all.
    pub requests: Vec<String>,
    /// The same of offers.
    pub offers: Vec<String>,
    /// The terms under that hash, if they are on record.
    pub terms: Option<Terms>,
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
