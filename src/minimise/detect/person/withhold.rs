//! The row's own literals: re-spaced, re-cased, with or without marks.
//!
//! A family name may be a word of the language as well. Then it goes where it stands as a name:
//! after a first name, a form of address, a greeting or initials, or with a capital that neither
//! the beginning of a sentence nor another name asks for.

use std::ops::Range;
use std::sync::LazyLock;

use super::literal::{Form, Role};
use crate::minimise::detect::number::{Run, value};
use crate::minimise::detect::words::{
    GREETINGS, HONORIFICS, INTRODUCTIONS, NAMELIKE, PARTICLES, PLACES, UNITS, Words,
};
use crate::minimise::detect::{HOLE, Scene, Token};

/// Names this long are recognised however they are split.
const SPLIT_MIN: usize = 6;
/// Digits in a row that give a phone number away.
const PHONE_DIGITS: usize = 7;
/// Words of the set of pairs.
const PAIR_WORDS: usize = 32;
/// Fewest digits of a number without its area code.
const SUBSCRIBER_DIGITS: usize = 6;
/// What stands before a national number without its zero.
const PREFIXES: [&str; 5] = ["0", "00", "31", "031", "0031"];
/// Widest gap inside a literal, in bytes.
const GAP_MAX: usize = 5;

/// Words before a common noun or adjective.
static DETERMINERS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "de het een t n die dat deze dit geen mijn jouw uw zijn haar ons onze hun elke ieder iedere welke \
    the a an no my your his our their this that is was wordt worden werd moet blijft lijkt heel erg \
    te zo niet met of en in op uit and or with very so not be are some any have take as als nogal \
    beetje veel ein eine einen der die das mein kein le une un",
    )
});
/// Articles and possessives: what stands behind one in small letters is a thing.
static OWNERS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "de het een t n mijn jouw uw zijn haar ons onze hun elke ieder iedere the a an my your our their \
    ein eine einen der die das mein kein le une un",
    )
});
/// Words before a place.
static PLACING: LazyLock<Words> = LazyLock::new(|| {
    Words::of("naar in uit te vanuit richting omgeving tussen rond rondom bij tot near from to")
});
/// Articles, which a name's own particles may resemble.
static ARTICLES: LazyLock<Words> = LazyLock::new(|| Words::of("de het t een the den"));

/// Finds the literals.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    phones(scene, found);
    let literals = &scene.person.literals;
    if literals.forms.is_empty() {
        return;
    }
    let squashed = Squashed::new(scene.text.lower());
    for form in &literals.forms {
        for range in squashed.hits(scene, form) {
            found.extend(judge(scene, &range, &form.role));
        }
    }
}

/// What has to go of a place where a literal's letters and digits stand, if anything.
fn judge(scene: &Scene<'_>, range: &Range<usize>, role: &Role) -> Option<Range<usize>> {
    match role {
        Role::Exact => Some(range.clone()),
        Role::Local => {
            (!scene.text.part(range.clone()).contains([' ', '\n'])).then(|| range.clone())
        }
        Role::Name { whole, particles } => {
            is_name(scene, range, (*whole, particles)).then(|| with_particles(scene, range))
        }
        Role::Street { number } => street(scene, range, number),
        Role::Postcode => is_postcode(scene, range).then(|| range.clone()),
    }
}

/// A text without anything but letters and digits, and where each byte of it came from. A gap too
/// wide for the inside of a literal stands as one line end.
struct Squashed {
    text: String,
    places: Vec<usize>,
    /// Which pairs of bytes follow each other somewhere in it, folded to as many bits.
    pairs: [u64; PAIR_WORDS],
}

impl Squashed {
    fn new(text: &str) -> Self {
        let mut squashed = Self {
            text: String::with_capacity(text.len()),
            places: Vec::with_capacity(text.len()),
            pairs: [0; PAIR_WORDS],
        };
        let mut end = 0;
        for (at, sign) in text.char_indices().filter(|(_, c)| c.is_alphanumeric()) {
            if at - end > GAP_MAX {
                squashed.text.push('\n');
                squashed.places.push(end);
            }
            end = at + sign.len_utf8();
            squashed.text.push(sign);
            squashed.places.extend(at..end);
        }
        for (word, bit) in squashed.text.as_bytes().windows(2).map(pair) {
            if let Some(known) = squashed.pairs.get_mut(word) {
                *known |= bit;
            }
        }
        squashed
    }

