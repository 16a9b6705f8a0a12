//! The page behind the link in a letter about removals: what is confirmed, and the button that does
//! it. Looking confirms nothing, for mail scanners follow links.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_SECURITY_POLICY, VARY};
use axum::response::{Html, IntoResponse, Response};
use maud::{Markup, html};

use crate::http::{Refusal, no_query};
use crate::model::{Language, PartnerId, PublicId};
use crate::post;

use super::{Serve, language, look, unavailable};

/// The texts of one language.
struct Words {
    title: &'static str,
    ask: &'static str,
    /// Above the list.
    these: &'static str,
    button: &'static str,
    thanks: &'static str,
    /// Behind how many.
    confirmed: &'static str,
    nothing: &'static str,
    nothing_text: &'static str,
}

const DUTCH: Words = Words {
    title: "Zijn deze berichten weg?",
    ask: "Bevestig alleen als ze nergens meer staan: niet op uw site, niet in een lijst en niet op \
          papier.",
    these: "Berichten met deze adressen:",
    button: "Ja, alles is weg",
    thanks: "Dank u wel",
    confirmed: "verwijderd volgens uw bevestiging. U hoeft verder niets te doen.",
    nothing: "Er valt hier niets meer te bevestigen",
    nothing_text: "Wat in deze brief stond, is al bevestigd. U hoeft niets te doen.",
};

const ENGLISH: Words = Words {
    title: "Are these messages gone?",
    ask: "Confirm only when they are nowhere any more: not on your site, not in a list and not on \
          paper.",
    these: "Messages with these addresses:",
    button: "Yes, everything is gone",
    thanks: "Thank you",
    confirmed: "taken away, as you confirmed. There is nothing more to do.",
    nothing: "There is nothing left to confirm here",
    nothing_text: "What this letter named has been confirmed already. There is nothing to do.",
};

const FRISIAN: Words = Words {
    title: "Binne dizze berjochten fuort?",
    ask: "Befêstigje allinnich as se nearne mear steane: net op jo side, net yn in list en net op \
          papier.",
    these: "Berjochten mei dizze adressen:",
    button: "Ja, alles is fuort",
    thanks: "Tankewol",
    confirmed: "fuorthelle neffens jo befêstiging. Jo hoege fierder neat te dwaan.",
    nothing: "Hjir is neat mear te befêstigjen",
    nothing_text: "Wat yn dizze brief stie, is al befêstige. Jo hoege neat te dwaan.",
};

fn words(language: Language) -> &'static Words {
    match language {
        Language::Dutch => &DUTCH,
        Language::English => &ENGLISH,
        Language::Frisian => &FRISIAN,
    }
}

type Asked = Result<Path<(String, String)>, PathRejection>;

/// `GET /confirm/{partner}/{ticket}`
pub(super) async fn ask(
    State(serve): State<Serve>,
    path: Asked,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (partner, ticket) = asked(path, query.as_deref())?;
    let open = serve.tools.desk.look(&partner, &ticket).await.map_err(refused)?;
    let language = language::wanted(&headers);
    let words = words(language);
    Ok(if open.is_empty() {
        page(language, words.nothing, &html! { p { (words.nothing_text) } })
    } else {
        page(language, words.title, &question(words, &serve.base, &partner, &open))
    })
}

/// `POST /confirm/{partner}/{ticket}`
pub(super) async fn confirm(
    State(serve): State<Serve>,
    path: Asked,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let (partner, ticket) = asked(path, query.as_deref())?;
    let confirmed = serve.tools.desk.confirm(&partner, &ticket).await.map_err(refused)?;
    let language = language::wanted(&headers);
    let words = words(language);
    Ok(if confirmed == 0 {
        page(language, words.nothing, &html! { p { (words.nothing_text) } })
    } else {
        page(language, words.thanks, &html! { p { (confirmed) " " (words.confirmed) } })
    })
}

fn asked(path: Asked, query: Option<&str>) -> Result<(PartnerId, String), Refusal> {
    no_query(query)?;
    let Path((partner, ticket)) = path.map_err(|_| Refusal::UnknownPath)?;
    Ok((partner.parse().map_err(|_| Refusal::UnknownPath)?, ticket))
}

fn refused(error: post::Error) -> Refusal {
    match error {
        post::Error::Unknown => Refusal::UnknownPath,
        post::Error::Expired => Refusal::Removed,
        post::Error::Journal(error) => unavailable(error),
    }
}

fn question(words: &Words, base: &str, partner: &PartnerId, open: &[PublicId]) -> Markup {
    html! {
        p { (words.ask) }
        form method="post" { p { button class="luik-button" type="submit" { (words.button) } } }
        p { (words.these) }
        ul { @for id in open { li { (base) "/r/" (partner.as_str()) "/" (id.to_string()) } } }
    }
}

fn page(language: Language, title: &str, rest: &Markup) -> Response {
    let body = html! {
        main class="luik luik-note" {
            h1 class="luik-title" { (title) }
            (rest)
        }
    };
    let page = look::page(language, title, &html! {}, &body);
    let mut response = Html(page.into_string()).into_response();
    let headers = response.headers_mut();
    headers.insert(VARY, axum::http::HeaderValue::from_static("accept-language"));
    headers.extend(look::ASKING.clone().map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    response
}
