//! The page that shows the demo at work: the core and two partner sites, side by side.

mod board;

use std::path::PathBuf;

use axum::Router;
use axum::extract::{Path, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};
use jiff::Timestamp;
use maud::Markup;
use tower_http::set_header::SetResponseHeaderLayer;

use super::core::{Error, Glance, glance, title};
use crate::clock::Clock;
use crate::receive::Store;

/// Its own style and script, and nothing from elsewhere.
const CONTENT_SECURITY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     connect-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; \
     frame-ancestors 'none'";

/// What the page looks at.
#[derive(Debug, Clone)]
pub struct View {
    /// The core's file; it is only read.
    pub core: PathBuf,
    /// The site that gets its items brought.
    pub push: Place,
    /// The site that fetches them.
    pub feed: Place,
    /// For the leases of both.
    pub clock: Clock,
}

/// A partner site of the demo.
#[derive(Debug, Clone)]
pub struct Place {
    /// As on its own page.
    pub name: String,
    /// Where its own page is: `http://127.0.0.1:8082/`.
    pub address: String,
    /// What it holds.
    pub store: Store,
}

impl Place {
    /// Items that a visitor can see now.
    pub(super) fn shown(&self, now: Timestamp) -> usize {
        self.store.read(|holdings| if holdings.showing(now) { holdings.count() } else { 0 })
    }
}

/// Everything on the main port of the demo. `/hulp/{id}` stands in for the platform's own page,
/// where a referral ends.
pub fn router(view: View) -> Router {
    let header = |name: HeaderName, value| {
        SetResponseHeaderLayer::overriding(name, HeaderValue::from_static(value))
    };
    Router::new()
        .route("/", get(whole))
        .route("/board", get(part))
        .route("/hulp/{id}", get(respond))
        .route("/demo.css", file("text/css; charset=utf-8", include_str!("demo.css")))
        .route("/demo.js", file("text/javascript; charset=utf-8", include_str!("demo.js")))
        .route("/icon.svg", file("image/svg+xml", include_str!("icon.svg")))
        .layer(header(CACHE_CONTROL, "no-store"))
        .layer(header(CONTENT_SECURITY_POLICY, CONTENT_SECURITY))
        .layer(header(HeaderName::from_static("referrer-policy"), "no-referrer"))
        .layer(header(HeaderName::from_static("x-content-type-options"), "nosniff"))
        .with_state(view)
}

fn file(kind: &'static str, content: &'static str) -> MethodRouter<View> {
    get(move || std::future::ready(([(CONTENT_TYPE, kind)], content)))
}

/// The page, filled: it can be read without script too.
async fn whole(State(view): State<View>) -> Response {
    answer(move || draw(&view, board::page)).await
}

async fn part(State(view): State<View>) -> Response {
    answer(move || draw(&view, board::board)).await
}

fn draw(
    view: &View,
    markup: fn(&Glance, [&Place; 2], Timestamp) -> Markup,
) -> Result<(StatusCode, Markup), Error> {
    let glance = glance(&view.core, board::CARDS)?;
    let drawn = markup(&glance, [&view.push, &view.feed], view.clock.now());
    Ok((StatusCode::OK, drawn))
}

async fn respond(State(view): State<View>, Path(id): Path<String>) -> Response {
    answer(move || {
        let title = title(&view.core, &id)?;
        let status = if title.is_some() { StatusCode::OK } else { StatusCode::GONE };
        Ok((status, board::respond(title.as_deref())))
    })
    .await
}

/// Looks at the core on a thread that may wait for the disk.
async fn answer(
    look: impl FnOnce() -> Result<(StatusCode, Markup), Error> + Send + 'static,
) -> Response {
    match tokio::task::spawn_blocking(look).await {
        Ok(Ok((status, markup))) => (status, Html(markup.into_string())).into_response(),
        Ok(Err(error)) => {
            tracing::warn!(%error, "the page can not be drawn");
            StatusCode::SERVICE_UNAVAILABLE.into_response()
        }
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::http::Request;
    use http_body_util::BodyExt;
    use tower::ServiceExt;

    use super::*;
    use crate::demo::core::create;
    use crate::model::{Kind, Sequence};
    use crate::receive::Item;

    fn view(folder: &tempfile::TempDir) -> View {
        let clock = Clock::wound("2026-11-20T12:00:00Z".parse().unwrap());
        let core = folder.path().join("core.db");
        create(&core, "http://127.0.0.1:8080", 5, clock.now()).unwrap();
        let place = |name: &str| Place {
            name: name.to_owned(),
            address: "http://127.0.0.1:8082/".to_owned(),
            store: Store::default(),
        };
        View { core, push: place("Buurtplein"), feed: place("Wijkkrant"), clock }
    }

    async fn ask(view: &View, path: &str) -> (StatusCode, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let answer = router(view.clone()).oneshot(request).await.unwrap();
        let status = answer.status();
        assert!(answer.headers().contains_key(CONTENT_SECURITY_POLICY));
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn the_page_shows_the_core_and_what_the_sites_hold() {
        let folder = tempfile::tempdir().unwrap();
        let view = view(&folder);
        let item = |modified, data: Option<&str>| Item {
            id: "abc".into(),
            kind: Kind::Offer,
            modified: Sequence::new(modified),
            data: data.map(Into::into),
        };
        let shown = item(1, Some(r#"{"firstName":"Ria","title":"Soep & brood"}"#));
        view.push.store.write(|holdings| holdings.apply(shown)).unwrap();
        let (status, page) = ask(&view, "/").await;
        assert_eq!(status, StatusCode::OK);
        assert!(page.contains("Soep &amp; brood") && page.contains("hulp-1300@"));
        assert!(!page.contains("<style") && !page.contains("style="), "the policy forbids it");

        view.push.store.write(|holdings| holdings.apply(item(2, None))).unwrap();
        let (_, board) = ask(&view, "/board").await;
        assert!(!board.contains("Soep") && board.contains("Teruggehaald"));
    }

    #[tokio::test]
    async fn a_referral_ends_at_the_platform() {
        let folder = tempfile::tempdir().unwrap();
        let view = view(&folder);
        assert_eq!(ask(&view, "/hulp/hulp-1300").await.0, StatusCode::OK);
        assert_eq!(ask(&view, "/hulp/hulp-9").await.0, StatusCode::GONE);
        for path in ["/demo.css", "/demo.js", "/icon.svg"] {
            assert_eq!(ask(&view, path).await.0, StatusCode::OK);
        }
    }
}
