//! Push: one worker per partner, with lanes for removals, publishes, leases and reconciliation
//! (design §7).
//!
//! State is transferred, not history: each attempt composes its batch anew from the journal, so a
//! partner that was down gets the latest state of each item once. Removals go first and never wait
//! for publishes; what may have been overtaken by one is taken back again (promise P3).

mod attempts;
mod dispute;
mod lane;
mod lease;
mod probe;
mod publish;
mod reconcile;
mod remove;
mod sample;
mod sent;
mod session;
mod steps;
mod traffic;
pub(crate) mod wire;
mod wish;
mod worker;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use url::Url;

use crate::clock::Clock;
use crate::config::Settings;
use crate::hint::Hint;
use crate::journal::{self, Cause, Deed, Journal};
use crate::lifecycle::Tasks;
use crate::metrics::{Metrics, Outcome};
use crate::model::{PartnerId, PublicId};
use crate::partner::{Partner, Partners, Push, Registry};

use attempts::Attempts;
use dispute::{Disputed, Witness};
use probe::Probe;
use session::{Nudge, heard};
use wire::{Answer, Client, Origin, Target};
use worker::{Worker, pushes};

pub use attempts::{Attempt, Errand};
pub(crate) use lane::{Complaints, Word, pace::pause};
pub(crate) use sent::Batch;

/// Longest wait for the answer to a ping; whoever asked for it waits too.
const PING_TIME: Duration = Duration::from_secs(20);

/// Why delivery could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No HTTP client.
    #[error("TLS for pushes could not be set up")]
    Client(#[source] reqwest::Error),
}

/// What delivery works with.
#[derive(Debug, Clone)]
struct Wiring {
    /// Where everything to send comes from.
    journal: Journal,
    clock: Clock,
    metrics: Metrics,
    /// Source of events and root of referrals.
    public_url: Url,
    /// Longest pause between attempts.
    retry_max: Duration,
    /// Who is in force.
    registry: Registry,
    /// What was sent lately.
    attempts: Attempts,
}

/// What a partner's worker listens to.
#[derive(Debug)]
struct Seat {
    profile: watch::Sender<Option<Arc<Partner>>>,
    nudges: Hint<Nudge>,
    disputed: Arc<Disputed>,
}

type Seats = Arc<Mutex<BTreeMap<PartnerId, Seat>>>;

/// Delivery, ready to start.
#[derive(Debug)]
pub struct Deliver {
    wiring: Wiring,
    client: Client,
    seats: Seats,
}

/// Commands to the workers. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Control {
    journal: Journal,
    seats: Seats,
    attempts: Attempts,
    caller: Option<Caller>,
}

/// Sends a ping, apart from all lanes.
#[derive(Debug, Clone)]
struct Caller {
    client: Client,
    public_url: Url,
    clock: Clock,
}

