//! The terms of an agreement, as the register keeps them.

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::model::{Kind, RegionSet};
use crate::partner::{Partner, PartnerKind, Role, Status};

/// What was agreed with a partner: nothing about people, no secrets, no addresses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Terms {
    /// Legal name.
    pub name: String,
    /// What sort of organisation it is, as its file says.
    pub kind: String,
    /// `draft`, `active`, `suspended` or `ended`, as its file says.
    pub status: String,
    /// The parties' own reference.
    pub reference: String,
    /// First day in force (UTC).
    pub starts: Date,
    /// Last day in force (UTC).
    pub ends: Date,
    /// Its role under the GDPR, as its file says.
    pub role: String,
    /// Where copies are stored (ISO 3166-1).
    pub countries: Vec<String>,
    /// Regions whose requests it may have, as codes; `*` for all.
    pub requests: Vec<String>,
    /// Regions whose offers it may have.
    pub offers: Vec<String>,
    /// Seconds within which a removed item is gone.
    pub promise_seconds: u64,
    /// Seconds after which everything is hidden without a renewal.
    pub lease_seconds: u64,
    /// By which ways it receives: `push`, `pull`, `feed`, `mail`, `embed`.
    pub ways: Vec<String>,
}

impl Terms {
    /// The terms in a partner's file.
    #[must_use]
    pub fn of(partner: &Partner) -> Self {
        let agreement = &partner.agreement;
        let (requests, offers) = (&partner.scope.requests, &partner.scope.offers);
        Self {
            name: partner.name.clone(),
            kind: kind(partner.kind).to_owned(),
            status: status(partner.status).to_owned(),
            reference: agreement.reference.clone(),
            starts: agreement.starts,
            ends: agreement.ends,
            role: role(agreement.role).to_owned(),
            countries: agreement.countries.clone(),
            requests: codes(requests),
            offers: codes(offers),
            promise_seconds: partner.removal.promise.as_secs(),
            lease_seconds: partner.removal.lease.as_secs(),
            ways: ways(partner),
        }
    }

    /// Regions whose items of this kind it may have.
    #[must_use]
    pub fn regions(&self, of: Kind) -> &[String] {
        match of {
            Kind::Request => &self.requests,
            Kind::Offer => &self.offers,
        }
    }
}

/// Test items are about nobody: whether they come is no term.
fn codes(regions: &RegionSet) -> Vec<String> {
    let regions = &regions.without_canary();
    if regions == &RegionSet::everything() {
        return vec!["*".to_owned()];
    }
    regions.iter().map(|region| region.code().to_owned()).collect()
}

fn ways(partner: &Partner) -> Vec<String> {
    let ways = [
        (partner.push.is_some(), "push"),
        (partner.pull.is_some(), "pull"),
        (partner.feed.is_some(), "feed"),
        (partner.mail.is_some(), "mail"),
        (partner.embed.is_some(), "embed"),
    ];
    ways.into_iter().filter(|(has, _)| *has).map(|(_, way)| way.to_owned()).collect()
}

fn kind(kind: PartnerKind) -> &'static str {
    match kind {
        PartnerKind::NeighbourhoodPlatform => "neighbourhood-platform",
        PartnerKind::SocialCounter => "social-counter",
        PartnerKind::WelfareOrganisation => "welfare-organisation",
        PartnerKind::Municipality => "municipality",
        PartnerKind::LocalSite => "local-site",
    }
}

fn role(role: Role) -> &'static str {
    match role {
        Role::IndependentController => "independent-controller",
        Role::JointController => "joint-controller",
        Role::Processor => "processor",
    }
}

fn status(status: Status) -> &'static str {
    match status {
        Status::Draft => "draft",
        Status::Active => "active",
        Status::Suspended => "suspended",
        Status::Ended => "ended",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whether_test_items_come_is_no_term() {
        let all = RegionSet::everything();
        assert_eq!((codes(&all), codes(&all.with_canary())), (vec!["*".into()], vec!["*".into()]));
        assert_eq!(codes(&RegionSet::EMPTY.with_canary()), [""; 0]);
    }
}
