//! Who may ask how often.

use std::net::IpAddr;

use super::*;

const FEED: &str = "/v1/partners/wijk/items";

/// One router that counts, unlike those of the other tests.
struct Asking {
    router: Router,
    peer: &'static str,
}

impl Asking {
    async fn of(&self, path: &str, headers: &[(&str, &str)]) -> (u16, HeaderMap) {
        let peer: IpAddr = self.peer.parse().unwrap();
        let mut request = Request::get(path).header("host", "luik.example");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.extension(http::Peer(peer)).body(Body::empty()).unwrap();
        let response = self.router.clone().oneshot(request).await.unwrap();
        (response.status().as_u16(), response.headers().clone())
    }

    /// How many are answered with this status before one is refused.
    async fn until_refused(&self, path: &str, headers: &[(&str, &str)], status: u16) -> usize {
        for count in 0..1_000 {
            let (found, headers) = self.of(path, headers).await;
            if found == 429 {
                assert_eq!(headers["retry-after"], "1");
                return count;
            }
            assert_eq!(found, status);
        }
        panic!("no limit");
    }
}

async fn asking(peer: &'static str) -> (World, Asking) {
    let world = World::new().await;
    let router = world.router_at(Rates {
        token_per_second: 2,
        token_burst: 4,
        address_per_second: 3,
        ..Rates::default()
    });
    (world, Asking { router, peer })
}

#[tokio::test(start_paused = true)]
async fn whoever_has_no_valid_token_counts_for_its_address_whatever_is_asked() {
    let (_world, asking) = asking("192.0.2.1").await;
    let (wrong, right) = (("authorization", "Bearer wrong"), format!("Bearer {TOKEN}"));
    let right = ("authorization", right.as_str());
    for (path, headers, status) in [
        (FEED, &[][..], 401),
        (FEED, &[wrong], 401),
        (FEED, &[right, right], 401),
        ("/v1/partners/nobody/items", &[right], 401),
        ("/v1/partners/%ff/items", &[right], 401),
        ("/nothing", &[right], 404),
        ("/r/wijk/aaaaaaaaaaaaaaaaaaaaaaaaaa", &[], 404),
        ("/v1/partners/wijk/holdings", &[], 405),
    ] {
        assert_eq!(asking.until_refused(path, headers, status).await, 3, "{path} {headers:?}");
        let (_, headers) = asking.of(path, headers).await;
        let page = if path.starts_with("/r") { "text/html" } else { "application/problem+json" };
        assert!(headers["content-type"].to_str().unwrap().starts_with(page), "{path}");
        assert_eq!(headers.contains_key("api-version"), path.starts_with("/v1"), "{path}");
        tokio::time::advance(Duration::from_secs(1)).await;
    }
}

#[tokio::test(start_paused = true)]
async fn a_valid_token_counts_for_itself_and_not_for_its_address() {
    let (_world, asking) = asking("192.0.2.1").await;
    assert_eq!(asking.until_refused(FEED, &[], 401).await, 3);
    // Nothing is stored for this one: paused time does not wait for the journal.
    let beyond = format!("{FEED}?afterChangeNumber=1");
    for token in [TOKEN, "an-older-token"] {
        let bearer = format!("Bearer {token}");
        let bearer = [("authorization", bearer.as_str())];
        assert_eq!(asking.until_refused(&beyond, &bearer, 200).await, 4);
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(asking.until_refused(&beyond, &bearer, 200).await, 1);
    }
    let elsewhere = Asking { peer: "192.0.2.2", ..asking };
    assert_eq!(elsewhere.until_refused(FEED, &[], 401).await, 3);
}

#[tokio::test(start_paused = true)]
async fn a_proxy_of_ours_speaks_for_its_callers() {
    let (_world, through) = asking("10.0.0.1").await;
    for caller in ["192.0.2.1", "192.0.2.2"] {
        let forwarded = [("x-forwarded-for", caller)];
        assert_eq!(through.until_refused(FEED, &forwarded, 401).await, 3);
    }
    let direct = Asking { peer: "192.0.2.3", ..through };
    for caller in 0..3 {
        let forwarded = format!("198.51.100.{caller}");
        assert_eq!(direct.of(FEED, &[("x-forwarded-for", &forwarded)]).await.0, 401);
    }
    assert_eq!(direct.of(FEED, &[("x-forwarded-for", "198.51.100.9")]).await.0, 429);
}

#[tokio::test]
async fn a_body_beyond_the_limit_is_refused_where_none_is_long() {
    let (_world, asking) = asking("192.0.2.1").await;
    let long = [("content-length", "65537")];
    assert_eq!(asking.of("/r/wijk/aaaaaaaaaaaaaaaaaaaaaaaaaa", &long).await.0, 413);
}

#[tokio::test(start_paused = true)]
async fn a_secret_in_the_path_counts_for_itself_and_a_wrong_one_for_its_address() {
    let (world, asking) = asking("192.0.2.1").await;
    world.tools.registry.replace(vec![syndicate::reading(Status::Active)]);
    assert_eq!(asking.until_refused(syndicate::ATOM, &[], 200).await, 4);
    let wrong = "/feeds/wijk/another-secret-0123/items.atom";
    assert_eq!(asking.until_refused(wrong, &[], 404).await, 3);
    assert_eq!(asking.of("/feeds/wijk/an-older-secret/items.json", &[]).await.0, 200);
}
