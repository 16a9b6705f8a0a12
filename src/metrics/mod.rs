//! Every metric name (design §10), and the only registry.
//!
//! Labels are closed sets or configured partners, never items. Every series of a partner exists
//! from the moment the partner is known, so that "absent" never looks like "healthy".

mod canary;
mod figures;
mod label;
mod series;
mod source;

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use jiff::Timestamp;
use prometheus::core::Collector;
use prometheus::proto::{LabelPair, Metric};
use prometheus::{CounterVec, GaugeVec, HistogramOpts, HistogramVec, Opts, Registry, TextEncoder};

use crate::model::PartnerId;

pub use figures::Figures;
use figures::Known;
pub use label::{
    Channel, EmbedForm, FeedForm, Lane, NoticeKind, NoticeOutcome, Outcome, PartnerState, Side,
};
use source::Source;

/// Bounds of delivery times in seconds; the upper ones are usual removal promises.
const SECONDS: &[f64] = &[0.05, 0.5, 5.0, 60.0, 900.0, 3600.0, 43200.0, 86400.0];
/// Labels of a series that has none.
const NONE: &[&str] = &[];

/// All metrics of the process. Cheap to clone.
#[derive(Clone)]
pub struct Metrics(Arc<Inner>);

impl fmt::Debug for Metrics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Metrics")
    }
}

struct Inner {
    /// All of these, in the order of the page.
    all: Vec<Box<dyn Collector>>,
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
    canary: GaugeVec,
    canary_open: GaugeVec,
    canary_success: GaugeVec,
    secret_expires: GaugeVec,
    lease: GaugeVec,
    probe_failed: GaugeVec,
    state_free: GaugeVec,
    state_used: GaugeVec,
    reload_refused: GaugeVec,
    known: Mutex<Known>,
    source: Mutex<Source>,
    /// What waits is being counted for the first time.
    counting: AtomicBool,
}

type Made<C> = Result<C, prometheus::Error>;

/// Makes collectors and registers each, so that no name is used twice.
#[derive(Default)]
struct Maker {
    registry: Registry,
    made: RefCell<Vec<Box<dyn Collector>>>,
}

