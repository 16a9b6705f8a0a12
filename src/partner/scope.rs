//! What a partner may have: a pure predicate over nouns of `model`.

use crate::model::{Kind, Region, RegionSet};

/// Kinds and regions that an agreement covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Scope {
    /// Regions in which requests are covered.
    pub requests: RegionSet,
    /// Regions in which offers are covered.
    pub offers: RegionSet,
}

impl Scope {
    /// Covers nothing: before an agreement starts, and after it ended.
    pub const NOTHING: Self = Self { requests: RegionSet::EMPTY, offers: RegionSet::EMPTY };

    /// These kinds in these regions.
    #[must_use]
    pub fn new(kinds: &[Kind], regions: RegionSet) -> Self {
        let of = |kind| {
            if kinds.contains(&kind) { regions } else { RegionSet::EMPTY }
        };
        Self { requests: of(Kind::Request), offers: of(Kind::Offer) }
    }

    /// Is an item of this kind in this region covered?
    #[must_use]
    pub fn covers(&self, kind: Kind, region: Region) -> bool {
        match kind {
            Kind::Request => self.requests.contains(region),
            Kind::Offer => self.offers.contains(region),
        }
    }
}
