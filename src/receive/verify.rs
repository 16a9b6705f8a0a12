//! Standard Webhooks: is this message from the gateway, and from just now? Pure.
//!
//! A message that is caught and sent again within the tolerance does no harm: it says nothing that
//! is not held already (see [`super::Holdings::apply`]), so no ids have to be remembered.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::config::Secret;

/// How far the sender's clock may be off, either way.
const TOLERANCE_SECONDS: i64 = 5 * 60;
/// Most signatures that are tried: a rotation needs two.
const SIGNATURES_MAX: usize = 16;

/// A secret that is not `whsec_` and base64. Does not quote the secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a webhook secret: whsec_ and 24 to 64 bytes in base64")]
pub struct InvalidKey;

/// Why a message is not believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// One of the three headers is missing or unreadable.
    #[error("the webhook headers are missing or unreadable")]
    Headers,
    /// Signed too long ago, or in the future.
    #[error("the webhook timestamp is too far from now")]
    Stale,
    /// No signature fits any of our secrets.
    #[error("no webhook signature fits")]
    Signature,
}

/// A secret shared with the gateway, ready to check with.
#[derive(Clone)]
pub struct Key(Hmac<Sha256>);

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Key(***)")
    }
}

impl Key {
    /// Reads a secret as both sides write it down; the prefix `whsec_` may be left out.
    ///
    /// # Errors
    /// When it is not base64, or too short to keep anything or longer than any is.
    pub fn parse(secret: &Secret) -> Result<Self, InvalidKey> {
        let text = secret.reveal().trim();
        let bytes =
            STANDARD.decode(text.strip_prefix("whsec_").unwrap_or(text)).map_err(|_| InvalidKey)?;
        if !(24..=64).contains(&bytes.len()) {
            return Err(InvalidKey);
        }
        Hmac::new_from_slice(&bytes).map(Self).map_err(|_| InvalidKey)
    }
}

/// The three headers of a signed message.
#[derive(Debug, Clone, Copy)]
pub struct Signed<'a> {
    /// `webhook-id`: the same on every attempt.
    pub id: &'a str,
    /// `webhook-timestamp`: of this attempt, in seconds.
    pub timestamp: &'a str,
    /// `webhook-signature`: `v1,…` once per secret, with spaces between.
    pub signature: &'a str,
}

/// Believes a message if one of its signatures fits one of our secrets, so that either side can
/// change its secret first.
///
/// # Errors
/// When the message is to be answered with 401; nothing of it may be used then.
pub fn verify(
    keys: &[Key],
    signed: Signed<'_>,
    body: &[u8],
    now: Timestamp,
) -> Result<(), Refusal> {
    // A full stop would let one signed text be cut in two ways.
    if signed.id.is_empty() || signed.id.contains('.') {
        return Err(Refusal::Headers);
    }
    let plain = signed.timestamp.bytes().all(|byte| byte.is_ascii_digit());
    let sent: i64 = signed.timestamp.parse().map_err(|_| Refusal::Headers)?;
    if !plain {
        return Err(Refusal::Headers);
    }
    if sent.abs_diff(now.as_second()) > TOLERANCE_SECONDS.unsigned_abs() {
        return Err(Refusal::Stale);
    }
    let head = format!("{}.{}.", signed.id, signed.timestamp);
    let fits = signed
        .signature
        .split(' ')
        .filter_map(|one| one.strip_prefix("v1,"))
        .take(SIGNATURES_MAX)
        .filter_map(|text| STANDARD.decode(text).ok())
        .any(|given| keys.iter().any(|key| key.fits(&head, body, &given)));
    if fits { Ok(()) } else { Err(Refusal::Signature) }
}

impl Key {
    /// Takes the same time whether it fits or not.
    fn fits(&self, head: &str, body: &[u8], given: &[u8]) -> bool {
        let mut mac = self.0.clone();
        mac.update(head.as_bytes());
        mac.update(body);
        mac.verify_slice(given).is_ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    // The official test vector of Standard Webhooks.
    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const SENT: &str = "1614265330";
    const BODY: &str = r#"{"test": 2432232314}"#;
    const GOOD: &str = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";
    const BAD: &str = "v1,AAAAAAAA+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=";

    fn key(text: &str) -> Key {
        Key::parse(&Secret::new(text)).unwrap()
    }

    fn at(shift: i64, signed: Signed<'_>, body: &str) -> Result<(), Refusal> {
        let other = key("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX");
        let now = Timestamp::from_second(1_614_265_330 + shift).unwrap();
        verify(&[other, key(SECRET)], signed, body.as_bytes(), now)
    }

    fn signed(signature: &str) -> Signed<'_> {
        Signed { id: ID, timestamp: SENT, signature }
    }

    #[test]
    fn the_official_vector_fits_also_among_others() {
        let among = format!("{BAD} v1a,abc {GOOD}");
        for signature in [GOOD, &among] {
            assert_eq!(at(0, signed(signature), BODY), Ok(()));
        }
        assert!(Key::parse(&Secret::new("MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")).is_ok());
    }

    #[test]
    fn whatever_differs_is_refused() {
        let unversioned = GOOD.strip_prefix("v1,").unwrap();
        let later_version = GOOD.replace("v1,", "v2,");
        for signature in ["", BAD, unversioned, "v1,", &later_version] {
            assert_eq!(at(0, signed(signature), BODY), Err(Refusal::Signature));
        }
        let other = r#"{"test": 2432232315}"#;
        assert_eq!(at(0, signed(GOOD), other), Err(Refusal::Signature));
        let renamed = Signed { id: "msg_other", ..signed(GOOD) };
        assert_eq!(at(0, renamed, BODY), Err(Refusal::Signature));
        for id in ["", "msg.1"] {
            let odd = Signed { id, ..signed(GOOD) };
            assert_eq!(at(0, odd, BODY), Err(Refusal::Headers));
        }
        for timestamp in ["", "now", "+1614265330", "-1", "1614265330.0"] {
            let odd = Signed { timestamp, ..signed(GOOD) };
            assert_eq!(at(0, odd, BODY), Err(Refusal::Headers), "{timestamp}");
        }
    }

    #[test]
    fn clocks_may_differ_by_five_minutes() {
        for (shift, answer) in
            [(-301, Err(Refusal::Stale)), (-300, Ok(())), (300, Ok(())), (301, Err(Refusal::Stale))]
        {
            assert_eq!(at(shift, signed(GOOD), BODY), answer, "{shift} s");
        }
    }

    #[test]
    fn a_secret_that_is_none_is_refused() {
        for text in ["", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64", "geheim"] {
            assert!(Key::parse(&Secret::new(text)).is_err(), "{text}");
        }
    }
}
