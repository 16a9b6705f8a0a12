//! The ticket in the link of a letter about removals: whose, which stretch it named, until when.
//!
//! Signed with a key of its own that is derived from the key behind public ids: whoever reads the
//! letter can confirm what it names, and nobody can make up another.

use std::fmt;

use data_encoding::BASE32_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use sha2::Sha256;

use crate::config::key::Key;
use crate::model::{PartnerId, Sequence};

/// What sets this key apart from every other use of the same one.
const LABEL: &[u8] = b"luik confirmation by letter, version 1";
/// Bytes of the mac that travel.
const MAC_BYTES: usize = 16;
/// Two positions and a time.
const BODY_BYTES: usize = 24;
/// Characters of a ticket: its bytes in base32.
const LENGTH: usize = 64;

/// What a letter named.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ticket {
    /// Removals after this position …
    pub after: Sequence,
    /// … and up to here.
    pub to: Sequence,
    /// The link is good until then, in whole seconds.
    pub until: Timestamp,
}

/// Why a ticket does not admit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unfit {
    /// Not ours, not this partner's, or changed on the way.
    Forged,
    /// It was ours.
    Expired,
}

/// Writes and reads tickets. Never printed.
#[derive(Clone)]
pub struct Seal(Hmac<Sha256>);

impl fmt::Debug for Seal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl Seal {
    /// The seal that belongs to the key behind public ids.
    #[must_use]
    pub fn of(id_key: &Key) -> Self {
        let mut derive = keyed(id_key);
        derive.update(LABEL);
        Self(keyed(&derive.finalize().into_bytes()))
    }

    fn mac(&self, partner: &PartnerId, body: &[u8]) -> Hmac<Sha256> {
        let mut mac = self.0.clone();
        mac.update(body);
        mac.update(partner.as_str().as_bytes());
        mac
    }

    /// The ticket as it stands in a link.
    #[must_use]
    pub fn write(&self, partner: &PartnerId, ticket: &Ticket) -> String {
        let (after, to) = (ticket.after.get().to_be_bytes(), ticket.to.get().to_be_bytes());
        let mut bytes = [after, to, ticket.until.as_second().to_be_bytes()].concat();
        let mac = self.mac(partner, &bytes).finalize().into_bytes();
        bytes.extend(mac.into_iter().take(MAC_BYTES));
        BASE32_NOPAD.encode(&bytes).to_ascii_lowercase()
    }

    /// Reads it.
    ///
    /// # Errors
    /// When it does not admit.
    pub fn read(&self, partner: &PartnerId, text: &str, now: Timestamp) -> Result<Ticket, Unfit> {
        let lower = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
        let fits = text.len() == LENGTH && text.bytes().all(lower);
        let bytes = BASE32_NOPAD.decode(text.to_ascii_uppercase().as_bytes()).ok();
        let bytes = bytes.filter(|_| fits).ok_or(Unfit::Forged)?;
        let (body, mac) = bytes.split_at_checked(BODY_BYTES).ok_or(Unfit::Forged)?;
        self.mac(partner, body).verify_truncated_left(mac).map_err(|_| Unfit::Forged)?;
        let number = |part: Option<&[u8]>| {
            let bytes: Option<[u8; 8]> = part.and_then(|part| part.try_into().ok());
            bytes.map(u64::from_be_bytes).ok_or(Unfit::Forged)
        };
        let (after, to) = (number(body.get(..8))?, number(body.get(8..16))?);
        let until = i64::try_from(number(body.get(16..))?).map_err(|_| Unfit::Forged)?;
        let until = Timestamp::from_second(until).map_err(|_| Unfit::Forged)?;
        if until <= now {
            return Err(Unfit::Expired);
        }
        Ok(Ticket { after: Sequence::new(after), to: Sequence::new(to), until })
    }
}

/// HMAC fills a short key up with zeros to the hash's block.
fn keyed(key: &[u8]) -> Hmac<Sha256> {
    let mut block = [0; 64];
    block.iter_mut().zip(key).for_each(|(to, from)| *to = *from);
    Hmac::new(&block.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seal(byte: u8) -> Seal {
        Seal::of(&[byte; 32])
    }

    #[test]
    fn a_ticket_admits_its_own_partner_until_its_time_and_nothing_else_does() {
        let (wijk, ander): (PartnerId, PartnerId) =
            ("wijk".parse().unwrap(), "ander".parse().unwrap());
        let until: Timestamp = "2026-12-22T12:00:00Z".parse().unwrap();
        let ticket = Ticket { after: Sequence::new(3), to: Sequence::new(9), until };
        let text = seal(1).write(&wijk, &ticket);
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        assert_eq!(seal(1).read(&wijk, &text, now), Ok(ticket));
        assert_eq!(seal(1).read(&wijk, &text, until), Err(Unfit::Expired));
        assert_eq!(seal(1).read(&ander, &text, now), Err(Unfit::Forged));
        assert_eq!(seal(2).read(&wijk, &text, now), Err(Unfit::Forged));
        assert_eq!(format!("{:?}", seal(1)), "***");
        for place in 0..text.len() {
            let mut other = text.clone().into_bytes();
            other[place] = if other[place] == b'a' { b'b' } else { b'a' };
            let other = String::from_utf8(other).unwrap();
            assert_eq!(seal(1).read(&wijk, &other, now), Err(Unfit::Forged), "{place}");
        }
        let loud = text.to_ascii_uppercase();
        let short = text.trim_start_matches(|c| text.starts_with(c));
        for odd in ["", "a", short, &format!("{text}a"), &loud, "é", &"7".repeat(64)] {
            assert_eq!(seal(1).read(&wijk, odd, now), Err(Unfit::Forged), "{odd}");
        }
    }
}
