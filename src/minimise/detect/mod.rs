//! What people type that must not leave: one file per kind, each a pure function from a scene
//! to spans. Nothing here writes text; [`super::redact`] does, in one place.
//!
//! Every search is linear in the text: patterns run on a linear engine, and loops look at a
//! bounded number of neighbours.

mod contact;
mod number;
mod person;
mod place;
mod words;

use std::ops::Range;

use regex::Regex;

use crate::model::FindingType;

use super::text::{Folded, Token};
use words::Words;

pub(super) use person::{Person, is_given_name};

/// What stands where something was taken out, unless the configuration says otherwise: a border
/// for the words around it.
const HOLE: &str = super::policy::PLACEHOLDER;

/// A place in a folded text, and what stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Span {
    /// Bytes of the folded text.
    pub(super) range: Range<usize>,
    /// What it is.
    pub(super) kind: FindingType,
}

/// What every detector may look at.
struct Scene<'a> {
    text: &'a Folded,
    runs: number::Runs,
    person: &'a Person,
}

/// Finds things of one kind.
type Detector = fn(&Scene<'_>, &mut Vec<Range<usize>>);

/// All detectors. Where two find the same place, the earlier one names it.
const DETECTORS: [(FindingType, Detector); 13] = [
    (FindingType::Withhold, person::withhold::find),
    (FindingType::Email, contact::email::find),
    (FindingType::Url, contact::url::find),
    (FindingType::Handle, contact::handle::find),
    (FindingType::Iban, number::iban::find),
    (FindingType::Phone, contact::phone::find),
    (FindingType::Bsn, number::bsn::find),
    (FindingType::BirthDate, person::birth::find),
    (FindingType::Plate, number::plate::find),
    (FindingType::Postcode, place::postcode::find),
    (FindingType::Address, place::address::find),
    (FindingType::Name, person::name::find),
    (FindingType::Name, person::name::introduced),
];

/// Everything in the text that must not leave; places may overlap, and come in no order.
pub(super) fn detect(text: &Folded, person: &Person) -> Vec<Span> {
    let scene = Scene { text, runs: number::Runs::of(text), person };
    let mut spans = Vec::new();
    for (kind, find) in DETECTORS {
        let mut found = Vec::new();
        find(&scene, &mut found);
        spans.extend(found.into_iter().map(|range| Span { range, kind }));
    }
    person::name::complete(&scene, &mut spans);
    spans
}

/// A short text without what was found in it; nothing when more than names and literals was.
pub(super) fn without(text: &str, person: &Person) -> Option<String> {
    let folded = Folded::of(text);
    let spans = detect(&folded, person);
    if spans.iter().any(|span| !matches!(span.kind, FindingType::Withhold | FindingType::Name)) {
        return None;
    }
    let hidden: Vec<Range<usize>> =
        spans.iter().filter_map(|span| folded.source(&span.range)).collect();
    let kept = |at: &usize| !hidden.iter().any(|range| range.contains(at));
    let signs = text.chars().enumerate().filter(|(at, _)| kept(at));
    Some(signs.map(|(_, sign)| sign).collect())
}

/// Compiles a pattern of ours.
#[expect(
    clippy::expect_used,
    reason = "patterns are constants of this folder, and every detector's test compiles its own"
)]
fn pattern(source: &str) -> Regex {
    Regex::new(source).expect("a constant pattern compiles")
}

impl Scene<'_> {
    /// Is one of these words anywhere in the text?
    fn mentions(&self, words: &Words) -> bool {
        self.text.tokens().iter().any(|token| words.contains(self.text.word(*token)))
    }

    /// Is one of these words among the `reach` words or numbers before this byte?
    fn told_before(&self, at: usize, reach: usize, words: &Words) -> bool {
        let mut end = at;
        for token in self.text.before(at).take(reach) {
            // What was taken out before this says nothing of what comes after it.
            if self.text.part(token.end..end).contains(HOLE) {
                return false;
            }
            if words.contains(self.text.word(token)) {
                return true;
            }
            end = token.start;
        }
        false
    }

    /// The word or number right before this byte, if only space or these signs stand between.
    fn touching_before(&self, at: usize, signs: &str) -> Option<Token> {
        let token = self.text.before(at).next()?;
        let gap = self.text.part(token.end..at);
        let close = gap.len() <= 4 && gap.chars().all(|c| c == ' ' || signs.contains(c));
        close.then_some(token)
    }

    /// The word or number right after this byte, likewise.
    fn touching_after(&self, at: usize, signs: &str) -> Option<Token> {
        let token = self.text.after(at).next()?;
        let gap = self.text.part(at..token.start);
        let close = gap.len() <= 4 && gap.chars().all(|c| c == ' ' || signs.contains(c));
        close.then_some(token)
    }

    /// Does a sentence or a line begin here?
    fn begins_sentence(&self, at: usize) -> bool {
        let before = self.text.part(0..at);
        let bare = before.trim_end_matches([' ', '(', '"', '\'', '*', '-', '•', '>']);
        bare.is_empty() || bare.ends_with(['.', '!', '?', ':', '\n', '…'])
    }

    /// The character that ends right before this byte.
    fn sign_before(&self, at: usize) -> Option<char> {
        self.text.part(0..at).chars().next_back()
    }

    /// The character that starts at this byte.
    fn sign_at(&self, at: usize) -> Option<char> {
        self.text.lower().get(at..)?.chars().next()
    }

    /// Does neither a letter nor a digit touch this range?
    fn stands_alone(&self, range: &Range<usize>) -> bool {
        let touches = |sign: Option<char>| sign.is_some_and(char::is_alphanumeric);
        !touches(self.sign_before(range.start)) && !touches(self.sign_at(range.end))
    }
}

/// The texts of what one detector finds, overlaps merged, for table tests.
#[cfg(test)]
fn found(find: Detector, text: &str, person: &Person) -> Vec<String> {
    let folded = Folded::of(text);
    let scene = Scene { text: &folded, runs: number::Runs::of(&folded), person };
    let mut ranges = Vec::new();
    find(&scene, &mut ranges);
    ranges.sort_by_key(|range| (range.start, std::cmp::Reverse(range.end)));
    let mut merged: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match merged.last_mut() {
            Some(last) if range.start < last.end => last.end = last.end.max(range.end),
            _ => merged.push(range),
        }
    }
    let part = |range: Range<usize>| folded.cased().get(range).unwrap_or_default().to_owned();
    merged.into_iter().map(part).collect()
}

/// Checks a table of texts, each with what a detector is to find in it.
#[cfg(test)]
fn check(find: Detector, table: &[(&str, &[&str])]) {
    for (text, expected) in table {
        assert_eq!(found(find, text, &Person::nobody()), *expected, "{text}");
    }
}
