//! Origins of partners: who may frame the embed.

use crate::config::{Fault, Given, is_loopback, url};

/// An origin that may frame the embed: https, or http on loopback, and nothing behind the host.
pub(super) fn origin(given: &Given) -> Result<String, Fault> {
    let url = url(given)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    // The origin goes into a header of its own syntax, so its host must be plain.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "https" && !is_loopback(&url) {
        Err("must start with https://".into())
    } else if !bare || !host.bytes().all(plain) {
        Err("must be a scheme and a host only, such as https://www.voorbeeld.example".into())
    } else {
        Ok(url.origin().ascii_serialization())
    }
}
