//! Whose text it is: the first name that may stay, and the literals that may not.

use aho_corasick::{AhoCorasick, AhoCorasickKind};

use crate::minimise::text::Folded;

use super::birth::{self, Date};
use super::words::PARTICLES;

/// Most letters of a street literal's number part.
const NUMBER_MAX: usize = 8;

/// How a literal is to be recognised once its letters and digits are found in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Role {
    /// Wherever it stands alone.
    Exact,
    /// The part of an e-mail address before the @: not when spaced, as it often is the full name.
    Local,
    /// A family name with its particles, or (not `whole`) without them.
    Name { whole: bool, particles: Vec<String> },
    /// A street; only together with this house number.
    Street { number: String },
    /// A postcode; not where its letters are a unit in small letters.
    Postcode,
}

/// One form of a literal, without anything but letters and digits.
#[derive(Debug, Clone)]
pub(super) struct Form {
    squashed: String,
    /// How many separators the literal itself holds.
    pub(super) gaps: usize,
    pub(super) role: Role,
}

/// The author, as far as redaction needs to know.
#[derive(Debug)]
pub(in crate::minimise) struct Person {
    /// The first name in lower case without marks.
    pub(super) first: String,
    /// Family names and their main parts.
    pub(super) forms: Vec<Form>,
    /// Finds the forms; the place of a pattern is the place of its form.
    pub(super) finder: Option<AhoCorasick>,
    /// National digits of phone numbers, without the zero.
    pub(super) phones: Vec<String>,
    /// Birth dates.
    pub(super) dates: Vec<Date>,
    /// The year it is.
    pub(super) year: i16,
}

impl Person {
    /// Prepares the literals. `first` is the first name as the core holds it.
    pub(in crate::minimise) fn new(first: &str, withhold: &[String], year: i16) -> Self {
        let mut person = Self {
            first: Folded::of(first.trim()).lower().to_owned(),
            forms: Vec::new(),
            finder: None,
            phones: Vec::new(),
            dates: Vec::new(),
            year,
        };
        for literal in withhold {
            person.take(literal);
            // "Müller" is typed "Mueller" too.
            let typed = literal.replace('ü', "ue").replace('ö', "oe").replace('ä', "ae");
            if typed != *literal {
                person.take(&typed);
            }
        }
        person.forms.retain(|form| form.squashed.chars().count() > 1);
        // Made for one row: what is quickest to build is quickest in all, and it is linear too.
        person.finder = AhoCorasick::builder()
            .kind(Some(AhoCorasickKind::NoncontiguousNFA))
            .prefilter(false)
            .build(person.forms.iter().map(|form| &form.squashed))
            .ok();
        person
    }

    /// Somebody of whom nothing is known.
    #[cfg(test)]
    pub(super) fn nobody() -> Self {
        Self::new("", &[], 2026)
    }

    /// Does a word hold the first name, or a main part of the family name?
    pub(super) fn is_in(&self, word: &str) -> bool {
        let within = |part: &str, least: usize| part.len() >= least && word.contains(part);
        let names = self.forms.iter().filter(|form| matches!(form.role, Role::Name { .. }));
        within(&self.first, 3) || names.into_iter().any(|form| within(&form.squashed, 4))
    }

    /// Is this word (a part of) the first name?
    pub(super) fn is_first(&self, word: &str) -> bool {
        self.first.split([' ', '-']).any(|part| part == word)
    }

    fn take(&mut self, literal: &str) {
        let folded = Folded::of(literal.trim());
        let text = folded.lower();
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let lettered = text.contains(char::is_alphabetic);
        let date = birth::literal(text, self.year);
        self.dates.extend(date);
        if text.contains('@') {
            return self.take_address(text);
        }
        if !lettered && date.is_none() && (8..=15).contains(&digits.len()) {
            self.phones.push(national(&digits).to_owned());
        }
        let words: Vec<&str> = folded.tokens().iter().map(|token| folded.word(*token)).collect();
        if is_postcode(&squash(text)) {
            return self.push(text, Role::Postcode);
        }
        match street(&words) {
            Some((street, number)) => self.push(&street, Role::Street { number }),
            None if lettered && digits.is_empty() => self.take_name(&words),
            None => self.push(text, Role::Exact),
        }
    }

