//! How long does it take to export and to check a ledger of 100,000 lines, and how large is it? Beside
//! the check: the SHA-256 of the same file, which is what nobody can do without.
//!
//! Run: `cargo bench --bench audit` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-26, 2 busy cores, 100,000 lines: 13.4 MB, exported in 0.10 s, checked at
//! 439,000 lines a second, 0.09 of SHA-256 alone.
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

use std::fs;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use common::figures::{Rounds, full_or, rate};
use common::rows::Texts;
use luik::clock::Clock;
use luik::journal::Journal;
use luik::ledger::{Signer, Verified, Writer, verify};
use sha2::{Digest, Sha256};

/// Items of one transaction, after each of which the end is signed.
const BATCH: usize = 1_000;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let lines = full_or(10_000, 100_000);
        let signer = Arc::new(Signer::new(&[7; 32]).unwrap());
        let journal = fill(&folder.path().join("state"), lines, &signer).await;
        let file = folder.path().join("ledger.ndjson");
        let start = Instant::now();
        let written = export(&journal, &signer, &file).await;
        println!("export of {written} lines: {:.2} s", start.elapsed().as_secs_f64());
        let size = fs::metadata(&file).unwrap().len();
        println!("{size} bytes, {} a line", size / written);
        let mut rounds = Rounds::default();
        for _ in 0..full_or(3, 7) {
            let start = Instant::now();
            let verified = check(&file);
            assert_eq!(verified.lines, written);
            let ours = rate(lines, start.elapsed());
            let start = Instant::now();
            let digest = Sha256::digest(fs::read(&file).unwrap());
            assert_eq!(digest.len(), 32);
            rounds.add(ours, rate(lines, start.elapsed()));
        }
        rounds.show("check an export", "lines/s");
    });
}

async fn fill(state: &Path, lines: usize, signer: &Arc<Signer>) -> Journal {
    let clock = Clock::system();
    let journal = Journal::open(state, clock.clone()).unwrap();
    let mut texts = Texts::new();
    for from in (0..lines).step_by(BATCH) {
        journal.append(texts.batch(from..from + BATCH, clock.now())).await.unwrap();
        journal.checkpoint(signer).await.unwrap();
    }
    journal
}

async fn export(journal: &Journal, signer: &Signer, file: &Path) -> u64 {
    let out = std::io::BufWriter::new(fs::File::create(file).unwrap());
    let mut writer = Writer::begin(out, &signer.key(), None).unwrap();
    let mut after = 0;
    loop {
        let page = journal.ledger(after, BATCH).await.unwrap();
        let Some(last) = page.lines.last() else { break };
        after = last.num;
        page.lines.iter().for_each(|line| writer.line(&line.text).unwrap());
        page.checkpoints.iter().for_each(|one| writer.checkpoint(one).unwrap());
    }
    writer.end(signer, Clock::system().now()).unwrap()
}

fn check(file: &Path) -> Verified {
    verify(BufReader::new(fs::File::open(file).unwrap()), None).unwrap()
}
