//! A row of the contract view (design §4): anyone may fill it, only this folder may read it.

use std::fmt;

use jiff::Timestamp;

/// The core's id of an item. Never leaves; prints as nothing.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CoreId(Box<str>);

impl CoreId {
    /// Wraps the core's id.
    #[must_use]
    pub fn new(id: impl Into<Box<str>>) -> Self {
        Self(id.into())
    }

    /// The id itself: for the source, which asks the core with it, and for the person at the
    /// terminal who named it. Never for a log, a journal or a partner.
    #[must_use]
    pub fn reveal_core_id(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for CoreId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CoreId(…)")
    }
}

/// A keyed digest of the core's id of a person: finds all items of one author, names nobody.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AuthorKey(pub [u8; 16]);

/// The columns of the contract view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Column {
    /// The core's id; never leaves.
    Id,
    /// The core's id of the person; never leaves.
    AuthorId,
    /// `request` or `offer`.
    Kind,
    /// The first name.
    FirstName,
    /// CBS code, no finer than a municipality.
    RegionCode,
    /// The core's name for the region; not read, the name comes from the CBS list.
    RegionName,
    /// Free text.
    Title,
    /// Free text.
    Body,
    /// BCP 47 tag, or null.
    Language,
    /// http(s) page where a visitor responds.
    Url,
    /// Null: not published.
    PublishedAt,
    /// Null: does not expire.
    ExpiresAt,
    /// The author agreed to sharing.
    Share,
    /// The local partner's approval; null where none is needed.
    Approved,
    /// `public`, `anonymous` or `members`.
    Visibility,
    /// The author is old enough.
    OfAge,
    /// Literals that may never appear in title or body.
    Withhold,
}

impl Column {
    /// Every column, in the order of the contract. A column's place here is its place in a row.
    pub const ALL: [Self; 17] = [
        Self::Id,
        Self::AuthorId,
        Self::Kind,
        Self::FirstName,
        Self::RegionCode,
        Self::RegionName,
        Self::Title,
        Self::Body,
        Self::Language,
        Self::Url,
        Self::PublishedAt,
        Self::ExpiresAt,
        Self::Share,
        Self::Approved,
        Self::Visibility,
        Self::OfAge,
        Self::Withhold,
    ];

    /// The column's name in the view.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::AuthorId => "author_id",
            Self::Kind => "kind",
            Self::FirstName => "first_name",
            Self::RegionCode => "region_code",
            Self::RegionName => "region_name",
            Self::Title => "title",
            Self::Body => "body",
            Self::Language => "language",
            Self::Url => "url",
            Self::PublishedAt => "published_at",
            Self::ExpiresAt => "expires_at",
            Self::Share => "share",
            Self::Approved => "approved",
            Self::Visibility => "visibility",
            Self::OfAge => "of_age",
            Self::Withhold => "withhold",
        }
    }

    /// The column with this name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|column| column.name() == name)
    }

    fn place(self) -> usize {
        Self::ALL.iter().position(|column| *column == self).unwrap_or(0)
    }
}

/// One value as a source read it.
#[derive(Default)]
pub enum Value {
    /// The source did not have the column.
    #[default]
    Missing,
    /// SQL null.
    Null,
    /// Text.
    Text(String),
    /// A truth value.
    Bool(bool),
    /// A point in time.
    Time(Timestamp),
    /// A list of texts.
    List(Vec<String>),
    /// Something that the column may not hold; the value itself is dropped at the source.
    Odd,
}

/// One row of the contract view: present state of one item.
///
/// There is no `Clone`, `Serialize` or `Display`, and `Debug` prints no value, so a row can not
/// be copied out or printed:
///
/// ```compile_fail,E0599
/// let row = luik::minimise::CoreRow::new(luik::minimise::CoreId::new("1"));
/// let copy = row.clone();
/// ```
///
/// ```compile_fail,E0277
/// let row = luik::minimise::CoreRow::new(luik::minimise::CoreId::new("1"));
/// let leak = format!("{row}");
/// ```
///
/// ```compile_fail,E0277
/// let row = luik::minimise::CoreRow::new(luik::minimise::CoreId::new("1"));
/// let leak = serde_json::to_string(&row);
/// ```
///
/// ```compile_fail,E0624
/// use luik::minimise::{Column, CoreId, CoreRow};
/// let row = CoreRow::new(CoreId::new("1"));
/// let leak = row.read(Column::Body);
/// ```
pub struct CoreRow {
    id: CoreId,
    canary: bool,
    values: [Value; Column::ALL.len()],
}

impl CoreRow {
    /// An empty row for this item: every column is missing.
    #[must_use]
    pub fn new(id: CoreId) -> Self {
        Self { id, canary: false, values: Default::default() }
    }

    /// An empty row of the gateway's own: no core can make one, and it shares no name with any.
    pub(super) fn of_canary(name: &str) -> Self {
        Self { canary: true, ..Self::new(CoreId::new(name)) }
    }

    /// Is this the gateway's own test item?
    pub(super) fn is_canary(&self) -> bool {
        self.canary
    }

    /// Fills a column; a second value replaces the first.
    pub fn set(&mut self, column: Column, value: Value) {
        if let Some(slot) = self.values.get_mut(column.place()) {
            *slot = value;
        }
    }

    /// Whose row this is.
    #[must_use]
    pub fn id(&self) -> &CoreId {
        &self.id
    }

    /// Reads a value: the privacy boundary alone may do so.
    pub(super) fn read(&self, column: Column) -> &Value {
        self.values.get(column.place()).unwrap_or(&Value::Missing)
    }
}

impl fmt::Debug for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Value(…)")
    }
}

impl fmt::Debug for CoreRow {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let filled = self.values.iter().filter(|value| !matches!(value, Value::Missing)).count();
        write!(f, "CoreRow({filled} columns)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_prints_no_value() {
        let mut row = CoreRow::new(CoreId::new("kanarie-1"));
        row.set(Column::Body, Value::Text("kanarie".to_owned()));
        assert_eq!(format!("{row:?}"), "CoreRow(1 columns)");
        assert_eq!(format!("{:?}", row.read(Column::Body)), "Value(…)");
        assert_eq!(format!("{:?}", row.id()), "CoreId(…)");
    }
}
