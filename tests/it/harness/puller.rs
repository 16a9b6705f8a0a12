//! A partner that harvests its feed: follows `next` to the end, with a bearer token.

use serde_json::Value;

use super::gateway::Gateway;
use super::holdings::{Holdings, Scope, closed, text};

/// The partner.
pub(crate) struct Puller {
    client: reqwest::Client,
    pub(crate) token: String,
    pub(crate) start: String,
    next: String,
    pub(crate) holdings: Holdings,
    /// Every byte that was served: headers and bodies.
    pub(crate) bytes: Vec<u8>,
}

impl Puller {
    /// A harvester of this gateway, which gets the token.
    pub(crate) fn new(gateway: &Gateway, name: &str, scope: Scope) -> Self {
        let token: String = (0..32).map(|_| fastrand::alphanumeric()).collect();
        gateway.secret(name, &token);
        let base = gateway.public_url();
        let start = format!("{base}/v1/partners/{name}/items");
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        let holdings = Holdings::new(scope, format!("{base}/r/{name}"));
        Self { client, token, next: start.clone(), start, holdings, bytes: Vec::new() }
    }

    /// The section `[pull]` of its file.
    pub(crate) fn pull(name: &str) -> String {
        format!("[pull]\ntokens = [{{ file = \"../secrets/{name}\" }}]\nevery = \"1s\"\n")
    }

    /// Follows the feed to its last page.
    pub(crate) async fn harvest(&mut self) {
        loop {
            let page = self.page().await;
            closed(&page, &["version", "next", "items", "license"], &[]).unwrap();
            let next = text(&page, "next").unwrap().to_owned();
            assert!(next.starts_with(&self.start), "{next}");
            let items = page["items"].as_array().expect("a list");
            let numbers: Vec<_> = items.iter().map(|item| item["modified"].as_u64()).collect();
            assert!(numbers.is_sorted_by(|a, b| a < b), "not in order of change: {numbers:?}");
            items.iter().for_each(|item| self.holdings.apply(item).unwrap());
            let last = next == self.next;
            assert!(!last || items.is_empty(), "the last page must be empty");
            self.next = next;
            if last {
                return;
            }
        }
    }

    async fn page(&mut self) -> Value {
        let request = self.client.get(&self.next).bearer_auth(&self.token);
        let response = request.send().await.unwrap();
        for (name, value) in response.headers() {
            self.bytes.extend_from_slice(name.as_str().as_bytes());
            self.bytes.extend_from_slice(value.as_bytes());
        }
        assert_eq!(response.status(), 200, "{}", self.next);
        let body = response.bytes().await.unwrap();
        self.bytes.extend_from_slice(&body);
        serde_json::from_slice(&body).unwrap()
    }
}
