//! What a person can do to a partner: a form that asks who and why, for what can not be undone a
//! page that says what will happen, and then it is done and on record (promise P7).

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use maud::{Markup, html};

use crate::http::Refusal;
use crate::journal::{Cause, Deed, Standing};
use crate::metrics::Lane;
use crate::partner::{Partner, Status};

use super::form::{Form, REASON_MAX};
use super::frame::Part;
use super::guard::Visit;
use super::say::Say;
use super::worry::Level;
use super::{Console, frame, partner, signs, unavailable};

/// One of the buttons.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Act {
    Pause,
    Resume,
    Test,
    Resync,
    End,
    Close,
}

impl Act {
    pub(super) const ALL: [Self; 6] =
        [Self::Pause, Self::Resume, Self::Test, Self::Resync, Self::End, Self::Close];

    /// Its last part of the address.
    pub(super) fn word(self) -> &'static str {
        self.deed().as_str()
    }

    fn deed(self) -> Deed {
        match self {
            Self::Pause => Deed::Pause,
            Self::Resume => Deed::Resume,
            Self::Test => Deed::Test,
            Self::Resync => Deed::Resync,
            Self::End => Deed::End,
            Self::Close => Deed::Close,
        }
    }

    fn of(word: &str) -> Result<Self, Refusal> {
        Self::ALL.into_iter().find(|act| act.word() == word).ok_or(Refusal::UnknownPath)
    }

    /// It says once more what will happen before it does it.
    pub(super) fn is_grave(self) -> bool {
        matches!(self, Self::Resync | Self::End | Self::Close)
    }

    /// It can not be taken back.
    pub(super) fn is_final(self) -> bool {
        matches!(self, Self::End | Self::Close)
    }

    /// Is there anything that it could do to this partner?
    pub(super) fn fits(self, partner: &Partner, standing: &Standing) -> bool {
        let is_held = standing.paused || standing.gone;
        match self {
            Self::Pause => !standing.paused && partner.status == Status::Active,
            Self::Resume => is_held,
            Self::Test => partner.push.is_some(),
            Self::Resync => partner.status != Status::Draft,
            Self::End => partner.status != Status::Ended,
            Self::Close => true,
        }
    }

    pub(super) fn name(self, say: Say) -> &'static str {
        match self {
            Self::Pause => say.of("Pauzeer", "Pause"),
            Self::Resume => say.of("Ga verder", "Resume"),
            Self::Test => say.of("Test", "Test"),
            Self::Resync => say.of("Alles opnieuw", "Resync"),
            Self::End => say.of("Beëindig", "End"),
            Self::Close => say.of("Sluit met de hand", "Close by hand"),
        }
    }

    /// What will happen.
    fn outcome(self, say: Say) -> &'static str {
        match self {
            Self::Pause => say.of(
                "Er gaat niets nieuws meer naar deze partner. Wat weg moet, wordt wel weggehaald, en \
                 wat er staat mag blijven staan. Dit geldt ook na een herstart, tot u verdergaat.",
                "Nothing new goes to this partner any more. What must go is still taken away, and \
                 what is there may stay. This outlives restarts, until you resume.",
            ),
            Self::Resume => say.of(
                "Wat intussen wachtte, gaat uit: van elk item alleen hoe het nu is.",
                "What waited in the meantime leaves: of each item only how it is now.",
            ),
            Self::Test => say.of(
                "De partner krijgt één ondertekend bericht waar niets in staat. Zijn antwoord komt \
                 op zijn pagina te staan. Er verandert niets.",
                "The partner gets one signed message with nothing in it. Its answer will stand on \
                 its page. Nothing changes.",
            ),
            Self::Resync => say.of(
                "De partner krijgt elk item opnieuw, onder een hoger nummer, en elke verwijdering nog \
                 eens. Bij veel items duurt dat even en geeft het de partner werk.",
                "The partner gets each item anew, under a higher number, and every removal once \
                 more. With many items that takes a while, and gives the partner work.",
            ),
            Self::End => say.of(
                "De overeenkomst eindigt nu. Alles wat de partner kan hebben, wordt weggehaald, en \
                 er gaat niets nieuws meer heen. Dit is niet terug te draaien: daarna is een nieuwe \
                 overeenkomst nodig.",
                "The agreement ends now. Whatever the partner may hold is taken away, and nothing \
                 new goes there. This can not be undone: after it a new agreement is needed.",
            ),
            Self::Close => say.of(
                "Wat deze partner nog moest weghalen, geldt als afgedaan op uw woord, zonder bewijs. \
                 Luik haalt het daar niet meer weg en waarschuwt er niet meer voor. Doe dit alleen \
                 als u op een andere manier zeker weet dat het weg is.",
                "What this partner still had to take away counts as done on your word, without \
                 evidence. Luik does not take it away there any more, and warns of it no more. Only \
                 do this when you know by other means that it is gone.",
            ),
        }
    }
}

