//! May this row leave at all (promise P2)? The first gate that is shut gives the reason.
//!
//! In this order: consent, approval, visibility, age, published, expired, size, kind, region,
//! url. A column that is missing or holds what it may not hold shuts its gate as malformed.

use jiff::{SignedDuration, Timestamp};
use url::Url;

use crate::model::{Kind, Region};

use super::reason::Reason;
use super::row::{Column, CoreRow, Value};

/// Longest title or body that is read, in bytes.
const TEXT_BYTES_MAX: usize = 65_536;
/// Longest short column, in bytes.
const SHORT_BYTES_MAX: usize = 1_024;
/// Longest address, in characters.
const URL_MAX: usize = 2_048;
/// Most literals of a row.
const LITERALS_MAX: usize = 64;
/// Longest literal, in bytes.
const LITERAL_BYTES_MAX: usize = 256;
/// Scripts that a language tag may name (ISO 15924).
const SCRIPTS: [&str; 14] = [
    "Latn", "Cyrl", "Arab", "Hant", "Hans", "Grek", "Hebr", "Deva", "Beng", "Ethi", "Thai", "Jpan",
    "Kore", "Armn",
];
/// How far the core's clock may run ahead of ours.
const AHEAD_MAX: SignedDuration = SignedDuration::from_mins(5);

/// A row that may leave, in typed form and not yet minimised.
pub(super) struct Permitted<'a> {
    pub(super) author_id: &'a str,
    pub(super) kind: Kind,
    pub(super) first_name: &'a str,
    pub(super) anonymous: bool,
    pub(super) region: Region,
    pub(super) title: &'a str,
    pub(super) body: &'a str,
    pub(super) language: Option<&'a str>,
    pub(super) url: &'a str,
    pub(super) published: Timestamp,
    pub(super) expires: Option<Timestamp>,
    pub(super) withhold: &'a [String],
}

/// Asks every gate.
pub(super) fn permit(row: &CoreRow, now: Timestamp) -> Result<Permitted<'_>, Reason> {
    is_true(row, Column::Share, Reason::NoConsent)?;
    if !matches!(row.read(Column::Approved), Value::Null) {
        is_true(row, Column::Approved, Reason::NotApproved)?;
    }
    let anonymous = is_anonymous(row)?;
    is_true(row, Column::OfAge, Reason::UnderAge)?;
    let published = time(row, Column::PublishedAt)?.ok_or(Reason::NotPublished)?;
    if published.duration_since(now) > AHEAD_MAX {
        return Err(Reason::NotPublished);
    }
    let expires = time(row, Column::ExpiresAt)?;
    if expires.is_some_and(|expires| expires <= now) {
        return Err(Reason::Expired);
    }
    Ok(Permitted {
        author_id: text(row, Column::AuthorId, SHORT_BYTES_MAX)?,
        title: text(row, Column::Title, TEXT_BYTES_MAX)?,
        body: text(row, Column::Body, TEXT_BYTES_MAX)?,
        first_name: nullable(row, Column::FirstName, SHORT_BYTES_MAX)?.unwrap_or_default(),
        withhold: literals(row)?,
        language: nullable(row, Column::Language, SHORT_BYTES_MAX)?.filter(|tag| is_tag(tag)),
        kind: kind(row)?,
        region: region(row)?,
        url: address(row)?,
        anonymous,
        published,
        expires,
    })
}

fn is_true(row: &CoreRow, column: Column, otherwise: Reason) -> Result<(), Reason> {
    match row.read(column) {
        Value::Bool(true) => Ok(()),
        Value::Bool(false) => Err(otherwise),
        Value::Null => Err(otherwise),
        Value::Missing | Value::Text(_) | Value::Time(_) | Value::List(_) | Value::Odd => {
            Err(Reason::Malformed)
        }
    }
}

fn is_anonymous(row: &CoreRow) -> Result<bool, Reason> {
    match text(row, Column::Visibility, SHORT_BYTES_MAX)? {
        "public" => Ok(false),
        "anonymous" => Ok(true),
        "members" => Err(Reason::MembersOnly),
        _ => Err(Reason::Malformed),
    }
}

