//! How long after the core's commit does a partner have the change, at 50 changes a second? Beside
//! it the least that it could take: one durable SQLite commit and one local POST. For the embedded
//! core, and for PostgreSQL when a server is installed or named by `LUIK_BENCH_POSTGRES` (a
//! superuser's address).
//!
//! Run: `cargo bench --bench pipeline` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-22, 2 shared cores: embedded core p50 8.5 ms, p99 14 ms (it is looked at
//! every 10 ms); PostgreSQL p50 4.4 ms, p99 6.0 ms; bare p50 0.8 ms, p99 1.1 to 1.9 ms.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a bench may fail by panicking, and prints figures"
)]

#[expect(dead_code, reason = "each bench uses a part of it")]
mod common;

use std::path::Path;
use std::time::{Duration, Instant};

use common::bare::{Client, Store};
use common::core::Core;
use common::figures::{full_or, ms, show_delays};
use common::files;
use common::rows::{Texts, public_id};
use common::sink::Sink;
use luik::app::App;
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Between two changes.
const TICK: Duration = Duration::from_millis(20);
/// Between two looks at the bare limit.
const BARE_TICK: Duration = Duration::from_millis(100);

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        run(Core::sqlite(folder.path()), folder.path()).await;
        let folder = tempfile::tempdir().unwrap();
        match Core::postgres().await {
            Some(core) => run(core, folder.path()).await,
            None => println!("commit to receipt, postgres: SKIPPED, there is no server"),
        }
    });
}

async fn run(core: Core, folder: &Path) {
    let sink = Sink::start(true).await;
    let file = files::write(folder, &core.source(), sink.address, 100);
    core.write_url(folder);
    let (settings, partners) = files::read(&file);
    let app = App::build(settings, partners, files::environment()).await.unwrap();
    let stop = CancellationToken::new();
    let mut running = JoinSet::new();
    let (until, abort) = (stop.clone(), CancellationToken::new());
    running.spawn(async move { app.run(until, abort).await });
    core.commit((0, 0)).await;
    sink.reach(1).await;

    let mut probes = JoinSet::new();
    let (probe, done) = (Probe::new(folder, &sink).await, CancellationToken::new());
    probes.spawn(probe.run(done.clone()));
    let mut committed = Vec::new();
    let mut ticks = tokio::time::interval(TICK);
    for number in 1..=full_or(100, 1_000) {
        ticks.tick().await;
        core.commit((number, number)).await;
        committed.push((number, Instant::now()));
    }
    sink.reach(1 + committed.len()).await;
    done.cancel();
    let bare = probes.join_next().await.unwrap().unwrap();
    let ours: Vec<f64> = {
        let seen = sink.seen.lock().unwrap();
        let arrived = |number| *seen.arrived.get(&public_id(number)).unwrap();
        committed.iter().map(|(n, at)| ms(arrived(*n).saturating_duration_since(*at))).collect()
    };
    show_delays(&format!("commit to receipt, {}", core.name()), &ours, &bare);
    stop.cancel();
    running.join_next().await.unwrap().unwrap();
    core.end().await;
}

/// The bare limit, measured beside the gateway.
struct Probe {
    store: Store,
    client: Client,
    like: (hyper::HeaderMap, bytes::Bytes),
}

impl Probe {
    async fn new(folder: &Path, sink: &Sink) -> Self {
        let client = Client::connect(sink.address).await;
        Self { store: Store::open(folder), client, like: sink.template() }
    }

    async fn run(mut self, done: CancellationToken) -> Vec<f64> {
        let mut ticks = tokio::time::interval(BARE_TICK);
        let mut times = Vec::new();
        let (_, body) = Texts::new().next();
        while !done.is_cancelled() {
            ticks.tick().await;
            let start = Instant::now();
            tokio::task::block_in_place(|| self.store.commit(&[body.len()]));
            self.client.post(&self.like.0, &self.like.1).await;
            times.push(ms(start.elapsed()));
        }
        times
    }
}
