//! Every metric name (design §10), and the only registry.
//!
//! Labels are closed sets or configured partners, never items. Every series of a partner exists
//! from the moment the partner is known, so that "absent" never looks like "healthy".

mod figures;
mod label;

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use prometheus::core::Collector;
use prometheus::{
    CounterVec, Encoder, GaugeVec, HistogramOpts, HistogramVec, Opts, Registry, TextEncoder,
};

use crate::model::PartnerId;

pub use figures::Figures;
pub use label::{
    Channel, EmbedForm, FeedForm, Lane, NoticeKind, NoticeOutcome, Outcome, PartnerState, Side,
};

/// Bounds of delivery times in seconds; the upper ones are usual removal promises.
const SECONDS: &[f64] =
    &[0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 5.0, 60.0, 900.0, 3600.0, 43200.0, 86400.0];
/// Labels of a series that has none.
const NONE: &[&str] = &[];

/// All metrics of the process. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Metrics(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    registry: Registry,
    source_changes: CounterVec,
    source_lag: GaugeVec,
    source_connected: GaugeVec,
    verdicts: CounterVec,
    redactions: CounterVec,
    journal_sequence: GaugeVec,
    journal_items: GaugeVec,
    attempts: CounterVec,
    delivery_seconds: HistogramVec,
    backlog: GaugeVec,
    removal_seconds: HistogramVec,
    removals_open: GaugeVec,
    removal_oldest: GaugeVec,
    removal_promise: GaugeVec,
    lease_valid_until: GaugeVec,
    divergent: GaugeVec,
    partner_state: GaugeVec,
    referrals: CounterVec,
    embed_requests: CounterVec,
    feed_requests: CounterVec,
    agreement_ends: GaugeVec,
    notices: CounterVec,
    ledger_checkpoint: GaugeVec,
    waiting: Mutex<BTreeMap<PartnerId, Waiting>>,
}

type Made<C> = Result<C, prometheus::Error>;
/// What waits for one partner, and since when the oldest of it.
type Waiting = BTreeMap<(Channel, Lane), (u32, Option<Timestamp>)>;

/// Makes collectors and registers each.
struct Maker(Registry);

impl Maker {
    fn keep<C: Collector + Clone + 'static>(&self, made: Made<C>) -> Made<C> {
        let collector = made?;
        self.0.register(Box::new(collector.clone()))?;
        Ok(collector)
    }

    fn counter(&self, name: &str, help: &str, labels: &[&str]) -> Made<CounterVec> {
        self.keep(CounterVec::new(Opts::new(name, help), labels))
    }

    fn gauge(&self, name: &str, help: &str, labels: &[&str]) -> Made<GaugeVec> {
        self.keep(GaugeVec::new(Opts::new(name, help), labels))
    }

    fn seconds(&self, name: &str, help: &str) -> Made<HistogramVec> {
        let options = HistogramOpts::new(name, help).buckets(SECONDS.to_vec());
        self.keep(HistogramVec::new(options, &["partner"]))
    }
}