    /// Can these letters and digits stand in it? Nearly always the answer is no, and spares a search.
    fn may_hold(&self, form: &str) -> bool {
        let known = |(word, bit): (usize, u64)| self.pairs.get(word).is_some_and(|w| w & bit != 0);
        form.as_bytes().windows(2).map(pair).all(known)
    }

    /// Where a form stands alone and is not torn from other words.
    ///
    /// A place that is refused costs no more than a look at its borders or at a short form, and the
    /// search goes on where a literal can begin.
    fn hits(&self, scene: &Scene<'_>, form: &Form) -> Vec<Range<usize>> {
        let mut hits = Vec::new();
        if !self.may_hold(&form.squashed) {
            return hits;
        }
        let finder = memchr::memmem::Finder::new(form.squashed.as_bytes());
        let mut from = 0;
        while let Some(at) = self.text.as_bytes().get(from..).and_then(|rest| finder.find(rest)) {
            let hit = from + at..from + at + form.squashed.len();
            let place = self.place(scene, hit.clone(), form);
            from = if place.is_some() { hit.end } else { self.next_start(scene, hit.start + 1) };
            hits.extend(place);
        }
        hits
    }

    /// The next place from here on where a literal can begin: behind a gap, or beside another sort
    /// of character.
    fn next_start(&self, scene: &Scene<'_>, from: usize) -> usize {
        let mut pairs = self.places.get(from.saturating_sub(1)..).unwrap_or_default().windows(2);
        let start = pairs.position(
            |pair| matches!(pair, [before, here] if here - before > 1 || begins(scene, *here)),
        );
        start.map_or(self.text.len(), |step| from + step)
    }

    fn place(&self, scene: &Scene<'_>, hit: Range<usize>, form: &Form) -> Option<Range<usize>> {
        let places = self.places.get(hit)?;
        let (first, last) = (*places.first()?, *places.last()?);
        let named = matches!(form.role, Role::Name { .. });
        let range = first..if named { owned(scene, last + 1) } else { last + 1 };
        if !is_apart(scene, &range) {
            return None;
        }
        let length = form.len();
        let whole = length >= SPLIT_MIN || last + 1 - first == form.squashed.len();
        let split = || {
            let gaps = places.windows(2).filter(|pair| matches!(pair, [a, b] if b - a > 1)).count();
            gaps <= form.gaps || gaps + 1 == length
        };
        (whole || split()).then_some(range)
    }
}

/// The word and the bit of two bytes.
fn pair(bytes: &[u8]) -> (usize, u64) {
    let hash = bytes.iter().fold(0_usize, |hash, byte| hash * 37 + usize::from(*byte));
    (hash / 64 % PAIR_WORDS, 1 << (hash % 64))
}

/// Does it end where another sort of character begins: a letter beside a digit, a capital after a
/// small letter ("mevrouwKwartel0610203040")?
fn is_apart(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    begins(scene, range.start) && !is_inside(scene, range.end)
}

/// Can a literal begin here?
fn begins(scene: &Scene<'_>, at: usize) -> bool {
    let humped = || {
        let before = scene.text.cased().get(..at).unwrap_or_default();
        before.ends_with(char::is_lowercase) && scene.text.is_capital(at)
    };
    !is_inside(scene, at) || humped() || is_led(scene, at)
}

/// Does the word in which this stands begin with a first name or a form of address:
/// "familiekwartel"?
fn is_led(scene: &Scene<'_>, at: usize) -> bool {
    let tokens = scene.text.tokens();
    let place = tokens.partition_point(|token| token.end <= at);
    let head = tokens.get(place).map_or("", |token| scene.text.part(token.start..at));
    head.len() > 1 && (scene.person.is_first(head) || HONORIFICS.contains(head))
}

/// Do two letters or two digits meet here?
fn is_inside(scene: &Scene<'_>, at: usize) -> bool {
    scene.sign_before(at).zip(scene.sign_at(at)).is_some_and(|(one, other)| {
        (one.is_alphabetic() && other.is_alphabetic()) || (one.is_numeric() && other.is_numeric())
    })
}

/// Together with the short particles before it that the literal has in full: "vd", "v.d.".
fn with_particles(scene: &Scene<'_>, range: &Range<usize>) -> Range<usize> {
    let mut start = range.start;
    for _ in 0..2 {
        let before = scene.touching_before(start, "./");
        let short = before.filter(|token| matches!(scene.text.word(*token), "vd" | "v" | "d"));
        start = short.map_or(start, |token| token.start);
    }
    start..range.end
}