/// What was done, for the history.
pub(super) fn deed(say: Say, deed: Deed) -> &'static str {
    match deed {
        Deed::Pause => say.of("gepauzeerd", "paused"),
        Deed::Resume => say.of("verdergegaan", "resumed"),
        Deed::Resync => say.of("alles opnieuw", "resynced"),
        Deed::Suspend => say.of("opgeschort", "suspended"),
        Deed::Reinstate => say.of("hersteld", "reinstated"),
        Deed::End => say.of("beëindigd", "ended"),
        Deed::Close => say.of("met de hand gesloten", "closed by hand"),
        Deed::RetractItem => say.of("item ingetrokken", "item retracted"),
        Deed::RetractAuthor => say.of("persoon ingetrokken", "person retracted"),
        Deed::Test => say.of("getest", "tested"),
    }
}

/// `GET /console/partners/{partner}/{act}`
pub(super) async fn form(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Path((name, word)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (act, partner) = (Act::of(&word)?, partner::named(&console, &name)?);
    Ok(asks(&console, &visit, (act, &partner), None))
}

/// The form; with `wrong` what was filled in already, of which something is missing.
fn asks(
    console: &Console,
    visit: &Visit,
    (act, partner): (Act, &Partner),
    wrong: Option<&Form>,
) -> Response {
    let say = visit.say;
    let title = format!("{}: {}", act.name(say), partner.name);
    let next = if act.is_grave() { say.of("Verder", "Go on") } else { act.name(say) };
    let body = html! {
        h1 { (title) }
        (outcome(console, say, act, partner))
        @if visit.may_act() {
            form class="stack" method="post" action=(visit.path) {
                (frame::mark(visit))
                (who_and_why(say, wrong))
                div class="ends" {
                    button class="main" { (next) }
                    a href={ "/console/partners/" (partner.id) } { (say.of("Toch niet", "Rather not")) }
                }
            }
        } @else { (closed(visit, partner)) }
    };
    let mut page = frame::page(visit, Part::Elsewhere, &title, &body);
    if wrong.is_some() {
        *page.status_mut() = StatusCode::BAD_REQUEST;
    }
    page
}

/// Who wants it, and why: asked by every form that does something.
pub(super) fn who_and_why(say: Say, wrong: Option<&Form>) -> Markup {
    let filled = |key| wrong.and_then(|form| form.get(key)).unwrap_or_default();
    html! {
        @if wrong.is_some() {
            p id="wrong" class="notice bad" role="alert" {
                (say.of("Vul uw naam en een reden in (hooguit 500 tekens).",
                    "Fill in your name and a reason (at most 500 characters)."))
            }
        }
        label for="name" { (say.of("Uw naam", "Your name")) }
        input id="name" name="name" required maxlength="100" autocomplete="name" value=(filled("name"))
            aria-describedby=[wrong.map(|_| "wrong")];
        label for="reason" { (say.of("Reden", "Reason")) }
        textarea id="reason" name="reason" required rows="3" maxlength=(REASON_MAX)
            aria-describedby="about-reason" { (filled("reason")) }
        p id="about-reason" class="soft" {
            (say.of("Komt met uw naam in het register. Zet er geen gegevens in van wie een item plaatste.",
                "Goes on record with your name. Put nothing in it about whoever placed an item."))
        }
    }
}

fn outcome(console: &Console, say: Say, act: Act, partner: &Partner) -> Markup {
    let open = console.tools.metrics.figures_of(&partner.id).items(Lane::Remove);
    let level = if act.is_grave() { Level::Warning } else { Level::Note };
    html! {
        div class="outcome" {
            p { (signs::badge(level, say.of("Wat er gebeurt", "What happens"))) }
            p { (act.outcome(say)) }
            @if open > 0 && act != Act::Test {
                p {
                    strong { (say.of("Nu nog niet weggehaald: ", "Not taken away yet: ")) (say.number(u64::from(open))) }
                }
            }
        }
    }
}

fn closed(visit: &Visit, partner: &Partner) -> Markup {
    let say = visit.say;
    html! {
        p class="notice" {
            (say.of("Om dit te doen moet u ingelogd zijn. ", "To do this you have to be logged in. "))
            a href={ "/console/login?next=/console/partners/" (partner.id) } { (say.of("Hoe dat kan", "How to")) }
        }
        p { a href={ "/console/partners/" (partner.id) } { (say.of("Terug", "Back")) } }
    }
}

/// `POST /console/partners/{partner}/{act}`
pub(super) async fn carry_out(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Extension(form): Extension<Form>,
    Path((name, word)): Path<(String, String)>,
) -> Result<Response, Refusal> {
    let (act, partner) = (Act::of(&word)?, partner::named(&console, &name)?);
    form.only(&["name", "reason", "sure"])?;
    let Some(cause) = form.cause() else {
        return Ok(asks(&console, &visit, (act, &partner), Some(&form)));
    };
    if act.is_grave() && form.get("sure") != Some("yes") {
        return Ok(sure(&console, &visit, (act, &partner), &cause));
    }
    let done = done(&console, act, &partner, cause).await?;
    let place = format!("/console/partners/{}?done={done}", partner.id);
    Ok((StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response())
}

/// Says once more what will happen.
fn sure(
    console: &Console,
    visit: &Visit,
    (act, partner): (Act, &Partner),
    cause: &Cause,
) -> Response {
    let say = visit.say;
    let title = format!("{}: {}", say.of("Zeker weten?", "Are you sure?"), partner.name);
    let body = html! {
        h1 { (title) }
        (outcome(console, say, act, partner))
        dl {
            dt { (say.of("Wat", "What")) } dd { (act.name(say)) }
            dt { (say.of("Wie", "Who")) } dd { (cause.person) }
            dt { (say.of("Waarom", "Why")) } dd class="words" { (cause.reason) }
        }
        form class="stack" method="post" action=(visit.path) {
            (frame::mark(visit))
            input type="hidden" name="name" value=(cause.person);
            input type="hidden" name="reason" value=(cause.reason);
            input type="hidden" name="sure" value="yes";
            div class="ends" {
                button class="main grave" { (say.of("Ja: ", "Yes: ")) (act.name(say)) }
                a href={ "/console/partners/" (partner.id) } { (say.of("Toch niet", "Rather not")) }
            }
        }
    };
    frame::page(visit, Part::Elsewhere, &title, &body)
}

/// Does it; its number on record.
async fn done(
    console: &Console,
    act: Act,
    partner: &Partner,
    cause: Cause,
) -> Result<u64, Refusal> {
    let (tools, id) = (&console.tools, &partner.id);
    tracing::warn!(partner = id.as_str(), deed = act.word(), "by the console");
    match act {
        Act::Pause | Act::Resume | Act::Resync | Act::Close => {
            tools.control.act(id, act.deed(), cause).await.map_err(unavailable)
        }
        Act::Test => {
            let action = tools.journal.act(id, Deed::Test, cause).await.map_err(unavailable)?;
            tools.control.ping(partner).await;
            Ok(action)
        }
        Act::End => {
            let ended = (console.end)(id.clone(), cause).await;
            ended.map_err(|problems| Refusal::PartnersInvalid(problems.into()))
        }
    }
}
