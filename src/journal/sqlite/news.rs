//! Where something changed last: kept in memory, so that a lane whose partner a change does not
//! concern need not ask the file. With ten thousand partners most changes concern few of them.

use crate::journal::view::Version;
use crate::model::{Kind, Region, Sequence};

/// The latest position at which an item entered, changed in, or left each kind and region.
#[derive(Debug, Clone, Default)]
pub(super) struct News {
    /// Of what came up to here nothing is told apart.
    floor: u64,
    /// In order of position, each kind and region once: no more than the list of regions has.
    latest: Vec<(u64, Kind, Region)>,
}

impl News {
    /// Nothing is known of what came up to this position.
    pub(super) fn after(floor: u64) -> Self {
        Self { floor, latest: Vec::new() }
    }

    /// A change at this position concerns those who may have this kind in this region. Positions
    /// only rise.
    pub(super) fn note(&mut self, sequence: u64, kind: u8, region: &str) {
        match (Kind::from_number(kind), Region::from_code(region)) {
            (Some(kind), Ok(region)) => self.keep(sequence, kind, region),
            _ => self.floor = self.floor.max(sequence),
        }
    }

    fn keep(&mut self, sequence: u64, kind: Kind, region: Region) {
        if let Some(place) = self.latest.iter().rposition(|(_, k, r)| (*k, *r) == (kind, region)) {
            self.latest.remove(place);
        }
        self.latest.push((sequence, kind, region));
    }

    /// Adds what is newer.
    pub(super) fn add(&mut self, newer: &mut Self) {
        self.floor = self.floor.max(std::mem::take(&mut newer.floor));
        for (sequence, kind, region) in newer.latest.drain(..) {
            self.keep(sequence, kind, region);
        }
    }

    /// May a partner that had these scopes find anything after this position? Every scope counts
    /// that it ever had: what it may hold of an older one can still be taken back.
    pub(super) fn concern(&self, versions: &[Version], after: Sequence) -> bool {
        let (after, covers) = (after.get(), covered(versions));
        after < self.floor_of(versions)
            || self.latest.iter().rev().take_while(|(at, ..)| *at > after).any(covers)
    }

    /// The latest position at which something changed for such a partner, as far as is told apart.
    pub(super) fn stirred(&self, versions: &[Version]) -> Sequence {
        let covers = covered(versions);
        let latest = self.latest.iter().rev().find(|one| covers(one));
        let latest = latest.map_or(0, |(at, ..)| *at);
        Sequence::new(latest.max(self.floor_of(versions)))
    }

    /// Every change up to here may have been one.
    fn floor_of(&self, versions: &[Version]) -> u64 {
        let ends = versions.iter().skip(1).map(|version| version.since + version.span);
        ends.max().unwrap_or_default().max(self.floor)
    }
}

/// Is a kind and region in one of these scopes?
fn covered(versions: &[Version]) -> impl Fn(&(u64, Kind, Region)) -> bool {
    |(_, kind, region)| versions.iter().any(|version| version.scope.covers(*kind, *region))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::partner::Scope;

    const MEPPEL: &str = "GM0119";
    const ASSEN: &str = "GM0106";

    fn version(since: u64, span: u64, code: &str) -> Version {
        let regions = [Region::from_code(code).unwrap()].into_iter().collect();
        Version { since, span, changed_ms: 0, scope: Scope::new(&[Kind::Offer], regions) }
    }

    #[test]
    fn news_concern_those_who_ever_had_the_kind_in_the_region() {
        let (offer, request) = (Kind::Offer.number(), Kind::Request.number());
        let mut news = News::after(3);
        let mut draft = News::default();
        draft.note(5, offer, MEPPEL);
        draft.note(6, offer, ASSEN);
        draft.note(7, request, MEPPEL);
        draft.note(8, offer, ASSEN);
        news.add(&mut draft);
        assert_eq!((draft.latest.len(), news.latest.len()), (0, 3));
        let concern = |versions: &[Version], after| news.concern(versions, Sequence::new(after));
        let meppel = [version(0, 0, MEPPEL)];
        assert!(concern(&meppel, 2), "not told apart");
        assert!(concern(&meppel, 4) && !concern(&meppel, 5));
        let moved = [version(0, 0, MEPPEL), version(1, 1, ASSEN)];
        assert!(concern(&moved, 7) && !concern(&moved, 8));
        let back = [version(0, 0, ASSEN), version(1, 1, MEPPEL)];
        assert!(concern(&back, 7), "it may hold what was there");
        assert!(concern(&[version(0, 0, MEPPEL), version(8, 4, MEPPEL)], 11), "its own range");
        assert_eq!(news.stirred(&meppel).get(), 5);
        assert_eq!((news.stirred(&moved).get(), news.stirred(&[]).get()), (8, 3));
        news.note(9, offer, "GM9999");
        assert!(news.concern(&meppel, Sequence::new(8)), "a region that is not on the list");
    }
}
