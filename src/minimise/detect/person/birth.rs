//! Birth dates: full dates that are called one, that are withheld, or that lie far back.
//! A day without a year, a date of this year or the next, and a bare year survive.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::date::{Date, MONTH_NAMES, MONTHS, month_number};
use crate::minimise::detect::words::Words;
use crate::minimise::detect::{Scene, pattern};

/// Dates at least this many years back are taken for birth dates without further evidence.
const LONG_AGO: i16 = 10;

/// What "is van" a date within so many years may be a thing.
const LATELY: i16 = 3;

static NUMERIC: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)([0-9]{1,2}) ?[-/. ] ?([0-9]{1,2}) ?[-/. ] ?((?:19|20)[0-9]{2}|'?[0-9]{2})(?-u:\b)",
    )
});
static ISO: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?-u:\b)((?:19|20)[0-9]{2}) ?[-/. ] ?([0-9]{1,2}) ?[-/. ] ?([0-9]{1,2})(?-u:\b)")
});
static GLUED: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u:\b)([0-9]{2})([0-9]{2})((?:19|20)[0-9]{2})(?-u:\b)"));
/// Only where a word says that somebody was born then.
static SHORT: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u:\b)([0-3][0-9])([01][0-9])([0-9]{2})(?-u:\b)"));
static DAY_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    let months = MONTHS.replace(' ', "|");
    pattern(&format!(
        r"(?-u:\b)([0-9]{{1,2}}) ?(?:e|ste|de|th|st|nd|rd)?[ .,-]{{0,3}}(?:of |van |the )?({months})[ .,-]{{0,3}}((?:19|20)[0-9]{{2}}|'?[0-9]{{2}})(?-u:\b)"
    ))
});
static MONTH_FIRST: LazyLock<Regex> = LazyLock::new(|| {
    let months = MONTHS.replace(' ', "|");
    pattern(&format!(
        r"(?-u:\b)({months})[ .]{{1,2}}(?:the )?([0-9]{{1,2}})(?:th|st|nd|rd)?[ .,]{{1,3}}((?:19|20)[0-9]{{2}})(?-u:\b)"
    ))
});

/// Words that say somebody was born then.
static CUES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "geboren geb geboortedatum gebdatum geboortedag gebdat geboorte born birth birthdate dob geborene \
    geburtsdatum berne",
    )
});
/// Words that say that something else was then.
static OTHERWISE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "sinds since vanaf getrouwd trouwdag overleden overleed verhuisd gestart begonnen opgericht tot",
    )
});

/// Words right before the date of something to come.
static EVENTS: LazyLock<Words> =
    LazyLock::new(|| Words::of("feest feestje viering party jubileum uitje afspraak borrel"));

/// Finds birth dates.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for (range, date, short) in dates(scene) {
        let told = is_told(scene, range.start, date.2);
        let otherwise = scene.told_before(range.start, 3, &OTHERWISE);
        let latest = scene.person.year - if short { 0 } else { LONG_AGO };
        let back = date.2 <= latest && !otherwise && !(short && date.2 > scene.person.year - 18);
        let past = date.2 <= scene.person.year;
        let (day, month, year) = date;
        let mut own = scene.person.literals.dates.iter();
        let own = own.any(|one| *one == date || *one == (month, day, year));
        if (told && past) || back || own {
            found.push(range);
        }
    }
}

/// "Geboren op …", also of another: "mijn vader is van …".
fn is_told(scene: &Scene<'_>, at: usize, year: i16) -> bool {
    if scene.told_before(at, 1, &EVENTS) {
        return false;
    }
    let mut before = scene.text.before(at).map(|token| scene.text.word(token));
    let is_from = before.next() == Some("van") && before.next() == Some("is");
    // A letter or a washing machine "is van" this year or the last.
    (is_from && year + LATELY <= scene.person.year) || scene.told_before(at, 4, &CUES)
}

