//! Refusals, as pages.

use axum::extract::Request;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName, REFERRER_POLICY, VARY,
    WWW_AUTHENTICATE, X_FRAME_OPTIONS,
};
use axum::http::{HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::Response;
use maud::html;

use crate::http::{Refusal, set_missing};

use super::say::Say;
use super::{PATH, frame, language, login, owns};

/// Nothing but our own files; nothing written into a page by script; nobody frames it.
const POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
     connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
     require-trusted-types-for 'script'; trusted-types 'none'";

/// Middleware around the whole listener: what is the console's gets its form and its headers.
pub(in crate::operate) async fn dress(request: Request, next: Next) -> Response {
    if !owns(request.uri().path()) {
        return next.run(request).await;
    }
    let say = Say::new(language::of(request.headers()));
    let mut response = next.run(request).await;
    if let Some(refusal) = response.extensions_mut().remove::<Refusal>() {
        response = shown(&refusal, say, response);
    }
    let headers = response.headers_mut();
    headers.insert(CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY));
    // Not "no-referrer": then a form would not say from which origin it comes.
    headers.insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    set_missing(headers, CACHE_CONTROL, "no-store");
    set_missing(headers, X_FRAME_OPTIONS, "DENY");
    set_missing(headers, VARY, "accept-language, cookie");
    for name in ["cross-origin-opener-policy", "cross-origin-resource-policy"] {
        set_missing(headers, HeaderName::from_static(name), "same-origin");
    }
    response
}

/// The refusal's status and headers, and a page that says what to do.
fn shown(refusal: &Refusal, say: Say, refused: Response) -> Response {
    let (title, text) = words(refusal, say);
    let body = html! {
        h1 { (title) }
        p { (text) }
        @if *refusal == Refusal::AdminTokenUnset {
            pre tabindex="0" aria-label="luik.toml" {
                code { "[listen]\nadmin_token = { env = \"LUIK_ADMIN_TOKEN\" }" }
            }
        }
        @if let Refusal::PartnersInvalid(problems) = refusal {
            ul { @for problem in problems.iter() { li { (problem) } } }
        }
        p {
            @if *refusal == Refusal::NoToken {
                a href=(login::PATH) { (say.of("Inloggen", "Log in")) }
            } @else {
                a href=(PATH) { (say.of("Naar het overzicht", "To the overview")) }
            }
        }
    };
    let page = frame::bare(say, title, &body);
    let (mut head, _) = refused.into_parts();
    // A browser would ask for a name and a password.
    head.headers.remove(WWW_AUTHENTICATE);
    let form = HeaderValue::from_static("text/html; charset=utf-8");
    head.headers.insert(CONTENT_TYPE, form);
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    Response::from_parts(head, page.into_body())
}

fn words(refusal: &Refusal, say: Say) -> (&'static str, &'static str) {
    match refusal {
        Refusal::UnknownPartner => (
            say.of("Deze partner is er niet", "There is no such partner"),
            say.of(
                "Er is geen partner met deze naam, of hij heeft geen lijst op zijn site.",
                "No partner has this name, or it has no list on its site.",
            ),
        ),
        Refusal::AdminTokenUnset => (
            say.of("Hier kan nu alleen gekeken worden", "This console can only look"),
            say.of(
                "Er is geen token ingesteld, dus niemand kan bewijzen dat hij iets mag doen. Zet \
                 in luik.toml een token, herstart Luik en log in:",
                "No token is set, so nobody can prove that they may act. Set a token in luik.toml, \
                 restart Luik and log in:",
            ),
        ),
        Refusal::NoToken => (
            say.of("Uw sessie is voorbij", "Your session is over"),
            say.of(
                "Er is niets gedaan. Log opnieuw in en doe het nog eens.",
                "Nothing was done. Log in again and do it once more.",
            ),
        ),
        Refusal::Forged => (
            say.of("Dit formulier is niet aangenomen", "This form was not taken"),
            say.of(
                "Het kwam niet van een pagina van deze console, of die pagina is van een eerdere \
                 sessie. Er is niets gedaan.",
                "It did not come from a page of this console, or that page is of an earlier \
                 session. Nothing was done.",
            ),
        ),
        Refusal::TooMany { .. } => (
            say.of("Even wachten", "Wait a moment"),
            say.of(
                "Dit is te vaak achter elkaar geprobeerd. Probeer het zo weer.",
                "This was tried too often in a row. Try again in a moment.",
            ),
        ),
        Refusal::WrongValue(detail) => (say.of("Dit klopt niet", "This is not right"), detail),
        Refusal::UnknownPath
        | Refusal::WrongMethod
        | Refusal::UnknownKey
        | Refusal::ForeignHost
        | Refusal::Removed
        | Refusal::TooOld(_)
        | Refusal::Over
        | Refusal::Withheld
        | Refusal::PartnersInvalid(_)
        | Refusal::TooLarge
        | Refusal::Coded
        | Refusal::OtherForm
        | Refusal::UriTooLong
        | Refusal::Unexpected
        | Refusal::Unavailable
        | Refusal::Broken => by_status(refusal, say),
    }
}

fn by_status(refusal: &Refusal, say: Say) -> (&'static str, &'static str) {
    match refusal.status() {
        StatusCode::NOT_FOUND => (
            say.of("Hier is niets", "There is nothing here"),
            say.of("Dit adres bestaat niet (meer).", "This address does not exist, or no longer."),
        ),
        StatusCode::SERVICE_UNAVAILABLE => (
            say.of("Dat lukt nu niet", "Not now"),
            say.of(
                "Luik kan hier nu niet op antwoorden. Probeer het over een paar tellen weer.",
                "Luik can not answer this now. Try again in a few seconds.",
            ),
        ),
        StatusCode::INTERNAL_SERVER_ERROR => (
            say.of("Er ging iets mis", "Something went wrong"),
            say.of(
                "Dat ligt aan Luik; het staat in het logboek.",
                "It is Luik's fault; the log says more.",
            ),
        ),
        _ => (say.of("Dit klopt niet", "This is not right"), refusal.detail()),
    }
}
