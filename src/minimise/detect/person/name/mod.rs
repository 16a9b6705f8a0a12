//! Family names of others, where the words around them say so. First names stay.
//!
//! A family name is what stands where one is due: after a form of address ("mevrouw …"), after
//! somebody's relation to the writer ("mijn buurman …"), after a first name or initials, after
//! "achternaam is", or after particles that nothing else has ("van der …").

mod announced;
mod bare;
mod known;
mod read;

use std::ops::Range;

use crate::minimise::detect::words::{COMMON, HONORIFICS, NAMELIKE, PARTICLES};
use crate::minimise::detect::{Scene, Span, Token};
use crate::model::FindingType;

use announced::announced;
use bare::unannounced;
use read::{Due, companion, is_given, name, skip_initials};

pub(super) use known::{is_given_name, is_town};

/// Longest part of an account on either side of a name.
const ACCOUNT_MAX: usize = 32;
/// Most different names of others that are looked for again.
const AGAIN_MAX: usize = 16;

/// Names after a form of address: "mevrouw …", "fam. …".
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for token in scene.text.tokens() {
        let word = scene.text.word(*token);
        if HONORIFICS.contains(word) {
            let skipped = skip_initials(scene, token.end);
            let dotted = word.len() < 6 || skipped > token.end;
            // "mevrouw Toos Kwartel": the first name stays.
            let given = scene.text.after(skipped).next().filter(|first| {
                is_given_name(scene.text.word(*first)) && is_given(scene, skipped, *first)
            });
            let full = given.and_then(|given| name(scene, given.end, false, Due::Sure));
            found.extend(full.or_else(|| name(scene, skipped, dotted, Due::Sure)));
        }
    }
}

/// Names after a first name, a relation, initials, or where the sentence introduces somebody.
pub(in super::super) fn introduced(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for (place, token) in scene.text.tokens().iter().enumerate() {
        let word = scene.text.word(*token);
        let told = announced(scene, place, word).or_else(|| unannounced(scene, place, word));
        if let Some(range) = told {
            found.extend(companion(scene, range.end));
            found.extend(Some(range).filter(|range| !range.is_empty()));
        }
    }
}

/// Makes names whole that are joined by a hyphen, and finds them again elsewhere in the text.
pub(in super::super) fn complete(scene: &Scene<'_>, spans: &mut Vec<Span>) {
    let named = |kind| matches!(kind, FindingType::Name | FindingType::Withhold);
    for span in spans.iter_mut().filter(|span| named(span.kind)) {
        span.range = joined(scene, &span.range);
    }
    let names = spans.iter().filter(|span| span.kind == FindingType::Name);
    let words: Vec<&str> = names
        .flat_map(|span| {
            let inside = scene.text.after(span.range.start);
            inside.take_while(|token| token.end <= span.range.end)
        })
        .filter(|token| token.end - token.start > 3)
        .map(|token| scene.text.word(token))
        .filter(|word| !PARTICLES.contains(word) && !COMMON.contains(word))
        .take(AGAIN_MAX)
        .collect();
    if words.is_empty() || scene.text.is_flat() {
        return;
    }
    let again = scene.text.tokens().iter().filter(|token| {
        scene.text.is_capital(token.start) && !is_determined(scene, **token) && {
            let word = scene.text.word(**token);
            let opens =
                (NAMELIKE.contains(word) && scene.begins_sentence(token.start)) || is_town(word);
            !opens
                && (words.contains(&word.strip_suffix('s').unwrap_or(word))
                    || words.contains(&word))
        }
    });
    let again = again.map(|token| Span { range: token.start..token.end, kind: FindingType::Name });
    let again: Vec<Span> = again.collect();
    spans.extend(again);
}

/// An account that holds the name: "opa.kwartel.dorp", "kwartel_1950".
fn account(scene: &Scene<'_>, range: &Range<usize>) -> Option<Range<usize>> {
    if range.len() > ACCOUNT_MAX {
        return None;
    }
    let inner = |sign: char| sign.is_ascii_alphanumeric() || sign == '.' || sign == '_';
    let head = scene.text.part(0..range.start);
    let tail = scene.text.lower().get(range.end..)?;
    let before = head.chars().rev().take(ACCOUNT_MAX).take_while(|sign| inner(*sign)).count();
    let after = tail.chars().take(ACCOUNT_MAX).take_while(|sign| inner(*sign)).count();
    let whole = scene.text.part(range.start - before..range.end + after).trim_end_matches('.');
    let place = range.start - before..range.start - before + whole.len();
    let small = scene.text.cased().get(place.clone())? == whole;
    let joined = whole.matches(['.', '_']).count() > 1 && !whole.starts_with('.');
    (small && joined).then_some(place)
}

