//! A running gateway, and what its admin listener says.

use std::io::Write;
use std::net::SocketAddr;
use std::process::Command;
use std::thread;
use std::time::Duration;

use super::http::{self, Answer};
use super::program::{Ended, Program};
use super::{SOON, eventually, found};

/// A gateway that listens; killed when dropped, and its log is shown when the test failed.
pub(crate) struct Gateway {
    pub(crate) program: Program,
    pub(crate) public: SocketAddr,
    pub(crate) admin: SocketAddr,
}

impl Gateway {
    /// Starts it and waits until it listens.
    pub(crate) fn start(command: &mut Command) -> Self {
        let mut program = Program::start(command, b"");
        let [public, admin] = found("the gateway listens", SOON, || {
            let log = program.err();
            let line = log.lines().find(|line| line.contains("listening"));
            let both = line.map(|line| ["public", "admin"].map(|name| address(line, name)));
            assert!(both.is_some() || program.is_running(), "it ended: {log}");
            both
        });
        Self { program, public, admin }
    }

    pub(crate) fn becomes_ready(&self) {
        eventually("the gateway is ready", || self.ready().status == 200);
    }

    pub(crate) fn ready(&self) -> Answer {
        http::get(self.admin, "/health/ready")
    }

    /// The metrics page.
    pub(crate) fn metrics(&self) -> String {
        http::get(self.admin, "/metrics").body
    }

    /// The value of a series: `luik_removals_open{partner="bad"}`, labels in order of name.
    pub(crate) fn metric(&self, series: &str) -> f64 {
        let page = self.metrics();
        let value = page.lines().find_map(|line| line.strip_prefix(series)?.strip_prefix(' '));
        value.and_then(|text| text.parse().ok()).unwrap_or_else(|| panic!("{series}\n{page}"))
    }

    /// How many pushes to a partner ended like this, of both lanes.
    pub(crate) fn attempts(&self, partner: &str, outcome: &str) -> f64 {
        let count = |lane: &str| {
            let labels = format!(r#"lane="{lane}",outcome="{outcome}",partner="{partner}""#);
            self.metric(&format!("luik_delivery_attempts_total{{{labels}}}"))
        };
        count("publish") + count("remove")
    }

    /// The removals that a partner has not accepted yet.
    pub(crate) fn removals_open(&self, partner: &str) -> f64 {
        self.metric(&format!("luik_removals_open{{partner=\"{partner}\"}}"))
    }

    /// The age of the oldest of them.
    pub(crate) fn oldest_open(&self, partner: &str) -> f64 {
        self.metric(&format!("luik_removal_oldest_open_seconds{{partner=\"{partner}\"}}"))
    }

    /// Is the partner in this state, and in no other?
    pub(crate) fn is_in_state(&self, partner: &str, state: &str) -> bool {
        let page = self.metrics();
        let prefix = format!("luik_partner_state{{partner=\"{partner}\",state=\"");
        let now: Vec<_> = page
            .lines()
            .filter_map(|line| line.strip_prefix(&prefix)?.strip_suffix("\"} 1"))
            .collect();
        now == [state]
    }

    /// Stops it by a signal and waits for its end.
    pub(crate) fn stop(&mut self, signal: &str, within: Duration) -> Ended {
        self.program.signal(signal);
        self.program.ended(within)
    }
}

fn address(line: &str, name: &str) -> SocketAddr {
    let text = line.split_once(&format!("{name}=Some(")).and_then(|(_, rest)| rest.split_once(')'));
    text.and_then(|(address, _)| address.parse().ok()).expect("an address in the log")
}

impl Drop for Gateway {
    fn drop(&mut self) {
        if thread::panicking() {
            drop(writeln!(std::io::stderr(), "the gateway's log:\n{}", self.program.err()));
        }
    }
}
