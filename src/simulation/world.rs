//! The world of one seed: a core, a gateway that crashes, partners, and what happens to them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::Secret;
use crate::deliver::{Control, Deliver};
use crate::journal::{Batch, Block, Cause, Change, Deed, Enrolment, Journal};
use crate::lifecycle::Tasks;
use crate::metrics::Metrics;
use crate::minimise::{Canary, CoreId, Edition, Policy, Verdict, minimise};
use crate::model::{Kind, PartnerId, PublicId, Region, RegionSet};
use crate::partner::{
    Agreement, Contact, Partner, PartnerKind, Push, Registry, Removal, Role, Scope, Status,
};

use super::network::{Net, short};
use super::site::{Manner, Site};
use super::truth::{Place, Terms};

const SITES: usize = 3;
const ITEMS: u32 = 7;
/// Stands for the gateway's own test item, which no core has.
const CANARY: u32 = ITEMS;
const REGIONS: [&str; 3] = ["GM0119", "GM0106", "GM0114"];
const HOUR_MS: i64 = 3_600_000;
const DAYS_400: i64 = 400 * 24 * HOUR_MS;

/// One process of the gateway.
struct Process {
    tasks: Tasks,
    control: Control,
    since: Instant,
}

/// Everything of one seed.
pub(super) struct World {
    pub(super) net: Net,
    pub(super) journal: Journal,
    pub(super) ids: Vec<PartnerId>,
    clock: Clock,
    registry: Registry,
    partners: Vec<Partner>,
    policy: Arc<Policy>,
    process: Process,
    /// What the core shows, and whether the gateway was told.
    core: BTreeMap<u32, Option<(Place, u32)>>,
    blocked: Vec<u32>,
    edits: u32,
    /// Partners ask for canaries, or no longer do, and one comes and goes.
    canaries: bool,
}

fn region(n: usize) -> Region {
    Region::from_code(REGIONS[n % REGIONS.len()]).expect("a region")
}

fn any_scope() -> Scope {
    let regions: RegionSet =
        (0..REGIONS.len()).filter(|_| fastrand::u8(0..3) > 0).map(region).collect();
    let kinds: &[Kind] = if fastrand::u8(0..4) == 0 { &[Kind::Offer] } else { &Kind::ALL };
    Scope::new(kinds, regions)
}

/// The gateway's own test item, without a time at which it goes.
fn canary() -> Canary {
    let expires = "9999-01-01T00:00:00Z".parse().expect("a time");
    Canary { url: "https://luik.example/".into(), name: "1".into(), expires }
}

fn profile(site: usize, scope: Scope) -> Partner {
    let day = |text: &str| text.parse().expect("a day");
    Partner {
        id: format!("site{site}").parse().expect("an id"),
        name: "Plek".into(),
        kind: PartnerKind::LocalSite,
        status: Status::Active,
        agreement: Agreement {
            reference: "OVK".into(),
            starts: day("2020-01-01"),
            ends: day("2199-12-31"),
            role: Role::Processor,
            countries: vec!["NL".into()],
            hash: "sha256:0f".into(),
        },
        contact: Contact { operations: "a@b.example".into(), privacy: "a@b.example".into() },
        scope,
        removal: Removal { promise: Duration::from_secs(60), lease: Duration::from_secs(60) },
        push: Some(Push {
            endpoint: format!("https://site{site}.example/luik").parse().expect("an address"),
            secrets: vec![Secret::new("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")],
            batch: fastrand::usize(1..6),
            per_second: 10_000,
            timeout: Duration::from_secs(1),
            allow_private: false,
        }),
        mail: None,
        pull: None,
        feed: None,
        embed: None,
        probe: None,
        secret_expires: None,
    }
}

impl World {
    pub(super) async fn new(canaries: bool) -> Self {
        let start = "2026-11-22T12:00:00Z".parse().expect("a time");
        let clock = Clock::virtual_from(start);
        let journal = Journal::in_memory(clock.clone()).expect("a journal");
        let sites = (0..SITES).map(|site| Site::new(site == 0)).collect();
        let net = Net::new(sites);
        let partners: Vec<Partner> = (0..SITES).map(|site| profile(site, any_scope())).collect();
        for partner in &partners {
            let terms = Terms { scopes: vec![partner.scope], held_back: None };
            net.state().truth.terms.push(terms);
        }
        let registry = Registry::new(Vec::new());
        let ids = partners.iter().map(|partner| partner.id.clone()).collect();
        let process = start_process(&journal, &clock, &registry, &net);
        let policy = Arc::new(Policy::new([7; 32]));
        let (core, blocked) = (BTreeMap::new(), Vec::new());
        let world = Self {
            net,
            journal,
            ids,
            clock,
            registry,
            partners,
            policy,
            process,
            core,
            blocked,
            edits: 0,
            canaries,
        };
        world.enrol().await;
        world
    }

