//! Reading a name that is due here: given names, initials, particles, and the family name.

use std::ops::Range;
use std::sync::LazyLock;

use crate::minimise::detect::place::ends_like_street;
use crate::minimise::detect::words::{COMMON, EVERYDAY, PARTICLES, PLACES, Words};
use crate::minimise::detect::{Scene, Token};

use super::known::{GIVEN, is_common, is_organisation, is_other};

/// Particles that only a family name has several of in a row.
static FIRM: LazyLock<Words> = LazyLock::new(|| Words::of("der den ter ten t el von vd"));

/// How sure it is that a family name stands here.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Due {
    /// "mevrouw …": whatever is no common word.
    Sure,
    /// "Toos …": not a town, and not an organisation.
    Likely,
}

/// "J", "Th": a capital, and at most one small letter; "XL" is a size.
pub(super) fn is_initial(scene: &Scene<'_>, token: Token) -> bool {
    let length = token.end - token.start;
    let second = length == 1 || (length == 2 && !scene.text.is_capital(token.start + 1));
    token.is_word() && scene.text.is_capital(token.start) && second
}

/// Particles and capitalised words from here on; after a full stop only where it is `dotted`.
pub(super) fn name(scene: &Scene<'_>, at: usize, dotted: bool, due: Due) -> Option<Range<usize>> {
    if due == Due::Likely && leads_elsewhere(scene, at) {
        return None;
    }
    let mut name: Option<Range<usize>> = None;
    let (mut end, mut firm, mut count) = (at, false, 0);
    for token in scene.text.after(at).take(7) {
        let word = scene.text.word(token);
        let gap = scene.text.part(end..token.start);
        let glued = !gap.contains(' ') && gap.contains('-');
        let capital = scene.text.is_capital(token.start) && !scene.text.is_flat();
        if !token.is_word()
            || !is_close(gap, count == 0, dotted)
            || (count > 0 && !capital && !glued)
        {
            break;
        }
        if ends_like_street(word) {
            return None;
        }
        let particle = is_particle(scene, token) && !(glued && count > 0);
        if !(particle && count == 0) {
            let ordinary = is_ordinary(scene, token, (due, name.is_some()))
                || (scene.person.is_first(word) && count == 0);
            let written = capital || firm || (scene.text.is_flat() && !ordinary);
            if particle || word.len() < 2 || !written || (ordinary && !firm) {
                break;
            }
            count += 1;
        }
        firm |= FIRM.contains(word);
        name = Some(name.map_or(token.start, |name| name.start)..token.end);
        end = token.end;
        if count == 3 {
            break;
        }
    }
    name.filter(|_| count > 0)
}

/// May this stand between two words of a name?
fn is_close(gap: &str, first: bool, dotted: bool) -> bool {
    gap.len() <= 3
        && gap
            .chars()
            .all(|c| " -'".contains(c) || (first && (c == ':' || c == '/' || (dotted && c == '.'))))
}

/// A particle, or the O of "O'Kwartel".
fn is_particle(scene: &Scene<'_>, token: Token) -> bool {
    let word = scene.text.word(token);
    PARTICLES.contains(word) || (word.len() == 1 && scene.sign_at(token.end) == Some('\''))
}

/// Is this word no part of a name here? After a particle a town may be one: "van Hoorn".
fn is_ordinary(scene: &Scene<'_>, token: Token, (due, led): (Due, bool)) -> bool {
    let word = scene.text.word(token);
    match (due, led) {
        (Due::Sure, _) => {
            let small = scene.text.is_flat() || !scene.text.is_capital(token.start);
            let everyday = PLACES.contains(word) || EVERYDAY.contains(word);
            COMMON.contains(word) || (small && everyday)
        }
        (Due::Likely, true) => COMMON.contains(word) || is_organisation(word),
        (Due::Likely, false) => is_other(scene, token),
    }
}

/// "Henk uit Assen", "Toos op de Markt": a word of place in small letters, and no name's own.
fn leads_elsewhere(scene: &Scene<'_>, at: usize) -> bool {
    let mut after = scene.text.after(at);
    let (Some(first), Some(second)) = (after.next(), after.next()) else {
        return false;
    };
    let place = matches!(
        scene.text.word(first),
        "uit" | "in" | "op" | "bij" | "aan" | "onder" | "over" | "voor" | "af"
    );
    place && !scene.text.is_capital(first.start) && !FIRM.contains(scene.text.word(second))
}

/// A capitalised word close after `at`: a first name or an initial.
pub(super) fn is_given(scene: &Scene<'_>, at: usize, token: Token) -> bool {
    let gap = scene.text.part(at..token.start);
    let word = scene.text.word(token);
    gap.len() <= 8
        && !gap.contains(['.', '!', '?'])
        && scene.text.is_capital(token.start)
        && !is_common(word)
        && !PARTICLES.contains(word)
}

/// The end of a first name, also a double one.
pub(super) fn given_end(scene: &Scene<'_>, first: Token) -> usize {
    let mut end = first.end;
    for token in scene.text.after(end).take(2) {
        let gap = scene.text.part(end..token.start);
        let word = scene.text.word(token);
        let also = gap == " "
            && (scene.person.is_first(word)
                || (GIVEN.contains(word)
                    && scene.text.is_capital(token.start)
                    && is_followed_by_name(scene, token)));
        if gap != "-" && !also {
            break;
        }
        end = token.end;
    }
    end
}

/// Does another capitalised word or a particle follow, so that this one is not the family name?
fn is_followed_by_name(scene: &Scene<'_>, token: Token) -> bool {
    scene.text.after(token.end).next().is_some_and(|next| {
        scene.text.part(token.end..next.start) == " "
            && next.is_word()
            && (scene.text.is_capital(next.start) || is_firm_from(scene, next))
            && !COMMON.contains(scene.text.word(next))
    })
}

/// The place after ". " or initials.
pub(super) fn skip_initials(scene: &Scene<'_>, at: usize) -> usize {
    let mut end = at;
    for token in scene.text.after(at).take(4) {
        let gap = scene.text.part(end..token.start);
        let initial = is_initial(scene, token)
            && scene.text.lower().get(token.end..).is_some_and(|rest| rest.starts_with('.'));
        if !initial || gap.len() > 2 {
            break;
        }
        end = token.end;
    }
    end
}

/// Do particles of a name, and not of ordinary speech, begin here?
pub(super) fn is_firm_from(scene: &Scene<'_>, first: Token) -> bool {
    let word = scene.text.word(first);
    let next = scene.text.after(first.end).next();
    let close = next.filter(|next| {
        matches!(scene.text.part(first.end..next.start), " " | "." | ". " | "/" | "'" | " '")
    });
    let second = close.map_or("", |next| scene.text.word(next));
    let capital = close.is_some_and(|next| scene.text.is_capital(next.start));
    match word {
        "vd" | "vander" => true,
        "van" | "v" => {
            (FIRM.contains(second) || (word == "v" && second == "d"))
                && (!capital || second != "den")
        }
        _ => false,
    }
}

/// The name after "… en Piet": somebody named together with another.
pub(super) fn companion(scene: &Scene<'_>, at: usize) -> Option<Range<usize>> {
    let and = scene.touching_after(at, "&")?;
    let first = scene.text.after(and.end).next()?;
    let given = is_given(scene, and.end, first);
    let joined = matches!(scene.text.word(and), "en" | "and" | "und");
    let start = given_end(scene, first);
    (joined && given).then(|| name(scene, start, false, Due::Likely)).flatten()
}
