//! What was agreed with a partner, as its file says. Of secrets it is told how many there are.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use maud::{Markup, html};

use crate::journal::Secret;
use crate::model::{Kind, RegionSet};
use crate::partner::{Partner, PartnerKind, Role};

use super::partner::span;
use super::say::Say;

/// Regions that are named; of more the number is told.
const NAMED: usize = 12;

pub(super) fn kind(say: Say, kind: PartnerKind) -> &'static str {
    match kind {
        PartnerKind::NeighbourhoodPlatform => say.of("buurtplatform", "neighbourhood platform"),
        PartnerKind::SocialCounter => say.of("sociaal loket", "social counter"),
        PartnerKind::WelfareOrganisation => say.of("welzijnsorganisatie", "welfare organisation"),
        PartnerKind::Municipality => say.of("gemeente", "municipality"),
        PartnerKind::LocalSite => say.of("lokale site", "local site"),
    }
}

fn role(say: Say, role: Role) -> &'static str {
    match role {
        Role::IndependentController => {
            say.of("zelfstandig verantwoordelijke", "independent controller")
        }
        Role::JointController => {
            say.of("gezamenlijk verantwoordelijke (art. 26)", "joint controller (art. 26)")
        }
        Role::Processor => say.of("verwerker (art. 28)", "processor (art. 28)"),
    }
}

pub(super) fn agreement(
    say: Say,
    partner: &Partner,
    (secrets, now): (&[Secret], Timestamp),
) -> Markup {
    let agreement = &partner.agreement;
    let ends = agreement.ends.to_zoned(TimeZone::UTC).ok().map(|day| day.timestamp());
    html! {
        section aria-labelledby="agreed" {
            h2 id="agreed" { (say.of("Afgesproken", "Agreed")) }
            div class="halves" {
                dl {
                    dt { (say.of("Overeenkomst", "Agreement")) } dd { (agreement.reference) }
                    dt { (say.of("In werking", "In force")) }
                    dd {
                        (agreement.starts) (say.of(" tot en met ", " up to and including ")) (agreement.ends)
                        @if let Some(ends) = ends { " " span class="soft" { "(" (say.when(ends, now)) ")" } }
                    }
                    dt { (say.of("Rol", "Role")) } dd { (role(say, agreement.role)) }
                    dt { (say.of("Kopieën staan in", "Copies are stored in")) } dd { (agreement.countries.join(", ")) }
                    dt { (say.of("Vingerafdruk", "Fingerprint")) } dd { code class="long" { (agreement.hash) } }
                    dt { (say.of("Weg binnen", "Gone within")) } dd { (span(say, partner.removal.promise)) }
                    dt { (say.of("Zonder verlenging verborgen na", "Hidden without renewal after")) }
                    dd { (span(say, partner.removal.lease)) }
                }
                dl {
                    @for of in Kind::ALL {
                        @let (name, of) = match of {
                            Kind::Request => (say.of("Hulpvragen uit", "Requests from"), &partner.scope.requests),
                            Kind::Offer => (say.of("Hulpaanbod uit", "Offers from"), &partner.scope.offers),
                        };
                        dt { (name) } dd { (regions(say, of)) }
                    }
                    dt { (say.of("Ontvangt door", "Receives by")) } dd { (ways(say, partner, (secrets, now))) }
                    @if let Some(day) = partner.secret_expires {
                        dt { (say.of("Geheim geldig tot en met", "Secret valid up to")) } dd { (day) }
                    }
                    dt { (say.of("Beheer", "Operations")) } dd { (partner.contact.operations) }
                    dt { (say.of("Privacy", "Privacy")) } dd { (partner.contact.privacy) }
                    dt { (say.of("Wordt nagekeken op", "Is looked at on")) }
                    dd { @match &partner.probe {
                        Some(page) => code class="long" { (page) },
                        None => span class="soft" { (say.of("geen pagina opgegeven", "no page declared")) },
                    } }
                }
            }
        }
    }
}

fn regions(say: Say, regions: &RegionSet) -> Markup {
    let names: Vec<_> = regions.iter().map(|region| region.name()).take(NAMED + 1).collect();
    html! {
        @if *regions == RegionSet::everything() { (say.of("heel Nederland", "the whole country")) }
        @else if names.is_empty() { span class="soft" { (say.of("nergens", "nowhere")) } }
        @else {
            (names.iter().take(NAMED).copied().collect::<Vec<_>>().join(", "))
            @if names.len() > NAMED {
                (say.of(" en ", " and ")) (regions.iter().count().saturating_sub(NAMED)) (say.of(" meer", " more"))
            }
        }
    }
}

/// By which ways, and since when each secret is in use.
fn ways(say: Say, partner: &Partner, (known, now): (&[Secret], Timestamp)) -> Markup {
    let secrets = |way: &str, number: usize| {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        let since: Vec<_> = known.iter().filter(|secret| secret.way == way).collect();
        html! {
            (say.count(number, say.of(["geheim", "geheimen"], ["secret", "secrets"])))
            @for (place, secret) in since.iter().enumerate() {
                (if place == 0 { say.of(", eerst gezien ", ", first seen ") } else { ", " })
                (say.when(secret.since, now))
            }
        }
    };
    html! {
        ul class="plain" {
            @if let Some(mail) = &partner.mail {
                li { "mail: " code class="long" { (mail.to.to_string()) } }
            }
            @if let Some(push) = &partner.push {
                li { "push: " code class="long" { (push.endpoint) } ", " (secrets("push", push.secrets.len())) }
            }
            @if let Some(pull) = &partner.pull {
                li { "pull: " (say.of("elke ", "every ")) (span(say, pull.every)) ", " (secrets("pull", pull.tokens.len())) }
            }
            @if let Some(feed) = &partner.feed {
                li { "feed: " (say.of("elke ", "every ")) (span(say, feed.every)) ", " (secrets("feed", feed.secrets.len())) }
            }
            @if let Some(embed) = &partner.embed {
                li { (say.of("lijst op ", "list on ")) (embed.origins.join(", ")) }
            }
        }
    }
}
