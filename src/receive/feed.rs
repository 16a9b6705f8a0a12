//! The other way to stay up to date: a partner without an address to post to reads its feed.

use std::time::Duration;

use jiff::Timestamp;
use reqwest::header::HeaderMap;
use reqwest::{Client, Response, StatusCode};
use serde::Deserialize;
use serde_json::Value;
use tokio_util::sync::CancellationToken;
use url::Url;

use super::store::{Full, Store};
use super::wire::{Item, Lease, Malformed};
use crate::config::Secret;

/// Largest page that is read.
const PAGE_BYTES_MAX: usize = 8 << 20;
/// Longest time for one page, from connecting to its last byte.
const PAGE_TIME_MAX: Duration = Duration::from_secs(15);
/// Longest pause after errors.
const PAUSE_MAX: Duration = Duration::from_secs(30);

/// Which feed to follow.
#[derive(Debug, Clone)]
pub struct Feed {
    /// The first page: `…/v1/partners/{p}/items`.
    pub first: Url,
    /// Sent as bearer token, to the origin of `first` only.
    pub token: Secret,
    /// How long to wait at the end of the feed.
    pub every: Duration,
}

/// The TLS part of the HTTP client could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client can not be made")]
pub struct NoClient(#[source] reqwest::Error);

/// Why a page could not be used.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error("the feed can not be reached")]
    Unreachable(#[source] reqwest::Error),
    #[error("the feed answers with {0}")]
    Status(StatusCode),
    #[error("the feed no longer reaches back to where this reader is")]
    Gone,
    #[error("the page is too large")]
    TooLarge,
    #[error("the page is not RPDE")]
    NotRpde(#[source] serde_json::Error),
    #[error(transparent)]
    Item(#[from] Malformed),
    #[error("the next page is on another site")]
    Elsewhere,
    #[error(transparent)]
    Full(#[from] Full),
}

#[derive(Debug, Deserialize)]
struct Page {
    items: Vec<Value>,
    next: String,
}

/// Follows a feed until the drain: page after page to its end, then polls.
///
/// The cursor lives in the address of the next page, which the gateway writes; a reader only has
/// to follow it. What a page says is applied before the next one is asked for, as asking for it
/// confirms the page.
///
/// # Errors
/// When the HTTP client can not be made. Everything else is tried again.
pub async fn harvest(feed: Feed, store: Store, drain: CancellationToken) -> Result<(), NoClient> {
    let client = client()?;
    let mut here = feed.first.clone();
    let mut failures: u32 = 0;
    while !drain.is_cancelled() {
        let read = tokio::select! {
            biased;
            () = drain.cancelled() => break,
            read = read_page(&client, &feed, &here, &store) => read,
        };
        let pause = match read {
            Ok(next) => {
                failures = 0;
                let at_the_end = next == here;
                here = next;
                if at_the_end { feed.every } else { Duration::ZERO }
            }
            Err(error) => {
                tracing::warn!(%error, failures, "the feed could not be read: trying again");
                if matches!(error, Error::Gone) {
                    start_again(&feed, &mut here, &store);
                }
                failures = failures.saturating_add(1);
                pause_after(failures, feed.every)
            }
        };
        tokio::select! {
            biased;
            () = drain.cancelled() => break,
            () = tokio::time::sleep(pause) => {}
        }
    }
    Ok(())
}

fn client() -> Result<Client, NoClient> {
    Client::builder()
        .timeout(PAGE_TIME_MAX)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .pool_max_idle_per_host(1)
        .build()
        .map_err(NoClient)
}

/// What may have been removed unseen must not stay: everything goes, and comes again.
fn start_again(feed: &Feed, here: &mut Url, store: &Store) {
    store.write(super::store::Holdings::clear);
    *here = feed.first.clone();
}

fn pause_after(failures: u32, every: Duration) -> Duration {
    let doubled = 2_u32.saturating_pow(failures.min(16));
    every.saturating_mul(doubled).min(PAUSE_MAX)
}

/// Reads one page, applies it, and says where the next one is.
async fn read_page(client: &Client, feed: &Feed, here: &Url, store: &Store) -> Result<Url, Error> {
    let request = client.get(here.clone()).bearer_auth(feed.token.reveal());
    let response = request.send().await.map_err(Error::Unreachable)?;
    match response.status() {
        StatusCode::OK => {}
        StatusCode::GONE => return Err(Error::Gone),
        other => return Err(Error::Status(other)),
    }
    let lease = lease(response.headers());
    let body = capped(response).await?;
    let page: Page = serde_json::from_slice(&body).map_err(Error::NotRpde)?;
    let next = next_page(here, &page.next)?;
    let items = Item::parse_all(page.items)?;
    store.write(|holdings| {
        lease.into_iter().for_each(|until| holdings.renew(Lease { said: until, until }));
        // Also when there is no room for some, the others are applied: what must go, goes.
        let items = items.into_iter().flatten();
        let full = items.filter_map(|item| holdings.apply(item).err()).last();
        full.map_or(Ok(()), Err)
    })?;
    Ok(next)
}

fn lease(headers: &HeaderMap) -> Option<Timestamp> {
    headers.get("luik-valid-until")?.to_str().ok()?.parse().ok()
}

async fn capped(mut response: Response) -> Result<Vec<u8>, Error> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await.map_err(Error::Unreachable)? {
        if body.len() + chunk.len() > PAGE_BYTES_MAX {
            return Err(Error::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// The token goes where it was meant to go, wherever a page may point.
fn next_page(here: &Url, next: &str) -> Result<Url, Error> {
    let next = here.join(next).map_err(|_| Error::Elsewhere)?;
    if next.origin() == here.origin() { Ok(next) } else { Err(Error::Elsewhere) }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    use axum::Router;
    use axum::extract::State;
    use axum::http::Uri;
    use axum::response::IntoResponse;
    use axum::routing::get;
    use serde_json::json;
    use tokio::net::TcpListener;

    use super::*;
    use crate::lifecycle::Tasks;

    #[test]
    fn the_token_stays_on_its_site() {
        let here: Url = "https://luik.example/v1/partners/p/items".parse().unwrap();
        for (next, fine) in [
            ("https://luik.example/v1/partners/p/items?afterChangeNumber=7", true),
            ("?afterChangeNumber=7", true),
            ("https://other.example/v1/partners/p/items", false),
            ("http://luik.example/v1/partners/p/items", false),
            ("//other.example/", false),
            ("data:text/plain,", false),
        ] {
            assert_eq!(next_page(&here, next).is_ok(), fine, "{next}");
        }
    }

    #[test]
    fn pauses_grow_and_end() {
        let every = Duration::from_millis(250);
        let pauses = [1, 2, 3, 99].map(|failures| pause_after(failures, every).as_millis());
        assert_eq!(pauses, [500, 1_000, 2_000, 30_000]);
    }

    /// A feed of three pages; the second is 410 once, as if this reader had been away too long.
    async fn feed(State(asked): State<Arc<AtomicU64>>, uri: Uri) -> impl IntoResponse {
        let turn = asked.fetch_add(1, Ordering::SeqCst);
        let after = uri.query().unwrap_or("afterChangeNumber=0").replace("afterChangeNumber=", "");
        let item = |id: &str, modified: u64| {
            json!({"state": "updated", "kind": "offer", "id": id, "modified": modified,
                   "data": {"title": id}})
        };
        let (status, items, next) = match (after.as_str(), turn) {
            ("0", 0) => (200, json!([item("lost", 1), item("a", 2)]), "2"),
            ("0", _) => (200, json!([item("a", 2)]), "2"),
            ("2", 1) => (410, json!([]), "2"),
            ("2", _) => (
                200,
                json!([{"state": "deleted", "kind": "offer", "id": "a", "modified": 3},
                                     item("b", 4)]),
                "4",
            ),
            _ => (200, json!([]), "4"),
        };
        let page = json!({"items": items, "next": format!("/items?afterChangeNumber={next}")});
        let status = axum::http::StatusCode::from_u16(status).unwrap();
        (status, [("luik-valid-until", "2030-01-01T00:00:00Z")], page.to_string())
    }

    #[tokio::test]
    async fn a_feed_is_followed_to_its_end_and_again_after_a_gap() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let first = format!("http://{}/items", listener.local_addr().unwrap());
        let router =
            Router::new().route("/items", get(feed)).with_state(Arc::new(AtomicU64::new(0)));
        let (tasks, store) = (Tasks::default(), Store::default());
        let drain = tasks.drain();
        tasks.spawn("feed", async move {
            drop(
                axum::serve(listener, router).with_graceful_shutdown(drain.cancelled_owned()).await,
            );
        });
        let feed = Feed {
            first: first.parse().unwrap(),
            token: Secret::new("token"),
            every: Duration::from_millis(1),
        };
        let (reader, drain) = (store.clone(), tasks.drain());
        tasks.spawn("harvest", async move { harvest(feed, reader, drain).await.unwrap() });
        let held = |store: &Store| -> Vec<String> {
            store.read(|holdings| {
                let live = holdings.newest(Timestamp::UNIX_EPOCH);
                live.filter(|(_, entry)| entry.data.is_some())
                    .map(|(id, _)| id.to_owned())
                    .collect()
            })
        };
        let deadline = tokio::time::Instant::now() + Duration::from_secs(10);
        while held(&store) != ["b"] {
            assert!(tokio::time::Instant::now() < deadline, "held: {:?}", held(&store));
            tokio::task::yield_now().await;
        }
        let until = store.read(super::super::store::Holdings::valid_until).unwrap();
        assert_eq!(until.to_string(), "2030-01-01T00:00:00Z");
        tasks.finish(Duration::from_secs(5)).await;
    }
}
