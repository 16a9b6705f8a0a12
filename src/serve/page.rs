//! One page of the RPDE feed: from where it is asked, what follows it, and its bytes. Pure.

use url::Url;

use crate::http::{Refusal, one_key};
use crate::journal::Entry;
use crate::model::{PartnerId, Sequence};

/// Most items on a page.
pub(super) const ITEMS_MAX: usize = 500;

const NUMBER: &str = "afterChangeNumber must be a whole number from 0 to 9007199254740991.";

/// From where a partner asks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asked {
    /// No change number: the first page.
    Start,
    /// What comes after this change number.
    After(Sequence),
}

impl Asked {
    /// Reads the query.
    pub(super) fn parse(query: Option<&str>) -> Result<Self, Refusal> {
        match one_key(query, "afterChangeNumber")? {
            None => Ok(Self::Start),
            Some(text) => change_number(&text).map(Self::After).ok_or(Refusal::WrongValue(NUMBER)),
        }
    }

    /// The change number itself.
    pub(super) fn after(self) -> Sequence {
        match self {
            Self::Start => Sequence::ZERO,
            Self::After(number) => number,
        }
    }
}

/// Plain digits, at most 2^53 − 1.
pub(super) fn change_number(text: &str) -> Option<Sequence> {
    let digits = text.bytes().all(|byte| byte.is_ascii_digit());
    let shortest = text == "0" || !text.starts_with('0');
    let number = text.parse().ok().filter(|_| digits && shortest)?;
    (number <= Sequence::MAX.get()).then(|| Sequence::new(number))
}

/// The addresses of one partner's feed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Addresses {
    items: String,
    snapshot: String,
    referral: String,
    license: String,
}

impl Addresses {
    /// Under the public address `base`. The licence is the agreement: its reference is the
    /// fragment of the feed's own address, as there is no public text of it.
    pub(super) fn new(base: &str, partner: &PartnerId, reference: &str) -> Self {
        let items = format!("{base}/v1/partners/{partner}/items");
        let license = Url::parse(&items).map(|mut url| {
            url.set_fragment(Some(&format!("agreement={reference}")));
            url.to_string()
        });
        let license = license.unwrap_or_else(|_| items.clone());
        let snapshot = format!("{base}/v1/partners/{partner}/snapshot");
        Self { items, snapshot, referral: format!("{base}/r/{partner}"), license }
    }

    /// The address of the whole.
    pub(super) fn snapshot(&self) -> &str {
        &self.snapshot
    }

    /// The address of a page.
    pub(super) fn page(&self, asked: Asked) -> String {
        match asked {
            Asked::Start => self.items.clone(),
            Asked::After(number) => format!("{}?afterChangeNumber={number}", self.items),
        }
    }

    /// Writes one item.
    pub(super) fn write(&self, entry: &Entry, to: &mut String) {
        entry.item.write_json(&self.referral, to);
    }

    /// Items as lines (NDJSON).
    pub(super) fn lines<'e>(&self, entries: impl IntoIterator<Item = &'e Entry>) -> String {
        let mut lines = String::new();
        for entry in entries {
            self.write(entry, &mut lines);
            lines.push('\n');
        }
        lines
    }

    /// The page as RPDE 1.1 wants it.
    pub(super) fn render(&self, entries: &[Entry], next: Asked) -> String {
        let text = |value: &str| serde_json::Value::from(value).to_string();
        let next = text(&self.page(next));
        let mut page = format!(r#"{{"version":"1.1","next":{next},"items":["#);
        for (place, entry) in entries.iter().enumerate() {
            if place > 0 {
                page.push(',');
            }
            self.write(entry, &mut page);
        }
        page.push_str(&format!(r#"],"license":{}}}"#, text(&self.license)));
        page
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use crate::model::{Item, Kind, PublicId, State};

    use super::*;

    #[test]
    fn a_change_number_is_plain_digits_below_two_to_the_53rd() {
        let of = |query: Option<&str>| Asked::parse(query).map(Asked::after).map(Sequence::get);
        assert_eq!(Asked::parse(None), Ok(Asked::Start));
        for (query, number) in [
            ("afterChangeNumber=0", 0),
            ("afterChangeNumber=1042", 1042),
            ("afterChangeNumber=9007199254740991", 9_007_199_254_740_991),
        ] {
            assert_eq!(of(Some(query)), Ok(number));
        }
        for bad in ["", "-1", "+1", "%2B1", "01", "00", "1.0", "1e3", "0x1", "١", " 1", "1a"] {
            let refused = of(Some(&format!("afterChangeNumber={bad}")));
            assert_eq!(refused, Err(Refusal::WrongValue(NUMBER)), "{bad:?}");
        }
        for large in ["9007199254740992", "18446744073709551616"] {
            let refused = of(Some(&format!("afterChangeNumber={large}")));
            assert_eq!(refused, Err(Refusal::WrongValue(NUMBER)), "{large}");
        }
        assert_eq!(of(Some("afterTimestamp=1")), Err(Refusal::UnknownKey));
    }

    #[test]
    fn a_page_names_the_next_and_the_agreement() {
        let partner = "wijk".parse().unwrap();
        let addresses = Addresses::new("https://luik.example/hulp", &partner, r#"OVK "1" é"#);
        let item = |byte, modified, state| Entry {
            item: Item {
                id: PublicId::from_bytes([byte; 16]),
                kind: Kind::Offer,
                modified: Sequence::new(modified),
                state,
            },
            changed_at: Timestamp::UNIX_EPOCH,
        };
        let entries =
            [item(1, 4, State::Updated(r#"{"title":"a"}"#.into())), item(2, 9, State::Deleted)];
        let page = addresses.render(&entries, Asked::After(Sequence::new(9)));
        let page: serde_json::Value = serde_json::from_str(&page).unwrap();
        let feed = "https://luik.example/hulp/v1/partners/wijk/items";
        assert_eq!(page["version"], "1.1");
        assert_eq!(page["next"], format!("{feed}?afterChangeNumber=9"));
        assert_eq!(page["license"], format!("{feed}#agreement=OVK%20%221%22%20%C3%A9"));
        assert_eq!(page["items"][0]["modified"], 4);
        assert_eq!(page["items"][1]["state"], "deleted");
        let url = page["items"][0]["data"]["url"].as_str().unwrap();
        assert!(url.starts_with("https://luik.example/hulp/r/wijk/"));
    }

    #[test]
    fn an_empty_page_is_json_too() {
        let addresses = Addresses::new("http://127.0.0.1:1", &"wijk".parse().unwrap(), "OVK-1");
        let page = addresses.render(&[], Asked::Start);
        let page: serde_json::Value = serde_json::from_str(&page).unwrap();
        assert_eq!(page["next"], "http://127.0.0.1:1/v1/partners/wijk/items");
        assert_eq!(page["items"], serde_json::json!([]));
    }
}
