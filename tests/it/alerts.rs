//! Prometheus really scrapes a gateway and really fires: for a partner that answers 200 and keeps
//! what was removed, and for no other.

use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use serde_json::Value;
use tempfile::TempDir;

use crate::embedded::core::public_id;
use crate::embedded::http;
use crate::embedded::program::Program;
use crate::embedded::sink::{Reply, Sink};
use crate::embedded::stage::Stage;
use crate::embedded::{eventually, found};
use crate::judged::program;

const LONG: Duration = Duration::from_secs(60);
/// No promise is shorter than a minute: here a tenth of it counts.
const PROMISE: (&str, &str) =
    ("luik_removal_promise_seconds", "(luik_removal_promise_seconds / 10)");

/// A running Prometheus with a folder of its own.
struct Prometheus {
    program: Program,
    address: SocketAddr,
    _folder: TempDir,
}

impl Prometheus {
    /// Starts one that asks this gateway every second, by the rules in `deploy/` without their
    /// patience.
    fn watch(gateway: SocketAddr) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let address = free();
        let rules = Path::new(env!("CARGO_MANIFEST_DIR")).join("deploy/prometheus/luik.rules.yml");
        let rules = fs::read_to_string(rules).unwrap();
        let hasty = |line: &str| !line.trim_start().starts_with("for: ");
        let rules: String =
            rules.lines().filter(|line| hasty(line)).map(|line| format!("{line}\n")).collect();
        let rules = rules.replace(PROMISE.0, PROMISE.1);
        fs::write(folder.path().join("luik.rules.yml"), rules).unwrap();
        let config = format!(
            "global: {{ scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }}\n\
             rule_files: [luik.rules.yml]\n\
             scrape_configs: [{{ job_name: luik, static_configs: [{{ targets: [\"{gateway}\"] }}] }}]\n"
        );
        fs::write(folder.path().join("prometheus.yml"), config).unwrap();
        let mut command = Command::new(program("prometheus"));
        command.current_dir(folder.path()).arg("--config.file=prometheus.yml");
        command.args(["--storage.tsdb.path=data", "--log.level=warn"]);
        command.arg(format!("--web.listen-address={address}"));
        let program = Program::start(&mut command, b"");
        let prometheus = Self { program, address, _folder: folder };
        eventually("Prometheus is ready", || {
            http::try_get(address, "/-/ready", &[]).is_some_and(|answer| answer.status == 200)
        });
        prometheus
    }

    fn ask(&self, path: &str) -> Value {
        let answer = http::get(self.address, path);
        assert_eq!(answer.status, 200, "{}\n{}", answer.body, self.program.err());
        answer.json()["data"].clone()
    }

    /// Alert and partner of all that fire.
    fn firing(&self) -> Vec<(String, String)> {
        let alerts = self.ask("/api/v1/alerts")["alerts"].clone();
        let alerts = alerts.as_array().unwrap().iter();
        let firing = alerts.filter(|alert| alert["state"] == "firing");
        let label = |alert: &Value, name: &str| {
            alert["labels"][name].as_str().unwrap_or_default().to_owned()
        };
        firing.map(|alert| (label(alert, "alertname"), label(alert, "partner"))).collect()
    }

    /// The values of a series of a partner, second by second.
    fn series(&self, name: &str, partner: &str) -> Vec<f64> {
        let query = format!("{name}%7Bpartner=%22{partner}%22%7D%5B2m%5D");
        let found = self.ask(&format!("/api/v1/query?query={query}"))["result"].clone();
        let values = found[0]["values"].as_array().cloned().unwrap_or_default();
        values.iter().map(|pair| pair[1].as_str().unwrap().parse().unwrap()).collect()
    }
}

/// An address that nobody listens on.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

#[test]
fn prometheus_fires_for_a_partner_that_takes_a_removal_and_keeps_the_item() {
    let mut stage = Stage::new();
    let (keeps, healthy) = (Sink::start("bewaart"), Sink::start("gezond"));
    keeps.behave(|_| Reply::Keep);
    healthy.behave(|_| Reply::Tell);
    stage.pushes_to("bewaart", &keeps, "");
    stage.pushes_to("gezond", &healthy, "");
    let gateway = stage.start();
    let prometheus = Prometheus::watch(gateway.admin);
    stage.core.put_all(["a", "b"]);
    for sink in [&keeps, &healthy] {
        eventually("both items are shown", || sink.shown().len() == 2);
    }
    stage.core.remove("a");
    eventually("it is gone where it can be", || healthy.has_dropped(&public_id("a")));
    let wanted = ["LuikPartnerHoldsRemoved", "LuikRemovalLate", "LuikRemovalOverdue"]
        .map(|alert| (alert.to_owned(), "bewaart".to_owned()));
    let firing = found("the alerts fire", LONG, || {
        let firing = prometheus.firing();
        wanted.iter().all(|alert| firing.contains(alert)).then_some(firing)
    });
    assert!(keeps.shows(&public_id("a")), "it kept it");
    // The machine's disk may be what it is, and the ledger is signed ten seconds after the start.
    let is_fine = |name: &str| name.contains("Disk") || name == "LuikLedgerLate";
    let other = firing.iter().find(|(name, partner)| partner != "bewaart" && !is_fine(name));
    assert_eq!(other, None, "no other alert: {firing:?}");
    for _ in 0..20 {
        assert_eq!(
            gateway.removals_open("bewaart"),
            1.0,
            "each 200 is believed less than the list"
        );
        std::thread::sleep(Duration::from_millis(100));
    }
    let ages = prometheus.series("luik_removal_oldest_open_seconds", "bewaart");
    assert!(ages.is_sorted() && ages.last() > Some(&5.0), "it never looked closed: {ages:?}");
}
