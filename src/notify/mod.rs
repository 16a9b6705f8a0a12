//! Tells people when something is the matter: a partner's contact for operations about its endpoint
//! and its lease, and us about everything that breaks a promise or is about to.
//!
//! What is due is decided by a pure function over figures that are there anyway, and costs the
//! journal nothing. What was told is kept in memory alone: after a restart nothing is told before
//! the first look, and then each thing that is still so once more at most. Nothing waits for a
//! notice; a queue is bounded, an attempt has a deadline, trying has an end, and each outcome is
//! counted. No notice holds a value of a row.

mod due;
mod send;
mod words;

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use lettre::Address;
use sha2::{Digest, Sha256};
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::config::{Notify, Settings};
use crate::deliver::wire::{Client, Target};
use crate::health::{self, Health};
use crate::journal::Journal;
use crate::lifecycle::Tasks;
use crate::mail::{Letter, Postman};
use crate::metrics::{Metrics, NoticeKind, NoticeOutcome};
use crate::model::PartnerId;
use crate::partner::{Partner, Registry, Status};

use due::{Limits, Memory, Notice, Seen, Snapshot, is_for_partner};
use send::{Counter, Event, Hook, Parcel, Way};
use words::Said;

/// So many partners are looked at before others get their turn.
const AT_ONCE: usize = 256;

/// What notices are made from.
#[derive(Debug, Clone)]
pub struct Tools {
    /// What time it is.
    pub clock: Clock,
    /// Figures of the partners, and where notices are counted.
    pub metrics: Metrics,
    /// Of the source and of the partner files.
    pub health: Health,
    /// Whether something can be stored.
    pub journal: Journal,
    /// Who is in force.
    pub registry: Registry,
}

/// The ways out could not be set up.
#[derive(Debug, thiserror::Error)]
#[error("TLS for notices could not be set up")]
pub struct Error(#[source] reqwest::Error);

/// Notices, ready to start.
#[derive(Debug)]
pub struct Notices {
    notify: Notify,
    tools: Tools,
    postman: Option<Postman>,
    hook: Option<Hook>,
    base: String,
    state: PathBuf,
}

impl Notices {
    /// Sets the ways out up.
    ///
    /// # Errors
    /// When no HTTP client can be made.
    pub fn new(settings: &Settings, tools: Tools, postman: Option<Postman>) -> Result<Self, Error> {
        let target = settings.notify.webhook.as_ref().and_then(Target::own);
        let hook = target.map(|target| {
            let (client, clock) = (Client::new(tools.clock.clone())?, tools.clock.clone());
            Ok(Hook { client, target, clock })
        });
        Ok(Self {
            notify: settings.notify.clone(),
            tools,
            postman,
            hook: hook.transpose().map_err(Error)?,
            base: settings.public_base().to_owned(),
            state: settings.state.clone(),
        })
    }

    /// Starts what looks and what sends; nothing without a way out.
    pub fn start(self, tasks: &Tasks) {
        let Self { notify, tools, postman, hook, base, state } = self;
        let limits = (tools.metrics.clone(), notify.give_up_after);
        let letters = postman.map(|postman| opened(postman, limits.clone(), tasks));
        let events = hook.map(|hook| opened(hook, limits, tasks));
        if letters.is_some() || events.is_some() {
            let desk = Arc::new(Desk { notify, tools, letters, events, base, state });
            let drain = tasks.drain();
            tasks.supervise("notices", move || run(desk.clone(), drain.clone()));
        }
    }
}

/// Opens a way out.
fn opened<T: Send + Sync + 'static, W: Way<T>>(
    way: W,
    limits: (Metrics, Duration),
    tasks: &Tasks,
) -> Counter<T> {
    let (counter, parcels) = Counter::open(limits.0.clone());
    let (way, drain) = (Arc::new(way), tasks.drain());
    tasks.supervise(W::NAME, move || {
        send::run(way.clone(), parcels.clone(), limits.clone(), drain.clone())
    });
    counter
}

async fn run(desk: Arc<Desk>, drain: CancellationToken) {
    desk.run(drain).await;
}

