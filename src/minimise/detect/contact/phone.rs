//! Phone numbers: Dutch ones in any spelling, and international ones that begin with + or 00.
//!
//! What anybody may call is no personal data and stays: numbers too short for a person's (112, 113,
//! 14 0xx), and those that the Dutch numbering plan gives to organisations alone, 0800, 0900, 0906,
//! 0909 and 088. Every other national number of nine digits behind the zero is taken for a person's,
//! also 085, which self-employed people have. A number that the row withholds goes in any case.

use std::ops::Range;
use std::sync::LazyLock;

use crate::minimise::detect::Scene;
use crate::minimise::detect::number::{Run, Unit};
use crate::minimise::detect::words::{REFERENCES, UNITS, Words};

/// Fewest digits of a phone number.
const DIGITS_MIN: usize = 9;

/// Words near a phone number.
static CUES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "bel bellen belt tel telefoon telefoonnummer telnr app appen apps sms smsen mobiel mobiele \
    whatsapp nummer nr call phone text number mobile gsm telefonisch",
    )
});

/// Finds phone numbers.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for run in scene.runs.iter().filter(|run| run.digits().len() >= DIGITS_MIN) {
        let mut place = 0;
        let mut matched_to = 0;
        while place < run.units.len() {
            let rest = run.from(place);
            let joined = place > matched_to && is_joined(scene, run.units, place);
            let count = if joined { 0 } else { number(scene, rest).unwrap_or(0) };
            let matched = rest.units.get(..count).unwrap_or_default();
            if let (Some(first), Some(last)) = (matched.first(), matched.last()) {
                found.push(opening(scene, first.start)..last.end);
            }
            place += count.max(1);
            if count > 0 {
                matched_to = place;
            }
        }
    }
}

/// Where a number begins that has its plus or bracket before the first digit.
fn opening(scene: &Scene<'_>, start: usize) -> usize {
    let before = scene.text.part(0..start);
    let bare = before.trim_end_matches(['(', ' ']);
    match bare.strip_suffix('+') {
        Some(outside) => outside.len(),
        None if before.ends_with('(') => start - 1,
        None => start,
    }
}

/// Is this group the continuation of another, as the month of a date is?
fn is_joined(scene: &Scene<'_>, run: &[Unit], place: usize) -> bool {
    let before = place.checked_sub(1).and_then(|before| run.get(before));
    before.zip(run.get(place)).is_some_and(|(before, here)| {
        matches!(scene.text.part(before.end..here.start), "-" | "." | "/")
    })
}

/// Is it the tail of a code that mixes letters and digits?
fn in_code(scene: &Scene<'_>, first: &Unit) -> bool {
    let before = scene.text.part(0..first.start);
    let letters = before.trim_end_matches(char::is_alphabetic);
    let glued = letters.len() < before.len();
    let digits = scene.text.part(first.start..first.end);
    glued && (letters.ends_with(|c: char| c.is_ascii_digit()) || !digits.starts_with(['0', '+']))
}

/// How many of these groups, from the first on, make a phone number.
fn number(scene: &Scene<'_>, run: Run<'_>) -> Option<usize> {
    let first = run.units.first()?;
    if in_code(scene, first) {
        return None;
    }
    let before = scene.text.part(0..first.start).trim_end_matches(['(', ' ']);
    let named = scene.told_before(first.start, 2, &REFERENCES);
    let plus = before.ends_with('+');
    let mut foreign = None;
    for (place, unit) in run.units.iter().enumerate() {
        let count = place + 1;
        let digits = run.digits_to(count);
        let gap = place.checked_sub(1).and_then(|before| run.units.get(before));
        let gap = gap.map_or("", |before| scene.text.part(before.end..unit.start));
        if digits.len() > 18 || (foreign.is_some() && gap.contains([',', '/', '\n', '|'])) {
            break;
        }
        if is_dutch(digits, plus)
            && !is_date(scene, run, count)
            && !(named && !plus && digits.starts_with('3'))
        {
            return Some(count);
        }
        if is_trunkless(digits) && lacks_trunk(scene, first, unit) {
            return Some(count);
        }
        if is_foreign(digits, plus) && !is_time(scene, unit) {
            foreign = Some(count);
        }
    }
    foreign
}

/// A national number with its trunk zero or country code, whole.
fn is_dutch(digits: &str, plus: bool) -> bool {
    let country = digits.strip_prefix("0031").or_else(|| digits.strip_prefix("31"));
    let national = match country {
        Some(rest) => rest.strip_prefix('0').filter(|r| r.len() == 9).unwrap_or(rest),
        None if plus => return false,
        None => match digits.strip_prefix('0') {
            Some(rest) => rest,
            None => return false,
        },
    };
    let service = ["800", "88", "900", "906", "909"];
    national.len() == 9
        && !national.starts_with('0')
        && !service.iter().any(|prefix| national.starts_with(prefix))
}

