//! One partner: how it is, what was sent to it, what is proven, what was agreed, and what a person
//! can do about it.

use std::sync::Arc;

use axum::extract::{Extension, Path, RawQuery, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::deliver::{Attempt, Errand};
use crate::http::{self, Refusal};
use crate::journal::{Action, Proven, Rung, Standing};
use crate::metrics::Lane;
use crate::model::{PartnerId, Sequence};
use crate::partner::Partner;

use super::act::{self, Act};
use super::frame::Part;
use super::guard::Visit;
use super::roll::{self, Line};
use super::say::Say;
use super::{Console, agreed, frame, signs, unavailable};

/// Actions that are shown.
const ACTIONS: usize = 50;

/// Everything that the page shows.
struct Seen {
    line: Line,
    standing: Standing,
    head: Sequence,
    proven: Vec<Proven>,
    attempts: Vec<Attempt>,
    actions: Vec<Action>,
    now: Timestamp,
}

/// The partner of this name.
pub(super) fn named(console: &Console, name: &str) -> Result<Arc<Partner>, Refusal> {
    let id: Option<PartnerId> = name.parse().ok();
    let partners = console.tools.registry.current();
    id.and_then(|id| partners.get(&id)).cloned().ok_or(Refusal::UnknownPartner)
}

/// `GET /console/partners/{partner}`
pub(super) async fn page(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Path(name): Path<String>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let done = http::one_key(query.as_deref(), "done")?.map(|number| number.parse::<u64>());
    let done = done.transpose().map_err(|_| Refusal::WrongValue("done is a number."))?;
    let seen = seen(&console, named(&console, &name)?).await?;
    let (say, partner) = (visit.say, &seen.line.partner);
    let body = html! {
        div class="headline" {
            h1 { (partner.name) }
            div id="state" data-live="part" { (signs::state(say, seen.line.state())) }
            p class="soft" {
                span class="id" { (partner.id) } ", " (agreed::kind(say, partner.kind))
            }
        }
        (told(say, &seen, done))
        (buttons(&visit, partner, &seen.standing))
        (matters(say, &seen))
        div class="halves" { (lanes(say, &seen)) (ladder(say, &seen)) }
        (attempts(say, &seen))
        (agreed::agreement(say, partner, seen.now))
        (history(say, &seen))
    };
    Ok(frame::page(&visit, Part::Elsewhere, &partner.name, &body))
}

async fn seen(console: &Console, partner: Arc<Partner>) -> Result<Seen, Refusal> {
    let (tools, id, now) = (&console.tools, &partner.id, console.tools.clock.now());
    let standing = tools.journal.standing(id).await.map_err(unavailable)?;
    let proven = tools.journal.proven(id).await.map_err(unavailable)?;
    let actions = tools.journal.actions(id, ACTIONS).await.map_err(unavailable)?;
    let (head, attempts) = (tools.journal.head(), tools.control.attempts(id));
    let line = roll::line(&partner, tools.metrics.figures_of(id), (standing.paused, now));
    Ok(Seen { line, standing, head, proven, attempts, actions, now })
}

/// What the last form came to.
fn told(say: Say, seen: &Seen, done: Option<u64>) -> Markup {
    let action = done.and_then(|num| seen.actions.iter().find(|action| action.num == num));
    let pinged = seen.attempts.iter().find(|attempt| attempt.errand == Errand::Ping);
    html! {
        @if let Some(action) = action {
            p class="notice good" role="status" {
                (act::deed(say, action.deed)) ": " (say.of("gedaan en vastgelegd als nummer ", "done, and on record as number "))
                (action.num) "."
                @if action.deed == crate::journal::Deed::Test {
                    @if let Some(pinged) = pinged { " " (signs::outcome(say, pinged.outcome)) " " (answer(say, pinged)) }
                }
            }
        }
    }
}

fn buttons(visit: &Visit, partner: &Partner, standing: &Standing) -> Markup {
    let say = visit.say;
    let base = format!("/console/partners/{}", partner.id);
    html! {
        nav class="acts" aria-label=(say.of("Wat u kunt doen", "What you can do")) {
            @for act in Act::ALL {
                @if act.fits(partner, standing) {
                    a class={ "act" @if act.is_grave() { " grave" } } href={ (base) "/" (act.word()) } { (act.name(say)) }
                }
            }
            @if partner.embed.is_some() {
                a class="act" href={ (base) "/snippets" } { (say.of("Regels voor de site", "Lines for the site")) }
            }
        }
        @if !visit.may_act() {
            p class="soft" { (say.of("U kijkt zonder sessie: deze knoppen tonen wat ze zouden doen.",
                "You look without a session: these buttons show what they would do.")) }
        }
    }
}

fn matters(say: Say, seen: &Seen) -> Markup {
    let promised = seen.line.partner.removal.promise;
    let promise = SignedDuration::try_from(promised).unwrap_or(SignedDuration::MAX);
    html! {
        section id="matters" data-live="part" aria-labelledby="matters-title" {
            h2 id="matters-title" { (say.of("Wat er nog staat, en niet hoort", "What is still out there")) }
            @if seen.line.worries.is_empty() {
                p class="calm" { (say.of("Niets.", "Nothing.")) }
            }
            ul class="matters" {
                @for worry in &seen.line.worries {
                    li {
                        (signs::level(say, worry.level)) " "
                        strong { (signs::matter(say, worry.matter)) } " "
                        (signs::term(say, worry, (promise, seen.now)))
                    }
                }
            }
        }
    }
}

fn lanes(say: Say, seen: &Seen) -> Markup {
    let (partner, standing, figures) = (&seen.line.partner, &seen.standing, &seen.line.figures);
    let oldest = figures.oldest_removal();
    html! {
        section id="lanes" data-live="part" aria-labelledby="lanes-title" {
            h2 id="lanes-title" { (say.of("Onderweg", "Under way")) }
            div class="scroll" { table {
                caption class="unseen" { (say.of("Achterstand per baan", "Lag by lane")) }
                thead { tr {
                    th scope="col" { (say.of("Baan", "Lane")) }
                    th scope="col" class="number" { (say.of("Wacht", "Waiting")) }
                    th scope="col" { (say.of("Oudste", "Oldest")) }
                    th scope="col" class="number" { (say.of("Tot wijziging", "Up to change")) }
                } }
                tbody {
                    @if partner.push.is_some() {
                        (lane(say, seen, Lane::Remove, (standing.remove, oldest)))
                        (lane(say, seen, Lane::Publish, (standing.publish, None)))
                    }
                    @if partner.fetches() {
                        tr {
                            th scope="row" { (say.of("gehaald", "fetched")) }
                            td class="number" {
                                @if partner.push.is_none() { (say.number(u64::from(figures.items(Lane::Remove)))) }
                            }
                            td { @if partner.push.is_none() { (age(say, oldest, seen.now)) } }
                            td class="number" { (say.number(standing.pull.get())) }
                        }
                    }
                }
            } }
            dl {
                dt { (say.of("Laatste wijziging hier", "Latest change here")) } dd { (say.number(seen.head.get())) }
                dt { (say.of("Mag tonen tot", "May show until")) }
                dd { @match figures.lease.or(standing.lease) {
                    Some(until) => (say.exactly(until, seen.now)),
                    None => (say.of("nooit verlengd", "never renewed")),
                } }
                dt { (say.of("Belofte", "Promise")) }
                dd { (say.of("weg binnen ", "gone within ")) (span(say, partner.removal.promise)) }
            }
        }
    }
}

fn lane(say: Say, seen: &Seen, lane: Lane, (reached, oldest): (Sequence, Option<Timestamp>)) -> Markup {
    html! {
        tr {
            th scope="row" { (signs::errand(say, Errand::Items(lane))) }
            td class="number" { (say.number(u64::from(seen.line.figures.items(lane)))) }
            td { (age(say, oldest, seen.now)) }
            td class="number" { (say.number(reached.get())) }
        }
    }
}

fn age(say: Say, oldest: Option<Timestamp>, now: Timestamp) -> Markup {
    html! { @match oldest { Some(at) => (say.when(at, now)), None => span class="soft" { "–" } } }
}

pub(super) fn span(say: Say, time: std::time::Duration) -> String {
    say.span(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX))
}

