//! Figures: medians and percentiles, a line of a table, and the same as one line of JSON.

use std::time::{Duration, Instant};

/// `LUIK_BENCH_QUICK=1` makes every bench short: to see that it works, not to quote it.
pub(crate) fn quick() -> bool {
    setting("LUIK_BENCH_QUICK").is_some()
}

/// A variable of the environment.
pub(crate) fn setting(name: &str) -> Option<String> {
    std::env::var_os(name).map(|value| value.into_string().unwrap())
}

/// `full`, or `short` in a quick run.
pub(crate) fn full_or(short: usize, full: usize) -> usize {
    if quick() { short } else { full }
}

/// What stands at `share` (0 to 1) of the sorted values.
pub(crate) fn percentile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let place = (sorted.len().saturating_sub(1) as f64 * share).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

/// The value in the middle.
pub(crate) fn median(values: &[f64]) -> f64 {
    percentile(values, 0.5)
}

/// How many in a second.
pub(crate) fn rate(count: usize, time: Duration) -> f64 {
    count as f64 / time.as_secs_f64()
}

/// In milliseconds.
pub(crate) fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// Rates of ours and of the bare limit, round by round.
#[derive(Default)]
pub(crate) struct Rounds {
    ours: Vec<f64>,
    bare: Vec<f64>,
}

impl Rounds {
    pub(crate) fn add(&mut self, ours: f64, bare: f64) {
        self.ours.push(ours);
        self.bare.push(bare);
    }

    /// Prints medians; the ratio is the median of the rounds' ratios.
    pub(crate) fn show(&self, name: &str, unit: &str) {
        let ratios: Vec<f64> = self.ours.iter().zip(&self.bare).map(|(o, b)| o / b).collect();
        let ratio = median(&ratios);
        let (ours, bare) = (median(&self.ours), median(&self.bare));
        println!("{name:34} {ours:>10.0} {unit:9} bare {bare:>10.0}   ratio {ratio:.3}");
        let bench = serde_json::json!({
            "bench": name, "unit": unit, "ours": ours.round(), "bare": bare.round(),
            "ratio": (ratio * 1e3).round() / 1e3, "rounds": ratios.len(),
        });
        println!("{bench}");
    }
}

/// Prints a delay beside the bare one, both at the 50th and the 99th percentile.
pub(crate) fn show_delays(name: &str, ours: &[f64], bare: &[f64]) {
    let at = |values: &[f64], share| (percentile(values, share) * 100.0).round() / 100.0;
    let (p50, p99) = (at(ours, 0.5), at(ours, 0.99));
    let (bare50, bare99) = (at(bare, 0.5), at(bare, 0.99));
    let ratio = (bare50 / p50 * 1e3).round() / 1e3;
    println!(
        "{name:34} p50 {p50:>7.2} ms  p99 {p99:>7.2} ms   bare p50 {bare50:.2} p99 {bare99:.2}   ratio {ratio:.3}"
    );
    let bench = serde_json::json!({
        "bench": name, "unit": "ms", "p50": p50, "p99": p99, "bare_p50": bare50,
        "bare_p99": bare99, "ratio": ratio, "changes": ours.len(),
    });
    println!("{bench}");
}

/// Waits until `is_so`, looking every two milliseconds.
pub(crate) async fn until(what: &str, mut is_so: impl AsyncFnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !is_so().await {
        assert!(Instant::now() < deadline, "took too long: {what}");
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