/// Looks, decides, and hands in.
struct Desk {
    notify: Notify,
    tools: Tools,
    letters: Option<Counter<Letter>>,
    events: Option<Counter<Event>>,
    /// The public address, by which this gateway is told from others.
    base: String,
    /// The state folder.
    state: PathBuf,
}

impl Desk {
    async fn run(&self, drain: CancellationToken) {
        let limits = Limits {
            failing_after: self.notify.failing_after,
            source_after: self.notify.source_after,
            repeat_after: self.notify.repeat_after,
            per_hour: self.notify.per_hour,
            disk_percent_min: self.notify.disk_percent_min,
        };
        let mut memory = Memory::default();
        while tokio::time::timeout(self.notify.every, drain.cancelled()).await.is_err() {
            let seen = self.look().await;
            let (told, left) = due::due(&seen, &limits, &mut memory);
            left.iter().for_each(|kind| self.tools.metrics.notice(*kind, NoticeOutcome::Limited));
            for notice in &told {
                let partner = notice.partner.as_ref().map(PartnerId::as_str);
                tracing::warn!(kind = notice.kind.as_str(), partner, "a notice is due");
            }
            self.tell(&told, seen.now);
        }
    }

    async fn look(&self) -> Snapshot {
        let now = self.tools.clock.now();
        let today = now.to_zoned(TimeZone::UTC).date();
        let mut partners = Vec::new();
        for (place, partner) in self.tools.registry.current().values().enumerate() {
            if partner.status != Status::Draft {
                let in_force = partner.lease_from(now).is_some();
                partners.push(Seen {
                    id: partner.id.clone(),
                    figures: self.tools.metrics.figures_of(&partner.id),
                    promise: partner.removal.promise,
                    lease: partner.is_sent_to().then_some(partner.removal.lease),
                    pushed: partner.push.is_some(),
                    ends: in_force.then_some(partner.agreement.ends),
                });
            }
            if place % AT_ONCE == AT_ONCE - 1 {
                tokio::task::yield_now().await;
            }
        }
        // Who has no file any more, or one of a draft, may still hold what was removed.
        let known: BTreeSet<_> = partners.iter().map(|seen| seen.id.clone()).collect();
        let gone = self.tools.metrics.partners().into_iter().filter(|id| !known.contains(id));
        partners.extend(gone.map(|id| Seen {
            figures: self.tools.metrics.figures_of(&id),
            id,
            promise: Duration::ZERO,
            lease: None,
            pushed: false,
            ends: None,
        }));
        Snapshot {
            now,
            today,
            partners,
            source_down: self.tools.health.source_trouble().is_some(),
            files_refused: self.tools.health.files_refused(),
            journal_trouble: self.tools.journal.trouble().is_some(),
            disk_percent: free(self.state.clone()).await,
        }
    }

    /// What is ours in one letter, and what is a partner's in one to its contact.
    fn tell(&self, told: &[Notice], now: Timestamp) {
        let partners = self.tools.registry.current();
        let find = |notice: &Notice| notice.partner.as_ref().and_then(|id| partners.get(id));
        let said = |notice: &Notice| {
            let id = notice.partner.as_ref().map(PartnerId::as_str).unwrap_or_default();
            words::said(notice, find(notice).map_or(id, |one| &one.name))
        };
        let mut ours: (Vec<NoticeKind>, Vec<Said>) = Default::default();
        let mut theirs = BTreeMap::<&PartnerId, (&Partner, Vec<NoticeKind>, Vec<Said>)>::new();
        for notice in told {
            if let Some(events) = &self.events {
                let load = self.event(notice, now);
                events.hand_in(Parcel { kinds: vec![notice.kind], load });
            }
            match find(notice).filter(|_| is_for_partner(notice.kind)) {
                Some(partner) => {
                    let of = theirs.entry(&partner.id).or_insert((partner, vec![], vec![]));
                    of.1.push(notice.kind);
                    of.2.push(said(notice));
                }
                None => {
                    ours.0.push(notice.kind);
                    ours.1.push(said(notice));
                }
            }
        }
        let Some(letters) = &self.letters else { return };
        let host = self.base.split("://").last().unwrap_or_default();
        let hand_in = |kinds: Vec<NoticeKind>, to: Vec<Address>, said: &[Said], name: &str| {
            let subject = words::subject(said, name);
            let id = self.id(&format!("{subject}\n{to:?}"), now);
            let load = Letter { to, id, written: now, subject, text: words::text(said) };
            letters.hand_in(Parcel { kinds, load });
        };
        if !ours.0.is_empty() && !self.notify.to.is_empty() {
            hand_in(ours.0, self.notify.to.clone(), &ours.1, host);
        }
        for (partner, kinds, said) in theirs.into_values().filter(|_| self.notify.tell_partners) {
            // An address that is none is refused when the letter is brought, and counted.
            let to = partner.contact.operations.parse().into_iter().collect();
            hand_in(kinds, to, &said, &partner.name);
        }
    }