/// The rungs of evidence, the surest last.
fn ladder(say: Say, seen: &Seen) -> Markup {
    let sent = seen.standing.push_mark.max(seen.standing.pull_mark);
    let of = |rung: Rung| seen.proven.iter().find(move |proven| proven.rung == rung);
    html! {
        section id="ladder" data-live="part" aria-labelledby="ladder-title" {
            h2 id="ladder-title" { (say.of("Bewijs", "Evidence")) }
            ol class="ladder" {
                li class=[(sent > Sequence::ZERO).then_some("has")] {
                    strong { (signs::rung(say, "sent")) } " "
                    @if sent > Sequence::ZERO { (up_to(say, sent)) } @else { (none(say)) }
                    span class="why" { (signs::rests_on(say, "sent")) }
                }
                @for rung in [Rung::Accepted, Rung::Confirmed, Rung::Reconciled, Rung::Verified] {
                    li class=[of(rung).map(|_| "has")] {
                        strong { (signs::rung(say, rung.as_str())) } " "
                        @match of(rung) {
                            Some(proven) => { (up_to(say, proven.up_to)) ", " (say.when(proven.at, seen.now)) },
                            None => (none(say)),
                        }
                        span class="why" { (signs::rests_on(say, rung.as_str())) }
                    }
                }
            }
        }
    }
}

