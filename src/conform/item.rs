//! Items of a test: plainly fictional, under ids that no item has.

use serde_json::{Map, Value, json};

use crate::model::{Digest, Kind, PublicId, Region};
use crate::partner::Scope;

/// Title and text of the item that tries what writing systems do.
pub(super) const UNICODE: &str = "Ljouwert: tûn & hûs, ’t giet om 👩‍🌾 naïef";

/// Where and as what a test item is placed, within the partner's scope.
#[derive(Debug, Clone, Copy)]
pub(super) struct Place {
    kind: Kind,
    region: Region,
}

impl Place {
    /// The first place that the scope covers; none if it covers nothing.
    pub(super) fn within(scope: &Scope) -> Option<Self> {
        let of = |kind, set: &crate::model::RegionSet| {
            set.iter().next().map(|region| Self { kind, region })
        };
        of(Kind::Offer, &scope.offers).or_else(|| of(Kind::Request, &scope.requests))
    }
}

/// One item under one change number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) id: PublicId,
    pub(super) modified: u64,
}

impl Version {
    /// A new item.
    pub(super) fn new(modified: u64) -> Self {
        let id = PublicId::from_bytes(fastrand::u128(..).to_be_bytes());
        Self { id, modified }
    }

    /// The same item under another number.
    pub(super) fn at(self, modified: u64) -> Self {
        Self { modified, ..self }
    }

    /// What it adds to a digest.
    pub(super) fn digest(self) -> Digest {
        Digest::of(self.id, self.modified)
    }

    /// It is to be shown.
    pub(super) fn updated(self, place: Place, referral: &str) -> Value {
        let Place { kind, region } = place;
        json!({
            "state": "updated", "kind": kind.as_str(), "id": self.id.to_string(),
            "modified": self.modified,
            "data": {
                "firstName": "Tûmke",
                "region": { "code": region.code(), "name": region.name() },
                "title": format!("Test van Luik {}", self.modified),
                "text": UNICODE,
                "language": "nl",
                "published": "2026-01-01",
                "url": format!("{referral}/{}", self.id),
            },
        })
    }

    /// It is to go.
    pub(super) fn deleted(self, place: Place) -> Value {
        let (kind, id, modified) = (place.kind.as_str(), self.id.to_string(), self.modified);
        json!({ "state": "deleted", "kind": kind, "id": id, "modified": modified })
    }
}

/// Adds a member that nobody knows to an item and its data.
pub(super) fn with_unknown_members(mut item: Value) -> Value {
    let add = |object: &mut Map<String, Value>| {
        object.insert("laterInvented".to_owned(), json!({ "by": ["a", "later", "version"] }));
    };
    if let Some(data) = item.get_mut("data").and_then(Value::as_object_mut) {
        add(data);
    }
    if let Some(item) = item.as_object_mut() {
        add(item);
    }
    item
}
