//! A place in a feed, bound to the feed it belongs to, and the lease that came with it. Pure.

use std::fmt;

use data_encoding::HEXLOWER;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};

use crate::config::{HttpShape, HttpSource};

use super::super::Position;
use super::page::Cursor;

/// A lease is stored again when it was renewed by more than this part of what is left of it: that
/// much too early everything goes, when the gateway starts again and the upstream is silent.
const RENEWAL_PART: i32 = 100;

/// Until when what the upstream said may be shown (promise P6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Lease {
    /// The upstream never spoke of one.
    None,
    Until(Timestamp),
    /// It has ended, and everything from the upstream is to be taken away.
    Over,
}

impl Lease {
    /// Is it over by now?
    pub(super) fn is_over(self, now: Timestamp) -> bool {
        match self {
            Self::None => false,
            Self::Until(until) => until <= now,
            Self::Over => true,
        }
    }

    /// What is left of it, if it ends at all.
    pub(super) fn left(self, now: Timestamp) -> Option<SignedDuration> {
        match self {
            Self::None => None,
            Self::Until(until) => Some(until.duration_since(now).max(SignedDuration::ZERO)),
            Self::Over => Some(SignedDuration::ZERO),
        }
    }

    /// Does it end so much later than the `stored` one, or earlier, that it should be stored?
    fn outgrew(self, stored: Self, now: Timestamp) -> bool {
        match (self, stored) {
            (Self::Until(until), Self::Until(stored)) => {
                let left = until.duration_since(now).max(SignedDuration::ZERO);
                until < stored || until.duration_since(stored) > left / RENEWAL_PART
            }
            (own, stored) => own != stored,
        }
    }
}

/// What the journal stores.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) feed: Box<str>,
    pub(super) lease: Lease,
    /// The number of the last item that was told.
    pub(super) modified: Option<u64>,
    /// The page to ask for next.
    pub(super) cursor: Cursor,
}

impl Place {
    /// From what the journal stored; none if another kind of source wrote it.
    pub(super) fn parse(position: &Position) -> Option<Self> {
        let mut words = position.0.split(' ');
        if words.next() != Some("http") {
            return None;
        }
        let feed = words.next()?.into();
        let lease = match words.next()? {
            "-" => Lease::None,
            "over" => Lease::Over,
            until => Lease::Until(Timestamp::from_second(until.parse().ok()?).ok()?),
        };
        let modified = match words.next()? {
            "-" => None,
            number => Some(number.parse().ok()?),
        };
        let cursor = Cursor::new(Some(words.next()?.strip_prefix('?')?));
        words.next().is_none().then_some(Self { feed, lease, modified, cursor })
    }

    /// As the journal stores it.
    pub(super) fn position(&self) -> Position {
        Position(self.to_string().into())
    }

    /// Is this worth storing, now that `stored` is stored?
    pub(super) fn outgrew(&self, stored: &Self, now: Timestamp) -> bool {
        self.cursor != stored.cursor || self.lease.outgrew(stored.lease, now)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "http {} ", self.feed)?;
        match self.lease {
            Lease::None => write!(f, "- ")?,
            Lease::Over => write!(f, "over ")?,
            Lease::Until(until) => write!(f, "{} ", until.as_second())?,
        }
        match self.modified {
            None => write!(f, "- ")?,
            Some(modified) => write!(f, "{modified} ")?,
        }
        write!(f, "?{}", self.cursor.query().unwrap_or_default())
    }
}

/// Which feed this is. The address may hold a secret, so its digest stands for it.
pub(super) fn identity(settings: &HttpSource) -> Box<str> {
    let shape = match settings.shape {
        HttpShape::Core => "core",
        HttpShape::Luik => "luik",
    };
    let digest = Sha256::digest(format!("{shape} {}", settings.url));
    let half: Vec<u8> = digest.into_iter().take(16).collect();
    HEXLOWER.encode(&half).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn second(second: i64) -> Timestamp {
        Timestamp::from_second(second).unwrap()
    }

    #[test]
    fn a_place_is_stored_and_read() {
        for text in [
            "http ab12 - - ?",
            "http ab12 1781000000 1042 ?afterChangeNumber=1042",
            "http ab12 over 7 ?afterTimestamp=7&afterId=a%20b",
        ] {
            let place = Place::parse(&Position(text.into())).expect(text);
            assert_eq!(place.to_string(), text);
        }
        for other in [
            "",
            "http",
            "postgres 1 1 luik 0/1",
            "sqlite 1-1 9",
            "http ab12 - - afterChangeNumber=1",
            "http ab12 - x ?",
            "http ab12 soon 1 ?",
            "http ab12 - - ? more",
        ] {
            assert_eq!(Place::parse(&Position(other.into())), None, "{other}");
        }
    }

    #[test]
    fn a_lease_is_stored_again_when_it_grew_by_more_than_a_hundredth() {
        let place = |until: i64| Place {
            feed: "ab12".into(),
            lease: Lease::Until(second(until)),
            modified: None,
            cursor: Cursor::START,
        };
        let now = second(1_000);
        assert!(!place(2_005).outgrew(&place(2_000), now));
        assert!(place(2_011).outgrew(&place(2_000), now));
        assert!(place(1_990).outgrew(&place(2_000), now));
        let over = Place { lease: Lease::Over, ..place(0) };
        assert!(place(2_000).outgrew(&over, now) && over.outgrew(&place(2_000), now));
        assert!(!over.outgrew(&over, now));
    }

    #[test]
    fn a_lease_ends_at_its_end() {
        let lease = Lease::Until(second(10));
        assert!(!lease.is_over(second(9)) && lease.is_over(second(10)));
        assert!(!Lease::None.is_over(Timestamp::MAX) && Lease::Over.is_over(second(0)));
        assert_eq!(lease.left(second(4)), Some(SignedDuration::from_secs(6)));
        assert_eq!(lease.left(second(11)), Some(SignedDuration::ZERO));
    }
}
