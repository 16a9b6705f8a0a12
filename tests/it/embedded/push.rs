//! One push as it came over the wire, and what is wrong with it.

use std::time::Instant;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use serde_json::Value;
use sha2::Sha256;

use super::core::CANARY;

const HEADERS: [&str; 9] = [
    "accept",
    "content-length",
    "content-type",
    "host",
    "luik-agreement",
    "user-agent",
    "webhook-id",
    "webhook-signature",
    "webhook-timestamp",
];
const EVENT: [&str; 7] = ["data", "datacontenttype", "id", "source", "specversion", "time", "type"];
const UPDATED: [&str; 5] = ["data", "id", "kind", "modified", "state"];
const DELETED: [&str; 4] = ["id", "kind", "modified", "state"];
const DATA: [&str; 8] =
    ["expires", "firstName", "language", "published", "region", "text", "title", "url"];

/// A request that a partner got.
#[derive(Debug, Clone)]
pub(crate) struct Push {
    /// Method, path and version.
    pub(crate) line: String,
    /// Names in lower case, in order of arrival.
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
    pub(crate) at: Instant,
}

/// One item of a push.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Item {
    pub(crate) id: String,
    pub(crate) modified: u64,
    pub(crate) deleted: bool,
    pub(crate) title: String,
}

impl Push {
    pub(crate) fn header(&self, name: &str) -> &str {
        let found = self.headers.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value)
    }

    pub(crate) fn id(&self) -> &str {
        self.header("webhook-id")
    }

    /// Its items, in order.
    pub(crate) fn items(&self) -> Vec<Item> {
        let event: Value = serde_json::from_str(&self.body).unwrap_or_default();
        let text = |value: Option<&Value>| {
            value.and_then(Value::as_str).map(str::to_owned).unwrap_or_default()
        };
        let item = |item: &Value| Item {
            id: text(item.get("id")),
            modified: item.get("modified").and_then(Value::as_u64).unwrap_or_default(),
            deleted: item.get("data").is_none(),
            title: text(item.pointer("/data/title")),
        };
        let items = event.pointer("/data/items").and_then(Value::as_array);
        items.into_iter().flatten().map(item).collect()
    }

    /// Does it take items away?
    pub(crate) fn is_removal(&self) -> bool {
        let items = self.items();
        !items.is_empty() && items.iter().all(|item| item.deleted)
    }

    /// Everything that a partner that knows the contract by heart would not expect.
    pub(crate) fn improper(&self, secret: &str) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut expect = |holds: bool, what: &str| {
            if !holds {
                wrong.push(what.to_owned());
            }
        };
        expect(self.line == "POST /luik HTTP/1.1", "request line");
        let mut names: Vec<&str> = self.headers.iter().map(|(name, _)| name.as_str()).collect();
        names.sort_unstable();
        expect(names == HEADERS, "headers");
        expect(self.header("content-type") == "application/cloudevents+json", "content-type");
        expect(self.header("luik-agreement").starts_with("sha256:"), "luik-agreement");
        expect(self.is_signed_with(secret), "signature");
        expect(!self.body.contains(CANARY), "a canary");
        let event: Value = serde_json::from_str(&self.body).unwrap_or_default();
        expect(keys(&event) == EVENT, "the event's keys");
        expect(event.get("id").and_then(Value::as_str) == Some(self.id()), "the event's id");
        let kind = event.get("type").and_then(Value::as_str).unwrap_or_default();
        let types =
            ["luik.items.changed", "luik.lease.renewed", "luik.holdings.asked", "luik.ping"];
        expect(types.contains(&kind), "the event's type");
        let items = event.pointer("/data/items").and_then(Value::as_array);
        for item in items.into_iter().flatten() {
            let state = item.get("state").and_then(Value::as_str).unwrap_or_default();
            expect(
                state == "updated" && keys(item) == UPDATED
                    || state == "deleted" && keys(item) == DELETED,
                "an item's keys",
            );
            let data = item.get("data").map(keys).unwrap_or_default();
            expect(data.iter().all(|key| DATA.contains(&key.as_str())), "a key of data");
        }
        wrong
    }

    /// Does it renew the lease, and carry no item?
    pub(crate) fn is_lease(&self) -> bool {
        self.body.contains(r#""type":"luik.lease.renewed""#)
    }

    fn is_signed_with(&self, secret: &str) -> bool {
        let wanted = sign(secret, self.id(), self.header("webhook-timestamp"), &self.body);
        self.header("webhook-signature").split(' ').any(|one| one == wanted)
    }
}

fn keys(value: &Value) -> Vec<String> {
    let mut keys: Vec<String> =
        value.as_object().into_iter().flat_map(|object| object.keys().cloned()).collect();
    keys.sort_unstable();
    keys
}

/// A signature of Standard Webhooks.
pub(crate) fn sign(secret: &str, id: &str, timestamp: &str, body: &str) -> String {
    let key = STANDARD.decode(secret.strip_prefix("whsec_").unwrap()).unwrap();
    let mut mac = Hmac::<Sha256>::new_from_slice(&key).unwrap();
    mac.update(format!("{id}.{timestamp}.{body}").as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

/// A new secret for signatures, the same for the same name.
pub(crate) fn secret(name: &str) -> String {
    let bytes: Vec<u8> = name.bytes().cycle().take(32).collect();
    format!("whsec_{}", STANDARD.encode(bytes))
}
