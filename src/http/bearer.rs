//! Bearer tokens (RFC 6750), compared in constant time.

use axum::http::HeaderMap;
use axum::http::header::AUTHORIZATION;
use sha2::{Digest, Sha256};
use subtle::{Choice, ConstantTimeEq};

/// The token of a request that carries exactly one `Authorization: Bearer …`.
#[must_use]
pub fn bearer(headers: &HeaderMap) -> Option<&[u8]> {
    let mut all = headers.get_all(AUTHORIZATION).iter();
    let (only, None) = (all.next()?, all.next()) else {
        return None;
    };
    let (scheme, token) = only.as_bytes().split_at_checked("Bearer ".len())?;
    let fits = scheme.eq_ignore_ascii_case(b"Bearer ") && !token.is_empty();
    fits.then_some(token)
}

/// Is this token one of the secrets? Digests are compared, all of them, so that the time taken
/// tells neither length nor place of a difference.
#[must_use]
pub fn is_one_of<'s>(token: &[u8], secrets: impl Iterator<Item = &'s str>) -> bool {
    let token = Sha256::digest(token);
    secrets
        .map(|secret| Sha256::digest(secret).as_slice().ct_eq(token.as_slice()))
        .fold(Choice::from(0), |found, same| found | same)
        .into()
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
            bearer(&headers).map(<[u8]>::to_vec)
        };
        assert_eq!(token_of(&["Bearer abc"]), Some(b"abc".to_vec()));
        assert_eq!(token_of(&["bearer abc"]), Some(b"abc".to_vec()));
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

    #[test]
    fn each_of_several_tokens_is_good_and_nothing_else_is() {
        let secrets = ["first-token", "second-token"];
        let good = |token: &str| is_one_of(token.as_bytes(), secrets.into_iter());
        assert!(good("first-token") && good("second-token"));
        for bad in ["", "first", "first-token ", "third-token"] {
            assert!(!good(bad), "{bad:?}");
        }
        assert!(!is_one_of(b"", [].into_iter()));
    }
}
