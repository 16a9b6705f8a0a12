//! Standard Webhooks signatures: `v1`, HMAC-SHA256, one for each key so that keys can rotate.

use std::fmt;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::config::Secret;

/// A secret that is not `whsec_` and base64. Does not quote it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a push secret is not whsec_ followed by base64")]
pub(crate) struct InvalidSecret;

/// The keys that sign, in the order of the partner's file. Never printed.
#[derive(Clone)]
pub(crate) struct Keys(Vec<Hmac<Sha256>>);

impl fmt::Debug for Keys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Keys {
    /// Reads the secrets of a partner.
    ///
    /// # Errors
    /// When one of them is not `whsec_` and base64, or when there is none.
    pub(crate) fn read(secrets: &[Secret]) -> Result<Self, InvalidSecret> {
        let keys: Result<Vec<_>, _> = secrets.iter().map(key).collect();
        match keys? {
            keys if keys.is_empty() => Err(InvalidSecret),
            keys => Ok(Self(keys)),
        }
    }

    /// The header `webhook-signature`. Neither `id` nor the timestamp contains a dot.
    #[must_use]
    pub(crate) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        let signed = |key: &Hmac<Sha256>| {
            let mut mac = key.clone();
            mac.update(format!("{id}.{timestamp}.").as_bytes());
            mac.update(body);
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        };
        self.0.iter().map(signed).collect::<Vec<_>>().join(" ")
    }
}

fn key(secret: &Secret) -> Result<Hmac<Sha256>, InvalidSecret> {
    let text = secret.reveal();
    let encoded = text.strip_prefix("whsec_").unwrap_or(text);
    let bytes = STANDARD.decode(encoded).map_err(|_| InvalidSecret)?;
    if bytes.is_empty() {
        return Err(InvalidSecret);
    }
    Hmac::new_from_slice(&bytes).map_err(|_| InvalidSecret)
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFICIAL: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const SIGNED: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn sign(secrets: &[&str]) -> String {
        let secrets: Vec<_> = secrets.iter().map(|text| Secret::new(text)).collect();
        let keys = Keys::read(&secrets).expect("secrets");
        let body = br#"{"test": 2432232314}"#;
        keys.sign("msg_p5jXN8AQM9LWM0D4loKWxJek", 1_614_265_330, body)
    }

    #[test]
    fn the_official_vector_is_reproduced() {
        assert_eq!(sign(&[OFFICIAL]), SIGNED);
    }

    #[test]
    fn every_key_signs_during_rotation() {
        let both = sign(&["whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA", OFFICIAL]);
        let parts: Vec<&str> = both.split(' ').collect();
        assert_eq!(parts.len(), 2);
        assert!(parts[0].starts_with("v1,") && parts[0] != SIGNED);
        assert_eq!(parts[1], SIGNED);
    }

    #[test]
    fn a_bad_secret_is_refused_and_never_printed() {
        for bad in ["", "whsec_", "whsec_not base64"] {
            assert_eq!(Keys::read(&[Secret::new(bad)]).err(), Some(InvalidSecret), "{bad}");
        }
        assert!(Keys::read(&[]).is_err());
        let keys = Keys::read(&[Secret::new(OFFICIAL)]).unwrap();
        assert_eq!(format!("{keys:?}"), "***");
    }
}