    async fn enrol(&self) {
        let today = self.clock.now().to_zoned(jiff::tz::TimeZone::UTC).date();
        let enrolments = self.partners.iter().map(|partner| Enrolment {
            partner: partner.id.clone(),
            scope: partner.scope_on(today),
            agreement: partner.agreement.hash.clone(),
            terms: None,
        });
        let change = self.registry.begin_change();
        self.journal.enrol(enrolments.collect()).await.expect("stored");
        self.registry.replace(self.partners.clone());
        drop(change);
    }

    fn count(&self, fault: &'static str) {
        let mut state = self.net.state();
        state.count(fault);
        state.note(fault.to_owned());
    }

    /// How long this process has been up.
    pub(super) fn up_for(&self) -> Duration {
        self.process.since.elapsed()
    }

    pub(super) fn now(&self) -> jiff::Timestamp {
        self.clock.now()
    }

    pub(super) fn id(&self, core: u32) -> PublicId {
        match core {
            CANARY => canary().public_id(&self.policy),
            core => self.policy.public_id(&CoreId::new(core.to_string())),
        }
    }

    /// One thing happens.
    pub(super) async fn happens(&mut self) {
        match fastrand::u8(0..30) {
            0..=8 => self.edit().await,
            9..=12 => self.remove().await,
            13 => self.lose_an_event(),
            14 => self.compare().await,
            15..=16 => self.renegotiate().await,
            17 => self.suspend().await,
            18..=19 => self.command().await,
            20..=22 => self.misbehave(),
            23..=25 => self.crash().await,
            26 => self.jump(),
            27 => self.retract().await,
            28..=29 if self.canaries => self.fly().await,
            _ => {}
        }
        let longest = if fastrand::u8(0..4) == 0 { 4_000_000 } else { 200_000 };
        tokio::time::sleep(Duration::from_micros(fastrand::u64(0..longest))).await;
    }

    fn published(&self, core: u32, (kind, region): Place, edit: u32) -> Change {
        if core == CANARY {
            let edition = if edit.is_multiple_of(2) { Edition::First } else { Edition::Second };
            let now = "2026-11-22T12:00:00Z".parse().expect("a time");
            return match canary().minimise(edition, &self.policy, now) {
                Verdict::Publish(item, _) => Change::Publish(item),
                Verdict::Withhold(reason) => panic!("{}", reason.as_str()),
            };
        }
        let row = serde_json::json!({
            "id": core.to_string(), "author_id": "a", "kind": kind.as_str(), "first_name": "Anna",
            "region_code": region.code(), "region_name": region.name(), "title": "Tuin",
            "body": format!("Hulp, keer {edit}"), "language": null,
            "url": "https://plein.example/hulp", "published_at": "2026-01-01T00:00:00Z",
            "expires_at": null, "share": true, "approved": null, "visibility": "public",
            "of_age": true, "withhold": [],
        });
        let row = crate::source::row(&row.to_string()).expect("a row");
        match minimise(&row, &self.policy, "2026-11-22T12:00:00Z".parse().expect("a time")) {
            Verdict::Publish(item, _) => Change::Publish(item),
            Verdict::Withhold(reason) => panic!("{}", reason.as_str()),
        }
    }

    /// The gateway is told of the present state of these items.
    async fn tell(&self, items: &[u32]) {
        let mut changes = Vec::new();
        for core in items {
            let (id, shown) = (self.id(*core), self.core.get(core).copied().flatten());
            let shown = shown.filter(|_| !self.blocked.contains(core));
            match self.core.get(core).copied().flatten() {
                Some((place, edit)) => {
                    if shown.is_some() {
                        self.net.state().truth.gains(id, place);
                    }
                    changes.push(self.published(*core, place, edit));
                }
                None => changes.push(Change::Remove(id)),
            }
        }
        self.journal.append(Batch { changes, ..Batch::default() }).await.expect("stored");
        for core in items {
            let shown = self.core.get(core).copied().flatten();
            let shown = shown.filter(|_| !self.blocked.contains(core)).map(|(place, _)| place);
            let id = self.id(*core);
            let mut state = self.net.state();
            state.truth.is(id, shown);
            let what = if shown.is_some() { "shows" } else { "removed" };
            state.note(format!("{} {what} {}", core, short(id)));
        }
    }

