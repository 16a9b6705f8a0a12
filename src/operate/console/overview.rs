//! The first page: what is still out there that should not be, and then everybody.

use axum::extract::{Extension, RawQuery, State};
use axum::response::Response;
use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::http::Refusal;
use crate::journal::Proven;
use crate::metrics::{Lane, PartnerState};

use super::frame::Part;
use super::guard::Visit;
use super::roll::{self, Asked, Line, Only, PAGE};
use super::say::Say;
use super::table::{Column, dash, number, table};
use super::worry::{Level, Matter, Worry};
use super::{Console, frame, signs, unavailable};

/// Worries that are shown one by one.
const SHOWN: usize = 20;

/// `GET /console`
pub(super) async fn page(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let (tools, say) = (&console.tools, visit.say);
    let asked = Asked::parse(query.as_deref())?;
    let now = tools.clock.now();
    let paused = tools.journal.paused().await.map_err(unavailable)?;
    let lines = roll::call(tools, &paused, now);
    let (shown, count) = roll::page(&lines, &asked);
    let mut rows = Vec::new();
    for line in shown {
        let proven = tools.journal.proven(&line.partner.id).await.map_err(unavailable)?;
        rows.push((line, proven.into_iter().max_by_key(|proven| proven.at)));
    }
    let troubles = troubles(&console);
    let broken = lines.iter().filter(|line| line.level() == Level::Alarm).count() + troubles.len();
    let body = html! {
        (headline(say, &lines, troubles.len()))
        @if asked.is_all() && asked.page == 0 { (out_there(say, &troubles, &lines, now)) }
        section aria-labelledby="everybody" {
            h2 id="everybody" { (say.of("Partners", "Partners")) }
            (filter(say, &asked))
            (roll_of(say, &asked, (&rows, count), now))
            (pages(say, &asked, count))
        }
    };
    let mark = if broken > 0 { format!("({broken}) ") } else { String::new() };
    let title = format!("{mark}{}", say.of("Overzicht", "Overview"));
    Ok(frame::page(&visit, Part::Overview, &title, &body))
}

/// What is wrong with the gateway itself: where, and why.
fn troubles(console: &Console) -> Vec<(&'static str, &'static str, String)> {
    let source = console.tools.health.source_trouble().map(|cause| {
        (
            "De kern is niet bereikbaar: wat daar weggaat, wordt hier niet gezien",
            "The core can not be reached: what is removed there is not seen here",
            cause.to_owned(),
        )
    });
    let journal = console.tools.journal.trouble().map(|error| {
        (
            "Het journaal kan niet schrijven: er gaat niets uit",
            "The journal can not be written: nothing leaves",
            error.to_string(),
        )
    });
    source.into_iter().chain(journal).collect()
}

/// One sentence that says whether somebody has to get up.
fn headline(say: Say, lines: &[Line], troubles: usize) -> Markup {
    let at = |level| lines.iter().filter(|line| line.level() == level).count();
    let partners = |number: usize| {
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        say.count(number, say.of(["partner", "partners"], ["partner", "partners"]))
    };
    let owing = lines.iter().filter(|line| line.figures.items(Lane::Remove) > 0).count();
    let (level, words) = if troubles > 0 {
        (
            Level::Alarm,
            say.of("Luik zelf heeft een storing.", "Luik itself is in trouble.").to_owned(),
        )
    } else if at(Level::Alarm) > 0 {
        let broken = partners(at(Level::Alarm));
        (Level::Alarm, format!("{broken} {}", say.of("te laat of stuk.", "overdue or broken.")))
    } else if at(Level::Warning) > 0 {
        let near = partners(at(Level::Warning));
        (
            Level::Warning,
            format!("{near} {}", say.of("om in de gaten te houden.", "to keep an eye on.")),
        )
    } else if owing > 0 {
        (
            Level::Note,
            say.of(
                "Wat weg moet, is onderweg; niets is te laat.",
                "What must go is on its way; nothing is late.",
            )
            .to_owned(),
        )
    } else {
        (
            Level::Fine,
            say.of("Alles wat weg moest, is weg.", "Everything that had to go is gone.").to_owned(),
        )
    };
    html! {
        div class="headline" {
            h1 { (say.of("Overzicht", "Overview")) }
            div id="shape" data-live="part" { (signs::shape(level)) }
            p id="headline" role="status" data-live="text" { (words) }
        }
    }
}

/// The worries of all partners, the worst first.
fn out_there(
    say: Say,
    troubles: &[(&'static str, &'static str, String)],
    lines: &[Line],
    now: Timestamp,
) -> Markup {
    let mut all: Vec<(&Line, &Worry)> =
        lines.iter().flat_map(|line| line.worries.iter().map(move |worry| (line, worry))).collect();
    all.sort_by_cached_key(|(_, worry)| worry.order());
    let more = lines.iter().filter(|line| line.level() > Level::Fine).count();
    html! {
        section id="out" data-live="part" aria-labelledby="out-title" {
            h2 id="out-title" { (say.of("Wat er nog staat, en niet hoort", "What is still out there")) }
            @for (dutch, english, cause) in troubles {
                p class="notice bad" {
                    (signs::badge(Level::Alarm, say.of(dutch, english))) " " span lang="en" { (cause) }
                }
            }
            @if all.is_empty() && troubles.is_empty() {
                p class="calm" {
                    (say.of("Geen enkele partner heeft nog iets dat weg moest, en niets dreigt mis te gaan.",
                        "No partner has anything left that had to go, and nothing is about to go wrong."))
                }
            }
            @if !all.is_empty() { (worries(say, &all, now)) }
            @if all.len() > SHOWN {
                p { a href="/console?state=worries" {
                    (say.of("Alle partners waar iets mee is", "All partners with something the matter"))
                    " (" (say.number(u64::try_from(more).unwrap_or_default())) ")"
                } }
            }
        }
    }
}