fn up_to(say: Say, position: Sequence) -> String {
    format!("{} {}", say.of("tot wijziging", "up to change"), say.number(position.get()))
}

fn none(say: Say) -> Markup {
    html! { span class="soft" { (say.of("nog niet", "not yet")) } }
}

fn attempts(say: Say, seen: &Seen) -> Markup {
    html! {
        section id="attempts" data-live="part" aria-labelledby="attempts-title" {
            h2 id="attempts-title" { (say.of("Laatste verzendingen", "Latest attempts")) }
            @if seen.attempts.is_empty() {
                p class="calm" {
                    @if seen.line.partner.push.is_some() {
                        (say.of("Nog geen, sinds Luik startte.", "None yet, since Luik started."))
                    } @else {
                        (say.of("Deze partner haalt zelf; er wordt niets verzonden.", "This partner fetches by itself; nothing is sent."))
                    }
                }
            } @else { div class="scroll" { table {
                caption { (say.of("De jongste eerst, sinds Luik startte; hooguit vijftig", "The latest first, since Luik started; at most fifty")) }
                thead { tr {
                    th scope="col" { (say.of("Wanneer", "When")) }
                    th scope="col" { (say.of("Wat", "What")) }
                    th scope="col" class="number" { (say.of("Items", "Items")) }
                    th scope="col" { (say.of("Afloop", "Outcome")) }
                    th scope="col" { (say.of("Antwoord", "Answer")) }
                    th scope="col" { (say.of("Bericht", "Message")) }
                } }
                tbody { @for attempt in &seen.attempts {
                    tr {
                        td { (say.exactly(attempt.at, seen.now)) }
                        td { (signs::errand(say, attempt.errand)) }
                        td class="number" { @if attempt.items > 0 { (attempt.items) } @else { "–" } }
                        td { (signs::outcome(say, attempt.outcome)) }
                        td { (answer(say, attempt)) }
                        td { code class="long" { (attempt.message) } }
                    }
                } }
            } } }
        }
    }
}

/// Status code and time.
fn answer(say: Say, attempt: &Attempt) -> Markup {
    let took = say.number(u64::try_from(attempt.took.as_millis()).unwrap_or(u64::MAX));
    html! {
        @match attempt.status {
            Some(status) => code { (status) },
            None => span class="soft" { (say.of("geen", "none")) },
        }
        " " span class="soft" { (say.of("na ", "after ")) (took) " ms" }
    }
}

fn history(say: Say, seen: &Seen) -> Markup {
    html! {
        section id="history" data-live="part" aria-labelledby="history-title" {
            h2 id="history-title" { (say.of("Wat mensen deden", "What people did")) }
            @if seen.actions.is_empty() {
                p class="calm" { (say.of("Nog niets.", "Nothing yet.")) }
            } @else { div class="scroll" { table {
                caption class="unseen" { (say.of("Het jongste eerst", "The latest first")) }
                thead { tr {
                    th scope="col" class="number" { (say.of("Nr.", "No.")) }
                    th scope="col" { (say.of("Wanneer", "When")) }
                    th scope="col" { (say.of("Wat", "What")) }
                    th scope="col" { (say.of("Wie", "Who")) }
                    th scope="col" { (say.of("Waarom", "Why")) }
                } }
                tbody { @for action in &seen.actions {
                    tr {
                        td class="number" { (action.num) }
                        td { (say.exactly(action.at, seen.now)) }
                        td { (act::deed(say, action.deed)) }
                        td { (action.cause.person) }
                        td class="words" { (action.cause.reason) }
                    }
                } }
            } } }
        }
    }
}
