//! One box for everything: a partner by id or name, an item by its public id or that of the core.
//! What was typed comes by POST and stands in no address, and in no page either.

use axum::extract::{Extension, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use maud::html;

use crate::http::Refusal;
use crate::minimise::CoreId;
use crate::model::PublicId;

use super::form::Form;
use super::frame::Part;
use super::guard::Visit;
use super::retract::ID_MAX;
use super::roll::is_called;
use super::{Console, frame, unavailable};

/// Partners that are shown.
const SHOWN: usize = 50;

fn to(place: &str) -> Response {
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

/// `POST /console/search`
pub(super) async fn search(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Extension(form): Extension<Form>,
) -> Result<Response, Refusal> {
    form.only(&["what"])?;
    let Some(what) = form.get("what").filter(|what| what.len() <= ID_MAX) else {
        return Ok(to("/console"));
    };
    let partners = console.tools.registry.current();
    if let Some(exactly) = partners.values().find(|partner| partner.id.as_str() == what) {
        return Ok(to(&format!("/console/partners/{}", exactly.id)));
    }
    let known = async |id| console.tools.journal.is_known(id).await.map_err(unavailable);
    if let Ok(id) = what.parse::<PublicId>() {
        return Ok(to(&format!("/console/items/{id}")));
    }
    let found: Vec<_> = partners.values().filter(|partner| is_called(partner, what)).collect();
    let item = console.tools.policy.public_id(&CoreId::new(what));
    let item = known(item).await?.then_some(item);
    match (found.as_slice(), item) {
        ([], Some(item)) => return Ok(to(&format!("/console/items/{item}"))),
        ([one], None) => return Ok(to(&format!("/console/partners/{}", one.id))),
        _ => {}
    }
    let say = visit.say;
    let title = say.of("Gevonden", "Found");
    let body = html! {
        h1 { (title) }
        @if found.is_empty() && item.is_none() {
            p class="calm" { (say.of("Geen partner heet zo, en geen item heeft of had dit nummer.",
                "No partner is called this, and no item has or had this id.")) }
        }
        ul class="found" {
            @if let Some(item) = item {
                li { a href={ "/console/items/" (item) } { (say.of("Item ", "Item ")) code { (item) } } }
            }
            @for partner in found.iter().take(SHOWN) {
                li { a href={ "/console/partners/" (partner.id) } { (partner.name) } " " span class="id" { (partner.id) } }
            }
        }
        @if found.len() > SHOWN {
            p class="soft" { (say.of("Er zijn er meer: zoek preciezer.", "There are more: be more precise.")) }
        }
    };
    Ok(frame::page(&visit, Part::Elsewhere, title, &body))
}
