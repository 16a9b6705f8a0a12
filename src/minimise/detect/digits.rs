//! Digits however they are written: in groups, in words (Dutch and English), or mixed.

use crate::minimise::text::{Folded, Token};

/// Longest gap between two groups of one number, in bytes.
const GAP_MAX: usize = 6;
/// Most words such as "en dan" between two groups.
const FILLERS_MAX: usize = 3;
/// Words that may stand between two groups.
const FILLERS: &[&str] =
    &["en", "dan", "daarna", "vervolgens", "and", "then", "streepje", "dash", "spatie", "plus"];

const ONES: &[(&str, u8)] = &[
    ("nul", 0),
    ("zero", 0),
    ("oh", 0),
    ("o", 0),
    ("een", 1),
    ("one", 1),
    ("twee", 2),
    ("two", 2),
    ("drie", 3),
    ("three", 3),
    ("vier", 4),
    ("four", 4),
    ("vijf", 5),
    ("five", 5),
    ("zes", 6),
    ("six", 6),
    ("zeven", 7),
    ("seven", 7),
    ("acht", 8),
    ("eight", 8),
    ("negen", 9),
    ("nine", 9),
    ("null", 0),
];
const TEENS: &[(&str, u8)] = &[
    ("tien", 10),
    ("elf", 11),
    ("twaalf", 12),
    ("dertien", 13),
    ("veertien", 14),
    ("vijftien", 15),
    ("zestien", 16),
    ("zeventien", 17),
    ("achttien", 18),
    ("negentien", 19),
    ("ten", 10),
    ("eleven", 11),
    ("twelve", 12),
    ("thirteen", 13),
    ("fourteen", 14),
    ("fifteen", 15),
    ("sixteen", 16),
    ("seventeen", 17),
    ("eighteen", 18),
    ("nineteen", 19),
];
const TENS: &[(&str, u8)] = &[
    ("twintig", 20),
    ("dertig", 30),
    ("veertig", 40),
    ("vijftig", 50),
    ("zestig", 60),
    ("zeventig", 70),
    ("tachtig", 80),
    ("negentig", 90),
    ("twenty", 20),
    ("thirty", 30),
    ("forty", 40),
    ("fifty", 50),
    ("sixty", 60),
    ("seventy", 70),
    ("eighty", 80),
    ("ninety", 90),
    ("fourty", 40),
];

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
        doubling || (!self.run.is_empty() && self.fillers < FILLERS_MAX && FILLERS.contains(&word))
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

fn look_up(table: &[(&str, u8)], word: &str) -> Option<u8> {
    let mut rows = table.iter();
    rows.find(|row| row.0 == word).map(|row| row.1)
}

/// The digits of a number word, also of several written as one.
pub(super) fn number_word(word: &str) -> Option<String> {
    let simple =
        look_up(ONES, word).or_else(|| look_up(TEENS, word)).or_else(|| look_up(TENS, word));
    if let Some(value) = simple {
        return Some(value.to_string());
    }
    let compound = TENS.iter().find_map(|(tens, value)| {
        let one = word.strip_suffix(tens)?.strip_suffix("en")?;
        Some(value + look_up(ONES, one).filter(|one| *one > 0)?)
    });
    if let Some(value) = compound {
        return Some(value.to_string());
    }
    let mut digits = String::new();
    let mut rest = word;
    while word.len() > 5 && word.len() <= 64 && !rest.is_empty() {
        let (stem, value) = ONES.iter().find(|(one, _)| one.len() > 2 && rest.starts_with(one))?;
        digits.push_str(&value.to_string());
        rest = rest.strip_prefix(stem)?;
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