    /// An e-mail address, as typed and as spoken, and its local part where that names somebody.
    fn take_address(&mut self, text: &str) {
        self.push(text, Role::Exact);
        let spoken = text.replace('@', " at ").replace('.', " punt ");
        self.push(&spoken, Role::Exact);
        self.push(&text.replace('@', " at "), Role::Exact);
        let local = text.split('@').next().unwrap_or_default();
        let telling = local.contains(|c: char| !c.is_alphabetic()) || self.is_in(local);
        if local.len() >= 5 && local != self.first && telling {
            self.push(local, Role::Local);
        }
    }

    fn take_name(&mut self, words: &[&str]) {
        let own = match words {
            [first, rest @ ..] if !rest.is_empty() && *first == self.first => rest,
            _ => words,
        };
        let count = own.iter().take_while(|word| PARTICLES.contains(word)).count();
        let (particles, core) =
            own.split_at_checked(count.min(own.len() - own.len().min(1))).unwrap_or((&[], own));
        let particles: Vec<String> = particles.iter().map(|word| (*word).to_owned()).collect();
        let name = |whole| Role::Name { whole, particles: particles.clone() };
        self.push(&own.join(" "), name(true));
        if !particles.is_empty() {
            self.push(&core.join(" "), name(false));
        }
        if core.len() > 1 {
            let parts = core.iter().filter(|part| part.len() > 2 && !PARTICLES.contains(part));
            parts.for_each(|part| self.push(part, name(false)));
        }
    }

    fn push(&mut self, text: &str, role: Role) {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        self.forms.push(Form {
            squashed: squash(text),
            gaps: parts.count().saturating_sub(1),
            role,
        });
    }
}

impl Form {
    /// Letters and digits.
    pub(super) fn len(&self) -> usize {
        self.squashed.chars().count()
    }
}

/// Letters and digits alone.
pub(super) fn squash(text: &str) -> String {
    text.chars().filter(|c| c.is_alphanumeric()).collect()
}

fn national(digits: &str) -> &str {
    let country = digits.strip_prefix("0031").or_else(|| {
        digits.strip_prefix("31").filter(|rest| rest.trim_start_matches('0').len() == 9)
    });
    country.unwrap_or(digits).trim_start_matches('0')
}

fn is_postcode(squashed: &str) -> bool {
    let (digits, letters) = squashed.split_at_checked(4).unwrap_or_default();
    digits.bytes().all(|b| b.is_ascii_digit())
        && letters.len() == 2
        && letters.bytes().all(|b| b.is_ascii_lowercase())
}

/// A street and the first number of its house number: the last number that follows a word.
fn street(words: &[&str]) -> Option<(String, String)> {
    let numeric = |word: &&str| word.bytes().all(|b| b.is_ascii_digit());
    let lettered = words.iter().position(|word| word.len() > 2 && !numeric(word))?;
    let numbers: Vec<usize> = (lettered + 1..words.len())
        .filter(|place| words.get(*place).is_some_and(numeric))
        .collect();
    // "Square 1961 12": the year belongs to the name; "Street 12-3": the addition does not.
    let year = |place: &usize| words.get(*place).is_some_and(|word| word.len() == 4);
    let place = *match numbers.as_slice() {
        [first, second, ..] if year(first) => {
            debug_assert!(second > first, "numbers are in order");
            second
        }
        [first, ..] => first,
        [] => return None,
    };
    let number = (*words.get(place)?).to_owned();
    let street = words.get(..place)?.join(" ");
    (number.len() <= NUMBER_MAX).then_some((street, number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_are_told_apart() {
        let literals = [
            "van der Meulen",
            "1234 AB",
            "Lange Weg 12b",
            "+31 6 10203040",
            "1950-05-03",
            "p.q@post.nl",
        ];
        let person = Person::new("Piet", &literals.map(str::to_owned), 2026);
        let forms: Vec<&str> = person.forms.iter().map(|form| form.squashed.as_str()).collect();
        for form in ["vandermeulen", "meulen", "1234ab", "langeweg", "pqpostnl"] {
            assert!(forms.contains(&form), "{form}");
        }
        assert_eq!(person.phones, ["610203040"]);
        assert_eq!(person.dates, [(3, 5, 1950)]);
    }
}
