//! What an item says, read back from how the journal keeps it.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

/// `data` of the wire, as the journal keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Data {
    pub(super) first_name: Option<String>,
    pub(super) region: Place,
    pub(super) title: String,
    pub(super) text: String,
    pub(super) language: Option<String>,
    pub(super) published: Date,
    pub(super) expires: Option<Date>,
}

/// A region.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub(super) struct Place {
    pub(super) code: String,
    pub(super) name: String,
}

impl Data {
    /// None if it is not as it is kept.
    pub(super) fn parse(kept: &str) -> Option<Self> {
        serde_json::from_str(kept).ok()
    }

    /// The day of publishing, as the time that feeds want.
    pub(super) fn published_at(&self) -> String {
        format!("{}T00:00:00Z", self.published)
    }
}
