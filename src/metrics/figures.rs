//! What the metrics page says of one partner, for those who decide by it.

use std::sync::PoisonError;

use jiff::Timestamp;

use crate::model::PartnerId;

use super::{Lane, Metrics, PartnerState, Side};

/// Figures of one partner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Figures {
    /// Where it stands; none before anybody said so.
    pub state: Option<PartnerState>,
    /// Removals that are open.
    pub open: u32,
    /// Since when the oldest of them is.
    pub oldest: Option<Timestamp>,
    /// The end of the lease that it last accepted.
    pub lease_until: Option<Timestamp>,
    /// It holds so many items that it should not.
    pub extra: u32,
}

impl Metrics {
    /// The figures of a partner.
    #[must_use]
    pub fn figures(&self, partner: &PartnerId) -> Figures {
        let (m, p) = (&self.0, partner.as_str());
        let is_in = |state: &PartnerState| {
            m.partner_state.with_label_values(&[p, state.as_str()]).get() > 0.0
        };
        let (open, oldest) = {
            let waiting = m.waiting.lock().unwrap_or_else(PoisonError::into_inner);
            let of = waiting.get(partner).into_iter().flatten();
            let open: Vec<_> = of.filter(|((_, lane), _)| *lane == Lane::Remove).collect();
            let oldest = open.iter().filter_map(|(_, (_, oldest))| *oldest).min();
            (open.iter().map(|(_, (items, _))| items).sum(), oldest)
        };
        let lease = whole(m.lease_valid_until.with_label_values(&[p]).get()).filter(|end| *end > 0);
        let extra = m.divergent.with_label_values(&[p, Side::Extra.as_str()]).get();
        Figures {
            state: PartnerState::ALL.iter().copied().find(is_in),
            open,
            oldest,
            lease_until: lease.and_then(|end| Timestamp::from_second(end).ok()),
            extra: whole(extra).and_then(|extra| u32::try_from(extra).ok()).unwrap_or_default(),
        }
    }
}

/// A gauge that holds whole numbers, as one.
fn whole(value: f64) -> Option<i64> {
    format!("{value:.0}").parse().ok()
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::metrics::Channel;

    #[test]
    fn figures_are_what_was_told() {
        let (metrics, partner) = (Metrics::new().unwrap(), "wijk".parse().unwrap());
        let at = |second| Timestamp::from_second(second).unwrap();
        metrics.enrol(&partner, Duration::from_secs(60), at(9_000));
        assert_eq!(metrics.figures(&partner), Figures::default());
        metrics.partner_state(&partner, PartnerState::Failing);
        metrics.backlog(&partner, (Channel::Push, Lane::Remove), 2, Some(at(50)));
        metrics.backlog(&partner, (Channel::Pull, Lane::Remove), 1, Some(at(40)));
        metrics.backlog(&partner, (Channel::Push, Lane::Publish), 9, Some(at(1)));
        metrics.lease(&partner, at(1_790_000_000));
        metrics.divergent(&partner, Side::Extra, 4);
        metrics.divergent(&partner, Side::Missing, 8);
        let expected = Figures {
            state: Some(PartnerState::Failing),
            open: 3,
            oldest: Some(at(40)),
            lease_until: Some(at(1_790_000_000)),
            extra: 4,
        };
        assert_eq!(metrics.figures(&partner), expected);
    }
}
