//! What a form of ours sends: strictly its own keys, each once. Never logged or printed: it may
//! hold the token, or an id of the core.

use std::fmt;
use std::sync::Arc;

use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;

use crate::config::TokenDigest;
use crate::http::{self, Refusal};
use crate::journal::Cause;

/// The key under which a form carries the mark of its session.
pub(super) const MARK: &str = "mark";
/// Longest name of who does something.
const NAME_MAX: usize = 100;
/// Longest reason, in characters; the ledger keeps as much.
pub(super) const REASON_MAX: usize = 500;

/// The fields of a form.
#[derive(Clone)]
pub(super) struct Form(Arc<[(String, String)]>);

impl fmt::Debug for Form {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Form")
    }
}

impl Form {
    pub(super) fn read(headers: &HeaderMap, body: &[u8]) -> Result<Self, Refusal> {
        let form = headers.get(CONTENT_TYPE).and_then(|form| form.to_str().ok());
        let bare = form.and_then(|form| form.split(';').next()).map(str::trim);
        let text = std::str::from_utf8(body).ok();
        let (Some("application/x-www-form-urlencoded"), Some(text)) = (bare, text) else {
            return Err(Refusal::WrongValue("The body is not a form of this console."));
        };
        let pairs = http::pairs(Some(text))?.into_iter();
        Ok(Self(pairs.map(|(key, value)| (key.into_owned(), value.into_owned())).collect()))
    }

    /// Does it carry this mark? In constant time.
    pub(super) fn carries(&self, mark: &str) -> bool {
        let wanted = TokenDigest::of(mark.as_bytes());
        self.get(MARK).is_some_and(|given| TokenDigest::of(given.as_bytes()).is_one_of([&wanted]))
    }

    /// What was filled in, without the spaces around it; none when nothing was.
    pub(super) fn get(&self, key: &str) -> Option<&str> {
        let found = self.0.iter().find(|(name, _)| name == key)?;
        Some(found.1.trim()).filter(|value| !value.is_empty())
    }

    /// Refuses a field that is none of these.
    pub(super) fn only(&self, keys: &[&str]) -> Result<(), Refusal> {
        let known = |name: &str| name == MARK || keys.contains(&name);
        if self.0.iter().all(|(name, _)| known(name)) { Ok(()) } else { Err(Refusal::UnknownKey) }
    }

    /// Who wants it and why; none unless both are said.
    pub(super) fn cause(&self) -> Option<Cause> {
        let fits = |key, most| self.get(key).filter(|text| text.chars().count() <= most);
        let (person, reason) = (fits("name", NAME_MAX)?, fits("reason", REASON_MAX)?);
        Some(Cause { person: person.to_owned(), reason: reason.to_owned() })
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn form(body: &str) -> Result<Form, Refusal> {
        let urlencoded = HeaderValue::from_static("application/x-www-form-urlencoded");
        Form::read(&[(CONTENT_TYPE, urlencoded)].into_iter().collect(), body.as_bytes())
    }

    #[test]
    fn a_form_is_read_strictly_and_never_printed() {
        let read = form("mark=abc&name=+Mies+&reason=a%26b%0Ac").unwrap();
        let cause = read.cause().unwrap();
        assert_eq!((&*cause.person, &*cause.reason), ("Mies", "a&b\nc"));
        assert!(read.carries("abc") && !read.carries("abd") && !read.carries(""));
        assert!(read.only(&["name", "reason"]).is_ok());
        assert_eq!(read.only(&["name"]), Err(Refusal::UnknownKey));
        assert_eq!(format!("{read:?}"), "Form");
        assert!(!form("mark=").unwrap().carries(""), "nothing is no mark");
        for wrong in ["a=1&a=2", "mark=a&mark=b"] {
            assert!(form(wrong).is_err(), "{wrong}");
        }
        assert!(Form::read(&HeaderMap::new(), b"mark=abc").is_err(), "not said to be a form");
    }

    #[test]
    fn a_name_and_a_reason_are_needed() {
        let long = "x".repeat(REASON_MAX + 1);
        for (body, good) in [
            ("name=Mies&reason=storing".to_owned(), true),
            ("name=Mies&reason=".to_owned(), false),
            ("name=+&reason=storing".to_owned(), false),
            ("reason=storing".to_owned(), false),
            (format!("name=Mies&reason={long}"), false),
            (format!("name={long}&reason=storing"), false),
        ] {
            assert_eq!(form(&body).unwrap().cause().is_some(), good, "{body}");
        }
    }
}
