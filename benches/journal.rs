//! How many items does the journal store in a second, durably, sealed and in order? Beside it
//! plain SQLite on the same disk that writes as many bytes in transactions of the same size.
//!
//! Run: `cargo bench --bench journal` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-26, 2 shared cores: batches of 1: 2,793 items a second, 0.47 of plain SQLite;
//! of 100: 18,997 and 0.06; of 1,000: 22,743 and 0.06. Before there was a ledger: 2,847, 27,911 and
//! 38,737.
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

use common::bare::Store;
use common::figures::{Rounds, full_or, rate};
use common::rows::Texts;
use luik::clock::Clock;
use luik::journal::{Batch, Change, Journal};

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        for (size, batches) in
            [(1, full_or(30, 200)), (100, full_or(5, 40)), (1_000, full_or(2, 8))]
        {
            run(size, batches).await;
        }
    });
}

async fn run(size: usize, batches: usize) {
    let folder = tempfile::tempdir().unwrap();
    let clock = Clock::system();
    let journal = Journal::open(&folder.path().join("state"), clock.clone()).unwrap();
    let mut bare = Store::open(folder.path());
    let (mut texts, mut rounds, mut next) = (Texts::new(), Rounds::default(), 0);
    for _ in 0..full_or(3, 7) {
        let mut fill = || {
            next += size;
            texts.batch(next - size..next, clock.now())
        };
        let work: Vec<Batch> = (0..batches).map(|_| fill()).collect();
        let bytes: Vec<Vec<usize>> =
            work.iter().map(|batch| batch.changes.iter().map(length).collect()).collect();
        let start = Instant::now();
        for batch in work {
            journal.append(batch).await.unwrap();
        }
        let ours = rate(size * batches, start.elapsed());
        let start = Instant::now();
        bytes.iter().for_each(|rows| bare.commit(rows));
        rounds.add(ours, rate(size * batches, start.elapsed()));
    }
    rounds.show(&format!("journal append, batches of {size}"), "items/s");
    journal.close().await;
}

/// Bytes that the journal keeps of an item: the public id, the text and its address.
fn length(change: &Change) -> usize {
    match change {
        Change::Publish(item) => 16 + item.data().len() + item.url().len(),
        Change::Remove(_) | Change::Expire(_) => 16,
    }
}
