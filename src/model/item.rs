//! The item on the wire: one shape for push, pull and stream (design §10).

use std::sync::Arc;

use super::id::{Kind, PublicId};
use super::sequence::Sequence;

/// What a partner must do with the item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// Show it, as this JSON object says: `data` of the wire without its `url`.
    Updated(Arc<str>),
    /// Take it away.
    Deleted,
}

/// An item as one partner is to see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// Its public id.
    pub id: PublicId,
    /// Request or offer.
    pub kind: Kind,
    /// The change number; a partner applies only what is higher than what it holds.
    pub modified: Sequence,
    /// What to do.
    pub state: State,
}

impl Item {
    /// Is this a retraction?
    #[must_use]
    pub fn is_deleted(&self) -> bool {
        self.state == State::Deleted
    }

    /// Appends the item as JSON. `referral` is the address under which this partner's referrals
    /// live, without a slash at its end: `https://luik.example/r/partner`.
    ///
    /// The stored object is copied as it is, so that an entry is encoded once for all partners.
    pub fn write_json(&self, referral: &str, out: &mut String) {
        let Self { id, kind, modified, state } = self;
        let kind = kind.as_str();
        match state {
            State::Updated(data) => {
                let open = data.strip_suffix('}').unwrap_or("{");
                let comma = if open == "{" { "" } else { "," };
                out.push_str(&format!(
                    r#"{{"state":"updated","kind":"{kind}","id":"{id}","modified":{modified},"data":"#
                ));
                out.push_str(open);
                out.push_str(&format!(r#"{comma}"url":"{referral}/{id}"}}}}"#));
            }
            State::Deleted => out.push_str(&format!(
                r#"{{"state":"deleted","kind":"{kind}","id":"{id}","modified":{modified}}}"#
            )),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(state: State) -> Item {
        let id = PublicId::from_bytes([7; 16]);
        Item { id, kind: Kind::Offer, modified: Sequence::new(9), state }
    }

    fn json(state: State) -> serde_json::Value {
        let mut out = String::new();
        item(state).write_json("https://luik.example/r/wijk", &mut out);
        serde_json::from_str(&out).expect("JSON")
    }

    #[test]
    fn an_updated_item_gets_its_referral_and_a_deleted_one_no_data() {
        let updated = json(State::Updated(r#"{"firstName":"Anna"}"#.into()));
        assert_eq!(updated["data"]["firstName"], "Anna");
        let id = PublicId::from_bytes([7; 16]);
        assert_eq!(updated["data"]["url"], format!("https://luik.example/r/wijk/{id}"));
        let deleted = json(State::Deleted);
        assert_eq!(deleted["state"], "deleted");
        assert!(deleted.get("data").is_none());
    }
}
