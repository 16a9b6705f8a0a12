//! The markup of the demo's page.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::page::Place;
use super::record::{Glance, Record, Told};
use crate::model::Kind;
use crate::receive::{Card, Entry, article};

/// Cards in each column.
pub(super) const CARDS: usize = 40;

/// The whole page around a drawn board.
pub(super) fn page(board: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang="nl" {
            (head("Luik – demonstratie"))
            body {
                header.top {
                    p.brand { img src="/icon.svg" alt="" width="32" height="32"; "Luik" }
                    h1 { "Alleen wat op het bord ligt, gaat door het luik. En een bord kan altijd terug." }
                    p.lead {
                        "Links de kern, met alles wat een platform van zijn mensen weet. "
                        "Rechts twee partnersites, met alleen voornaam, gemeente en tekst. "
                        "Haalt iemand iets weg, dan verdwijnt het overal. Iedereen hier is verzonnen."
                    }
                    p.english lang="en" {
                        "Left: the core and all it knows. Right: two partner sites with first name, "
                        "municipality and text. What is removed disappears everywhere. All people are fictional."
                    }
                    div #controls {}
                }
                main #board { (board) }
                footer {
                    p { "Luik is open source onder de EUPL-1.2." }
                }
                script src="/demo.js" {}
            }
        }
    }
}

fn head(title: &str) -> Markup {
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            meta name="color-scheme" content="light dark";
            meta name="robots" content="noindex";
            title { (title) }
            link rel="icon" href="/icon.svg";
            link rel="stylesheet" href="/demo.css";
            noscript { meta http-equiv="refresh" content="3"; }
        }
    }
}

/// All that changes: counts, what happened, and three columns.
pub(super) fn board(glance: &Glance, places: [&Place; 2], now: Timestamp) -> Markup {
    let [push, feed] = places;
    html! {
        ol.happenings #happenings data-list aria-label="Wat er zojuist in de kern gebeurde" {
            @for told in &glance.happenings { (happening(told)) }
        }
        div.columns {
            section.column.core aria-labelledby="core-name" {
                (core_head(glance))
                ol.cards #core data-list {
                    @for record in &glance.records { (core_card(record)) }
                }
            }
            (partner("push", push, "krijgt elk bericht gebracht", "push", now))
            (partner("feed", feed, "haalt de berichten zelf op", "feed", now))
        }
    }
}

fn happening(told: &Told) -> Markup {
    html! {
        li data-key=(told.number) .back[told.what.takes_back()] {
            (told.what.dutch())
            @if told.items > 1 { " (" (told.items) " berichten)" }
            " " span.english lang="en" { (told.what.english()) }
        }
    }
}

fn core_head(glance: &Glance) -> Markup {
    html! {
        div.head {
            h2 #core-name { "De kern" }
            p.way { "blijft binnen" }
            p.count #core-count data-live { strong { (glance.published) } " gepubliceerd" }
            p.small #core-shared data-live {
                (glance.shared) " mogen naar partners · " s.stays { "doorgestreept" } " blijft hier"
            }
        }
    }
}

fn core_card(record: &Record) -> Markup {
    let language = record.language.as_deref();
    html! {
        li data-key=(record.key) {
            article.card .kept[record.stays.is_some()] {
                p.card-top {
                    (kind(record.kind))
                    span.region { (record.region) }
                    time datetime=(record.published) { (record.published) }
                }
                h3 lang=[language] { (record.title) }
                p.text lang=[language] {
                    @for (part, stays) in record.parts(&record.body) {
                        @if stays { s.stays { (part) } } @else { (part) }
                    }
                }
                p.person {
                    @if record.anonymous { s.stays { (record.first_name) } }
                    @else { span.name { (record.first_name) } }
                    " " s.stays { (record.last_name) }
                    " " s.stays { (record.birth_date) }
                    " " s.stays { (record.phone) }
                    " " s.stays { (record.email) }
                    " " s.stays { (record.street) ", " (record.postcode) }
                }
                @if let Some(why) = record.stays {
                    p.why { "Blijft helemaal hier: " (why) }
                }
            }
        }
    }
}

fn kind(kind: Kind) -> Markup {
    let word = match kind {
        Kind::Request => "Vraag",
        Kind::Offer => "Aanbod",
    };
    html! { span.kind.(kind.as_str()) { (word) } }
}

fn partner(id: &str, place: &Place, way: &str, term: &str, now: Timestamp) -> Markup {
    place.store.read(|holdings| {
        let shown = if holdings.showing(now) {
            holdings.count()
        } else {
            0
        };
        html! {
            section.column.partner aria-labelledby={ (id) "-name" } {
                div.head {
                    h2 #{ (id) "-name" } { (place.name) }
                    p.way { (way) " (" (term) ")" }
                    p.count #{ (id) "-count" } data-live { strong { (shown) } " te zien" }
                    p.small #{ (id) "-gone" } data-live {
                        (holdings.removals()) " teruggehaald · "
                        a href=(place.address) { "bekijk de site" }
                    }
                }
                ol.cards #(id) data-list {
                    @for (name, entry) in holdings.newest(now).take(CARDS) {
                        (partner_card(name, entry))
                    }
                }
            }
        }
    })
}

/// A tombstone has nothing left to show but that it is one.
fn partner_card(id: &str, entry: &Entry) -> Markup {
    html! {
        li data-key={ (id) "@" (entry.modified) } .gone[entry.data.is_none()] {
            @match entry.data.as_deref() {
                Some(data) => (article(entry.kind, &Card::read(data))),
                None => p { "Teruggehaald. Naam en tekst zijn hier weg." },
            }
        }
    }
}

/// The platform's own page, where a visitor of a partner site ends up to respond.
pub(super) fn respond(title: Option<&str>) -> Markup {
    html! {
        (DOCTYPE)
        html lang="nl" {
            (head("Reageren"))
            body.single {
                main {
                    p.brand { img src="/icon.svg" alt="" width="32" height="32"; "Het platform" }
                    @match title {
                        Some(title) => {
                            h1 { (title) }
                            p.lead {
                                "Hier reageert een bezoeker, bij het platform zelf. "
                                "In het echt staat hier het formulier; de partnersite komt er niet tussen."
                            }
                        }
                        None => {
                            h1 { "Dit bericht is weggehaald" }
                            p.lead { "De plaatser vond hulp, of bedacht zich. Er staan genoeg andere vragen open." }
                        }
                    }
                    p { a href="/" { "Terug naar de demonstratie" } }
                }
            }
        }
    }
}
