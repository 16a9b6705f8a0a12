//! The messages a partner gets and the answer it gives (design §10), read tolerantly: fields and
//! types that are not known yet are skipped, so that the gateway may add some.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::model::{Kind, Sequence};

/// Longest id that is believed; Luik's own have 26 characters.
const ID_LENGTH_MAX: usize = 64;

/// A body that is not a message. Does not quote the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Malformed(&'static str);

/// One item, as it came.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Opaque to a partner: only ever compared.
    pub id: Arc<str>,
    /// Request or offer.
    pub kind: Kind,
    /// The change number.
    pub modified: Sequence,
    /// What to show, as a JSON object; none means: take it away.
    pub data: Option<Arc<str>>,
}

/// One item that could not be read; the others of its message are not held up by it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Rejected {
    /// Which one.
    pub id: Arc<str>,
    /// Why, in a fixed word.
    pub reason: &'static str,
}

/// How long what is held may be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    /// When the gateway said so; of two leases the later word counts.
    pub said: Timestamp,
    /// Until when.
    pub until: Timestamp,
}

/// What a push says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Message {
    /// Show these, take those away.
    Items(Vec<Result<Item, Rejected>>),
    /// What is held may be shown until then.
    Lease(Lease),
    /// Tell what is held: a digest for each kind and region, or a list of one of these.
    Asked(Option<Asked>),
    /// A ping, or a type that a later gateway knows: nothing to do.
    Nothing,
}

/// A list of what is held of one kind in one region, in order of the ids.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Asked {
    /// `request` or `offer`.
    pub kind: String,
    /// The region's code.
    pub region: String,
    /// Those after this id.
    pub after: Option<String>,
    /// Most entries.
    pub limit: usize,
}

/// What is held of one kind in one region.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Held {
    /// `request` or `offer`.
    pub kind: &'static str,
    /// The region's code.
    pub region: Arc<str>,
    /// How many.
    pub count: usize,
    /// XOR as over the whole, as 64 hex digits.
    pub digest: String,
}

/// One item that is held.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Holding {
    /// Which one.
    pub id: Arc<str>,
    /// Under which change number.
    pub modified: u64,
}

/// The answer that lets the gateway close its obligations with more than a 2xx.
#[derive(Debug, Default, Serialize)]
pub struct Answer {
    /// Items of the message that are dealt with.
    pub confirmed: Vec<Arc<str>>,
    /// Items that could not be read.
    pub rejected: Vec<Rejected>,
    /// Digest of all that is held now.
    pub digest: String,
    /// The same by kind and region, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub buckets: Option<Vec<Held>>,
    /// A list of one of these, when it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub holdings: Option<Vec<Holding>>,
}

/// The parts of an item that a page shows. Whatever is missing is left out, never invented.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Card {
    /// None when the person prefers to stay unnamed.
    pub first_name: Option<String>,
    /// Municipality or coarser.
    pub region: RegionName,
    /// One line.
    pub title: String,
    /// Plain text.
    pub text: String,
    /// BCP 47.
    pub language: Option<String>,
    /// The day, as `2026-11-20`.
    pub published: String,
    /// The page where a visitor responds.
    pub url: Option<String>,
}

/// The region, as far as a page needs it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct RegionName {
    /// Such as `Meppel`.
    pub name: String,
}

impl Card {
    /// Reads the stored object. An address that is not http(s) is dropped: it becomes a link.
    #[must_use]
    pub fn read(data: &str) -> Self {
        let mut card: Self = serde_json::from_str(data).unwrap_or_default();
        card.url = card.url.filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        card
    }
}

#[derive(Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    name: String,
    time: Option<Timestamp>,
    #[serde(default)]
    data: Value,
}

#[derive(Deserialize)]
struct Changed {
    items: Vec<Value>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Renewed {
    valid_until: Timestamp,
}

#[derive(Deserialize)]
struct ItemText {
    state: String,
    kind: String,
    id: String,
    modified: u64,
    data: Option<serde_json::Map<String, Value>>,
}

impl Message {
    /// Reads the body of a push: a structured CloudEvents message.
    ///
    /// # Errors
    /// When it is not one, or its data is not what the type promises.
    pub fn parse(body: &[u8]) -> Result<Self, Malformed> {
        let envelope: Envelope = serde_json::from_slice(body)
            .map_err(|_| Malformed("the body is not a CloudEvents message"))?;
        match envelope.name.as_str() {
            "luik.items.changed" => {
                let changed: Changed = serde_json::from_value(envelope.data)
                    .map_err(|_| Malformed("data of luik.items.changed has no list of items"))?;
                Item::parse_all(changed.items).map(Self::Items)
            }
            "luik.lease.renewed" => {
                let renewed: Renewed = serde_json::from_value(envelope.data)
                    .map_err(|_| Malformed("data of luik.lease.renewed has no validUntil"))?;
                let said = envelope.time.unwrap_or(Timestamp::UNIX_EPOCH);
                Ok(Self::Lease(Lease { said, until: renewed.valid_until }))
            }
            "luik.holdings.asked" => {
                let asked = envelope.data.get("region").is_some();
                let asked = asked.then(|| serde_json::from_value(envelope.data)).transpose();
                let asked = asked.map_err(|_| Malformed("data of luik.holdings.asked is odd"))?;
                Ok(Self::Asked(asked))
            }
            _ => Ok(Self::Nothing),
        }
    }
}

impl Item {
    /// Reads each item of a list; an odd one is rejected by name.
    ///
    /// # Errors
    /// When one has not even an id to reject it by.
    pub fn parse_all(items: Vec<Value>) -> Result<Vec<Result<Self, Rejected>>, Malformed> {
        items.into_iter().map(Self::parse).collect()
    }

