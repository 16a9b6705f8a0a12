//! A row as a JSON object with the view's columns: what `luik minimise` reads, and what a feed
//! of another core carries.

use std::fmt;

use jiff::Timestamp;
use serde::de::{Deserialize, Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::Value as Json;

use crate::minimise::{Column, CoreId, CoreRow, Value};

/// A line that is no row: not a JSON object, or one without an id. Quotes nothing of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a row: a JSON object with an id is expected")]
pub struct NotARow;

/// Reads a row. Unknown keys are skipped, values of the wrong type become [`Value::Odd`].
///
/// # Errors
/// When the line is not a JSON object, or its id is neither text nor a whole number.
pub fn row(line: &str) -> Result<CoreRow, NotARow> {
    let Columns(columns) = serde_json::from_str(line).map_err(|_| NotARow)?;
    let id = columns.iter().rev().find(|(column, _)| *column == Column::Id);
    let id = match id.map(|(_, json)| key(json)) {
        Some(Value::Text(id)) if !id.is_empty() => CoreId::new(id),
        _ => return Err(NotARow),
    };
    let mut row = CoreRow::new(id);
    for (column, json) in columns {
        row.set(column, value(column, json));
    }
    Ok(row)
}

/// A row under this id, whatever id the object names, and the columns that the object has.
///
/// # Errors
/// When it is not a JSON object.
pub(super) fn row_of(id: CoreId, object: &str) -> Result<(CoreRow, Vec<Column>), NotARow> {
    let Columns(columns) = serde_json::from_str(object).map_err(|_| NotARow)?;
    let own = Value::Text(id.reveal_core_id().to_owned());
    let (mut row, mut has) = (CoreRow::new(id), vec![Column::Id]);
    for (column, json) in columns {
        row.set(column, value(column, json));
        has.push(column);
    }
    row.set(Column::Id, own);
    Ok((row, has))
}

/// The known columns of an object; the rest is skipped unread.
struct Columns(Vec<(Column, Json)>);

impl<'de> Deserialize<'de> for Columns {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ColumnsVisitor).map(Self)
    }
}

struct ColumnsVisitor;

impl<'de> Visitor<'de> for ColumnsVisitor {
    type Value = Vec<(Column, Json)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut columns = Vec::new();
        while let Some(name) = map.next_key::<String>()? {
            match Column::from_name(&name) {
                Some(column) => columns.push((column, map.next_value()?)),
                None => drop(map.next_value::<IgnoredAny>()?),
            }
        }
        Ok(columns)
    }
}

/// An id: text, or a whole number as its decimal text.
pub(super) fn key(json: &Json) -> Value {
    match json {
        Json::String(text) => Value::Text(text.clone()),
        Json::Number(number) if number.is_i64() || number.is_u64() => {
            Value::Text(number.to_string())
        }
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => {
            Value::Odd
        }
    }
}

fn value(column: Column, json: Json) -> Value {
    match (column, json) {
        (_, Json::Null) => Value::Null,
        (Column::Id | Column::AuthorId, json) => key(&json),
        (Column::Share | Column::Approved | Column::OfAge, Json::Bool(truth)) => Value::Bool(truth),
        (Column::PublishedAt | Column::ExpiresAt, Json::String(text)) => {
            text.parse::<Timestamp>().map_or(Value::Odd, Value::Time)
        }
        (Column::Withhold, Json::Array(list)) => list
            .into_iter()
            .map(|one| one.as_str().map(str::to_owned))
            .collect::<Option<_>>()
            .map_or(Value::Odd, Value::List),
        (column, Json::String(text)) if is_text(column) => Value::Text(text),
        _ => Value::Odd,
    }
}

fn is_text(column: Column) -> bool {
    matches!(
        column,
        Column::Kind
            | Column::FirstName
            | Column::RegionCode
            | Column::RegionName
            | Column::Title
            | Column::Body
            | Column::Language
            | Column::Url
            | Column::Visibility
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_with_an_id_is_a_row() {
        for (line, id) in [
            (r#"{"id":"a1"}"#, Some("a1")),
            (r#"{"id":42,"unknown":{"deep":[1]}}"#, Some("42")),
            (r#" {"title":"x","id":"z"} "#, Some("z")),
            (r#"{"id":1.5}"#, None),
            (r#"{"id":null}"#, None),
            (r#"{"id":""}"#, None),
            (r#"{"title":"x"}"#, None),
            (r#"["id"]"#, None),
            ("{", None),
            ("", None),
        ] {
            let read = row(line).ok().map(|row| row.id().reveal_core_id().to_owned());
            assert_eq!(read.as_deref(), id, "{line}");
        }
    }

    #[test]
    fn wrong_types_are_odd() {
        let kind = |column, json| match value(column, json) {
            Value::Odd => "odd",
            Value::Null => "null",
            Value::Bool(_) => "bool",
            Value::Text(_) => "text",
            Value::Time(_) => "time",
            Value::List(_) => "list",
            Value::Missing => "missing",
        };
        for (column, json, expected) in [
            (Column::Share, Json::from(1), "odd"),
            (Column::Share, Json::from(true), "bool"),
            (Column::Approved, Json::Null, "null"),
            (Column::Title, Json::from(1), "odd"),
            (Column::AuthorId, Json::from(1), "text"),
            (Column::PublishedAt, Json::from("2026-11-20T10:00:00+01:00"), "time"),
            (Column::PublishedAt, Json::from("gisteren"), "odd"),
            (Column::Withhold, Json::from(vec!["a"]), "list"),
            (Column::Withhold, Json::from(vec![1]), "odd"),
            (Column::Withhold, Json::from("a"), "odd"),
        ] {
            assert_eq!(kind(column, json), expected, "{column:?}");
        }
    }
}
