//! What one partner is to see of one item, and at which position: pure.

use crate::model::{Kind, Region, RegionSet, Sequence};
use crate::partner::Scope;
#[cfg(test)]
use crate::simulation::{Bug, planted};

/// A scope that a partner had from a position on. The first of a partner has no span; each later
/// one owns the positions `since + 1 ..= since + span`, one for each item number.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) since: u64,
    pub(super) span: u64,
    pub(super) changed_ms: i64,
    pub(super) scope: Scope,
}

/// An item's latest state, as far as visibility goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) num: u64,
    pub(super) sequence: u64,
    pub(super) live: bool,
    pub(super) kind: Kind,
    pub(super) region: Region,
}

/// A stretch in which an item was visible with this kind in this region.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Stay {
    pub(super) since: u64,
    pub(super) until: Option<u64>,
    pub(super) kind: Kind,
    pub(super) region: Region,
}

/// Where in a partner's order an item stands, and whether it is shown there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) position: Sequence,
    pub(super) shown: bool,
    /// The version whose start moved the item here; none when the item's own change did.
    pub(super) moved_by: Option<usize>,
}

/// Where an item stands for a partner with these scopes, oldest first.
///
/// An item stands at its own latest change, unless a later change of the partner's scope let it in
/// or out: then it stands in that version's range. An item that is not shown is a retraction if
/// the partner may hold it ([`may_hold`]), else nothing.
pub(super) fn place(facts: &Facts, versions: &[Version]) -> Place {
    let own = Place { position: Sequence::new(facts.sequence), shown: false, moved_by: None };
    if !facts.live {
        return own;
    }
    let mut place = own;
    for (index, version) in versions.iter().enumerate() {
        let covers = version.scope.covers(facts.kind, facts.region);
        let before_the_item = index == 0 || version.since < facts.sequence;
        if before_the_item {
            place.shown = covers;
        } else if covers != place.shown {
            let position = Sequence::new(version.since).plus(facts.num);
            place = Place { position, shown: covers, moved_by: Some(index) };
        }
    }
    place
}

/// May the partner hold the item, given how far a send to it may have reached?
///
/// Yes if at some time a stay of the item and a scope of the partner covered each other, and the
/// earliest position at which the item could then be sent lies within the mark (promise P3).
pub(super) fn may_hold(num: u64, stays: &[Stay], versions: &[Version], mark: Sequence) -> bool {
    #[cfg(test)]
    let versions = match versions.len() {
        0 => versions,
        n if planted(Bug::ForgetScopes) => versions.get(n - 1..).unwrap_or_default(),
        _ => versions,
    };
    stays.iter().any(|stay| {
        versions.iter().enumerate().any(|(index, version)| {
            let ends = versions.get(index + 1).map_or(u64::MAX, |next| next.since);
            let overlap =
                stay.since <= ends && stay.until.is_none_or(|until| until > version.since);
            let earliest = if index == 0 || stay.since > version.since {
                Sequence::new(stay.since)
            } else {
                Sequence::new(version.since).plus(num)
            };
            overlap && earliest <= mark && version.scope.covers(stay.kind, stay.region)
        })
    })
}

/// A stretch of positions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stretch {
    /// Positions `after + 1 ..= to` of the log itself.
    Log { after: u64, to: u64 },
    /// The range of this version.
    Range { version: usize },
}

impl Stretch {
    /// Its last position.
    pub(super) fn end(self, versions: &[Version]) -> u64 {
        match self {
            Self::Log { to, .. } => to,
            Self::Range { version } => versions.get(version).map_or(0, |v| v.since + v.span),
        }
    }
}

/// The stretches that make up a partner's positions up to `head`, in order.
pub(super) fn stretches(versions: &[Version], head: u64) -> Vec<Stretch> {
    let mut all = Vec::with_capacity(versions.len() * 2);
    let mut after = 0;
    for (index, version) in versions.iter().enumerate().skip(1) {
        all.push(Stretch::Log { after, to: version.since });
        all.push(Stretch::Range { version: index });
        after = version.since + version.span;
    }
    all.push(Stretch::Log { after, to: head });
    all
}

/// Everything that was ever in one of these scopes.
pub(super) fn ever(versions: &[Version]) -> Scope {
    let mut ever = Scope::NOTHING;
    for Version { scope, .. } in versions {
        ever.requests.extend_by(&scope.requests);
        ever.offers.extend_by(&scope.offers);
    }
    ever
}