    fn parse(item: Value) -> Result<Result<Self, Rejected>, Malformed> {
        let id: Arc<str> = item
            .get("id")
            .and_then(Value::as_str)
            .filter(|id| (1..=ID_LENGTH_MAX).contains(&id.len()))
            .filter(|id| id.bytes().all(|byte| byte.is_ascii_graphic()))
            .ok_or(Malformed("an item has no id"))?
            .into();
        Ok(Self::read(item).map_err(|reason| Rejected { id, reason }))
    }

    fn read(item: Value) -> Result<Self, &'static str> {
        let text: ItemText = serde_json::from_value(item).map_err(|_| "malformed")?;
        let kind = text.kind.parse().map_err(|_| "unknown kind")?;
        if text.modified > Sequence::MAX.get() {
            return Err("modified is too high");
        }
        let data = match (text.state.as_str(), text.data) {
            ("deleted", _) => None,
            ("updated", Some(data)) => Some(Value::Object(data).to_string().into()),
            ("updated", None) => return Err("data is missing"),
            _ => return Err("unknown state"),
        };
        Ok(Self { id: text.id.into(), kind, modified: Sequence::new(text.modified), data })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(body: &str) -> Result<Message, Malformed> {
        Message::parse(body.as_bytes())
    }

    #[test]
    fn items_are_read_one_by_one_and_unknown_fields_are_skipped() {
        let body = r#"{"specversion":"1.0","type":"luik.items.changed","later":1,"data":{"new":true,"items":[
            {"state":"updated","kind":"request","id":"a","modified":7,"extra":0,"data":{"title":"T"}},
            {"state":"deleted","kind":"offer","id":"b","modified":8},
            {"state":"updated","kind":"offer","id":"c","modified":9},
            {"state":"updated","kind":"car","id":"d","modified":9,"data":{}},
            {"state":"frozen","kind":"offer","id":"e","modified":9,"data":{}},
            {"state":"deleted","kind":"offer","id":"f","modified":9007199254740992},
            {"state":"deleted","kind":"offer","id":"g","modified":-1}]}}"#;
        let Ok(Message::Items(items)) = parse(body) else {
            panic!("not read");
        };
        let item = |id: &str, kind, modified, data: Option<&str>| Item {
            id: id.into(),
            kind,
            modified: Sequence::new(modified),
            data: data.map(Into::into),
        };
        let (read, rejected): (Vec<_>, Vec<_>) = items.into_iter().partition(Result::is_ok);
        let read: Vec<Item> = read.into_iter().flatten().collect();
        assert_eq!(
            read,
            [
                item("a", Kind::Request, 7, Some(r#"{"title":"T"}"#)),
                item("b", Kind::Offer, 8, None)
            ]
        );
        let reasons: Vec<_> = rejected
            .into_iter()
            .filter_map(Result::err)
            .map(|one| format!("{}: {}", one.id, one.reason))
            .collect();
        assert_eq!(
            reasons,
            [
                "c: data is missing",
                "d: unknown kind",
                "e: unknown state",
                "f: modified is too high",
                "g: malformed"
            ]
        );
    }

    #[test]
    fn other_types_are_told_apart() {
        let until = "2026-11-20T12:00:00Z";
        let lease = format!(
            r#"{{"type":"luik.lease.renewed","time":"2026-11-20T11:00:00Z","data":{{"validUntil":"{until}","upTo":4,"count":1}}}}"#
        );
        let said = "2026-11-20T11:00:00Z".parse().unwrap();
        let lease_read = Lease { said, until: until.parse().unwrap() };
        assert_eq!(parse(&lease), Ok(Message::Lease(lease_read)));
        let ask = |data: &str| parse(&format!(r#"{{"type":"luik.holdings.asked","data":{data}}}"#));
        assert_eq!(ask("{}"), Ok(Message::Asked(None)));
        let asked =
            Asked { kind: "offer".into(), region: "GM0119".into(), after: None, limit: 1_000 };
        let list = ask(r#"{"kind":"offer","region":"GM0119","limit":1000}"#);
        assert_eq!(list, Ok(Message::Asked(Some(asked))));
        assert!(ask(r#"{"region":"GM0119"}"#).is_err());
        for body in [r#"{"type":"luik.ping","data":{}}"#, r#"{"type":"luik.something.new"}"#] {
            assert_eq!(parse(body), Ok(Message::Nothing));
        }
    }

    #[test]
    fn a_body_that_is_no_message_is_refused() {
        for body in [
            "",
            "[]",
            "{}",
            "not JSON",
            r#"{"type":"luik.items.changed"}"#,
            r#"{"type":"luik.items.changed","data":{"items":[{"modified":1}]}}"#,
            r#"{"type":"luik.items.changed","data":{"items":[{"id":"a b","modified":1}]}}"#,
            r#"{"type":"luik.lease.renewed","data":{"validUntil":"soon"}}"#,
        ] {
            assert!(parse(body).is_err(), "{body}");
        }
    }

    #[test]
    fn a_card_never_links_to_a_script() {
        let card = Card::read(r#"{"title":"T","url":"javascript:alert(1)","region":{"name":"R"}}"#);
        assert_eq!((card.url, card.title.as_str()), (None, "T"));
        assert_eq!(Card::read("[]"), Card::default());
    }
}