impl Deliver {
    /// Sets the HTTP client up.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(
        settings: &Settings,
        journal: &Journal,
        metrics: &Metrics,
        clock: &Clock,
        registry: &Registry,
    ) -> Result<Self, Error> {
        let wiring = Wiring {
            journal: journal.clone(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            public_url: settings.public_url.clone(),
            retry_max: settings.deliver.retry_max,
            registry: registry.clone(),
            attempts: Attempts::default(),
        };
        Self::with(wiring)
    }

    fn with(wiring: Wiring) -> Result<Self, Error> {
        let client = Client::new(wiring.clock.clone()).map_err(Error::Client)?;
        Ok(Self { wiring, client, seats: Seats::default() })
    }

    /// Delivery over a network that is none.
    #[cfg(test)]
    pub(crate) fn simulated(
        (journal, metrics, clock, registry): (&Journal, &Metrics, &Clock, &Registry),
        network: Arc<dyn wire::Network>,
    ) -> Self {
        let wiring = Wiring {
            journal: journal.clone(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            public_url: "https://luik.example".parse().expect("an address"),
            retry_max: Duration::from_secs(2),
            registry: registry.clone(),
            attempts: Attempts::default(),
        };
        let client = Client::over(network, clock.clone());
        Self { wiring, client, seats: Seats::default() }
    }

    /// Commands to the workers.
    #[must_use]
    pub fn control(&self) -> Control {
        let Wiring { journal, clock, public_url, attempts, .. } = self.wiring.clone();
        let caller = Some(Caller { client: self.client.clone(), public_url, clock });
        Control { journal, seats: self.seats.clone(), attempts, caller }
    }

    /// Starts a worker for every partner with a push, now and whenever the partners change.
    pub fn start(self, tasks: &Tasks) {
        let partners = self.wiring.registry.subscribe();
        let probe = Probe {
            wiring: self.wiring.clone(),
            client: self.client.clone(),
            control: self.control(),
        };
        tasks.spawn("probe", probe.run(tasks.drain()));
        let staff = Staff {
            tasks: tasks.clone(),
            wiring: self.wiring,
            client: self.client,
            seats: self.seats,
        };
        tasks.spawn("deliver", staff.run(partners));
    }
}

/// Sends a ping to a partner, once.
///
/// # Errors
/// When no HTTP client can be made.
pub async fn ping(
    partner: &Partner,
    push: &Push,
    public_url: &Url,
    clock: &Clock,
) -> Result<Outcome, Error> {
    let client = Client::new(clock.clone()).map_err(Error::Client)?;
    let caller = Caller { client, public_url: public_url.clone(), clock: clock.clone() };
    let attempt = caller.ping(partner, push).await;
    Ok(attempt.map_or(Outcome::Refused, |attempt| attempt.outcome))
}

impl Caller {
    /// Sends a ping once; none when the partner has no usable secret.
    async fn ping(&self, partner: &Partner, push: &Push) -> Option<Attempt> {
        let target = Target::of(partner, push)?;
        let message = Origin::new(&partner.id, &self.public_url).ping(self.clock.now());
        let begun = Instant::now();
        let sent = tokio::time::timeout(PING_TIME, self.client.send(&target, &message)).await;
        let sent = sent.unwrap_or_else(|_| Answer::failed(Outcome::TimedOut).into());
        let (outcome, status) = (sent.answer.outcome(), sent.status);
        let (at, errand, took) = (self.clock.now(), Errand::Ping, begun.elapsed());
        Some(Attempt { at, errand, items: 0, outcome, status, took, message: message.id })
    }
}

impl Control {
    /// Commands to nobody yet.
    #[cfg(test)]
    pub(crate) fn idle(journal: &Journal) -> Self {
        let (seats, attempts) = (Seats::default(), Attempts::default());
        Self { journal: journal.clone(), seats, attempts, caller: None }
    }

    /// Carries a command out, with its reason; kept over restarts. Returns its number.
    ///
    /// # Errors
    /// When it could not be stored; then nothing was done.
    pub async fn act(
        &self,
        partner: &PartnerId,
        deed: Deed,
        cause: Cause,
    ) -> Result<u64, journal::Error> {
        let action = self.journal.act(partner, deed, cause).await?;
        self.wake(partner);
        Ok(action)
    }

    /// The partner's page shows these although they were taken back, and no others; what is owed
    /// is tried at once.
    fn seen_on_page(&self, partner: &PartnerId, ids: BTreeSet<PublicId>) {
        let shows = !ids.is_empty();
        let seats = lock(&self.seats);
        let settled = seats.get(partner).map(|seat| seat.disputed.replace(Witness::Page, ids));
        drop(seats);
        if shows || settled == Some(true) {
            self.wake(partner);
        }
    }

    /// What was sent to a partner lately, the last thing first.
    #[must_use]
    pub fn attempts(&self, partner: &PartnerId) -> Vec<Attempt> {
        self.attempts.of(partner)
    }

    /// Sends a ping to a partner, once, whatever its lanes do; none when it can not be pushed to.
    pub async fn ping(&self, partner: &Partner) -> Option<Attempt> {
        let push = partner.push.as_ref()?;
        let attempt = self.caller.as_ref()?.ping(partner, push).await?;
        self.attempts.note(&partner.id, attempt.clone());
        Some(attempt)
    }

    /// Ends a partner's pause between attempts: what waits is tried at once.
    pub fn wake(&self, partner: &PartnerId) {
        if let Some(seat) = lock(&self.seats).get(partner) {
            seat.nudges.change(|nudge| Nudge { commands: nudge.commands + 1, ..nudge });
        }
    }
}

/// Starts and stops workers as the set of partners changes.
struct Staff {
    tasks: Tasks,
    wiring: Wiring,
    client: Client,
    seats: Seats,
}

impl Staff {
    async fn run(self, mut partners: watch::Receiver<Arc<Partners>>) {
        let drain = self.tasks.drain();
        loop {
            let current = partners.borrow_and_update().clone();
            self.follow(&current);
            tokio::select! {
                biased;
                () = drain.cancelled() => return,
                () = heard(&mut partners) => {}
            }
        }
    }

    fn follow(&self, partners: &Partners) {
        let mut seats = lock(&self.seats);
        for (id, seat) in seats.iter() {
            if !partners.contains_key(id) {
                seat.profile.send_replace(None);
            }
        }
        for (id, partner) in partners {
            let profile = pushes(partner).map(|_| partner.clone());
            match seats.get(id) {
                Some(seat) => {
                    if partner.probe.is_none() {
                        seat.disputed.replace(Witness::Page, BTreeSet::new());
                    }
                    seat.profile.send_replace(profile);
                }
                None if profile.is_some() => {
                    seats.insert(id.clone(), self.hire(profile));
                }
                None => {}
            }
        }
    }

    /// Starts a worker. It stays when its partner leaves, so that there are never two of them.
    fn hire(&self, profile: Option<Arc<Partner>>) -> Seat {
        let seat = Seat {
            profile: watch::Sender::new(profile),
            nudges: Hint::default(),
            disputed: Arc::default(),
        };
        let worker = Worker {
            wiring: self.wiring.clone(),
            client: self.client.clone(),
            profile: seat.profile.subscribe(),
            nudges: seat.nudges.clone(),
            disputed: seat.disputed.clone(),
            drain: self.tasks.drain(),
        };
        self.tasks.supervise("partner", move || worker.clone().run());
        seat
    }
}

fn lock(seats: &Seats) -> MutexGuard<'_, BTreeMap<PartnerId, Seat>> {
    seats.lock().unwrap_or_else(PoisonError::into_inner)
}
