//! How many signed pushes does one partner's worker get out in a second, its bookkeeping on disk
//! included? Beside it a bare HTTP client that posts equal requests to the same sink.
//!
//! Run: `cargo bench --bench push` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-22, 2 shared cores: single pushes 11,419 a second, 0.44 of the bare client;
//! batches of 100: 100,446 items a second, 0.04 of bare posts, whose bodies are ready and not looked at.
//! These are bursts: a partner's `per_second` is 10,000 at most.
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

use std::time::Instant;

use common::bare::Client;
use common::figures::{Rounds, full_or, rate, until};
use common::files;
use common::rows::Texts;
use common::sink::Sink;
use luik::app::Agreements;
use luik::clock::Clock;
use luik::deliver::Deliver;
use luik::journal::Journal;
use luik::lifecycle::Tasks;
use luik::metrics::Metrics;
use luik::partner::Registry;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        run("push single (requests)", 1, full_or(200, 1_000)).await;
        run("push of 100 (items)", 100, full_or(2_000, 10_000)).await;
    });
}

async fn run(name: &str, batch: usize, items: usize) {
    let folder = tempfile::tempdir().unwrap();
    let sink = Sink::start(false).await;
    let source = "kind = \"sqlite\"\npath = \"core.db\"";
    let (settings, partners) =
        files::read(&files::write(folder.path(), source, sink.address, batch));
    let (clock, metrics) = (Clock::system(), Metrics::new().unwrap());
    let journal = Journal::open(&settings.state, clock.clone()).unwrap();
    let agreements = Agreements::new(journal.clone(), metrics.clone(), clock.clone());
    let partners = agreements.take_note(partners).await.unwrap();
    let partner = partners.first().unwrap().id.clone();
    let (registry, tasks) = (Registry::new(partners), Tasks::default());
    Deliver::new(&settings, &journal, &metrics, &clock, &registry).unwrap().start(&tasks);

    let mut bare = Client::connect(sink.address).await;
    let (mut texts, mut rounds) = (Texts::new(), Rounds::default());
    for round in 0..full_or(3, 7) {
        let first = round * items;
        journal.append(texts.batch(first..first + items, clock.now())).await.unwrap();
        let start = Instant::now();
        sink.reach(first + items).await;
        until("the cursor is stored", async || {
            journal.standing(&partner).await.unwrap().publish >= journal.head()
        })
        .await;
        // Only now: the cursor is stored beside the sending, and belongs to the work.
        let ours = rate(items, start.elapsed());
        let like = sink.template();
        // On a thread of the runtime as the worker is: from outside, each post costs two wake-ups.
        let posts = full_or(200, 2_000);
        let mut posting = tokio::task::JoinSet::new();
        posting.spawn(async move {
            let time = bare.posts(posts, &like).await;
            (bare, time)
        });
        let time;
        (bare, time) = posting.join_next().await.unwrap().unwrap();
        if round > 0 {
            rounds.add(ours, rate(posts * batch, time));
        }
    }
    rounds.show(name, "per s");
    tasks.finish(std::time::Duration::from_secs(9)).await;
    journal.close().await;
}
