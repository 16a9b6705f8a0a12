//! Values of the contract view in SQLite, where any column may hold anything. Pure.

use rusqlite::types::ValueRef;
use serde_json::Value as Json;

use crate::minimise::{Column, Value};

/// Longest text that is read, in bytes; a longer one is odd.
const TEXT_BYTES_MAX: usize = 1 << 20;

/// Reads one value: what the column may not hold is odd.
pub(super) fn read(column: Column, value: ValueRef<'_>) -> Value {
    let text = match value {
        ValueRef::Null => return Value::Null,
        ValueRef::Integer(number) => return integer(column, number),
        ValueRef::Text(bytes) if bytes.len() <= TEXT_BYTES_MAX => std::str::from_utf8(bytes),
        ValueRef::Text(_) | ValueRef::Real(_) | ValueRef::Blob(_) => return Value::Odd,
    };
    let Ok(text) = text else {
        return Value::Odd;
    };
    match column {
        Column::PublishedAt | Column::ExpiresAt => text.parse().map_or(Value::Odd, Value::Time),
        Column::Share | Column::Approved | Column::OfAge => match text {
            "true" => Value::Bool(true),
            "false" => Value::Bool(false),
            _ => Value::Odd,
        },
        Column::Withhold => list(text).map_or(Value::Odd, Value::List),
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
        | Column::Visibility => Value::Text(text.to_owned()),
    }
}

fn integer(column: Column, number: i64) -> Value {
    match (column, number) {
        (Column::Share | Column::Approved | Column::OfAge, 0 | 1) => Value::Bool(number == 1),
        (Column::Id | Column::AuthorId, _) => Value::Text(number.to_string()),
        _ => Value::Odd,
    }
}

/// A JSON list of texts; nulls in it say nothing.
fn list(text: &str) -> Option<Vec<String>> {
    let values: Vec<Json> = serde_json::from_str(text).ok()?;
    values
        .into_iter()
        .filter(|value| !value.is_null())
        .map(|value| value.as_str().map(str::to_owned))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_what_the_column_may_hold_or_odd() {
        let text = |text: &'static str| ValueRef::Text(text.as_bytes());
        for (column, value, wanted) in [
            (Column::Title, text("Hulp"), "text"),
            (Column::Title, ValueRef::Null, "null"),
            (Column::Title, ValueRef::Integer(1), "odd"),
            (Column::Title, ValueRef::Text(b"\xff"), "odd"),
            (Column::Title, ValueRef::Blob(b"x"), "odd"),
            (Column::AuthorId, ValueRef::Integer(7), "text"),
            (Column::Share, ValueRef::Integer(1), "true"),
            (Column::Share, ValueRef::Integer(0), "false"),
            (Column::Share, ValueRef::Integer(2), "odd"),
            (Column::Share, text("true"), "true"),
            (Column::Share, text("false"), "false"),
            (Column::Share, text("yes"), "odd"),
            (Column::Approved, ValueRef::Null, "null"),
            (Column::PublishedAt, text("2026-11-20T10:00:00Z"), "time"),
            (Column::PublishedAt, text("2026-11-20T10:00:00+01:00"), "time"),
            (Column::PublishedAt, text("2026-11-20 10:00:00"), "odd"),
            (Column::PublishedAt, ValueRef::Integer(1), "odd"),
            (Column::Withhold, text(r#"["a",null,"b"]"#), "list 2"),
            (Column::Withhold, text("[612345678]"), "odd"),
            (Column::Withhold, text("Jansen"), "odd"),
        ] {
            let word = match read(column, value) {
                Value::Text(_) => "text".to_owned(),
                Value::Null => "null".to_owned(),
                Value::Odd => "odd".to_owned(),
                Value::Bool(truth) => truth.to_string(),
                Value::Time(_) => "time".to_owned(),
                Value::List(list) => format!("list {}", list.len()),
                Value::Missing => "missing".to_owned(),
            };
            assert_eq!(word, wanted, "{column:?}");
        }
    }
}
