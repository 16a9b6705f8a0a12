//! How long does a new partner wait for its first load, and how much memory does the gateway take
//! for it? 100,000 items of PostgreSQL (of the embedded core when there is no server) by the real
//! program to one push partner. Beside it: reading the view once and posting equal bodies.
//!
//! Run: `cargo bench --bench first_load` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-22, 2 shared cores, PostgreSQL 15: batches of 100: 5,515 items a second, 0.03
//! of bare, 41 MiB resident; of 1,000: 5,512 items a second, 0.02 of bare, 41 MiB.
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
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use common::bare::Client;
use common::core::Core;
use common::figures::{Rounds, full_or, rate};
use common::files;
use common::sink::Sink;

/// The load takes no longer.
const TIME_MAX: Duration = Duration::from_secs(120);

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let folder = tempfile::tempdir().unwrap();
        let core = match Core::postgres().await {
            Some(core) => core,
            None => Core::sqlite(folder.path()),
        };
        let items = full_or(5_000, 100_000);
        core.commit((1, items)).await;
        for batch in [100, 1_000] {
            run(&core, folder.path(), items, batch).await;
        }
        core.end().await;
    });
}

async fn run(core: &Core, folder: &Path, items: usize, batch: usize) {
    let sink = Sink::start(false).await;
    let file = files::write(folder, &core.source(), sink.address, batch);
    core.write_url(folder);
    let start = Instant::now();
    let gateway = Gateway::start(&file);
    let arrived = tokio::time::timeout(TIME_MAX, sink.reach(items)).await;
    arrived.unwrap_or_else(|_| panic!("{} of {items} arrived", sink.count()));
    let ours = rate(items, start.elapsed());
    let (now, peak) = (gateway.memory("VmRSS"), gateway.memory("VmHWM"));
    drop(gateway);

    let like = sink.template();
    let start = Instant::now();
    assert_eq!(core.read_all().await, items);
    Client::connect(sink.address).await.posts(items.div_ceil(batch), &like).await;
    let mut rounds = Rounds::default();
    rounds.add(ours, rate(items, start.elapsed()));
    let name = format!("first load, {}, batch {batch}", core.name());
    rounds.show(&name, "items/s");
    println!("{name}: {now} MiB resident, {peak} MiB at most");
    println!("{}", serde_json::json!({"bench": name, "rss_mib": now, "peak_mib": peak}));
    core.forget_slot().await;
    std::fs::remove_dir_all(folder.join("state")).unwrap();
}

/// The real program; killed when dropped.
struct Gateway(Child);

impl Gateway {
    fn start(config: &Path) -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_luik"));
        command.args(["run", "--config"]).arg(config).env(files::SECRET.0, files::SECRET.1);
        Self(command.stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap())
    }

    /// A line of `/proc/…/status`, in MiB.
    fn memory(&self, name: &str) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.0.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        let kib: u64 = line.split_whitespace().nth(1).unwrap().parse().unwrap();
        kib.div_ceil(1024)
    }
}

impl Drop for Gateway {
    fn drop(&mut self) {
        self.0.kill().unwrap();
        self.0.wait().unwrap();
    }
}
