//! What the people of the demo write: a topic, now and then a line before, and often one after.
//! Some lines hold what must not leave, as people do write such things.

use fastrand::Rng;

use super::people::{Person, pick};
use super::topics::{ENGLISH, TOPICS, Topic};
use crate::model::Kind;

/// A title and a text.
#[derive(Debug, Clone)]
pub(super) struct Draft {
    pub(super) kind: Kind,
    pub(super) title: String,
    pub(super) body: String,
    pub(super) language: &'static str,
}

const OPENINGS: [&str; 6] = [
    "Hallo buren! ",
    "Goedendag, ",
    "Beste buurtgenoten, ",
    "Een vraagje misschien voor velen, een uitkomst voor één. ",
    "Ik val maar met de deur in huis. ",
    "Hoi! ",
];
const CLOSINGS: [&str; 7] = [
    " Liefst iemand uit de buurt.",
    " Ik hoor het graag!",
    " Alvast heel hartelijk dank.",
    " Tijd en dag in overleg.",
    " De koffie staat klaar.",
    " Geen haast, wel graag voor {dag}.",
    " Groeten, {voornaam}",
];
/// What people add although it should stay with the platform.
const PRIVATE: [&str; 8] = [
    " Bel gerust: {telefoon}.",
    " Mailen kan ook, naar {mail}.",
    " Ik woon op {straat} {nummer}, de deur met de geraniums.",
    " Groet van {voornaam} {achternaam}",
    " Ik ben er na {tijd}, op {telefoon}.",
    " Aanbellen bij {achternaam}, {straat} {nummer}, {postcode}.",
    " App me op {telefoonlos} of schrijf naar {mail}.",
    " Vraag in de straat maar naar de familie {achternaam}.",
];
const DAYS: [&str; 7] =
    ["maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag", "zondag"];

impl Draft {
    /// What this person might ask or offer.
    pub(super) fn write(person: &Person, random: &mut Rng) -> Self {
        if random.u8(0..24) == 0
            && let Some((kind, title, body)) = random.choice(&ENGLISH)
        {
            let (title, body) = ((*title).to_owned(), fill(body, person, random));
            return Self { kind: *kind, title, body, language: "en" };
        }
        let (kind, title, text) =
            random.choice(&TOPICS).map_or((Kind::Request, "", ""), |Topic(kind, titles, texts)| {
                (*kind, pick(random, titles), pick(random, texts))
            });
        let opening = if random.u8(0..4) == 0 { pick(random, &OPENINGS) } else { "" };
        let closing = match random.u8(0..10) {
            0..3 => pick(random, &PRIVATE),
            3..7 => pick(random, &CLOSINGS),
            _ => "",
        };
        let body = fill(&format!("{opening}{text}{closing}"), person, random);
        Self { kind, title: title.to_owned(), body, language: "nl" }
    }
}

/// Fills what stands between braces.
fn fill(text: &str, person: &Person, random: &mut Rng) -> String {
    let mut out = String::new();
    for (place, part) in text.split(['{', '}']).enumerate() {
        if place % 2 == 0 {
            out.push_str(part);
        } else {
            out.push_str(&slot(part, person, random));
        }
    }
    out
}

fn slot(name: &str, person: &Person, random: &mut Rng) -> String {
    let hour = random.u8(9..17);
    match name {
        "dag" => pick(random, &DAYS).to_owned(),
        "Dag" => capital(pick(random, &DAYS)),
        "day" => pick(random, &["Wednesday", "Friday", "Saturday"]).to_owned(),
        "dagdeel" => pick(random, &["'s morgens", "'s middags", "in het weekend"]).to_owned(),
        "Dagdeel" => pick(random, &["Tegen de middag", "In het weekend", "Na het eten"]).to_owned(),
        "tijd" => format!("{hour}.{} uur", pick(random, &["00", "15", "30"])),
        "leeftijd" => random.u8(68..95).to_string(),
        "jong" => random.u8(18..27).to_string(),
        "klein" => pick(random, &["drie", "vier", "vijf", "zes"]).to_owned(),
        "groot" => random.u8(12..45).to_string(),
        "voornaam" => person.first_name.clone(),
        "achternaam" => person.last_name.clone(),
        "telefoon" => person.phone.clone(),
        "telefoonlos" => person.phone.replace('-', " "),
        "mail" => person.email.clone(),
        "straat" => person.street.clone(),
        "nummer" => person.house_number.clone(),
        "postcode" => person.postcode.clone(),
        _ => String::new(),
    }
}

fn capital(word: &str) -> String {
    let mut letters = word.chars();
    let first = letters.next().map(|letter| letter.to_ascii_uppercase());
    first.into_iter().chain(letters).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn texts_are_varied_whole_and_sometimes_indiscreet() {
        let mut random = Rng::with_seed(7);
        let mut bodies = HashSet::new();
        let mut indiscreet = 0;
        for _ in 0..300 {
            let person = Person::meet(&mut random);
            let draft = Draft::write(&person, &mut random);
            assert!(!draft.title.is_empty() && draft.body.len() > 20);
            assert!(!draft.body.contains(['{', '}']), "{}", draft.body);
            indiscreet += usize::from(
                [&person.email, &person.phone].iter().any(|own| draft.body.contains(own.as_str())),
            );
            bodies.insert(draft.body);
        }
        assert!(bodies.len() > 200, "{} of 300 differ", bodies.len());
        assert!(indiscreet > 10, "{indiscreet} of 300 name a phone number or an address");
    }

    #[test]
    fn every_slot_of_every_phrase_is_known() {
        let person = Person::meet(&mut Rng::with_seed(1));
        let topics = TOPICS.iter().flat_map(|Topic(_, _, texts)| texts);
        let english = ENGLISH.iter().map(|(_, _, text)| text);
        for text in topics.chain(&PRIVATE).chain(&CLOSINGS).chain(&OPENINGS).chain(english) {
            for name in text.split(['{', '}']).skip(1).step_by(2) {
                assert_ne!(slot(name, &person, &mut Rng::with_seed(1)), "", "{name}");
            }
        }
    }
}
