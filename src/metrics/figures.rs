//! The figures of each partner as they were last told, for pages that show all partners at once:
//! nobody is asked anew, however many there are.

use std::collections::BTreeMap;

use jiff::Timestamp;

use crate::model::PartnerId;

use super::{Channel, Lane, Metrics, PartnerState, Side};

/// Items, and since when the oldest waits.
pub(super) type Counted = (u32, Option<Timestamp>);

/// What is known of one partner.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Figures {
    /// What waits, and since when the oldest of it.
    pub(super) counted: BTreeMap<(Channel, Lane), Counted>,
    /// Items on which partner and gateway differ.
    pub(super) divergent: BTreeMap<Side, u32>,
    /// The state in which it is.
    pub state: Option<PartnerState>,
    /// The end of the lease that it last accepted.
    pub lease: Option<Timestamp>,
    /// Since when what it says that it holds is something else than it should hold.
    pub differs: Option<Timestamp>,
}

impl Figures {
    /// Items that wait in a lane, of all channels.
    #[must_use]
    pub fn items(&self, lane: Lane) -> u32 {
        let of_lane = self.counted.iter().filter(|((_, of), _)| *of == lane);
        of_lane.fold(0_u32, |sum, (_, (items, _))| sum.saturating_add(*items))
    }

    /// Since when the oldest removal is open.
    #[must_use]
    pub fn oldest_removal(&self) -> Option<Timestamp> {
        let open = self.counted.iter().filter(|((_, lane), _)| *lane == Lane::Remove);
        open.filter_map(|(_, (_, oldest))| *oldest).min()
    }

    /// Items on which partner and gateway differ on this side.
    #[must_use]
    pub fn divergent(&self, side: Side) -> u32 {
        self.divergent.get(&side).copied().unwrap_or_default()
    }
}

impl Metrics {
    /// What the partner says that it holds differs from what it should hold, or it does not.
    pub fn differs(&self, partner: &PartnerId, now: Option<Timestamp>) {
        self.waiting().note(partner, |figures| {
            figures.differs = now.map(|now| figures.differs.unwrap_or(now));
        });
    }

    /// The figures of all partners, as they were last told.
    #[must_use]
    pub fn figures(&self) -> BTreeMap<PartnerId, Figures> {
        self.waiting().figures().clone()
    }

    /// The figures of one partner.
    #[must_use]
    pub fn figures_of(&self, partner: &PartnerId) -> Figures {
        self.waiting().figures().get(partner).cloned().unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_is_as_old_as_its_beginning_and_lanes_add_up_their_channels() {
        let (metrics, partner) = (Metrics::new().unwrap(), "wijk".parse().unwrap());
        let at = |second| Timestamp::from_second(second).unwrap();
        metrics.differs(&partner, Some(at(10)));
        assert_eq!(metrics.figures_of(&partner), Figures::default(), "not known yet");
        metrics.enrol(&partner, std::time::Duration::ZERO, at(0));
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
