//! Removal at scale: how long from the core's commit until it is accepted, at 100 partners of which
//! 10 hang, beside the same with none that hang; and what it costs in memory and on disk to have
//! 10,000 partners for 100,000 items, and 1,000 that are down while changes pass.
//!
//! Run: `cargo bench --bench removal` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-25, 2 shared cores: commit to acceptance p50 23 ms, p99 41 ms, with 10
//! that hang p50 24 ms, p99 50 ms; 10,000 partners x 100,000 items 74 MiB on disk, 14 KiB resident a
//! partner, 1,000 removals at once in 7 s; 1,000 partners down for 100,000 changes: disk +0.1 MiB,
//! resident +41 MiB, back in 16 s with one message per item; digest 0.15 ms, all moved 27 ms.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::as_conversions,
    reason = "a bench may fail by panicking, and prints figures"
)]

#[expect(dead_code, reason = "each bench uses a part of it")]
mod common;

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use common::core::Core;
use common::figures::{full_or, ms, percentile};
use common::files;
use common::rows::Texts;
use futures_util::StreamExt;
use http_body_util::{BodyExt, Empty};
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::TokioIo;
use luik::app::{Agreements, App};
use luik::clock::Clock;
use luik::deliver::Deliver;
use luik::journal::{Advance, Batch, Cause, Change, Channel, Cursor, Deed, Journal, Rung};
use luik::lifecycle::Tasks;
use luik::metrics::Metrics;
use luik::minimise::{CoreId, Policy, Verdict, minimise};
use luik::model::{Kind, PublicId, Region, RegionKind, RegionSet, Sequence};
use luik::partner::{Partner, Registry, Scope};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;
use tokio_util::sync::CancellationToken;

/// Longest wait for anything.
const PATIENCE: Duration = Duration::from_secs(240);

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let calm = latency(0).await;
        let hanging = latency(10).await;
        println!("p99 with 10 that hang / with none: {:.2}", hanging / calm);
        many_partners().await;
        partners_down().await;
    });
}

/// Endpoints of many partners, by the path; those whose path begins with `/hang` never answer.
#[derive(Default)]
struct Desk {
    /// When each removal arrived first, by path and id.
    removed: Mutex<BTreeMap<(String, String), Instant>>,
    removals: AtomicUsize,
    updates: AtomicUsize,
}

async fn listen(address: SocketAddr) -> (SocketAddr, Arc<Desk>, JoinSet<()>) {
    let listener = TcpListener::bind(address).await.unwrap();
    let address = listener.local_addr().unwrap();
    let (desk, mut server) = (Arc::new(Desk::default()), JoinSet::new());
    let shared = desk.clone();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        while let Ok((stream, _)) = listener.accept().await {
            connections.spawn(serve(stream, shared.clone()));
            while connections.try_join_next().is_some() {}
        }
    });
    (address, desk, server)
}

async fn serve(stream: TcpStream, desk: Arc<Desk>) {
    let service = service_fn(move |request: Request<Incoming>| {
        let desk = desk.clone();
        async move {
            let path = request.uri().path().to_owned();
            if path.starts_with("/hang") {
                std::future::pending::<()>().await;
            }
            let body = request.into_body().collect().await.unwrap().to_bytes();
            desk.note(&path, &body);
            Ok::<_, std::convert::Infallible>(Response::new(Empty::<Bytes>::new()))
        }
    });
    let server = hyper::server::conn::http1::Builder::new();
    drop(server.serve_connection(TokioIo::new(stream), service).await);
}

impl Desk {
    fn note(&self, path: &str, body: &[u8]) {
        let now = Instant::now();
        let event: serde_json::Value = serde_json::from_slice(body).unwrap();
        for item in event["data"]["items"].as_array().into_iter().flatten() {
            if item["state"] == "deleted" {
                self.removals.fetch_add(1, Ordering::SeqCst);
                let key = (path.to_owned(), item["id"].as_str().unwrap().to_owned());
                self.removed.lock().unwrap().entry(key).or_insert(now);
            } else {
                self.updates.fetch_add(1, Ordering::SeqCst);
            }
        }
    }

