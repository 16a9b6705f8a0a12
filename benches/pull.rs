//! What pulling costs: pages a second, warm (kept and encoded) and cold (never asked for before),
//! beside a bare server that sends the same bytes; a snapshot of a million items in MB/s and in
//! memory, beside bare bytes; 5,000 idle streams, and how soon all of them hear of a change.
//!
//! The listener runs in a process of its own, so that its memory can be told.
//!
//! Run: `cargo bench --bench pull` (`LUIK_BENCH_QUICK=1` for a short look)
//!
//! Last measured, 2026-11-25, 2 shared cores: a page of 500 items warm 7,138/s (0.48 of bare), as
//! brotli 14,142/s (0.39); cold 293/s and 451/s; a snapshot of 1,000,000 items 234 MB/s (0.06), from
//! 13 to at most 23 MiB resident; 5,000 idle streams 28.5 KiB each, all told within 832 ms.
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

use std::io::{BufRead, BufReader, Write};
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::routing::get;
use common::figures::{Rounds, full_or, ms, rate, setting, until};
use common::files;
use common::rows::Texts;
use futures_util::StreamExt;
use luik::app::Agreements;
use luik::clock::Clock;
use luik::config::{Settings, TokenDigest};
use luik::journal::Journal;
use luik::lifecycle::Tasks;
use luik::metrics::Metrics;
use luik::partner::{Partner, Pull, Registry};
use luik::{http, serve};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

/// Names the folder of the process that only serves.
const SERVE: &str = "LUIK_BENCH_SERVE";
const TOKEN: &str = "a-token-of-the-bench-0123456789";
const CLIENTS: usize = 4;
const ROUNDS: usize = 5;
const LIMITS: &str = "[serve]\ntoken_per_second = 100000\ntoken_burst = 100000\n\
    address_per_second = 100000\nconnections_max = 6000\n";

fn main() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    match setting(SERVE) {
        Some(folder) => runtime.block_on(listen(&PathBuf::from(folder))),
        None => runtime.block_on(measure()),
    }
}

/// The files of the gateway, with a partner that pulls.
fn read(folder: &Path) -> (Settings, Partner) {
    let (settings, partners) = files::read(&folder.join("luik.toml"));
    let mut partner = partners.into_iter().next().unwrap();
    let tokens = vec![TokenDigest::of(TOKEN.as_bytes())];
    (partner.push, partner.pull) = (None, Some(Pull { tokens, every: Duration::from_secs(900) }));
    (settings, partner)
}

async fn open(settings: &Settings, partner: Partner) -> (serve::Tools, Journal) {
    let (clock, metrics) = (Clock::system(), Metrics::new().unwrap());
    let journal = Journal::open(&settings.state, clock.clone()).unwrap();
    let agreements = Agreements::new(journal.clone(), metrics.clone(), clock.clone());
    let registry = Registry::new(agreements.take_note(vec![partner]).await.unwrap());
    let tasks = Tasks::default();
    let seal = luik::post::Seal::of(&[7; 32]);
    let desk = luik::post::Desk::new(journal.clone(), metrics.clone(), clock.clone(), seal);
    let tools = serve::Tools { clock, metrics, journal: journal.clone(), registry, tasks, desk };
    (tools, journal)
}

/// The process that only serves: prints its address, and publishes an item for each line it reads.
async fn listen(folder: &Path) {
    let (settings, partner) = read(folder);
    let (tools, journal) = open(&settings, partner).await;
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    println!("{}", socket.local_addr().unwrap());
    let router = serve::router(&settings, &tools);
    let limits = http::Limits::from(&settings.serve);
    tools.tasks.spawn("listener", http::serve(socket, router, limits, tools.tasks.clone()));
    let mut texts = Texts::new();
    let mut lines = tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
    for number in 10_000_000.. {
        if lines.await.unwrap().is_none() {
            return;
        }
        journal.append(texts.batch(number..number + 1, tools.clock.now())).await.unwrap();
        lines = tokio::task::spawn_blocking(|| std::io::stdin().lines().next());
    }
}

/// That process; killed when dropped.
struct Listener {
    child: Child,
    input: ChildStdin,
    address: SocketAddr,
}