impl Maker {
    fn keep<C: Collector + Clone + 'static>(&self, made: Made<C>) -> Made<C> {
        let collector = made?;
        self.registry.register(Box::new(collector.clone()))?;
        self.made.borrow_mut().push(Box::new(collector.clone()));
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
        let make = Maker::default();
        let build = make.gauge("luik_build_info", "Version of the gateway.", &["version"])?;
        build.with_label_values(&[env!("CARGO_PKG_VERSION")]).set(1.0);
        let inner = Inner {
            source_changes: make.counter("luik_source_changes_total", "Items that the core's log named as changed.", NONE)?,
            source_lag: make.gauge("luik_source_lag_seconds", "Age of the latest change when it was stored, or for how long changes have not been followed.", NONE)?,
            source_connected: make.gauge("luik_source_connected", "1 while the core can be reached.", NONE)?,
            verdicts: make.counter("luik_minimise_verdicts_total", "Decisions of the privacy boundary.", &["verdict", "reason"])?,
            redactions: make.counter("luik_redactions_total", "Findings taken out of texts.", &["type"])?,
            journal_sequence: make.gauge("luik_journal_sequence", "Latest change number.", NONE)?,
            journal_items: make.gauge("luik_journal_items", "Items by state.", &["state"])?,
            attempts: make.counter("luik_delivery_attempts_total", "Push requests by outcome.", &["partner", "lane", "outcome"])?,
            delivery_seconds: make.seconds("luik_delivery_seconds", "From change stored to accepted.")?,
            backlog: make.gauge("luik_delivery_backlog_items", "Items waiting to be sent.", &["partner", "lane"])?,
            removal_seconds: make.seconds("luik_removal_seconds", "From removal stored to accepted.")?,
            removals_open: make.gauge("luik_removals_open", "Removals that are owed: not accepted yet, or accepted and still found with the partner.", &["partner"])?,
            removal_oldest: make.gauge("luik_removal_oldest_open_seconds", "Age of the oldest removal that is still open.", &["partner"])?,
            removal_promise: make.gauge("luik_removal_promise_seconds", "Time within which a removal is promised.", &["partner"])?,
            lease_valid_until: make.gauge("luik_lease_valid_until_timestamp_seconds", "End of the lease that the partner last accepted, 0 for none.", &["partner"])?,
            divergent: make.gauge("luik_reconcile_divergent_items", "Items on which partner and gateway differed when they were compared last.", &["partner", "side"])?,
            partner_state: make.gauge("luik_partner_state", "1 for the state in which the partner is.", &["partner", "state"])?,
            referrals: make.counter("luik_referrals_total", "Visitors referred back to the platform.", &["partner"])?,
            embed_requests: make.counter("luik_embed_requests_total", "Embeds asked for.", &["partner", "form"])?,
            feed_requests: make.counter("luik_feed_requests_total", "Feeds asked for.", &["partner", "form"])?,
            agreement_ends: make.gauge("luik_agreement_ends_timestamp_seconds", "End of the agreement.", &["partner"])?,
            notices: make.counter("luik_notices_total", "Notices to people, by what became of them.", &["kind", "outcome"])?,
            ledger_checkpoint: make.gauge("luik_ledger_checkpoint_timestamp_seconds", "When the ledger was last signed to its end.", NONE)?,
            canary: make.gauge("luik_canary_seconds", "Latest whole round trip of the test item, 0 for none.", &["partner"])?,
            canary_open: make.gauge("luik_canary_open_seconds", "Age of the test item's oldest step that has not arrived, 0 for none.", &["partner"])?,
            canary_success: make.gauge("luik_canary_last_success_timestamp_seconds", "When a round trip was last completed since the start, 0 for never.", &["partner"])?,
            secret_expires: make.gauge("luik_secret_expires_timestamp_seconds", "End of the last day of the first secret or token to expire, 0 for none told.", &["partner"])?,
            lease: make.gauge("luik_lease_seconds", "How long a lease lasts by agreement.", &["partner"])?,
            probe_failed: make.gauge("luik_probe_failed", "1 while the page that the agreement declares could not be fetched.", &["partner"])?,
            state_free: make.gauge("luik_state_free_bytes", "Free bytes on the disk of the state folder.", NONE)?,
            state_used: make.gauge("luik_state_used_bytes", "Used bytes on the disk of the state folder.", NONE)?,
            reload_refused: make.gauge("luik_reload_refused", "1 while the partner files on disk are refused and an older set is in force.", NONE)?,
            known: Mutex::default(),
            source: Mutex::default(),
            counting: AtomicBool::new(false),
            all: make.made.into_inner(),
        };
        inner.source_changes.with_label_values(NONE);
        let once = [&inner.source_lag, &inner.source_connected, &inner.journal_sequence];
        let once = once.into_iter().chain([&inner.state_free, &inner.state_used]);
        once.chain([&inner.reload_refused, &inner.ledger_checkpoint]).for_each(|gauge| drop(gauge.with_label_values(NONE)));
        for state in ["live", "removed"] {
            inner.journal_items.with_label_values(&[state]);
        }
        for (kind, outcome) in NoticeKind::ALL.iter().flat_map(|kind| NoticeOutcome::ALL.iter().map(move |outcome| (kind, outcome))) {
            inner.notices.with_label_values(&[kind.as_str(), outcome.as_str()]);
        }
        Ok(Self(Arc::new(inner)))
    }

    /// Makes every series of a partner exist. Before that nothing is counted of it.
    pub fn enrol(&self, partner: &PartnerId, promise: Duration, agreement_ends: Timestamp) {
        let p = partner.as_str();
        self.0.series_of(p).into_iter().for_each(|(series, labels)| series.begin(&labels));
        self.0.removal_promise.with_label_values(&[p]).set(promise.as_secs_f64());
        self.0.agreement_ends.with_label_values(&[p]).set(seconds_of(agreement_ends));
        self.roll().know(partner);
    }

    /// Takes the series of all other partners away: nothing is open at them any more.
    pub fn keep_only(&self, partners: &BTreeSet<PartnerId>) {
        for partner in self.roll().forget_others(|known| partners.contains(known)) {
            let series = self.0.series_of(partner.as_str());
            series.into_iter().for_each(|(series, labels)| series.end(&labels));
        }
    }

    /// The partner's name as a label; none if it is not known, or not any more.
    fn known<'p>(&self, partner: &'p PartnerId) -> Option<&'p str> {
        self.roll().is_known(partner).then_some(partner.as_str())
    }

    /// How long the partner's lease lasts by agreement.
    pub fn lease_lasts(&self, partner: &PartnerId, lease: Duration) {
        let Some(p) = self.known(partner) else { return };
        self.0.lease.with_label_values(&[p]).set(lease.as_secs_f64());
    }

    /// Could the partner's declared page be fetched?
    pub fn probe(&self, partner: &PartnerId, fetched: bool) {
        let Some(p) = self.known(partner) else { return };
        self.keep(partner, |figures| figures.page_failed = !fetched);
        self.0.probe_failed.with_label_values(&[p]).set(flag(!fetched));
    }

    /// When the first of the partner's secrets expires; none if that was not told.
    pub fn secret_expires(&self, partner: &PartnerId, at: Option<Timestamp>) {
        let Some(p) = self.known(partner) else { return };
        self.0.secret_expires.with_label_values(&[p]).set(at.map_or(0.0, seconds_of));
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

    /// How the disk of the state folder is filled.
    pub fn state(&self, free: u64, used: u64) {
        self.0.state_free.with_label_values(NONE).set(float(free));
        self.0.state_used.with_label_values(NONE).set(float(used));
    }

    /// Are the partner files on disk refused?
    pub fn reload_refused(&self, refused: bool) {
        self.0.reload_refused.with_label_values(NONE).set(flag(refused));
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
        let Some(p) = self.known(partner) else { return };
        let labels = [p, lane.as_str(), outcome.as_str()];
        self.0.attempts.with_label_values(&labels).inc();
    }

    /// An item was accepted this long after its change was stored.
    pub fn accepted(&self, partner: &PartnerId, lane: Lane, after: Duration) {
        let Some(p) = self.known(partner) else { return };
        let histogram = match lane {
            Lane::Publish => &self.0.delivery_seconds,
            Lane::Remove => &self.0.removal_seconds,
        };
        histogram.with_label_values(&[p]).observe(after.as_secs_f64());
    }

    /// Items waiting in a lane of a channel; for removals also since when the oldest is open.
    pub fn backlog(
        &self,
        partner: &PartnerId,
        place: (Channel, Lane),
        items: u32,
        oldest: Option<Timestamp>,
    ) {
        let p = partner.as_str();
        let lane = place.1;
        let items = self.keep(partner, |figures| {
            figures.waiting.insert(place, (items, oldest));
            figures.items(lane)
        });
        let Some(items) = items else { return };
        self.0.backlog.with_label_values(&[p, lane.as_str()]).set(f64::from(items));
        if lane == Lane::Remove {
            self.0.removals_open.with_label_values(&[p]).set(f64::from(items));
        }
    }

    /// Everybody whose series exist.
    #[must_use]
    pub fn partners(&self) -> Vec<PartnerId> {
        self.roll().partners()
    }

    /// What waits at each partner is being counted for the first time, or that is over.
    pub fn count_begins(&self, begins: bool) {
        self.0.counting.store(begins, Ordering::SeqCst);
    }

    /// Is it still being counted for the first time? Until then 0 may mean that nobody knows.
    #[must_use]
    pub fn is_counting(&self) -> bool {
        self.0.counting.load(Ordering::SeqCst)
    }

    /// Was it ever counted what waits there? Before that, 0 says nothing.
    #[must_use]
    pub fn is_counted(&self, partner: &PartnerId, place: (Channel, Lane)) -> bool {
        self.roll().is_counted(partner, place)
    }

    /// The state in which a partner is now.
    pub fn partner_state(&self, partner: &PartnerId, now: PartnerState) {
        if self.keep(partner, |figures| figures.state = Some(now)).is_none() {
            return;
        }
        let p = partner.as_str();
        for state in PartnerState::ALL {
            let labels = [p, state.as_str()];
            self.0.partner_state.with_label_values(&labels).set(flag(*state == now));
        }
    }

    /// The end of the lease that a partner last accepted.
    pub fn lease(&self, partner: &PartnerId, valid_until: Timestamp) {
        if self.keep(partner, |figures| figures.lease = Some(valid_until)).is_none() {
            return;
        }
        let gauge = self.0.lease_valid_until.with_label_values(&[partner.as_str()]);
        gauge.set(seconds_of(valid_until));
    }

    /// The end of the lease as it is shown.
    #[must_use]
    pub fn lease_shown(&self, partner: &PartnerId) -> Option<Timestamp> {
        self.figures_of(partner).lease
    }

    /// Items on which a partner and the gateway differed when they were compared last.
    pub fn divergent(&self, partner: &PartnerId, side: Side, items: u32) {
        if self.keep(partner, |figures| figures.divergent.insert(side, items)).is_none() {
            return;
        }
        let gauge = self.0.divergent.with_label_values(&[partner.as_str(), side.as_str()]);
        gauge.set(f64::from(items));
    }

    /// A partner asked for a feed.
    pub fn feed_request(&self, partner: &PartnerId, form: FeedForm) {
        let Some(p) = self.known(partner) else { return };
        self.0.feed_requests.with_label_values(&[p, form.as_str()]).inc();
    }

    /// Somebody asked for an embed of a partner.
    pub fn embed_request(&self, partner: &PartnerId, form: EmbedForm) {
        let Some(p) = self.known(partner) else { return };
        self.0.embed_requests.with_label_values(&[p, form.as_str()]).inc();
    }

    /// A notice came to this, by one way.
    pub fn notice(&self, kind: NoticeKind, outcome: NoticeOutcome) {
        self.0.notices.with_label_values(&[kind.as_str(), outcome.as_str()]).inc();
    }

    /// A visitor was referred back to the platform.
    pub fn referral(&self, partner: &PartnerId) {
        let Some(p) = self.known(partner) else { return };
        self.0.referrals.with_label_values(&[p]).inc();
    }

    /// The metrics page in the Prometheus text format 0.0.4.
    ///
    /// # Errors
    /// When a series can not be written; the encoder's own report.
    pub fn render(&self, now: Timestamp) -> Result<Vec<u8>, prometheus::Error> {
        self.age(now);
        let mut page = String::new();
        for collector in &self.0.all {
            for mut family in collector.collect() {
                // One name at a time, and in order: with thousands of partners each is long.
                family.mut_metric().sort_by(|a, b| values(a).cmp(values(b)));
                if !family.get_metric().is_empty() {
                    TextEncoder::new().encode_utf8(&[family], &mut page)?;
                }
            }
        }
        Ok(page.into_bytes())
    }

    /// Ages are counted at the moment of asking, so that they grow when everything is stuck.
    fn age(&self, now: Timestamp) {
        for (partner, figures) in self.roll().iter() {
            let p = partner.as_str();
            let age = |since: Option<Timestamp>| since.map_or(0.0, |since| age_of(since, now));
            self.0.removal_oldest.with_label_values(&[p]).set(age(figures.oldest_removal()));
            self.0.canary_open.with_label_values(&[p]).set(age(figures.canary_open));
        }
        self.0.source_lag.with_label_values(NONE).set(self.source().lag(now));
    }
}

fn flag(is_so: bool) -> f64 {
    if is_so { 1.0 } else { 0.0 }
}

fn age_of(since: Timestamp, now: Timestamp) -> f64 {
    (seconds_of(now) - seconds_of(since)).max(0.0)
}

/// The values of a series' labels.
fn values(of: &Metric) -> impl Iterator<Item = &str> {
    of.get_label().iter().map(LabelPair::value)
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
mod tests;
