//! The public listener: feeds for partners, lists and referrals for visitors, and what describes
//! them (design §8).

mod accept;
mod cache;
mod caller;
pub(crate) mod coding;
mod confirm;
mod data;
mod described;
mod embed;
mod feed;
mod holdings;
mod language;
mod lease;
mod look;
mod page;
mod reading;
mod referral;
mod snapshot;
mod stream;
mod syndicate;
mod visitor;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::HeaderName;
use axum::http::header::{CACHE_CONTROL, STRICT_TRANSPORT_SECURITY, X_FRAME_OPTIONS};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::Response;
use axum::routing::{get, post};
use tokio::sync::Semaphore;
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;

use crate::clock::Clock;
use crate::config::Settings;
use crate::describe::API_VERSION;
use crate::http::{self, Refusal, set_missing};
use crate::journal::{self, Journal};
use crate::lifecycle::Tasks;
use crate::metrics::Metrics;
use crate::partner::Registry;
use crate::post;

use cache::Pages;
use caller::Door;
use embed::Dress;
use holdings::Desk;
use visitor::Place;

pub use embed::{Preview, Snippet, snippets};
pub use language::wanted as wanted_language;

/// Connections that streams leave to everything else.
const KEPT_FREE: usize = 64;

/// What the public listener works with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// What time it is.
    pub clock: Clock,
    /// What it counts.
    pub metrics: Metrics,
    /// What it serves.
    pub journal: Journal,
    /// To whom.
    pub registry: Registry,
    /// Where an answer is written that takes its time.
    pub tasks: Tasks,
    /// Where people confirm what letters asked for.
    pub desk: post::Desk,
}

/// What every handler shares.
#[derive(Debug, Clone)]
struct Serve {
    /// The public address, without a slash at its end.
    base: Arc<str>,
    door: Door,
    /// What partners fetch, kept ready.
    pages: Pages,
    /// What visitors see: anybody can ask for many of these, and none costs a partner its page.
    lists: Pages,
    /// Room for open streams.
    streams: Arc<Semaphore>,
    desk: Desk,
    tools: Tools,
}

impl Serve {
    fn new(base: &str, door: Door, connections_max: usize, tools: &Tools) -> Self {
        let streams = connections_max.saturating_sub(KEPT_FREE).max(1);
        let streams = Arc::new(Semaphore::new(streams));
        let (pages, lists, desk) = (Pages::default(), Pages::default(), Desk::default());
        Self { base: base.into(), door, pages, lists, streams, desk, tools: tools.clone() }
    }
}

/// Everything on the public listener.
pub fn router(settings: &Settings, tools: &Tools) -> Router {
    let door = Door::of(&settings.serve, settings.listen.trusted_proxies.clone());
    let serve = Serve::new(settings.public_base(), door, settings.serve.connections_max, tools);
    routes(serve, settings.serve.body_bytes_max)
}

fn routes(serve: Serve, body_bytes_max: usize) -> Router {
    let long = Router::new()
        .route("/v1/partners/{partner}/holdings", post(holdings::compare))
        .layer(from_fn(http::long_body))
        .layer(compression());
    let whole = Router::new()
        .route("/v1/partners/{partner}/snapshot", get(snapshot::whole))
        .layer(compression())
        .layer(from_fn(http::in_time));
    Router::new()
        .route("/v1/partners/{partner}/items", get(feed::items))
        .route("/v1/partners/{partner}/stream", get(stream::follow))
        .route("/feeds/{partner}/{secret}/items.atom", get(syndicate::atom))
        .route("/feeds/{partner}/{secret}/items.json", get(syndicate::json))
        .route("/r/{partner}/{id}", get(referral::follow))
        .route("/confirm/{partner}/{ticket}", get(confirm::ask))
        .route("/confirm/{partner}/{ticket}", post(confirm::confirm))
        .merge(embed::routes())
        .merge(described::routes(&serve.base))
        .layer(from_fn(http::in_time))
        .layer(from_fn_with_state(body_bytes_max, http::small_body))
        .merge(long)
        .merge(whole)
        .fallback(|| async { Refusal::UnknownPath })
        .method_not_allowed_fallback(|| async { Refusal::WrongMethod })
        .layer(from_fn_with_state(serve.clone(), caller::admit))
        .layer(from_fn(http::shield))
        .layer(from_fn_with_state(serve.clone(), dress))
        .with_state(serve)
}

/// For what is written as it is read: the fastest level, or the client would wait for the processor.
fn compression() -> CompressionLayer {
    CompressionLayer::new().quality(CompressionLevel::Fastest)
}

/// Gives every answer, refusals too, the headers and the form of its part of the listener.
async fn dress(State(serve): State<Serve>, request: Request, next: Next) -> Response {
    let path = request.uri().path();
    let below = |part| path.strip_prefix(part).filter(|p| p.is_empty() || p.starts_with('/'));
    let (api, feeds) = (below("/v1").is_some(), below("/feeds").is_some());
    let embed = below("/embed").map(|below| Dress::of(&serve, below, request.headers()));
    let place = match (&embed, below("/r")) {
        (Some(embed), _) => Some(Place::List(embed.list.clone())),
        (None, Some(below)) => Some(Place::Referral(embed::list_of(&serve, below))),
        (None, None) => below("/confirm").map(|_| Place::Letter),
    };
    let language = embed::language_of(request.uri().query()).filter(|_| embed.is_some());
    let language = language.unwrap_or_else(|| language::wanted(request.headers()));
    let mut response = next.run(request).await;
    if let Some(place) = &place
        && let Some(refusal) = response.extensions_mut().remove::<Refusal>()
    {
        response = visitor::show(&refusal, language, place, response);
    }
    let headers = response.headers_mut();
    set_missing(headers, CACHE_CONTROL, "private, no-store");
    if api {
        set_missing(headers, HeaderName::from_static("api-version"), API_VERSION);
        set_missing(headers, X_FRAME_OPTIONS, "DENY");
    }
    if let Some(embed) = embed {
        embed.put_on(headers);
    }
    if place.is_some() || feeds {
        let robots = HeaderName::from_static("x-robots-tag");
        set_missing(headers, robots, "noindex, noarchive, nosnippet");
    }
    if serve.base.starts_with("https:") {
        set_missing(headers, STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    response
}

/// The journal can not answer now.
fn unavailable(error: journal::Error) -> Refusal {
    tracing::warn!(%error, "a request could not be answered");
    Refusal::Unavailable
}

#[cfg(test)]
mod tests;
