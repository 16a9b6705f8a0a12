//! Values of the contract view: which type of column is read how, and one value at a time, so
//! that an odd value withholds its row and nothing else.

use jiff::Timestamp;
use tokio_postgres::Row;
use tokio_postgres::types::{FromSql, Type};

use crate::minimise::{Column, Value};

use super::name::quoted;

/// Longest text that is read, in characters; a longer one is odd.
const TEXT_MAX: usize = 262_144;
/// Microseconds from 1970 to 2000, where the core's instants start.
pub(super) const EPOCH_MICROS: i64 = 946_684_800_000_000;

/// How a column is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Text,
    Bool,
    Time,
    List,
    /// Its type is none that the contract allows: it is not read at all.
    Odd,
}

impl Form {
    /// The form of a contract column. `category` is the catalogue's, `base` the name of the type
    /// below a domain, `element` the category of a list's elements.
    pub(super) fn of(column: Column, category: &str, base: &str, element: &str) -> Self {
        let text = matches!(category, "S" | "E" | "N") || base == "uuid";
        let (fits, form) = match column {
            Column::PublishedAt | Column::ExpiresAt => {
                (base == "timestamp with time zone", Self::Time)
            }
            Column::Share | Column::Approved | Column::OfAge => (base == "boolean", Self::Bool),
            Column::Withhold => (category == "A" && element == "S", Self::List),
            Column::Id
            | Column::AuthorId
            | Column::Kind
            | Column::FirstName
            | Column::RegionCode
            | Column::RegionName
            | Column::Title
            | Column::Body
            | Column::Language
            | Column::Url
            | Column::Visibility => (text, Self::Text),
        };
        if fits { form } else { Self::Odd }
    }

    /// The column in the list of a SELECT from `v`.
    pub(super) fn expression(self, column: Column) -> String {
        let name = quoted(column.name());
        match self {
            Self::Text if column == Column::Id => format!("v.{name}::text"),
            Self::Text => format!("left(v.{name}::text, {})", TEXT_MAX + 1),
            Self::Bool => format!("v.{name}::bool"),
            Self::Time => format!("v.{name}::timestamptz"),
            Self::List => format!("v.{name}::text[]"),
            Self::Odd => "NULL".to_owned(),
        }
    }

    /// Reads the value in this place of a row.
    pub(super) fn read(self, column: Column, row: &Row, place: usize) -> Value {
        match self {
            Self::Text => nullable(row, place, |text: String| {
                if text.len() > TEXT_MAX && text.chars().count() > TEXT_MAX {
                    Value::Odd
                } else {
                    Value::Text(text)
                }
            }),
            Self::Bool => nullable(row, place, Value::Bool),
            Self::Time => nullable(row, place, |Micros(micros)| instant(column, micros)),
            Self::List => nullable(row, place, |list: Vec<Option<String>>| {
                Value::List(list.into_iter().flatten().collect())
            }),
            Self::Odd => Value::Odd,
        }
    }
}

fn nullable<'a, T: FromSql<'a>>(row: &'a Row, place: usize, value: impl Fn(T) -> Value) -> Value {
    // The error would quote the value's type at most, but nobody needs it.
    match row.try_get::<_, Option<T>>(place) {
        Ok(Some(read)) => value(read),
        Ok(None) => Value::Null,
        Err(_) => Value::Odd,
    }
}

/// An item that expires at `infinity`, or later than calendars go, does not expire.
fn instant(column: Column, micros: i64) -> Value {
    let time = micros
        .checked_add(EPOCH_MICROS)
        .and_then(|micros| Timestamp::from_microsecond(micros).ok());
    match time {
        Some(time) => Value::Time(time),
        None if column == Column::ExpiresAt && micros > 0 => Value::Null,
        None => Value::Odd,
    }
}

/// An instant as the server sends it, `infinity` included.
struct Micros(i64);

impl<'a> FromSql<'a> for Micros {
    fn from_sql(_: &Type, raw: &'a [u8]) -> Result<Self, Box<dyn std::error::Error + Sync + Send>> {
        Ok(Self(i64::from_be_bytes(raw.try_into()?)))
    }

    fn accepts(kind: &Type) -> bool {
        *kind == Type::TIMESTAMPTZ
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_the_contract_are_read_and_others_are_odd() {
        for (column, category, base, element, form) in [
            (Column::Id, "S", "text", "", Form::Text),
            (Column::Id, "N", "bigint", "", Form::Text),
            (Column::AuthorId, "U", "uuid", "", Form::Text),
            (Column::Kind, "E", "item_kind", "", Form::Text),
            (Column::Title, "U", "bytea", "", Form::Odd),
            (Column::Title, "B", "boolean", "", Form::Odd),
            (Column::PublishedAt, "D", "timestamp with time zone", "", Form::Time),
            (Column::ExpiresAt, "D", "timestamp without time zone", "", Form::Odd),
            (Column::ExpiresAt, "D", "date", "", Form::Odd),
            (Column::Share, "B", "boolean", "", Form::Bool),
            (Column::Share, "S", "text", "", Form::Odd),
            (Column::Approved, "N", "integer", "", Form::Odd),
            (Column::Withhold, "A", "text[]", "S", Form::List),
            (Column::Withhold, "A", "integer[]", "N", Form::Odd),
            (Column::Withhold, "S", "text", "", Form::Odd),
        ] {
            assert_eq!(Form::of(column, category, base, element), form, "{column:?} {base}");
        }
    }

    #[test]
    fn instants_beyond_the_calendar_break_nothing() {
        let check = |column, micros, wanted: fn(&Value) -> bool| {
            assert!(wanted(&instant(column, micros)), "{column:?} {micros}");
        };
        check(
            Column::ExpiresAt,
            0,
            |v| matches!(v, Value::Time(t) if t.to_string() == "2000-01-01T00:00:00Z"),
        );
        check(Column::ExpiresAt, i64::MAX, |v| matches!(v, Value::Null));
        check(Column::ExpiresAt, i64::MIN, |v| matches!(v, Value::Odd));
        check(Column::PublishedAt, i64::MAX, |v| matches!(v, Value::Odd));
        check(Column::PublishedAt, i64::MIN, |v| matches!(v, Value::Odd));
    }
}
