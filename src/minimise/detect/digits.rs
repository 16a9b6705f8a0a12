//! Digits however they are written: in groups, in words (Dutch and English), or mixed.

use crate::minimise::text::{Folded, Token};

use super::words::Words;
use std::sync::LazyLock;

/// Longest gap between two groups of one number, in bytes.
const GAP_MAX: usize = 6;
/// Most words such as "en dan" between two groups.
const FILLERS_MAX: usize = 3;
/// Words that may stand between two groups.
static FILLERS: LazyLock<Words> =
    LazyLock::new(|| Words::of("en dan daarna vervolgens and then streepje dash spatie plus"));

/// Words for nought to nine, in this order.
const ONES: &str = "nul zero oh o null,een one,twee two,drie three,vier four,vijf five,zes six,zeven seven,acht eight,negen nine";
/// Words for ten to nineteen.
const TEENS: &str = "tien ten,elf eleven,twaalf twelve,dertien thirteen,veertien fourteen,vijftien fifteen,\
    zestien sixteen,zeventien seventeen,achttien eighteen,negentien nineteen";
/// Words for twenty, thirty, … ninety.
const TENS: &str = "twintig twenty,dertig thirty,veertig forty fourty,vijftig fifty,zestig sixty,\
    zeventig seventy,tachtig eighty,negentig ninety";

/// A group of digits.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unit {
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) digits: String,
    word: bool,
}

/// Groups of digits with nothing but separators between them.
pub(super) type Run = Vec<Unit>;

/// Every run of a text, in order.
pub(super) fn runs(text: &Folded) -> Vec<Run> {
    let mut builder = Builder::default();
    for (place, token) in text.tokens().iter().enumerate() {
        builder.take(text, place, *token);
    }
    builder.close();
    builder.runs
}

#[derive(Default)]
struct Builder {
    runs: Vec<Run>,
    run: Run,
    end: usize,
    fillers: usize,
    doubled: bool,
}

impl Builder {
    fn take(&mut self, text: &Folded, place: usize, token: Token) {
        if !self.run.is_empty() && !joins(text.part(self.end..token.start)) {
            self.close();
        }
        let word = text.word(token);
        let next = text.tokens().get(place + 1);
        let glued = next.is_some_and(|next| next.start == token.end && !next.is_word());
        if token.is_word() && self.is_filler(word) {
            self.fillers += 1;
            self.doubled |= matches!(word, "dubbel" | "double");
        } else if let Some(digits) = value(token, word, glued) {
            self.add(text, token, digits);
        } else {
            self.close();
        }
        self.end = token.end;
    }

    fn is_filler(&self, word: &str) -> bool {
        let doubling = matches!(word, "dubbel" | "double");
        doubling || (!self.run.is_empty() && self.fillers < FILLERS_MAX && FILLERS.contains(word))
    }

    fn add(&mut self, text: &Folded, token: Token, digits: String) {
        let fillers = std::mem::take(&mut self.fillers);
        let doubled = std::mem::take(&mut self.doubled);
        let word = token.is_word();
        if let Some(last) = self.run.last_mut().filter(|last| last.word && word) {
            // "een en zestig", "sixty-one"
            let between = text.part(last.end..token.start);
            let dutch = fillers == 1 && last.digits.len() == 1 && is_tens(&digits);
            let english = fillers == 0 && is_tens(&last.digits) && digits.len() == 1;
            let one = last.digits.clone();
            if dutch && between.contains("en") && one != "0" {
                last.digits = format!("{}{one}", digits.trim_end_matches('0'));
                last.end = token.end;
                return;
            }
            if english && between.len() == 1 && digits != "0" {
                last.digits = format!("{}{digits}", last.digits.trim_end_matches('0'));
                last.end = token.end;
                return;
            }
        }
        self.run.push(Unit {
            start: token.start,
            end: token.end,
            digits: if doubled { digits.repeat(2) } else { digits },
            word,
        });
    }

    fn close(&mut self) {
        if !self.run.is_empty() {
            self.runs.push(std::mem::take(&mut self.run));
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
        && gap.chars().filter(|c| *c == '\n').count() <= 1
        && gap.chars().all(|c| " -./()+_,*|'~\n[]".contains(c))
}

fn value(token: Token, word: &str, glued: bool) -> Option<String> {
    if !token.is_word() {
        return Some(word.to_owned());
    }
    if glued && word.chars().all(|c| c == 'o') {
        return Some("0".repeat(word.len()));
    }
    number_word(word)
}

/// The place of the group of this list that a word is in.
fn place(list: &str, word: &str) -> Option<usize> {
    let mut groups = list.split(',');
    groups.position(|group| group.split_whitespace().any(|one| one == word))
}

/// The digits of a number word, also of several written as one.
pub(super) fn number_word(word: &str) -> Option<String> {
    let simple = place(ONES, word)
        .or_else(|| Some(10 + place(TEENS, word)?))
        .or_else(|| Some(20 + 10 * place(TENS, word)?));
    simple.or_else(|| compound(word)).map(|value| value.to_string()).or_else(|| several(word))
}

/// "eenenzestig" is 61.
fn compound(word: &str) -> Option<usize> {
    let mut tens = TENS.split(',').enumerate();
    tens.find_map(|(ten, group)| {
        let dutch = group.split_whitespace().next()?;
        let one = word.strip_suffix(dutch)?.strip_suffix("en")?;
        Some(20 + 10 * ten + place(ONES, one).filter(|one| *one > 0)?)
    })
}

/// "nulzesdrie" is 0, 6 and 3.
fn several(word: &str) -> Option<String> {
    let mut digits = String::new();
    let mut rest = word;
    while (6..=64).contains(&word.len()) && !rest.is_empty() {
        let mut groups = ONES.split(',').enumerate();
        let (value, after) = groups.find_map(|(value, group)| {
            let mut words = group.split_whitespace().filter(|one| one.len() > 2);
            words.find_map(|one| Some((value, rest.strip_prefix(one)?)))
        })?;
        digits.push_str(&value.to_string());
        rest = after;
    }
    (!digits.is_empty()).then_some(digits)
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
            ("nul zes en dan 62", &["0662"]),
            ("10:30 of 12 uur", &["10", "30", "12"]),
        ] {
            let read = |run: &Run| run.iter().map(|unit| unit.digits.clone()).collect::<String>();
            let all: Vec<String> = runs(&Folded::of(text)).iter().map(read).collect();
            assert_eq!(all, expected, "{text}");
        }
    }
}
