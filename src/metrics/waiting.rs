//! What waits for each partner, and since when the oldest of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::PartnerId;

use super::{Channel, Lane};

/// Items, and since when the oldest waits.
type Counted = (u32, Option<Timestamp>);

/// What was noted of the partners that are known.
#[derive(Debug, Default)]
pub(super) struct Waiting(BTreeMap<PartnerId, Noted>);

#[derive(Debug, Default)]
struct Noted {
    counted: BTreeMap<(Channel, Lane), Counted>,
    lease: Option<Timestamp>,
}

impl Waiting {
    /// A partner is known from now on.
    pub(super) fn know(&mut self, partner: &PartnerId) {
        self.0.entry(partner.clone()).or_default();
    }

    /// Who of the known is not one of these? They are forgotten.
    pub(super) fn forget_others(&mut self, is_kept: impl Fn(&PartnerId) -> bool) -> Vec<PartnerId> {
        self.0.extract_if(.., |partner, _| !is_kept(partner)).map(|(partner, _)| partner).collect()
    }

    pub(super) fn partners(&self) -> Vec<PartnerId> {
        self.0.keys().cloned().collect()
    }

    pub(super) fn is_known(&self, partner: &PartnerId) -> bool {
        self.0.contains_key(partner)
    }

    /// Takes note; how many wait in this lane over all channels, none if the partner is not known.
    pub(super) fn set(
        &mut self,
        partner: &PartnerId,
        (channel, lane): (Channel, Lane),
        counted: Counted,
    ) -> Option<u32> {
        let of = &mut self.0.get_mut(partner)?.counted;
        of.insert((channel, lane), counted);
        let same = of.iter().filter(|((_, other), _)| *other == lane);
        Some(same.fold(0_u32, |sum, (_, (items, _))| sum.saturating_add(*items)))
    }

    pub(super) fn set_lease(&mut self, partner: &PartnerId, until: Timestamp) {
        if let Some(of) = self.0.get_mut(partner) {
            of.lease = Some(until);
        }
    }

    pub(super) fn lease(&self, partner: &PartnerId) -> Option<Timestamp> {
        self.0.get(partner)?.lease
    }

    pub(super) fn is_counted(&self, partner: &PartnerId, place: (Channel, Lane)) -> bool {
        self.0.get(partner).is_some_and(|of| of.counted.contains_key(&place))
    }

    /// Since when the oldest removal of each partner is open.
    pub(super) fn oldest(&self) -> impl Iterator<Item = (&PartnerId, Option<Timestamp>)> {
        self.0.iter().map(|(partner, of)| {
            let open = of.counted.iter().filter(|((_, lane), _)| *lane == Lane::Remove);
            (partner, open.filter_map(|(_, (_, oldest))| *oldest).min())
        })
    }
}
