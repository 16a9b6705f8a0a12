//! Rows for the register of processing activities (GDPR article 30(1)).

use serde::Serialize;

use super::Made;
use super::party::Party;

/// What the gateway does with personal data. The sentences are in the words of a language.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Processing {
    /// When and over what it was made.
    pub made: Made,
    /// Fields that leave, as they are called on the wire.
    pub leaves: Vec<FieldRow>,
    /// Columns that are used inside and never leave.
    pub inside: Vec<FieldRow>,
    /// Who receives now, or may still hold items.
    pub recipients: Vec<RecipientRow>,
    /// Countries where copies are stored (ISO 3166-1); all in the EEA.
    pub countries: Vec<String>,
    /// How long what is kept.
    pub retention: Retention,
}

/// A column of the contract view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct FieldRow {
    /// The column in the core.
    pub column: &'static str,
    /// Its name on the wire, if it leaves.
    #[serde(rename = "as")]
    pub name: Option<&'static str>,
}

/// A recipient.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RecipientRow {
    /// Who.
    #[serde(flatten)]
    pub party: Party,
    /// What sort of organisation.
    pub kind: String,
    /// Where copies are stored.
    pub countries: Vec<String>,
    /// By which ways it receives.
    pub ways: Vec<String>,
}

/// How long what is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Retention {
    /// Seconds after a removal within which the gateway itself keeps no text.
    pub texts_seconds: u32,
    /// Days for which the public id of a removed item is kept, at least.
    pub removals_days: u32,
    /// Days for which receipts and the ledger are kept; none while they are kept for good.
    pub ledger_days: Option<u32>,
}