    fn event(&self, notice: &Notice, now: Timestamp) -> Event {
        let kind = notice.kind.as_str();
        let id = format!("msg_{}", self.id(&format!("{kind}\n{:?}", notice.partner), now));
        let data = serde_json::json!({
            "partner": notice.partner.as_ref().map(PartnerId::as_str),
            "count": notice.count,
            "ageSeconds": notice.age.as_secs(),
            "until": notice.until,
        });
        let body = serde_json::json!({
            "specversion": "1.0",
            "id": id,
            "source": self.base,
            "type": format!("luik.operations.{kind}"),
            "time": now,
            "datacontenttype": "application/json",
            "data": data,
        });
        Event { id, body: body.to_string().into() }
    }

    /// The same for the same thing at the same moment.
    fn id(&self, what: &str, now: Timestamp) -> String {
        let digest = Sha256::digest(format!("{}\n{now}\n{what}", self.base));
        BASE32_NOPAD.encode(&digest).to_ascii_lowercase()
    }
}

/// How many percent of the folder's disk are free; none if that can not be seen in time.
async fn free(folder: PathBuf) -> Option<u32> {
    let look = tokio::task::spawn_blocking(move || health::room(&folder));
    let (free, used) = tokio::time::timeout(Duration::from_secs(5), look).await.ok()?.ok()??;
    u32::try_from(free.saturating_mul(100).checked_div(free.saturating_add(used))?).ok()
}

#[cfg(test)]
mod tests {
    use crate::metrics::{Channel, Lane};

    use super::*;

    const DAY: Duration = Duration::from_secs(24 * 60 * 60);

    #[tokio::test]
    async fn what_is_open_at_a_partner_without_a_file_is_told_to_us() {
        let clock = Clock::wound("2026-06-01T12:00:00Z".parse().unwrap());
        let (metrics, folder) = (Metrics::new().unwrap(), tempfile::tempdir().unwrap());
        let tools = Tools {
            journal: Journal::in_memory(clock.clone()).unwrap(),
            clock: clock.clone(),
            metrics: metrics.clone(),
            health: Health::default(),
            registry: Registry::new(Vec::new()),
        };
        let notify = Notify {
            smtp: None,
            to: Vec::new(),
            tell_partners: true,
            webhook: None,
            every: DAY,
            failing_after: DAY,
            source_after: DAY,
            repeat_after: DAY,
            per_hour: 30,
            give_up_after: DAY,
            disk_percent_min: 0,
        };
        let (base, state) = ("https://luik.example".to_owned(), folder.path().to_owned());
        let desk = Desk { notify, tools, letters: None, events: None, base, state };
        let id = "verdwenen".parse().unwrap();
        metrics.enrol(&id, Duration::ZERO, Timestamp::UNIX_EPOCH);
        metrics.backlog(&id, (Channel::Push, Lane::Remove), 2, Some(clock.now()));
        clock.wind(1_000);
        let limits = Limits {
            failing_after: DAY,
            source_after: DAY,
            repeat_after: DAY,
            per_hour: 30,
            disk_percent_min: 0,
        };
        let (told, _) = due::due(&desk.look().await, &limits, &mut Memory::default());
        let told: Vec<_> = told.into_iter().map(|one| (one.kind, one.partner, one.count)).collect();
        assert_eq!(told, [(NoticeKind::RemovalOverdue, Some(id), 2)]);
    }
}
