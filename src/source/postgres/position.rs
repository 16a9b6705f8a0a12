//! A place in the core's write-ahead log, bound to the log it belongs to. Pure.

use std::fmt;

use pgwire_replication::Lsn;

use super::super::Position;

/// A place in the log of one slot of one server on one timeline.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) system: Box<str>,
    pub(super) timeline: u32,
    pub(super) slot: Box<str>,
    pub(super) lsn: Lsn,
}

impl Place {
    /// The same log, elsewhere.
    pub(super) fn at(&self, lsn: Lsn) -> Self {
        Self { lsn, ..self.clone() }
    }

    /// As the journal stores it.
    pub(super) fn position(&self) -> Position {
        Position(self.to_string().into())
    }

    /// From what the journal stored; none if another kind of source wrote it.
    pub(super) fn parse(position: &Position) -> Option<Self> {
        let mut words = position.0.split(' ');
        if words.next() != Some("postgres") {
            return None;
        }
        let place = Self {
            system: words.next()?.into(),
            timeline: words.next()?.parse().ok()?,
            slot: words.next()?.into(),
            lsn: Lsn::parse(words.next()?).ok()?,
        };
        words.next().is_none().then_some(place)
    }

    fn same_slot(&self, other: &Self) -> bool {
        self.slot == other.slot
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { system, timeline, slot, lsn } = self;
        write!(f, "postgres {system} {timeline} {slot} {lsn}")
    }
}

/// Why the changes since `stored` may not all have been seen, if so.
///
/// `start` is where the slot will go on from; `current` is how far the server has written.
/// Positions are stored before they are acknowledged, so a slot that is ahead of what is stored
/// has always been moved by somebody else.
pub(super) fn doubt(stored: Option<&Place>, start: &Place, current: Lsn) -> Option<&'static str> {
    let Some(stored) = stored else {
        return Some("no position is stored yet");
    };
    let causes = [
        (!stored.same_slot(start), "the slot has another name"),
        (stored.system != start.system, "the core is another database system"),
        (stored.timeline != start.timeline, "the core went on to another timeline"),
        (start.lsn > stored.lsn, "the slot is ahead of what is stored"),
        (stored.lsn > current, "the core's log ends before what is stored"),
    ];
    causes.into_iter().find_map(|(holds, cause)| holds.then_some(cause))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(system: &str, timeline: u32, slot: &str, lsn: u64) -> Place {
        Place { system: system.into(), timeline, slot: slot.into(), lsn: Lsn(lsn) }
    }

    #[test]
    fn a_place_goes_there_and_back() {
        let written = place("7300000000000000001", 3, "luik", 0x16_B374_D848);
        let position = written.position();
        assert_eq!(&*position.0, "postgres 7300000000000000001 3 luik 16/B374D848");
        assert_eq!(Place::parse(&position), Some(written));
    }

    #[test]
    fn what_is_no_place_is_none() {
        for text in [
            "",
            "sqlite 1 2",
            "postgres",
            "postgres 1 x luik 0/1",
            "postgres 1 1 luik 01",
            "postgres 1 1 luik 0/1 more",
        ] {
            assert_eq!(Place::parse(&Position(text.into())), None, "{text}");
        }
    }

    #[test]
    fn every_doubt_is_raised_and_no_other() {
        let start = place("1", 1, "luik", 100);
        let check = |stored: Option<Place>, word: Option<&str>| {
            let cause = doubt(stored.as_ref(), &start, Lsn(500));
            match word {
                None => assert_eq!(cause, None),
                Some(word) => assert!(cause.is_some_and(|c| c.contains(word)), "{cause:?}"),
            }
        };
        check(None, Some("no position"));
        check(Some(place("1", 1, "other", 200)), Some("name"));
        check(Some(place("2", 1, "luik", 200)), Some("system"));
        check(Some(place("1", 2, "luik", 200)), Some("timeline"));
        check(Some(place("1", 1, "luik", 99)), Some("ahead"));
        check(Some(place("1", 1, "luik", 501)), Some("ends before"));
        check(Some(place("1", 1, "luik", 100)), None);
        check(Some(place("1", 1, "luik", 500)), None);
    }
}
