//! Citizen service numbers: nine digits that pass the 11-test, or that are called one.

use std::ops::Range;
use std::sync::LazyLock;

use crate::minimise::detect::Scene;
use crate::minimise::detect::number::Run;
use crate::minimise::detect::words::{REFERENCES, Words};

/// Words that say it is one.
static CUES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "bsn burgerservicenummer burgerservicenr sofi sofinummer sofinr bsnnummer bsnnr service citizen",
    )
});

/// Finds BSNs.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for run in scene.runs.iter().filter(|run| run.digits().len() >= 8) {
        found.extend((0..run.units.len()).filter_map(|place| number(scene, run.from(place))));
    }
}

fn number(scene: &Scene<'_>, run: Run<'_>) -> Option<Range<usize>> {
    let first = run.units.first()?;
    let mut grouped = true;
    for (place, unit) in run.units.iter().enumerate().take(9) {
        let digits = run.digits_to(place + 1);
        grouped &= unit.len() >= 2;
        let range = first.start..unit.end;
        if digits.len() == 8 && place + 1 == run.units.len() && called(scene, &range) {
            return Some(range);
        }
        if digits.len() < 9 {
            continue;
        }
        let named = called(scene, &range);
        let alone = scene.stands_alone(&range) && !referred(scene, range.start);
        let shaped = first.len() >= 3 && grouped;
        let tested = passes(digits) && alone && shaped;
        return (digits.len() == 9 && (named || tested)).then_some(range);
    }
    None
}

/// Is it called a BSN, just before or just after?
fn called(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let after: Vec<&str> =
        scene.text.after(range.end).take(3).map(|t| scene.text.word(t)).collect();
    let order = after.iter().any(|word| REFERENCES.contains(word));
    let before = scene.told_before(range.start, 3, &CUES) && !order;
    before || after.iter().any(|word| CUES.contains(word))
}

fn referred(scene: &Scene<'_>, at: usize) -> bool {
    scene.told_before(at, 2, &REFERENCES) || scene.sign_before(at) == Some('#')
}

/// The 11-test: nine times the first digit, eight times the second, … less the last.
fn passes(digits: &str) -> bool {
    let weights = [9, 8, 7, 6, 5, 4, 3, 2, -1];
    let values = digits.chars().filter_map(|c| c.to_digit(10)).map(i64::from);
    let sum: i64 = values.zip(weights).map(|(value, weight)| value * weight).sum();
    sum % 11 == 0 && sum != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn bsns_are_found_and_order_numbers_survive() {
        check(
            find,
            &[
                ("111222333", &["111222333"]),
                ("1112.22.333 is van mij", &["1112.22.333"]),
                ("bsn 123 456 789", &["123 456 789"]),
                ("123456789 is mijn bsn", &["123456789"]),
                ("123456789", &[]),
                ("ordernr 111222333", &[]),
                ("code A111222333", &[]),
                ("1 1 1 2 2 2 3 3 3", &[]),
            ],
        );
    }
}
