//! Bearer tokens (RFC 6750), read and digested.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;

use crate::config::TokenDigest;

/// The digest of the token of a request that carries exactly one `Authorization: Bearer …`.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<TokenDigest> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (only, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (scheme, token) = only.as_bytes().split_at_checked("Bearer ".len())?;
    let fits = scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty();
    fits.then(|| TokenDigest::of(token))
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn a_token_is_read_from_one_bearer_header_only() {
        let token_of = |values: &[&'static str]| {
            let mut headers = HeaderMap::new();
            for value in values {
                headers.append(AUTHORIZATION, HeaderValue::from_static(value));
            }
            bearer(&headers)
        };
        let abc = Some(TokenDigest::of(b"abc"));
        assert_eq!(token_of(&["Bearer abc"]), abc);
        assert_eq!(token_of(&["bearer abc"]), abc);
        for refused in [
            &[][..],
            &["Bearer "],
            &["Bearer"],
            &["Basic abc"],
            &["abc"],
            &["Bearer abc", "Bearer abc"],
        ] {
            assert_eq!(token_of(refused), None, "{refused:?}");
        }
    }
}
