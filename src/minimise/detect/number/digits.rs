//! Digits however they are written: in groups, in words (Dutch, Frisian, English, German), or mixed.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

use crate::minimise::detect::words::Words;
use crate::minimise::text::{Folded, Token};

/// Longest gap between two groups of one number, in bytes.
const GAP_MAX: usize = 6;
/// Most words such as "en dan" between two groups.
const FILLERS_MAX: usize = 3;
/// Words that may stand between two groups.
static FILLERS: LazyLock<Words> = LazyLock::new(|| {
    Words::of("en dan daarna vervolgens and then streepje dash spatie plus komma punt")
});

/// Words for nought to nine, in this order.
const ONES: &str = "nul zero oh o null,een one ien eins,twee two twa zwei,drie three trije drei,\
    vier four fjouwer,vijf five fiif funf fuenf,zes six seis sechs,zeven seven soeven sieben,acht eight,\
    negen nine njoggen neun";
/// Words for ten to nineteen.
const TEENS: &str = "tien ten tsien zehn,elf eleven alve,twaalf twelve tolve,dertien thirteen,\
    veertien fourteen,vijftien fifteen,zestien sixteen,zeventien seventeen,achttien eighteen,\
    negentien nineteen";
/// Words for twenty, thirty, … ninety.
const TENS: &str = "twintig twenty,dertig thirty,veertig forty fourty,vijftig fifty,zestig sixty,\
    zeventig seventy,tachtig eighty,negentig ninety";

/// The value of each of these words.
static NUMBERS: LazyLock<HashMap<&'static str, usize, FixedState>> = LazyLock::new(|| {
    let from = |list: &'static str, first, step| {
        let groups = list.split(',').enumerate();
        groups.flat_map(move |(at, group)| {
            group.split_whitespace().map(move |word| (word, first + step * at))
        })
    };
    from(ONES, 0, 1).chain(from(TEENS, 10, 1)).chain(from(TENS, 20, 10)).collect()
});

/// Digits that are written as one.
#[derive(Debug, Clone)]
pub(in super::super) struct Unit {
    pub(in super::super) start: usize,
    pub(in super::super) end: usize,
    /// Its digits among those of the whole text.
    digits: Range<usize>,
    word: bool,
}

impl Unit {
    /// How many digits it has.
    pub(in super::super) fn len(&self) -> usize {
        self.digits.len()
    }
}

/// Groups of digits with nothing but separators between them.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Run<'a> {
    pub(in super::super) units: &'a [Unit],
    digits: &'a str,
}

impl<'a> Run<'a> {
    /// The digits of all its groups.
    pub(in super::super) fn digits(self) -> &'a str {
        self.digits_to(self.units.len())
    }

    /// The digits of its first `count` groups.
    pub(in super::super) fn digits_to(self, count: usize) -> &'a str {
        let from = self.units.first().map_or(0, |unit| unit.digits.start);
        let to = count.checked_sub(1).and_then(|last| self.units.get(last));
        self.digits.get(from..to.map_or(from, |unit| unit.digits.end)).unwrap_or_default()
    }

    /// The digits of one of its groups.
    pub(in super::super) fn digits_of(self, unit: &Unit) -> &'a str {
        self.digits.get(unit.digits.clone()).unwrap_or_default()
    }

    /// The places of the first and the last group that hold these of its digits.
    pub(in super::super) fn holding(self, digits: &Range<usize>) -> Option<(usize, usize)> {
        let base = self.units.first()?.digits.start;
        let first = self.units.partition_point(|unit| unit.digits.end - base <= digits.start);
        let last = self.units.partition_point(|unit| unit.digits.start - base < digits.end);
        Some((first, last.checked_sub(1)?))
    }

    /// What is left from a group on.
    pub(in super::super) fn from(self, place: usize) -> Self {
        Self { units: self.units.get(place..).unwrap_or_default(), ..self }
    }
}

/// Every run of a text.
#[derive(Debug, Default)]
pub(in super::super) struct Runs {
    digits: String,
    units: Vec<Unit>,
    ends: Vec<usize>,
}

impl Runs {
    /// Reads a text.
    pub(in super::super) fn of(text: &Folded) -> Self {
        let mut reader = Reader { runs: Self::default(), end: 0, fillers: 0, doubled: false };
        for (place, token) in text.tokens().iter().enumerate() {
            reader.take(text, place, *token);
        }
        reader.close();
        reader.runs
    }

    /// Is there no digit at all?
    pub(in super::super) fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// All of them, in order.
    pub(in super::super) fn iter(&self) -> impl Iterator<Item = Run<'_>> {
        let mut start = 0;
        self.ends.iter().map(move |end| {
            let units = self.units.get(start..*end).unwrap_or_default();
            start = *end;
            Run { units, digits: &self.digits }
        })
    }
}

struct Reader {
    runs: Runs,
    end: usize,
    fillers: usize,
    doubled: bool,
}

impl Reader {
    fn is_open(&self) -> bool {
        self.runs.units.len() > self.runs.ends.last().copied().unwrap_or(0)
    }

    fn take(&mut self, text: &Folded, place: usize, token: Token) {
        if self.is_open() && !joins(text.part(self.end..token.start)) {
            self.close();
        }
        let word = text.word(token);
        let before = self.runs.digits.len();
        if token.is_word() && self.is_filler(word) {
            self.fillers += 1;
            self.doubled |= matches!(word, "dubbel" | "double" | "dubbele");
        } else if self.read(text, place, token) {
            self.add(text, token, before);
        } else {
            self.close();
        }
        self.end = token.end;
    }

