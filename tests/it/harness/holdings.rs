//! What a partner holds, by the receiver's rule, and everything that it should never be sent.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// What a partner may be sent.
#[derive(Debug, Clone)]
pub(crate) struct Scope {
    pub(crate) kinds: BTreeSet<&'static str>,
    /// Municipalities; none means all.
    pub(crate) regions: Option<BTreeSet<&'static str>>,
}

impl Scope {
    pub(crate) fn new(kinds: &[&'static str], regions: Option<&[&'static str]>) -> Self {
        let set = |list: &[&'static str]| list.iter().copied().collect();
        Self { kinds: set(kinds), regions: regions.map(set) }
    }

    pub(crate) fn covers(&self, kind: &str, region: &str) -> bool {
        self.kinds.contains(kind)
            && self.regions.as_ref().is_none_or(|regions| regions.contains(region))
    }
}

/// An item as a partner shows it, and as the core wants it shown.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shown {
    pub(crate) id: String,
    pub(crate) kind: String,
    pub(crate) first_name: Option<String>,
    pub(crate) region: (String, String),
    pub(crate) title: String,
}

/// What is held of one item; a tombstone has no data.
#[derive(Debug)]
struct Held {
    modified: u64,
    kind: String,
    data: Option<Value>,
}

/// A partner's copies.
#[derive(Debug)]
pub(crate) struct Holdings {
    scope: Scope,
    referral: String,
    held: BTreeMap<String, Held>,
    /// How often an item was shown again after its removal.
    pub(crate) returns: BTreeMap<String, u32>,
    /// Every id that was ever named.
    pub(crate) named: BTreeSet<String>,
}

impl Holdings {
    /// Nothing yet. `referral`: what the address of each item begins with.
    pub(crate) fn new(scope: Scope, referral: String) -> Self {
        let (held, returns, named) = <_>::default();
        Self { scope, referral, held, returns, named }
    }

    /// From now on another scope holds.
    pub(crate) fn set_scope(&mut self, scope: Scope) {
        self.scope = scope;
    }

    /// Everything that is shown.
    pub(crate) fn shown(&self) -> BTreeSet<Shown> {
        let held = self.held.iter();
        held.filter_map(|(id, held)| Some(shown(id, &held.kind, held.data.as_ref()?))).collect()
    }

    /// The data of one item that is shown.
    pub(crate) fn data(&self, id: &str) -> Option<&Value> {
        self.held.get(id)?.data.as_ref()
    }

    /// The change number of an item.
    pub(crate) fn modified(&self, id: &str) -> Option<u64> {
        Some(self.held.get(id)?.modified)
    }

    /// Applies an item, unless it is older than what is held.
    pub(crate) fn apply(&mut self, item: &Value) -> Result<(), String> {
        let id = text(item, "id")?;
        let kind = text(item, "kind")?;
        let modified = item["modified"].as_u64().ok_or("modified is no number")?;
        if id.len() != 26 || !id.bytes().all(|b| matches!(b, b'a'..=b'z' | b'2'..=b'7')) {
            return Err(format!("not a public id: {id}"));
        }
        if !(1..=9_007_199_254_740_991).contains(&modified) || !["request", "offer"].contains(&kind)
        {
            return Err(format!("odd modified or kind: {item}"));
        }
        let data = match text(item, "state")? {
            "updated" => {
                closed(item, &["state", "kind", "id", "modified", "data"], &[])?;
                self.check_data(id, kind, &item["data"])?;
                Some(item["data"].clone())
            }
            "deleted" => {
                closed(item, &["state", "kind", "id", "modified"], &[])?;
                None
            }
            other => return Err(format!("unknown state {other}")),
        };
        self.named.insert(id.to_owned());
        self.replace(id, Held { modified, kind: kind.to_owned(), data })
    }

    fn replace(&mut self, id: &str, new: Held) -> Result<(), String> {
        if let Some(old) = self.held.get(id) {
            if old.modified == new.modified && old.data != new.data {
                return Err(format!("other content under the same modified: {id}"));
            }
            if old.modified >= new.modified {
                return Ok(());
            }
            if old.data.is_none() && new.data.is_some() {
                *self.returns.entry(id.to_owned()).or_default() += 1;
            }
        }
        self.held.insert(id.to_owned(), new);
        Ok(())
    }

    fn check_data(&self, id: &str, kind: &str, data: &Value) -> Result<(), String> {
        let optional = ["firstName", "language", "expires"];
        closed(data, &["region", "title", "text", "published", "url"], &optional)?;
        closed(&data["region"], &["code", "name"], &[])?;
        for key in data.as_object().unwrap().keys().filter(|key| *key != "region") {
            text(data, key)?;
        }
        let region = text(&data["region"], "code")?;
        if !self.scope.covers(kind, region) {
            return Err(format!("outside the scope: {kind} in {region}"));
        }
        if data["url"] != format!("{}/{id}", self.referral) {
            return Err(format!("not our referral: {}", data["url"]));
        }
        Ok(())
    }
}

fn shown(id: &str, kind: &str, data: &Value) -> Shown {
    let of = |value: &Value| value.as_str().unwrap().to_owned();
    Shown {
        id: id.to_owned(),
        kind: kind.to_owned(),
        first_name: data.get("firstName").map(of),
        region: (of(&data["region"]["code"]), of(&data["region"]["name"])),
        title: of(&data["title"]),
    }
}

/// The text under a key.
pub(crate) fn text<'v>(value: &'v Value, key: &str) -> Result<&'v str, String> {
    value.get(key).and_then(Value::as_str).ok_or_else(|| format!("{key} is no text in {value}"))
}

/// An object with all of these keys, and no others than these.
pub(crate) fn closed(value: &Value, needed: &[&str], optional: &[&str]) -> Result<(), String> {
    let object = value.as_object().ok_or_else(|| format!("not an object: {value}"))?;
    let known = |key: &String| needed.iter().chain(optional).any(|known| known == key);
    let complete = needed.iter().all(|key| object.contains_key(*key));
    if complete && object.keys().all(known) {
        Ok(())
    } else {
        Err(format!("keys {:?} instead of {needed:?}", object.keys().collect::<Vec<_>>()))
    }
}
