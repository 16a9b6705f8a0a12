//! `data` of an item → a row. Pure; what is not as it should be shuts a gate of the boundary.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::Value as Json;

use crate::minimise::{Column, CoreId, CoreRow, Value};

use super::super::json::row_of;
use super::page::Has;

/// `shape = "core"`: an object with the view's columns, and which of them it has.
pub(super) fn core(id: &CoreId, data: &str) -> (CoreRow, Has) {
    match row_of(id.clone(), data) {
        Ok((row, has)) => (row, Has::of(&has)),
        Err(_) => (CoreRow::new(id.clone()), Has::default()),
    }
}

/// `data` as another Luik serves it (design §10).
#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Data {
    first_name: Json,
    region: Json,
    title: Json,
    text: Json,
    language: Json,
    published: Json,
    expires: Json,
    url: Json,
}

/// `shape = "luik"`: what another Luik lets through is a row whose gates stand open, for the
/// upstream has asked for consent, approval and age. Redaction runs again.
///
/// It tells nothing of authors, so that each item is its own. An item without a name is of
/// somebody anonymous. It leads on to the upstream's referral.
pub(super) fn luik(id: &CoreId, kind: Json, data: &str) -> CoreRow {
    let mut row = CoreRow::new(id.clone());
    let Ok(data) = serde_json::from_str::<Data>(data) else { return row };
    let part = |name: &str| data.region.get(name).cloned().unwrap_or_default();
    let visibility = if data.first_name.is_null() { "anonymous" } else { "public" };
    let own = || Value::Text(id.reveal_core_id().to_owned());
    for (column, value) in [
        (Column::Id, own()),
        (Column::AuthorId, own()),
        (Column::Kind, text(kind)),
        (Column::RegionCode, text(part("code"))),
        (Column::RegionName, text(part("name"))),
        (Column::FirstName, text(data.first_name)),
        (Column::Title, text(data.title)),
        (Column::Body, text(data.text)),
        (Column::Language, text(data.language)),
        (Column::Url, text(data.url)),
        (Column::PublishedAt, time(&data.published, start)),
        (Column::ExpiresAt, time(&data.expires, end)),
        (Column::Share, Value::Bool(true)),
        (Column::Approved, Value::Null),
        (Column::Visibility, Value::Text(visibility.to_owned())),
        (Column::OfAge, Value::Bool(true)),
        (Column::Withhold, Value::List(Vec::new())),
    ] {
        row.set(column, value);
    }
    row
}

fn text(json: Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::String(text) => Value::Text(text),
        Json::Bool(_) | Json::Number(_) | Json::Array(_) | Json::Object(_) => Value::Odd,
    }
}

fn time(json: &Json, of_day: fn(Date) -> Option<Timestamp>) -> Value {
    if json.is_null() {
        return Value::Null;
    }
    let day = json.as_str().and_then(|text| text.parse::<Date>().ok());
    day.and_then(of_day).map_or(Value::Odd, Value::Time)
}

/// The day began before the upstream published the item in it.
fn start(day: Date) -> Option<Timestamp> {
    Some(day.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

/// The upstream takes the item away at a time of this day that it does not tell. So it stays until
/// the upstream has said so, and goes with the last millisecond of the day: from that, the same
/// day is told to the next.
fn end(day: Date) -> Option<Timestamp> {
    start(day.tomorrow().ok()?)?.checked_sub(SignedDuration::from_millis(1)).ok()
}

#[cfg(test)]
mod tests {
    use crate::minimise::{Policy, Verdict, minimise};

    use super::*;

    const DATA: &str = r#"{"firstName":"Anna","region":{"code":"GM0119","name":"Meppel"},
        "title":"Hulp in de tuin","text":"Bel mij op […].\nOm 14:00 uur.","language":"nl",
        "published":"2026-11-20","expires":"2026-12-20","url":"https://luik.example/r/p/k3v"}"#;

    fn judged(data: &str, now: &str) -> Result<(String, Timestamp), &'static str> {
        let row = luik(&CoreId::new("k3v"), "request".into(), data);
        match minimise(&row, &Policy::new([7; 32]), now.parse().unwrap()) {
            Verdict::Publish(item, _) => {
                assert_eq!(item.url(), "https://luik.example/r/p/k3v");
                Ok((item.data().to_string(), item.expires().unwrap_or(Timestamp::MAX)))
            }
            Verdict::Withhold(reason) => Err(reason.as_str()),
        }
    }

    #[test]
    fn what_a_luik_lets_through_the_next_lets_through_unchanged() {
        let (data, expires) = judged(DATA, "2026-11-20T00:00:00Z").unwrap();
        let theirs: Json = serde_json::from_str(DATA).unwrap();
        let mut ours: Json = serde_json::from_str(&data).unwrap();
        ours["url"] = theirs["url"].clone();
        assert_eq!(ours, theirs);
        assert_eq!(expires.to_string(), "2026-12-20T23:59:59.999Z");
    }

    #[test]
    fn it_stays_through_its_last_day_and_not_longer() {
        assert!(judged(DATA, "2026-12-20T23:59:59Z").is_ok());
        assert_eq!(judged(DATA, "2026-12-21T00:00:00Z").unwrap_err(), "expired");
        let endless = DATA.replace(r#""expires":"2026-12-20","#, "");
        assert!(judged(&endless, "2099-01-01T00:00:00Z").is_ok());
    }

    #[test]
    fn an_item_without_a_name_is_anonymous_and_redaction_runs_again() {
        let data = DATA.replace(r#""firstName":"Anna","#, "").replace("14:00 uur", "06 12345678");
        let (data, _) = judged(&data, "2026-11-21T00:00:00Z").unwrap();
        assert!(!data.contains("firstName") && !data.contains("12345678"), "{data}");
    }

    #[test]
    fn what_is_not_as_it_should_be_is_withheld() {
        for (from, to, reason) in [
            (r#""GM0119""#, r#""XX""#, "region_unknown"),
            (r#"{"code":"GM0119","name":"Meppel"}"#, "7", "region_unknown"),
            (r#""2026-11-20""#, r#""morgen""#, "malformed"),
            (r#""2026-12-20""#, "1", "malformed"),
            (r#""Anna""#, "[]", "malformed"),
            (r#""Hulp in de tuin""#, "null", "malformed"),
            (r#""nl""#, r#""nl","title":"twice""#, "malformed"),
            ("https://luik", "javascript:luik", "url_unusable"),
        ] {
            let data = DATA.replace(from, to);
            assert_eq!(judged(&data, "2026-11-21T00:00:00Z").err(), Some(reason), "{to}");
        }
    }
}
