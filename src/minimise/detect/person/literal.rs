//! The row's `withhold` literals, told apart and in the forms that people type them in.

use crate::minimise::detect::words::PARTICLES;
use crate::minimise::text::Folded;

use super::birth;
use super::date::Date;

/// Most letters of a street literal's number part.
const NUMBER_MAX: usize = 8;
/// Most parts of a family name that are looked for one by one.
const PARTS_MAX: usize = 8;

/// How a literal is to be recognised once its letters and digits are found in a row.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
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
    /// The letters and digits, at least two.
    pub(super) squashed: String,
    /// How many separators the literal itself holds.
    pub(super) gaps: usize,
    pub(super) role: Role,
}

impl Form {
    /// Letters and digits.
    pub(super) fn len(&self) -> usize {
        self.squashed.chars().count()
    }
}

/// All literals of a row, read once.
#[derive(Debug, Default)]
pub(super) struct Literals {
    /// Family names and whatever else is looked for letter by letter.
    pub(super) forms: Vec<Form>,
    /// National digits of phone numbers, without the zero.
    pub(super) phones: Vec<String>,
    /// Birth dates.
    pub(super) dates: Vec<Date>,
}

impl Literals {
    /// Reads them. `first` is the first name in lower case without marks, `year` the year it is.
    pub(super) fn new(first: &str, withhold: &[String], year: i16) -> Self {
        let mut literals = Self::default();
        // Names first: whether an e-mail address names somebody depends on them.
        let (addresses, others): (Vec<_>, Vec<_>) =
            withhold.iter().partition(|one| one.contains('@'));
        for literal in others.into_iter().chain(addresses) {
            literals.take(first, literal, year);
            for typed in typed_otherwise(literal) {
                literals.take(first, &typed, year);
            }
        }
        literals.forms.retain(|form| form.len() > 1);
        literals.forms.sort_by(|a, b| (&a.squashed, &a.role).cmp(&(&b.squashed, &b.role)));
        literals.forms.dedup_by(|a, b| a.squashed == b.squashed && a.role == b.role);
        literals.phones.sort();
        literals.phones.dedup();
        literals
    }

    fn take(&mut self, first: &str, literal: &str, year: i16) {
        let folded = Folded::of(literal.trim());
        let text = folded.lower();
        let lettered = text.contains(char::is_alphabetic);
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        if is_postcode(&squash(text)) {
            return self.push(text, Role::Postcode);
        }
        let date = birth::literal(text, year);
        self.dates.extend(date);
        if text.contains('@') {
            return self.take_address(first, text);
        }
        // "tel. 0610203040" is a phone too.
        let label = folded.tokens().iter().filter(|token| token.is_word()).count() == 1
            && folded.tokens().first().is_some_and(|first| first.is_word());
        let lettered = lettered && !(label && digits.len() > 8);
        if !lettered && date.is_none() && (8..=15).contains(&digits.len()) {
            self.phones.push(national(&digits).to_owned());
        }
        let words: Vec<&str> = folded.tokens().iter().map(|token| folded.word(*token)).collect();
        // A whole address as one literal holds its postcode too.
        let codes = words.windows(2).map(|pair| pair.concat()).filter(|pair| is_postcode(pair));
        codes.for_each(|code| self.push(&code, Role::Postcode));
        match street(&words) {
            Some((street, number)) => self.push(&street, Role::Street { number }),
            None if lettered && digits.is_empty() => self.take_name(first, &words),
            None => self.push(text, Role::Exact),
        }
    }

    /// An e-mail address, as typed and as spoken, and its local part where that names somebody.
    fn take_address(&mut self, first: &str, text: &str) {
        self.push(text, Role::Exact);
        let spoken = text.replace('@', " at ").replace('.', " punt ");
        self.push(&spoken, Role::Exact);
        self.push(&text.replace('@', " at "), Role::Exact);
        self.push(&text.replace('@', " bij ").replace('.', " punt "), Role::Exact);
        let local = text.split('@').next().unwrap_or_default();
        let telling = local.contains(|c: char| !c.is_alphabetic()) || self.is_in(first, local);
        if local.len() >= 5 && local != first && telling {
            self.push(local, Role::Local);
        } else {
            // "quibbel op ziggo": the provider without its ending.
            let provider = text.rsplit_once('.').map_or(text, |(provider, _)| provider);
            for joint in [" at ", " bij ", " op "] {
                self.push(&provider.replace('@', joint), Role::Exact);
            }
        }
    }

