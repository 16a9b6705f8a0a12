//! The gateway as a whole: builds everything, starts it in order, stops it in order.
//!
//! Order of stopping: source and ingest take nothing new, deliver and serve finish what is open,
//! the journal empties its log; the admin listener goes last, so that it can be watched.

mod agreements;
mod disk;
mod forget;
mod ledger;
mod letters;
mod open;
mod reload;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::TcpListener;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::canary;
use crate::clock::Clock;
use crate::config::{self, Environment, Settings};
use crate::deliver::{self, Control, Deliver};
use crate::health::Health;
use crate::http::{self, Tls};
use crate::ingest::{self, Ingest, Tools};
use crate::journal::{self, Journal};
use crate::ledger::Signer;
use crate::lifecycle::{Ending, Tasks};
use crate::mail;
use crate::metrics::Metrics;
use crate::minimise::Policy;
use crate::notify;
use crate::operate;
use crate::partner::{Partner, Registry};
use crate::post;
use crate::serve;
use crate::source::{self, AnySource};

use letters::Letters;

pub use agreements::{Agreements, in_force};
pub use reload::Reloader;

/// Longest time for finishing what is open; with the admin listener's second it stays within ten.
const FINISH: Duration = Duration::from_secs(8);
/// How often the journal is tidied (promise P8).
const TIDY_EVERY: Duration = Duration::from_secs(1);
/// How often it is counted what is open at partners that no worker counts for.
const SAMPLE_EVERY: Duration = Duration::from_secs(2);
/// Counting takes at most this share of the time: one part in so many.
const SAMPLE_SHARE: u32 = 20;
/// How often it is looked how full the disk is.
const DISK_EVERY: Duration = Duration::from_secs(10);
/// How often the calendar is looked at: agreements start and end at midnight UTC.
const CALENDAR_EVERY: Duration = Duration::from_secs(10);
/// How often it is looked whether the public listener's certificate was renewed.
const CERTIFICATE_EVERY: Duration = Duration::from_secs(60);

