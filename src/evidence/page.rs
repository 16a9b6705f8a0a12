//! A statement as HTML: a body to put into any page, and a page of its own that prints on A4.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::model::Language;

use super::document::{Block, Part};
use super::{Statement, words};

/// How a statement looks, on the screen and on paper; light and dark.
pub const STYLE: &str = include_str!("statement.css");

/// The page around it.
const FRAME: &str = "body{margin:0;padding:2rem 1rem;background:#fff}\
@media (prefers-color-scheme:dark){body{background:#14181d}}\
@media print{body{padding:0;background:#fff}}";

/// The statement without a page around it: a heading of the first level and what follows.
#[must_use]
pub fn body(statement: &Statement, language: Language) -> Markup {
    article(statement, language, None)
}

/// The same as a page of its own; the asker's own name of the item is printed where it was given.
#[must_use]
pub fn page(statement: &Statement, language: Language, asked: Option<&str>) -> Markup {
    let words = words::of(language);
    html! {
        (DOCTYPE)
        html lang=(words.language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="color-scheme" content="light dark";
                meta name="robots" content="noindex";
                title { "Luik: " (statement.tell(words).title) }
                style { (PreEscaped(FRAME)) (PreEscaped(STYLE)) }
            }
            body { main { (article(statement, language, asked)) } }
        }
    }
}

fn article(statement: &Statement, language: Language, asked: Option<&str>) -> Markup {
    let words = words::of(language);
    let document = statement.tell(words);
    html! {
        article class="statement" lang=(words.language.tag()) {
            h1 { (document.title) }
            @if let Some(asked) = asked {
                p { (words.asked) ": " code { (asked) } }
            }
            div class=(if document.urgent { "lead urgent" } else { "lead" }) {
                @for sentence in &document.lead { p { (sentence) } }
            }
            @for part in &document.parts { (section(part)) }
        }
    }
}

fn section(Part { heading, blocks }: &Part) -> Markup {
    html! {
        section {
            h2 { (heading) }
            @for block in blocks { (print(block)) }
        }
    }
}

fn print(block: &Block) -> Markup {
    html! {
        @match block {
            Block::Sentence(sentence) => p { (sentence) },
            Block::Pairs(pairs) => dl {
                @for (term, value) in pairs { div { dt { (term) } dd { (value) } } }
            },
            Block::Table(name, head, rows) => table {
                caption { (name) }
                thead { tr { @for cell in head { th scope="col" { (cell) } } } }
                tbody {
                    @for row in rows {
                        tr {
                            @for (place, cell) in row.iter().enumerate() {
                                @let name = head.get(place).copied().unwrap_or_default();
                                @if place == 0 {
                                    th scope="row" { (cell) }
                                } @else {
                                    td data-head=(name) { (cell) }
                                }
                            }
                        }
                    }
                }
            },
            Block::List(entries) => ul { @for entry in entries { li { (entry) } } },
            Block::Codes(codes) => ul class="codes" {
                @for code in codes { li { code { (code) } } }
            },
        }
    }
}