impl Listener {
    fn start(folder: &Path) -> Self {
        let mut command = Command::new(std::env::current_exe().unwrap());
        command.env(SERVE, folder).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let input = child.stdin.take().unwrap();
        Self { child, input, address: line.trim().parse().unwrap() }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/v1/partners/wijk/{path}", self.address)
    }

    fn publish(&mut self) {
        self.input.write_all(b"\n").unwrap();
    }

    /// A line of `/proc/…/status`, in KiB.
    fn memory(&self, name: &str) -> usize {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).unwrap();
        let line = status.lines().find_map(|line| line.strip_prefix(name)).unwrap();
        line.split_whitespace().next().unwrap().parse().unwrap()
    }
}

impl Drop for Listener {
    fn drop(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

async fn fill(folder: &Path, items: usize) {
    let (settings, partner) = read(folder);
    let (tools, journal) = open(&settings, partner).await;
    let mut texts = Texts::new();
    for from in (0..items).step_by(1_000) {
        journal.append(texts.batch(from..from + 1_000, tools.clock.now())).await.unwrap();
    }
    journal.close().await;
}

async fn measure() {
    let folder = tempfile::tempdir().unwrap();
    let source = "kind = \"sqlite\"\npath = \"core.db\"";
    let nobody = "127.0.0.1:9".parse().unwrap();
    let file = files::write(folder.path(), source, nobody, 100);
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, format!("{text}{LIMITS}")).unwrap();
    let items = full_or(20_000, 1_000_000);
    fill(folder.path(), items).await;
    let client = Client::new();
    // A process each, so that none has the memory of another.
    snapshot(&Listener::start(folder.path()), &client, items).await;
    pages(&Listener::start(folder.path()), &client, items).await;
    streams(Listener::start(folder.path()), items).await;
}

/// Asks with the token.
#[derive(Clone)]
struct Client(reqwest::Client);

impl Client {
    fn new() -> Self {
        Self(reqwest::Client::builder().no_proxy().build().unwrap())
    }

    async fn get(&self, url: &str, coding: &str) -> reqwest::Response {
        let request = self.0.get(url).bearer_auth(TOKEN).header("accept-encoding", coding);
        let response = request.send().await.unwrap();
        assert_eq!(response.status(), 200, "{url}");
        response
    }

    /// Bytes of an answer, read and dropped.
    async fn drain(&self, url: &str) -> usize {
        let mut response = self.get(url, "identity").await;
        let mut bytes = 0;
        while let Some(chunk) = response.chunk().await.unwrap() {
            bytes += chunk.len();
        }
        bytes
    }

