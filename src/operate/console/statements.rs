//! Where a data-protection officer finds what to print.

use axum::extract::Extension;
use axum::response::Response;
use maud::html;

use super::frame::{self, Part};
use super::guard::Visit;

/// `GET /console/statements`
pub(super) async fn page(Extension(visit): Extension<Visit>) -> Response {
    let say = visit.say;
    let title = say.of("Verklaringen", "Statements");
    let rows = [
        (
            say.of("Wie heeft een item gekregen, en is het weg?", "Who received an item, and is it gone?"),
            say.of("Ontvangers met naam en overeenkomst, en per ontvanger het bewijs dat het weg is.",
                "Recipients by name and agreement, and for each the evidence that it is gone."),
            "luik report item NUMMER --format html",
        ),
        (
            say.of("Wat had een partner op een moment?", "What did a partner hold at a moment?"),
            say.of("Voor een datalek: aantallen, soorten en nummers, zonder inhoud.",
                "For a breach: numbers, kinds and ids, without content."),
            "luik report partner PARTNER --at TIJD --format html",
        ),
        (
            say.of("Welke overeenkomsten zijn er?", "Which agreements are there?"),
            say.of("Het register van overeenkomsten met hun wijzigingen, en de regels voor het verwerkingsregister.",
                "The register of agreements with its changes, and the rows for the processing register."),
            "luik report agreements --format html",
        ),
        (
            say.of("Klopt het register nog?", "Does the record still hold?"),
            say.of("Rekent de keten van het register na, ook zonder Luik.",
                "Checks the chain of the record, also away from Luik."),
            "luik audit verify",
        ),
    ];
    let body = html! {
        h1 { (title) }
        p class="lead" {
            (say.of("Wat een functionaris gegevensbescherming kan afdrukken. Er staat geen tekst en geen naam \
                van een item in.", "What a data-protection officer can print. It holds no text and no name of an item."))
        }
        dl class="reports" {
            @for (name, about, command) in rows {
                dt { (name) }
                dd { p { (about) } pre tabindex="0" aria-label=(name) { code { (command) } } }
            }
        }
        p { a href="/console/items" { (say.of("Waar staat een item nu?", "Where is an item now?")) } }
    };
    frame::page(&visit, Part::Statements, title, &body)
}
