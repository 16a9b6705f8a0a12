//! `luik report`: statements for the data-protection officer, with or without a gateway that runs.

use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Subcommand, ValueEnum};
use jiff::Timestamp;
use jiff::civil::Date;
use maud::{DOCTYPE, Markup, html};
use serde_json::json;

use crate::app;
use crate::clock::Clock;
use crate::config::{self, Environment, Settings};
use crate::evidence::{self, Statement, day_end};
use crate::journal::Journal;
use crate::minimise::{CoreId, Fate, Field, Policy, fields};
use crate::model::{Language, PartnerId, PublicId};
use crate::partner::{self, Partners};

use super::{Failure, say, wait_for};

/// Longest list of core ids that is read.
const LIST_BYTES_MAX: u64 = 256 * 1024 * 1024;

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
    /// In which language; `fields` is in English alone.
    #[arg(long, value_enum, default_value = "nl", global = true)]
    lang: Tongue,
    /// The configuration.
    #[arg(long, value_name = "FILE", default_value = "luik.toml", global = true)]
    config: PathBuf,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Print each column of the contract view, whether it can leave, in which form, and why.
    Fields,
    /// Tell who received an item, and how far it is taken back: the proof of its removal.
    Item {
        /// The item, by the core's id.
        #[arg(value_name = "CORE_ID")]
        id: String,
    },
    /// Tell what a partner held at a moment, at most: after a breach.
    Partner {
        /// Its id.
        #[arg(value_name = "PARTNER")]
        partner: PartnerId,
        /// When, as 2026-11-26T10:00:00Z, or a day for its end (Dutch time).
        #[arg(long, value_name = "TIME", value_parser = moment)]
        at: Timestamp,
        /// A list of core ids, one a line: also tell which of them it held.
        #[arg(long, value_name = "FILE")]
        of: Option<PathBuf>,
    },
    /// Print the register of agreements, with every change.
    Agreements,
    /// Print rows for the register of processing activities.
    Processing,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Format {
    Text,
    Json,
    Html,
}

#[derive(Debug, Clone, Copy, ValueEnum)]
enum Tongue {
    Nl,
    En,
}

/// Prints the statement.
pub(super) fn run(arguments: &Arguments) -> Result<(), Failure> {
    let asker = || Asker::new(&arguments.config);
    match &arguments.what {
        What::Fields => match arguments.format {
            Format::Text => fields().try_for_each(|field| say(text(&field))),
            Format::Json => say(json(fields())),
            Format::Html => say(page().into_string()),
        },
        What::Item { id } => {
            let statement = asker()?.item(id)?;
            arguments.print(&statement, Some(id))
        }
        What::Partner { partner, at, of } => {
            asker()?.held(arguments, partner, (*at, of.as_deref()))
        }
        What::Agreements => arguments.print(&asker()?.agreements()?, None),
        What::Processing => arguments.print(&asker()?.processing()?, None),
    }
}

/// A time, or the end of a day.
fn moment(text: &str) -> Result<Timestamp, &'static str> {
    let day = || text.parse::<Date>().ok().and_then(day_end);
    text.parse().ok().or_else(day).ok_or("use a time such as 2026-11-26T10:00:00Z, or a day")
}

impl Arguments {
    fn language(&self) -> Language {
        match self.lang {
            Tongue::Nl => Language::Dutch,
            Tongue::En => Language::English,
        }
    }

    fn print(&self, statement: &Statement, asked: Option<&str>) -> Result<(), Failure> {
        let language = self.language();
        match self.format {
            Format::Text => say(evidence::text(statement, language, asked)),
            Format::Json => say(serde_json::to_string_pretty(statement).map_err(Failure::failed)?),
            Format::Html => say(evidence::page(statement, language, asked).into_string()),
        }
    }
}

/// What statements are made from.
struct Asker {
    settings: Settings,
    partners: Partners,
    journal: Option<Journal>,
    now: Timestamp,
}