impl Metrics {
    /// A registry with every series that needs no partner.
    ///
    /// # Errors
    /// Never with the names of this file; a test holds that.
    #[rustfmt::skip]
    pub fn new() -> Result<Self, prometheus::Error> {
        let make = Maker(Registry::new());
        let build = make.gauge("luik_build_info", "Version of the gateway.", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        let inner = Inner {
            source_changes: make.counter("luik_source_changes_total", "Items that the core's log named as changed.", NONE)?,
            source_lag: make.gauge("luik_source_lag_seconds", "Age of the last change when it was stored.", NONE)?,
            source_connected: make.gauge("luik_source_connected", "1 while the core can be reached.", NONE)?,
            verdicts: make.counter("luik_minimise_verdicts_total", "Decisions of the privacy boundary.", &["verdict", "reason"])?,
            redactions: make.counter("luik_redactions_total", "Findings taken out of texts.", &["type"])?,
            journal_sequence: make.gauge("luik_journal_sequence", "Latest change number.", NONE)?,
            journal_items: make.gauge("luik_journal_items", "Items by state.", &["state"])?,
            attempts: make.counter("luik_delivery_attempts_total", "Push requests by outcome.", &["partner", "lane", "outcome"])?,
            delivery_seconds: make.seconds("luik_delivery_seconds", "From change stored to accepted.")?,
            backlog: make.gauge("luik_delivery_backlog_items", "Items waiting to be sent.", &["partner", "lane"])?,
            removal_seconds: make.seconds("luik_removal_seconds", "From removal stored to accepted.")?,
            removals_open: make.gauge("luik_removals_open", "Removals that the partner has not accepted yet.", &["partner"])?,
            removal_oldest: make.gauge("luik_removal_oldest_open_seconds", "Age of the oldest removal that is still open.", &["partner"])?,
            removal_promise: make.gauge("luik_removal_promise_seconds", "Time within which a removal is promised.", &["partner"])?,
            lease_valid_until: make.gauge("luik_lease_valid_until_timestamp_seconds", "End of the lease that the partner last accepted, 0 for none.", &["partner"])?,
            divergent: make.gauge("luik_reconcile_divergent_items", "Items on which partner and gateway differ.", &["partner", "side"])?,
            partner_state: make.gauge("luik_partner_state", "1 for the state in which the partner is.", &["partner", "state"])?,
            referrals: make.counter("luik_referrals_total", "Visitors referred back to the platform.", &["partner"])?,
            embed_requests: make.counter("luik_embed_requests_total", "Embeds asked for.", &["partner", "form"])?,
            feed_requests: make.counter("luik_feed_requests_total", "Feeds asked for.", &["partner", "form"])?,
            agreement_ends: make.gauge("luik_agreement_ends_timestamp_seconds", "End of the agreement.", &["partner"])?,
            notices: make.counter("luik_notices_total", "Notices to people, by what became of them.", &["kind", "outcome"])?,
            ledger_checkpoint: make.gauge("luik_ledger_checkpoint_timestamp_seconds", "When the ledger was last signed to its end.", NONE)?,
            waiting: Mutex::default(),
            registry: make.0,
        };
        inner.source_changes.with_label_values(NONE);
        inner.source_lag.with_label_values(NONE);
        inner.source_connected.with_label_values(NONE);
        inner.journal_sequence.with_label_values(NONE);
        inner.ledger_checkpoint.with_label_values(NONE);
        for state in ["live", "removed"] {
            inner.journal_items.with_label_values(&[state]);
        }
        for (kind, outcome) in NoticeKind::ALL.iter().flat_map(|kind| NoticeOutcome::ALL.iter().map(move |outcome| (kind, outcome))) {
            inner.notices.with_label_values(&[kind.as_str(), outcome.as_str()]);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Makes every series of a partner exist.
    pub fn enrol(&self, partner: &PartnerId, promise: Duration, agreement_ends: Timestamp) {
        let p = partner.as_str();
        let m = &self.0;
        for lane in Lane::ALL {
            m.backlog.with_label_values(&[p, lane.as_str()]);
            for outcome in Outcome::ALL {
                m.attempts.with_label_values(&[p, lane.as_str(), outcome.as_str()]);
            }
        }
        for form in FeedForm::ALL {
            m.feed_requests.with_label_values(&[p, form.as_str()]);
        }
        for form in EmbedForm::ALL {
            m.embed_requests.with_label_values(&[p, form.as_str()]);
        }
        for side in Side::ALL {
            m.divergent.with_label_values(&[p, side.as_str()]);
        }
        for state in PartnerState::ALL {
            m.partner_state.with_label_values(&[p, state.as_str()]);
        }
        for histogram in [&m.delivery_seconds, &m.removal_seconds] {
            histogram.with_label_values(&[p]);
        }
        for gauge in [&m.removals_open, &m.removal_oldest, &m.lease_valid_until] {
            gauge.with_label_values(&[p]);
        }
        m.referrals.with_label_values(&[p]);
        m.removal_promise.with_label_values(&[p]).set(promise.as_secs_f64());
        m.agreement_ends.with_label_values(&[p]).set(seconds_of(agreement_ends));
    }

    /// Declares a verdict of the boundary, so that its series exists before its first use.
    pub fn declare_verdict(&self, verdict: &'static str, reason: &'static str) {
        self.0.verdicts.with_label_values(&[verdict, reason]);
    }

    /// Counts verdicts of the boundary.
    pub fn verdict(&self, verdict: &'static str, reason: &'static str) {
        self.0.verdicts.with_label_values(&[verdict, reason]).inc();
    }

    /// Declares (with 0) or counts findings of one type.
    pub fn redactions(&self, kind: &'static str, count: u32) {
        self.0.redactions.with_label_values(&[kind]).inc_by(f64::from(count));
    }

    /// The core's log named items; `age` of the commit if the source knows it.
    pub fn source_changes(&self, items: u32, age: Option<Duration>) {
        self.0.source_changes.with_label_values(NONE).inc_by(f64::from(items));
        if let Some(age) = age {
            self.0.source_lag.with_label_values(NONE).set(age.as_secs_f64());
        }
    }

    /// Can the core be reached?
    pub fn source_connected(&self, connected: bool) {
        self.0.source_connected.with_label_values(NONE).set(if connected { 1.0 } else { 0.0 });
    }

    /// Where the journal stands.
    pub fn journal(&self, sequence: u64, live: u64, removed: u64) {
        self.0.journal_sequence.with_label_values(NONE).set(float(sequence));
        self.0.journal_items.with_label_values(&["live"]).set(float(live));
        self.0.journal_items.with_label_values(&["removed"]).set(float(removed));
    }

    /// The ledger is signed to its end.
    pub fn ledger_signed(&self, at: Timestamp) {
        self.0.ledger_checkpoint.with_label_values(NONE).set(seconds_of(at));
    }

    /// One push request ended.
    pub fn attempt(&self, partner: &PartnerId, lane: Lane, outcome: Outcome) {
        let labels = [partner.as_str(), lane.as_str(), outcome.as_str()];
        self.0.attempts.with_label_values(&labels).inc();
    }

    /// An item was accepted this long after its change was stored.
    pub fn accepted(&self, partner: &PartnerId, lane: Lane, after: Duration) {
        let histogram = match lane {
            Lane::Publish => &self.0.delivery_seconds,
            Lane::Remove => &self.0.removal_seconds,
        };
        histogram.with_label_values(&[partner.as_str()]).observe(after.as_secs_f64());
    }

    /// Items waiting in a lane of a channel; for removals also since when the oldest is open.
    pub fn backlog(
        &self,
        partner: &PartnerId,
        (channel, lane): (Channel, Lane),
        items: u32,
        oldest: Option<Timestamp>,
    ) {
        let p = partner.as_str();
        let mut waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        let of = waiting.entry(partner.clone()).or_default();
        of.insert((channel, lane), (items, oldest));
        let items: u32 = of.iter().filter(|((_, l), _)| *l == lane).map(|(_, (n, _))| n).sum();
        self.0.backlog.with_label_values(&[p, lane.as_str()]).set(f64::from(items));
        if lane == Lane::Remove {
            self.0.removals_open.with_label_values(&[p]).set(f64::from(items));
        }
    }

    /// The state in which a partner is now.
    pub fn partner_state(&self, partner: &PartnerId, now: PartnerState) {
        for state in PartnerState::ALL {
            let value = if *state == now { 1.0 } else { 0.0 };
            self.0.partner_state.with_label_values(&[partner.as_str(), state.as_str()]).set(value);
        }
    }

    /// The end of the lease that a partner last accepted.
    pub fn lease(&self, partner: &PartnerId, valid_until: Timestamp) {
        let gauge = self.0.lease_valid_until.with_label_values(&[partner.as_str()]);
        gauge.set(seconds_of(valid_until));
    }

    /// Items on which a partner and the gateway differed when they were compared last.
    pub fn divergent(&self, partner: &PartnerId, side: Side, items: u32) {
        let gauge = self.0.divergent.with_label_values(&[partner.as_str(), side.as_str()]);
        gauge.set(f64::from(items));
    }

    /// A partner asked for a feed.
    pub fn feed_request(&self, partner: &PartnerId, form: FeedForm) {
        self.0.feed_requests.with_label_values(&[partner.as_str(), form.as_str()]).inc();
    }

    /// Somebody asked for an embed of a partner.
    pub fn embed_request(&self, partner: &PartnerId, form: EmbedForm) {
        self.0.embed_requests.with_label_values(&[partner.as_str(), form.as_str()]).inc();
    }

    /// A notice came to this, by one way.
    pub fn notice(&self, kind: NoticeKind, outcome: NoticeOutcome) {
        self.0.notices.with_label_values(&[kind.as_str(), outcome.as_str()]).inc();
    }

    /// A visitor was referred back to the platform.
    pub fn referral(&self, partner: &PartnerId) {
        self.0.referrals.with_label_values(&[partner.as_str()]).inc();
    }

    /// The metrics page in the Prometheus text format 0.0.4.
    ///
    /// # Errors
    /// When a series can not be written; the encoder's own report.
    pub fn render(&self, now: Timestamp) -> Result<Vec<u8>, prometheus::Error> {
        self.age_open_removals(now);
        let mut page = Vec::new();
        TextEncoder::new().encode(&self.0.registry.gather(), &mut page)?;
        Ok(page)
    }

    /// Ages are counted at the moment of asking, so that they grow when everything is stuck.
    fn age_open_removals(&self, now: Timestamp) {
        let waiting = self.0.waiting.lock().unwrap_or_else(PoisonError::into_inner);
        for (partner, of) in waiting.iter() {
            let open = of.iter().filter(|((_, lane), _)| *lane == Lane::Remove);
            let oldest = open.filter_map(|(_, (_, oldest))| *oldest).min();
            let age = oldest.map_or(0.0, |since| (seconds_of(now) - seconds_of(since)).max(0.0));
            self.0.removal_oldest.with_label_values(&[partner.as_str()]).set(age);
        }
    }
}

/// A count as Prometheus wants it; exact below 2^53.
fn float(count: u64) -> f64 {
    let (high, low) = (count >> 32, count & 0xffff_ffff);
    let part = |half: u64| u32::try_from(half).map_or(0.0, f64::from);
    part(high) * 4_294_967_296.0 + part(low)
}

/// Seconds since 1970 as Prometheus wants them.
fn seconds_of(time: Timestamp) -> f64 {
    time.as_duration().as_secs_f64()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_series_of_a_partner_is_there_from_the_start_and_an_open_removal_ages() {
        let metrics = Metrics::new().expect("names of this file");
        let partner: PartnerId = "wijk".parse().unwrap();
        let start = Timestamp::from_second(1_000).unwrap();
        metrics.enrol(&partner, Duration::from_secs(60), start);
        let removals = (Channel::Push, Lane::Remove);
        metrics.backlog(&partner, removals, 1, Some(start));
        let page = |second| {
            let now = Timestamp::from_second(second).unwrap();
            String::from_utf8(metrics.render(now).unwrap()).unwrap()
        };
        let later = page(1_090);
        assert!(later.contains("luik_removal_oldest_open_seconds{partner=\"wijk\"} 90"));
        assert!(later.contains("luik_removal_promise_seconds{partner=\"wijk\"} 60"));
        assert!(later.contains(r#"outcome="gone",partner="wijk"} 0"#));
        metrics.backlog(&partner, removals, 0, None);
        assert!(page(1_100).contains("luik_removal_oldest_open_seconds{partner=\"wijk\"} 0"));
    }
}
