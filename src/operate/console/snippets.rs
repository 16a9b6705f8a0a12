//! Ready lines for the site of a partner, beside its list as it is now.

use axum::extract::{Extension, Path, State};
use axum::response::Response;
use maud::html;

use crate::http::Refusal;
use crate::model::Language;

use super::frame::Part;
use super::guard::Visit;
use super::{Console, files, frame, partner};

/// `GET /console/partners/{partner}/snippets`
pub(super) async fn page(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let (say, partner) = (visit.say, partner::named(&console, &name)?);
    let language = say.of(Language::Dutch, Language::English);
    let (lines, list) = console.tools.preview.lines(&partner.id, language).await?;
    let title =
        format!("{} {}", say.of("Regels voor de site van", "Lines for the site of"), partner.name);
    let head = html! { link rel="stylesheet" href=(files::LIST.path()); };
    let body = html! {
        h1 { (title) }
        p {
            (say.of("Kopieer wat bij de site past.", "Copy what fits the site.")) " "
            a href={ "/console/partners/" (partner.id) } { (say.of("Terug naar de partner", "Back to the partner")) }
        }
        @for line in &lines {
            section class="lines" {
                h2 { (line.site) }
                p { (line.about(language)) }
                pre tabindex="0" aria-label=(line.site) { code { (line.text) } }
            }
        }
        h2 { (say.of("De lijst zoals die nu is", "The list as it is now")) }
        (list)
    };
    Ok(frame::with_head(&visit, Part::Elsewhere, &title, (&head, &body)))
}
