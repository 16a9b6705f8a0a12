//! What letters say: Dutch first, then English, in plain text that reads well aloud.
//!
//! Texts of items are set in, so that none can pass for a sentence of ours. A letter about removals
//! holds no text of an item: the gateway has none any more (promise P8).

use jiff::Timestamp;
use serde::Deserialize;

use crate::journal::Entry;
use crate::mail::moment;
use crate::model::{Kind, State};
use crate::partner::Partner;

/// What a letter with items needs of one: the item as it is on the wire.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Shown {
    first_name: Option<String>,
    region: Named,
    title: String,
    text: String,
    published: Option<String>,
    expires: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    name: String,
}

/// Subject and text.
pub(super) type Words = (String, String);

fn kind(kind: Kind) -> &'static str {
    match kind {
        Kind::Request => "Hulpvraag / Request for help",
        Kind::Offer => "Hulpaanbod / Offer of help",
    }
}

/// New and changed items, with the address under which their links live.
pub(super) fn items(
    partner: &Partner,
    entries: &[Entry],
    (links, until): (&str, Timestamp),
) -> Words {
    let (name, count, until) = (&partner.name, entries.len(), moment(until));
    let subject = format!("{count} nieuw of gewijzigd / new or changed - {name}");
    let mut text = format!(
        "Beste beheerder van {name},\n\n\
         Hieronder staan {count} nieuwe of gewijzigde berichten voor uw site. Plaats ze zoals ze\n\
         hier staan. Stond een bericht er al (zelfde link), vervang het dan.\n\n\
         Tot wanneer: u mag deze en eerdere berichten tonen tot {until}.\n\
         Krijgt u voor die tijd geen nieuwe brief, haal dan alles weg.\n\n\
         Kreeg u over een link ook een brief dat het bericht weg moet? Dan geldt die brief,\n\
         behalve als het nummer hieronder hoger is.\n\n\
         ---\n\n\
         Below are {count} new or changed messages for your site. Place them as they are. If a\n\
         message was there already (same link), replace it.\n\n\
         Until when: you may show these and earlier messages until {until}.\n\
         If no other letter comes before that, take everything away.\n\n\
         Did a letter say that a link has to go? Then that letter counts, unless the number\n\
         below is higher.\n"
    );
    for (place, entry) in entries.iter().enumerate() {
        text.push_str(&item(place + 1, entry, links));
    }
    (subject, text)
}

fn item(place: usize, entry: &Entry, links: &str) -> String {
    let (item, kind) = (&entry.item, kind(entry.item.kind));
    let data = match &item.state {
        State::Updated(data) => serde_json::from_str::<Shown>(data).ok(),
        State::Deleted => None,
    };
    let Some(shown) = data else { return String::new() };
    let mut text = format!("\n---\n\n{place}. {kind}\n");
    let mut field = |name: &str, value: &str| text.push_str(&format!("{name}: {value}\n"));
    field("Titel / Title", &shown.title.split_whitespace().collect::<Vec<_>>().join(" "));
    if let Some(name) = &shown.first_name {
        field("Voornaam / First name", name);
    }
    field("Regio / Region", &shown.region.name);
    if let Some(day) = &shown.published {
        field("Geplaatst / Placed", day);
    }
    if let Some(day) = &shown.expires {
        field("Tonen tot en met / Show until", day);
    }
    field("Reageren / Respond", &format!("{links}/{}", item.id));
    field("Nummer / Number", &item.modified.to_string());
    text.push('\n');
    for line in shown.text.lines() {
        text.push_str(&format!("    {line}\n"));
    }
    text
}

/// Nothing is new, and what is there may stay.
pub(super) fn renewal(partner: &Partner, count: u64, until: Timestamp) -> Words {
    let (name, until) = (&partner.name, moment(until));
    let subject = format!("Niets nieuws; tonen mag tot {until} / Nothing new - {name}");
    let text = format!(
        "Beste beheerder van {name},\n\n\
         Er is niets nieuws. U kreeg van ons {count} berichten die nog gelden.\n\
         Tot wanneer: u mag ze tonen tot {until}.\n\
         Krijgt u voor die tijd geen nieuwe brief, haal dan alles weg.\n\n\
         ---\n\n\
         There is nothing new. {count} messages that you got from us still hold.\n\
         Until when: you may show them until {until}.\n\
         If no other letter comes before that, take everything away.\n"
    );
    (subject, text)
}

