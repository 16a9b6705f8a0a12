//! Bank accounts: a country, two check digits, and a checksum that is right (ISO 13616).

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::minimise::detect::{Scene, pattern};

/// How long an account of a country is.
const LENGTHS: &str = "nl18 be16 de22 fr27 gb22 es24 it27 pt25 pl28 tr26 at20 ch21 lu20 ie22 dk18 se24 no15 \
    fi18 cz24 sk24 hu28 ro24 bg22 gr27 hr21 si19 ee20 lv21 lt20 mt31 cy28 ua29 ma28 rs22";

static START: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?-u:\b)[a-z]{2}[ .-]{0,2}[0-9]{2}[ .-]{0,2}[a-z0-9]"));
/// Whatever its checksum, this can be nothing else.
static DUTCH: LazyLock<Regex> = LazyLock::new(|| pattern(r"^nl[0-9]{2}[a-z]{4}[0-9]{10}$"));

/// Finds accounts.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    if scene.runs.is_empty() {
        return;
    }
    let lower = scene.text.lower();
    let mut at = 0;
    while let Some(start) = START.find_at(lower, at) {
        let account = account(scene, start.start());
        // A word and a number before it ("nr 20 NL…") look like a beginning; go on after the word.
        at = account.as_ref().map_or(start.start() + 2, |account| account.end);
        found.extend(account);
    }
}

fn account(scene: &Scene<'_>, start: usize) -> Option<Range<usize>> {
    let rest = scene.text.lower().get(start..)?;
    let country = rest.get(..2)?;
    let mut lengths = LENGTHS.split_whitespace();
    let length: usize = lengths.find_map(|row| row.strip_prefix(country))?.parse().ok()?;
    let mut signs = String::new();
    let mut gap = 0;
    for (at, sign) in rest.char_indices() {
        if sign.is_ascii_alphanumeric() {
            gap = 0;
            signs.push(sign);
        } else if gap < 3 && " .-\n_/".contains(sign) {
            gap += 1;
        } else {
            break;
        }
        if signs.len() == length {
            let end = start + at + sign.len_utf8();
            let alone = !scene.sign_at(end).is_some_and(|c| c.is_ascii_digit());
            let right = is_right(&signs) || DUTCH.is_match(&signs);
            return (alone && right).then_some(start..end);
        }
    }
    None
}

/// The checksum: the country and check digits moved to the end, letters as numbers, modulo 97.
fn is_right(account: &str) -> bool {
    let (head, tail) = account.split_at_checked(4).unwrap_or((account, ""));
    let mut rest: u32 = 0;
    for sign in tail.chars().chain(head.chars()) {
        let Some(value) = sign.to_digit(36) else {
            return false;
        };
        rest = (rest * if value > 9 { 100 } else { 10 } + value) % 97;
    }
    rest == 1
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn accounts_are_found_in_any_spacing() {
        check(
            find,
            &[
                ("op NL91 ABNA 0417 1643 00 graag", &["NL91 ABNA 0417 1643 00"]),
                ("nl91abna0417164300", &["nl91abna0417164300"]),
                ("NL 91 ABNA 04 17 16 43 00.", &["NL 91 ABNA 04 17 16 43 00"]),
                ("DE89 3704 0044 0532 0130 00", &["DE89 3704 0044 0532 0130 00"]),
                ("DE89 3704 0044 0532 0130 01", &[]),
                ("nr 20 NL91ABNA0417164300", &["NL91ABNA0417164300"]),
                ("op 12 NL91 ABNA 0417 1643 00", &["NL91 ABNA 0417 1643 00"]),
                ("in 12 weken 3 keer", &[]),
                ("3SNL9100000000", &[]),
            ],
        );
    }
}