/// A scope as bytes, for the SQL function `covers`.
pub(super) fn scope_bytes(scope: &Scope) -> Vec<u8> {
    let mut bytes = scope.requests.to_bytes();
    bytes.extend(scope.offers.to_bytes());
    bytes
}

/// The scope that [`scope_bytes`] wrote.
pub(super) fn scope_of(bytes: &[u8]) -> Option<Scope> {
    let (requests, offers) = bytes.split_at_checked(bytes.len() / 2)?;
    let requests = RegionSet::from_bytes(requests)?;
    let offers = RegionSet::from_bytes(offers)?;
    Some(Scope { requests, offers })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn region(code: &str) -> Region {
        Region::from_code(code).unwrap()
    }

    fn scope(codes: &[&str]) -> Scope {
        Scope::new(&Kind::ALL, codes.iter().map(|code| region(code)).collect())
    }

    fn version(since: u64, span: u64, codes: &[&str]) -> Version {
        Version { since, span, changed_ms: 0, scope: scope(codes) }
    }

    fn facts(num: u64, sequence: u64, live: bool, code: &str) -> Facts {
        Facts { num, sequence, live, kind: Kind::Offer, region: region(code) }
    }

    fn stay(since: u64, until: Option<u64>, code: &str) -> Stay {
        Stay { since, until, kind: Kind::Offer, region: region(code) }
    }

    const MEPPEL: &str = "GM0119";
    const ASSEN: &str = "GM0106";

    #[test]
    fn an_item_stands_at_its_own_change_until_the_scope_changes() {
        let narrowed = [version(0, 0, &[MEPPEL]), version(10, 5, &[]), version(30, 5, &[MEPPEL])];
        let check = |versions: &[Version], facts: Facts, position: u64, shown: bool| {
            let place = place(&facts, versions);
            assert_eq!((place.position.get(), place.shown), (position, shown));
        };
        check(&narrowed[..1], facts(3, 4, true, MEPPEL), 4, true);
        check(&narrowed[..1], facts(3, 4, true, ASSEN), 4, false);
        check(&narrowed[..2], facts(3, 4, true, MEPPEL), 13, false);
        check(&narrowed, facts(3, 4, true, MEPPEL), 33, true);
        check(&narrowed, facts(3, 20, true, MEPPEL), 33, true);
        check(&narrowed, facts(3, 40, true, MEPPEL), 40, true);
        check(&narrowed, facts(3, 22, false, MEPPEL), 22, false);
    }

    #[test]
    fn a_partner_may_hold_what_was_in_its_scope_within_the_mark() {
        let versions = [version(5, 0, &[MEPPEL]), version(10, 5, &[ASSEN])];
        let check = |stay: Stay, mark: u64, held: bool| {
            assert_eq!(may_hold(2, &[stay], &versions, Sequence::new(mark)), held, "{stay:?}");
        };
        check(stay(3, Some(20), MEPPEL), 3, true);
        check(stay(3, Some(20), MEPPEL), 2, false);
        check(stay(3, Some(4), MEPPEL), 99, false); // gone before the partner came
        check(stay(3, Some(7), MEPPEL), 99, true);
        check(stay(11, None, MEPPEL), 99, false); // came after the scope was narrowed
        check(stay(3, None, ASSEN), 11, false); // entered at 10 + 2
        check(stay(3, None, ASSEN), 12, true);
        check(stay(16, None, ASSEN), 16, true);
    }

    #[test]
    fn stretches_follow_one_another_without_gap() {
        let versions = [version(5, 0, &[]), version(10, 5, &[]), version(15, 5, &[])];
        let all = stretches(&versions, 42);
        assert_eq!(
            all,
            [
                Stretch::Log { after: 0, to: 10 },
                Stretch::Range { version: 1 },
                Stretch::Log { after: 15, to: 15 },
                Stretch::Range { version: 2 },
                Stretch::Log { after: 20, to: 42 },
            ]
        );
        assert_eq!(all[1].end(&versions), 15);
    }

    #[test]
    fn what_was_ever_in_scope_adds_up() {
        let versions = [version(5, 0, &[MEPPEL]), version(10, 5, &[]), version(15, 5, &[ASSEN])];
        assert_eq!(ever(&versions), scope(&[MEPPEL, ASSEN]));
        assert_eq!(ever(&[]), Scope::NOTHING);
    }

    #[test]
    fn a_scope_comes_back_from_its_bytes() {
        let scope = scope(&[MEPPEL, ASSEN]);
        assert_eq!(scope_of(&scope_bytes(&scope)), Some(scope));
        assert_eq!(scope_of(&[1, 2]), None);
    }
}
