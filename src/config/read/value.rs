//! From one value to one checked type. Messages never quote the value.

use std::ops::RangeInclusive;
use std::str::FromStr;
use std::time::Duration;

use ::config::ValueKind;
use jiff::civil::Date;
use url::{Host, Url};

use super::document::Fault;
use super::given::Given;

/// Units of a duration, largest first, in milliseconds.
const UNITS: [(&str, u64); 5] =
    [("d", 86_400_000), ("h", 3_600_000), ("m", 60_000), ("s", 1_000), ("ms", 1)];

/// Text of so many characters, none of them a control character.
pub(crate) fn text(length: RangeInclusive<usize>) -> impl Fn(&Given) -> Result<String, Fault> {
    move |given| {
        let text = given.text()?;
        if text.chars().any(char::is_control) {
            return Err("must not hold control characters or line ends".into());
        }
        if !length.contains(&text.chars().count()) {
            let (least, most) = (length.start(), length.end());
            return Err(format!("must have {least} to {most} characters").into());
        }
        Ok(text.to_owned())
    }
}

/// A duration such as `500ms`, `5s`, `15m`, `72h` or `7d`.
pub(crate) fn duration(
    range: RangeInclusive<Duration>,
) -> impl Fn(&Given) -> Result<Duration, Fault> {
    move |given| {
        let parsed = given.text().ok().and_then(parse_duration);
        let duration =
            parsed.ok_or(r#"must be a duration such as "500ms", "5s", "15m" or "72h""#)?;
        if range.contains(&duration) {
            Ok(duration)
        } else {
            let (least, most) = (spell(*range.start()), spell(*range.end()));
            Err(format!("must be from {least} to {most}").into())
        }
    }
}

fn parse_duration(text: &str) -> Option<Duration> {
    let (number, unit) = text.split_at_checked(text.find(|c: char| !c.is_ascii_digit())?)?;
    let (_, factor) = UNITS.iter().find(|(name, _)| *name == unit)?;
    number.parse::<u64>().ok()?.checked_mul(*factor).map(Duration::from_millis)
}

/// A duration as a settings file has it.
pub(crate) fn spell(duration: Duration) -> String {
    let milliseconds = u64::try_from(duration.as_millis()).unwrap_or(u64::MAX);
    let fits = |(_, factor): &&(&str, u64)| milliseconds.is_multiple_of(*factor);
    match UNITS.iter().find(fits) {
        Some((unit, factor)) if milliseconds > 0 => format!("{}{unit}", milliseconds / factor),
        _ => "0s".to_owned(),
    }
}

/// A whole number in this range.
pub(crate) fn integer<T>(range: RangeInclusive<T>) -> impl Fn(&Given) -> Result<T, Fault>
where
    T: TryFrom<i64> + PartialOrd + std::fmt::Display,
{
    move |given| {
        let number = if let ValueKind::I64(number) = given.value.kind {
            Some(number)
        } else if given.is_override() {
            given.text()?.parse().ok()
        } else {
            None
        };
        number
            .and_then(|number| T::try_from(number).ok())
            .filter(|number| range.contains(number))
            .ok_or_else(|| {
                let (least, most) = (range.start(), range.end());
                format!("must be a whole number from {least} to {most}").into()
            })
    }
}

/// `true` or `false`.
pub(crate) fn boolean(given: &Given) -> Result<bool, Fault> {
    if let ValueKind::Boolean(value) = given.value.kind {
        return Ok(value);
    }
    match given.text() {
        Ok("true") if given.is_override() => Ok(true),
        Ok("false") if given.is_override() => Ok(false),
        _ => Err("must be true or false".into()),
    }
}

/// A day such as `2026-01-31`.
pub(crate) fn date(given: &Given) -> Result<Date, Fault> {
    let day = given.text().ok().filter(|text| text.len() == 10);
    day.and_then(|day| Date::from_str(day).ok()).ok_or("must be a day such as 2026-01-31".into())
}

/// One of these words.
pub(crate) fn one_of<T: Copy>(words: &[(&str, T)]) -> impl Fn(&Given) -> Result<T, Fault> {
    move |given| {
        let text = given.text().unwrap_or_default();
        let found = words.iter().find(|(word, _)| *word == text);
        found.map(|(_, value)| *value).ok_or_else(|| {
            let words: Vec<&str> = words.iter().map(|(word, _)| *word).collect();
            format!("must be one of: {}", words.join(", ")).into()
        })
    }
}

/// An address of the web without a name and password in it.
pub(crate) fn url(given: &Given) -> Result<Url, Fault> {
    parse_url(given.text()?)
}

pub(crate) fn parse_url(text: &str) -> Result<Url, Fault> {
    let odd = text.chars().any(|c| c.is_control() || c.is_whitespace());
    let url = Url::parse(text)
        .ok()
        .filter(|url| !odd && matches!(url.scheme(), "http" | "https"))
        .ok_or("must be an address that starts with https:// or http://")?;
    if url.username().is_empty() && url.password().is_none() {
        Ok(url)
    } else {
        Err("must not hold a name or password".into())
    }
}

/// Does this address lead to the machine itself?
pub(crate) fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

/// A plain SQL identifier: it needs no quotes.
pub(crate) fn identifier(given: &Given) -> Result<String, Fault> {
    let text = given.text()?;
    if is_identifier(text) {
        Ok(text.to_owned())
    } else {
        Err("must be a plain name: letters, digits, _ and $, at most 63".into())
    }
}

/// `name` or `schema.name`, both plain.
pub(crate) fn qualified(given: &Given) -> Result<String, Fault> {
    let text = given.text()?;
    if text.split('.').count() <= 2 && text.split('.').all(is_identifier) {
        Ok(text.to_owned())
    } else {
        Err("must be name or schema.name, with letters, digits, _ and $ only".into())
    }
}

fn is_identifier(text: &str) -> bool {
    let first = |b: u8| b.is_ascii_alphabetic() || b == b'_';
    let plain = |b: u8| first(b) || b.is_ascii_digit() || b == b'$';
    text.len() <= 63 && text.bytes().next().is_some_and(first) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn durations_have_one_number_and_one_unit() {
        let table = [
            ("500ms", Some(500)),
            ("5s", Some(5_000)),
            ("15m", Some(900_000)),
            ("72h", Some(259_200_000)),
            ("7d", Some(604_800_000)),
            ("", None),
            ("5", None),
            ("s", None),
            ("5 s", None),
            ("-5s", None),
            ("1h30m", None),
            ("99999999999999999999s", None),
            ("9999999999999999999d", None),
        ];
        for (text, milliseconds) in table {
            let wanted = milliseconds.map(Duration::from_millis);
            assert_eq!(parse_duration(text), wanted, "{text}");
        }
    }

    #[test]
    fn durations_are_spelt_as_they_are_written() {
        for text in ["500ms", "5s", "90s", "15m", "5h", "7d", "0s"] {
            let duration = parse_duration(text).unwrap();
            assert_eq!(spell(duration), text);
        }
    }

    #[test]
    fn identifiers_need_no_quotes() {
        for good in ["item", "_x", "a1$", "Syndication"] {
            assert!(is_identifier(good), "{good}");
        }
        for bad in ["", "1a", "a b", "a\"", "a;b", "é", &"a".repeat(64)] {
            assert!(!is_identifier(bad), "{bad}");
        }
    }

    #[test]
    fn addresses_are_of_the_web_and_name_nobody() {
        for good in ["https://a.example", "http://127.0.0.1:8080/x?y=z"] {
            assert!(parse_url(good).is_ok(), "{good}");
        }
        for bad in ["", "a.example", "ftp://a.example", "https://u:p@a.example", "https:// a"] {
            assert!(parse_url(bad).is_err(), "{bad}");
        }
    }
}