/// Why the gateway could not start.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// A key file can not be read or made.
    #[error(transparent)]
    Key(#[from] config::key::Error),
    /// The ledger's key is none.
    #[error("ledger_key: is not the seed of an ed25519 key")]
    LedgerKey,
    /// The state folder can not be used.
    #[error("state.path: {0}")]
    Journal(#[from] journal::Error),
    /// An address can not be listened on.
    #[error("{key}: can not listen on {address} ({kind})")]
    Listen {
        /// Which setting.
        key: &'static str,
        /// The address.
        address: std::net::SocketAddr,
        /// Why.
        kind: std::io::ErrorKind,
    },
    /// Certificate or key of the public listener can not be used.
    #[error("listen.tls: {0}")]
    Tls(#[from] config::tls::Error),
    /// The source can not be used as it is configured.
    #[error("source: {0}")]
    Source(#[from] source::Error),
    /// The HTTP client can not be made.
    #[error("deliver: {0}")]
    Deliver(#[from] deliver::Error),
    /// The mail server can not be spoken to in TLS.
    #[error("notify.smtp: {0}")]
    Mail(#[from] mail::Error),
    /// Our own endpoint can not be called.
    #[error("notify.webhook: {0}")]
    Notify(#[from] notify::Error),
    /// A metric has a wrong name.
    #[error("metrics: {0}")]
    Metrics(#[from] prometheus::Error),
}

/// The gateway, listening but not yet running.
#[derive(Debug)]
pub struct App {
    settings: Settings,
    parts: Parts,
    policy: Arc<Policy>,
    signer: Arc<Signer>,
    source: AnySource,
    deliver: Deliver,
    letters: Letters,
    reloader: Reloader,
    tls: Option<Tls>,
    public: TcpListener,
    admin: TcpListener,
}

/// What most parts share.
#[derive(Debug, Clone)]
pub(crate) struct Parts {
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    pub(crate) health: Health,
    pub(crate) journal: Journal,
    pub(crate) registry: Registry,
    pub(crate) tasks: Tasks,
    pub(crate) desk: post::Desk,
}

impl Parts {
    fn for_serve(&self) -> serve::Tools {
        let Self { clock, metrics, journal, registry, tasks, desk, .. } = self.clone();
        serve::Tools { clock, metrics, journal, registry, tasks, desk }
    }

    fn for_operate(
        &self,
        settings: &Settings,
        control: Control,
        policy: &Arc<Policy>,
    ) -> operate::Tools {
        let preview = serve::Preview::new(settings.public_base(), &self.for_serve());
        let Self { clock, metrics, health, journal, registry, tasks, .. } = self.clone();
        let policy = policy.clone();
        operate::Tools {
            clock,
            metrics,
            health,
            journal,
            control,
            registry,
            policy,
            preview,
            ledger_keep: settings.ledger.keep,
            tasks,
        }
    }
}

impl App {
    /// Opens the journal, takes note of the agreements and listens.
    ///
    /// # Errors
    /// When something that the settings name can not be used.
    pub async fn build(
        settings: Settings,
        partners: Vec<Partner>,
        environment: Environment,
    ) -> Result<Self, Error> {
        let clock = Clock::system();
        let metrics = Metrics::new()?;
        let public = listen("listen.public", settings.listen.public).await?;
        let admin = listen("listen.admin", settings.listen.admin).await?;
        let seed = config::key::load_or_create(&settings.ledger_key)?;
        let signer = Signer::new(&seed).map(Arc::new).ok_or(Error::LedgerKey)?;
        let tls = settings.listen.tls.clone().map(Tls::open).transpose()?;
        let policy = policy(&settings)?;
        let journal = Journal::open(&settings.state, clock.clone())?;
        let registry = Registry::new(Vec::new());
        metrics.count_begins(true);
        let agreements = Agreements::new(journal.clone(), metrics.clone(), clock.clone());
        let agreements = agreements.marking(seed);
        registry.replace(agreements.take_note_at_start(partners).await?);
        let source = AnySource::open(&settings.source, clock.clone())?;
        let tasks = Tasks::default();
        let health = Health::default();
        let seal = letters::seal(&settings)?;
        let desk = post::Desk::new(journal.clone(), metrics.clone(), clock.clone(), seal);
        let parts = Parts { clock, metrics, health, journal, registry, tasks, desk };
        let shared = (parts.registry.clone(), parts.health.clone());
        let reloader =
            Reloader::new(settings.clone(), environment, agreements, shared, tls.clone());
        let Parts { clock, metrics, journal, registry, .. } = &parts;
        let deliver = Deliver::new(&settings, journal, metrics, clock, registry)?;
        let letters = Letters::new(&settings, &parts)?;
        Ok(Self {
            settings,
            parts,
            policy,
            signer,
            source,
            deliver,
            letters,
            reloader,
            tls,
            public,
            admin,
        })
    }

    /// Where the public listener is.
    #[must_use]
    pub fn public(&self) -> Option<std::net::SocketAddr> {
        self.public.local_addr().ok()
    }

    /// Where the admin listener is.
    #[must_use]
    pub fn admin(&self) -> Option<std::net::SocketAddr> {
        self.admin.local_addr().ok()
    }

    /// Reads the partner files again.
    #[must_use]
    pub fn reloader(&self) -> Reloader {
        self.reloader.clone()
    }

    /// Runs until `stop`; finishes what is open, and drops it when `abort` comes.
    pub async fn run(self, stop: CancellationToken, abort: CancellationToken) -> Ending {
        let Self { settings, parts, policy, signer, source, deliver, letters, reloader, .. } = self;
        let (tls, public, admin) = (self.tls, self.public, self.admin);
        let watch = Tasks::default();
        let tools = parts.for_operate(&settings, deliver.control(), &policy);
        start_canary(&settings, &parts, policy.clone());
        start_ingest(&settings, &parts, source, policy);
        start_timers(&parts, &reloader);
        start_samplers(&parts, settings.state.clone());
        start_certificate_watch(&parts, tls.clone());
        let keeper = start_ledger(&settings, &parts, signer);
        deliver.start(&parts.tasks);
        letters.start(&parts.tasks);
        let limits = http::Limits::from(&settings.serve);
        let proxies = &settings.listen.trusted_proxies;
        let public_router = serve::router(&settings, &parts.for_serve());
        let public_router = http::identified(public_router, proxies);
        let public = http::Listener { socket: public, tls };
        let public = http::serve(public, public_router, limits, parts.tasks.clone());
        parts.tasks.spawn("public listener", public);
        let admin_router = operate::router(&settings, &tools, reloader);
        let admin_router = http::identified(admin_router, proxies);
        let admin = http::serve(admin, admin_router, limits, watch.clone());
        watch.spawn("admin listener", admin);
        let drain = parts.tasks.drain();
        tokio::select! {
            () = stop.cancelled() => {}
            () = drain.cancelled() => {}
        }
        tracing::info!("draining");
        let ending = tokio::select! {
            ending = parts.tasks.finish(FINISH) => ending,
            () = abort.cancelled() => {
                parts.tasks.abort();
                Ending::Failed
            }
        };
        keeper.finish().await;
        parts.journal.close().await;
        watch.finish(Duration::from_secs(1)).await;
        ending
    }
}

async fn listen(key: &'static str, address: std::net::SocketAddr) -> Result<TcpListener, Error> {
    let listener = TcpListener::bind(address).await;
    listener.map_err(|error| Error::Listen { key, address, kind: error.kind() })
}

fn policy(settings: &Settings) -> Result<Arc<Policy>, Error> {
    let key = config::key::load_or_create(&settings.id_key)?;
    Ok(Arc::new(shaped(Policy::new(key), &settings.privacy)))
}

/// The policy as the configuration shapes it.
#[must_use]
pub fn shaped(policy: Policy, privacy: &config::Privacy) -> Policy {
    let policy = policy.writing(&privacy.placeholder, privacy.text_max).holding(&privacy.hold);
    let own = privacy.placeholders.iter();
    own.fold(policy, |policy, (language, written)| policy.writing_in(*language, written))
}

fn start_ingest(settings: &Settings, parts: &Parts, source: AnySource, policy: Arc<Policy>) {
    let Parts { clock, metrics, health, journal, tasks, .. } = parts.clone();
    let expiry = ingest::run_expiry(journal.clone(), clock.clone(), tasks.drain());
    tasks.spawn("expiry", expiry);
    let tools = Tools { journal, policy, clock, metrics, health };
    let ingest = Ingest::new(source, tools, settings.reconcile_every);
    tasks.spawn("ingest", ingest.run(tasks.drain()));
}

fn start_canary(settings: &Settings, parts: &Parts, policy: Arc<Policy>) {
    let Parts { clock, metrics, journal, registry, tasks, .. } = parts.clone();
    let url = format!("{}/", settings.public_base());
    let tools = canary::Tools { journal, policy, clock, metrics, registry, url };
    let (every, drain) = (settings.canary_every, tasks.drain());
    tasks.supervise("canary", move || canary::run(tools.clone(), every, drain.clone()));
}

fn start_timers(parts: &Parts, reloader: &Reloader) {
    let (journal, drain) = (parts.journal.clone(), parts.tasks.drain());
    parts.tasks.spawn("tidy", async move {
        while !waited(TIDY_EVERY, &drain).await {
            // It fails only when the writer is gone; then this task ends, and with it the process.
            if let Err(error) = journal.tidy().await {
                tracing::error!(%error, "the journal's writer ended");
                return;
            }
        }
    });
    let (reloader, drain, clock) = (reloader.clone(), parts.tasks.drain(), parts.clock.clone());
    parts.tasks.spawn("calendar", async move {
        let mut noted = agreements::today(&clock);
        while !waited(CALENDAR_EVERY, &drain).await {
            let today = agreements::today(&clock);
            if today != noted && reloader.turn_the_day().await {
                noted = today;
            }
        }
    });
    let (forgetful, drain) = (parts.clone(), parts.tasks.drain());
    parts.tasks.supervise("forget", move || {
        forget::run(forgetful.journal.clone(), forgetful.clock.clone(), drain.clone())
    });
}

/// Counts what the metrics page shows and nobody else counts.
fn start_samplers(parts: &Parts, state: PathBuf) {
    let Parts { metrics, journal, registry, .. } = parts.clone();
    let (mut open, drain) = (open::Open::new(journal, registry, metrics), parts.tasks.drain());
    parts.tasks.spawn("open removals", async move {
        loop {
            let begun = Instant::now();
            tokio::select! {
                biased;
                () = drain.cancelled() => return,
                () = open.sample() => {}
            }
            if waited(SAMPLE_EVERY.max(begun.elapsed() * SAMPLE_SHARE), &drain).await {
                return;
            }
        }
    });
    let (metrics, drain) = (parts.metrics.clone(), parts.tasks.drain());
    parts.tasks.spawn("disk", async move {
        loop {
            tokio::select! {
                biased;
                () = drain.cancelled() => return,
                () = disk::sample(&state, &metrics) => {}
            }
            if waited(DISK_EVERY, &drain).await {
                return;
            }
        }
    });
}

fn start_ledger(settings: &Settings, parts: &Parts, signer: Arc<Signer>) -> ledger::Keeper {
    let Parts { clock, metrics, journal, tasks, .. } = parts.clone();
    let keeper = ledger::Keeper { journal, signer, clock, metrics, keep: settings.ledger.keep };
    let (running, drain) = (keeper.clone(), tasks.drain());
    tasks.supervise("ledger", move || running.clone().run(drain.clone()));
    keeper
}

/// Looks whether the certificate was renewed, if there is one.
fn start_certificate_watch(parts: &Parts, tls: Option<Tls>) {
    let Some(tls) = tls else { return };
    let drain = parts.tasks.drain();
    parts.tasks.spawn("certificate", async move {
        while !waited(CERTIFICATE_EVERY, &drain).await {
            tls.renew_if_changed();
        }
    });
}

/// Waits; true when the drain came first.
async fn waited(time: Duration, drain: &CancellationToken) -> bool {
    tokio::time::timeout(time, drain.cancelled()).await.is_ok()
}
