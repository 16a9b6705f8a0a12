//! Licence plates: the Dutch series, and what is called a plate.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::minimise::detect::words::{COMMON, Words};
use crate::minimise::detect::{Scene, pattern};

/// The Dutch series since 1951, as letters (L) and digits (D).
static SERIES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "LLDDDD DDDDLL DDLLDD LLDDLL LLLLDD DDLLLL DDLLLD DLLLDD LLDDDL LDDDLL LLLDDL LDDLLL DLLDDD \
    DDDLLD",
    )
});
/// Words before a plate.
static CUES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "kenteken kentekennummer kentekenplaat nummerplaat nummerbord plate plates auto car wagen bus \
    busje scooter brommer motor registration",
    )
});
/// Words after which anything that mixes letters and digits is a plate.
static SURE: LazyLock<Words> = LazyLock::new(|| {
    Words::of("kenteken kentekennummer kentekenplaat nummerplaat nummerbord plate plates")
});

static GROUPS: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)(?:[a-z]{1,3}|[0-9]{1,3})(?:[- ._·]{1,3}(?:[a-z]{1,3}|[0-9]{1,3})){2}(?-u:\b)",
    )
});
static GLUED: LazyLock<Regex> = LazyLock::new(|| pattern(r"(?-u:\b)[a-z0-9]{6}(?-u:\b)"));
static NEXT: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"^[: ]{1,3}(?:is |nummer |nr\.? |van |mijn |auto |number )?:? ?([a-z0-9]{1,4}(?:[- ]?[a-z0-9]{1,4}){1,2})(?-u:\b)",
    )
});

/// Finds plates.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    if !scene.runs.is_empty() {
        grouped(scene, found);
        found.extend(glued(scene));
        found.extend(called(scene));
    }
}

/// "12-ab-cd"
fn grouped(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    let mut at = 0;
    while let Some(groups) = GROUPS.find_at(scene.text.lower(), at) {
        let range = groups.range();
        if in_series(groups.as_str()) && is_plate(scene, &range) {
            at = range.end;
            found.push(range);
        } else {
            // Groups may belong to the next match; go on after the first of them.
            let first = groups.as_str().find(|c: char| !c.is_ascii_alphanumeric());
            at = range.start + first.unwrap_or(groups.len());
        }
    }
}

/// "12abcd", where a word before says so, or capitals without vowels.
fn glued(scene: &Scene<'_>) -> impl Iterator<Item = Range<usize>> {
    let plate = |glued: &regex::Match<'_>| {
        let told = scene.told_before(glued.start(), 3, &CUES);
        let dutch = is_dutch_style(scene, &glued.range()) && !is_plain_code(glued.as_str());
        let touching = scene.sign_before(glued.start()) == Some('-')
            || scene.sign_at(glued.end()) == Some('-');
        in_series(glued.as_str()) && !touching && (told || dutch)
    };
    GLUED.find_iter(scene.text.lower()).filter(plate).map(|glued| glued.range())
}

/// Whatever mixes letters and digits behind "kenteken".
fn called(scene: &Scene<'_>) -> impl Iterator<Item = Range<usize>> {
    let mixed = |text: &str| {
        text.contains(|c: char| c.is_ascii_digit())
            && text.contains(|c: char| c.is_ascii_alphabetic())
            && text.len() >= 5
            && (!text.contains(' ') || text.contains('-'))
    };
    let cues = scene.text.tokens().iter().filter(|token| SURE.contains(scene.text.word(**token)));
    cues.filter_map(move |cue| {
        let plate = NEXT.captures(scene.text.lower().get(cue.end..)?)?.get(1)?;
        mixed(plate.as_str()).then(|| cue.end + plate.start()..cue.end + plate.end())
    })
}

fn in_series(text: &str) -> bool {
    let shape: String = text
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .map(|c| if c.is_ascii_digit() { 'D' } else { 'L' })
        .collect();
    SERIES.contains(&shape)
}

/// Two letters and four digits, or the other way round, are what flights and models look like too.
fn is_plain_code(text: &str) -> bool {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let lettered =
        |part: Option<&str>| part.is_some_and(|part| part.bytes().all(|b| b.is_ascii_alphabetic()));
    digits == 4 && (lettered(text.get(..2)) || lettered(text.get(4..)))
}

fn is_plate(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let text = scene.text.part(range.clone());
    let joined = text.contains('-') && !text.contains(' ');
    let word = text.split(|c: char| !c.is_ascii_alphabetic()).any(|part| {
        matches!(
            part,
            "en" | "of"
                | "tm"
                | "to"
                | "or"
                | "and"
                | "tot"
                | "mei"
                | "jan"
                | "feb"
                | "mrt"
                | "apr"
                | "jun"
                | "jul"
                | "aug"
                | "sep"
                | "okt"
                | "oct"
                | "nov"
                | "dec"
                | "mar"
                | "may"
        )
    });
    let told = scene.told_before(range.start, 3, &CUES);
    let spoken = text.contains(' ') && text.split([' ', '.']).any(|part| COMMON.contains(part));
    if spoken
        || word && !told
        || scene.sign_before(range.start) == Some('-')
        || scene.sign_at(range.end) == Some('-')
    {
        return false;
    }
    joined || told || (is_dutch_style(scene, range) && !text.contains("km"))
}

/// Capitals only, and no vowels: what the Dutch series of today look like.
fn is_dutch_style(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let text = scene.text.cased().get(range.clone()).unwrap_or_default();
    let mut letters = text.chars().filter(char::is_ascii_alphabetic);
    !scene.text.is_flat() && letters.all(|c| "BDFGHJKLNPRSTVXZ".contains(c))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn plates_are_found() {
        check(
            find,
            &[
                ("auto 12-ab-cd hier", &["12-ab-cd"]),
                ("een 1-XYZ-23, groen", &["1-XYZ-23"]),
                ("Kenteken GB123X", &["GB123X"]),
                ("bus met 26 ZR 86 erop", &["26 ZR 86"]),
                ("de rode is 12 TX KR", &["12 TX KR"]),
            ],
        );
    }

    #[test]
    fn models_dates_and_sizes_survive() {
        check(
            find,
            &[
                ("model XJ-900, type WGE-034, B2-10", &[]),
                ("90 x 200 cm, 205/55 R16, 12-mei-26", &[]),
                ("12 en 14 uur, om 10 of 11 en 3 km om 10", &[]),
            ],
        );
    }
}
