//! Takes note of what each partner may have: at the start, on reload, and when a day begins.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::config::{Secret, key::Key};
use crate::journal::{self, Cause, Channel, Deed, Enrolment, Journal, Mark};
use crate::ledger::Terms;
use crate::metrics::{Metrics, PartnerState};
use crate::model::PartnerId;
use crate::partner::{Partner, Partners, Status};

/// Partners that may still hold items and could no longer be reached.
#[derive(Debug, thiserror::Error)]
pub enum Vanished {
    /// Their obligations would stay open with nobody to send them to (promise P3).
    #[error(
        "{} may still hold items: keep the partner's file with its [push], [mail], [pull] \
         or [feed], set status = \"ended\", and take it away when every removal is accepted",
        .0.iter().map(PartnerId::as_str).collect::<Vec<_>>().join(", ")
    )]
    Partners(Vec<PartnerId>),
    /// The journal could not be asked.
    #[error(transparent)]
    Journal(#[from] journal::Error),
}

/// Tells journal and metrics what the partner files say.
#[derive(Debug, Clone)]
pub struct Agreements {
    journal: Journal,
    metrics: Metrics,
    clock: Clock,
    key: Option<Key>,
}

impl Agreements {
    /// Works on this journal and these metrics.
    #[must_use]
    pub fn new(journal: Journal, metrics: Metrics, clock: Clock) -> Self {
        Self { journal, metrics, clock, key: None }
    }

    /// Takes note of secrets too, by digests under this key.
    #[must_use]
    pub fn marking(self, key: Key) -> Self {
        Self { key: Some(key), ..self }
    }

    /// Stores every partner's scope of today; what left a scope becomes a retraction. Returns the
    /// partners as they are in force: an agreement that was ended by command stays so.
    ///
    /// # Errors
    /// When a partner's file is gone although it may still hold items, or nothing can be stored;
    /// then nothing was.
    pub async fn take_note(&self, partners: Vec<Partner>) -> Result<Vec<Partner>, Vanished> {
        let partners = in_force(&self.journal, partners).await?;
        self.refuse_vanished(&partners).await?;
        self.note(&partners, &[]).await?;
        Ok(partners)
    }

    /// The same at the start and when a day begins: who can no longer be reached is an alarm, and keeps nobody else from
    /// their removals (promise P5).
    ///
    /// # Errors
    /// When nothing can be stored.
    pub async fn take_note_at_start(
        &self,
        partners: Vec<Partner>,
    ) -> Result<Vec<Partner>, journal::Error> {
        let partners = in_force(&self.journal, partners).await?;
        let vanished = match self.refuse_vanished(&partners).await {
            Ok(()) => Vec::new(),
            Err(Vanished::Journal(error)) => return Err(error),
            Err(Vanished::Partners(vanished)) => {
                let error = Vanished::Partners(vanished.clone());
                tracing::error!(%error, "removals are open and can not be sent");
                self.show_refused(true);
                vanished
            }
        };
        self.note(&partners, &vanished).await?;
        Ok(partners)
    }

    /// Ends an agreement, with its reason.
    pub(super) async fn end(&self, partner: &Partner, cause: Cause) -> Result<u64, journal::Error> {
        self.journal.end(&partner.id, partner.agreement.hash.clone(), cause).await
    }

    /// Notes who was suspended by its file since, and whose suspension is over.
    pub(super) async fn note_suspensions(&self, before: &Partners, now: &[Partner]) {
        for partner in now {
            let was = before.get(&partner.id).map(|partner| partner.status);
            let deed = match (was, partner.status) {
                (Some(Status::Suspended), Status::Active) => Deed::Reinstate,
                (Some(Status::Active), Status::Suspended) => Deed::Suspend,
                _ => continue,
            };
            let cause =
                Cause { person: "partner file".into(), reason: format!("{:?}", partner.status) };
            if let Err(error) = self.journal.act(&partner.id, deed, cause).await {
                tracing::warn!(%error, "a suspension could not be noted");
            }
        }
    }

    /// Shows whether the partner files on disk are refused.
    pub(super) fn show_refused(&self, refused: bool) {
        self.metrics.reload_refused(refused);
    }

    async fn note(
        &self,
        partners: &[Partner],
        vanished: &[PartnerId],
    ) -> Result<(), journal::Error> {
        let today = today(&self.clock);
        let enrolments = partners.iter().map(|partner| Enrolment {
            partner: partner.id.clone(),
            scope: partner.scope_on(today),
            agreement: partner.agreement.hash.clone(),
            terms: Some(Box::new(Terms::of(partner))),
        });
        self.journal.enrol(enrolments.collect()).await?;
        if let Some(key) = &self.key {
            let used = partners.iter().map(|one| (one.id.clone(), marks(one, key)));
            self.journal.note_secrets(used.collect()).await?;
        }
        for partner in partners {
            self.show(partner);
            self.show_remembered(&partner.id).await?;
        }
        for id in vanished {
            self.show_vanished(id);
            self.show_remembered(id).await?;
        }
        let known = partners.iter().map(|partner| &partner.id).chain(vanished);
        self.metrics.keep_only(&known.cloned().collect());
        Ok(())
    }

