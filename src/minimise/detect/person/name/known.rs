//! Which words are first names, and which are no name of a person at all.

use std::sync::LazyLock;

use crate::minimise::detect::words::{COMMON, EVERYDAY, HONORIFICS, PLACES, Words};
use crate::minimise::detect::{Scene, Token};

/// Given names; the file says how it is meant.
pub(super) static GIVEN: LazyLock<Words> =
    LazyLock::new(|| Words::of(include_str!("given_names.txt")));

/// Is it a common given name?
pub(in super::super) fn is_given_name(word: &str) -> bool {
    GIVEN.contains(word)
}

/// Is this capitalised word no name of a person: a common word, a place, an organisation?
pub(super) fn is_other(scene: &Scene<'_>, token: Token) -> bool {
    let word = scene.text.word(token);
    is_common(word) || PLACES.contains(word) || is_organisation(word) || is_town(word)
}

pub(super) fn is_common(word: &str) -> bool {
    COMMON.contains(word) || EVERYDAY.contains(word)
}

pub(super) fn is_organisation(word: &str) -> bool {
    static KNOWN: LazyLock<Words> = LazyLock::new(|| {
        Words::of(
            "humanitas zonnebloem jumbo lidl aldi hema action ikea kruidvat gamma praxis karwei hornbach \
    present amnesty postnl ziggo kpn rabobank ing abn anwb ggd uwv svb cak cbr rdw kvk roteiro ajax psv \
    feyenoord philips samsung google microsoft apple windows whatsapp facebook instagram youtube etos \
    blokker marktplaats efteling artis schiphol valys regiotaxi leergeld voedselbank tafeltje unicef \
    greenpeace scouting plus coop spar dirk vomar hoogvliet deen boni picnic",
        )
    });
    if KNOWN.contains(word) {
        return true;
    }
    [
        "vereniging",
        "stichting",
        "centrum",
        "school",
        "club",
        "zorg",
        "kerk",
        "groep",
        "fonds",
        "bureau",
        "team",
        "plein",
        "straat",
        "museum",
    ]
    .iter()
    .any(|ending| word.ends_with(ending))
}

/// Is it the name of a municipality or a province?
pub(in super::super) fn is_town(word: &str) -> bool {
    static TOWNS: LazyLock<Vec<String>> = LazyLock::new(|| {
        let mut towns: Vec<String> = crate::model::Region::all()
            .map(|region| crate::minimise::text::Folded::of(region.name()).lower().to_owned())
            .collect();
        towns.sort();
        towns
    });
    TOWNS.binary_search_by(|town| town.as_str().cmp(word)).is_ok()
}

/// Is it neither the author's first name nor a common one?
pub(super) fn is_unknown(scene: &Scene<'_>, token: Token) -> bool {
    let word = scene.text.word(token);
    let known = GIVEN.contains(word) || scene.person.is_first(word);
    !known && !is_other(scene, token) && !HONORIFICS.contains(word)
}
