//! Lists for visitors, within other sites (design §8): a page for a frame and a fragment for
//! inclusion by a server, both without script, and a custom element.
//!
//! - **Nobody holds them.** An answer may be shown for sixty seconds; then it is asked for again, and
//!   what was removed is not in it. So nothing is owed and no mark is noted; that a removed item is
//!   gone is known, as the list is ours (the rung "verified").
//! - **Who may have seen what** follows from where an item was and the scopes that the partner had.
//! - **Held back** (paused or suspended), a list shows nothing: what was seen before is not known,
//!   and nothing new may be.
//! - **The agreement is the policy.** Its origins, and nobody else, may frame a list or read it from
//!   a script.

mod cards;
mod element;
mod fragment;
mod headers;
mod list;
mod oembed;
mod page;
mod paper;
mod query;
mod snippets;
mod words;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{CACHE_CONTROL, LINK, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::get;

use crate::http::Refusal;
use crate::metrics::EmbedForm;
use crate::model::Language;

use super::{Serve, language};

pub(super) use headers::Dress;
pub(super) use list::list_of;
pub(super) use query::{Asked, language_of};
pub use snippets::{Preview, Snippet, snippets};

/// A removed item is gone on the next load, and nothing stale is ever shown.
const CACHING: HeaderValue = HeaderValue::from_static("public, max-age=60, must-revalidate");

/// Everything under `/embed`.
pub(super) fn routes() -> Router<Serve> {
    Router::new()
        .route("/embed/{partner}", get(whole_page))
        .route("/embed/{partner}/fragment", get(bare_fragment))
        .route("/embed/wordpress.js", get(oembed::script))
        .route("/oembed", get(oembed::describe))
        .route("/embed/{partner}/items.json", get(bare_items))
        .merge(element::routes())
}

/// What a handler is asked.
type Named = Result<Path<String>, PathRejection>;

/// `GET /embed/{partner}`
async fn whole_page(
    State(serve): State<Serve>,
    name: Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    answer(&serve, name, (EmbedForm::Page, query.as_deref()), &headers).await
}

/// `GET /embed/{partner}/fragment`
async fn bare_fragment(
    State(serve): State<Serve>,
    name: Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    answer(&serve, name, (EmbedForm::Fragment, query.as_deref()), &headers).await
}

/// `GET /embed/{partner}/items.json`
async fn bare_items(
    State(serve): State<Serve>,
    name: Named,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    answer(&serve, name, (EmbedForm::Element, query.as_deref()), &headers).await
}

async fn answer(
    serve: &Serve,
    name: Named,
    (form, query): (EmbedForm, Option<&str>),
    headers: &HeaderMap,
) -> Result<Response, Refusal> {
    let Path(name) = name.map_err(|_| Refusal::UnknownPath)?;
    let asked = Asked::parse(query, form)?;
    let partner = list::partner(serve, &name)?;
    let is_worded = form != EmbedForm::Element;
    let wanted = || if is_worded { language::wanted(headers) } else { Language::default() };
    let language = asked.language.unwrap_or_else(wanted);
    let rendered = list::rendered(serve, &partner, form, (asked, language)).await?;
    let mut response = rendered.answer(headers).await;
    response.headers_mut().insert(CACHE_CONTROL, CACHING);
    if is_worded {
        response.headers_mut().append(VARY, HeaderValue::from_static("accept-language"));
    }
    if form == EmbedForm::Page {
        let link = oembed::link(&serve.base, &partner.id, asked);
        response.headers_mut().extend(link.map(|link| (LINK, link)));
    }
    Ok(response)
}
