//! Fictional people. Nobody can be reached: the phone numbers lie in the retired block 066, the
//! addresses end in `.example`, and no Dutch postcode ends in SA, SD or SS.

use fastrand::Rng;

const FIRST_NAMES: [&str; 60] = [
    "Aaltje", "Abel", "Aisha", "Anke", "Anneke", "Arjen", "Ayşe", "Bart", "Bep", "Carla", "Cees",
    "Chayenne", "Daan", "Dirk", "Djamila", "Eef", "Elif", "Emre", "Esmee", "Fatima", "Femke",
    "Frits", "Gerda", "Gijs", "Greet", "Hamza", "Hanneke", "Harm", "Henk", "Ilse", "Ineke", "Jaap",
    "Jesse", "Joke", "Jorrit", "Karin", "Khadija", "Klaas", "Lotte", "Maaike", "Marga", "Mehmet",
    "Mieke", "Mo", "Nel", "Noor", "Omar", "Piet", "Ria", "Roos", "Ruud", "Sanne", "Sietske",
    "Soufiane", "Teun", "Thea", "Tjitske", "Wietse", "Yara", "Zeynep",
];
const LAST_NAMES: [&str; 40] = [
    "Aardenburg",
    "Abdellaoui",
    "Achterhof",
    "van Beekveld",
    "Bloemendaal",
    "Bouchtaoui",
    "Brinkhorst",
    "ter Burgh",
    "Dammers",
    "van Eikelen",
    "Elzinga",
    "Fokkema",
    "Geerlings",
    "Grootveld",
    "van der Haagen",
    "Hiemstra",
    "Hoogeboom",
    "Jonkhart",
    "Kamphuis",
    "Karadeniz",
    "Klaverweide",
    "Kuipersma",
    "van Lindert",
    "Lubberink",
    "Meijerink",
    "Nijenkamp",
    "Oosterveen",
    "Özkaya",
    "Pelgrim",
    "Rietdijk",
    "Roosenboom",
    "Schuitema",
    "Sijtsma",
    "Terpstra",
    "van Uffelen",
    "Veldhoen",
    "Wagenvoort",
    "Westerbeek",
    "Yıldırım",
    "Zandstra",
];
const STREETS: [&str; 24] = [
    "Appelgaard",
    "Beukenlaan",
    "Boekweitakker",
    "Dorpsstraat",
    "Eikenhof",
    "Fluitenkruid",
    "Graanweg",
    "Hazelaarstraat",
    "Iepenplein",
    "Kerkpad",
    "Klaproosstraat",
    "Lindelaan",
    "Merelweg",
    "Molenpad",
    "Noorderdwarsstraat",
    "Oude Gracht",
    "Pastoriesingel",
    "Populierendreef",
    "Schoolstraat",
    "Sperwerhof",
    "Tulpstraat",
    "Veenkade",
    "Wilgenlaan",
    "Zuiderpark",
];
/// Where the people of the demo live: from Groningen to Maastricht, Drenthe somewhat more.
const REGIONS: [&str; 24] = [
    "GM0119", "GM0119", "GM0106", "GM0109", "GM0114", "GM1690", "GM0014", "GM0080", "GM0193",
    "GM0153", "GM0200", "GM0202", "GM0268", "GM0344", "GM0307", "GM0363", "GM0392", "GM0518",
    "GM0599", "GM0505", "GM0664", "GM0772", "GM0855", "GM0935",
];

/// Somebody who asks or offers, with everything that stays in the core.
#[derive(Debug, Clone)]
pub(super) struct Person {
    pub(super) first_name: String,
    pub(super) last_name: String,
    pub(super) birth_date: String,
    pub(super) email: String,
    pub(super) phone: String,
    pub(super) street: String,
    pub(super) house_number: String,
    pub(super) postcode: String,
    pub(super) region_code: String,
    pub(super) share: bool,
}

impl Person {
    /// Somebody new.
    pub(super) fn meet(random: &mut Rng) -> Self {
        let first_name = pick(random, &FIRST_NAMES);
        let last_name = pick(random, &LAST_NAMES);
        // One in thirty is too young, one in fifteen shares with nobody: the gateway must see it.
        let born = if random.u8(0..30) == 0 { 2012..2014 } else { 1938..2004 };
        Self {
            first_name: first_name.to_owned(),
            last_name: last_name.to_owned(),
            birth_date: format!(
                "{}-{:02}-{:02}",
                random.i32(born),
                random.u8(1..=12),
                random.u8(1..=28)
            ),
            email: email(first_name, last_name, random),
            phone: format!("06-6{:07}", random.u32(0..10_000_000)),
            street: pick(random, &STREETS).to_owned(),
            house_number: random.u8(1..180).to_string(),
            postcode: format!("{} {}", random.u16(1011..9999), pick(random, &["SA", "SD", "SS"])),
            region_code: pick(random, &REGIONS).to_owned(),
            share: random.u8(0..15) > 0,
        }
    }
}

fn email(first_name: &str, last_name: &str, random: &mut Rng) -> String {
    let plain = |name: &str| -> String {
        let lower = name.to_lowercase();
        let folded = lower.chars().map(|letter| match letter {
            'ş' => 's',
            'ö' => 'o',
            'ı' | '\u{307}' => 'i',
            other => other,
        });
        folded.filter(char::is_ascii_alphabetic).collect()
    };
    let host = pick(random, &["post.example", "mail.example", "thuis.example"]);
    format!("{}.{}@{host}", plain(first_name), plain(last_name))
}

/// One of these; the lists here are never empty.
pub(super) fn pick<T: Copy + Default>(random: &mut Rng, list: &[T]) -> T {
    random.choice(list).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Region, RegionKind};

    #[test]
    fn nobody_can_be_reached_and_everybody_lives_somewhere() {
        let mut random = Rng::with_seed(1);
        for _ in 0..500 {
            let person = Person::meet(&mut random);
            assert!(person.email.ends_with(".example") && person.email.is_ascii());
            assert!(person.phone.starts_with("06-6") && person.phone.len() == 11);
            assert!(["SA", "SD", "SS"].iter().any(|end| person.postcode.ends_with(end)));
            let region = Region::of_place(&person.region_code).map(Region::kind);
            assert_eq!(region, Ok(RegionKind::Municipality), "{}", person.region_code);
        }
    }
}
