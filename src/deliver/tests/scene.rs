//! A gateway's delivery with a real journal and one partner.

use std::time::Duration;

use tempfile::TempDir;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::Secret;
use crate::deliver::probe::Probe;
use crate::deliver::wire::Client;
use crate::deliver::{Control, Deliver, Wiring};
use crate::journal::{Batch, Cause, Change, Deed, Enrolment, Journal, Standing};
use crate::lifecycle::{Ending, Tasks};
use crate::metrics::{Lane, Metrics, Outcome};
use crate::minimise::{CoreId, Policy, Verdict, minimise};
use crate::model::{Kind, PartnerId, PublicId, RegionSet};
use crate::partner::{
    Agreement, Contact, Partner, PartnerKind, Push, Registry, Removal, Role, Scope, Status,
};

use super::sink::Sink;

pub(super) const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

pub(super) struct Scene {
    pub(super) journal: Journal,
    pub(super) metrics: Metrics,
    pub(super) registry: Registry,
    pub(super) control: Control,
    pub(super) sink: Sink,
    pub(super) partner: Partner,
    /// Of delivery; the sink has its own.
    pub(super) tasks: Tasks,
    clock: Clock,
    _world: Tasks,
    _folder: TempDir,
}

fn profile(sink: &Sink) -> Partner {
    let day = |text: &str| text.parse().unwrap();
    Partner {
        id: id(),
        name: "Wijk".into(),
        kind: PartnerKind::LocalSite,
        status: Status::Active,
        agreement: Agreement {
            reference: "OVK".into(),
            starts: day("2020-01-01"),
            ends: day("2099-12-31"),
            role: Role::Processor,
            countries: vec!["NL".into()],
            hash: "sha256:0f".into(),
        },
        contact: Contact { operations: "a@b.example".into(), privacy: "a@b.example".into() },
        scope: Scope::new(&Kind::ALL, RegionSet::everything()),
        removal: Removal { promise: Duration::from_secs(60), lease: Duration::from_secs(3_600) },
        push: Some(Push {
            endpoint: sink.endpoint(),
            secrets: vec![Secret::new(SECRET)],
            batch: 10,
            per_second: 1_000,
            timeout: Duration::from_secs(5),
            allow_private: true,
        }),
        mail: None,
        pull: None,
        feed: None,
        embed: None,
        probe: None,
        secret_expires: None,
    }
}

pub(super) fn id() -> PartnerId {
    "wijk".parse().unwrap()
}

fn policy() -> Policy {
    Policy::new([7; 32])
}

/// The public id of an item of the core.
pub(super) fn public(core: u32) -> PublicId {
    policy().public_id(&CoreId::new(core.to_string()))
}

impl Scene {
    pub(super) async fn new() -> Self {
        Self::with(|_| ()).await
    }

    pub(super) async fn with(change: impl FnOnce(&mut Partner)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (clock, metrics) = (Clock::system(), Metrics::new().unwrap());
        let journal = Journal::open(folder.path(), clock.clone()).unwrap();
        let world = Tasks::default();
        let sink = Sink::start(&world, journal.clone(), id()).await;
        let mut partner = profile(&sink);
        change(&mut partner);
        let scope = partner.scope;
        let enrolment =
            Enrolment { partner: id(), scope, agreement: "sha256:0f".into(), terms: None };
        journal.enrol(vec![enrolment]).await.unwrap();
        metrics.enrol(&id(), partner.removal.promise, clock.now());
        let registry = Registry::new(vec![partner.clone()]);
        let tasks = Tasks::default();
        let control = start(&journal, &metrics, &clock, (&registry, &tasks));
        Self {
            journal,
            metrics,
            registry,
            control,
            sink,
            partner,
            tasks,
            clock,
            _world: world,
            _folder: folder,
        }
    }

    /// Starts delivery again, as another process would.
    pub(super) fn start_again(&mut self) {
        self.tasks = Tasks::default();
        self.control =
            start(&self.journal, &self.metrics, &self.clock, (&self.registry, &self.tasks));
    }

    /// Puts another profile in force.
    pub(super) fn change(&mut self, change: impl FnOnce(&mut Partner)) {
        change(&mut self.partner);
        self.registry.replace(vec![self.partner.clone()]);
    }