/// Does an article stand before it, as before the name of a river or a house?
fn is_determined(scene: &Scene<'_>, token: Token) -> bool {
    let before = scene.touching_before(token.start, "");
    before.is_some_and(|before| {
        matches!(
            scene.text.word(before),
            "de" | "het" | "een" | "the" | "t" | "mijn" | "onze" | "my" | "our"
        ) && !scene.text.is_capital(before.start)
    })
}

/// A name with what a hyphen joins to it: "Kwartel-Snip".
fn joined(scene: &Scene<'_>, range: &Range<usize>) -> Range<usize> {
    let letter = |at: usize| scene.sign_at(at).is_some_and(char::is_alphabetic);
    let named = |token: &Token| {
        token.is_word()
            && scene.text.is_capital(token.start)
            && !is_given_name(scene.text.word(*token))
    };
    if let Some(account) = account(scene, range) {
        return account;
    }
    let (mut start, mut end) = (range.start, range.end);
    if !letter(start) || scene.text.is_flat() {
        return range.clone();
    }
    if scene.sign_at(end) == Some('-') && letter(end + 1) {
        let next = scene.text.after(end).next().filter(named);
        end = next.map_or(end, |token| token.end);
    }
    if scene.sign_before(start) == Some('-') {
        let before = scene.text.before(start).next().filter(|token| token.end + 1 == start);
        start = before.filter(named).map_or(start, |token| token.start);
    }
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn names_after_a_form_of_address_are_found() {
        check(
            find,
            &[
                ("Vraag mevrouw Kwartel hiernaast", &["Kwartel"]),
                ("De heer Van der Kwartel van het bestuur", &["Van der Kwartel"]),
                ("mw. P.Q. In 't Kwartel-Snip komt", &["In 't Kwartel-Snip"]),
                ("vraag mevrouw van der kwartel van het huis", &["van der kwartel"]),
                ("Mevrouw wil graag hulp. Mevrouw Ik", &[]),
                ("meneer van de overkant", &[]),
            ],
        );
    }

    #[test]
    fn names_after_a_first_name_are_found() {
        check(
            introduced,
            &[
                ("Mijn buurvrouw Toos Kwartel doet mee", &["Kwartel"]),
                ("zij heet Toos van Kwartel.", &["van Kwartel"]),
                ("Groet, P. Kwartel", &["Kwartel"]),
                ("Onze vaste, Toos Kwartel-Snip, is ziek", &["Kwartel-Snip"]),
                ("Vraag naar Toos en Piet van der Kwartel", &["van der Kwartel"]),
                ("Mijn zoon Piet is 12. Hij heet Piet", &[]),
                ("Mijn man Piet en ik", &[]),
            ],
        );
    }

    #[test]
    fn names_after_a_relation_or_particles_are_found() {
        check(
            introduced,
            &[
                ("mijn buurman Kwartel en huisarts De Kwartel", &["Kwartel", "De Kwartel"]),
                ("praat met v.d. Kwartel of Van Kwartel", &["v.d. Kwartel", "Van Kwartel"]),
                ("zijn achternaam voor de balie is Kwartel", &["Kwartel"]),
                ("bellen met J.W. Kwartel", &["Kwartel"]),
                ("post voor ene Kwartel, vraag naar Xantha Kwartel", &["Kwartel", "Kwartel"]),
                ("Van: Kwartel, Toos", &["Kwartel"]),
                ("groetjes toos kwartel", &["kwartel"]),
                ("IK ZOEK HULP IN DE TUIN", &[]),
                ("de man van Nederland, buurman Henk, tante Sjaan", &[]),
                ("de coordinator van Buurtzorg, in hal B. Parkeren kan", &[]),
                ("Anna Paulownastraat, Albert Heijn, Laan van der Helst", &[]),
            ],
        );
    }
}
