//! Takes an item, or all of a person, away from everybody at once and keeps it away; and shows how
//! far that is.

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::http::Refusal;
use crate::journal::{Block, Cause};
use crate::minimise::CoreId;

use super::form::Form;
use super::frame::Part;
use super::guard::Visit;
use super::table::{Column, table};
use super::worry::Level;
use super::{Console, act, frame, signs, unavailable};

/// Longest id of the core that is taken.
pub(super) const ID_MAX: usize = 512;

/// `GET /console/retract`
pub(super) async fn form(Extension(visit): Extension<Visit>) -> Response {
    asks(&visit, None)
}

fn asks(visit: &Visit, wrong: Option<&Form>) -> Response {
    let say = visit.say;
    let title = say.of("Intrekken", "Retract");
    let is_author = wrong.and_then(|form| form.get("what")) == Some("author");
    let body = html! {
        h1 { (title) }
        div class="outcome" {
            p { (signs::badge(Level::Warning, say.of("Wat er gebeurt", "What happens"))) }
            p { (say.of("Het gaat nu bij elke partner weg, en blijft weg: ook als de kern het opnieuw \
                aanbiedt. Bij een persoon geldt dat voor alles wat die plaatste of nog plaatst.",
                "It goes from every partner now, and stays away, even if the core offers it again. Of a \
                person this holds for everything that they placed or will place.")) }
        }
        @if visit.may_act() {
            form class="stack" method="post" action="/console/retract" {
                (frame::mark(visit))
                fieldset {
                    legend { (say.of("Wat trekt u in?", "What do you retract?")) }
                    label class="pick" { input type="radio" name="what" value="item" required checked[!is_author]; " " (say.of("één item", "one item")) }
                    label class="pick" { input type="radio" name="what" value="author" checked[is_author]; " " (say.of("alles van één persoon", "everything of one person")) }
                }
                label for="id" { (say.of("Nummer in de kern", "Id in the core")) }
                input id="id" name="id" required maxlength=(ID_MAX) autocomplete="off" spellcheck="false"
                    aria-describedby="about-id";
                p id="about-id" class="soft" { (say.of("Wordt hier versleuteld en nergens bewaard.", "Is hashed here and kept nowhere.")) }
                (act::who_and_why(say, wrong))
                div class="ends" { button class="main grave" { (title) } }
            }
        } @else {
            p class="notice" {
                (say.of("Om dit te doen moet u ingelogd zijn. ", "To do this you have to be logged in. "))
                a href="/console/login?next=/console/retract" { (say.of("Hoe dat kan", "How to")) }
            }
        }
    };
    let mut page = frame::page(visit, Part::Retract, title, &body);
    if wrong.is_some() {
        *page.status_mut() = StatusCode::BAD_REQUEST;
    }
    page
}

/// `POST /console/retract`
pub(super) async fn retract(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Extension(form): Extension<Form>,
) -> Result<Response, Refusal> {
    form.only(&["what", "id", "name", "reason"])?;
    let Some((block, cause)) = order(&console, &form) else {
        return Ok(asks(&visit, Some(&form)));
    };
    let done = console.tools.journal.retract(block, cause).await.map_err(unavailable)?;
    let (action, items) = (done.action, done.items);
    tracing::warn!(action, items, "taken away and blocked by the console");
    let place = format!("/console/retractions/{action}");
    Ok((StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response())
}

/// The core's id goes no further than this.
fn order(console: &Console, form: &Form) -> Option<(Block, Cause)> {
    let (id, policy) = (form.get("id").filter(|id| id.len() <= ID_MAX)?, &console.tools.policy);
    let block = match form.get("what")? {
        "item" => Block::Item(policy.public_id(&CoreId::new(id))),
        "author" => Block::Author(policy.author_key(id)),
        _ => return None,
    };
    Some((block, form.cause()?))
}

/// `GET /console/retractions/{action}`
pub(super) async fn progress(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Path(action): Path<String>,
) -> Result<Response, Refusal> {
    let number = action.parse().map_err(|_| Refusal::UnknownPath)?;
    let owed = console.tools.journal.progress(number).await.map_err(unavailable)?;
    let mut owed = owed.ok_or(Refusal::UnknownPath)?;
    owed.sort_by_key(|one| (std::cmp::Reverse(one.open), one.partner.clone()));
    let open = owed.iter().filter(|one| one.open > 0).count();
    let (say, partners) = (visit.say, console.tools.registry.current());
    let title = format!("{} {number}", say.of("Intrekking", "Retraction"));
    let (level, words) = if open == 0 {
        (Level::Fine, say.of("Bij niemand meer open.", "Open with nobody any more.").to_owned())
    } else {
        let open = u64::try_from(open).unwrap_or(u64::MAX);
        let of = say.of(["partner", "partners"], ["partner", "partners"]);
        (
            Level::Warning,
            format!("{} {}", say.of("Nog open bij", "Still open with"), say.count(open, of)),
        )
    };
    let columns = [
        Column::Head(say.of("Partner", "Partner")),
        Column::Text(say.of("Langs", "By way of")),
        Column::Number(say.of("Kan hebben gehad", "May have had")),
        Column::Number(say.of("Nog open", "Still open")),
    ];
    let rows = owed.iter().map(|one| {
        let name = partners.get(&one.partner).map_or(one.partner.as_str(), |partner| &partner.name);
        let level = if one.open > 0 { Level::Warning } else { Level::Fine };
        vec![
            html! { a href={ "/console/partners/" (one.partner) } { (name) } },
            html! { (one.channel.as_str()) },
            html! { (one.items) },
            signs::badge(level, &one.open.to_string()),
        ]
    });
    let body = html! {
        div class="headline" {
            h1 { (title) }
            div id="shape" data-live="part" { (signs::shape(level)) }
            p id="headline" role="status" data-live="text" { (words) }
        }
        section id="owed" data-live="part" {
            @if owed.is_empty() {
                p class="calm" { (say.of("Geen partner kan het gehad hebben.", "No partner can have had it.")) }
            } @else { (table((say.of("Per partner", "By partner"), false), &columns, rows)) }
        }
    };
    Ok(frame::page(&visit, Part::Retract, &title, &body))
}
