//! What the script is told: the items, and nothing that it does not show.

use jiff::civil::Date;
use serde::Serialize;

use crate::http::Refusal;
use crate::model::{Kind, Language};

use super::super::list::List;

pub(in crate::serve) const FORM: &str = "application/json";

#[derive(Serialize)]
struct Items<'l> {
    /// On all pages together.
    found: u64,
    /// Nothing may be shown for now.
    paused: bool,
    items: Vec<Item<'l>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Item<'l> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'l str>,
    region: &'l str,
    title: &'l str,
    text: &'l str,
    language: &'l str,
    published: Date,
    url: String,
}

/// A list as JSON.
pub(in crate::serve) fn write(list: &List<'_>) -> Result<String, Refusal> {
    let referral = list.referral();
    let items = list.cards.iter().map(|card| Item {
        kind: Kind::as_str(card.kind),
        first_name: card.data.first_name.as_deref(),
        region: &card.data.region.name,
        title: &card.data.title,
        text: &card.data.text,
        language: card.data.language.as_deref().unwrap_or(Language::Dutch.tag()),
        published: card.data.published,
        url: format!("{referral}/{}", card.id),
    });
    let items = items.collect();
    let told = Items { found: list.found.found, paused: list.is_withheld, items };
    serde_json::to_string(&told).map_err(|_| Refusal::Broken)
}
