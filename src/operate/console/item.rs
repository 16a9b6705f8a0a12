//! Where one item is: each partner that may hold it, and on which evidence. It is asked for by the
//! core's id in a form, hashed here, and shown under the public id, which leads to nobody.

use axum::extract::{Extension, Path, State};
use axum::http::StatusCode;
use axum::http::header::LOCATION;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;
use maud::{Markup, html};

use crate::http::Refusal;
use crate::journal::{Account, Back, Channel, Holder, Rung, Taken, Witness};
use crate::minimise::CoreId;
use crate::model::{Kind, PublicId};
use crate::partner::Partners;

use super::form::Form;
use super::frame::Part;
use super::guard::Visit;
use super::retract::ID_MAX;
use super::say::Say;
use super::table::{Column, table};
use super::worry::Level;
use super::{Console, frame, signs, unavailable};

/// Rows of the matrix that are shown, those that are open first.
const SHOWN: usize = 200;
const RUNGS: [Rung; 4] = [Rung::Accepted, Rung::Confirmed, Rung::Reconciled, Rung::Verified];

/// `GET /console/items`
pub(super) async fn form(Extension(visit): Extension<Visit>) -> Response {
    let say = visit.say;
    let title = say.of("Waar staat een item?", "Where is an item?");
    let body = html! {
        h1 { (title) }
        p class="lead" { (say.of("Per partner: kan hij het hebben, sinds wanneer, en welk bewijs is er dat het \
            er staat of weg is.", "By partner: may it hold it, since when, and which evidence says that it is \
            there or gone.")) }
        form class="stack" method="post" action="/console/items" {
            (frame::mark(&visit))
            label for="id" { (say.of("Nummer in de kern, of openbaar nummer", "Id in the core, or public id")) }
            input id="id" name="id" required maxlength=(ID_MAX) autocomplete="off" spellcheck="false"
                aria-describedby="about-id";
            p id="about-id" class="soft" { (say.of("Een nummer van de kern wordt hier versleuteld; het komt in geen adres en geen logboek.",
                "An id of the core is hashed here; it comes into no address and no log.")) }
            button class="main" { (say.of("Toon", "Show")) }
        }
    };
    frame::page(&visit, Part::Item, title, &body)
}

/// `POST /console/items`
pub(super) async fn find(
    State(console): State<Console>,
    Extension(form): Extension<Form>,
) -> Result<Response, Refusal> {
    let place = format!("/console/items/{}", asked(&console, &form)?);
    Ok((StatusCode::SEE_OTHER, [(LOCATION, place)]).into_response())
}

/// The item that a form asks for, by the core's id or its public one.
pub(super) fn asked(console: &Console, form: &Form) -> Result<PublicId, Refusal> {
    form.only(&["id"])?;
    let id = form.get("id").filter(|id| id.len() <= ID_MAX);
    let id = id.ok_or(Refusal::WrongValue("id is the core's id of an item."))?;
    Ok(id.parse().unwrap_or_else(|_| console.tools.policy.public_id(&CoreId::new(id))))
}

/// `GET /console/items/{id}`
pub(super) async fn page(
    State(console): State<Console>,
    Extension(visit): Extension<Visit>,
    Path(id): Path<String>,
) -> Result<Response, Refusal> {
    let id: PublicId = id.parse().map_err(|_| Refusal::UnknownPath)?;
    let account = console.tools.journal.account(id).await.map_err(unavailable)?;
    let say = visit.say;
    let title = format!("{} {id}", say.of("Item", "Item"));
    let body = html! {
        @match &account {
            Some(account) => (known(say, (id, account), &console)),
            None => {
                h1 { (say.of("Item", "Item")) " " code class="long" { (id) } }
                p class="calm" { (say.of("Niets bekend: het ging nooit uit, of het is na de bewaartijd vergeten.",
                    "Nothing is on record: it never left, or was forgotten after the time that is kept.")) }
            }
        }
        p {
            a href={ "/console/statements/items/" (id) } { (say.of("Verklaring om af te drukken", "Statement to print")) }
            " · "
            a href="/console/items" { (say.of("Een ander item", "Another item")) }
        }
    };
    Ok(frame::page(&visit, Part::Item, &title, &body))
}

/// One holder, and how it stands with it.
struct Stand<'a> {
    holder: &'a Holder,
    level: Level,
    words: &'static str,
    /// What makes that less sure.
    but: &'static str,
}

