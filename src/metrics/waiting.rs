//! What waits for each partner, and since when the oldest of it.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::PartnerId;

use super::figures::{Counted, Figures};
use super::{Channel, Lane};

/// What was noted of the partners that are known.
#[derive(Debug, Default)]
pub(super) struct Waiting(BTreeMap<PartnerId, Figures>);

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
        let of = self.0.get_mut(partner)?;
        of.counted.insert((channel, lane), counted);
        Some(of.items(lane))
    }

    /// Takes note of something about a partner that is known.
    pub(super) fn note(&mut self, partner: &PartnerId, note: impl FnOnce(&mut Figures)) {
        if let Some(figures) = self.0.get_mut(partner) {
            note(figures);
        }
    }

    pub(super) fn figures(&self) -> &BTreeMap<PartnerId, Figures> {
        &self.0
    }

    pub(super) fn lease(&self, partner: &PartnerId) -> Option<Timestamp> {
        self.0.get(partner)?.lease
    }

    pub(super) fn is_counted(&self, partner: &PartnerId, place: (Channel, Lane)) -> bool {
        self.0.get(partner).is_some_and(|of| of.counted.contains_key(&place))
    }

    /// Since when the oldest removal of each partner is open.
    pub(super) fn oldest(&self) -> impl Iterator<Item = (&PartnerId, Option<Timestamp>)> {
        self.0.iter().map(|(partner, of)| (partner, of.oldest_removal()))
    }
}
