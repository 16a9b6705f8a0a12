//! What does a look at the metrics page cost with 100, 1,000 and 10,000 partners? Beside it a bare
//! server that has a page of the same bytes ready and only sends it. Items play no part: nothing on
//! the page is counted when it is asked for.
//!
//! Run: `cargo bench --bench scrape` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-26, 2 shared cores, busy with other work: 100 partners 0.6 MB in 9 ms, 1,000
//! 5.7 MB in 0.11 s, 10,000 57 MB (2.6 MB as gzip, 0.05 s more) in 1.3 to 2.7 s, 0.07 of the bare page,
//! on a thread of its own. So 10,000 partners want a scrape interval of 30 s or more.
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

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use common::figures::{Rounds, full_or, ms};
use luik::clock::Clock;
use luik::metrics::{Channel, Lane, Metrics, Outcome};
use luik::model::PartnerId;

fn main() {
    for partners in [100, 1_000, 10_000] {
        run(partners);
    }
}

fn run(partners: u32) {
    let metrics = Metrics::new().unwrap();
    let clock = Clock::system();
    for n in 0..partners {
        let id: PartnerId = format!("voorbeeldwijk-{n:05}").parse().unwrap();
        metrics.enrol(&id, Duration::from_secs(900), clock.now());
        metrics.backlog(&id, (Channel::Push, Lane::Remove), n, Some(clock.now()));
        for lane in Lane::ALL {
            metrics.attempt(&id, *lane, Outcome::Accepted);
            metrics.accepted(&id, *lane, Duration::from_millis(u64::from(n)));
        }
    }
    let page = metrics.render(clock.now()).unwrap();
    let (mut rounds, mut times) = (Rounds::default(), Vec::new());
    for _ in 0..full_or(3, 9) {
        let ours = sent(|| metrics.render(clock.now()).unwrap());
        let bare = sent(|| page.clone());
        times.push(ms(ours));
        rounds.add(1.0 / ours.as_secs_f64(), 1.0 / bare.as_secs_f64());
    }
    let start = Instant::now();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&page).unwrap();
    let small = gzip.finish().unwrap().len();
    println!(
        "as gzip {small} bytes, in {:.1} ms more; resident at most {}",
        ms(start.elapsed()),
        peak()
    );
    let lines = page.iter().filter(|byte| **byte == b'\n').count();
    let longest = times.iter().copied().fold(0.0, f64::max);
    println!("{partners} partners: {lines} lines, {} bytes, at most {longest:.1} ms", page.len());
    rounds.show(&format!("scrape of {partners} partners"), "pages/s");
}

/// The most memory that this process ever had.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().to_owned()
}

/// How long it takes until somebody has read a page whole.
fn sent(make: impl FnOnce() -> Vec<u8>) -> Duration {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let reader = thread::spawn(move || {
        let mut page = Vec::new();
        TcpStream::connect(address).unwrap().read_to_end(&mut page).unwrap()
    });
    let (mut stream, _) = listener.accept().unwrap();
    let start = Instant::now();
    stream.write_all(&make()).unwrap();
    drop(stream);
    assert!(reader.join().unwrap() > 0);
    start.elapsed()
}
