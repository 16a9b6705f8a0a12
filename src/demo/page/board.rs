//! The markup of the demo's page.

use jiff::Timestamp;
use maud::{DOCTYPE, Markup, html};

use super::Place;
use crate::demo::core::{Glance, Record, Told};
use crate::model::Kind;
use crate::receive::{Card, Entry, article, day};

/// Cards in each column.
pub(super) const CARDS: usize = 40;

/// The whole page, filled.
pub(super) fn page(glance: &Glance, places: [&Place; 2], now: Timestamp) -> Markup {
    html! {
        (DOCTYPE)
        html lang="nl" {
            (head("Luik – demonstratie"))
            body {
                header.top {
                    div.brand { img src="/icon.svg" alt="" width="32" height="32"; "Luik" }
                    div #controls {}
                    (introduction())
                    (happenings(glance))
                }
                main { (columns(glance, places, now)) }
                footer {
                    p { "Luik is open source onder de EUPL-1.2. Iedereen op deze bladzijde is verzonnen." }
                }
                script src="/demo.js" {}
            }
        }
    }
}

/// What changes on it, for the script.
pub(super) fn board(glance: &Glance, places: [&Place; 2], now: Timestamp) -> Markup {
    html! {
        (happenings(glance))
        (columns(glance, places, now))
    }
}

fn introduction() -> Markup {
    html! {
        div.introduction {
            h1 { "Alleen wat op het bord ligt, gaat door het luik. En een bord kan altijd terug." }
            p.lead {
                "Links de kern, met alles wat een platform van mensen weet. Wat is "
                s.stays { "doorgestreept" }
                ", blijft daar. Rechts twee partnersites, met alleen voornaam, gemeente en tekst. "
                "Haalt iemand iets weg, dan verdwijnt het overal."
            }
            p.english lang="en" {
                "Left, the core and all it knows: what is struck through stays. Right, two partner "
                "sites with first name, municipality and text. Whatever is removed disappears everywhere."
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

fn happenings(glance: &Glance) -> Markup {
    html! {
        section.happenings aria-labelledby="happenings-name" {
            h2 #happenings-name { "Zojuist in de kern" }
            ol #happenings data-list {
                @for told in &glance.happenings { (happening(told)) }
            }
        }
    }
}

fn columns(glance: &Glance, places: [&Place; 2], now: Timestamp) -> Markup {
    let [brought, fetched] = places;
    html! {
        nav.jump aria-label="Kolommen" {
            (jump("core", "De kern", glance.published))
            (jump("push", &brought.name, brought.shown(now)))
            (jump("feed", &fetched.name, fetched.shown(now)))
        }
        div.columns {
            section.column.core #core aria-labelledby="core-name" {
                (core_head(glance))
                ol.cards #core-cards data-list {
                    @for record in &glance.records { (core_card(record)) }
                }
            }
            (partner("push", brought, "krijgt berichten gebracht (push)", now))
            (partner("feed", fetched, "haalt berichten op (feed)", now))
        }
    }
}

fn jump(to: &str, name: &str, count: impl std::fmt::Display) -> Markup {
    html! {
        a href={ "#" (to) } { (name) " " strong #{ (to) "-jump" } data-live { (count) } }
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
            p.count #core-count data-live { strong { (glance.published) } " gepubliceerd" }
            p.way { "blijft binnen" }
            p.small #core-shared data-live { (glance.shared) " mogen naar partners" }
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
                    @if let Some(day) = day(&record.published) {
                        time datetime=(record.published) { (day) }
                    }
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
                }
                ul.details aria-label="Blijft in de kern" {
                    @for detail in record.details() { li { s.stays { (detail) } } }
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

fn partner(id: &str, place: &Place, way: &str, now: Timestamp) -> Markup {
    place.store.read(|holdings| {
        html! {
            section.column #(id) aria-labelledby={ (id) "-name" } {
                div.head {
                    h2 #{ (id) "-name" } { a href=(place.address) { (place.name) } }
                    p.count #{ (id) "-count" } data-live { strong { (place.shown(now)) } " te zien" }
                    p.way { (way) }
                    p.small #{ (id) "-gone" } data-live { (holdings.removals()) " teruggehaald" }
                }
                ol.cards #{ (id) "-cards" } data-list {
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
                    div.brand { img src="/icon.svg" alt="" width="32" height="32"; "Het platform" }
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
