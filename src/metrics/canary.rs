//! How the test item fares with each partner.

use std::time::Duration;

use jiff::Timestamp;

use crate::model::PartnerId;

use super::{Metrics, seconds_of};

impl Metrics {
    /// Since when the test item's oldest open step waits for a partner, if one does.
    pub fn canary_open(&self, partner: &PartnerId, since: Option<Timestamp>) {
        self.keep(partner, |figures| figures.canary_open = since);
    }

    /// The test item went to a partner, was changed and taken back, in so much time.
    pub fn canary_done(&self, partner: &PartnerId, took: Duration, at: Timestamp) {
        let Some(p) = self.known(partner) else { return };
        self.0.canary.with_label_values(&[p]).set(took.as_secs_f64());
        self.0.canary_success.with_label_values(&[p]).set(seconds_of(at));
    }

    /// A partner gets no test items any more.
    pub fn canary_over(&self, partner: &PartnerId) {
        self.canary_open(partner, None);
        let Some(p) = self.known(partner) else { return };
        for gauge in [&self.0.canary, &self.0.canary_success] {
            gauge.with_label_values(&[p]).set(0.0);
        }
    }
}
