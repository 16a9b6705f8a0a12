//! One partner, already checked.

use std::time::Duration;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use lettre::Address;
use url::Url;

use crate::config::{Secret, TokenDigest};
use crate::metrics::PartnerState;
use crate::model::PartnerId;

use super::scope::Scope;

/// One partner under one agreement.
#[derive(Debug, Clone)]
pub struct Partner {
    /// The stem of its file.
    pub id: PartnerId,
    /// Legal name, printed on statements.
    pub name: String,
    /// What sort of organisation it is.
    pub kind: PartnerKind,
    /// As the file says; see [`Partner::scope_on`] for what follows from it.
    pub status: Status,
    /// The agreement under which it receives.
    pub agreement: Agreement,
    /// Role mailboxes.
    pub contact: Contact,
    /// What the agreement covers while it is in force.
    pub scope: Scope,
    /// What was promised about removal.
    pub removal: Removal,
    /// Signed pushes.
    pub push: Option<Push>,
    /// Letters to a person.
    pub mail: Option<Mail>,
    /// RPDE feed and stream with a bearer token.
    pub pull: Option<Pull>,
    /// Atom and JSON Feed by capability URL.
    pub feed: Option<Feed>,
    /// Embeds on these origins.
    pub embed: Option<Embed>,
    /// A page where removed items must no longer be found.
    pub probe: Option<Url>,
    /// The last day of the first of its secrets and tokens to expire. It warns and stops nothing.
    pub secret_expires: Option<Date>,
}

impl Partner {
    /// What the partner may have on this day (UTC): its scope while the agreement is in force and
    /// the status is active or suspended, else nothing. A suspended partner keeps what it holds,
    /// gets removals and nothing new.
    #[must_use]
    pub fn scope_on(&self, today: Date) -> Scope {
        let agreed = matches!(self.status, Status::Active | Status::Suspended);
        let in_force = self.agreement.starts <= today && today <= self.agreement.ends;
        if agreed && in_force { self.scope } else { Scope::NOTHING }
    }

    /// Does the partner fetch items itself, so that what it was told follows from its pull cursor?
    #[must_use]
    pub fn fetches(&self) -> bool {
        self.pull.is_some() || self.feed.is_some()
    }

    /// Do we send items to the partner, so that what it was told follows from what was accepted?
    #[must_use]
    pub fn is_sent_to(&self) -> bool {
        self.push.is_some() || self.mail.is_some()
    }

    /// The state that the partner's file gives it on this day (UTC).
    #[must_use]
    pub fn state_on(&self, today: Date) -> PartnerState {
        match self.status {
            Status::Draft => PartnerState::Draft,
            Status::Ended => PartnerState::Ended,
            Status::Active | Status::Suspended if self.agreement.ends < today => {
                PartnerState::Ended
            }
            Status::Active if self.agreement.starts > today => PartnerState::Draft,
            Status::Active => PartnerState::Active,
            Status::Suspended => PartnerState::Suspended,
        }
    }

    /// Until when a lease that is given now lasts (promise P6): not beyond the agreement, in whole
    /// seconds. None while suspended, or without an agreement in force.
    #[must_use]
    pub fn lease_from(&self, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(TimeZone::UTC).date();
        let in_force = self.agreement.starts <= today && today <= self.agreement.ends;
        if self.status != Status::Active || !in_force {
            return None;
        }
        let end = self.agreement.ends.tomorrow().ok()?.to_zoned(TimeZone::UTC).ok()?.timestamp();
        let until = now.checked_add(self.removal.lease).unwrap_or(Timestamp::MAX).min(end);
        Timestamp::from_second(until.as_second()).ok()
    }
}

/// What sort of organisation a partner is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PartnerKind {
    /// `neighbourhood-platform`
    NeighbourhoodPlatform,
    /// `social-counter`
    SocialCounter,
    /// `welfare-organisation`
    WelfareOrganisation,
    /// `municipality`
    Municipality,
    /// `local-site`
    LocalSite,
}

/// Where a partnership stands, as its file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// Being prepared: nothing leaves, secrets need not exist yet.
    Draft,
    /// In force.
    Active,
    /// Publishes stop, removals go on, leases are no longer renewed.
    Suspended,
    /// Everything is retracted.
    Ended,
}

/// Role under the GDPR (articles 4, 26 and 28).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// `independent-controller`
    IndependentController,
    /// `joint-controller`
    JointController,
    /// `processor`
    Processor,
}

/// The agreement.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Agreement {
    /// The parties' own reference.
    pub reference: String,
    /// First day in force (UTC).
    pub starts: Date,
    /// Last day in force (UTC).
    pub ends: Date,
    /// The partner's role.
    pub role: Role,
    /// ISO 3166-1 codes of the countries where copies are stored; all in the EEA.
    pub countries: Vec<String>,
    /// `sha256:` and 64 hex digits over the agreement's terms, without secrets.
    pub hash: String,
}

/// Role mailboxes of the partner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contact {
    /// Who mends the endpoint.
    pub operations: String,
    /// Who answers for personal data.
    pub privacy: String,
}

/// What was promised about removal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Removal {
    /// A removed item is gone within this time.
    pub promise: Duration,
    /// Without a renewal, everything is hidden after this time (promise P6).
    pub lease: Duration,
}

/// Signed pushes to the partner's endpoint.
#[derive(Debug, Clone)]
pub struct Push {
    /// https, or http on loopback with `allow_private`.
    pub endpoint: Url,
    /// `whsec_…`; several sign at once during rotation. Empty only for a draft.
    pub secrets: Vec<Secret>,
    /// Most items in one request.
    pub batch: usize,
    /// Most requests in a second, for each lane.
    pub per_second: u32,
    /// One deadline over connect, headers and body.
    pub timeout: Duration,
    /// Private and loopback addresses are allowed.
    pub allow_private: bool,
}

/// Letters to a person: for a partner that has no site of its own that could be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mail {
    /// Who reads them.
    pub to: Address,
    /// How often what is new is sent, in one letter; removals are sent at once.
    pub every: Duration,
    /// How often it is reminded of removals that nobody confirmed.
    pub remind_every: Duration,
}

/// RPDE feed and stream.
#[derive(Debug, Clone)]
pub struct Pull {
    /// Bearer tokens, each of them valid; only their digests are kept. Empty only for a draft.
    pub tokens: Vec<TokenDigest>,
    /// How often the partner polls, by agreement.
    pub every: Duration,
}

/// Atom and JSON Feed by capability URL.
#[derive(Debug, Clone)]
pub struct Feed {
    /// The secret part of the URL, each of them valid; only their digests are kept. Empty only for
    /// a draft.
    pub secrets: Vec<TokenDigest>,
    /// How long the partner's reader caches.
    pub every: Duration,
}

/// Embeds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Embed {
    /// Origins that may frame the embed; https, or http on loopback.
    pub origins: Vec<String>,
}