    fn is_filler(&self, word: &str) -> bool {
        let doubling = matches!(word, "dubbel" | "double" | "dubbele");
        doubling || (self.is_open() && self.fillers < FILLERS_MAX && FILLERS.contains(word))
    }

    /// Writes the digits of a word or number behind those of the text, if it has any.
    fn read(&mut self, text: &Folded, place: usize, token: Token) -> bool {
        let word = text.word(token);
        if !token.is_word() {
            self.runs.digits.push_str(word);
            return true;
        }
        let next = text.tokens().get(place + 1);
        let before = place.checked_sub(1).and_then(|before| text.tokens().get(before));
        let glued = next.is_some_and(|next| next.start == token.end && !next.is_word())
            || before.is_some_and(|before| before.end == token.start && !before.is_word());
        // "O6 1l2": letters that stand for the digits that they look like.
        if glued && word.bytes().all(|c| b"oil".contains(&c)) {
            self.runs.digits.extend(word.chars().map(|c| if c == 'o' { '0' } else { '1' }));
            return true;
        }
        spoken(word, &mut self.runs.digits)
    }

    fn add(&mut self, text: &Folded, token: Token, before: usize) {
        let fillers = std::mem::take(&mut self.fillers);
        let doubled = std::mem::take(&mut self.doubled);
        let word = token.is_word();
        if self.is_open() && word && self.merge(text, token, (before, fillers)) {
            return;
        }
        if doubled && self.runs.digits.len() == before + 1 {
            self.runs.digits.extend_from_within(before..);
        }
        let digits = before..self.runs.digits.len();
        self.runs.units.push(Unit { start: token.start, end: token.end, digits, word });
    }

    /// "een en zestig", "sixty one": two words that are one number of two digits.
    fn merge(&mut self, text: &Folded, token: Token, (before, fillers): (usize, usize)) -> bool {
        let Some(last) = self.runs.units.last_mut().filter(|last| last.word) else {
            return false;
        };
        let own = self.runs.digits.get(before..).unwrap_or_default();
        let earlier = self.runs.digits.get(last.digits.clone()).unwrap_or_default();
        let between = text.part(last.end..token.start);
        let dutch = fillers == 1 && earlier.len() == 1 && is_tens(own) && between.contains("en");
        let english = fillers == 0 && is_tens(earlier) && own.len() == 1 && between.len() == 1;
        let merged = match (dutch && earlier != "0", english && own != "0") {
            (true, _) => format!("{}{earlier}", own.trim_end_matches('0')),
            (_, true) => format!("{}{own}", earlier.trim_end_matches('0')),
            (false, false) => return false,
        };
        self.runs.digits.truncate(last.digits.start);
        self.runs.digits.push_str(&merged);
        last.digits.end = self.runs.digits.len();
        last.end = token.end;
        true
    }

    fn close(&mut self) {
        if self.is_open() {
            self.runs.ends.push(self.runs.units.len());
        }
        self.fillers = 0;
        self.doubled = false;
    }
}

fn is_tens(digits: &str) -> bool {
    digits.len() == 2 && digits.ends_with('0') && !digits.starts_with(['0', '1'])
}

fn joins(gap: &str) -> bool {
    gap.len() <= GAP_MAX
        && gap.bytes().filter(|c| *c == b'\n').count() <= 1
        && gap.chars().all(|c| " -./()_,*|'~\n[]".contains(c))
}

/// Writes the digits of a number word, also of several written as one.
fn spoken(word: &str, digits: &mut String) -> bool {
    if word.len() > 64 {
        return false;
    }
    if let Some(value) = value(word) {
        digits.push_str(&value.to_string());
        return true;
    }
    word.len() > 5 && several(word, digits)
}

/// The value of a number word below a hundred.
pub(in super::super) fn value(word: &str) -> Option<usize> {
    NUMBERS.get(word).copied().or_else(|| compound(word))
}

/// "eenenzestig" is 61.
fn compound(word: &str) -> Option<usize> {
    let tens = word.len().checked_sub(7).map(|_| TENS.split(',').enumerate())?;
    word.ends_with("tig").then_some(())?;
    tens.into_iter().find_map(|(ten, group)| {
        let dutch = group.split_whitespace().next()?;
        let one = word.strip_suffix(dutch)?.strip_suffix("en")?;
        let one = NUMBERS.get(one).filter(|one| (1..10).contains(*one))?;
        Some(20 + 10 * ten + one)
    })
}

/// "nulzesdrie" is 0, 6 and 3.
fn several(word: &str, digits: &mut String) -> bool {
    let before = digits.len();
    let mut rest = word;
    while !rest.is_empty() {
        let known = (3..=5).rev().find_map(|length| {
            let value = NUMBERS.get(rest.get(..length)?).filter(|value| **value < 10)?;
            Some((value, rest.get(length..)?))
        });
        let Some((value, after)) = known else {
            digits.truncate(before);
            return false;
        };
        digits.push_str(&value.to_string());
        rest = after;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_read_however_they_are_written() {
        for (text, expected) in [
            ("06 - 12.34", &["061234"][..]),
            ("nul zes een-en-zestig twaalf", &["066112"]),
            ("tweeënzestig", &["62"]),
            ("oh six sixty one, double five", &["066155"]),
            ("nulzesdrie dubbel 4", &["06344"]),
            ("O6 1o", &["0610"]),
            ("O6II2 l3", &["0611213"]),
            ("nul zes en dan 62", &["0662"]),
            ("nul seis ien twa, null sechs zwei", &["0612062"]),
            ("10 uur of 12 uur", &["10", "12"]),
        ] {
            let runs = Runs::of(&Folded::of(text));
            let all: Vec<&str> = runs.iter().map(Run::digits).collect();
            assert_eq!(all, expected, "{text}");
        }
    }
}
