//! One partner file → one [`Partner`].

use std::time::Duration;

use crate::config::{
    Document, Section, boolean, date, duration, mailbox, one_of, spell, text, url,
};
use crate::model::{Kind, PartnerId};

use super::modes::{self, Modes};
use super::profile::{Agreement, Contact, Partner, PartnerKind, Removal, Role, Status};
use super::scope::Scope;
use super::{terms, territory};

const SECOND: Duration = Duration::from_secs(1);
const MINUTE: Duration = Duration::from_secs(60);
/// How long readers of feeds keep what they fetched, whatever a feed says: WordPress, by default.
const READER_CACHE: Duration = Duration::from_secs(12 * 60 * 60);
/// A partner that pulls more seldom than this is no measure of anything: a test item would stand for
/// hours.
const CANARY_PULL_MAX: Duration = Duration::from_secs(15 * 60);
/// A lease outlasts so many letters at least: one may be late.
const LETTERS_PER_LEASE: u32 = 3;
/// Longest promise.
const PROMISE_MAX: Duration = LEASE_MAX;
/// Longest lease of an agreement.
pub const LEASE_MAX: Duration = Duration::from_secs(90 * 24 * 60 * 60);

const KINDS: [(&str, PartnerKind); 5] = [
    ("neighbourhood-platform", PartnerKind::NeighbourhoodPlatform),
    ("social-counter", PartnerKind::SocialCounter),
    ("welfare-organisation", PartnerKind::WelfareOrganisation),
    ("municipality", PartnerKind::Municipality),
    ("local-site", PartnerKind::LocalSite),
];
const STATUSES: [(&str, Status); 4] = [
    ("draft", Status::Draft),
    ("active", Status::Active),
    ("suspended", Status::Suspended),
    ("ended", Status::Ended),
];
const ROLES: [(&str, Role); 3] = [
    ("independent-controller", Role::IndependentController),
    ("joint-controller", Role::JointController),
    ("processor", Role::Processor),
];

/// Reads the whole file, even when its name is no id; its problems are kept in the document.
pub(super) fn partner(document: &Document, id: Option<PartnerId>) -> Option<Partner> {
    let hash = terms::hash(document.values());
    document.read(|root| {
        let name = root.required("name", text(1..=200));
        let kind = root.required("kind", one_of(&KINDS));
        let status = root.required("status", one_of(&STATUSES));
        let agreement = root.section("agreement", |section| agreement(section, hash));
        let contact = root.section("contact", contact);
        let scope = root.section("scope", scope);
        let modes = modes::read(root, status == Some(Status::Draft));
        let removal = root.section("removal", |section| removal(section, &modes));
        let canary = root.or("canary", false, boolean);
        if canary == Some(true) && matches!(modes.mail, Some(Some(_))) {
            root.fault("canary", "can not go with [mail]: a person would get the test items");
        } else if canary == Some(true) && !modes.is_prompt(CANARY_PULL_MAX) {
            let message = "needs a [push], or a [pull] every 15m or more often: a test item must \
                           not stand for long";
            root.fault("canary", message);
        }
        if let (Some(Some(mail)), Some(removal)) = (&modes.mail, &removal)
            && removal.lease < LETTERS_PER_LEASE * mail.every
        {
            let message = "must be at most a third of removal.lease, which a letter renews";
            root.fault("mail.every", message);
        }
        let probe = root.optional_section("probe", |section| section.required("page", url));
        Some(Partner {
            id: id?,
            name: name?,
            kind: kind?,
            status: status?,
            agreement: agreement?,
            contact: contact?,
            scope: if canary? { scope?.with_canary() } else { scope? },
            removal: removal?,
            push: modes.push?,
            mail: modes.mail?,
            pull: modes.pull?,
            feed: modes.feed?,
            embed: modes.embed?,
            probe: probe?,
            secret_expires: document.first_expiry(),
        })
    })
}

fn agreement(section: &Section, hash: String) -> Option<Agreement> {
    let reference = section.required("reference", text(1..=200));
    let starts = section.required("starts", date);
    let ends = section.required("ends", date);
    let role = section.required("role", one_of(&ROLES));
    let countries = section.list("countries", territory::country);
    let (starts, ends) = (starts?, ends?);
    if ends < starts {
        section.fault("ends", "must not be before starts");
    }
    Some(Agreement {
        reference: reference?,
        starts,
        ends,
        role: role?,
        countries: countries?,
        hash,
    })
}

fn contact(section: &Section) -> Option<Contact> {
    let operations = section.required("operations", mailbox);
    let privacy = section.required("privacy", mailbox);
    Some(Contact { operations: operations?, privacy: privacy? })
}

fn scope(section: &Section) -> Option<Scope> {
    let kinds = Kind::ALL.map(|kind| (kind.as_str(), kind));
    let kinds = section.list("kinds", one_of(&kinds));
    let regions = territory::regions(section);
    Some(Scope::new(&kinds?, regions?))
}

fn removal(section: &Section, modes: &Modes) -> Option<Removal> {
    let promise = section.required("promise", duration(SECOND..=PROMISE_MAX));
    let lease = section.required("lease", duration(MINUTE..=LEASE_MAX));
    let promise = promise?;
    if let Some((mode, needs)) = modes.slowest().filter(|(_, needs)| promise < *needs) {
        let (short, needs) = (spell(promise), spell(needs));
        let message = format!("{short} is too short: {mode} needs {needs}; promise that or more");
        section.fault("promise", message);
    } else if modes.is_feed_alone() && promise < READER_CACHE {
        let (short, cached) = (spell(promise), spell(READER_CACHE));
        let message = format!(
            "{short} is too short for a [feed] alone: readers such as WordPress cache {cached} \
             whatever is agreed; promise that or more, or add another mode"
        );
        section.fault("promise", message);
    }
    Some(Removal { promise, lease: lease? })
}
