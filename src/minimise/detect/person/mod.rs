//! Whose text it is, and of whom else it speaks: names, and days of birth.

pub(super) mod birth;
mod date;
mod literal;
pub(super) mod name;
mod spoken;
pub(super) mod withhold;

use crate::minimise::text::Folded;

use literal::Literals;

/// Is it a common given name, however it is written?
pub(in crate::minimise) fn is_given_name(word: &str) -> bool {
    name::is_given_name(Folded::of(word).lower())
}

/// The author, as far as redaction needs to know.
#[derive(Debug)]
pub(in crate::minimise) struct Person {
    /// The first name in lower case without marks; empty when none may stay.
    first: String,
    literals: Literals,
    /// The year it is.
    pub(super) year: i16,
}

impl Person {
    /// Somebody with these literals and no first name yet. `column` is the first name as the core
    /// holds it: a literal that begins with it is a full name.
    pub(in crate::minimise) fn new(column: &str, withhold: &[String], year: i16) -> Self {
        let column = Folded::of(column.trim());
        let literals = Literals::new(column.lower(), withhold, year);
        Self { first: String::new(), literals, year }
    }

    /// The same with a first name that may stay.
    pub(in crate::minimise) fn named(self, first: &str) -> Self {
        Self { first: Folded::of(first).lower().to_owned(), ..self }
    }

    /// Somebody of whom nothing is known.
    #[cfg(test)]
    pub(super) fn nobody() -> Self {
        Self::new("", &[], 2026)
    }

    /// Is nothing withheld of somebody that this single word could hold?
    pub(in crate::minimise) fn may_be_called(&self, word: &str) -> bool {
        let word = Folded::of(word);
        self.literals.forms.iter().all(|form| !word.lower().contains(form.squashed.as_str()))
    }

    /// Does a word hold the first name, or a main part of the family name?
    pub(super) fn is_in(&self, word: &str) -> bool {
        self.literals.is_in(&self.first, word)
    }

    /// Is this word (a part of) the first name?
    pub(super) fn is_first(&self, word: &str) -> bool {
        self.first.split([' ', '-']).any(|part| part == word)
    }

    /// The last part of the first name.
    fn last_given(&self) -> &str {
        self.first.rsplit([' ', '-']).next().unwrap_or_default()
    }
}
