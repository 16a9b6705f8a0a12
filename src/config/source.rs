//! `[source]`: which core store, and how to follow it.

use std::time::Duration;

use url::Url;

use super::read::{
    Fault, Given, Section, duration, identifier, is_loopback, one_of, parse_url, qualified,
};
use super::secret::Secret;
use super::settings::{HttpShape, HttpSource, PostgresSource, SourceSettings, SqliteSource, Watch};

const HOUR: Duration = Duration::from_secs(60 * 60);
/// Longest SQL text from keys to items, in characters.
const SQL_MAX: usize = 10_000;

/// A reader of the keys that one kind of source has.
type Reader = fn(&Section) -> Option<SourceSettings>;

/// The source, and how often everything is compared with it.
pub(super) fn read(section: &Section) -> Option<(SourceSettings, Duration)> {
    let readers: [(&str, Reader); 3] = [("postgres", postgres), ("sqlite", sqlite), ("http", http)];
    let range = Duration::from_secs(1)..=7 * 24 * HOUR;
    let reconcile_every = section.or("reconcile_every", HOUR, duration(range));
    let Some(reader) = section.required("kind", one_of(&readers)) else {
        section.ignore_rest();
        return None;
    };
    Some((reader(section)?, reconcile_every?))
}

fn postgres(section: &Section) -> Option<SourceSettings> {
    let url = section.required("url", postgres_url);
    let view = section.or("view", "syndication.item".to_owned(), qualified);
    let publication = section.or("publication", "luik".to_owned(), identifier);
    let slot = section.or("slot", "luik".to_owned(), slot);
    let watches = section.sections("watch", watch);
    Some(SourceSettings::Postgres(PostgresSource {
        url: url?,
        view: view?,
        publication: publication?,
        slot: slot?,
        watches: watches?,
    }))
}

fn postgres_url(given: &Given) -> Result<Secret, Fault> {
    let secret = given.secret()?;
    let schemes = ["postgres://", "postgresql://"];
    if schemes.iter().any(|scheme| secret.reveal().starts_with(scheme)) {
        Ok(secret)
    } else {
        Err("must lead to an address that starts with postgres://".into())
    }
}

fn slot(given: &Given) -> Result<String, Fault> {
    let name = given.text()?;
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_';
    if (1..=63).contains(&name.len()) && name.bytes().all(plain) {
        Ok(name.to_owned())
    } else {
        Err("must be a name of a-z, 0-9 and _, at most 63".into())
    }
}

fn watch(section: &Section) -> Option<Watch> {
    let table = section.required("table", qualified);
    let key = section.or("key", "id".to_owned(), identifier);
    let items = section.optional("items", items);
    Some(Watch { table: table?, key: key?, items: items? })
}

fn items(given: &Given) -> Result<String, Fault> {
    let sql = given.text()?;
    if sql.chars().count() > SQL_MAX {
        Err(format!("must not be longer than {SQL_MAX} characters").into())
    } else if sql.contains("$1") {
        Ok(sql.to_owned())
    } else {
        Err("must be a query that uses $1, the list of changed keys".into())
    }
}

fn sqlite(section: &Section) -> Option<SourceSettings> {
    let path = section.required("path", Given::path);
    let view = section.or("view", "syndication_item".to_owned(), qualified);
    Some(SourceSettings::Sqlite(SqliteSource { path: path?, view: view? }))
}

fn http(section: &Section) -> Option<SourceSettings> {
    let shapes = [("core", HttpShape::Core), ("luik", HttpShape::Luik)];
    let range = Duration::from_millis(100)..=24 * HOUR;
    let url = section.required("url", feed_url);
    let token = section.required("token", Given::secret);
    let shape = section.or("shape", HttpShape::Core, one_of(&shapes));
    let poll_every = section.or("poll_every", Duration::from_secs(5), duration(range));
    Some(SourceSettings::Http(HttpSource {
        url: url?,
        token: token?,
        shape: shape?,
        poll_every: poll_every?,
    }))
}

/// The address of a feed may stand in the file, for it is no secret; it may be a reference too.
fn feed_url(given: &Given) -> Result<Url, Fault> {
    let url = match given.text() {
        Ok(text) => parse_url(text)?,
        Err(_) => parse_url(given.secret()?.reveal())?,
    };
    if url.scheme() == "https" || is_loopback(&url) {
        Ok(url)
    } else {
        Err("must start with https://, for personal data and a token travel there".into())
    }
}