fn worries(say: Say, all: &[(&Line, &Worry)], now: Timestamp) -> Markup {
    let caption = say.of("Wat er is, het ergste eerst", "What is the matter, the worst first");
    let columns = [
        Column::Text(say.of("Ernst", "Level")),
        Column::Head(say.of("Partner", "Partner")),
        Column::Text(say.of("Wat", "What")),
        Column::Text(say.of("Hoe lang, of wanneer", "How long, or when")),
    ];
    let rows = all.iter().take(SHOWN).map(|(line, worry)| {
        vec![
            signs::level(say, worry.level),
            link(line),
            html! { (signs::matter(say, worry.matter)) },
            signs::term(say, worry, (promise(line), now)),
        ]
    });
    table((caption, false), &columns, rows)
}

fn promise(line: &Line) -> SignedDuration {
    SignedDuration::try_from(line.partner.removal.promise).unwrap_or(SignedDuration::MAX)
}

fn link(line: &Line) -> Markup {
    html! { a href={ "/console/partners/" (line.partner.id) } { (line.partner.name) } }
}

fn filter(say: Say, asked: &Asked) -> Markup {
    let chosen = |only| asked.state == Some(only);
    html! {
        form class="filter" method="get" action="/console" {
            div {
                label for="q" { (say.of("Naam", "Name")) }
                input id="q" name="q" type="search" value=(asked.sought) maxlength="200" autocomplete="off";
            }
            div {
                label for="state" { (say.of("Toestand", "State")) }
                select id="state" name="state" {
                    option value="" { (say.of("alle", "all")) }
                    option value=(Only::Worries.as_str()) selected[chosen(Only::Worries)] {
                        (say.of("waar iets mee is", "something the matter"))
                    }
                    @for state in PartnerState::ALL {
                        option value=(state.as_str()) selected[chosen(Only::State(*state))] {
                            (signs::state_name(say, *state))
                        }
                    }
                }
            }
            button { (say.of("Toon", "Show")) }
            @if !asked.is_all() { a href="/console" { (say.of("Alles", "All")) } }
        }
    }
}

type Row<'l> = (&'l Line, Option<Proven>);

fn roll_of(say: Say, asked: &Asked, (rows, count): (&[Row<'_>], usize), now: Timestamp) -> Markup {
    let count = u64::try_from(count).unwrap_or(u64::MAX);
    let total = say.count(count, say.of(["partner", "partners"], ["partner", "partners"]));
    let order = say.of("waar iets mee is eerst", "those with something the matter first");
    let columns = [
        Column::Head(say.of("Partner", "Partner")),
        Column::Text(say.of("Toestand", "State")),
        Column::Number(say.of("Te plaatsen", "To publish")),
        Column::Number(say.of("Weg te halen", "To remove")),
        Column::Text(say.of("Geldig tot", "Lease until")),
        Column::Text(say.of("Laatste bewijs", "Last evidence")),
    ];
    html! {
        div id="partners" data-live="part" {
            @if !rows.is_empty() {
                (table((&format!("{total}, {order}"), true), &columns, rows.iter().map(|row| cells(say, row, now))))
            } @else if asked.is_all() {
                p class="calm" { (say.of("Er zijn nog geen partners.", "There are no partners yet.")) }
            } @else {
                p class="calm" { (say.of("Geen partner past hierbij.", "No partner fits this.")) }
            }
        }
    }
}

fn cells(say: Say, (line, proven): &Row<'_>, now: Timestamp) -> Vec<Markup> {
    let figures = &line.figures;
    let is_late = |worry: &&Worry| {
        worry.level >= Level::Warning && matches!(worry.matter, Matter::Removals(_))
    };
    let late = line.worries.iter().find(is_late);
    vec![
        html! { (link(line)) " " span class="id" { (line.partner.id) } },
        signs::state(say, line.state()),
        number(say, figures.items(Lane::Publish)),
        html! {
            @if let Some(worry) = late { (signs::level(say, worry.level)) " " }
            (number(say, figures.items(Lane::Remove)))
        },
        figures.lease.map_or_else(dash, |until| say.when(until, now)),
        proven.as_ref().map_or_else(dash, |proven| {
            html! {
                (signs::rung(say, proven.rung.as_str())) ", " (say.when(proven.at, now))
            }
        }),
    ]
}

fn pages(say: Say, asked: &Asked, count: usize) -> Markup {
    let last = count.saturating_sub(1) / PAGE;
    let href = |page: usize| format!("/console{}#everybody", asked.query(page));
    html! {
        @if last > 0 {
            nav class="pages" aria-label=(say.of("Bladzijden", "Pages")) {
                @if asked.page > 0 {
                    a rel="prev" href=(href(asked.page.saturating_sub(1).min(last))) { "← " (say.of("Vorige", "Previous")) }
                }
                span {
                    (say.of("Bladzijde ", "Page ")) (asked.page.saturating_add(1)) (say.of(" van ", " of ")) (last.saturating_add(1))
                }
                @if asked.page < last {
                    a rel="next" href=(href(asked.page.saturating_add(1))) { (say.of("Volgende", "Next")) " →" }
                }
            }
        }
    }
}
