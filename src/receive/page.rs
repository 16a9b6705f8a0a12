//! The page of a receiving site: a list of cards, readable without script, in light and dark.

use jiff::Timestamp;
use jiff::civil::Date;
use maud::{DOCTYPE, Markup, html};

use super::store::Holdings;
use super::wire::Card;
use crate::model::{Kind, Language};

/// How the page looks.
pub(super) const STYLE: &str = include_str!("site.css");
/// Nothing but its own style: a text that slips through as markup could not do anything either.
pub(super) const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
/// Cards on one page.
const CARDS: usize = 30;
/// What stands in a text where the gateway took something out.
const HOLE: &str = "[…]";

/// How a site introduces itself.
#[derive(Debug, Clone)]
pub struct Face {
    /// The site's name.
    pub name: String,
    /// One line below it.
    pub tagline: String,
    /// `leaf` or `sky`: which of the colours of `site.css`.
    pub tint: &'static str,
}

impl Default for Face {
    fn default() -> Self {
        Self {
            name: "Buurtplein".to_owned(),
            tagline: "Wat buren vragen, en wat buren te bieden hebben.".to_owned(),
            tint: "leaf",
        }
    }
}

/// One page of what is held now; `number` counts from nought.
pub(super) fn page(face: &Face, holdings: &Holdings, number: usize, now: Timestamp) -> Markup {
    let shown = if holdings.showing(now) { holdings.count() } else { 0 };
    let pages = shown.div_ceil(CARDS).max(1);
    html! {
        (DOCTYPE)
        html lang="nl" data-tint=(face.tint) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                meta name="color-scheme" content="light dark";
                title { (face.name) " – vragen en aanbod uit de buurt" }
                link rel="stylesheet" href="/site.css";
            }
            body {
                header {
                    p.brand { (face.name) }
                    p.tagline { (face.tagline) }
                }
                main {
                    h1 { "Vragen en aanbod uit de buurt" }
                    p.count { (count_line(shown, number, pages)) }
                    ul.cards {
                        @for (kind, card) in cards(holdings, now).skip(number * CARDS).take(CARDS) {
                            li { (article(kind, &card)) }
                        }
                    }
                    (page_links(number, pages))
                }
                footer {
                    p {
                        "Wie een bericht weghaalt, haalt het ook hier weg. "
                        "Wij kennen van de plaatser alleen de voornaam en de gemeente."
                    }
                }
            }
        }
    }
}

fn cards(holdings: &Holdings, now: Timestamp) -> impl Iterator<Item = (Kind, Card)> {
    holdings
        .newest(now)
        .filter_map(|(_, entry)| Some((entry.kind, Card::read(entry.data.as_deref()?))))
}

fn count_line(shown: usize, number: usize, pages: usize) -> String {
    match (shown, pages) {
        (0, _) => "Er staat nu niets open. Kom gerust later nog eens kijken.".to_owned(),
        (1, _) => "Eén bericht.".to_owned(),
        (_, 1) => format!("{shown} berichten, het nieuwste eerst."),
        _ => format!("{shown} berichten, het nieuwste eerst. Pagina {} van {pages}.", number + 1),
    }
}

fn page_links(number: usize, pages: usize) -> Markup {
    html! {
        @if pages > 1 {
            nav aria-label="Pagina’s" {
                @if number > 0 { a rel="prev" href={ "/?page=" (number) } { "← Nieuwer" } }
                @if number + 1 < pages { a rel="next" href={ "/?page=" (number + 2) } { "Ouder →" } }
            }
        }
    }
}

/// One card: all that a partner knows of an item, and the way to respond.
#[must_use]
pub fn article(kind: Kind, card: &Card) -> Markup {
    let word = match kind {
        Kind::Request => "Vraag",
        Kind::Offer => "Aanbod",
    };
    let language = card.language.as_deref();
    html! {
        article.card {
            p.card-top {
                span.kind.(kind.as_str()) { (word) }
                span.region { (card.region.name) }
                @if let Some(day) = day(&card.published) {
                    time datetime=(card.published) { (day) }
                }
            }
            h3 lang=[language] { (text(&card.title)) }
            p.text lang=[language] { (text(&card.text)) }
            p.card-foot {
                span.name { (signed(card)) }
                @if let Some(url) = &card.url {
                    a href=(url) rel="noreferrer" {
                        "Reageer" span.unseen { " op: " (card.title) }
                    }
                }
            }
        }
    }
}

/// The first name, or for somebody anonymous the region; the page speaks Dutch.
fn signed(card: &Card) -> String {
    let name = card.first_name.clone().filter(|name| !name.is_empty());
    let region = if card.region.name.is_empty() { "de buurt" } else { &card.region.name };
    name.unwrap_or_else(|| Language::Dutch.someone_from(region))
}

/// The text, with the places where something was taken out set apart.
fn text(text: &str) -> Markup {
    html! {
        @for (place, part) in text.split(HOLE).enumerate() {
            @if place > 0 { span.hole { (HOLE) } }
            (part)
        }
    }
}

/// `2026-11-20` as a Dutch reader says it; the year goes without saying on a list of these weeks.
#[must_use]
pub fn day(published: &str) -> Option<String> {
    let date: Date = published.parse().ok()?;
    Some(Language::Dutch.day_of(date))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_told_in_dutch() {
        assert_eq!(day("2026-11-20").as_deref(), Some("20 november"));
        for odd in ["", "yesterday", "2026-13-01"] {
            assert_eq!(day(odd), None);
        }
    }

    #[test]
    fn a_card_escapes_what_it_shows_and_sets_holes_apart() {
        let card = Card { text: "Bel […] <b>snel</b>".to_owned(), ..Card::default() };
        let markup = article(Kind::Request, &card).into_string();
        assert!(markup.contains(r#"Bel <span class="hole">[…]</span> &lt;b&gt;snel"#));
        assert!(!markup.contains("<a "), "no address, no link");
    }

    #[test]
    fn somebody_unnamed_is_someone_from_the_region() {
        let mut card = Card::default();
        assert_eq!(signed(&card), "Iemand uit de buurt");
        card.region.name = "Meppel".to_owned();
        assert_eq!(signed(&card), "Iemand uit Meppel");
        card.first_name = Some("Anna".to_owned());
        assert_eq!(signed(&card), "Anna");
    }

    #[test]
    fn counting_speaks_dutch() {
        for (shown, pages, line) in [
            (0, 1, "Er staat nu niets open. Kom gerust later nog eens kijken."),
            (1, 1, "Eén bericht."),
            (9, 1, "9 berichten, het nieuwste eerst."),
            (90, 3, "90 berichten, het nieuwste eerst. Pagina 1 van 3."),
        ] {
            assert_eq!(count_line(shown, 0, pages), line);
        }
    }
}
