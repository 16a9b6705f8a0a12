//! In with the token, by a form; out with a button.

use axum::extract::{Extension, RawQuery, State};
use axum::http::header::{CONTENT_TYPE, LOCATION, ORIGIN, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use maud::{DOCTYPE, Markup, html};

use std::net::{IpAddr, Ipv4Addr};

use crate::config::TokenDigest;
use crate::http::{self, Peer, Refusal};

use super::super::access::names_loopback;
use super::form::Form;
use super::guard::{Seat, Visit};
use super::session::{COOKIE_NAME, LASTS};
use super::{Console, frame};

pub(super) const PATH: &str = "/console/login";

/// Sends whoever is not in to the form, and from there back. The cookie does not come along with a
/// link on another site: the page that such a link opens asks for itself once more.
pub(super) fn elsewhere(headers: &HeaderMap, uri: &Uri) -> Response {
    let site = headers.get(HeaderName::from_static("sec-fetch-site"));
    if site.is_some_and(|site| site.as_bytes() == b"cross-site") {
        let again = html! {
            (DOCTYPE)
            html lang="nl" {
                head { title { "Luik" } meta http-equiv="refresh" content="0"; }
                body { p { a href=(uri.path()) { "Luik" } } }
            }
        };
        return ([(CONTENT_TYPE, "text/html; charset=utf-8")], again.into_string()).into_response();
    }
    let place = match after(uri.path()) {
        "/console" => PATH.to_owned(),
        next => format!("{PATH}?next={next}"),
    };
    (StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response()
}

/// A page of ours, and nothing else that somebody could put there.
fn after(next: &str) -> &str {
    let plain =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"/-".contains(&byte);
    let below =
        next.strip_prefix("/console").is_some_and(|rest| rest.is_empty() || rest.starts_with('/'));
    let out = [PATH, "/console/logout"].contains(&next);
    if below && !out && next.bytes().all(plain) { next } else { "/console" }
}

/// `GET /console/login`
pub(super) async fn form(
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let next = http::one_key(query.as_deref(), "next")?.unwrap_or_default();
    Ok(shown(&visit, &next, None))
}

fn shown(visit: &Visit, next: &str, wrong: Option<&str>) -> Response {
    let say = visit.say;
    let title = say.of("Inloggen", "Log in");
    let body = html! {
        h1 { (title) }
        @match visit.seat {
            Seat::Open => (unset(visit)),
            Seat::Session => p {
                (say.of("U bent ingelogd.", "You are logged in.")) " "
                a href=(after(next)) { (say.of("Verder", "Go on")) }
            },
            Seat::Bearer | Seat::Stranger => (asks(visit, next, wrong)),
        }
    };
    frame::bare(say, title, &body)
}

fn asks(visit: &Visit, next: &str, wrong: Option<&str>) -> Markup {
    let say = visit.say;
    html! {
        @if let Some(wrong) = wrong {
            p id="wrong" class="notice bad" role="alert" { (wrong) }
        }
        form class="stack" method="post" action=(PATH) {
            (frame::mark(visit))
            input type="hidden" name="next" value=(after(next));
            label for="token" { (say.of("Token", "Token")) }
            input id="token" type="password" name="token" required autocomplete="current-password"
                aria-describedby=[wrong.map(|_| "wrong")];
            p class="soft" {
                (say.of("Het token staat als ", "The token is "))
                code { "listen.admin_token" }
                (say.of(" in luik.toml. Een sessie duurt een werkdag, en eindigt als Luik herstart.",
                    " in luik.toml. A session lasts a working day, and ends when Luik restarts."))
            }
            button class="main" { (say.of("Inloggen", "Log in")) }
        }
    }
}

/// How to get a console that can act.
pub(super) fn unset(visit: &Visit) -> Markup {
    let say = visit.say;
    html! {
        p {
            (say.of("Er is geen token ingesteld: op deze machine mag iedereen kijken, en niemand iets doen. \
                Wilt u ook handelen, zet dan in luik.toml:",
                "No token is set: on this machine everybody may look, and nobody may act. To act too, put \
                into luik.toml:"))
        }
        pre tabindex="0" aria-label="luik.toml" {
            code { "[listen]\nadmin_token = { env = \"LUIK_ADMIN_TOKEN\" }" }
        }
        p { (say.of("Geef die variabele een lang, willekeurig woord en herstart Luik.",
            "Give that variable a long random word and restart Luik.")) }
        p { a href="/console" { (say.of("Naar het overzicht", "To the overview")) } }
    }
}

/// `POST /console/login`
pub(super) async fn login(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Extension(form): Extension<Form>,
    peer: Option<Extension<Peer>>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    form.only(&["token", "next"])?;
    let Some(token) = &console.token else { return Err(Refusal::AdminTokenUnset) };
    let peer = peer.map_or(Peer(IpAddr::V4(Ipv4Addr::LOCALHOST)), |Extension(peer)| peer);
    let (say, next) = (visit.say, form.get("next").unwrap_or_default());
    let caller = http::caller(peer, &headers, &console.trusted_proxies);
    if let Err(refusal) = console.rates.address(caller) {
        let wrong = say.of(
            "Te snel na elkaar. Wacht even en probeer het dan opnieuw.",
            "Too soon after the last time. Wait a moment, then try again.",
        );
        return Ok(refused(shown(&visit, next, Some(wrong)), refusal));
    }
    let is_local = names_loopback(&headers);
    let comes = |by: &[u8]| headers.get(ORIGIN).is_some_and(|from| from.as_bytes().starts_with(by));
    if comes(b"http:") && !is_local {
        let wrong = say.of(
            "Deze pagina kwam zonder TLS; uw browser bewaart zo geen sessie. Gebruik https, of een \
             tunnel naar localhost. En kies een nieuw token: dit ging leesbaar over het net.",
            "This page came without TLS, and your browser keeps no session then. Use https, or a \
             tunnel to localhost. And choose a new token: this one crossed the network in clear.",
        );
        return Ok(refused(shown(&visit, next, Some(wrong)), Refusal::NoToken));
    }
    let given = form.get("token").map(|given| TokenDigest::of(given.as_bytes()));
    if !given.is_some_and(|given| given.is_one_of([token])) {
        tracing::warn!("somebody gave a wrong token to the console");
        let wrong = say.of("Dit is niet het token.", "This is not the token.");
        return Ok(refused(shown(&visit, next, Some(wrong)), Refusal::NoToken));
    }
    let id = console.sessions.begin(console.tools.clock.now()).map_err(|_| Refusal::Broken)?;
    // A proxy with TLS may ask for this machine by a local name.
    let secure = if is_local && !comes(b"https:") { "" } else { "; Secure" };
    let kept = format!("{COOKIE_NAME}={id}; Max-Age={}; {FOR_US}{secure}", LASTS.as_secs());
    Ok((StatusCode::SEE_OTHER, [(SET_COOKIE, kept), (LOCATION, after(next).to_owned())])
        .into_response())
}

/// To whom a cookie is shown.
const FOR_US: &str = "Path=/console; HttpOnly; SameSite=Strict";

/// The form once more, with what a refusal says to programs.
fn refused(mut page: Response, refusal: Refusal) -> Response {
    let refused = refusal.into_response();
    *page.status_mut() = refused.status();
    let wait = refused.headers().get(RETRY_AFTER).cloned();
    page.headers_mut().extend(wait.map(|wait| (RETRY_AFTER, wait)));
    page
}

/// `POST /console/logout`
pub(super) async fn logout(
    State(console): State<Console>,
    Extension(form): Extension<Form>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    form.only(&[])?;
    console.sessions.end(&headers);
    let gone = format!("{COOKIE_NAME}=; Max-Age=0; {FOR_US}");
    let place = (LOCATION, PATH.to_owned());
    Ok((StatusCode::SEE_OTHER, [(SET_COOKIE, gone), place]).into_response())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_leads_to_a_page_of_ours_only() {
        for next in ["/console", "/console/partners/wijk-1", "/console/statements"] {
            assert_eq!(after(next), next);
        }
        for next in [
            "",
            "/",
            "//evil.example",
            "https://evil.example",
            "/consoles",
            "/console?x",
            "/console/login",
            "/console/logout",
            "/console/\\evil",
            "/console//evil.example/%0d",
        ] {
            assert_eq!(after(next), "/console", "{next}");
        }
    }
}
