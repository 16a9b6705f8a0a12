//! A list as a page of its own, for a frame in another page. Works without script.

use maud::{Markup, html};

use crate::journal::Newer;
use crate::model::{Kind, Language, Region};

use super::super::look;
use super::list::List;
use super::paper;
use super::query::Asked;
use super::words::own_name;

pub(super) fn of(list: &List<'_>) -> Markup {
    let words = list.words();
    let has_choice = list.asked.is_narrowed() || !list.found.inhabited.is_empty();
    let is_searchable = has_choice && !list.is_withheld;
    let title = format!("{} – {}", words.title, list.partner.name);
    let body = html! {
        div class="luik" {
            header class="luik-head" {
                h1 class="luik-title" { (words.title) }
                @if is_searchable { (search(list)) }
                @if !list.cards.is_empty() { (paper::of(list)) }
            }
            main { (content(list)) }
            footer class="luik-end" { (languages(list)) }
        }
    };
    look::page(list.language, &title, &html! {}, &body)
}

fn content(list: &List<'_>) -> Markup {
    let words = list.words();
    if list.is_withheld {
        return note(words.paused, words.paused_text, None);
    }
    if list.cards.is_empty() {
        let whole =
            Asked { language: list.asked.language, ..Asked::everything(list.asked.heading) };
        let is_all = !list.asked.is_narrowed() && list.asked.before.is_none();
        let way = (!is_all).then(|| (whole.query(), words.show_all));
        return note(words.nothing(list.asked.kind), words.later, way);
    }
    html! {
        p class="luik-count" role="status" { (count(list)) }
        (list.items(true))
        (pages(list))
    }
}

/// How many there are, and of what.
fn count(list: &List<'_>) -> String {
    let words = list.words();
    let count = words.count(list.asked.kind, list.found.found);
    match list.asked.region {
        None => count,
        Some(region) => format!("{count} {} {}", words.within, region.name()),
    }
}

fn note(heading: &str, text: &str, way: Option<(String, &str)>) -> Markup {
    html! {
        div class="luik-empty" role="status" {
            h2 class="luik-heading" { (heading) }
            p { (text) }
            @if let Some((to, name)) = way { p { a class="luik-link" href=(to) { (name) } } }
        }
    }
}

/// A form that asks for the same page with other words.
fn search(list: &List<'_>) -> Markup {
    let (words, asked) = (list.words(), list.asked);
    let kinds = [Kind::Request, Kind::Offer];
    html! {
        form class="luik-search" method="get" role="search" {
            @if let Some(language) = asked.language {
                input type="hidden" name="lang" value=(language.tag());
            }
            label class="luik-field" {
                span { (words.kind) }
                select name="kind" {
                    option value="" { (words.any_kind) }
                    @for kind in kinds {
                        option value=(kind.as_str()) selected[asked.kind == Some(kind)] {
                            (words.one(kind))
                        }
                    }
                }
            }
            @let regions = choices(list);
            @if regions.len() > 1 || asked.region.is_some() {
                label class="luik-field" {
                    span { (words.region) }
                    select name="region" {
                        option value="" { (words.any_region) }
                        @for region in regions {
                            option value=(region.code()) selected[asked.region == Some(region)] {
                                (region.name())
                            }
                        }
                    }
                }
            }
            button class="luik-button" type="submit" { (words.search) }
        }
    }
}

/// Where there is anything, and what is chosen now, by name.
fn choices(list: &List<'_>) -> Vec<Region> {
    let mut regions = list.found.inhabited.clone();
    regions.extend(list.asked.region.filter(|chosen| !regions.contains(chosen)));
    regions.sort_by_key(|region| region.name().trim_start_matches(['\'', '’']).to_lowercase());
    regions
}

fn pages(list: &List<'_>) -> Markup {
    let (words, asked) = (list.words(), list.asked);
    let newer = match list.found.newer {
        Newer::Nothing => None,
        Newer::First => Some(Asked { before: None, ..asked }),
        Newer::Before(before) => Some(Asked { before: Some(before), ..asked }),
    };
    let older = list.found.older.map(|before| Asked { before: Some(before), ..asked });
    html! {
        @if newer.is_some() || older.is_some() {
            nav class="luik-pages" aria-label=(words.pages) {
                @if let Some(newer) = newer {
                    a class="luik-link" rel="prev" href=(newer.query()) { "← " (words.newer) }
                }
                @if let Some(older) = older {
                    a class="luik-link luik-older" rel="next" href=(older.query()) {
                        (words.older) " →"
                    }
                }
            }
        }
    }
}

/// The same page in other languages.
fn languages(list: &List<'_>) -> Markup {
    html! {
        nav aria-label=(list.words().languages) {
            ul class="luik-languages" role="list" {
                @for language in Language::ALL {
                    @let other = Asked { language: Some(language), ..list.asked };
                    @let is_this = language == list.language;
                    li {
                        a class="luik-link" href=(other.query()) lang=(language.tag())
                            hreflang=(language.tag()) aria-current=[is_this.then_some("true")] {
                            (own_name(language))
                        }
                    }
                }
            }
        }
    }
}