    /// A probe that looks when it is told to.
    pub(super) fn probe(&self) -> Probe {
        let wiring = wiring(&self.journal, &self.metrics, &self.clock, &self.registry);
        let client = Client::new(self.clock.clone()).unwrap();
        Probe { wiring, client, control: self.control.clone() }
    }

    /// Stops publishes, or lets them go on.
    pub(super) async fn command(&self, deed: Deed) {
        let cause = Cause { person: "beheer".into(), reason: "proef".into() };
        self.control.act(&id(), deed, cause).await.unwrap();
    }

    pub(super) async fn drain(&self) -> Ending {
        self.tasks.finish(Duration::from_secs(9)).await
    }

    pub(super) async fn publish(&self, cores: &[u32]) {
        let now = self.clock.now();
        let row = |core: &u32| {
            let row = format!(
                r#"{{"id":"{core}","author_id":"a{core}","kind":"request","first_name":"Anna","region_code":"GM0119","region_name":"Meppel","title":"Tuin","body":"Hulp {core} van {now}","language":null,"url":"https://plein.example/{core}","published_at":"{now}","expires_at":null,"share":true,"approved":null,"visibility":"public","of_age":true,"withhold":[]}}"#
            );
            let row = crate::source::row(&row).unwrap();
            match minimise(&row, &policy(), now) {
                Verdict::Publish(published, _) => Change::Publish(published),
                Verdict::Withhold(reason) => panic!("{reason:?}"),
            }
        };
        self.append(cores.iter().map(row).collect()).await;
    }

    pub(super) async fn remove(&self, cores: &[u32]) {
        self.append(cores.iter().map(|core| Change::Remove(public(*core))).collect()).await;
    }

    async fn append(&self, changes: Vec<Change>) {
        let batch = Batch { changes, ..Batch::default() };
        self.journal.append(batch).await.unwrap();
    }

    pub(super) async fn standing(&self) -> Standing {
        self.journal.standing(&id()).await.unwrap()
    }

    /// Polls until the partner's standing is as expected, or fails after ten seconds.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&Standing) -> bool) {
        let deadline = Instant::now() + Duration::from_secs(10);
        while !is_so(&self.standing().await) {
            assert!(Instant::now() < deadline, "{what}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Polls until the metrics page has this line, or fails after ten seconds.
    pub(super) async fn shows(&self, line: &str) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let page = self.metrics.render(self.clock.now()).unwrap();
            let page = String::from_utf8(page).unwrap();
            if page.lines().any(|l| l == line) {
                return;
            }
            let start = line.split('{').next().unwrap();
            let near: Vec<_> = page.lines().filter(|l| l.starts_with(start)).collect();
            assert!(Instant::now() < deadline, "{line}\n{near:#?}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }

    /// Publish requests that ended like this.
    pub(super) fn attempts(&self, outcome: Outcome) -> u32 {
        let page = String::from_utf8(self.metrics.render(self.clock.now()).unwrap()).unwrap();
        let word = outcome.as_str();
        let series = format!(r#"{{lane="publish",outcome="{word}",partner="wijk"}} "#);
        let series = format!("luik_delivery_attempts_total{series}");
        let line = page.lines().find_map(|line| line.strip_prefix(&series));
        line.unwrap().parse().unwrap()
    }

    pub(super) async fn parked(&self, lane: Lane) -> Vec<PublicId> {
        self.journal.parked(&id(), lane, 100).await.unwrap()
    }
}

fn start(
    journal: &Journal,
    metrics: &Metrics,
    clock: &Clock,
    (registry, tasks): (&Registry, &Tasks),
) -> Control {
    let deliver = Deliver::with(wiring(journal, metrics, clock, registry));
    let deliver = deliver.unwrap();
    let control = deliver.control();
    deliver.start(tasks);
    control
}

fn wiring(journal: &Journal, metrics: &Metrics, clock: &Clock, registry: &Registry) -> Wiring {
    Wiring {
        journal: journal.clone(),
        clock: clock.clone(),
        metrics: metrics.clone(),
        public_url: "https://luik.example".parse().unwrap(),
        retry_max: Duration::from_millis(40),
        registry: registry.clone(),
        attempts: Default::default(),
    }
}