fn time(row: &CoreRow, column: Column) -> Result<Option<Timestamp>, Reason> {
    match row.read(column) {
        Value::Time(time) => Ok(Some(*time)),
        Value::Null => Ok(None),
        Value::Missing | Value::Text(_) | Value::Bool(_) | Value::List(_) | Value::Odd => {
            Err(Reason::Malformed)
        }
    }
}

fn text(row: &CoreRow, column: Column, bytes_max: usize) -> Result<&str, Reason> {
    nullable(row, column, bytes_max)?.ok_or(Reason::Malformed)
}

fn nullable(row: &CoreRow, column: Column, bytes_max: usize) -> Result<Option<&str>, Reason> {
    match row.read(column) {
        Value::Text(text) if text.len() > bytes_max => Err(Reason::Oversized),
        Value::Text(text) => Ok(Some(text)),
        Value::Null => Ok(None),
        Value::Missing | Value::Bool(_) | Value::Time(_) | Value::List(_) | Value::Odd => {
            Err(Reason::Malformed)
        }
    }
}

fn literals(row: &CoreRow) -> Result<&[String], Reason> {
    match row.read(Column::Withhold) {
        Value::List(list) if list.len() > LITERALS_MAX => Err(Reason::Oversized),
        Value::List(list) if list.iter().any(|one| one.len() > LITERAL_BYTES_MAX) => {
            Err(Reason::Oversized)
        }
        Value::List(list) => Ok(list),
        // Not to know what must be withheld is not the same as having nothing to withhold.
        Value::Null
        | Value::Missing
        | Value::Text(_)
        | Value::Bool(_)
        | Value::Time(_)
        | Value::Odd => Err(Reason::Malformed),
    }
}

fn kind(row: &CoreRow) -> Result<Kind, Reason> {
    let kind = text(row, Column::Kind, SHORT_BYTES_MAX)?;
    kind.parse().map_err(|_| Reason::Malformed)
}

/// The code alone counts; what the core calls the region is not read. The canary stands in no
/// place, and nothing else does.
fn region(row: &CoreRow) -> Result<Region, Reason> {
    if row.is_canary() {
        return Ok(Region::CANARY);
    }
    match row.read(Column::RegionCode) {
        Value::Text(code) => Region::of_place(code).map_err(|_| Reason::RegionUnknown),
        Value::Null => Err(Reason::RegionUnknown),
        Value::Missing | Value::Bool(_) | Value::Time(_) | Value::List(_) | Value::Odd => {
            Err(Reason::Malformed)
        }
    }
}

/// An http(s) page on a host, without a user in front of it.
fn address(row: &CoreRow) -> Result<&str, Reason> {
    let written = match row.read(Column::Url) {
        Value::Text(written) => written,
        Value::Null => return Err(Reason::UrlUnusable),
        Value::Missing | Value::Bool(_) | Value::Time(_) | Value::List(_) | Value::Odd => {
            return Err(Reason::Malformed);
        }
    };
    let plain = written.len() <= URL_MAX && written.chars().all(|c| c.is_ascii_graphic());
    let url = Url::parse(written).map_err(|_| Reason::UrlUnusable)?;
    let usable = matches!(url.scheme(), "http" | "https")
        && url.host_str().is_some_and(|host| !host.is_empty())
        && url.username().is_empty()
        && url.password().is_none();
    if plain && usable { Ok(written) } else { Err(Reason::UrlUnusable) }
}

/// A language, and perhaps a script and a region: `nl`, `nl-NL`, `zh-Hant-TW`, `es-419` (BCP 47).
/// Whatever else such a tag may carry could carry a word, and keeps the tag in.
fn is_tag(tag: &str) -> bool {
    let letters = |part: &str| part.bytes().all(|b| b.is_ascii_alphabetic());
    let digits = |part: &str| part.bytes().all(|b| b.is_ascii_digit());
    let mut parts = tag.split('-').peekable();
    let language = parts.next().is_some_and(|part| matches!(part.len(), 2 | 3) && letters(part));
    parts.next_if(|part| SCRIPTS.contains(part));
    parts.next_if(|part| (part.len() == 2 && letters(part)) || (part.len() == 3 && digits(part)));
    language && parts.next().is_none()
}
