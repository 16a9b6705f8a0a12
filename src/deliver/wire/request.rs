//! What is sent: CloudEvents 1.0 (structured) under Standard Webhooks headers.
//!
//! The same content has the same id and the same bytes however often it is tried, so that a
//! partner may drop what it has seen. A deliberate re-send raises the round and gets a new id.

use std::collections::BTreeSet;

use bytes::Bytes;
use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use sha2::{Digest, Sha256};

use crate::journal::{Entry, Holdings};
use crate::metrics::Lane;
use crate::model::{Kind, PartnerId, PublicId, Region};

/// Beyond this a body gets no further item; many receivers refuse more than 1 MiB.
const BODY_BYTES_MAX: usize = 512 * 1024;

/// Most entries of a list that a partner is asked for.
pub(crate) const HOLDINGS_MAX: usize = 1_000;

/// The sort of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Type {
    Items,
    Lease,
    Holdings,
    Ping,
}

impl Type {
    fn as_str(self) -> &'static str {
        match self {
            Self::Items => "luik.items.changed",
            Self::Lease => "luik.lease.renewed",
            Self::Holdings => "luik.holdings.asked",
            Self::Ping => "luik.ping",
        }
    }
}

/// A list of what a partner holds of one kind in one region, in order of the ids.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Asked {
    /// Which.
    pub(crate) bucket: (Kind, Region),
    /// Those after this id.
    pub(crate) after: Option<PublicId>,
}

