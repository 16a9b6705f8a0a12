//! The figures of each partner as they were last told, for pages that show all partners at once:
//! nobody is asked anew, however many there are.

use std::collections::BTreeMap;
use std::sync::{MutexGuard, PoisonError};

use jiff::Timestamp;

use crate::model::PartnerId;

use super::{Channel, Lane, Metrics, PartnerState, Side};

/// What is known of one partner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// What waits, and since when the oldest of it.
    pub(super) waiting: BTreeMap<(Channel, Lane), (u32, Option<Timestamp>)>,
    /// Items on which partner and gateway differ.
    pub(super) divergent: BTreeMap<Side, u32>,
    /// The state in which it is.
    pub state: Option<PartnerState>,
    /// The end of the lease that it last accepted.
    pub lease: Option<Timestamp>,
    /// Since when what it says that it holds is something else than it should hold.
    pub differs: Option<Timestamp>,
    /// Since when the test item's oldest open step waits.
    pub canary_open: Option<Timestamp>,
    /// The page that the agreement declares could not be fetched.
    pub page_failed: bool,
}

impl Figures {
    /// Items that wait in a lane, of all channels.
    #[must_use]
    pub fn items(&self, lane: Lane) -> u32 {
        let of_lane = self.waiting.iter().filter(|((_, of), _)| *of == lane);
        of_lane.fold(0_u32, |sum, (_, (items, _))| sum.saturating_add(*items))
    }

    /// Since when the oldest removal is open.
    #[must_use]
    pub fn oldest_removal(&self) -> Option<Timestamp> {
        let open = self.waiting.iter().filter(|((_, lane), _)| *lane == Lane::Remove);
        open.filter_map(|(_, (_, oldest))| *oldest).min()
    }

    /// Items on which partner and gateway differ on this side.
    #[must_use]
    pub fn divergent(&self, side: Side) -> u32 {
        self.divergent.get(&side).copied().unwrap_or_default()
    }
}

/// The partners whose series exist. Of others nothing is noted.
#[derive(Debug, Default)]
pub(super) struct Known(BTreeMap<PartnerId, Figures>);

impl Known {
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

    pub(super) fn is_counted(&self, partner: &PartnerId, place: (Channel, Lane)) -> bool {
        self.0.get(partner).is_some_and(|of| of.waiting.contains_key(&place))
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&PartnerId, &Figures)> {
        self.0.iter()
    }
}

impl Metrics {
    pub(super) fn roll(&self) -> MutexGuard<'_, Known> {
        self.0.known.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes note of a figure; none if the partner is not known, or not any more.
    pub(super) fn keep<T>(
        &self,
        partner: &PartnerId,
        note: impl FnOnce(&mut Figures) -> T,
    ) -> Option<T> {
        self.roll().0.get_mut(partner).map(note)
    }

    /// What the partner says that it holds differs from what it should hold, or it does not.
    pub fn differs(&self, partner: &PartnerId, now: Option<Timestamp>) {
        self.keep(partner, |figures| {
            figures.differs = now.map(|now| figures.differs.unwrap_or(now));
        });
    }

    /// The figures of all partners, as they were last told.
    #[must_use]
    pub fn figures(&self) -> BTreeMap<PartnerId, Figures> {
        self.roll().0.clone()
    }

    /// The figures of one partner.
    #[must_use]
    pub fn figures_of(&self, partner: &PartnerId) -> Figures {
        self.roll().0.get(partner).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_as_old_as_its_beginning_and_lanes_add_up_their_channels() {
        let (metrics, partner) = (Metrics::new().unwrap(), "wijk".parse().unwrap());
        let at = |second| Timestamp::from_second(second).unwrap();
        metrics.enrol(&partner, std::time::Duration::from_secs(60), at(0));
        metrics.differs(&partner, Some(at(10)));
        metrics.differs(&partner, Some(at(20)));
        assert_eq!(metrics.figures_of(&partner).differs, Some(at(10)));
        metrics.differs(&partner, None);
        metrics.backlog(&partner, (Channel::Push, Lane::Remove), 2, Some(at(9)));
        metrics.backlog(&partner, (Channel::Pull, Lane::Remove), 3, Some(at(7)));
        metrics.backlog(&partner, (Channel::Push, Lane::Publish), 5, None);
        metrics.divergent(&partner, Side::Extra, 4);
        let figures = metrics.figures().remove(&partner).unwrap();
        assert_eq!((figures.items(Lane::Remove), figures.items(Lane::Publish)), (5, 5));
        assert_eq!((figures.oldest_removal(), figures.differs), (Some(at(7)), None));
        assert_eq!((figures.divergent(Side::Extra), figures.divergent(Side::Stale)), (4, 0));
    }
}