    async fn reach(&self, what: &AtomicUsize, count: usize) {
        let deadline = Instant::now() + PATIENCE;
        while what.load(Ordering::SeqCst) < count {
            assert!(Instant::now() < deadline, "{} of {count}", what.load(Ordering::SeqCst));
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    }
}

/// So many partners like the one of the files, with these paths and scopes.
fn partners(like: &Partner, address: SocketAddr, of: Vec<(String, Scope)>) -> Vec<Partner> {
    let make = |(path, scope): (String, Scope)| {
        let mut partner = like.clone();
        partner.id = path.parse().unwrap();
        partner.scope = scope;
        let push = partner.push.as_mut().unwrap();
        push.endpoint = format!("http://{address}/{path}").parse().unwrap();
        push.timeout = Duration::from_secs(5);
        partner
    };
    of.into_iter().map(make).collect()
}

/// From the core's commit to acceptance at 100 partners; returns the p99 in milliseconds.
async fn latency(hanging: usize) -> f64 {
    let folder = tempfile::tempdir().unwrap();
    let core = Core::sqlite(folder.path());
    let (address, desk, _server) = listen("127.0.0.1:0".parse().unwrap()).await;
    let file = files::write(folder.path(), &core.source(), address, 100);
    let (settings, read) = files::read(&file);
    let name = |n: usize| if n < hanging { format!("hang-{n}") } else { format!("p-{n}") };
    let everything = Scope::new(&Kind::ALL, RegionSet::everything());
    let all = partners(&read[0], address, (0..100).map(|n| (name(n), everything)).collect());
    let app = App::build(settings, all, files::environment()).await.unwrap();
    let (stop, mut running) = (CancellationToken::new(), JoinSet::new());
    let (until, abort) = (stop.clone(), CancellationToken::new());
    running.spawn(async move { app.run(until, abort).await });
    let (count, healthy) = (full_or(20, 100), 100 - hanging);
    core.commit((1, count)).await;
    desk.reach(&desk.updates, count * healthy).await;
    let mut delays = Vec::new();
    for number in 1..=count {
        let begun = Instant::now();
        remove(&core, number).await;
        desk.reach(&desk.removals, number * healthy).await;
        let id = public_id(number).to_string();
        let removed = desk.removed.lock().unwrap();
        let here = removed.iter().filter(|((_, other), _)| *other == id);
        delays.extend(here.map(|(_, at)| ms(at.saturating_duration_since(begun))));
    }
    delays.sort_by(f64::total_cmp);
    let (p50, p99, most) =
        (percentile(&delays, 0.5), percentile(&delays, 0.99), percentile(&delays, 1.0));
    println!(
        "core commit to acceptance, 100 partners of which {hanging} hang: \
         p50 {p50:.1} ms, p99 {p99:.1} ms, max {most:.1} ms ({} samples)",
        delays.len()
    );
    stop.cancel();
    running.join_next().await.unwrap().unwrap();
    p99
}

async fn remove(core: &Core, number: usize) {
    let Core::Sqlite(db) = core else { panic!("the embedded core") };
    let (db, sql) = (
        db.clone(),
        format!(
            "BEGIN; DELETE FROM item WHERE id = '{number}';
         INSERT INTO syndication_change (item_id) VALUES ('{number}'); COMMIT;"
        ),
    );
    tokio::task::spawn_blocking(move || db.lock().unwrap().execute_batch(&sql).unwrap())
        .await
        .unwrap();
}

fn public_id(number: usize) -> PublicId {
    Policy::new(files::ID_KEY).public_id(&CoreId::new(number.to_string()))
}

/// Municipalities, in order.
fn municipalities() -> Vec<Region> {
    RegionSet::everything().iter().filter(|one| one.kind() == RegionKind::Municipality).collect()
}

/// Publishes of these numbers, spread over the municipalities.
fn publishes(texts: &mut Texts, numbers: std::ops::Range<usize>, edit: usize) -> Batch {
    let (places, policy) = (municipalities(), Policy::new(files::ID_KEY));
    let publish = |number: usize| {
        let (title, body) = texts.next();
        let place = places[number % places.len()];
        let row = serde_json::json!({
            "id": number.to_string(), "author_id": (number / 3).to_string(), "kind": "request",
            "first_name": "Anna", "region_code": place.code(), "region_name": place.name(),
            "title": title, "body": format!("{body} {edit}"), "language": "nl",
            "url": format!("https://platform.example/hulp/{number}"),
            "published_at": "2026-05-01T09:00:00Z", "expires_at": null, "share": true,
            "approved": null, "visibility": "public", "of_age": true, "withhold": [],
        });
        let row = luik::source::row(&row.to_string()).unwrap();
        match minimise(&row, &policy, Clock::system().now()) {
            Verdict::Publish(item, _) => Change::Publish(item),
            Verdict::Withhold(reason) => panic!("{}", reason.as_str()),
        }
    };
    Batch { changes: numbers.map(publish).collect(), ..Batch::default() }
}

/// A journal and what delivers from it.
struct Bench {
    folder: tempfile::TempDir,
    journal: Journal,
    partners: Vec<Partner>,
    tasks: Tasks,
    deliver: Deliver,
}

impl Bench {
    async fn new(address: SocketAddr, count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = "kind = \"sqlite\"\npath = \"core.db\"";
        let (settings, read) = files::read(&files::write(folder.path(), source, address, 100));
        let (clock, metrics) = (Clock::system(), Metrics::new().unwrap());
        let journal = Journal::open(&settings.state, clock.clone()).unwrap();
        let places = municipalities();
        let scope =
            |n: usize| Scope::new(&Kind::ALL, [places[n % places.len()]].into_iter().collect());
        let of = (0..count).map(|n| (format!("p-{n}"), scope(n))).collect();
        let agreements = Agreements::new(journal.clone(), metrics.clone(), clock.clone());
        let partners = agreements.take_note(partners(&read[0], address, of)).await.unwrap();
        let (registry, tasks) = (Registry::new(partners.clone()), Tasks::default());
        let deliver = Deliver::new(&settings, &journal, &metrics, &clock, &registry).unwrap();
        Self { folder, journal, partners, tasks, deliver }
    }

