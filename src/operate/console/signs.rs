//! How levels, states and worries are told: by a shape and by words, never by colour alone.

use jiff::Timestamp;
use maud::{Markup, html};

use crate::deliver::Errand;
use crate::metrics::{Lane, Outcome, PartnerState};

use super::say::Say;
use super::worry::{Level, Matter, Worry};

/// The class of a level.
fn class(level: Level) -> &'static str {
    match level {
        Level::Fine => "fine",
        Level::Note => "note",
        Level::Warning => "warning",
        Level::Alarm => "alarm",
    }
}

/// A shape for the eye; the words beside it say the same.
pub(super) fn shape(level: Level) -> Markup {
    let path = match level {
        Level::Fine => {
            "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm3.6 5.2L7.3 10.9 4.5 8.4l1.1-1.2 1.6 1.4 3.2-3.5Z"
        }
        Level::Note => {
            "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1Zm0 2a5 5 0 1 1 0 10A5 5 0 0 1 8 3Zm-.8 1.8h1.6v3.6h-1.6Z"
        }
        Level::Warning => "M8 1 .8 14.2h14.4Zm-.8 5h1.6v4H7.2Zm0 5h1.6v1.6H7.2Z",
        Level::Alarm => "M5 1h6l4 4v6l-4 4H5l-4-4V5Zm2.2 3v5h1.6V4Zm0 6.4V12h1.6v-1.6Z",
    };
    html! {
        svg class="shape" viewBox="0 0 16 16" aria-hidden="true" { path fill-rule="evenodd" d=(path); }
    }
}

/// Words under the shape and the colour of a level.
pub(super) fn badge(level: Level, words: &str) -> Markup {
    html! { span class={ "badge " (class(level)) } { (shape(level)) (words) } }
}

/// The state of a partner.
pub(super) fn state(say: Say, state: PartnerState) -> Markup {
    let level = match state {
        PartnerState::Active => Level::Fine,
        PartnerState::Draft
        | PartnerState::Paused
        | PartnerState::Suspended
        | PartnerState::Ended => Level::Note,
        PartnerState::Failing => Level::Warning,
        PartnerState::Gone => Level::Alarm,
    };
    badge(level, state_name(say, state))
}

pub(super) fn state_name(say: Say, state: PartnerState) -> &'static str {
    match state {
        PartnerState::Draft => say.of("nog niet in werking", "not in force yet"),
        PartnerState::Active => say.of("actief", "active"),
        PartnerState::Failing => say.of("hapert", "failing"),
        PartnerState::Paused => say.of("gepauzeerd", "paused"),
        PartnerState::Suspended => say.of("opgeschort", "suspended"),
        PartnerState::Gone => say.of("adres opgeheven", "endpoint gone"),
        PartnerState::Ended => say.of("beëindigd", "ended"),
    }
}

pub(super) fn level(say: Say, level: Level) -> Markup {
    let words = match level {
        Level::Fine => say.of("in orde", "fine"),
        Level::Note => say.of("loopt", "under way"),
        Level::Warning => say.of("let op", "watch out"),
        Level::Alarm => say.of("te laat", "broken"),
    };
    badge(level, words)
}

/// What is the matter, in a few words.
pub(super) fn matter(say: Say, matter: Matter) -> String {
    let items =
        |number: u32| say.count(u64::from(number), say.of(["item", "items"], ["item", "items"]));
    match matter {
        Matter::Removals(number) => {
            format!("{} {}", items(number), say.of("nog niet weggehaald", "not taken away yet"))
        }
        Matter::Extra(number) => format!(
            "{} {}",
            say.of("Houdt zelf nog", "Says itself that it still holds"),
            items(number) + say.of(" vast die weg moesten", " that had to go")
        ),
        Matter::Differs => say
            .of("Houdt iets anders vast dan zou moeten", "Holds something else than it should")
            .to_owned(),
        Matter::Behind(number) => {
            format!("{} {}", items(number), say.of("ontbreken of zijn oud", "missing or stale"))
        }
        Matter::Gone => say
            .of("Adres opgeheven (410): niets komt nog aan", "Endpoint gone (410): nothing arrives")
            .to_owned(),
        Matter::Failing => say.of("Afleveren mislukt steeds", "Deliveries keep failing").to_owned(),
        Matter::LeaseEnds => say
            .of("Geldigheid is niet verlengd en loopt af", "Lease was not renewed and ends soon")
            .to_owned(),
        Matter::LeaseOver => say
            .of(
                "Geldigheid voorbij: partner mag niets tonen",
                "Lease over: partner may show nothing",
            )
            .to_owned(),
        Matter::Paused => {
            say.of("Gepauzeerd: niets nieuws gaat uit", "Paused: nothing new leaves").to_owned()
        }
        Matter::AgreementEnds => say.of("Overeenkomst loopt af", "Agreement ends").to_owned(),
        Matter::SecretExpires => say
            .of("Een geheim verloopt, of is verlopen", "A secret expires, or has expired")
            .to_owned(),
        Matter::PageFailed => say
            .of(
                "De pagina waarop wordt nagekeken, komt niet",
                "The page that is looked at does not come",
            )
            .to_owned(),
    }
}