    /// The canary is placed, changed or taken away; now and then a partner asks for it anew or not
    /// any more, and nothing else comes or goes for that.
    async fn fly(&mut self) {
        if fastrand::u8(0..3) == 0 {
            let site = fastrand::usize(0..SITES);
            let scope = self.partners[site].scope;
            let other = if scope.has_canary() {
                Scope { requests: scope.requests.without_canary(), ..scope }
            } else {
                scope.with_canary()
            };
            self.count("canaries asked for or not");
            return self.agree(site, other).await;
        }
        self.edits += 1;
        let place = ((Kind::Request, Region::CANARY), self.edits);
        let stands = self.core.get(&CANARY).copied().flatten().is_some();
        let goes = stands && fastrand::bool();
        self.count(if goes { "canary taken back" } else { "canary placed or changed" });
        self.core.insert(CANARY, (!goes).then_some(place));
        self.tell(&[CANARY]).await;
    }

    fn some_items() -> Vec<u32> {
        let mut items: Vec<u32> =
            (0..fastrand::u32(1..4)).map(|_| fastrand::u32(0..ITEMS)).collect();
        items.sort_unstable();
        items.dedup();
        items
    }

    fn place_anew(&mut self, core: u32) {
        self.edits += 1;
        let kind = if fastrand::bool() { Kind::Offer } else { Kind::Request };
        let here = self.core.get(&core).copied().flatten().map(|(place, _)| place);
        let stays = here.filter(|_| fastrand::bool());
        let place = stays.unwrap_or((kind, region(fastrand::usize(..))));
        self.core.insert(core, Some((place, self.edits)));
    }

    async fn edit(&mut self) {
        let items = Self::some_items();
        items.iter().for_each(|core| self.place_anew(*core));
        self.tell(&items).await;
    }

    async fn remove(&mut self) {
        let items = Self::some_items();
        self.core.extend(items.iter().map(|core| (*core, None)));
        self.tell(&items).await;
    }

    /// The core changes and the gateway does not hear of it, until everything is compared.
    fn lose_an_event(&mut self) {
        let core = fastrand::u32(0..ITEMS);
        if fastrand::bool() {
            self.core.insert(core, None);
        } else {
            self.place_anew(core);
        }
        self.count("event of the core lost");
    }

    /// The core as a whole, in two steps between which something may happen.
    pub(super) async fn compare(&mut self) {
        self.count("compared with the core");
        let (first, second): (Vec<u32>, Vec<u32>) = (0..ITEMS).partition(|core| core % 2 == 0);
        self.tell(&first).await;
        if fastrand::bool() {
            let core = [fastrand::u32(0..ITEMS)];
            self.core.insert(core[0], None);
            self.tell(&core).await;
        }
        self.tell(&second).await;
    }

    async fn renegotiate(&mut self) {
        let site = fastrand::usize(0..SITES);
        let scope = match fastrand::u8(0..4) {
            0 => Scope::NOTHING,
            _ => any_scope(),
        };
        self.count(if scope == Scope::NOTHING { "agreement ended" } else { "agreement changed" });
        self.agree(site, scope).await;
    }

    async fn agree(&mut self, site: usize, scope: Scope) {
        self.net.state().truth.agrees(site, |terms| terms.scopes.push(scope));
        self.partners[site].scope = scope;
        self.enrol().await;
        self.net.state().truth.agrees(site, |terms| terms.scopes = vec![scope]);
    }

    async fn suspend(&mut self) {
        let site = fastrand::usize(0..SITES);
        let now = match self.partners[site].status {
            Status::Active => Status::Suspended,
            Status::Draft | Status::Suspended | Status::Ended => Status::Active,
        };
        self.count(if now == Status::Active { "reinstated" } else { "suspended" });
        self.set_status(site, now).await;
    }

    async fn set_status(&mut self, site: usize, status: Status) {
        self.net.state().truth.agrees(site, |terms| terms.held_back = None);
        self.partners[site].status = status;
        self.enrol().await;
        self.hold_back(site).await;
    }