/// A shape of a date, with its groups for day, month and year.
type Shape = (&'static LazyLock<Regex>, [usize; 3]);

/// Shapes in figures.
const FIGURES: [Shape; 3] = [(&ISO, [3, 2, 1]), (&NUMERIC, [1, 2, 3]), (&GLUED, [1, 2, 3])];
/// The shape that nothing but a word of birth makes a date.
const CALLED: Shape = (&SHORT, [1, 2, 3]);
/// Shapes with the name of a month.
const NAMES: [Shape; 2] = [(&DAY_FIRST, [1, 2, 3]), (&MONTH_FIRST, [2, 1, 3])];

/// The shapes that a text may hold.
fn shapes(scene: &Scene<'_>) -> impl Iterator<Item = Shape> {
    let figures = scene.runs.iter().any(|run| {
        run.digits().len() > 3 && (run.units.len() > 2 || run.units.iter().any(|u| u.len() == 8))
    });
    let names = !scene.runs.is_empty()
        && scene.text.tokens().iter().any(|token| MONTH_NAMES.contains(scene.text.word(*token)));
    let figures = FIGURES.into_iter().filter(move |_| figures);
    figures.chain(NAMES.into_iter().filter(move |_| names))
}

/// Every full date of the text, and whether its year has two digits.
fn dates(scene: &Scene<'_>) -> Vec<(Range<usize>, Date, bool)> {
    let text = scene.text.lower();
    let mut dates = Vec::new();
    let spoken = super::spoken::dates(scene).into_iter();
    dates.extend(spoken.map(|(range, date)| (range, date, false)));
    for (shape, order) in shapes(scene) {
        for captures in shape.captures_iter(text) {
            let Some(whole) = captures.get(0).map(|whole| whole.range()) else {
                continue;
            };
            let date = read(&captures, order, scene.person.year);
            if let Some((date, short)) = date.filter(|_| !touches_number(scene, &whole)) {
                dates.push((whole, date, short));
            }
        }
    }
    if scene.mentions(&CUES) {
        dates.extend(called(scene));
    }
    dates
}

/// "geb. 030550"
fn called(scene: &Scene<'_>) -> Vec<(Range<usize>, Date, bool)> {
    let (shape, order) = CALLED;
    let read = |captures: Captures<'_>| {
        let whole = captures.get(0)?.range();
        let (date, short) = read(&captures, order, scene.person.year)?;
        scene.told_before(whole.start, 2, &CUES).then_some((whole, date, short))
    };
    shape.captures_iter(scene.text.lower()).filter_map(read).collect()
}

/// Is it the middle of something longer, such as a version, a phone number or a time?
fn touches_number(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let digit = |c: Option<char>| c.is_some_and(|c| c.is_ascii_digit());
    let before = scene.text.part(0..range.start);
    let joint = before.ends_with(['-', '.', '/']) && digit(before.chars().rev().nth(1));
    let mut after = scene.text.lower().get(range.end..).unwrap_or_default().chars();
    let joint_after = after.next().is_some_and(|c| "-./:".contains(c)) && digit(after.next());
    joint || joint_after
}

fn read(captures: &Captures<'_>, order: [usize; 3], now: i16) -> Option<(Date, bool)> {
    let [day, month, year] = order.map(|group| captures.get(group).map_or("", |m| m.as_str()));
    let year = year.trim_start_matches('\'');
    let short = year.len() == 2;
    let number: i16 = year.parse().ok()?;
    let year = match short {
        true if 2000 + number > now => 1900 + number,
        true => 2000 + number,
        false => number,
    };
    let date = (day.parse().ok()?, month_number(month)?, year);
    let right = (1..=31).contains(&date.0) && (1..=12).contains(&date.1);
    (right && (1900..=now + 30).contains(&year)).then_some((date, short))
}

/// Reads a date that stands alone: a literal of the row.
pub(super) fn literal(text: &str, now: i16) -> Option<Date> {
    let digits = text.bytes().filter(u8::is_ascii_digit).count();
    let parted = text.contains(|c: char| "-/. '".contains(c)) || digits == text.len();
    if !(4..=8).contains(&digits) || text.len() > 40 || !parted || text.contains('@') {
        return None;
    }
    FIGURES.into_iter().chain(NAMES).find_map(|(shape, order)| {
        let captures = shape.captures(text)?;
        let whole = captures.get(0).is_some_and(|m| m.as_str() == text);
        whole.then(|| read(&captures, order, now)).flatten().map(|read| read.0)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn birth_dates_are_found() {
        check(
            find,
            &[
                ("Geboren 3-5-1950, feest 3-5-2026", &["3-5-1950"]),
                ("geb. 3 maart '58", &["3 maart '58"]),
                ("geb. 030550, code 030550", &["030550"]),
                ("12e van mei 1950", &["12e van mei 1950"]),
                ("born on May 3rd, 1950", &["May 3rd, 1950"]),
                ("1950-05-03", &["1950-05-03"]),
                ("vader is van 7/8/44", &["7/8/44"]),
                ("dochter, geboren op 3 mei 2024", &["3 mei 2024"]),
                ("12 sept. 1961 te Dorp", &["12 sept. 1961"]),
                (
                    "van drie april negentienhonderdveertig, ja",
                    &["drie april negentienhonderdveertig"],
                ),
                ("geboren op 12 mei negentien vijftig", &["12 mei negentien vijftig"]),
                ("3 mei negentienvijftig", &["3 mei negentienvijftig"]),
                (
                    "born on the twenty-first of May, nineteen sixty one or May third 1950",
                    &["twenty-first of May, nineteen sixty one", "May third 1950"],
                ),
                (
                    "geboren eerste januari tweeduizend en drie",
                    &["eerste januari tweeduizend en drie"],
                ),
            ],
        );
    }

    #[test]
    fn other_dates_survive() {
        check(
            find,
            &[
                ("op 3-5-2026 of 7 december 2026, 3 mei en 15/3", &[]),
                ("sinds 1 mei 1998, in 1945", &[]),
                ("van 10 tot 13 en 12-07/C, 1.2.10.4", &[]),
                ("3 tot 5 plekken, 12 12 stuks", &[]),
                ("Nee, op 3 mei 2025 niet. De brief is van 3 februari 2026", &[]),
                ("drie april om twee uur, de eerste mei zesentwintig", &[]),
            ],
        );
    }
}
