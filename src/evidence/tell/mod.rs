//! Each statement in words.

mod agreements;
mod held;
mod item;
mod processing;

use jiff::Timestamp;

use super::document::{Block, Document, Part, fill};
use super::moment::moment;
use super::party::Party;
use super::words::Words;
use super::{Limit, Made, Statement};

impl Statement {
    /// The statement in the words of one language.
    pub(super) fn tell(&self, words: &Words) -> Document {
        let (mut document, made) = match self {
            Self::Item(one) => (item::tell(one, words), &one.made),
            Self::Held(one) => (held::tell(one, words), &one.made),
            Self::Agreements(one) => (agreements::tell(one, words), &one.made),
            Self::Processing(one) => (processing::tell(one, words), &one.made),
        };
        document.parts.extend(self::made(made, words));
        document
    }
}

/// What every statement ends with: what it does not prove, when and over what it was made.
fn made(made: &Made, words: &Words) -> [Part; 2] {
    let limits = made.limits.iter().map(|limit| limit_of(*limit, words).to_owned());
    let position = made.position.map(|position| position.to_string());
    let about = vec![
        (words.made.at, moment(made.at, words)),
        (words.made.zone, words.made.zone_text.to_owned()),
        (words.made.version, made.version.to_owned()),
        (words.made.position, position.unwrap_or(words.made.no_journal.to_owned())),
    ];
    [
        Part::new(words.made.limits, vec![Block::List(limits.collect())]),
        Part::new(words.made.about, vec![Block::Pairs(about)]),
    ]
}

fn limit_of(limit: Limit, words: &Words) -> &'static str {
    let words = &words.made;
    match limit {
        Limit::OwnWord => words.own_word,
        Limit::Beyond => words.beyond,
        Limit::Visitors => words.visitors,
        Limit::AtMost => words.at_most,
        Limit::Times => words.times,
        Limit::OtherWays => words.other_ways,
        Limit::NoTexts => words.no_texts,
        Limit::Forgotten => words.forgotten,
        Limit::FilesNow => words.files_now,
        Limit::Grounds => words.grounds,
    }
}

/// Who a partner is; its name is told elsewhere.
fn party(party: &Party, words: &Words) -> Vec<(&'static str, String)> {
    let or_unknown =
        |value: &Option<String>| value.clone().unwrap_or_else(|| words.unknown.to_owned());
    let role = party.role.as_deref().map(|role| words.name(role));
    vec![
        (words.party.name, party.called().to_owned()),
        (words.party.id, party.partner.clone()),
        (words.party.role, or_unknown(&role)),
        (words.party.reference, or_unknown(&party.reference)),
        (words.party.privacy, or_unknown(&party.privacy)),
    ]
}

/// The fields of an item, by their names.
fn fields(fields: &[&str], words: &Words) -> Part {
    let names = fields.iter().map(|field| words.name(field)).collect();
    Part::new(words.party.fields, vec![Block::List(names)])
}

/// Moments in one line, however many.
fn moments(of: &[Timestamp], words: &Words) -> Option<String> {
    let (first, last) = (of.first()?, of.last()?);
    if of.len() == 1 {
        return Some(moment(*first, words));
    }
    let ends = [moment(*first, words), moment(*last, words)];
    Some(fill(words.often, &[&of.len().to_string(), &ends[0], &ends[1]]))
}

/// Names in one line.
fn names<S: AsRef<str>>(keys: &[S], words: &Words) -> String {
    keys.iter().map(|key| words.name(key.as_ref())).collect::<Vec<_>>().join(", ")
}

/// The sentence for none, for one, or for many.
fn counted(sentences: [&'static str; 3], count: usize, values: &[&str]) -> String {
    let [none, one, many] = sentences;
    let number = count.to_string();
    let values: Vec<&str> = values.iter().copied().chain([number.as_str()]).collect();
    match count {
        0 => fill(none, &values),
        1 => fill(one, &values),
        _ => fill(many, &values),
    }
}