    /// From now on nothing new may be sent, if it is so.
    async fn hold_back(&self, site: usize) {
        let standing = self.journal.standing(&self.ids[site]).await.expect("a standing");
        let held = standing.paused || self.partners[site].status == Status::Suspended;
        let since = held.then(Instant::now);
        self.net
            .state()
            .truth
            .agrees(site, |terms| terms.held_back = terms.held_back.and(since).or(since));
    }

    async fn command(&mut self) {
        let site = fastrand::usize(0..SITES);
        let (deed, fault) = match fastrand::u8(0..5) {
            0..=1 => (Deed::Pause, "paused"),
            2..=3 => (Deed::Resume, "resumed"),
            _ => (Deed::Resync, "resync"),
        };
        self.count(fault);
        self.act(site, deed).await;
    }

    async fn act(&self, site: usize, deed: Deed) {
        if deed == Deed::Resume {
            self.net.state().truth.agrees(site, |terms| terms.held_back = None);
        }
        let cause = Cause { person: "beheer".into(), reason: "proef".into() };
        self.process.control.act(&self.ids[site], deed, cause).await.expect("stored");
        self.hold_back(site).await;
    }

    fn misbehave(&mut self) {
        let site = fastrand::usize(1..SITES);
        let manner = Manner::ALL[fastrand::usize(0..Manner::ALL.len())];
        let mut state = self.net.state();
        state.sites[site].manner = manner;
        state.loss = fastrand::u8(0..60);
        let name = match manner {
            Manner::Healthy => "healthy again",
            Manner::Hangs => "hangs",
            Manner::Drips => "slow drip",
            Manner::Breaks => "500",
            Manner::Throttles => "429 storm",
            Manner::Gone => "410",
            Manner::Babbles => "garbage answers",
            Manner::Rejects => "rejects single removals",
            Manner::Keeps => "200 but keeps it",
            Manner::Forgets => "200 but forgets it",
            Manner::LosesTombstones => "loses its tombstones",
        };
        state.count(name);
        state.note(format!("{site} {name}"));
    }

    async fn crash(&mut self) {
        self.count("crash");
        self.process.tasks.abort();
        self.process.tasks.finish(Duration::from_millis(1)).await;
        self.journal = self.journal.after_a_crash().expect("a journal");
        if fastrand::bool() {
            tokio::time::sleep(Duration::from_millis(fastrand::u64(0..3_000))).await;
        }
        self.registry = Registry::new(Vec::new());
        self.process = start_process(&self.journal, &self.clock, &self.registry, &self.net);
        self.enrol().await;
    }

    fn jump(&mut self) {
        let (hours, fault) = match fastrand::u8(0..3) {
            0 => (-fastrand::i64(1..48) * HOUR_MS, "clock goes back"),
            1 => (fastrand::i64(1..48) * HOUR_MS, "clock jumps ahead"),
            _ => (DAYS_400, "400 days pass"),
        };
        self.count(fault);
        self.clock.wind(hours);
    }

    /// An emergency: taken away, and blocked for ever.
    async fn retract(&mut self) {
        let core = fastrand::u32(0..ITEMS);
        self.count("blocked by a person");
        self.blocked.push(core);
        let cause = Cause { person: "FG".into(), reason: "spoed".into() };
        let id = self.id(core);
        self.journal.retract(Block::Item(id), cause).await.expect("stored");
        self.net.state().truth.is(id, None);
    }

    /// Everything that can be made good is: whoever is healthy and reachable should hold exactly
    /// what it should, soon.
    pub(super) async fn heals(&mut self) {
        for site in 0..SITES {
            {
                let mut state = self.net.state();
                state.loss = 0;
                state.sites[site].manner = Manner::Healthy;
            }
            self.set_status(site, Status::Active).await;
            self.act(site, Deed::Resume).await;
        }
        self.compare().await;
        self.compare().await;
        let all: Vec<u32> = (0..ITEMS).collect();
        self.tell(&all).await;
    }

    /// The process is stopped.
    pub(super) async fn ends(self) {
        self.process.tasks.abort();
        self.process.tasks.finish(Duration::from_millis(1)).await;
    }
}

fn start_process(journal: &Journal, clock: &Clock, registry: &Registry, net: &Net) -> Process {
    let (tasks, metrics) = (Tasks::default(), Metrics::new().expect("metrics"));
    let parts = (journal, &metrics, clock, registry);
    let deliver = Deliver::simulated(parts, Arc::new(net.clone()));
    let control = deliver.control();
    deliver.start(&tasks);
    Process { tasks, control, since: Instant::now() }
}