    /// A channel by which a partner may hold items can not be taken away.
    async fn refuse_vanished(&self, partners: &[Partner]) -> Result<(), Vanished> {
        let mut vanished = Vec::new();
        for id in self.journal.enrolled().await? {
            let partner = partners.iter().find(|partner| partner.id == id);
            for channel in Channel::ALL {
                let served = partner.is_some_and(|partner| serves(partner, *channel));
                if !served && self.journal.may_hold_anything(&id, *channel).await? {
                    vanished.push(id.clone());
                }
            }
        }
        vanished.dedup();
        if vanished.is_empty() { Ok(()) } else { Err(Vanished::Partners(vanished)) }
    }

    /// What is still open at a partner without a file is late at once: nothing is promised any more.
    fn show_vanished(&self, id: &PartnerId) {
        self.metrics.enrol(id, Duration::ZERO, Timestamp::UNIX_EPOCH);
        self.metrics.partner_state(id, PartnerState::Ended);
    }

    /// The lease that the journal remembers, unless a later one is shown already; and since when the
    /// partner tells something else.
    async fn show_remembered(&self, id: &PartnerId) -> Result<(), journal::Error> {
        let standing = self.journal.standing(id).await?;
        if self.metrics.lease_shown(id).is_none()
            && let Some(until) = standing.lease
        {
            self.metrics.lease(id, until);
        }
        self.metrics.differs(id, standing.differs);
        Ok(())
    }

    fn show(&self, partner: &Partner) {
        let today = today(&self.clock);
        let (id, end) = (&partner.id, end_of(partner.agreement.ends));
        self.metrics.enrol(id, partner.removal.promise, end.unwrap_or(Timestamp::MAX));
        self.metrics.lease_lasts(id, partner.removal.lease);
        if partner.probe.is_none() {
            self.metrics.probe(id, true);
        }
        self.metrics.secret_expires(id, partner.secret_expires.and_then(end_of));
        let state = partner.state_on(today);
        // The worker of a partner that is sent to knows better, as soon as it runs.
        if !partner.is_sent_to() || state == PartnerState::Draft {
            self.metrics.partner_state(&partner.id, state);
        }
    }
}

/// When a day is over.
fn end_of(day: Date) -> Option<Timestamp> {
    let midnight = day.tomorrow().and_then(|next| next.to_zoned(TimeZone::UTC));
    midnight.ok().map(|midnight| midnight.timestamp())
}

/// The partners as they are in force: an agreement that was ended by command is ended, whatever its
/// file says; another agreement with the same partner is another agreement.
///
/// # Errors
/// When the journal can not be read.
pub async fn in_force(
    journal: &Journal,
    mut partners: Vec<Partner>,
) -> Result<Vec<Partner>, journal::Error> {
    for (id, agreement) in journal.ended().await? {
        let ended = |one: &&mut Partner| one.id == id && one.agreement.hash == agreement;
        if let Some(partner) = partners.iter_mut().find(ended) {
            partner.status = Status::Ended;
        }
    }
    Ok(partners)
}

/// The secrets that a partner's file names, as the journal may know them.
fn marks(partner: &Partner, key: &Key) -> Vec<Mark> {
    let push = partner.push.iter().flat_map(|push| &push.secrets).map(Secret::digest);
    let pull = partner.pull.iter().flat_map(|pull| pull.tokens.iter().copied());
    let feed = partner.feed.iter().flat_map(|feed| feed.secrets.iter().copied());
    let push = push.map(|digest| ("push", digest));
    let all = push.chain(pull.map(|digest| ("pull", digest)));
    let all = all.chain(feed.map(|digest| ("feed", digest)));
    all.filter_map(|(way, digest)| Some((way, digest.mark(key)?))).collect()
}

/// Can removals still reach the partner by this channel?
fn serves(partner: &Partner, channel: Channel) -> bool {
    let open = match channel {
        Channel::Push => partner.is_sent_to(),
        Channel::Pull => partner.fetches(),
    };
    open && partner.status != Status::Draft
}

/// The day (UTC) by which agreements start and end.
pub(super) fn today(clock: &Clock) -> Date {
    clock.now().to_zoned(TimeZone::UTC).date()
}