    fn take_name(&mut self, first: &str, words: &[&str]) {
        // A full name was withheld: the first name in it may stay.
        let given = first.split(|c: char| !c.is_alphanumeric());
        let given = given.zip(words).take_while(|(given, word)| given == *word).count();
        let own = words.get(given.min(words.len().saturating_sub(1))..).unwrap_or(words);
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
            let is_first = |part: &str| first.split(' ').any(|given| given == part);
            let parts = core
                .iter()
                .filter(|part| part.len() > 2 && !PARTICLES.contains(part) && !is_first(part));
            parts.take(PARTS_MAX).for_each(|part| self.push(part, name(false)));
        }
    }

    fn push(&mut self, text: &str, role: Role) {
        let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|part| !part.is_empty());
        let gaps = parts.count().saturating_sub(1);
        self.forms.push(Form { squashed: squash(text), gaps, role });
    }

    /// Does a word hold the first name, or a main part of the family name?
    pub(super) fn is_in(&self, first: &str, word: &str) -> bool {
        let within = |part: &str, least: usize| part.len() >= least && word.contains(part);
        let mut names = self.forms.iter().filter(|form| matches!(form.role, Role::Name { .. }));
        within(first, 3) || names.any(|form| within(&form.squashed, 4))
    }
}

/// "Müller" is typed "Mueller" too, and "Kuijper" "Kuyper".
fn typed_otherwise(literal: &str) -> impl Iterator<Item = String> {
    let small = literal.to_lowercase();
    let umlauts = [('ü', "ue"), ('ö', "oe"), ('ø', "oe"), ('ä', "ae")];
    let name = !small.contains(|c: char| c.is_ascii_digit() || c == '@');
    let umlaut = (name && !small.is_ascii())
        .then(|| umlauts.iter().fold(small.clone(), |text, (from, to)| text.replace(*from, to)))
        .filter(|typed| *typed != small);
    let short = (name && small.contains("ij")).then(|| small.replace("ij", "y"));
    let long = (name && small.contains('y')).then(|| small.replace('y', "ij"));
    [umlaut, short, long].into_iter().flatten()
}

/// Letters and digits alone.
fn squash(text: &str) -> String {
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
    let mut numbers =
        (lettered + 1..words.len()).filter(|place| words.get(*place).is_some_and(numeric));
    // "Square 1961 12": the year belongs to the name; "Street 12-3": the addition does not.
    let year = |place: usize| words.get(place).is_some_and(|word| word.len() == 4);
    let place = match (numbers.next()?, numbers.next()) {
        (first, Some(second)) if year(first) => second,
        (first, _) => first,
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
        let withhold = [
            "van der Meulen",
            "1234 AB",
            "Lange Weg 12b, 1234 AC Dorp",
            "+31 6 10203040",
            "1950-05-03",
            "p.q@post.nl",
            "Piet Snip",
            "Kwartel, Piet",
        ];
        let literals = Literals::new("piet", &withhold.map(str::to_owned), 2026);
        let forms: Vec<&str> = literals.forms.iter().map(|form| form.squashed.as_str()).collect();
        for form in [
            "vandermeulen",
            "meulen",
            "1234ab",
            "1234ac",
            "langeweg",
            "pqpostnl",
            "snip",
            "kwartel",
        ] {
            assert!(forms.contains(&form), "{form}");
        }
        assert!(!forms.contains(&"piet"));
        assert_eq!(literals.phones, ["610203040"]);
        assert_eq!(literals.dates, [(3, 5, 1950)]);
    }
}
