//! How many items pass the privacy boundary per second of one CPU? Beside it NFKC, the least that
//! looks at every character, over the same texts: some 230 characters in the mean, one in four with
//! something that must not leave.
//!
//! Run: `cargo bench --bench minimise` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-25, 2 shared cores: 39,087 items per CPU second, 0.096 of NFKC; 34,483 by
//! `luik minimise`.
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

use std::fs::File;
use std::hint::black_box;
use std::process::Command;
use std::time::Duration;

use common::figures::{Rounds, full_or, rate};
use common::files::ID_KEY;
use common::rows::Texts;
use luik::minimise::{CoreRow, Policy, Verdict, minimise};
use unicode_normalization::UnicodeNormalization;

fn main() {
    let items = full_or(2_000, 5_000);
    let mut texts = Texts::new();
    let plain: Vec<String> = (0..items).map(|_| joined(texts.next())).collect();
    let mut texts = Texts::new();
    let rows: Vec<CoreRow> = (0..items).map(|number| texts.row(number)).collect();
    let characters: usize = plain.iter().map(|text| text.chars().count()).sum();
    let (policy, now) = (Policy::new(ID_KEY), luik::clock::Clock::system().now());
    let (mut rounds, mut found) = (Rounds::default(), 0);
    for _ in 0..full_or(3, 9) {
        let ours = processor(|| {
            found = 0;
            for row in &rows {
                if let Verdict::Publish(_, findings) = black_box(minimise(row, &policy, now)) {
                    found += usize::from(!findings.is_empty());
                }
            }
        });
        let bare = processor(|| {
            for text in &plain {
                black_box(text.nfkc().collect::<String>());
            }
        });
        rounds.add(rate(items, ours), rate(items, bare));
    }
    println!("{} characters in the mean, findings in {found} of {items}", characters / items);
    rounds.show("minimise (items per CPU second)", "items/s");
    let mut texts = Texts::new();
    let lines: Vec<String> = (0..items * 4).map(|number| texts.line(number)).collect();
    let program = whole_program(&(lines.join("\n") + "\n"));
    println!(
        "luik minimise, JSON in and out: {:.0} items per CPU second",
        rate(lines.len(), program)
    );
}

/// The processor time of `luik minimise` over these lines, from its start to its end.
fn whole_program(lines: &str) -> Duration {
    let folder = tempfile::tempdir().unwrap();
    let (input, output) = (folder.path().join("in"), folder.path().join("out"));
    std::fs::write(&input, lines).unwrap();
    let before = children();
    let status = Command::new(env!("CARGO_BIN_EXE_luik"))
        .arg("minimise")
        .stdin(File::open(input).unwrap())
        .stdout(File::create(output).unwrap())
        .status();
    assert!(status.unwrap().success());
    children() - before
}

/// Processor time of the processes that were started and waited for, in ticks of 10 ms.
fn children() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let (_, fields) = stat.rsplit_once(')').unwrap();
    let ticks =
        fields.split_whitespace().skip(13).take(2).map(|field| field.parse::<u64>().unwrap());
    Duration::from_millis(10 * ticks.sum::<u64>())
}

fn joined((title, body): (&str, String)) -> String {
    format!("{title}\n{body}")
}

/// How long this thread computed for it, waiting for the processor not counted.
fn processor(work: impl FnOnce()) -> Duration {
    let spent = || {
        let stat = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap();
        Duration::from_nanos(stat.split(' ').next().unwrap().parse().unwrap())
    };
    let before = spent();
    work();
    spent() - before
}