    /// Answers in a second, of so many clients that ask without a pause; `path` by number.
    async fn ask(
        &self,
        time: Duration,
        coding: &'static str,
        url: impl Fn(usize) -> String,
    ) -> f64 {
        let (begun, count) = (Instant::now(), AtomicUsize::new(0));
        let one = async |_| {
            while begun.elapsed() < time {
                let url = url(count.fetch_add(1, Ordering::Relaxed));
                self.get(&url, coding).await.bytes().await.unwrap();
            }
        };
        futures_util::stream::iter(0..CLIENTS).map(one).buffer_unordered(CLIENTS).count().await;
        rate(count.into_inner(), begun.elapsed())
    }
}

/// A server that sends `page` under `/page`, and `pieces` times `page` under `/all`.
async fn bare(page: Bytes, pieces: usize) -> (String, JoinSet<()>) {
    let whole = page.clone();
    let all = move || {
        let pieces = std::iter::repeat_n(Ok::<_, std::convert::Infallible>(whole.clone()), pieces);
        let body = Body::from_stream(futures_util::stream::iter(pieces));
        async { body }
    };
    let router = Router::new().route("/page", get(move || async move { page.clone() }));
    let router = router.route("/all", get(all));
    let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = socket.local_addr().unwrap();
    let mut running = JoinSet::new();
    running.spawn(async move { axum::serve(socket, router).await.unwrap() });
    (format!("http://{address}"), running)
}

async fn snapshot(listener: &Listener, client: &Client, items: usize) {
    let before = listener.memory("VmRSS:");
    let begun = Instant::now();
    let bytes = client.drain(&listener.url("snapshot")).await;
    let ours = bytes as f64 / 1e6 / begun.elapsed().as_secs_f64();
    let peak = listener.memory("VmHWM:");
    let piece = Bytes::from(vec![b'x'; 500_000]);
    let (url, _running) = bare(piece.clone(), bytes / piece.len()).await;
    let begun = Instant::now();
    let same = client.drain(&format!("{url}/all")).await;
    let mut rounds = Rounds::default();
    rounds.add(ours, same as f64 / 1e6 / begun.elapsed().as_secs_f64());
    rounds.show(&format!("snapshot of {items} items"), "MB/s");
    println!(
        "snapshot: {} MB; resident {} MiB before, {} MiB at most",
        bytes / 1_000_000,
        before / 1_024,
        peak / 1_024
    );
}

async fn pages(listener: &Listener, client: &Client, items: usize) {
    let time = Duration::from_millis(full_or(300, 3_000) as u64);
    let first = listener.url("items");
    for coding in ["identity", "br"] {
        let page = client.get(&first, coding).await.bytes().await.unwrap();
        let (length, (url, _running)) = (page.len(), bare(page, 0).await);
        let (mut warm, mut cold) = (Rounds::default(), Rounds::default());
        let mut asked = 0;
        for _ in 0..ROUNDS {
            let same = client.ask(time, "identity", |_| format!("{url}/page")).await;
            warm.add(client.ask(time, coding, |_| first.clone()).await, same);
            // Each from another change number, so that it is no page that was made before.
            let from = asked;
            let next =
                |n: usize| format!("{first}?afterChangeNumber={}", 1 + (from + n) * 7 % items);
            let ours = client.ask(time, coding, next).await;
            asked += (ours * time.as_secs_f64()) as usize + 2 * CLIENTS;
            cold.add(ours, same);
        }
        println!("a page of 500 items, {coding}: {length} bytes");
        warm.show(&format!("page, warm, {coding}"), "pages/s");
        cold.show(&format!("page, cold, {coding}"), "pages/s");
    }
}

/// A stream that has heard all there is.
async fn follow(listener: &Listener, after: usize) -> TcpStream {
    let mut stream = TcpStream::connect(listener.address).await.unwrap();
    let head = format!(
        "GET /v1/partners/wijk/stream?afterChangeNumber={after} HTTP/1.1\r\nhost: luik\r\n\
         authorization: Bearer {TOKEN}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    heard(&mut stream, "event: lease").await;
    stream
}

async fn heard(stream: &mut TcpStream, what: &str) {
    let mut answer = Vec::new();
    while !String::from_utf8_lossy(&answer).contains(what) {
        assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "it broke off");
    }
}

async fn streams(mut listener: Listener, head: usize) {
    let count = full_or(5_000, 5_000);
    let before = listener.memory("VmRSS:");
    let opening = futures_util::stream::iter(0..count).map(|_| follow(&listener, head));
    let mut open: Vec<TcpStream> = opening.buffer_unordered(50).collect().await;
    let after = listener.memory("VmRSS:");
    let told = AtomicUsize::new(0);
    let begun = Instant::now();
    listener.publish();
    let hear = async |stream: &mut TcpStream| {
        heard(stream, "event: updated").await;
        told.fetch_add(1, Ordering::Relaxed);
    };
    let hearing = futures_util::stream::iter(&mut open).map(hear).buffer_unordered(count).count();
    let all = until("all hear of it", async || told.load(Ordering::Relaxed) == count);
    tokio::join!(hearing, all);
    let took = ms(begun.elapsed());
    let each = after.saturating_sub(before) as f64 / count as f64;
    println!(
        "{count} idle streams: resident {} MiB before, {} MiB with them, {each:.1} KiB each; \
         all heard of a change within {took:.0} ms",
        before / 1_024,
        after / 1_024
    );
    let streams = serde_json::json!({"bench": "streams", "count": count,
        "kib_each": (each * 10.0).round() / 10.0, "heard_ms": took.round()});
    println!("{streams}");
}
