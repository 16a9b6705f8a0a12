//! A partner uploads what it holds: how long does it take to compare a million ids with a journal of
//! a million items and to answer, and how much memory? Once all agree, once none of them should
//! be held, once nothing is held at all. Beside the first: the same lines, parsed and looked up in
//! the same file one by one.
//!
//! Run: `cargo bench --bench holdings` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-25, 2 shared cores, 1,000,000 items: 1,000,000 ids that agree 4.6 s, 1.24 of
//! bare, 0.2 MiB more resident than before; 1,000,000 that must go 4.4 s, and all 2,000,000 lines
//! answered in 17 s, 2.0 MiB more; nothing held, 1,000,000 items answered in 17 s; the first of all,
//! 100,000 ids with 900,000 items answered, 8.1 MiB more, which the others find in place.
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

use std::convert::Infallible;
use std::path::Path;
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::Request;
use common::figures::{Rounds, full_or, rate};
use common::files;
use common::rows::Texts;
use futures_util::stream;
use http_body_util::BodyExt;
use luik::app::Agreements;
use luik::clock::Clock;
use luik::config::TokenDigest;
use luik::journal::{Journal, Rung};
use luik::lifecycle::Tasks;
use luik::metrics::Metrics;
use luik::minimise::{CoreId, Policy};
use luik::model::PublicId;
use luik::partner::{Partner, Pull, Registry};
use luik::serve::{self, Tools};
use serde::Deserialize;
use tower::ServiceExt;

const TOKEN: &str = "token-of-the-bench";
/// Lines of a piece of the upload: some 15 KB.
const LINES: usize = 250;

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let items = full_or(50_000, 1_000_000);
        let scene = Scene::new(folder.path(), items).await;
        scene.upload("all agree, a tenth of it", items / 10, true).await;
        let bare = scene.bare(items);
        let ours = scene.upload("all agree", items, true).await;
        let mut rounds = Rounds::default();
        rounds.add(rate(items, ours), rate(items, bare));
        rounds.show("holdings, all agree", "ids/s");
        let proven = scene.tools.journal.proven(&scene.partner.id).await.unwrap();
        assert!(proven.iter().any(|proven| proven.rung == Rung::Reconciled));
        scene.upload("none should be held", items, false).await;
        scene.upload("nothing is held", 0, true).await;
    });
}

/// A journal with items, and the public listener over it.
struct Scene {
    items: usize,
    tools: Tools,
    partner: Partner,
    router: Router,
    file: std::path::PathBuf,
}

impl Scene {
    async fn new(folder: &Path, items: usize) -> Self {
        let source = "kind = \"sqlite\"\npath = \"core.db\"";
        let nowhere = "127.0.0.1:9".parse().unwrap();
        let (settings, read) = files::read(&files::write(folder, source, nowhere, 100));
        let (clock, metrics) = (Clock::system(), Metrics::new().unwrap());
        let journal = Journal::open(&settings.state, clock.clone()).unwrap();
        let mut partner = read.into_iter().next().unwrap();
        let tokens = vec![TokenDigest::of(TOKEN.as_bytes())];
        partner.pull = Some(Pull { tokens, every: Duration::from_secs(900) });
        partner.push = None;
        let agreements = Agreements::new(journal.clone(), metrics.clone(), clock.clone());
        let partners = agreements.take_note(vec![partner.clone()]).await.unwrap();
        let begun = Instant::now();
        let mut texts = Texts::new();
        for from in (0..items).step_by(1_000) {
            journal.append(texts.batch(from..from + 1_000, clock.now())).await.unwrap();
        }
        journal.tidy().await.unwrap();
        println!("{items} items stored in {:.0} s", begun.elapsed().as_secs_f64());
        let (registry, tasks) = (Registry::new(partners), Tasks::default());
        let seal = luik::post::Seal::of(&[7; 32]);
        let desk = luik::post::Desk::new(journal.clone(), metrics.clone(), clock.clone(), seal);
        let tools = Tools { clock, metrics, journal, registry, tasks, desk };
        let router = serve::router(&settings, &tools);
        let file = settings.state.join("journal.db");
        Self { items, tools, partner, router, file }
    }

    /// Uploads so many lines and reads the answer; how long that took.
    async fn upload(&self, name: &str, lines: usize, own: bool) -> Duration {
        let pieces = (0..lines).step_by(LINES).map(move |from| {
            let lines = (from..(from + LINES).min(lines)).map(|number| line(number, own));
            Ok::<_, Infallible>(Bytes::from(lines.collect::<String>()))
        });
        let path = format!("/v1/partners/{}/holdings", self.partner.id);
        let request = Request::post(path).header("authorization", format!("Bearer {TOKEN}"));
        let request = request.body(Body::from_stream(stream::iter(pieces))).unwrap();
        let (before, begun) = (forget_peak(), Instant::now());
        let response = self.router.clone().oneshot(request).await.unwrap();
        assert_eq!(response.status(), 200);
        let (asked, mut body) = (begun.elapsed(), response.into_body());
        let (mut told, mut bytes, mut last) = (0, 0, Bytes::new());
        while let Some(frame) = body.frame().await {
            last = frame.unwrap().into_data().unwrap();
            bytes += last.len();
            told += last.iter().filter(|byte| **byte == b'\n').count();
        }
        let took = begun.elapsed();
        assert!(last.ends_with(b"}\n") && last.windows(6).any(|six| six == b"\"upTo\""));
        let expected = if own { self.items - lines } else { lines + self.items };
        assert_eq!(told, expected + 1);
        let grown = memory("VmHWM").saturating_sub(before);
        println!(
            "{name}: {lines} ids compared in {:.1} s, {told} lines ({} MiB) answered in {:.1} s; \
             {before} KiB resident before, at most {grown} KiB more",
            asked.as_secs_f64(),
            bytes >> 20,
            (took - asked).as_secs_f64(),
        );
        let figures = serde_json::json!({
            "bench": format!("holdings, {name}"), "ids": lines, "lines": told,
            "seconds": took.as_secs_f64(), "grown_kib": grown,
        });
        println!("{figures}");
        took
    }

    /// Parses the same lines and looks each id up.
    fn bare(&self, lines: usize) -> Duration {
        #[derive(Deserialize)]
        struct Line<'l> {
            id: &'l str,
            modified: u64,
        }
        let db = rusqlite::Connection::open(&self.file).unwrap();
        let mut select = db.prepare("SELECT sequence FROM item WHERE id = ?1").unwrap();
        let begun = Instant::now();
        for number in 0..lines {
            let text = line(number, true);
            let Line { id, modified } = serde_json::from_str(text.trim_end()).unwrap();
            let id: PublicId = id.parse().unwrap();
            let found: u64 = select.query_row([id.as_bytes()], |row| row.get(0)).unwrap();
            assert_eq!(found, modified);
        }
        begun.elapsed()
    }
}

/// A line of an upload; a stranger's if it is not the core's own.
fn line(number: usize, own: bool) -> String {
    let policy = Policy::new(if own { files::ID_KEY } else { [8; 32] });
    let id = policy.public_id(&CoreId::new(number.to_string()));
    format!("{{\"id\":\"{id}\",\"modified\":{}}}\n", number + 1)
}

/// Resident memory of this process in KiB, now (`VmRSS`) or at most (`VmHWM`).
fn memory(what: &str) -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix(what)).unwrap();
    line.trim_matches(|c: char| !c.is_ascii_digit()).parse().unwrap()
}

/// From now on the peak is counted anew; returns what is resident.
fn forget_peak() -> u64 {
    std::fs::write("/proc/self/clear_refs", "5").unwrap();
    memory("VmRSS")
}