    fn disk(&self) -> f64 {
        mib(bytes_of(&self.folder.path().join("state")))
    }

    /// As if every partner had been sent everything.
    async fn all_sent(&self) {
        let head = self.journal.head();
        let step = async |partner: &Partner| {
            let id = &partner.id;
            self.journal.mark(id, Channel::Push, head).await.unwrap();
            for cursor in [Cursor::Publish, Cursor::Remove] {
                let partner = id.clone();
                let step = Advance { partner, cursor, to: head, items: 1, rung: Rung::Accepted };
                self.journal.advance(step).await.unwrap();
            }
        };
        let steps = futures_util::stream::iter(&self.partners).map(step);
        steps.buffer_unordered(500).collect::<Vec<()>>().await;
    }
}

fn bytes_of(folder: &Path) -> u64 {
    let files = std::fs::read_dir(folder).unwrap().map(Result::unwrap);
    files.map(|file| file.metadata().unwrap().len()).sum()
}

fn mib(bytes: u64) -> f64 {
    bytes as f64 / 1_048_576.0
}

/// Resident memory of this process, in MiB.
fn resident() -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    line.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1_024.0
}

/// 10,000 partners for 100,000 items.
async fn many_partners() {
    let (items, count) = (full_or(5_000, 100_000), full_or(500, 10_000));
    let (address, desk, _server) = listen("127.0.0.1:0".parse().unwrap()).await;
    let bench = Bench::new(address, count).await;
    let empty = bench.disk();
    let mut texts = Texts::new();
    for from in (0..items).step_by(1_000) {
        bench.journal.append(publishes(&mut texts, from..from + 1_000, 0)).await.unwrap();
    }
    bench.all_sent().await;
    let (disk, before) = (bench.disk(), resident());
    digests(&bench).await;
    let Bench { deliver, tasks, journal, partners, folder } = bench;
    deliver.start(&tasks);
    let deadline = Instant::now() + PATIENCE;
    let leased = async || journal.standing(&partners[count - 1].id).await.unwrap().lease.is_some();
    while !leased().await {
        assert!(Instant::now() < deadline, "leases");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let after = resident();
    let each = (after - before) * 1_024.0 / count as f64;
    println!(
        "{count} partners x {items} items: {disk:.0} MiB on disk ({empty:.0} before the items); \
         resident {after:.0} MiB, {each:.1} KiB for each partner that is pushed to; \
         a row of 100 bytes for each pair would be {:.0} MiB",
        mib((items * count * 100) as u64)
    );
    let gone = items / 100;
    let begun = Instant::now();
    let removals = (0..gone).map(|n| Change::Remove(public_id(n))).collect();
    journal.append(Batch { changes: removals, ..Batch::default() }).await.unwrap();
    let places = municipalities().len();
    let owed = (0..gone).map(|n| (0..count).filter(|p| p % places == n % places).count()).sum();
    desk.reach(&desk.removals, owed).await;
    println!(
        "{gone} removals at once to those of {count} partners that hold them ({owed} in all): {:.1} s",
        begun.elapsed().as_secs_f64()
    );
    drop(folder);
    tasks.abort();
}

/// What it costs to know what a partner should hold.
async fn digests(bench: &Bench) {
    let (journal, id) = (&bench.journal, &bench.partners[0].id);
    let time = async |what: &str| {
        let begun = Instant::now();
        let rounds = 20;
        for _ in 0..rounds {
            journal.expected(id).await.unwrap();
        }
        println!("digest of a partner, {what}: {:.2} ms", ms(begun.elapsed()) / f64::from(rounds));
    };
    time("nothing moved").await;
    let cause = Cause { person: "bench".into(), reason: "bench".into() };
    journal.act(id, Deed::Resync, cause).await.unwrap();
    time("everything moved by a change of its scope").await;
}

/// 1,000 partners that are down while changes pass, and come back.
async fn partners_down() {
    let (items, count, changes) =
        (full_or(2_000, 20_000), full_or(100, 1_000), full_or(5_000, 100_000));
    let reserved = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let bench = Bench::new(reserved, count).await;
    let mut texts = Texts::new();
    for from in (0..items).step_by(1_000) {
        bench.journal.append(publishes(&mut texts, from..from + 1_000, 0)).await.unwrap();
    }
    bench.all_sent().await;
    bench.journal.tidy().await.unwrap();
    tokio::time::sleep(Duration::from_millis(500)).await;
    let (disk, memory) = (bench.disk(), resident());
    let Bench { deliver, tasks, journal, partners: _, folder } = bench;
    deliver.start(&tasks);
    let begun = Instant::now();
    for round in 0..changes / 1_000 {
        let from = round * 1_000 % items;
        let mut batch = publishes(&mut texts, from..from + 1_000, round + 1);
        let removed = |(n, change): (usize, Change)| {
            if n % 5 == 0 { Change::Remove(public_id(from + n)) } else { change }
        };
        batch.changes = batch.changes.into_iter().enumerate().map(removed).collect();
        journal.append(batch).await.unwrap();
        if round % 10 == 0 {
            journal.tidy().await.unwrap(); // as the gateway does every second
        }
    }
    let seconds = begun.elapsed().as_secs_f64();
    let size = || mib(bytes_of(&folder.path().join("state")));
    let mut grown = f64::MAX;
    for _ in 0..50 {
        journal.tidy().await.unwrap();
        tokio::time::sleep(Duration::from_millis(100)).await;
        grown = grown.min(size() - disk);
    }
    println!(
        "{count} partners down while {changes} changes of {items} items pass ({seconds:.0} s): \
         disk {grown:+.1} MiB, resident {:+.1} MiB",
        resident() - memory
    );
    let (_, desk, _server) = listen(reserved).await;
    let begun = Instant::now();
    let places = municipalities().len();
    let removed = (0..items).filter(|n| n % 1_000 % 5 == 0);
    let holders = |n: usize| (0..count).filter(|p| p % places == n % places).count();
    let owed: usize = removed.map(holders).sum();
    let live: usize = (0..items).filter(|n| n % 1_000 % 5 != 0).map(holders).sum();
    desk.reach(&desk.removals, owed).await;
    let took = begun.elapsed().as_secs_f64();
    desk.reach(&desk.updates, live).await;
    let sent = desk.removals.load(Ordering::SeqCst) + desk.updates.load(Ordering::SeqCst);
    let history = changes * holders(0).max(1);
    println!(
        "back: every removal after {took:.1} s, every state after {:.1} s; {sent} items sent, \
         {:.2} for each that a partner should know; all changes would be about {history}",
        begun.elapsed().as_secs_f64(),
        sent as f64 / (owed + live) as f64
    );
    assert!(Sequence::ZERO < journal.head());
    tasks.abort();
}
