//! Dutch postcodes: four digits and two letters that are neither a unit nor a short word.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::minimise::detect::words::Words;
use crate::minimise::detect::{Scene, pattern};

static SHAPE: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u:\b)([1-9][0-9]{3})( ?[-_.]? ?)([a-z])([ .]?)([a-z])(?-u:\b)"));
static SPACED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u:\b)[1-9](?:[ .-][0-9]){3} {0,2}[a-z] ?[a-z](?-u:\b)"));

/// Words before a postcode.
static CUES: LazyLock<Words> = LazyLock::new(|| {
    Words::of("postcode pc postkode zip zipcode postal adres address woon vanuit wonen code")
});
/// What two letters after a number measure.
static UNITS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "km cm mm dm nm kg mg gr ml cl dl hl ha kw mw gw kb mb gb tb hz uu pk wh kj am pm st bc ad va kv \
    lm",
    )
});
/// What two letters say.
static WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "en of is in op om er we ik je ze te de al zo na nu me my to at it as by do go he if no on or so \
    up us be an ja mr ms nd rd th ga ah eh oh ev um zu es du wa yn ek",
    )
});

/// Finds postcodes.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    if !scene.runs.iter().any(|run| run.digits().len() >= 4) {
        return;
    }
    for captures in SHAPE.captures_iter(scene.text.lower()) {
        let Some(whole) = captures.get(0) else {
            continue;
        };
        let range = whole.range();
        if amount_before(scene, range.start) {
            continue;
        }
        let told = scene.told_before(range.start, 2, &CUES) && !is_year_and_word(scene, &range);
        if told || is_postcode(scene, &captures, &range) {
            found.push(range);
        }
    }
    let spaced = SPACED.find_iter(scene.text.lower());
    found.extend(spaced.map(|whole| whole.range()).filter(|range| {
        let letters = letters(scene, range);
        let joined = scene.sign_before(range.start).is_some_and(|c| "-. ".contains(c))
            && scene.text.part(0..range.start - 1).ends_with(|c: char| c.is_ascii_digit());
        !joined && !WORDS.contains(&letters) && !UNITS.contains(&letters)
    }));
}

fn letters(scene: &Scene<'_>, range: &Range<usize>) -> String {
    let text = scene.text.part(range.clone());
    text.chars().filter(char::is_ascii_alphabetic).collect()
}

/// "ik woon sinds 2019 in deze straat": a cue does not make a year and a word a postcode.
fn is_year_and_word(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let text = scene.text.part(range.clone());
    let year = text.starts_with("19") || text.starts_with("20");
    year && WORDS.contains(&letters(scene, range)) && !scene.text.is_capital(range.end - 1)
}

fn amount_before(scene: &Scene<'_>, start: usize) -> bool {
    let before = scene.text.part(0..start).trim_end();
    before.ends_with(['€', '$', '£']) || scene.sign_before(start) == Some(',')
}

fn is_postcode(scene: &Scene<'_>, captures: &Captures<'_>, range: &Range<usize>) -> bool {
    let part = |group| captures.get(group).map_or("", |part| part.as_str());
    let letters = letters(scene, range);
    let digits = part(1);
    let gap = part(2);
    let upper = scene.text.is_capital(range.end - 1) && !scene.text.is_flat();
    let year = digits.starts_with("19") || digits.starts_with("20");
    let parted = !part(4).is_empty() || gap.contains(['-', '_', '.']);
    let town = scene.touching_after(range.end, ",").is_some_and(|token| {
        token.is_word() && scene.text.is_capital(token.start) && !scene.text.is_flat()
    });
    if matches!(letters.as_str(), "sa" | "sd" | "ss" | "eu") {
        return false;
    }
    if UNITS.contains(&letters) {
        return upper && town;
    }
    if WORDS.contains(&letters) {
        return upper && !year && !parted;
    }
    upper || !parted
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn postcodes_are_found() {
        check(
            find,
            &[
                ("in 1234 AB Dorp", &["1234 AB"]),
                ("1234ab.", &["1234ab"]),
                ("pc 2419 KM", &["2419 KM"]),
                ("postcode 1234-AB", &["1234-AB"]),
                ("1 2 3 4 A B", &["1 2 3 4 A B"]),
                ("1e straat, 5566 rs", &["5566 rs"]),
            ],
        );
    }

    #[test]
    fn years_measures_and_amounts_survive() {
        check(
            find,
            &[
                ("Ik fiets 2419 km, 2000 MM, 1500 ml", &[]),
                ("in 1961 in een huis, 1972 en 1973", &[]),
                ("Ik woon sinds 1987 in die straat", &[]),
                ("€ 1200 pm, 2000 EU, 1000 EUR", &[]),
                ("Sinds 2023. Ik zoek. 1945 WE", &[]),
                ("meterstand 73150 AB, code 01234 AB", &[]),
            ],
        );
    }
}
