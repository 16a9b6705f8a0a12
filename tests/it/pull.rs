//! Partners that read for a minute while several writers write, and the gateway is killed twice.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::embedded::program::Program;
use crate::harness::core::{self, truth};
use crate::harness::gateway::Gateway;
use crate::harness::holdings::{Holdings, Scope, Shown};
use crate::harness::postgres::{Admin, Postgres};
use crate::harness::puller::Puller;
use crate::harness::{agreement, poll};
use crate::judged;

const WRITERS: u32 = 4;
const PERSONS: u32 = 50;
const ITEMS: u32 = 400;
const TIME: Duration = Duration::from_secs(60);
/// How long everybody may need to come to rest.
const REST: Duration = Duration::from_secs(60);

/// What each writer does over and over: some changes in one transaction that stays open for a
/// while, so that commits come in another order than changes.
fn transaction(writer: u32, turn: u32) -> String {
    let mut sql = String::from("BEGIN;");
    for step in 0..4 {
        let draw = fastrand::u32(0..ITEMS);
        // Each writer has items of its own, so that none waits for another.
        let number = 1 + draw - draw % WRITERS + writer;
        let id = core::id(number);
        let change = match fastrand::u32(0..4) {
            0 => format!("UPDATE item SET status = 'withdrawn' WHERE id = '{id}'"),
            1 => format!("UPDATE item SET status = 'published' WHERE id = '{id}'"),
            2 => format!("DELETE FROM item WHERE id = '{id}'"),
            _ => format!("UPDATE item SET title = 'Klus {turn} en {step}' WHERE id = '{id}'"),
        };
        sql.push_str(&format!("{change};"));
    }
    let new = 1_000 + turn * WRITERS + writer;
    let person = 1 + new % PERSONS;
    sql.push_str(&format!("CALL item({new}, {person});"));
    sql.push_str(&format!("SELECT pg_sleep(0.{:03});COMMIT", fastrand::u32(0..400)));
    sql
}

async fn write(admin: Admin, writer: u32) {
    let began = Instant::now();
    let mut turn = 0;
    while began.elapsed() < TIME {
        admin.run(&transaction(writer, turn)).await;
        turn += 1;
    }
}

/// A judge that follows the stream.
struct Follower {
    program: Program,
    name: &'static str,
    referral: String,
}

impl Follower {
    fn start(gateway: &Gateway, script: &'static str, name: &'static str, token: &str) -> Self {
        let url = format!("{}/v1/partners/{name}/stream", gateway.public_url());
        let arguments = [url.as_str(), token, "1000000", "600"];
        let program = Program::start(&mut judged::script(script, &arguments), b"");
        Self { program, name, referral: format!("{}/r/{name}", gateway.public_url()) }
    }

    /// What it shows by all that it has heard, and how many leases it was given.
    fn heard(&self) -> (BTreeSet<Shown>, usize) {
        let mut holdings = Holdings::new(everything(), self.referral.clone());
        let (mut last, mut leases) = (0, 0);
        let out = self.program.out();
        for line in out.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let event: Value = serde_json::from_str(line).unwrap();
            let data: Value = serde_json::from_str(event["data"].as_str().unwrap()).unwrap();
            match event["event"].as_str().unwrap() {
                "lease" => leases += 1,
                "updated" | "deleted" => {
                    let id: u64 = event["id"].as_str().unwrap().parse().unwrap();
                    assert_eq!(data["state"], event["event"]);
                    assert_eq!(data["modified"], id);
                    assert!(id > last, "{}: {id} came after {last}", self.name);
                    last = id;
                    holdings.apply(&data).unwrap();
                }
                other => panic!("{}: {other}", self.name),
            }
        }
        (holdings.shown(), leases)
    }
}

fn everything() -> Scope {
    Scope::new(&["request", "offer"], None)
}

fn partner(gateway: &Gateway, name: &str) -> Puller {
    let puller = Puller::new(gateway, name, everything());
    let modes = Puller::pull(name);
    let file = agreement::file("active", r#"["request", "offer"]"#, r#"["*"]"#, &modes);
    gateway.partner(name, &file);
    puller
}

/// The harvester goes on and on, and the gateway is killed in between.
async fn harvest(gateway: &mut Gateway, puller: &mut Puller, server: &Postgres) {
    let began = Instant::now();
    let (mut kills, mut harvests) = (0, 0);
    while began.elapsed() < TIME {
        puller.harvest().await;
        harvests += 1;
        if began.elapsed() > TIME / 3 * (kills + 1) && kills < 2 {
            gateway.kill();
            gateway.start().await;
            kills += 1;
        }
        poll::pause().await;
    }
    assert!(harvests > 20 && kills == 2, "{harvests} harvests, {kills} kills\n{}", server.log());
}

#[tokio::test(flavor = "multi_thread")]
async fn who_reads_beside_concurrent_writers_misses_nothing() {
    let (server, admin) = core::start(&[], PERSONS, ITEMS).await;
    let mut gateway = Gateway::of(&server.url());
    let mut puller = partner(&gateway, "haler");
    let tokens = ["python", "node"].map(|name| partner(&gateway, name).token);
    gateway.start().await;
    let followers = [("sse_follow.py", "python"), ("sse_follow.mjs", "node")];
    let followers = std::array::from_fn::<_, 2, _>(|place| {
        Follower::start(&gateway, followers[place].0, followers[place].1, &tokens[place])
    });
    let mut writers = tokio::task::JoinSet::new();
    for writer in 0..WRITERS {
        writers.spawn(write(server.admin().await, writer));
    }
    harvest(&mut gateway, &mut puller, &server).await;
    writers.join_all().await;
    let wanted = truth(&admin, &gateway.id_key(), &everything()).await;
    assert!(wanted.len() > 100, "hardly anything was written");
    poll::within(REST, "everybody shows what the core says", async || {
        puller.harvest().await;
        core::compare(&puller.holdings.shown(), &wanted)?;
        for follower in &followers {
            let (shown, leases) = follower.heard();
            core::compare(&shown, &wanted).map_err(|why| format!("{}: {why}", follower.name))?;
            assert!(leases > 0, "{} was given no lease", follower.name);
        }
        Ok::<_, String>(())
    })
    .await;
    let metrics = gateway.metrics().await;
    for name in ["python", "node"] {
        let asked = format!("luik_feed_requests_total{{form=\"stream\",partner=\"{name}\"}} ");
        let since_the_last_start = metrics.lines().find_map(|line| line.strip_prefix(&asked));
        assert_ne!(since_the_last_start, Some("0"), "{name} never came back");
    }
}
