//! The boundary as a whole: gates, closed shape, and texts.

use jiff::Timestamp;
use proptest::prelude::*;

use super::*;
use crate::model::{FindingType, Language};

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn time(text: &str) -> Value {
    Value::Time(text.parse().unwrap())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn row() -> CoreRow {
    let mut row = CoreRow::new(CoreId::new("core-1"));
    for (column, value) in [
        (Column::AuthorId, text("author-1")),
        (Column::Kind, text("request")),
        (Column::FirstName, text("Anna")),
        (Column::RegionCode, text("GM0119")),
        (Column::RegionName, text("canary-region")),
        (Column::Title, text("Hulp in de tuin")),
        (Column::Body, text("Bel 06-10203040, groet Anna Kwartel")),
        (Column::Language, text("nl-NL")),
        (Column::Url, text("https://plein.example/hulp/1?x=y")),
        (Column::PublishedAt, time("2026-11-20T23:30:00Z")),
        (Column::ExpiresAt, time("2026-12-20T10:00:00Z")),
        (Column::Share, Value::Bool(true)),
        (Column::Approved, Value::Null),
        (Column::Visibility, text("public")),
        (Column::OfAge, Value::Bool(true)),
        (Column::Withhold, Value::List(vec!["Kwartel".to_owned()])),
    ] {
        row.set(column, value);
    }
    row
}

fn policy() -> Policy {
    Policy::new([7; 32])
}

fn data(row: &CoreRow) -> String {
    match minimise(row, &policy(), now()) {
        Verdict::Publish(published, _) => published.data().to_string(),
        Verdict::Withhold(reason) => panic!("withheld: {reason:?}"),
    }
}

fn with(column: Column, value: Value) -> CoreRow {
    let mut row = row();
    row.set(column, value);
    row
}

#[test]
fn a_permitted_row_leaves_in_the_closed_shape() {
    assert_eq!(
        data(&row()),
        r#"{"firstName":"Anna","region":{"code":"GM0119","name":"Meppel"},"title":"Hulp in de tuin","text":"Bel […], groet Anna […]","language":"nl-NL","published":"2026-11-20","expires":"2026-12-20"}"#
    );
    let Verdict::Publish(published, findings) = minimise(&row(), &policy(), now()) else {
        panic!("withheld");
    };
    assert_eq!(published.id(), policy().public_id(&CoreId::new("core-1")));
    assert_eq!(published.author(), policy().author_key("author-1"));
    assert_eq!(published.url(), "https://plein.example/hulp/1?x=y");
    let places: Vec<_> = findings.iter().map(|f| (f.field, f.kind, f.start, f.length)).collect();
    assert_eq!(
        places,
        [("body", FindingType::Phone, 4, 11), ("body", FindingType::Withhold, 28, 7)]
    );
}

#[test]
fn every_gate_shuts_for_its_reason() {
    let long = "a".repeat(65_537);
    for (column, value, expected) in [
        (Column::Share, Value::Bool(false), Reason::NoConsent),
        (Column::Share, Value::Null, Reason::NoConsent),
        (Column::Approved, Value::Bool(false), Reason::NotApproved),
        (Column::Visibility, text("members"), Reason::MembersOnly),
        (Column::Visibility, text("friends"), Reason::Malformed),
        (Column::Visibility, Value::Null, Reason::Malformed),
        (Column::OfAge, Value::Bool(false), Reason::UnderAge),
        (Column::OfAge, Value::Null, Reason::UnderAge),
        (Column::PublishedAt, Value::Null, Reason::NotPublished),
        (Column::PublishedAt, time("2026-11-22T12:05:01Z"), Reason::NotPublished),
        (Column::ExpiresAt, time("2026-11-22T12:00:00Z"), Reason::Expired),
        (Column::Kind, text("gift"), Reason::Malformed),
        (Column::RegionCode, text("WK011900"), Reason::RegionUnknown),
        (Column::RegionCode, Value::Null, Reason::RegionUnknown),
        (Column::Url, Value::Null, Reason::UrlUnusable),
        (Column::Url, text("javascript:alert(1)"), Reason::UrlUnusable),
        (Column::Url, text("https://a:b@c.example/"), Reason::UrlUnusable),
        (Column::Url, text("/hulp/1"), Reason::UrlUnusable),
        (Column::Url, text("https://a.example/\nx"), Reason::UrlUnusable),
        (
            Column::Url,
            text(&format!("https://a.example/{}", "a".repeat(2_048))),
            Reason::UrlUnusable,
        ),
        (Column::Body, Value::Text(long), Reason::Oversized),
        (Column::Body, Value::Null, Reason::Malformed),
        (Column::Withhold, Value::List(vec![String::new(); 65]), Reason::Oversized),
    ] {
        let verdict = minimise(&with(column, value), &policy(), now());
        assert!(matches!(verdict, Verdict::Withhold(reason) if reason == expected), "{column:?}");
    }
    let mut empty = with(Column::Body, text(" <p></p> "));
    empty.set(Column::Title, text(""));
    assert!(matches!(minimise(&empty, &policy(), now()), Verdict::Withhold(Reason::Empty)));
}

#[test]
fn a_missing_or_odd_column_is_malformed() {
    for column in Column::ALL {
        let read = !matches!(column, Column::Id | Column::RegionName);
        for value in [Value::Missing, Value::Odd] {
            let verdict = minimise(&with(column, value), &policy(), now());
            let malformed = matches!(verdict, Verdict::Withhold(Reason::Malformed));
            assert_eq!(malformed, read, "{column:?}");
        }
    }
}

#[test]
fn what_is_optional_is_left_out() {
    for (column, value, absent) in [
        (Column::FirstName, Value::Null, "firstName"),
        (Column::FirstName, text("Kwartel"), "firstName"),
        (Column::Visibility, text("anonymous"), "firstName"),
        (Column::Language, Value::Null, "language"),
        (Column::Language, text("Nederlands!"), "language"),
        (Column::Language, text("nl-Kwartel"), "language"),
        (Column::Language, text("nl-Smit"), "language"),
        (Column::ExpiresAt, Value::Null, "expires"),
    ] {
        assert!(!data(&with(column, value)).contains(absent), "{absent}");
    }
    assert!(data(&with(Column::Title, text(""))).contains(r#""title":"""#));
    assert!(data(&with(Column::PublishedAt, time("2026-11-22T12:04:59Z"))).contains("2026-11-22"));
    assert!(data(&with(Column::Approved, Value::Bool(true))).contains("Anna"));
}

#[test]
fn the_first_name_of_somebody_anonymous_is_not_in_the_text() {
    let anonymous = data(&with(Column::Visibility, text("anonymous")));
    assert!(anonymous.contains("groet […] […]") && !anonymous.contains("Anna"));
}

#[test]
fn long_texts_are_cut() {
    assert!(data(&with(Column::Title, text("Een\n\ntwee"))).contains(r#""Een twee""#));
    let words = text(&"woord ".repeat(2_000));
    let body = data(&with(Column::Body, words));
    assert!(body.contains("woord…") && body.chars().count() < 4_300);
    let title = data(&with(Column::Title, text(&"woord ".repeat(100))));
    assert!(title.contains("woord…") && title.chars().count() < 500);
}

#[test]
fn the_placeholder_speaks_the_language_of_the_item() {
    let policy = policy().writing("[weg]", 4_000).writing_in(Language::English, "[left out]");
    for (tag, expected) in [
        (text("nl"), "Bel [weg], groet Anna [weg]"),
        (text("en-GB"), "Bel [left out], groet Anna [left out]"),
        (text("pl"), "Bel [weg], groet Anna [weg]"),
        (Value::Null, "Bel [weg], groet Anna [weg]"),
    ] {
        let Verdict::Publish(published, _) = minimise(&with(Column::Language, tag), &policy, now())
        else {
            panic!("withheld");
        };
        assert!(published.data().contains(expected), "{expected}");
    }
}

#[test]
fn what_the_policy_holds_back_waits_for_review() {
    let holding = policy().holding(&[FindingType::Bsn, FindingType::Phone]);
    let verdict = minimise(&row(), &holding, now());
    assert!(matches!(verdict, Verdict::Withhold(Reason::Held(FindingType::Phone))));
    let title = with(Column::Title, text("Mijn bsn is 111222333"));
    let verdict = minimise(&title, &holding, now());
    assert!(matches!(verdict, Verdict::Withhold(Reason::Held(FindingType::Bsn))));
    // The author's own phone is a literal of the row, and a phone all the same.
    let mut own = with(Column::Body, text("Bel 06-10203040"));
    own.set(Column::Withhold, Value::List(vec!["0610203040".to_owned()]));
    let verdict = minimise(&own, &holding, now());
    assert!(matches!(verdict, Verdict::Withhold(Reason::Held(FindingType::Phone))));
    let clean = with(Column::Body, text("Groet, Anna Kwartel"));
    assert!(matches!(minimise(&clean, &holding, now()), Verdict::Publish(..)));
}

/// The field map says what really happens: a word in a column is found on the wire if, and only
/// if, the map says that the column leaves.
#[test]
fn the_field_map_is_what_the_boundary_does() {
    for field in fields() {
        let (value, leaves_as) = match field.column {
            // These leave in another form, or are not text; the forms have tests of their own.
            Column::Id
            | Column::Kind
            | Column::RegionCode
            | Column::PublishedAt
            | Column::ExpiresAt
            | Column::Url
            | Column::Language => continue,
            Column::Share | Column::OfAge | Column::Approved | Column::Visibility => {
                assert_eq!(field.fate, Fate::Decides, "{:?}", field.column);
                continue;
            }
            Column::Withhold => (Value::List(vec!["kanarie".to_owned()]), None),
            Column::FirstName => (text("Kanarie"), Some("data.firstName")),
            Column::Title => (text("Kanarie"), Some("data.title")),
            Column::Body => (text("Kanarie"), Some("data.text")),
            Column::AuthorId | Column::RegionName => (text("Kanarie"), None),
        };
        let found = data(&with(field.column, value)).to_lowercase().contains("kanarie");
        assert_eq!(found, leaves_as.is_some(), "{:?}", field.column);
        assert_eq!(field.fate, leaves_as.map_or(Fate::Stays, Fate::Leaves), "{:?}", field.column);
    }
}

proptest! {
    #[test]
    fn nothing_outside_the_closed_set_leaves(name in "\\PC{0,60}", body in "\\PC{1,80}", tag in "\\PC{0,12}") {
        let mut row = with(Column::Body, text(&format!("x {body}")));
        row.set(Column::FirstName, text(&name));
        row.set(Column::Language, text(&tag));
        let json: serde_json::Value = serde_json::from_str(&data(&row)).unwrap();
        let closed = ["firstName", "region", "title", "text", "language", "published", "expires"];
        prop_assert!(json.as_object().unwrap().keys().all(|key| closed.contains(&key.as_str())));
        for canary in ["core-1", "author-1", "canary-region", "plein.example"] {
            prop_assert!(!json.to_string().contains(canary));
        }
    }
}
