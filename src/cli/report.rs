//! `luik report`: statements for the data-protection officer.

use clap::{Subcommand, ValueEnum};
use maud::{DOCTYPE, Markup, html};
use serde_json::json;

use crate::minimise::{Fate, Field, fields};

use super::{Failure, say};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:72rem;margin:2rem auto;\
padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;\
padding:.5rem .75rem .5rem 0;border-top:1px solid #ccc}@media print{body{font-size:10pt}}";

/// Arguments of `luik report`.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    what: What,
    /// As plain text, as JSON, or as a page to print.
    #[arg(long, value_enum, default_value = "text", global = true)]
    format: Format,
}

#[derive(Debug, Clone, Copy, Subcommand)]
enum What {
    /// Print each column of the contract view, whether it can leave, in which form, and why.
    Fields,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

/// Prints the statement.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let What::Fields = arguments.what;
    match arguments.format {
        Format::Text => fields().try_for_each(|field| say(text(&field))),
        Format::Json => say(json(fields())),
        Format::Html => say(page().into_string()),
    }
}

fn fate(field: &Field) -> &'static str {
    match field.fate {
        Fate::Leaves(_) => "leaves",
        Fate::Decides => "decides",
        Fate::Stays => "stays",
    }
}

fn place(field: &Field) -> Option<&'static str> {
    match field.fate {
        Fate::Leaves(place) => Some(place),
        Fate::Decides | Fate::Stays => None,
    }
}

fn text(field: &Field) -> String {
    let place = place(field).map_or_else(String::new, |place| format!(" as {place}"));
    let (name, fate, form, why) = (field.column.name(), fate(field), field.form, field.why);
    format!("{name:13} {fate}{place}\n{:13} {form}\n{:13} {why}\n", "", "")
}

fn json(fields: impl Iterator<Item = Field>) -> serde_json::Value {
    let row = |field: Field| {
        json!({
            "column": field.column.name(), "fate": fate(&field), "as": place(&field),
            "form": field.form, "why": field.why,
        })
    };
    json!({ "fields": fields.map(row).collect::<Vec<_>>() })
}

fn page() -> Markup {
    html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width";
                title { "Luik: what can leave" }
                style { (STYLE) }
            }
            body {
                h1 { "What can leave" }
                p { "Each column of the contract view, as the program treats it." }
                table {
                    thead { tr {
                        @for head in ["Column", "Fate", "On the wire", "Form or use", "Why"] {
                            th scope="col" { (head) }
                        }
                    } }
                    tbody {
                        @for field in fields() {
                            tr {
                                th scope="row" { code { (field.column.name()) } }
                                td { (fate(&field)) }
                                td { @if let Some(place) = place(&field) { code { (place) } } }
                                td { (field.form) }
                                td { (field.why) }
                            }
                        }
                    }
                }
            }
        }
    }
}