impl Asked {
    fn data(&self) -> String {
        let (kind, region) = (self.bucket.0.as_str(), self.bucket.1.code());
        let after = self.after.map_or_else(String::new, |id| format!(r#","after":"{id}""#));
        format!(r#"{{"kind":"{kind}","region":"{region}"{after},"limit":{HOLDINGS_MAX}}}"#)
    }
}

/// A message, ready to be signed and sent, again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    /// `webhook-id`, and the id of the event.
    pub(crate) id: String,
    /// The event.
    pub(crate) body: Bytes,
}

/// Where messages to one partner come from.
#[derive(Debug, Clone)]
pub(crate) struct Origin {
    partner: PartnerId,
    source: String,
    referral: String,
}

impl Origin {
    /// Messages of the gateway at `public_url` to this partner.
    #[must_use]
    pub(crate) fn new(partner: &PartnerId, public_url: &url::Url) -> Self {
        let source = public_url.as_str().trim_end_matches('/').to_owned();
        Self { partner: partner.clone(), referral: format!("{source}/r/{partner}"), source }
    }

    /// A message that carries these entries, and how many of them fit.
    #[must_use]
    pub(crate) fn items(&self, lane: Lane, round: i64, entries: &[Entry]) -> (Message, usize) {
        let mut items = String::new();
        let mut fitting = 0;
        for entry in entries {
            if items.len() > BODY_BYTES_MAX {
                break;
            }
            if fitting > 0 {
                items.push(',');
            }
            entry.item.write_json(&self.referral, &mut items);
            fitting += 1;
        }
        let sent = || entries.iter().take(fitting);
        let newest = sent().map(|entry| entry.changed_at).max();
        let id = self.id(lane.as_str(), round, sent());
        let data = format!(r#"{{"items":[{items}]}}"#);
        let time = newest.unwrap_or(Timestamp::UNIX_EPOCH);
        (self.message(id, Type::Items, time, &data), fitting)
    }

    /// A message that only asks whether anybody is there.
    #[must_use]
    pub(crate) fn ping(&self, now: Timestamp) -> Message {
        let id = self.id("ping", now.as_millisecond(), std::iter::empty());
        self.message(id, Type::Ping, now, "{}")
    }

    /// A message that renews the lease: until when, and what the partner should hold then.
    #[must_use]
    pub(crate) fn lease(&self, now: Timestamp, until: Timestamp, expected: &Holdings) -> Message {
        let id = self.id("lease", now.as_millisecond(), std::iter::empty());
        let (up_to, count, digest) = (expected.up_to, expected.count(), expected.digest());
        let data = format!(
            r#"{{"validUntil":"{until}","upTo":{up_to},"count":{count},"digest":"{digest}"}}"#
        );
        self.message(id, Type::Lease, now, &data)
    }

    /// A message that asks what the partner holds: its digest by kind and region, or a list of one
    /// of these.
    #[must_use]
    pub(crate) fn ask(&self, now: Timestamp, asked: Option<&Asked>) -> Message {
        let data = asked.map_or_else(|| "{}".to_owned(), Asked::data);
        let id = self.id(&format!("ask {data}"), now.as_millisecond(), std::iter::empty());
        self.message(id, Type::Holdings, now, &data)
    }

    fn message(&self, id: String, kind: Type, time: Timestamp, data: &str) -> Message {
        // A URL, an id of ours and a time hold nothing that JSON would have to escape.
        let (source, kind) = (&self.source, kind.as_str());
        let body = format!(
            r#"{{"specversion":"1.0","id":"{id}","source":"{source}","type":"{kind}","time":"{time}","datacontenttype":"application/json","data":{data}}}"#
        );
        let body = body.into();
        Message { id, body }
    }

    fn id<'a>(&self, lane: &str, round: i64, sent: impl Iterator<Item = &'a Entry>) -> String {
        let mut hasher = Sha256::new();
        hasher.update(format!("{}\n{lane}\n{round}\n", self.partner));
        for entry in sent {
            let (item, deleted) = (&entry.item, entry.item.is_deleted());
            hasher.update(format!("{}:{}:{deleted}\n", item.id, item.modified));
        }
        let digest = BASE32_NOPAD.encode(&hasher.finalize());
        format!("msg_{}", digest.to_ascii_lowercase())
    }
}

/// The ids of these entries.
#[must_use]
pub(crate) fn ids(entries: &[Entry]) -> BTreeSet<PublicId> {
    entries.iter().map(|entry| entry.item.id).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Item, Kind, Sequence, State};

    fn origin() -> Origin {
        let public_url = "https://luik.example/".parse().unwrap();
        Origin::new(&"wijk".parse().unwrap(), &public_url)
    }

    fn entry(byte: u8, modified: u64, state: State) -> Entry {
        let item = Item {
            id: PublicId::from_bytes([byte; 16]),
            kind: Kind::Offer,
            modified: Sequence::new(modified),
            state,
        };
        let changed_at = Timestamp::from_second(i64::try_from(modified).unwrap()).unwrap();
        Entry { item, changed_at }
    }

    fn live(byte: u8, modified: u64) -> Entry {
        entry(byte, modified, State::Updated(r#"{"text":"x"}"#.into()))
    }

    #[test]
    fn the_body_is_a_cloud_event_around_items() {
        let entries = [live(1, 7), entry(2, 9, State::Deleted)];
        let (message, fitting) = origin().items(Lane::Publish, 0, &entries);
        assert_eq!(fitting, 2);
        let event: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
        assert_eq!(event["specversion"], "1.0");
        assert_eq!(event["id"], message.id.as_str());
        assert_eq!(event["source"], "https://luik.example");
        assert_eq!(event["type"], "luik.items.changed");
        assert_eq!(event["time"], "1970-01-01T00:00:09Z");
        assert_eq!(event["datacontenttype"], "application/json");
        let id = PublicId::from_bytes([1; 16]);
        let items = &event["data"]["items"];
        let url = format!("https://luik.example/r/wijk/{id}");
        assert_eq!(items[0]["data"]["url"], url);
        assert_eq!(items[1]["state"], "deleted");
        assert_eq!(event.as_object().unwrap().len(), 7);
    }

    #[test]
    fn the_id_follows_from_content_lane_and_round() {
        let id = |lane, round, entries: &[Entry]| origin().items(lane, round, entries).0.id;
        let first = id(Lane::Publish, 0, &[live(1, 7)]);
        assert_eq!(first, id(Lane::Publish, 0, &[live(1, 7)]));
        assert!(first.starts_with("msg_") && !first.contains('.') && first.len() == 56);
        for other in [
            id(Lane::Remove, 0, &[live(1, 7)]),
            id(Lane::Publish, 1, &[live(1, 7)]),
            id(Lane::Publish, 0, &[live(1, 8)]),
            id(Lane::Publish, 0, &[live(2, 7)]),
            id(Lane::Publish, 0, &[entry(1, 7, State::Deleted)]),
            id(Lane::Publish, 0, &[live(1, 7), live(2, 8)]),
        ] {
            assert_ne!(first, other);
        }
    }

    #[test]
    fn a_body_has_a_bound() {
        let long = format!(r#"{{"text":"{}"}}"#, "x".repeat(200_000));
        let entries: Vec<_> =
            (1..9).map(|n| entry(n, n.into(), State::Updated(long.as_str().into()))).collect();
        let (message, fitting) = origin().items(Lane::Publish, 0, &entries);
        assert_eq!(fitting, 3);
        let event: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
        assert_eq!(event["data"]["items"].as_array().map(Vec::len), Some(3));
    }

    #[test]
    fn a_lease_says_until_when_and_what_should_be_held() {
        let now = Timestamp::UNIX_EPOCH;
        let until = "1970-01-04T00:00:00Z".parse().unwrap();
        let expected = Holdings { up_to: Sequence::new(7), buckets: vec![] };
        let message = origin().lease(now, until, &expected);
        let event: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
        assert_eq!(event["type"], "luik.lease.renewed");
        let data = serde_json::json!({
            "validUntil": "1970-01-04T00:00:00Z", "upTo": 7, "count": 0, "digest": "0".repeat(64),
        });
        assert_eq!(event["data"], data);
    }

    #[test]
    fn holdings_are_asked_for_whole_or_list_by_list() {
        let data = |asked: Option<&Asked>| {
            let message = origin().ask(Timestamp::UNIX_EPOCH, asked);
            let event: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
            assert_eq!(event["type"], "luik.holdings.asked");
            (message.id, event["data"].clone())
        };
        let bucket = (Kind::Offer, Region::from_code("GM0119").unwrap());
        let after = PublicId::from_bytes([1; 16]);
        let (whole, none) = data(None);
        assert_eq!(none, serde_json::json!({}));
        let (first, list) = data(Some(&Asked { bucket, after: None }));
        let expected = serde_json::json!({"kind": "offer", "region": "GM0119", "limit": 1_000});
        assert_eq!(list, expected);
        let (second, list) = data(Some(&Asked { bucket, after: Some(after) }));
        assert_eq!(list["after"], after.to_string());
        assert!(whole != first && first != second);
    }

    #[test]
    fn a_ping_is_empty() {
        let message = origin().ping(Timestamp::UNIX_EPOCH);
        let event: serde_json::Value = serde_json::from_slice(&message.body).unwrap();
        assert_eq!(event["type"], "luik.ping");
        assert_eq!(event["data"], serde_json::json!({}));
    }
}
