//! House numbers: what may stand behind a street, and what only looks like one.

use std::sync::LazyLock;

use regex::Regex;

use crate::minimise::detect::words::UNITS;
use crate::minimise::detect::{Scene, Token, pattern};

static HOUSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?: (?:nz|zz|oz|wz|noordzijde|zuidzijde|oostzijde|westzijde))?[ ,\n(-]{0,3}(?:op )?(?:(?:(?:nr|nummer|no|huisnummer|huisnr|number|num)[.: ]{0,3}|# ?)?[0-9]{1,5}|(?:nummer|huisnummer|number) (?:een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|[a-z]{4,6}tien|[a-z]*(?:twin|der|veer|vijf|zes|zeven|tach|negen)tig)(?-u:\b))",
    )
});
static ADDITION: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^(?: ?(?:bis|hs|huis|zw|rd|[a-z])(?-u:\b)| ?[-/] ?(?:[a-z]?[0-9]{1,4}|[ivx]{1,5}|hs|bis|huis|zw|rd|[a-z])(?-u:\b)){1,3}",
    )
});

/// Past the second year of "1940-1945".
pub(super) fn year_range(scene: &Scene<'_>, at: usize) -> usize {
    let second = scene.text.after(at).next();
    let second = second.filter(|token| token.end - token.start == 4 && !token.is_word());
    let second = second.filter(|token| scene.text.part(at..token.start) == "-");
    second.map_or(at, |token| token.end)
}

/// The end of the house number that follows here.
pub(super) fn house(scene: &Scene<'_>, at: usize) -> Option<usize> {
    let rest = scene.text.lower().get(at..)?;
    // "kerkstr.24", "Kerkstraat24" but not "N33"
    let glued = rest.starts_with(|c: char| c.is_ascii_digit());
    if glued && scene.text.before(at).next().is_none_or(|token| token.end - token.start < 5) {
        return None;
    }
    let number = HOUSE.find(rest)?;
    let end = at + number.end();
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let mut after = scene.text.lower().get(end..)?.chars();
    let sign = after.next();
    let clock = matches!(sign, Some('.' | ':' | ',')) && digit(after.next());
    let ordinal = rest.get(number.end()..)?.starts_with("e ");
    if clock || ordinal || digit(sign) || sign == Some('%') {
        return None;
    }
    let unit = scene
        .touching_after(end, "")
        .filter(|token| token.start > end || scene.text.word(*token).len() > 1);
    if unit.is_some_and(|token| UNITS.contains(scene.text.word(token))) || is_range(scene, unit) {
        return None;
    }
    let end = addition(scene, end);
    // A street named after a year has its number still to come.
    Some(named_house(scene, end).unwrap_or(end))
}

/// "5 of 10 km", "3 tot 5 uur": does the number belong to another one, and its unit?
fn is_range(scene: &Scene<'_>, joint: Option<Token>) -> bool {
    let joint = joint.filter(|joint| {
        matches!(scene.text.word(*joint), "of" | "tot" | "a" | "en" | "or" | "to" | "and")
    });
    let mut after = joint.into_iter().flat_map(|joint| scene.text.after(joint.end).take(2));
    let number = after.next().is_some_and(|number| !number.is_word());
    number && after.next().is_some_and(|unit| UNITS.contains(scene.text.word(unit)))
}

fn named_house(scene: &Scene<'_>, at: usize) -> Option<usize> {
    let rest = scene.text.lower().get(at..)?;
    let number = HOUSE.find(rest)?;
    let label = number.as_str().trim_start_matches([' ', ',']);
    let labelled = label.starts_with(['n', 'h']);
    labelled.then(|| addition(scene, at + number.end()))
}

/// One past the letters or the second number of a house number that ends here.
pub(in super::super) fn addition(scene: &Scene<'_>, at: usize) -> usize {
    let rest = scene.text.lower().get(at..).unwrap_or_default();
    at + ADDITION.find(rest).map_or(0, |addition| addition.end())
}