impl Asker {
    fn new(config: &Path) -> Result<Self, Failure> {
        let environment = Environment::of_process();
        let (settings, partners) = partner::check(config, &environment).map_err(Failure::wrong)?;
        let clock = Clock::system();
        let journal = Journal::look_in(&settings.state, clock.clone());
        let journal = journal.map_err(|error| at("state.path", error))?;
        let partners = match &journal {
            Some(journal) => {
                wait_for(async { app::in_force(journal, partners).await.map_err(Failure::failed) })?
            }
            None => partners,
        };
        let keyed = partners.into_iter().map(|partner| (partner.id.clone(), Arc::new(partner)));
        Ok(Self { settings, partners: keyed.collect(), journal, now: clock.now() })
    }

    /// Turns the core's ids into those of the journal.
    fn policy(&self) -> Result<Policy, Failure> {
        let key = config::key::load(&self.settings.id_key).map_err(|error| at("id_key", error))?;
        let key =
            key.ok_or_else(|| at("id_key", "there is no key, so no item is known by its core id"))?;
        Ok(Policy::new(key))
    }

    fn item(&self, core_id: &str) -> Result<Statement, Failure> {
        let id = self.policy()?.public_id(&CoreId::new(core_id));
        let (journal, partners) = (self.journal.as_ref(), &self.partners);
        let made = wait_for(async {
            evidence::item(journal, partners, id, self.now).await.map_err(Failure::failed)
        });
        Ok(made?.into())
    }

    /// What a partner held; plain text lists the core ids that were asked about.
    fn held(
        &self,
        arguments: &Arguments,
        partner: &PartnerId,
        (at, of): (Timestamp, Option<&Path>),
    ) -> Result<(), Failure> {
        let (journal, partners) = (self.journal.as_ref(), &self.partners);
        let known = journal.is_some_and(|journal| journal.knows(partner));
        if !known && !partners.contains_key(partner) {
            return Err(Failure::wrong(format_args!("there is no partner {partner}")));
        }
        let mut held = wait_for(async {
            let moments = (at, self.now);
            evidence::held(journal, partners, partner, moments).await.map_err(Failure::failed)
        })?;
        let list = of.map(|file| self.list(file)).transpose()?.unwrap_or_default();
        if of.is_some() {
            let ids: Vec<_> = list.iter().map(|(line, _, id)| (*line, *id)).collect();
            held = held.asked_about(&ids);
        }
        let lines: Vec<usize> =
            held.of.iter().flat_map(|of| of.held.iter().map(|one| one.line)).collect();
        arguments.print(&held.into(), None)?;
        if matches!(arguments.format, Format::Text) && !lines.is_empty() {
            say(format_args!("{}:", evidence::of_list(arguments.language())))?;
            let held = list.iter().filter(|(line, _, _)| lines.binary_search(line).is_ok());
            held.map(|(_, core_id, _)| core_id).try_for_each(say)?;
        }
        Ok(())
    }

    /// Core ids of a list, with their lines.
    fn list(&self, file: &Path) -> Result<Vec<(usize, String, PublicId)>, Failure> {
        let wrong =
            |cause: &dyn Display| Failure::wrong(format_args!("{}: {cause}", file.display()));
        let size = fs::metadata(file).map_err(|error| wrong(&error.kind()))?.len();
        if size > LIST_BYTES_MAX {
            return Err(wrong(&"the list is too long"));
        }
        let text = fs::read_to_string(file).map_err(|error| wrong(&error.kind()))?;
        let policy = self.policy()?;
        let ids = text.lines().map(str::trim).enumerate().filter(|(_, id)| !id.is_empty());
        let each =
            ids.map(|(place, id)| (place + 1, id.to_owned(), policy.public_id(&CoreId::new(id))));
        Ok(each.collect())
    }

    fn agreements(&self) -> Result<Statement, Failure> {
        let (journal, partners) = (self.journal.as_ref(), &self.partners);
        let made = wait_for(async {
            evidence::agreements(journal, partners, self.now).await.map_err(Failure::failed)
        });
        Ok(Statement::Agreements(made?))
    }

    fn processing(&self) -> Result<Statement, Failure> {
        let keep = self.settings.ledger.keep;
        let journal = self.journal.as_ref();
        Ok(Statement::Processing(evidence::processing(journal, &self.partners, keep, self.now)))
    }
}

fn at(key: &str, cause: impl Display) -> Failure {
    Failure::failed(format_args!("{key}: {cause}"))
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
