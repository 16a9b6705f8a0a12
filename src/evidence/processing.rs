//! Rows for the register of processing activities (GDPR article 30(1)).

use std::collections::BTreeSet;
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;

use crate::journal::Journal;
use crate::ledger::Terms;
use crate::minimise::{Fate, Field, fields};
use crate::partner::{LEASE_MAX, Partners, Status};

use super::party::Party;
use super::{Limit, Made};

/// Within this time after a removal the gateway itself keeps no text (promise P8).
const TEXTS: Duration = Duration::from_secs(30);

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
    pub texts_seconds: u64,
    /// Days for which the public id of a removed item is kept, at least.
    pub removals_days: u64,
    /// Days for which receipts and the ledger are kept.
    pub ledger_days: u64,
}

/// What the gateway does with personal data, by its program and the partner files as they are.
/// `keep` is how long the ledger is kept.
#[must_use]
pub fn processing<'j>(
    journal: impl Into<Option<&'j Journal>>,
    partners: &Partners,
    keep: Duration,
    now: Timestamp,
) -> Processing {
    let (leaving, inside) = fields().partition::<Vec<Field>, _>(|field| leaves(field).is_some());
    let recipients: Vec<RecipientRow> = partners
        .values()
        .filter(|partner| partner.status != Status::Draft)
        .map(|partner| {
            let terms = Terms::of(partner);
            RecipientRow {
                party: Party::of(&partner.id, partners, None),
                kind: terms.kind,
                countries: terms.countries,
                ways: terms.ways,
            }
        })
        .collect();
    let countries: BTreeSet<&String> =
        recipients.iter().flat_map(|recipient| &recipient.countries).collect();
    let days = |time: Duration| time.as_secs() / (24 * 60 * 60);
    Processing {
        made: Made::new(journal.into(), now, vec![Limit::Grounds, Limit::FilesNow]),
        leaves: leaving.into_iter().map(FieldRow::from).collect(),
        inside: inside.into_iter().map(FieldRow::from).collect(),
        countries: countries.into_iter().cloned().collect(),
        recipients,
        retention: Retention {
            texts_seconds: TEXTS.as_secs(),
            removals_days: days(LEASE_MAX),
            ledger_days: days(keep),
        },
    }
}

fn leaves(field: &Field) -> Option<&'static str> {
    match field.fate {
        Fate::Leaves(place) => Some(place),
        Fate::Decides | Fate::Stays => None,
    }
}

impl From<Field> for FieldRow {
    fn from(field: Field) -> Self {
        Self { column: field.column.name(), name: leaves(&field) }
    }
}
