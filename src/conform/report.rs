//! The outcome as a table, as JSON and as a page to print.

use jiff::Timestamp;
use maud::{DOCTYPE, html};
use serde_json::{Value, json};

use crate::model::PartnerId;

use super::point::{Outcome, Point};

const STYLE: &str = "body{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;\
padding:0 1rem}table{border-collapse:collapse;width:100%}th,td{text-align:left;vertical-align:top;\
padding:.4rem .75rem .4rem 0;border-top:1px solid #ccc}@media print{body{font-size:10pt}}";

/// One point and how it turned out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Row {
    /// Which.
    pub point: Point,
    /// How.
    pub outcome: Outcome,
    /// What was seen, in words.
    pub seen: String,
}

/// A whole run.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// Whose receiver.
    pub partner: PartnerId,
    /// Its legal name.
    pub name: String,
    /// When it began.
    pub began: Timestamp,
    /// Every point, in order.
    pub rows: Vec<Row>,
}

impl Report {
    /// Did nothing fail?
    #[must_use]
    pub fn passes(&self) -> bool {
        self.rows.iter().all(|row| row.outcome != Outcome::Fail)
    }

    /// In one line.
    #[must_use]
    pub fn summary(&self) -> String {
        let count = |outcome| self.rows.iter().filter(|row| row.outcome == outcome).count();
        let (pass, fail) = (count(Outcome::Pass), count(Outcome::Fail));
        format!("{pass} passed, {fail} failed, {} unseen", count(Outcome::Unseen))
    }

    /// As plain text, a line for each point.
    #[must_use]
    pub fn table(&self) -> String {
        let lines = self.rows.iter().map(|row| {
            let (point, outcome) = (row.point.as_str(), row.outcome.as_str());
            format!("{point:26} {outcome:7} {}\n", row.seen)
        });
        let head = format!("{:26} {:7} {}\n", "POINT", "OUTCOME", "SEEN");
        std::iter::once(head).chain(lines).collect::<String>() + &self.summary()
    }

    /// For programs.
    #[must_use]
    pub fn json(&self) -> Value {
        let row = |row: &Row| {
            let outcome = row.outcome.as_str().to_lowercase();
            json!({
                "point": row.point.as_str(), "asks": row.point.asks(), "outcome": outcome,
                "seen": row.seen,
            })
        };
        json!({
            "partner": self.partner.as_str(), "name": self.name, "began": self.began.to_string(),
            "passes": self.passes(), "points": self.rows.iter().map(row).collect::<Vec<_>>(),
        })
    }

    /// For people.
    #[must_use]
    pub fn page(&self) -> String {
        let title = format!("Luik: conformance of {}", self.name);
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width";
                    title { (title) }
                    style { (STYLE) }
                }
                body {
                    h1 { (title) }
                    p { (self.summary()) ", begun " time { (self.began) } "." }
                    table {
                        thead { tr {
                            @for head in ["Point", "What is asked", "Outcome", "What was seen"] {
                                th scope="col" { (head) }
                            }
                        } }
                        tbody { @for row in &self.rows { tr {
                            th scope="row" { code { (row.point.as_str()) } }
                            td { (row.point.asks()) }
                            td { (row.outcome.as_str()) }
                            td { (row.seen) }
                        } } }
                    }
                }
            }
        };
        page.into_string()
    }
}
