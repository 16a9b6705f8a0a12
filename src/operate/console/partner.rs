//! One partner: how it is, what was sent to it, what is proven, what was agreed, and what a person
//! can do about it.

use std::sync::Arc;

use axum::extract::{Extension, Path, RawQuery, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::deliver::{Attempt, Errand};
use crate::http::{self, Refusal};
use crate::journal::{Action, Proven, Rung, Secret, Standing};
use crate::metrics::Lane;
use crate::model::{PartnerId, Sequence};
use crate::partner::Partner;

use super::act::{self, Act};
use super::frame::Part;
use super::guard::Visit;
use super::roll::{self, Line};
use super::say::Say;
use super::table::{Column, dash, number, table};
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
    secrets: Vec<Secret>,
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
        (agreed::agreement(say, partner, (&seen.secrets, seen.now)))
        (history(say, &seen))
    };
    Ok(frame::page(&visit, Part::Elsewhere, &partner.name, &body))
}

async fn seen(console: &Console, partner: Arc<Partner>) -> Result<Seen, Refusal> {
    let (tools, id, now) = (&console.tools, &partner.id, console.tools.clock.now());
    let standing = tools.journal.standing(id).await.map_err(unavailable)?;
    let proven = tools.journal.proven(id).await.map_err(unavailable)?;
    let actions = tools.journal.actions(id, ACTIONS).await.map_err(unavailable)?;
    let secrets = tools.journal.secrets(id).await.map_err(unavailable)?;
    let (head, attempts) = (tools.journal.head(), tools.control.attempts(id));
    let line = roll::line(&partner, tools.metrics.figures_of(id), (standing.paused, now));
    Ok(Seen { line, standing, head, proven, attempts, actions, secrets, now })
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
                    a class={ "act" @if act.is_final() { " grave" } } href={ (base) "/" (act.word()) } { (act.name(say)) }
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
    let (partner, figures) = (&seen.line.partner, &seen.line.figures);
    let until = figures.lease.or(seen.standing.lease);
    let caption = say.of("Achterstand per baan", "Lag by lane");
    let columns = [
        Column::Head(say.of("Baan", "Lane")),
        Column::Number(say.of("Wacht", "Waiting")),
        Column::Text(say.of("Oudste", "Oldest")),
        Column::Number(say.of("Tot wijziging", "Up to change")),
    ];
    html! {
        section id="lanes" data-live="part" aria-labelledby="lanes-title" {
            h2 id="lanes-title" { (say.of("Onderweg", "Under way")) }
            (table((caption, false), &columns, lanes_of(say, seen)))
            dl {
                dt { (say.of("Laatste wijziging hier", "Latest change here")) } dd { (say.number(seen.head.get())) }
                dt { (say.of("Mag tonen tot", "May show until")) }
                dd { @match until {
                    Some(until) => (say.exactly(until, seen.now)),
                    None => (say.of("nooit verlengd", "never renewed")),
                } }
                dt { (say.of("Belofte", "Promise")) }
                dd { (say.of("weg binnen ", "gone within ")) (span(say, partner.removal.promise)) }
            }
        }
    }
}

fn lanes_of(say: Say, seen: &Seen) -> Vec<Vec<Markup>> {
    let (partner, standing, figures) = (&seen.line.partner, &seen.standing, &seen.line.figures);
    let oldest = figures.oldest_removal();
    let row = |name: &str, items: Option<u32>, oldest: Option<Timestamp>, reached: Sequence| {
        vec![
            html! { (name) },
            items.map_or_else(dash, |items| number(say, items)),
            oldest.map_or_else(dash, |at| say.when(at, seen.now)),
            html! { (say.number(reached.get())) },
        ]
    };
    let (remove, publish) = (figures.items(Lane::Remove), figures.items(Lane::Publish));
    let lane = |lane| signs::errand(say, Errand::Items(lane));
    let (mut rows, is_pushed) = (Vec::new(), partner.is_sent_to());
    if is_pushed {
        rows.push(row(lane(Lane::Remove), Some(remove), oldest, standing.remove));
        rows.push(row(lane(Lane::Publish), Some(publish), None, standing.publish));
    }
    if partner.fetches() {
        // Of who gets both ways, all that waits stands above.
        let (items, oldest) = (Some(remove).filter(|_| !is_pushed), oldest.filter(|_| !is_pushed));
        rows.push(row(say.of("gehaald", "fetched"), items, oldest, standing.pull));
    }
    rows
}

pub(super) fn span(say: Say, time: std::time::Duration) -> String {
    say.span(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX))
}

/// The rungs of evidence, the surest last.
fn ladder(say: Say, seen: &Seen) -> Markup {
    let Standing { push_mark, pull_mark, publish, remove, pull, .. } = seen.standing;
    // Whatever was accepted had been sent.
    let sent = [push_mark, pull_mark, publish, remove, pull].into_iter().max();
    let sent = sent.filter(|_| push_mark.max(pull_mark) > Sequence::ZERO).unwrap_or_default();
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
    let caption = say.of(
        "De jongste eerst, sinds Luik startte; hooguit vijftig",
        "The latest first, since Luik started; at most fifty",
    );
    let columns = [
        Column::Text(say.of("Wanneer", "When")),
        Column::Head(say.of("Wat", "What")),
        Column::Number(say.of("Items", "Items")),
        Column::Text(say.of("Afloop", "Outcome")),
        Column::Text(say.of("Antwoord", "Answer")),
        Column::Text(say.of("Bericht", "Message")),
    ];
    let rows = seen.attempts.iter().map(|attempt| {
        vec![
            say.exactly(attempt.at, seen.now),
            html! { (signs::errand(say, attempt.errand)) },
            if attempt.items > 0 {
                html! { (attempt.items) }
            } else {
                dash()
            },
            signs::outcome(say, attempt.outcome),
            answer(say, attempt),
            html! { code class="long" { (attempt.message) } },
        ]
    });
    html! {
        section id="attempts" data-live="part" aria-labelledby="attempts-title" {
            h2 id="attempts-title" { (say.of("Laatste verzendingen", "Latest attempts")) }
            @if !seen.attempts.is_empty() {
                (table((caption, true), &columns, rows))
            } @else if seen.line.partner.is_sent_to() {
                p class="calm" { (say.of("Nog geen, sinds Luik startte.", "None yet, since Luik started.")) }
            } @else {
                p class="calm" { (say.of("Deze partner haalt zelf; er wordt niets verzonden.", "This partner fetches by itself; nothing is sent.")) }
            }
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
    let columns = [
        Column::Number(say.of("Nr.", "No.")),
        Column::Text(say.of("Wanneer", "When")),
        Column::Head(say.of("Wat", "What")),
        Column::Text(say.of("Wie", "Who")),
        Column::Text(say.of("Waarom", "Why")),
    ];
    let rows = seen.actions.iter().map(|action| {
        vec![
            html! { (action.num) },
            say.exactly(action.at, seen.now),
            html! { (act::deed(say, action.deed)) },
            html! { (action.cause.person) },
            html! { span class="words" { (action.cause.reason) } },
        ]
    });
    html! {
        section id="history" data-live="part" aria-labelledby="history-title" {
            h2 id="history-title" { (say.of("Wat mensen deden", "What people did")) }
            @if seen.actions.is_empty() {
                p class="calm" { (say.of("Nog niets.", "Nothing yet.")) }
            } @else {
                (table((say.of("Het jongste eerst", "The latest first"), false), &columns, rows))
            }
        }
    }
}