/// One past a name's own end: "Meulens", "Meulen's".
fn owned(scene: &Scene<'_>, end: usize) -> usize {
    let rest = scene.text.lower().get(end..).unwrap_or_default();
    let ending = |text: &str| {
        let after = rest.strip_prefix(text)?;
        (!after.starts_with(char::is_alphanumeric)).then_some(end + text.len())
    };
    ending("'s").or_else(|| ending("s")).or_else(|| ending("en")).unwrap_or(end)
}

/// Does a part of it that is no particle hold a capital?
fn has_capital(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let text = scene.text.cased().get(range.clone()).unwrap_or_default();
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    let particle = |word: &str| PARTICLES.contains(&word.to_lowercase()) && word.len() < text.len();
    words.any(|word| word.contains(char::is_uppercase) && !particle(word))
}

fn is_name(scene: &Scene<'_>, range: &Range<usize>, (whole, particles): (bool, &[String])) -> bool {
    if introduced(scene, range) || is_spelled(scene.text.part(range.clone())) {
        return true;
    }
    let before = scene.touching_before(range.start, "'");
    let word = before.map_or("", |token| scene.text.word(token));
    let namelike = is_namelike(scene, range);
    let owned = OWNERS.contains(word);
    if scene.text.is_flat() {
        let standing =
            whole && (particles.len() > 1 || particles.iter().any(|p| !ARTICLES.contains(p)));
        let plain = if namelike {
            !DETERMINERS.contains(word) && (closes_line(scene, range.end) || acts(scene, range))
        } else {
            !owned
        };
        return standing || plain;
    }
    if has_capital(scene, range) {
        if is_place(scene, range, word) {
            return false;
        }
        // An article that the name does not have makes it another word: "de Kwartel", "van Kwartel".
        let other = ARTICLES.contains(word) && !particles.iter().any(|p| p.starts_with('d'));
        return match namelike {
            true => {
                // A language has its capital from itself.
                let language = PLACES.contains(scene.text.part(range.clone()));
                let thing =
                    language || owned && (particles.is_empty() || !whole) || other && !whole;
                !thing && !opens_speech(scene, range)
            }
            false => whole || !other || particles.is_empty(),
        };
    }
    // A word of the language is the word in small letters.
    match (whole, particles) {
        _ if namelike => false,
        (true, [only]) if ARTICLES.contains(only) => true,
        (true, [_, ..]) => true,
        (true, []) => !owned,
        (false, _) => !owned && range.len() > 3,
    }
}

/// "naar Hoorn", "in Berg en Dal", "Van Gent naar …": a place, going by the word before it.
fn is_place(scene: &Scene<'_>, range: &Range<usize>, before: &str) -> bool {
    let next = scene.touching_after(range.end, "").map_or("", |next| scene.text.word(next));
    let town = || super::name::is_town(main_part(scene, range));
    let within = matches!(before, "in" | "uit" | "te" | "vanuit");
    let route = scene.begins_sentence(range.start)
        && scene.text.part(range.clone()).starts_with("van ")
        && matches!(next, "naar" | "tot");
    let onward = before == "van" && matches!(next, "naar" | "tot") && town();
    route || onward || (PLACING.contains(before) && town()) || (within && is_namelike(scene, range))
}

/// The last word of it.
fn main_part<'a>(scene: &'a Scene<'_>, range: &Range<usize>) -> &'a str {
    let last = scene.text.before(range.end).next();
    last.map_or("", |token| scene.text.word(token))
}

/// Is every part of it that is no particle a word of the language too?
fn is_namelike(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let text = scene.text.part(range.clone());
    let mut words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 1);
    words.all(|word| {
        let single = word.strip_suffix('s').unwrap_or(word);
        PARTICLES.contains(word) || NAMELIKE.contains(word) || NAMELIKE.contains(single)
    })
}

/// "Zwaan en eend", "King's Day": a capital that the sentence or another name asks for.
fn opens_speech(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let Some(next) = scene.touching_after(range.end, "") else {
        return false;
    };
    let capital = scene.text.is_capital(next.start);
    next.is_word()
        && match scene.begins_sentence(range.start) {
            true => !capital && !acts(scene, range),
            false => capital && !scene.text.part(range.end..next.start).contains('\n'),
        }
}

