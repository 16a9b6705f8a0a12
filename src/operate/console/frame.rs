//! What stands around every page: where one is, the search, and the way out.

use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use super::form::MARK;
use super::guard::{Seat, Visit};
use super::language;
use super::say::Say;
use super::{files, login};

/// The parts of the console.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Part {
    Overview,
    Item,
    Retract,
    Statements,
    /// None of them.
    Elsewhere,
}

impl Part {
    /// Those that stand on every page, with their addresses.
    const SHOWN: [(Self, &str); 4] = [
        (Self::Overview, "/console"),
        (Self::Item, "/console/items"),
        (Self::Retract, "/console/retract"),
        (Self::Statements, "/console/statements"),
    ];

    fn name(self, say: Say) -> &'static str {
        match self {
            Self::Overview => say.of("Overzicht", "Overview"),
            Self::Item => say.of("Waar staat een item?", "Where is an item?"),
            Self::Retract => say.of("Intrekken", "Retract"),
            Self::Statements => say.of("Verklaringen", "Statements"),
            Self::Elsewhere => "",
        }
    }
}

/// A page for somebody who is in.
pub(super) fn page(visit: &Visit, part: Part, title: &str, body: &Markup) -> Response {
    with_head(visit, part, title, (&html! {}, body))
}

/// The same with something more in its head.
pub(super) fn with_head(
    visit: &Visit,
    part: Part,
    title: &str,
    (head, body): (&Markup, &Markup),
) -> Response {
    let say = visit.say;
    let frame = html! {
        header class="bar" {
            a class="brand" href="/console" { "Luik" }
            nav aria-label=(say.of("Onderdelen", "Parts")) {
                ul {
                    @for (shown, address) in Part::SHOWN {
                        li {
                            a href=(address) aria-current=[(shown == part).then_some("page")] {
                                (shown.name(say))
                            }
                        }
                    }
                }
            }
            (search(visit))
        }
        main id="main" tabindex="-1" { (body) }
        (foot(visit, part))
    };
    whole(say, title, head, &frame)
}

/// A page for whoever is not in, or not any more.
pub(super) fn bare(say: Say, title: &str, body: &Markup) -> Response {
    let frame = html! {
        header class="bar" { a class="brand" href="/console" { "Luik" } }
        main id="main" class="alone" tabindex="-1" { (body) }
    };
    whole(say, title, &html! {}, &frame)
}

fn whole(say: Say, title: &str, head: &Markup, frame: &Markup) -> Response {
    let page = html! {
        (DOCTYPE)
        html lang=(say.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex";
                meta name="color-scheme" content="light dark";
                title { (title) " – Luik" }
                link rel="icon" href=(files::ICON.path());
                link rel="stylesheet" href=(files::STYLE.path());
                script src=(files::LIVE.path()) defer {}
                (head)
            }
            body {
                a class="skip" href="#main" { (say.of("Naar de inhoud", "To the content")) }
                (frame)
            }
        }
    };
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    (StatusCode::OK, [(CONTENT_TYPE, html)], page.into_string()).into_response()
}

/// Sends by POST: what is looked for may be an id of the core.
fn search(visit: &Visit) -> Markup {
    let say = visit.say;
    let label = say.of("Zoek partner of item", "Find partner or item");
    html! {
        form class="find" method="post" action="/console/search" role="search" {
            (mark(visit))
            label class="unseen" for="find" { (label) }
            input id="find" type="search" name="what" maxlength="512" autocomplete="off"
                spellcheck="false" placeholder=(label);
            button { (say.of("Zoek", "Find")) }
        }
    }
}

fn foot(visit: &Visit, part: Part) -> Markup {
    let say = visit.say;
    html! {
        footer {
            p id="live" hidden data-fresh=(say.of("Bijgewerkt om %", "Updated at %"))
                data-stale=(say.of("Niet bijgewerkt sinds %: Luik antwoordt niet",
                    "Not updated since %: Luik does not answer")) {
                span data-told { (say.of("Wordt vanzelf bijgewerkt", "Updates by itself")) }
                " "
                button type="button" aria-pressed="false" {
                    (say.of("Bijwerken stilzetten", "Hold updates"))
                }
            }
            // Statements are in Dutch time, and say so.
            @if part != Part::Statements {
                p { (say.of("Alle tijden zijn UTC.", "All times are UTC.")) }
            }
            p {
                @for (tongue, name) in language::ALL {
                    a href={ (visit.path) "?lang=" (tongue.tag()) } lang=(tongue.tag())
                        hreflang=(tongue.tag())
                        aria-current=[(tongue.tag() == say.tag()).then_some("true")] { (name) }
                    " "
                }
            }
            (who(visit))
        }
    }
}

fn who(visit: &Visit) -> Markup {
    let say = visit.say;
    match visit.seat {
        Seat::Session => html! {
            form method="post" action="/console/logout" {
                (mark(visit))
                button class="quiet" { (say.of("Uitloggen", "Log out")) }
            }
        },
        Seat::Open | Seat::Bearer => html! {
            p { (say.of("Alleen kijken.", "Looking only.")) }
        },
        Seat::Stranger => html! {
            p { a href=(login::PATH) { (say.of("Inloggen", "Log in")) } }
        },
    }
}

/// What makes a form ours.
pub(super) fn mark(visit: &Visit) -> Markup {
    html! { input type="hidden" name=(MARK) value=(visit.mark); }
}
