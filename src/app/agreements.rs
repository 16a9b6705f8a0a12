//! Takes note of what each partner may have: at the start, on reload, and when a day begins.

use jiff::civil::Date;
use jiff::tz::TimeZone;

use crate::clock::Clock;
use crate::journal::{self, Channel, Enrolment, Journal};
use crate::metrics::{Metrics, PartnerState};
use crate::model::PartnerId;
use crate::partner::{Partner, Status};

/// Partners that may still hold items and could no longer be reached.
#[derive(Debug, thiserror::Error)]
pub enum Vanished {
    /// Their obligations would stay open with nobody to send them to (promise P3).
    #[error(
        "{} may still hold items: keep the partner's file with its [push] or [pull], set \
         status = \"ended\", and take it away when every removal is accepted",
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
}

impl Agreements {
    /// Works on this journal and these metrics.
    #[must_use]
    pub fn new(journal: Journal, metrics: Metrics, clock: Clock) -> Self {
        Self { journal, metrics, clock }
    }

    /// Stores every partner's scope of today; what left a scope becomes a retraction.
    ///
    /// # Errors
    /// When a partner's file is gone although it may still hold items, or nothing can be stored;
    /// then nothing was.
    pub async fn take_note(&self, partners: &[Partner]) -> Result<(), Vanished> {
        self.refuse_vanished(partners).await?;
        Ok(self.note(partners).await?)
    }

    /// The same at the start: who can no longer be reached is an alarm, and keeps nobody else from
    /// their removals (promise P5).
    ///
    /// # Errors
    /// When nothing can be stored.
    pub async fn take_note_at_start(&self, partners: &[Partner]) -> Result<(), journal::Error> {
        match self.refuse_vanished(partners).await {
            Ok(()) => {}
            Err(Vanished::Journal(error)) => return Err(error),
            Err(error @ Vanished::Partners(_)) => {
                tracing::error!(%error, "removals are open and can not be sent");
            }
        }
        self.note(partners).await
    }

    async fn note(&self, partners: &[Partner]) -> Result<(), journal::Error> {
        let today = today(&self.clock);
        let enrolments = partners.iter().map(|partner| Enrolment {
            partner: partner.id.clone(),
            scope: partner.scope_on(today),
            agreement: partner.agreement.hash.clone(),
        });
        self.journal.enrol(enrolments.collect()).await?;
        partners.iter().for_each(|partner| self.show(partner));
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

    fn show(&self, partner: &Partner) {
        let today = today(&self.clock);
        let end =
            partner.agreement.ends.to_zoned(TimeZone::UTC).map(|midnight| midnight.timestamp());
        self.metrics.enrol(&partner.id, partner.removal.promise, end.unwrap_or_default());
        let state = match partner.status {
            Status::Draft => PartnerState::Draft,
            Status::Active if partner.agreement.starts > today => PartnerState::Draft,
            Status::Active | Status::Suspended if partner.agreement.ends < today => {
                PartnerState::Ended
            }
            Status::Active => PartnerState::Active,
            Status::Suspended => PartnerState::Suspended,
            Status::Ended => PartnerState::Ended,
        };
        // The worker of a push partner knows better, as soon as it runs.
        if partner.push.is_none() || state == PartnerState::Draft {
            self.metrics.partner_state(&partner.id, state);
        }
    }
}

/// Can removals still reach the partner by this channel?
fn serves(partner: &Partner, channel: Channel) -> bool {
    let open = match channel {
        Channel::Push => partner.push.is_some(),
        Channel::Pull => partner.pull.is_some(),
    };
    open && partner.status != Status::Draft
}

/// The day (UTC) by which agreements start and end.
pub(super) fn today(clock: &Clock) -> Date {
    clock.now().to_zoned(TimeZone::UTC).date()
}