/// How a holder stands. What a partner only answered is its word alone, and worth nothing while what
/// it says that it holds is something else than it should hold.
fn stand(say: Say, holder: &Holder) -> Stand<'_> {
    let (level, words) = match holder.back.as_ref().map(|back| back.taken) {
        None => (Level::Fine, say.of("mag er staan", "may be there")),
        Some(Taken::By(Rung::Accepted)) => (Level::Fine, say.of("zegt: weg", "says it is gone")),
        Some(Taken::By(Rung::Confirmed)) => {
            (Level::Fine, say.of("bevestigt: weg", "confirms it is gone"))
        }
        Some(Taken::By(Rung::Reconciled)) => {
            (Level::Fine, say.of("weg, vergeleken", "gone, reconciled"))
        }
        Some(Taken::By(Rung::Verified)) => {
            (Level::Fine, say.of("weg, nagekeken", "gone, verified"))
        }
        Some(Taken::Closed) => (Level::Note, say.of("met de hand gesloten", "closed by hand")),
        Some(Taken::Passed) => (Level::Note, say.of("niets meer open", "nothing is open any more")),
        Some(Taken::Open) => (Level::Warning, say.of("moet nog weg", "still to go")),
        Some(Taken::SentAgain) => {
            (Level::Warning, say.of("wordt nog eens gestuurd", "is sent again"))
        }
        Some(Taken::Refused) => (Level::Alarm, say.of("verwijdering geweigerd", "removal refused")),
        Some(Taken::FoundAgain) => (Level::Alarm, say.of("staat er nog", "still there")),
        Some(Taken::Differs) => (Level::Alarm, say.of("zegt: weg", "says it is gone")),
        Some(Taken::InDoubt) => (Level::Alarm, say.of("onzeker", "in doubt")),
    };
    if holder.back.as_ref().is_none_or(|back| back.taken != Taken::Differs) {
        return Stand { holder, level, words, but: "" };
    }
    let but = say.of(
        "maar houdt iets anders vast dan zou moeten",
        "but holds something else than it should",
    );
    Stand { holder, level, words, but }
}

/// Is it gone by more than the partner's answer?
fn is_proven(holder: &Holder) -> bool {
    let taken = holder.back.as_ref().map(|back| back.taken);
    matches!(taken, Some(Taken::By(Rung::Reconciled | Rung::Verified)))
}

fn known(say: Say, (id, account): (PublicId, &Account), console: &Console) -> Markup {
    let (partners, now) = (console.tools.registry.current(), console.tools.clock.now());
    let mut holders: Vec<_> = account.holders.iter().map(|holder| stand(say, holder)).collect();
    holders.sort_by_key(|stand| (std::cmp::Reverse(stand.level), &stand.holder.partner));
    let open = holders.iter().filter(|stand| stand.level >= Level::Warning).count();
    let is_proven = account.holders.iter().all(is_proven);
    let viewers = account.viewers.iter().filter_map(|id| partners.get(id));
    let viewers = viewers.filter(|partner| partner.embed.is_some());
    let shown: Vec<_> = viewers.map(|partner| partner.name.as_str()).collect();
    let count = u64::try_from(open).unwrap_or(u64::MAX);
    let at = say.count(count, say.of(["partner", "partners"], ["partner", "partners"]));
    let (level, words) = match (open, account.removed) {
        (0, None) => (Level::Fine, say.of("Wordt getoond.", "Is shown.").to_owned()),
        (0, Some(_)) if is_proven => (
            Level::Fine,
            say.of("Overal weg, en nagegaan.", "Gone everywhere, and checked.").to_owned(),
        ),
        (0, Some(_)) => (
            Level::Fine,
            say.of(
                "Elke partner antwoordde dat het weg is.",
                "Every partner answered that it is gone.",
            )
            .to_owned(),
        ),
        (_, _) => (
            Level::Alarm,
            format!("{} {at}.", say.of("Nog niet zeker weg bij", "Not surely gone at")),
        ),
    };
    html! {
        div class="headline" {
            h1 { (say.of("Item", "Item")) " " code class="long" { (id) } }
            div id="shape" data-live="part" { (signs::shape(level)) }
            p id="headline" role="status" data-live="text" { (words) }
        }
        dl {
            dt { (say.of("Soort", "Kind")) }
            dd { (match account.kind { Kind::Request => say.of("hulpvraag", "request"), Kind::Offer => say.of("hulpaanbod", "offer") }) }
            dt { (say.of("Regio", "Region")) } dd { (account.region.name()) }
            @if let Some(at) = account.removed { dt { (say.of("Weggehaald", "Taken away")) } dd { (say.exactly(at, now)) } }
            @if let Some(action) = &account.by_command {
                dt { (say.of("Op bevel van", "By command of")) }
                dd { (action.cause.person) ": " span class="words" { (action.cause.reason) } }
            }
        }
        section id="matrix" data-live="part" aria-labelledby="matrix-title" {
            h2 id="matrix-title" { (say.of("Bij wie, en met welk bewijs", "With whom, and on which evidence")) }
            @if holders.is_empty() {
                p class="calm" { (say.of("Geen partner kan het hebben of gehad hebben.", "No partner may hold it or have held it.")) }
            } @else {
                (matrix(say, &holders, &partners, now))
                @if holders.len() > SHOWN {
                    p class="soft" { (say.of("Alleen de eerste ", "Only the first ")) (SHOWN) (say.of(" van ", " of ")) (holders.len()) "." }
                }
            }
        }
        @if !shown.is_empty() {
            p class="soft" {
                (say.of("Kan ook te zien zijn geweest in een lijst die Luik zelf toont, zonder kopie, op de site van: ",
                    "May also have been seen in a list that Luik itself shows, without a copy, on the site of: "))
                (shown.iter().take(SHOWN).copied().collect::<Vec<_>>().join(", ")) "."
            }
        }
    }
}

