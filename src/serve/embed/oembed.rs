//! oEmbed: how WordPress, and others, make a frame of a pasted address.
//!
//! **WordPress keeps the answer for ever**, and asks again only when somebody edits the post. So it
//! holds no item and nothing else that could have to be taken back: each visitor's browser asks for the
//! frame anew. Of an answer WordPress lets through a quotation with a link, and one iframe with its
//! address, measures and title; it adds a sandbox of its own, and hides the frame until the page in it
//! has told its height (`wordpress.js`). It needs the quotation for that, and `scrolling` must be as it
//! is: a list that is higher than WordPress lets a frame be is scrolled in it.

use std::sync::{Arc, LazyLock};

use axum::extract::{RawQuery, State};
use axum::http::header::{CACHE_CONTROL, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use maud::{Markup, html};
use serde::Serialize;
use url::Url;
use url::form_urlencoded::byte_serialize;

use crate::http::{Refusal, no_query, pairs};
use crate::metrics::EmbedForm;
use crate::model::PartnerId;
use crate::partner::Partner;

use super::super::cache::Rendered;
use super::super::{Serve, language};
use super::list;
use super::query::Asked;
use super::words::Words;

const MEASURE: &str = "maxwidth and maxheight must be whole numbers from 1 to 65535.";
const FORM: &str = "format must be json.";
const URL_MISSING: &str = "url must be the address of a list.";
const MEDIA_TYPE: &str = "application/json+oembed";
/// It says nothing that has to be taken back.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// The measures of a frame that nobody asked for otherwise, and the widest, in pixels.
const USUAL: u16 = 600;
const WIDEST: u16 = 1200;
/// How long who can forget may keep it, in seconds: it says nothing that changes.
const KEPT: u32 = 86_400;
/// What a frame may do where nobody gives it another sandbox.
const SANDBOX: &str = "allow-scripts allow-forms allow-popups allow-popups-to-escape-sandbox \
                       allow-top-navigation-by-user-activation";

static SCRIPT: LazyLock<Arc<Rendered>> = LazyLock::new(|| {
    Rendered::new("text/javascript; charset=utf-8", include_str!("wordpress.js").to_owned())
});

/// oEmbed 1.0, type rich.
#[derive(Debug, Serialize)]
struct Answer<'a> {
    version: &'static str,
    r#type: &'static str,
    title: &'a str,
    provider_name: &'static str,
    provider_url: &'a str,
    cache_age: u32,
    width: u16,
    height: u16,
    html: String,
}

/// What is asked.
#[derive(Debug, Default, PartialEq, Eq)]
struct Wish {
    url: String,
    width: Option<u16>,
    height: Option<u16>,
}

impl Wish {
    /// # Errors
    /// A key that is not known or is given twice, a wrong value, or another form than JSON.
    fn parse(query: Option<&str>) -> Result<Self, Refusal> {
        let mut wish = Self::default();
        for (key, value) in pairs(query)? {
            match &*key {
                "url" => wish.url = value.into_owned(),
                "maxwidth" => wish.width = Some(pixels(&value)?),
                "maxheight" => wish.height = Some(pixels(&value)?),
                "format" => only_json(&value)?,
                // WordPress says with it that nobody is to be followed about. Nobody is.
                "dnt" => {}
                _ => return Err(Refusal::UnknownKey),
            }
        }
        if wish.url.is_empty() { Err(Refusal::WrongValue(URL_MISSING)) } else { Ok(wish) }
    }
}

fn pixels(value: &str) -> Result<u16, Refusal> {
    let is_plain = value.bytes().all(|b| b.is_ascii_digit());
    let number = value.parse().ok().filter(|number| is_plain && *number > 0);
    number.ok_or(Refusal::WrongValue(MEASURE))
}

fn only_json(form: &str) -> Result<(), Refusal> {
    match form {
        "json" => Ok(()),
        // oEmbed 1.0 §2.3.1.1 wants 501 for a form that is known and not given.
        "xml" => Err(Refusal::OtherForm),
        _ => Err(Refusal::WrongValue(FORM)),
    }
}

