//! Statements for the data-protection officer, to read and to print.

use axum::extract::{Extension, Path, RawQuery, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::evidence::{self, Statement, day_end};
use crate::http::{self, Refusal};
use crate::model::{Language, PublicId};

use super::form::Form;
use super::frame::{self, Part};
use super::guard::Visit;
use super::retract::ID_MAX;
use super::{Console, files, item, unavailable};

/// `GET /console/statements`
pub(super) async fn page(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
) -> Response {
    let say = visit.say;
    let title = say.of("Verklaringen", "Statements");
    let body = html! {
        h1 { (title) }
        p class="lead" {
            (say.of("Voor de functionaris gegevensbescherming: om te lezen en af te drukken. Er staat geen tekst en \
                geen naam van een item in.", "For the data-protection officer: to read and to print. They hold no \
                text and no name of an item."))
        }
        div class="halves reports" {
            (of_item(&visit))
            (of_partner(&console, &visit))
            section {
                h2 { a href="/console/statements/agreements" { (say.of("Overeenkomsten", "Agreements")) } }
                p { (say.of("Het register: met wie, waarover, van wanneer tot wanneer, en elke wijziging.",
                    "The register: with whom, about what, from when until when, and every change.")) }
            }
            section {
                h2 { a href="/console/statements/processing" { (say.of("Verwerkingsregister", "Register of processing")) } }
                p { (say.of("De regels voor uw register (AVG, artikel 30).", "The rows for your register (GDPR, article 30).")) }
            }
            section {
                h2 { (say.of("Klopt het nog?", "Does it still hold?")) }
                p { (say.of("De keten van het register is na te rekenen, ook zonder Luik:", "The chain of the record can be checked, also away from Luik:")) }
                pre tabindex="0" aria-label="luik audit" { code { "luik audit export FILE\nluik audit verify FILE" } }
            }
        }
    };
    frame::page(&visit, Part::Statements, title, &body)
}

fn of_item(visit: &Visit) -> Markup {
    let say = visit.say;
    html! {
        section {
            h2 { (say.of("Wie kreeg een item, en is het weg?", "Who received an item, and is it gone?")) }
            form class="stack" method="post" action="/console/statements/items" {
                (frame::mark(visit))
                label for="id" { (say.of("Nummer in de kern, of openbaar nummer", "Id in the core, or public id")) }
                input id="id" name="id" required maxlength=(ID_MAX) autocomplete="off" spellcheck="false";
                button { (say.of("Toon verklaring", "Show statement")) }
            }
        }
    }
}

fn of_partner(console: &Console, visit: &Visit) -> Markup {
    let say = visit.say;
    let now = super::say::moment(console.tools.clock.now());
    let now = now.get(..16).unwrap_or_default().replace(' ', "T");
    html! {
        section {
            h2 { (say.of("Wat had een partner op een moment?", "What did a partner hold at a moment?")) }
            form class="stack" method="get" action="/console/statements/held" {
                label for="partner" { (say.of("Partner, bij zijn korte naam", "Partner, by its short name")) }
                input id="partner" name="partner" required maxlength="63" autocomplete="off" spellcheck="false" pattern="[a-z0-9\\-]+";
                label for="at" { (say.of("Wanneer (UTC)", "When (UTC)")) }
                input id="at" name="at" type="datetime-local" required value=(now);
                button { (say.of("Toon verklaring", "Show statement")) }
            }
        }
    }
}

/// `POST /console/statements/items`
pub(super) async fn find(
    State(console): State<Console>,
    Extension(form): Extension<Form>,
) -> Result<Response, Refusal> {
    let place = format!("/console/statements/items/{}", item::asked(&console, &form)?);
    Ok((StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response())
}

/// `GET /console/statements/items/{id}`
pub(super) async fn item(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: PublicId = id.parse().map_err(|_| Refusal::UnknownPath)?;
    let (tools, partners) = (&console.tools, console.tools.registry.current());
    let made = evidence::item(&tools.journal, &partners, id, tools.clock.now()).await;
    Ok(shown(&visit, &made.map_err(unmade)?.into()))
}

/// `GET /console/statements/held`
pub(super) async fn held(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let (mut partner, mut at) = (None, None);
    for (key, value) in http::pairs(query.as_deref())? {
        match &*key {
            "partner" => partner = value.trim().parse().ok(),
            _ => at = moment(value.trim()),
        }
    }
    let partner = partner.ok_or(Refusal::WrongValue("partner is the short name of a partner."))?;
    let at = at.ok_or(Refusal::WrongValue("at is a time such as 2026-11-26T10:00."))?;
    let (tools, partners) = (&console.tools, console.tools.registry.current());
    let known = partners.contains_key(&partner) || tools.journal.knows(&partner);
    if !known {
        return Err(Refusal::UnknownPartner);
    }
    let times = (at, tools.clock.now());
    let made = evidence::held(&tools.journal, &partners, &partner, times).await;
    Ok(shown(&visit, &made.map_err(unmade)?.into()))
}

/// A moment, or one that is meant as UTC, or the end of a day.
fn moment(text: &str) -> Option<Timestamp> {
    let utc = || text.parse::<DateTime>().ok()?.to_zoned(TimeZone::UTC).ok();
    let day = || text.parse::<Date>().ok().and_then(day_end);
    let is_day = text.len() <= "2026-11-26".len();
    if is_day { day() } else { text.parse().ok().or_else(|| Some(utc()?.timestamp())) }
}

/// `GET /console/statements/agreements`
pub(super) async fn agreements(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Refusal> {
    let (tools, partners) = (&console.tools, console.tools.registry.current());
    let made = evidence::agreements(&tools.journal, &partners, tools.clock.now()).await;
    Ok(shown(&visit, &Statement::Agreements(made.map_err(unmade)?)))
}

/// `GET /console/statements/processing`
pub(super) async fn processing(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
) -> Result<Response, Refusal> {
    let (tools, partners) = (&console.tools, console.tools.registry.current());
    let made =
        evidence::processing(&tools.journal, &partners, tools.ledger_keep, tools.clock.now());
    Ok(shown(&visit, &Statement::Processing(made)))
}

fn shown(visit: &Visit, statement: &Statement) -> Response {
    let language = visit.say.of(Language::Dutch, Language::English);
    let head = html! { link rel="stylesheet" href=(files::STATEMENT.path()); };
    let body = html! {
        (evidence::body(statement, language))
        p class="acts" { a href="/console/statements" { (visit.say.of("Alle verklaringen", "All statements")) } }
    };
    let title = visit.say.of("Verklaring", "Statement");
    frame::with_head(visit, Part::Statements, title, (&head, &body))
}

fn unmade(error: evidence::Error) -> Refusal {
    let evidence::Error::Journal(error) = error;
    unavailable(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_is_read_as_it_is_meant() {
        for (text, meant) in [
            ("2026-11-26T10:00", Some("2026-11-26T10:00:00Z")),
            ("2026-11-26T10:00:30", Some("2026-11-26T10:00:30Z")),
            ("2026-11-26T10:00:00+01:00", Some("2026-11-26T09:00:00Z")),
            ("2026-11-26", Some("2026-11-26T22:59:59.999Z")),
            ("", None),
            ("yesterday", None),
            ("2026-13-26T10:00", None),
        ] {
            assert_eq!(moment(text), meant.map(|meant| meant.parse().unwrap()), "{text}");
        }
    }
}