/// "Zwaan zoekt hulp": does a word follow that somebody does, and begins the sentence with it?
fn acts(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let next = scene.touching_after(range.end, "").map_or("", |next| scene.text.word(next));
    scene.begins_sentence(range.start)
        && matches!(
            next,
            "is" | "hier"
                | "here"
                | "zoekt"
                | "vraagt"
                | "biedt"
                | "woont"
                | "houdt"
                | "seeks"
                | "lives"
        )
}

/// Does nothing but a number follow on this line?
fn closes_line(scene: &Scene<'_>, end: usize) -> bool {
    let rest = scene.text.lower().get(end..).unwrap_or_default();
    let next = rest.trim_start_matches([' ', '.', ',', '!', '-', ':']).chars().next();
    next.is_none_or(|sign| !sign.is_alphabetic())
}

/// Is it spelled letter by letter? Nobody does that with a common word.
fn is_spelled(text: &str) -> bool {
    let signs = text.chars().filter(|c| !c.is_alphanumeric()).count();
    signs > 1 && text.split(|c: char| !c.is_alphanumeric()).all(|part| part.chars().count() < 2)
}

/// Does what stands before say that a name follows?
fn introduced(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let at = before_particles(scene, range);
    let mut before = scene.text.before(at).map(|token| scene.text.word(token));
    let (last, second) = (before.next().unwrap_or(""), before.next().unwrap_or(""));
    let gap_ok = scene.touching_before(at, ".,:\n-").is_some();
    let capital =
        scene.text.before(at).next().is_some_and(|token| scene.text.is_capital(token.start));
    let initial = last.chars().count() <= 2
        && scene.text.part(0..at).trim_end().ends_with('.')
        && last.chars().all(char::is_alphabetic)
        && (capital || scene.text.is_flat() || closes_line(scene, range.end));
    let given = || {
        super::name::is_given_name(last)
            && !scene.text.is_flat()
            && capital
            && (has_capital(scene, range) || !is_namelike(scene, range))
    };
    let named = |word: &str| {
        HONORIFICS.contains(word) || GREETINGS.contains(word) || INTRODUCTIONS.contains(word)
    };
    let first = scene.person.last_given();
    gap_ok
        && (initial
            || named(last)
            || (!first.is_empty() && last == first)
            || given()
            || (INTRODUCTIONS.contains(second) && matches!(last, "is" | "mevrouw")))
}

/// Where a name with a capital begins, particles before it included: "getrouwd de Kwartel".
fn before_particles(scene: &Scene<'_>, range: &Range<usize>) -> usize {
    let mut at = range.start;
    for _ in 0..2 {
        let before = scene.touching_before(at, "'").filter(|token| {
            PARTICLES.contains(scene.text.word(*token)) && scene.text.is_capital(range.start)
        });
        at = before.map_or(at, |token| token.start);
    }
    at
}

/// The street with its number after it, or before it.
fn street(scene: &Scene<'_>, range: &Range<usize>, number: &str) -> Option<Range<usize>> {
    let mut after = scene.text.after(range.end).take(2);
    let first = after.next();
    let labels = ["nr", "nummer", "no", "huisnummer", "huisnr", "number", "num", "op"];
    let next = match first.filter(|token| labels.contains(&scene.text.word(*token))) {
        Some(_) => after.next(),
        None => first,
    };
    // Across something that was taken out, the two do not belong together.
    let joined =
        |gap: Range<usize>, most| gap.len() <= most && !scene.text.part(gap).contains(HOLE);
    let is_number = |token: &Token| {
        let word = scene.text.word(*token);
        word == number || value(word).is_some_and(|value| value.to_string() == number)
    };
    let near = |token: &Token| is_number(token) && joined(range.end..token.start, 16);
    if let Some(token) = next.filter(near) {
        return Some(range.start..crate::minimise::detect::place::addition(scene, token.end));
    }
    let joints = ["in", "aan", "on", "op", "de", "het", "the", "van", "of", "a", "b", "c"];
    let mut before = scene.text.before(range.start).take(4);
    let token = before.find(|token| !joints.contains(&scene.text.word(*token)))?;
    let near = scene.text.word(token) == number && joined(token.end..range.start, 20);
    near.then_some(token.start..range.end)
}

/// Kilometres are not a postcode, unless they are written as one.
fn is_postcode(scene: &Scene<'_>, range: &Range<usize>) -> bool {
    let letters: String =
        scene.text.part(range.clone()).chars().filter(|c| c.is_alphabetic()).collect();
    !UNITS.contains(&letters) || (has_capital(scene, range) && !scene.text.is_flat())
}

