//! The network of the simulation: it loses, doubles, delays and reorders, and outlives the gateway.

use std::collections::BTreeMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use bytes::Bytes;
use serde_json::Value;
use tokio::sync::oneshot;
use tokio::time::Instant;
use url::Url;

use crate::deliver::wire::{Answer, Message, Network};
use crate::metrics::Outcome;
use crate::model::PublicId;

use super::site::Site;
use super::truth::Truth;

/// Between the last look at the journal and the first byte some virtual time may pass.
const TOLERANCE: Duration = Duration::from_millis(150);
/// Longest delay on the way; the deadline is one second.
const DELAY_MAX: u64 = 4_000;

/// Everything that is outside of the gateway.
#[derive(Debug)]
pub(super) struct State {
    pub(super) sites: Vec<Site>,
    pub(super) truth: Truth,
    /// What went wrong with the gateway, in words.
    pub(super) violations: Vec<String>,
    /// Faults by name.
    pub(super) faults: BTreeMap<&'static str, u32>,
    /// Stands for everything that happened, in order.
    pub(super) trace: u64,
    pub(super) log: Vec<String>,
    /// Faults on the way, in percent.
    pub(super) loss: u8,
    began: Instant,
}

/// Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Net(Arc<Mutex<State>>);

impl Net {
    pub(super) fn new(sites: Vec<Site>) -> Self {
        Self(Arc::new(Mutex::new(State {
            sites,
            truth: Truth::default(),
            violations: Vec::new(),
            faults: BTreeMap::new(),
            trace: 0,
            log: Vec::new(),
            loss: 0,
            began: Instant::now(),
        })))
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("the state")
    }

    /// A message arrives, perhaps twice; the answer travels back.
    async fn travel(self, site: usize, body: Bytes, plan: Plan, tell: oneshot::Sender<Answer>) {
        tokio::time::sleep(plan.there).await;
        if plan.lost {
            return;
        }
        let (answer, later) = self.state().arrives(site, &body);
        if let Some(again) = plan.again {
            let twin = self.clone();
            spawn(async move {
                tokio::time::sleep(again).await;
                drop(twin.state().arrives(site, &body));
            });
        }
        tokio::time::sleep(plan.back + later).await;
        if !plan.mute {
            drop(tell.send(answer));
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "the network outlives the gateway's tasks")]
fn spawn(task: impl Future<Output = ()> + Send + 'static) {
    drop(tokio::spawn(task));
}

/// What happens to one message.
#[derive(Debug, Default)]
struct Plan {
    there: Duration,
    back: Duration,
    /// It never arrives.
    lost: bool,
    /// The answer never does.
    mute: bool,
    /// A second copy arrives this much later.
    again: Option<Duration>,
}

impl State {
    pub(super) fn count(&mut self, fault: &'static str) {
        *self.faults.entry(fault).or_default() += 1;
    }

    pub(super) fn note(&mut self, what: String) {
        let at = self.began.elapsed().as_micros();
        let line = format!("{at:>12} {what}");
        for byte in line.bytes() {
            self.trace = (self.trace ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        self.log.push(line);
    }

    pub(super) fn violates(&mut self, what: String) {
        self.note(format!("VIOLATION {what}"));
        self.violations.push(what);
    }

    fn plan(&mut self, site: usize) -> Plan {
        let mut plan = Plan { there: millis(1..20), back: millis(1..20), ..Plan::default() };
        if self.sites[site].clean || fastrand::u8(0..100) >= self.loss {
            return plan;
        }
        let fault = match fastrand::u8(0..6) {
            0 => {
                plan.lost = true;
                "lost on the way"
            }
            1 => {
                plan.mute = true;
                "answer lost"
            }
            2 => {
                plan.again = Some(millis(1..DELAY_MAX));
                "doubled"
            }
            3 => {
                plan.there = millis(20..900);
                "reordered"
            }
            4 => {
                plan.there = millis(1_000..DELAY_MAX);
                "arrives after the deadline"
            }
            _ => {
                plan.back = millis(1_000..DELAY_MAX);
                "answered after the deadline"
            }
        };
        self.count(fault);
        plan
    }

    fn arrives(&mut self, site: usize, body: &[u8]) -> (Answer, Duration) {
        self.note(format!("arrives at {site}"));
        self.sites[site].takes(body)
    }

    /// Nothing leaves that was removed before, or that is not this partner's.
    fn judge(&mut self, site: usize, body: &[u8]) {
        let event: Value = serde_json::from_slice(body).expect("JSON");
        let items = event.pointer("/data/items").and_then(Value::as_array);
        let mut publishes = false;
        let mut says = event["type"].to_string();
        for item in items.into_iter().flatten() {
            let id: PublicId = item["id"].as_str().expect("an id").parse().expect("an id");
            let live = item["state"] == "updated";
            publishes |= live;
            let sign = if live { '+' } else { '-' };
            says += &format!(" {sign}{}@{}", short(id), item["modified"]);
            let since = self.truth.uncovered_since(site, id).filter(|_| live);
            match since {
                Some(None) => self.violates(format!("I3 {site} never may have {id}")),
                Some(Some(since)) if since.elapsed() > TOLERANCE => {
                    let ago = since.elapsed().as_millis();
                    self.violates(format!("I2 {site} is sent {id}, removed {ago} ms ago"));
                }
                Some(Some(_)) | None => {}
            }
        }
        let held_back = self.truth.terms[site].held_back;
        if publishes && held_back.is_some_and(|since| since.elapsed() > TOLERANCE) {
            self.violates(format!("I3 {site} is sent items while publishes are held back"));
        }
        self.note(format!("to {site}: {says}"));
    }
}

/// The beginning of an id, for the log.
pub(super) fn short(id: PublicId) -> String {
    id.to_string().chars().take(4).collect()
}

fn millis(range: std::ops::Range<u64>) -> Duration {
    Duration::from_millis(fastrand::u64(range))
}

impl Network for Net {
    fn carry(
        &self,
        endpoint: &Url,
        message: &Message,
    ) -> Pin<Box<dyn Future<Output = Answer> + Send + '_>> {
        let host = endpoint.host_str().expect("a host");
        let site: usize =
            host.trim_end_matches(".example").trim_start_matches("site").parse().expect("a number");
        let body = message.body.clone();
        let (tell, told) = oneshot::channel();
        let plan = {
            let mut state = self.state();
            state.judge(site, &body);
            state.plan(site)
        };
        let net = self.clone();
        spawn(net.travel(site, body, plan, tell));
        Box::pin(async move {
            match told.await {
                Ok(answer) => answer,
                // Nothing will ever come.
                Err(_) => {
                    std::future::pending::<()>().await;
                    Answer::failed(Outcome::Unreachable)
                }
            }
        })
    }
}
