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

    /// The same, and the gateway's own test item.
    #[must_use]
    pub fn with_canary(self) -> Self {
        Self { requests: self.requests.with_canary(), ..self }
    }

    /// Is the gateway's own test item covered?
    #[must_use]
    pub fn has_canary(&self) -> bool {
        self.covers(Kind::Request, Region::CANARY)
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