/// Numbers of the row's phones, in whatever groups or words, also without their area code.
fn phones(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for run in scene.runs.iter().filter(|run| run.digits().len() >= SUBSCRIBER_DIGITS) {
        for phone in &scene.person.literals.phones {
            let length = phone.len().min(PHONE_DIGITS);
            let windows = (0..=phone.len() - length).filter_map(|at| phone.get(at..at + length));
            let hits = windows.flat_map(|window| run.digits().match_indices(window));
            for range in hits.filter_map(|(at, _)| units(run, &(at..at + length))) {
                if found.last() != Some(&range) {
                    found.push(range);
                }
            }
            let own = phone.len().checked_sub(run.digits().len()).and_then(|at| phone.get(at..));
            if own == Some(run.digits()) && !phone.starts_with('6') {
                found.extend(units(run, &(0..run.digits().len())));
            }
        }
    }
}

/// Where the groups stand that hold these digits of a run, with a prefix right before them.
fn units(run: Run<'_>, digits: &Range<usize>) -> Option<Range<usize>> {
    let (first, last) = run.holding(digits)?;
    let prefix = first.checked_sub(1).and_then(|before| run.units.get(before));
    let prefix = prefix.filter(|before| PREFIXES.contains(&run.digits_of(before)));
    let start = prefix.or_else(|| run.units.get(first))?.start;
    Some(start..run.units.get(last)?.end)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::{Person, found};

    fn check(literal: &str, table: &[(&str, &[&str])]) {
        let person = Person::new("Piet", &[literal.to_owned()], 2026).named("Piet");
        for (text, expected) in table {
            assert_eq!(found(find, text, &person), *expected, "{text}");
        }
    }

    #[test]
    fn names_are_found_in_any_dress() {
        check(
            "Kwartel",
            &[
                ("Groet, Piet Kwartel", &["Kwartel"]),
                ("vraag naar kwartel", &["kwartel"]),
                ("u spreekt met kwartel en mijn man is kwartel", &["kwartel", "kwartel"]),
                (
                    "info:belKwartel/thuis, familiekwartel, pietkwartel",
                    &["Kwartel", "kwartel", "kwartel"],
                ),
                ("WANDELEN MET KWARTEL EN EEN HOND", &["KWARTEL"]),
                ("De Kwartels en Kwartel's fiets", &["Kwartels", "Kwartel's"]),
                ("K w a r t e l of KWARTEL of Kwar-tel", &["K w a r t e l", "KWARTEL", "Kwar-tel"]),
                ("een kwartel vangen, groet Piet Kwartel", &["Kwartel"]),
                ("Kwartelstraat, kwartelei", &[]),
            ],
        );
        check(
            "van der Kwartel",
            &[
                ("piet van der kwartel", &["van der kwartel"]),
                ("PIET VAN DER KWARTEL", &["VAN DER KWARTEL"]),
                ("fam. vanderKwartel", &["vanderKwartel"]),
            ],
        );
        check("van Vliet", &[("Langs de Vliet wandelen, Piet van Vliet", &["van Vliet"])]);
        check("Zwaan", &[("Zwaan en eend. Een zwaan! Groet, Zwaan", &["Zwaan"])]);
        check("de Haan", &[("De haan kraait, de Haan ook", &["de Haan"])]);
        check("Kuijper", &[("familie Kuyper", &["Kuyper"])]);
        check(
            "Bakker",
            &[("De bakker bakt. Bakker zoekt hulp, met Bakker", &["Bakker", "Bakker"])],
        );
        check("Çelik-Łoś", &[("Celik - Los", &["Celik - Los"])]);
    }

    #[test]
    fn other_literals_are_found() {
        check(
            "+31 6 10203040",
            &[(
                "6 1 0 2 0 3 0 4 0 of nul zes tien 203040",
                &["6 1 0 2 0 3 0 4 0", "nul zes tien 203040"],
            )],
        );
        check(
            "Kiekendreef 12",
            &[(
                "Kiekendreef nr. 12a, Kiekendreef twaalf, op nummer 12 in de Kiekendreef, Kiekendreef",
                &["Kiekendreef nr. 12a", "Kiekendreef twaalf", "12 in de Kiekendreef"],
            )],
        );
        check("2419 KM", &[("2419 km fietsen vanuit 2419KM", &["2419KM"])]);
        check("piet.k@post.nl", &[("piet . k at post . nl", &["piet . k at post . nl"])]);
    }
}