fn matrix(say: Say, holders: &[Stand<'_>], partners: &Partners, now: Timestamp) -> Markup {
    let caption = say.of(
        "Partners en bewijs, wat open staat eerst",
        "Partners and evidence, what is open first",
    );
    let mut columns = vec![
        Column::Head(say.of("Partner", "Partner")),
        Column::Text(say.of("Stand", "Standing")),
        Column::Text(say.of("Kan het hebben", "May hold it")),
        Column::Text(signs::rung(say, "sent")),
    ];
    columns.extend(RUNGS.map(|rung| Column::Text(signs::rung(say, rung.as_str()))));
    let rows = holders.iter().take(SHOWN).map(|holder| row(say, holder, partners, now));
    table((caption, false), &columns, rows)
}

fn row(say: Say, stand: &Stand<'_>, partners: &Partners, now: Timestamp) -> Vec<Markup> {
    let Stand { holder, level, words, but } = stand;
    let name = partners.get(&holder.partner).map_or(holder.partner.as_str(), |one| &one.name);
    let mut cells = vec![
        html! {
            a href={ "/console/partners/" (holder.partner) } { (name) } " "
            span class="id" { (way(say, holder)) }
        },
        html! { (signs::badge(*level, words)) div { (but) } (since(say, stand, now)) },
        html! { @for spell in &holder.spells {
            div {
                @match spell.since { Some(at) => { (say.of("vanaf ", "from ")) (say.when(at, now)) }, None => (say.of("sinds onbekend", "since unknown")) }
                @if let Some(until) = spell.until { (say.of(", moest weg ", ", had to go ")) (say.when(until, now)) }
            }
        } },
        sent(say, holder),
    ];
    cells.extend(RUNGS.map(|rung| cell(say, witness(holder, rung), now)));
    cells
}

fn way(say: Say, holder: &Holder) -> &'static str {
    match holder.channel {
        Channel::Push => "push",
        Channel::Pull if holder.document => {
            say.of("gehaald, ook als feed", "fetched, also as a feed")
        }
        Channel::Pull => say.of("gehaald", "fetched"),
    }
}

/// Since when it is owed, and who closed it.
fn since(say: Say, stand: &Stand<'_>, now: Timestamp) -> Markup {
    let Some(Back { owed_since, found, refused, closed, .. }) = &stand.holder.back else {
        return html! {};
    };
    let is_open = stand.level >= Level::Warning;
    html! {
        @if let Some(at) = owed_since.filter(|_| is_open) {
            div class="soft" { (say.of("sinds ", "for ")) (say.when(at, now)) }
        }
        @if let Some(at) = found.iter().max() {
            div class="soft" { (say.of("gevonden ", "found ")) (say.when(*at, now)) }
        }
        @if let Some(at) = refused.iter().max() {
            div class="soft" { (say.of("geweigerd ", "refused ")) (say.when(*at, now)) }
        }
        @if let Some(action) = closed { div class="soft" { (action.cause.person) ": " (action.cause.reason) } }
    }
}

/// The evidence that it is gone; where it may be, that it arrived.
fn witness(holder: &Holder, rung: Rung) -> Option<Witness> {
    match &holder.back {
        Some(back) => back.evidence.iter().find(|witness| witness.rung == rung).copied(),
        None => holder.received.filter(|witness| witness.rung == rung),
    }
}

/// Whatever was accepted had been sent.
fn sent(say: Say, holder: &Holder) -> Markup {
    let is_sent = match &holder.back {
        Some(back) => !back.evidence.is_empty(),
        None => true,
    };
    html! { @if is_sent { (tick(say)) } @else { (nothing(say)) } }
}

fn cell(say: Say, witness: Option<Witness>, now: Timestamp) -> Markup {
    html! {
        @match witness {
            Some(witness) => { (tick(say)) " " (say.when(witness.at, now)) },
            None => (nothing(say)),
        }
    }
}

fn tick(say: Say) -> Markup {
    html! { span class="tick" role="img" aria-label=(say.of("ja", "yes")) { "✓" } }
}

fn nothing(say: Say) -> Markup {
    html! { span class="soft" role="img" aria-label=(say.of("nee", "no")) { "–" } }
}
