//! Which language a visitor reads.

use axum::http::HeaderMap;
use axum::http::header::ACCEPT_LANGUAGE;

use crate::model::Language;

use super::accept::wishes;

/// The best of what the visitor's browser asks for; Dutch if it asks for none of them.
#[must_use]
pub fn wanted(headers: &HeaderMap) -> Language {
    let mut best = (Language::default(), 0.0);
    for (tag, weight) in wishes(headers, ACCEPT_LANGUAGE) {
        if let Some(language) = Language::of_tag(tag).filter(|_| weight > best.1) {
            best = (language, weight);
        }
    }
    best.0
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn the_browser_picks_the_language_and_dutch_is_the_default() {
        for (asked, language) in [
            ("", Language::Dutch),
            ("de-DE,de;q=0.9", Language::Dutch),
            ("en", Language::English),
            ("en-GB,en;q=0.9,nl;q=0.8", Language::English),
            ("fy,nl;q=0.8", Language::Frisian),
            ("FY-nl", Language::Frisian),
            ("en;q=0.5, nl;q=0.7", Language::Dutch),
            ("en;q=0", Language::Dutch),
            ("en;q=many", Language::Dutch),
            ("*", Language::Dutch),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(asked));
            assert_eq!(wanted(&headers), language, "{asked:?}");
        }
    }
}
