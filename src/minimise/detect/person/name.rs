//! Family names of others, where the words around them say so. First names stay.

use std::ops::Range;
use std::sync::LazyLock;

use crate::minimise::detect::words::{COMMON, GREETINGS, HONORIFICS, INTRODUCTIONS, PARTICLES, Words};
use crate::minimise::detect::{Scene, Token};

/// People that a name is told of.
static RELATIONS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "buurvrouw buurman overbuurvrouw overbuurman vrijwilliger vrijwilligster namens contact buren vriendin vriend zus zuster broer zoon dochter man vrouw moeder vader oma \
    opa tante oom nicht neef collega huisarts verzorger verzorgster wijkverpleegkundige \
    verpleegkundige mantelzorger begeleider begeleidster coordinator contactpersoon neighbour \
    neighbor friend son daughter husband wife mother father brother sister kleinzoon kleindochter \
    partner schoonzoon schoondochter thuishulp",
    )
});
/// Particles that only a family name has several of in a row.
static FIRM: LazyLock<Words> = LazyLock::new(|| Words::of("der den ter ten t el von"));
/// What follows particles and is a place or a thing, not a name.
static PLACES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "overkant buurt straat hoek kerk gemeente thuiszorg school bus winkel trein dokter zaak orde hand \
    weg",
    )
});

/// Names after a form of address: "mevrouw …", "fam. …".
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for token in scene.text.tokens() {
        let word = scene.text.word(*token);
        if HONORIFICS.contains(word) {
            let skipped = skip_initials(scene, token.end);
            let dotted = word.len() < 6 || skipped > token.end;
            if let Some(name) = name(scene, skipped, dotted) {
                found.push(name.start..name.end);
            }
        }
    }
}

/// Names after a first name, where the sentence introduces somebody.
pub(in super::super) fn introduced(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    for (place, token) in scene.text.tokens().iter().enumerate() {
        let word = scene.text.word(*token);
        let greeting = GREETINGS.contains(word) || is_self(scene, *token, word);
        if !(INTRODUCTIONS.contains(word) || RELATIONS.contains(word) || greeting)
            || scene.text.is_flat()
        {
            continue;
        }
        let mut next = scene.text.tokens().iter().skip(place + 1).copied().peekable();
        next.next_if(|token| {
            matches!(
                scene.text.word(*token),
                "is" | "heet" | "named" | "called" | "van" | "namens" | "from"
            )
        });
        let Some(first) = next.next().filter(|first| is_given(scene, token.end, *first)) else {
            continue;
        };
        let given = given_end(scene, first);
        let start = skip_initials(scene, given);
        let initial = start > given || first.end - first.start == 1;
        let range = name(scene, start, initial);
        let end = range.as_ref().map_or(start, |range| range.end);
        found.extend(range);
        found.extend(companion(scene, end));
    }
}

/// "Ik ben …", "I am …", "I'm …".
fn is_self(scene: &Scene<'_>, token: Token, word: &str) -> bool {
    let before = scene.touching_before(token.start, "'");
    let own = before.is_some_and(|before| matches!(scene.text.word(before), "ik" | "i" | "ich"));
    own && matches!(word, "ben" | "am" | "m" | "bin" | "heet" | "heisse")
}

/// A capitalised word close after `at`: a first name or an initial.
fn is_given(scene: &Scene<'_>, at: usize, token: Token) -> bool {
    let gap = scene.text.part(at..token.start);
    let word = scene.text.word(token);
    gap.len() <= 8
        && !gap.contains(['.', '!', '?'])
        && scene.text.is_capital(token.start)
        && !COMMON.contains(word)
        && !PARTICLES.contains(word)
}

/// The name after "… en Piet": somebody named together with another.
fn companion(scene: &Scene<'_>, at: usize) -> Option<Range<usize>> {
    let and = scene.touching_after(at, "&")?;
    let first = scene.text.after(and.end).next()?;
    let given = is_given(scene, and.end, first);
    let joined = matches!(scene.text.word(and), "en" | "and" | "und");
    let start = given_end(scene, first);
    (joined && given).then(|| name(scene, start, false)).flatten()
}

/// The end of a first name, also a double one.
fn given_end(scene: &Scene<'_>, first: Token) -> usize {
    let mut end = first.end;
    for token in scene.text.after(end).take(2) {
        let joined = scene.text.part(end..token.start) == "-";
        if !joined && !scene.person.is_first(scene.text.word(token)) {
            break;
        }
        end = token.end;
    }
    end
}

/// The place after ". " or initials.
fn skip_initials(scene: &Scene<'_>, at: usize) -> usize {
    let mut end = at;
    for token in scene.text.after(at).take(4) {
        let gap = scene.text.part(end..token.start);
        let initial = scene.text.word(token).len() == 1
            && scene.text.is_capital(token.start)
            && scene.text.lower().get(token.end..).is_some_and(|rest| rest.starts_with('.'));
        if !initial || gap.len() > 2 {
            break;
        }
        end = token.end;
    }
    end
}

/// Particles and capitalised words from here on; after a full stop only where it is `dotted`.
fn name(scene: &Scene<'_>, at: usize, dotted: bool) -> Option<Range<usize>> {
    let mut range: Option<Range<usize>> = None;
    let mut end = at;
    let mut firm = false;
    let mut count = 0;
    for token in scene.text.after(at).take(6) {
        let word = scene.text.word(token);
        let gap = scene.text.part(end..token.start);
        let first = range.is_none();
        let close =
            gap.chars().all(|c| " -'".contains(c) || (first && (c == ':' || dotted && c == '.')))
                && gap.len() <= 3;
        let glued = !gap.contains(' ') && gap.contains('-');
        let capital = scene.text.is_capital(token.start) && !scene.text.is_flat();
        if !close || !token.is_word() || (count > 0 && !capital && !glued) {
            break;
        }
        let particle = PARTICLES.contains(word);
        let flat = scene.text.is_flat() || firm;
        let named = !particle && (capital || (flat && (firm || !common(scene, word))));
        if crate::minimise::detect::place::ends_like_street(word)
            || !(particle && count == 0) && (!named || common(scene, word))
        {
            break;
        }
        firm |= FIRM.contains(word);
        count += usize::from(named);
        let start = range.as_ref().map_or(token.start, |range| range.start);
        range = Some(start..token.end);
        end = token.end;
    }
    range.filter(|_| count > 0)
}

fn common(scene: &Scene<'_>, word: &str) -> bool {
    COMMON.contains(word) || PLACES.contains(word) || scene.person.is_first(word)
}

#[cfg(test)]
mod tests {
    use crate::minimise::detect::check;
    use super::*;

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
                ("Mijn zoon Piet is 12. Hij heet Piet", &[]),
                ("Mijn man Piet en ik", &[]),
            ],
        );
    }
}
