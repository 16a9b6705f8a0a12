//! Strict queries: a key that a path does not know is refused (design §8).

use std::borrow::Cow;

use url::form_urlencoded;

use super::refusal::Refusal;

/// A key with its value.
type Pair<'q> = (Cow<'q, str>, Cow<'q, str>);

/// The keys of a query with their values, as they come.
///
/// # Errors
/// A key that stands there twice.
pub fn pairs(query: Option<&str>) -> Result<Vec<Pair<'_>>, Refusal> {
    let mut pairs: Vec<Pair<'_>> = Vec::new();
    for (key, value) in form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if pairs.iter().any(|(other, _)| *other == key) {
            return Err(Refusal::WrongValue("a query key is given twice"));
        }
        pairs.push((key, value));
    }
    Ok(pairs)
}

/// The value of the one key that a path knows.
///
/// # Errors
/// Another key, or the key twice.
pub fn one_key<'q>(query: Option<&'q str>, key: &str) -> Result<Option<Cow<'q, str>>, Refusal> {
    let mut value = None;
    for (name, given) in pairs(query)? {
        if name != key {
            return Err(Refusal::UnknownKey);
        }
        value = Some(given);
    }
    Ok(value)
}

/// For a path that knows no key.
///
/// # Errors
/// Any key.
pub fn no_query(query: Option<&str>) -> Result<(), Refusal> {
    one_key(query, "").and_then(|value| match value {
        None => Ok(()),
        Some(_) => Err(Refusal::UnknownKey),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_known_key_is_read_and_only_once() {
        let of = |query| one_key(query, "after").map(|v| v.map(Cow::into_owned));
        assert_eq!(of(None), Ok(None));
        assert_eq!(of(Some("")), Ok(None));
        assert_eq!(of(Some("after=5")), Ok(Some("5".to_owned())));
        assert_eq!(of(Some("after")), Ok(Some(String::new())));
        assert_eq!(of(Some("After=5")), Err(Refusal::UnknownKey));
        assert_eq!(of(Some("after=5&utm=1")), Err(Refusal::UnknownKey));
        assert!(matches!(of(Some("after=5&after=5")), Err(Refusal::WrongValue(_))));
    }

    #[test]
    fn a_path_without_keys_refuses_each() {
        assert_eq!(no_query(None), Ok(()));
        assert_eq!(no_query(Some("")), Ok(()));
        assert_eq!(no_query(Some("a=1")), Err(Refusal::UnknownKey));
        assert_eq!(no_query(Some("=1")), Err(Refusal::UnknownKey));
    }
}