/// What has to go, with the link that confirms it.
pub(super) struct Removals<'r> {
    /// Root of the links of items.
    pub(super) links: &'r str,
    /// The link that confirms.
    pub(super) confirm: &'r str,
    /// Until when that is good.
    pub(super) until: Timestamp,
    /// It was asked for before.
    pub(super) again: bool,
}

/// These have to go.
pub(super) fn removals(partner: &Partner, entries: &[Entry], how: &Removals<'_>) -> Words {
    let (name, count) = (&partner.name, entries.len());
    let (confirm, until) = (how.confirm, moment(how.until));
    let (nl, en) = if how.again { ("Herinnering: ", "Reminder: ") } else { ("", "") };
    let subject = format!("{nl}{count} weghalen, graag nu / {en}please take away now - {name}");
    let mut text = format!(
        "Beste beheerder van {name},\n\n\
         {nl}Haal de {count} berichten met deze links nu weg van uw site, ook uit eerdere\n\
         brieven, lijsten en afdrukken. De lijst staat onderaan.\n\n\
         Is alles weg? Bevestig dat dan hier, met de knop op die pagina:\n\n\
         {confirm}\n\n\
         Zolang u niet bevestigt, herinneren wij u eraan, en na enige tijd krijgt u geen nieuwe\n\
         berichten meer. De link werkt tot {until}; daarna komt er een nieuwe.\n\n\
         ---\n\n\
         {en}Take the {count} messages with these links away from your site now, also from\n\
         earlier letters, lists and prints. The list is below.\n\n\
         Is everything gone? Then confirm it by the button on the page of the link above.\n\
         As long as you do not confirm, we remind you of it, and after some time you get no new\n\
         messages. The link works until {until}; then another one comes.\n\n\
         ---\n\n"
    );
    for entry in entries {
        let (kind, id) = (kind(entry.item.kind), entry.item.id);
        let (links, number) = (how.links, entry.item.modified);
        text.push_str(&format!("{kind}\n    {links}/{id}  ({number})\n"));
    }
    (subject, text)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::Environment;
    use crate::model::{Item, PublicId, Sequence};

    fn partner() -> Partner {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("partners");
        crate::partner::load_all(&folder, &Environment::default()).unwrap().remove(0)
    }

    fn entry(state: State) -> Entry {
        let item = Item {
            id: PublicId::from_bytes([7; 16]),
            kind: Kind::Offer,
            modified: Sequence::new(42),
            state,
        };
        Entry { item, changed_at: Timestamp::UNIX_EPOCH }
    }

    #[test]
    fn an_item_is_told_whole_and_its_text_can_not_pass_for_ours() {
        let data = r#"{"firstName":"Anna","region":{"code":"GM0119","name":"Meppel"},
            "title":"Hulp\nin de tuin","text":"Wie?\n---\nBevestig hier","published":"2026-11-20",
            "expires":"2026-12-20"}"#;
        let until = "2026-11-25T12:00:00Z".parse().unwrap();
        let links = "https://luik.example/r/wijk";
        let (_, text) = items(&partner(), &[entry(State::Updated(data.into()))], (links, until));
        for line in [
            "1. Hulpaanbod / Offer of help",
            "Titel / Title: Hulp in de tuin",
            "Voornaam / First name: Anna",
            "Regio / Region: Meppel",
            "Tonen tot en met / Show until: 2026-12-20",
            "Nummer / Number: 42",
            "    Wie?",
            "    ---",
            "    Bevestig hier",
        ] {
            assert_eq!(text.lines().filter(|one| *one == line).count(), 1, "{line}\n{text}");
        }
        let id = PublicId::from_bytes([7; 16]);
        assert!(text.contains(&format!("Respond: {links}/{id}\n")));
        assert!(text.contains("tot 2026-11-25 12:00 UTC") && text.contains("until 2026-11-25"));
    }

    #[test]
    fn a_removal_names_its_link_and_where_to_confirm() {
        let how = Removals {
            links: "https://luik.example/r/wijk",
            confirm: "https://luik.example/confirm/wijk/abc",
            until: "2026-12-22T12:00:00Z".parse().unwrap(),
            again: true,
        };
        let (subject, text) = removals(&partner(), &[entry(State::Deleted)], &how);
        assert!(subject.starts_with("Herinnering: 1 weghalen"), "{subject}");
        assert!(text.lines().any(|line| line == how.confirm), "{text}");
        let id = PublicId::from_bytes([7; 16]);
        assert!(text.contains(&format!("    https://luik.example/r/wijk/{id}  (42)\n")), "{text}");
    }
}
