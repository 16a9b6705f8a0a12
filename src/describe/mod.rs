//! What partners can read about the wire (design §8): closed JSON Schemas, OpenAPI 3.1 of the public
//! listener and AsyncAPI 3 of pushes and the stream, all generated from [`wire`] and the tables
//! beside it. The files in `schemas/` are the same, for reading; tests hold all of it against what
//! really leaves and is really answered.

mod asyncapi;
mod openapi;
mod operations;
pub mod wire;

pub use asyncapi::asyncapi;
pub use openapi::openapi;

use schemars::generate::{SchemaGenerator, SchemaSettings};
use schemars::transform::{Transform, transform_subschemas};
use schemars::{JsonSchema, Schema};
use serde_json::{Value, json};

/// The version of everything under `/v1`.
pub const API_VERSION: &str = "1.0.0";
/// The file of [`asyncapi()`], beside those of the schemas.
pub const ASYNCAPI: &str = "asyncapi.json";

/// Every schema: the name of its file, and the schema. Each stands alone.
pub fn schemas() -> impl Iterator<Item = (&'static str, Value)> {
    [
        ("item.json", of::<wire::Item>()),
        ("page.json", of::<wire::Page>()),
        ("holding.json", of::<wire::Holding>()),
        ("holdings-line.json", of::<wire::HoldingsLine>()),
        ("snapshot-line.json", of::<wire::SnapshotLine>()),
        ("stream.json", of::<wire::StreamData>()),
        ("event.json", of::<wire::Push>()),
        ("answer.json", of::<wire::Answer>()),
        ("json-feed.json", of::<wire::JsonFeed>()),
        ("problem.json", of::<wire::Problem>()),
    ]
    .map(|(name, mut schema)| {
        schema.insert("$id".to_owned(), json!(name));
        (name, schema.to_value())
    })
    .into_iter()
}

/// The names of all files under `/schemas`.
fn names() -> Vec<&'static str> {
    schemas().map(|(name, _)| name).chain([ASYNCAPI]).collect()
}

fn of<T: JsonSchema>() -> Schema {
    generator("/$defs").into_root_schema_for::<T>()
}

/// Makes schemas whose parts stand under this pointer.
fn generator(parts: &'static str) -> SchemaGenerator {
    let settings = SchemaSettings::draft2020_12().with(|settings| {
        settings.definitions_path = parts.into();
    });
    settings.with_transform(Plain).into_generator()
}

/// What is absent is left out: nothing on the wire is null. JSON does not know how many bits a
/// number has, nor lines of comments.
#[derive(Debug, Clone)]
struct Plain;

impl Transform for Plain {
    fn transform(&mut self, schema: &mut Schema) {
        transform_subschemas(self, schema);
        if let Some(Value::String(about)) = schema.get_mut("description") {
            *about = about.replace('\n', " ");
        }
        if schema.get("format").and_then(Value::as_str).is_some_and(|it| it.starts_with("uint")) {
            schema.remove("format");
        }
        if let Some(Value::Array(types)) = schema.get_mut("type") {
            types.retain(|one| one != "null");
            if let [only] = types.as_slice() {
                let only = only.clone();
                schema.insert("type".to_owned(), only);
            }
        }
        if let Some(Value::Array(any)) = schema.get_mut("anyOf") {
            any.retain(|one| *one != json!({ "type": "null" }));
            if let [Value::Object(only)] = any.as_mut_slice() {
                let only = std::mem::take(only);
                schema.remove("anyOf");
                only.into_iter().for_each(|(key, value)| drop(schema.insert(key, value)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::path::Path;

    use super::*;

    /// What the files should be, by name.
    fn files() -> impl Iterator<Item = (&'static str, String)> {
        let asyncapi = (ASYNCAPI, asyncapi("https://luik.voorbeeld.nl"));
        schemas().chain([asyncapi]).map(|(name, schema)| (name, format!("{schema:#}\n")))
    }

    #[test]
    fn the_files_are_what_the_code_says() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("schemas");
        if std::env::var_os("LUIK_WRITE_SCHEMAS").is_some() {
            files().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
        }
        let how = "to write them anew: LUIK_WRITE_SCHEMAS=1 cargo test --lib describe";
        for (name, text) in files() {
            let file = fs::read_to_string(folder.join(name)).unwrap_or_default();
            assert!(file == text, "schemas/{name} is not what the code says; {how}");
        }
        let found = fs::read_dir(&folder).unwrap().count();
        assert_eq!(found, files().count(), "schemas/ holds a file that nothing describes");
    }
}