/// The partner and the query that an address of a list says.
fn target<'u>(base: &str, url: &'u Url) -> Option<(&'u str, Asked)> {
    let lists = Url::parse(&format!("{base}/embed/")).ok()?;
    let name = url.path().strip_prefix(lists.path())?;
    let is_ours = url.origin() == lists.origin() && url.username().is_empty();
    let asked = Asked::parse(url.query(), EmbedForm::Page).ok()?;
    is_ours.then_some((name, asked))
}

/// `GET /oembed?url=…`
pub(super) async fn describe(
    State(serve): State<Serve>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let wish = Wish::parse(query.as_deref())?;
    let url = Url::parse(&wish.url).map_err(|_| Refusal::UnknownPath)?;
    let (name, asked) = target(&serve.base, &url).ok_or(Refusal::UnknownPath)?;
    let partner = list::partner(&serve, name)?;
    serve.tools.metrics.embed_request(&partner.id, EmbedForm::Oembed);
    let language = asked.language.unwrap_or_else(|| language::wanted(&headers));
    let title = title(Words::of(language), &partner);
    let address = address(&serve.base, &partner.id, asked);
    let width = wish.width.unwrap_or(USUAL).min(WIDEST);
    let height = wish.height.unwrap_or(USUAL).min(USUAL);
    let answer = Answer {
        version: "1.0",
        r#type: "rich",
        title: &title,
        provider_name: "Luik",
        provider_url: &serve.base,
        cache_age: KEPT,
        width,
        height,
        html: frame(&address, &title, (width, height)).into_string(),
    };
    let json = serde_json::to_string(&answer).map_err(|_| Refusal::Broken)?;
    let mut response = Rendered::new("application/json", json).answer(&headers).await;
    response.headers_mut().insert(CACHE_CONTROL, CACHING);
    response.headers_mut().append(VARY, HeaderValue::from_static("accept-language"));
    Ok(response)
}

fn frame(address: &str, title: &str, (width, height): (u16, u16)) -> Markup {
    html! {
        blockquote class="wp-embedded-content" { a href=(address) { (title) } }
        iframe class="wp-embedded-content" sandbox=(SANDBOX) security="restricted" src=(address)
            title=(title) width=(width) height=(height) frameborder="0" marginwidth="0"
            marginheight="0" {}
    }
}

/// What a page is called, and the frame that it is in.
pub(super) fn title(words: &Words, partner: &Partner) -> String {
    format!("{} – {}", words.title, partner.name)
}

/// Where a list is described.
fn endpoint(base: &str, partner: &PartnerId, asked: Asked) -> String {
    let url: String = byte_serialize(address(base, partner, asked).as_bytes()).collect();
    format!("{base}/oembed?url={url}")
}

/// The address of a list, from the newest item on.
fn address(base: &str, partner: &PartnerId, asked: Asked) -> String {
    let query = asked.newest().query();
    format!("{base}/embed/{partner}{}", query.trim_end_matches('?'))
}

/// What a page has in its head: where it is described, and what it needs within WordPress.
pub(super) fn head(base: &str, partner: &PartnerId, asked: Asked) -> Markup {
    let to = endpoint(base, partner, asked);
    html! {
        link rel="alternate" type=(MEDIA_TYPE) href=(to);
        script src={ (base) "/embed/wordpress.js" } defer {}
    }
}

/// The same for who reads headers.
pub(super) fn link(base: &str, partner: &PartnerId, asked: Asked) -> Option<HeaderValue> {
    let to = endpoint(base, partner, asked);
    HeaderValue::try_from(format!("<{to}>; rel=\"alternate\"; type=\"{MEDIA_TYPE}\"")).ok()
}

/// `GET /embed/wordpress.js`
pub(super) async fn script(
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    no_query(query.as_deref())?;
    let mut response = SCRIPT.answer(&headers).await;
    response.headers_mut().insert(CACHE_CONTROL, CACHING);
    Ok(response)
}