/// A mobile number without its zero.
fn is_trunkless(digits: &str) -> bool {
    digits.len() == 9 && digits.starts_with('6')
}

/// Is the missing zero explained: by a word before, or by "with a zero in front" after?
fn lacks_trunk(scene: &Scene<'_>, first: &Unit, last: &Unit) -> bool {
    let after: Vec<&str> = scene.text.after(last.end).take(9).map(|t| scene.text.word(t)).collect();
    let in_front = after.iter().any(|word| matches!(*word, "nul" | "0" | "zero"))
        && after
            .iter()
            .any(|word| matches!(*word, "ervoor" | "voor" | "vooraan" | "front" | "first"));
    in_front || scene.told_before(first.start, 3, &CUES)
}

fn is_foreign(digits: &str, plus: bool) -> bool {
    let bare = match digits.strip_prefix("00") {
        Some(bare) => bare,
        None if plus => digits,
        None => return false,
    };
    (9..=15).contains(&bare.len()) && !bare.starts_with('0') && !bare.starts_with("31")
}

/// Is the last group the hour of a time rather than the end of a number?
fn is_time(scene: &Scene<'_>, last: &Unit) -> bool {
    let mut rest = scene.text.lower().get(last.end..).unwrap_or_default().chars();
    let minutes = rest.next() == Some(':') && rest.next().is_some_and(|c| c.is_ascii_digit());
    let unit = scene.touching_after(last.end, "");
    let unit = unit.is_some_and(|token| UNITS.contains(scene.text.word(token)));
    last.len() <= 2 && (minutes || unit)
}

/// Are these groups a date and the hour after it ("06-06-2026 09:00")?
fn is_date(scene: &Scene<'_>, run: Run<'_>, count: usize) -> bool {
    let (Some([day, month, year]), Some(last)) = (run.units.get(..3), run.units.get(count - 1))
    else {
        return false;
    };
    let gap = |from: &Unit, to: &Unit| scene.text.part(from.end..to.start);
    let fits = |unit: &Unit, max: u8| {
        run.digits_of(unit).parse().is_ok_and(|number: u8| (1..=max).contains(&number))
    };
    let century = run.digits_of(year).starts_with("19") || run.digits_of(year).starts_with("20");
    let even = gap(day, month) == gap(month, year);
    let apart = run.units.get(3).is_some_and(|next| gap(year, next) != gap(day, month));
    fits(day, 31)
        && fits(month, 12)
        && century
        && year.len() == 4
        && even
        && (apart || is_time(scene, last))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn phone_numbers_are_found_in_any_spelling() {
        check(
            find,
            &[
                ("bel 06-10203040 graag", &["06-10203040"]),
                ("tel. (0512) 10 20 30, of", &["(0512) 10 20 30"]),
                ("+31 (0)6 10 20 30 40.", &["+31 (0)6 10 20 30 40"]),
                ("0031610203040 / 31 6 10203041", &["0031610203040", "31 6 10203041"]),
                ("belmij0610203040svp", &["0610203040"]),
                ("nul zes tien 20 dertig veertig", &["nul zes tien 20 dertig veertig"]),
                ("0-6-1-0-2-0-3-0-4-0 na 06:30", &["0-6-1-0-2-0-3-0-4-0"]),
                ("O6 1o2o3o4o", &["O6 1o2o3o4o"]),
                ("+49 151 23456789 of +32 470 12 34 56", &["+49 151 23456789", "+32 470 12 34 56"]),
                ("app 6 10203040", &["6 10203040"]),
                ("+48 600 123 456, +49 (0)30 901820", &["+48 600 123 456", "+49 (0)30 901820"]),
                (
                    "dubbel 0610203040, nul zes tien twintig dertig veertig",
                    &["0610203040", "nul zes tien twintig dertig veertig"],
                ),
                ("06 1020\n3040", &["06 1020\n3040"]),
            ],
        );
    }

    #[test]
    fn other_numbers_survive() {
        check(
            find,
            &[
                ("bel 112, 113, 14 0522, 0800-1202, 088 123 45 67 of 0900-1234567", &[]),
                ("op 06-06-2026 09:00 en 06-12-2026 10.00 uur", &[]),
                ("in 1945, € 06,50 en 0,21 per km", &[]),
                ("order 31234567890, 8710203040506, lijn 5, 14 0512", &[]),
                ("mijn 06-nummer komt later, om 06.30 uur, 610203040 stuks", &[]),
            ],
        );
    }
}
