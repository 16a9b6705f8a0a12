//! Every series of a partner, so that all of them begin and end together.

use prometheus::{CounterVec, GaugeVec, HistogramVec};

use super::{EmbedForm, FeedForm, Inner, Lane, Outcome, PartnerState, Side};

/// All series of one name.
pub(super) enum Series<'m> {
    Counter(&'m CounterVec),
    Gauge(&'m GaugeVec),
    Histogram(&'m HistogramVec),
}

impl Series<'_> {
    pub(super) fn begin(&self, labels: &[&str]) {
        match self {
            Self::Counter(of) => drop(of.with_label_values(labels)),
            Self::Gauge(of) => drop(of.with_label_values(labels)),
            Self::Histogram(of) => drop(of.with_label_values(labels)),
        }
    }

    pub(super) fn end(&self, labels: &[&str]) {
        // It may never have begun.
        drop(match self {
            Self::Counter(of) => of.remove_label_values(labels),
            Self::Gauge(of) => of.remove_label_values(labels),
            Self::Histogram(of) => of.remove_label_values(labels),
        });
    }
}

impl Inner {
    /// Every series of a partner, with its labels.
    pub(super) fn series_of<'m>(&'m self, p: &'m str) -> Vec<(Series<'m>, Vec<&'m str>)> {
        let mut all = Vec::new();
        for lane in Lane::ALL.iter().map(|lane| lane.as_str()) {
            all.push((Series::Gauge(&self.backlog), vec![p, lane]));
            let outcomes = Outcome::ALL.iter().map(|outcome| vec![p, lane, outcome.as_str()]);
            all.extend(outcomes.map(|labels| (Series::Counter(&self.attempts), labels)));
        }
        let forms = FeedForm::ALL.iter().map(|form| vec![p, form.as_str()]);
        all.extend(forms.map(|labels| (Series::Counter(&self.feed_requests), labels)));
        let forms = EmbedForm::ALL.iter().map(|form| vec![p, form.as_str()]);
        all.extend(forms.map(|labels| (Series::Counter(&self.embed_requests), labels)));
        let sides = Side::ALL.iter().map(|side| vec![p, side.as_str()]);
        all.extend(sides.map(|labels| (Series::Gauge(&self.divergent), labels)));
        let states = PartnerState::ALL.iter().map(|state| vec![p, state.as_str()]);
        all.extend(states.map(|labels| (Series::Gauge(&self.partner_state), labels)));
        for histogram in [&self.delivery_seconds, &self.removal_seconds] {
            all.push((Series::Histogram(histogram), vec![p]));
        }
        let one_each = [&self.removals_open, &self.removal_oldest, &self.removal_promise];
        let one_each = one_each.into_iter().chain([&self.lease_valid_until, &self.secret_expires]);
        let one_each = one_each.chain([&self.agreement_ends, &self.lease, &self.probe_failed]);
        for gauge in one_each.chain([&self.canary, &self.canary_open, &self.canary_success]) {
            all.push((Series::Gauge(gauge), vec![p]));
        }
        all.push((Series::Counter(&self.referrals), vec![p]));
        all
    }
}
