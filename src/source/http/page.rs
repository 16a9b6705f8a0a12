//! One page of an RPDE feed (versions 1.0 and 1.1): bytes in, items out. Pure.
//!
//! A page that breaks a rule is refused whole, and so removes nothing. A `data` that is not what it
//! should be is no such page: its item is withheld at the boundary, like a bad row of a view.
//!
//! Of `next` the query alone is used: the token goes to the configured address and nowhere else. A
//! gateway writes `next` under its public address and may be asked under an inner one, so the
//! host may differ; a path that differs is another feed, and refused.

use std::fmt;

use serde::Deserialize;
use serde::de::{Deserializer, IgnoredAny, SeqAccess, Visitor};
use serde_json::Value as Json;
use serde_json::value::RawValue;
use url::Url;

use crate::config::HttpShape;
use crate::minimise::{Column, CoreId, CoreRow, Value};

use super::super::json::key;
use super::item;

/// Most items on one page.
const ITEMS_MAX: usize = 10_000;
/// Largest `data` of one item, in bytes; the boundary reads much less of it.
const ITEM_BYTES_MAX: usize = 1 << 20;
/// Longest query of `next`, in bytes.
const QUERY_MAX: usize = 2_048;

/// Why a page can not be used. Quotes nothing of it.
pub(super) type Fault = &'static str;

/// A place in the feed: the query of a page's address; none for the first page.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cursor(Option<Box<str>>);

impl Cursor {
    /// The first page.
    pub(super) const START: Self = Self(None);

    /// The place with this query.
    pub(super) fn new(query: Option<&str>) -> Self {
        Self(query.filter(|query| !query.is_empty()).map(Box::from))
    }

    /// The query; none for the first page.
    pub(super) fn query(&self) -> Option<&str> {
        self.0.as_deref()
    }
}

/// A page.
#[derive(Debug)]
pub(super) struct Page {
    /// In order of `modified`.
    pub(super) items: Vec<Item>,
    /// Where the feed goes on.
    pub(super) next: Cursor,
}

impl Page {
    /// Is this, asked for at `here`, the last page for now? An empty page alone is not.
    pub(super) fn is_last(&self, here: &Cursor) -> bool {
        self.items.is_empty() && self.next == *here
    }

    /// The numbers of its first and last item.
    pub(super) fn span(&self) -> Option<(u64, u64)> {
        Some((self.items.first()?.modified, self.items.last()?.modified))
    }
}

/// What the feed says of one item.
#[derive(Debug)]
pub(super) struct Item {
    pub(super) id: CoreId,
    /// The change number or time stamp of RPDE; the higher is the later.
    pub(super) modified: u64,
    /// None when it is deleted.
    pub(super) row: Option<Row>,
}

/// What an item that is there has.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) row: CoreRow,
    pub(super) has: Has,
    /// Of its `data`.
    pub(super) bytes: usize,
}

/// Which columns of the contract are there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Has(u32);

impl Has {
    /// These columns.
    pub(super) fn of(columns: &[Column]) -> Self {
        let places = (0_u32..).zip(Column::ALL);
        let there = places.filter(|(_, column)| columns.contains(column));
        Self(there.fold(0, |bits, (place, _)| bits | 1 << place))
    }

    /// Is this column there?
    pub(super) fn contains(self, column: Column) -> bool {
        self.or(Self::of(&[column])) == self
    }

    /// What either of them has.
    pub(super) fn or(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The first column that is not there.
    pub(super) fn lacks(self) -> Option<&'static str> {
        let mut lacking = Column::ALL.into_iter().filter(|column| !self.contains(*column));
        lacking.next().map(Column::name)
    }
}

#[derive(Deserialize)]
struct Wire<'p> {
    version: Option<Json>,
    next: String,
    #[serde(borrow)]
    items: Items<'p>,
}

#[derive(Deserialize)]
struct WireItem<'p> {
    state: WireState,
    #[serde(default)]
    kind: Json,
    id: Json,
    modified: u64,
    #[serde(borrow)]
    data: Option<&'p RawValue>,
}

#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "lowercase")]
enum WireState {
    Updated,
    Deleted,
}

/// At most one item more than is allowed; the rest is skipped unread.
struct Items<'p>(Vec<WireItem<'p>>);

impl<'de: 'p, 'p> Deserialize<'de> for Items<'p> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_seq(ItemsVisitor).map(Self)
    }
}

struct ItemsVisitor;

impl<'de> Visitor<'de> for ItemsVisitor {
    type Value = Vec<WireItem<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of items")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut sequence: A) -> Result<Self::Value, A::Error> {
        let mut items = Vec::new();
        while items.len() <= ITEMS_MAX {
            let Some(item) = sequence.next_element()? else { return Ok(items) };
            items.push(item);
        }
        while sequence.next_element::<IgnoredAny>()?.is_some() {}
        Ok(items)
    }
}

/// Reads a page of the feed at `feed`.
///
/// # Errors
/// When it breaks a rule of RPDE or a limit.
pub(super) fn parse(bytes: &[u8], feed: &Url, shape: HttpShape) -> Result<Page, Fault> {
    let wire: Wire<'_> = serde_json::from_slice(bytes).map_err(|_| "a page is not RPDE")?;
    if !wire.version.as_ref().is_none_or(is_known) {
        return Err("a page is of another version than RPDE 1");
    }
    let next = cursor(&wire.next, feed)?;
    let wire = wire.items.0;
    if wire.len() > ITEMS_MAX {
        return Err("a page has too many items");
    }
    let items: Vec<Item> =
        wire.into_iter().map(|wire| read(wire, shape)).collect::<Result<_, _>>()?;
    if !items.is_sorted_by_key(|item| item.modified) {
        return Err("a page is not in the order of its change numbers");
    }
    Ok(Page { items, next })
}

/// RPDE 1.0 does not name its version.
fn is_known(version: &Json) -> bool {
    let text = match version {
        Json::String(text) => text.clone(),
        Json::Number(number) => number.to_string(),
        Json::Null => return true,
        Json::Bool(_) | Json::Array(_) | Json::Object(_) => return false,
    };
    text == "1" || text.starts_with("1.")
}

fn cursor(next: &str, feed: &Url) -> Result<Cursor, Fault> {
    let next = feed.join(next).map_err(|_| "next is not an address")?;
    if next.path() != feed.path() {
        return Err("next leads to another path than source.url");
    }
    if next.query().is_some_and(|query| query.len() > QUERY_MAX) {
        return Err("next is too long");
    }
    Ok(Cursor::new(next.query()))
}

fn read(wire: WireItem<'_>, shape: HttpShape) -> Result<Item, Fault> {
    let Value::Text(id) = key(&wire.id) else { return Err("an item has no id") };
    if id.is_empty() {
        return Err("an item has no id");
    }
    let id = CoreId::new(id);
    let row = match (wire.state, wire.data) {
        (WireState::Deleted, _) => None,
        (WireState::Updated, None) => return Err("an item that is there has no data"),
        (WireState::Updated, Some(data)) if data.get().len() > ITEM_BYTES_MAX => {
            return Err("an item is too large");
        }
        (WireState::Updated, Some(data)) => {
            let data = data.get();
            let (row, has) = match shape {
                HttpShape::Core => item::core(&id, data),
                HttpShape::Luik => (item::luik(&id, wire.kind, data), Has::of(&Column::ALL)),
            };
            Some(Row { row, has, bytes: data.len() })
        }
    };
    Ok(Item { id, modified: wire.modified, row })
}

#[cfg(test)]
mod tests;
