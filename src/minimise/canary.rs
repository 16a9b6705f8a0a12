//! The gateway's own test item: plainly fictional, and minimised like any row.

use jiff::Timestamp;

use crate::model::PublicId;

use super::row::{Column, CoreRow, Value};
use super::{Policy, Verdict, minimise};

/// What the test item says now: it is placed, and changed once.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Edition {
    /// As it was placed.
    First,
    /// As it was changed.
    Second,
}

/// A test item of one name. It stands in no place ([`crate::model::Region::CANARY`]), so that only
/// partners that asked for it may have it, and nobody's name is in it.
#[derive(Debug, Clone)]
pub struct Canary {
    /// Where somebody ends up who follows its referral: a page of our own.
    pub url: String,
    /// Tells it from the others.
    pub name: String,
    /// When it is gone at the latest.
    pub expires: Timestamp,
}

impl Canary {
    /// The name under which it leaves.
    #[must_use]
    pub fn public_id(&self, policy: &Policy) -> PublicId {
        policy.names(&CoreRow::of_canary(&self.name), "").0
    }

    /// Takes it to the privacy boundary.
    pub fn minimise(&self, edition: Edition, policy: &Policy, now: Timestamp) -> Verdict {
        minimise(&self.row(edition, now), policy, now)
    }

    fn row(&self, edition: Edition, now: Timestamp) -> CoreRow {
        let (title, what) = match edition {
            Edition::First => ("Testbericht van Luik: geen echte hulpvraag", "geplaatst"),
            Edition::Second => {
                ("Testbericht van Luik, gewijzigd: geen echte hulpvraag", "gewijzigd")
            }
        };
        let body = format!(
            "Dit bericht is verzonnen en gaat over niemand. Luik heeft het {what} om te meten of \
             berichten aankomen, en haalt het vanzelf weer weg. U hoeft niets te doen."
        );
        let text = |text: &str| Value::Text(text.to_owned());
        let mut row = CoreRow::of_canary(&self.name);
        for (column, value) in [
            (Column::AuthorId, text("")),
            (Column::Kind, text("request")),
            (Column::FirstName, Value::Null),
            (Column::Title, text(title)),
            (Column::Body, Value::Text(body)),
            (Column::Language, text("nl")),
            (Column::Url, text(&self.url)),
            (Column::PublishedAt, Value::Time(now)),
            (Column::ExpiresAt, Value::Time(self.expires)),
            (Column::Share, Value::Bool(true)),
            (Column::Approved, Value::Null),
            (Column::Visibility, text("anonymous")),
            (Column::OfAge, Value::Bool(true)),
            (Column::Withhold, Value::List(Vec::new())),
        ] {
            row.set(column, value);
        }
        row
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Kind, Region};

    use super::super::row::CoreId;
    use super::super::{Published, Reason};
    use super::*;

    fn published(edition: Edition) -> Box<Published> {
        let now: Timestamp = "2026-06-01T12:00:00Z".parse().unwrap();
        let url = "https://luik.example/".to_owned();
        let expires = now + jiff::SignedDuration::from_mins(5);
        let canary = Canary { url, name: "1".to_owned(), expires };
        match canary.minimise(edition, &Policy::new([7; 32]), now) {
            Verdict::Publish(published, findings) => {
                assert!(findings.is_empty(), "nothing in it looks like somebody's");
                assert_eq!(published.id(), canary.public_id(&Policy::new([7; 32])));
                published
            }
            Verdict::Withhold(reason) => panic!("withheld: {}", reason.as_str()),
        }
    }

    #[test]
    fn it_says_what_it_is_names_nobody_and_stands_nowhere() {
        let (first, second) = (published(Edition::First), published(Edition::Second));
        assert_ne!(first.data(), second.data(), "a change is a change");
        for one in [first, second] {
            let data: serde_json::Value = serde_json::from_str(one.data()).unwrap();
            assert!(data.get("firstName").is_none());
            assert_eq!(data["region"]["code"], "GM0999");
            for field in ["title", "text"] {
                assert!(data[field].as_str().unwrap().to_lowercase().contains("bericht"));
            }
            assert!(data["title"].as_str().unwrap().contains("geen echte hulpvraag"));
            assert_eq!((one.kind(), one.region()), (Kind::Request, Region::CANARY));
            assert!(one.expires().is_some());
        }
    }

    #[test]
    fn a_core_can_neither_stand_there_nor_take_its_name() {
        let (policy, now) = (Policy::new([7; 32]), "2026-06-01T12:00:00Z".parse().unwrap());
        let mut row = Canary { url: "https://a.example/".into(), name: "1".into(), expires: now }
            .row(Edition::First, now);
        let mut forged = CoreRow::new(CoreId::new("1"));
        for column in Column::ALL {
            let value = match row.read(column) {
                Value::Text(text) => Value::Text(text.clone()),
                Value::Bool(is) => Value::Bool(*is),
                Value::Time(time) => Value::Time(*time),
                Value::List(list) => Value::List(list.clone()),
                Value::Null | Value::Missing | Value::Odd => Value::Null,
            };
            forged.set(column, value);
        }
        forged.set(Column::ExpiresAt, Value::Null);
        forged.set(Column::RegionCode, Value::Text("GM0999".to_owned()));
        let verdict = minimise(&forged, &policy, now);
        assert!(matches!(verdict, Verdict::Withhold(Reason::RegionUnknown)), "{verdict:?}");
        row.set(Column::ExpiresAt, Value::Null);
        let (own, author) = policy.names(&row, "");
        assert_ne!(own, policy.public_id(row.id()));
        assert_ne!(author, policy.author_key(""));
    }
}