/// How a removal stands against what was promised, or when something was or will be.
pub(super) fn term(
    say: Say,
    worry: &Worry,
    (promise, now): (jiff::SignedDuration, Timestamp),
) -> Markup {
    let Some(at) = worry.at else { return html! { span class="soft" { "–" } } };
    let age = now.duration_since(at);
    match worry.matter {
        Matter::Removals(_) | Matter::Extra(_) | Matter::Differs => html! {
            span class="term" {
                time datetime=(at) title=(super::say::moment(at)) { (say.span(age)) }
                " " span class="soft" { (say.of("(beloofd: ", "(promised: ")) (say.span(promise)) ")" }
                (bar(worry.share))
            }
        },
        Matter::Behind(_)
        | Matter::Gone
        | Matter::Failing
        | Matter::LeaseEnds
        | Matter::LeaseOver
        | Matter::Paused
        | Matter::AgreementEnds
        | Matter::SecretExpires
        | Matter::PageFailed => say.when(at, now),
    }
}

/// How much of a promise is over; the words before it say the same.
fn bar(share: u64) -> Markup {
    let width = share.min(1_000) / 10;
    html! {
        svg class="gauge" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true" {
            rect class="of" width="100" height="4";
            rect class="is" width=(width) height="4";
        }
    }
}

/// What was sent.
pub(super) fn errand(say: Say, errand: Errand) -> &'static str {
    match errand {
        Errand::Items(Lane::Publish) => say.of("plaatsen", "publish"),
        Errand::Items(Lane::Remove) => say.of("weghalen", "remove"),
        Errand::Lease => say.of("verlenging", "lease"),
        Errand::Compare => say.of("vergelijken", "compare"),
        Errand::Ping => "ping",
    }
}

/// How a request ended.
pub(super) fn outcome(say: Say, outcome: Outcome) -> Markup {
    let (level, words) = match outcome {
        Outcome::Accepted => (Level::Fine, say.of("aangenomen", "accepted")),
        Outcome::PartlyRejected => (Level::Warning, say.of("deels geweigerd", "partly rejected")),
        Outcome::Refused => (Level::Warning, say.of("geweigerd", "refused")),
        Outcome::Gone => (Level::Alarm, say.of("adres opgeheven", "endpoint gone")),
        Outcome::Throttled => (Level::Note, say.of("rustiger aan", "throttled")),
        Outcome::ServerError => (Level::Warning, say.of("fout bij partner", "partner's error")),
        Outcome::Redirected => (Level::Warning, say.of("doorverwezen", "redirected")),
        Outcome::TimedOut => (Level::Warning, say.of("geen antwoord op tijd", "timed out")),
        Outcome::Unreachable => (Level::Warning, say.of("onbereikbaar", "unreachable")),
        Outcome::AddressRefused => {
            (Level::Warning, say.of("adres niet toegestaan", "address not allowed"))
        }
    };
    badge(level, words)
}

/// A rung of evidence.
pub(super) fn rung(say: Say, rung: &str) -> &'static str {
    match rung {
        "sent" => say.of("verstuurd", "sent"),
        "accepted" => say.of("aangenomen", "accepted"),
        "confirmed" => say.of("bevestigd", "confirmed"),
        "reconciled" => say.of("vergeleken", "reconciled"),
        "verified" => say.of("nagekeken", "verified"),
        _ => "",
    }
}

/// On what a rung rests.
pub(super) fn rests_on(say: Say, rung: &str) -> &'static str {
    match rung {
        "sent" => say.of("het kan de partner bereikt hebben", "it may have reached the partner"),
        "accepted" => say
            .of("de partner antwoordde dat het goed was", "the partner answered that it was fine"),
        "confirmed" => say.of(
            "de partner noemde de items, of haalde wat erna komt",
            "the partner named the items, or fetched what comes after",
        ),
        "reconciled" => say.of(
            "wat de partner zegt te hebben, klopt met wat hij hoort te hebben",
            "what the partner says it holds is what it should hold",
        ),
        "verified" => say.of("wij keken zelf op zijn pagina", "we looked at its page ourselves"),
        _ => "",
    }
}
