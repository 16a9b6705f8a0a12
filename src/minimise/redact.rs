//! Redaction: the one place that merges findings and writes what is left.

use std::ops::Range;

use unicode_normalization::char::is_combining_mark;

use crate::model::FindingType;

use super::detect::{self, Person};
use super::text::{self, Folded, Glyph};

/// A text without what must not leave.
#[derive(Debug)]
pub(super) struct Redacted {
    /// What may leave.
    pub(super) text: String,
    /// What was taken out: its type, and its characters in the core's text.
    pub(super) found: Vec<Place>,
    /// Every type that was seen: where two see the same place, one of them names it.
    pub(super) seen: Vec<FindingType>,
}

/// How often a text is looked at when findings were glued to what stands beside them.
const PASSES_MAX: usize = 5;

/// A type, and the glyphs or characters where it was found.
pub(super) type Place = (FindingType, Range<usize>);

/// Takes out of the core's text whatever must not leave, one placeholder for each finding.
pub(super) fn redact(text: &str, person: &Person, placeholder: &str) -> Redacted {
    let mut glyphs = text::plain(text);
    let (mut found, mut seen) = (Vec::new(), Vec::new());
    for _ in 0..PASSES_MAX {
        let spans = spans(&glyphs, person);
        seen.extend(spans.iter().map(|(kind, _)| *kind));
        let places = places(&glyphs, spans);
        found.extend(
            places.iter().filter_map(|(kind, place)| Some((*kind, origin(&glyphs, place)?))),
        );
        // "Kwartel0610203040": what was hidden in one word with a finding stands free now.
        let glued = places.iter().any(|(_, place)| is_glued(&glyphs, place));
        if !places.is_empty() {
            glyphs = write(&glyphs, places, placeholder);
        }
        if !glued {
            break;
        }
    }
    Redacted { text: glyphs.iter().map(|glyph| glyph.sign).collect(), found: merge(found, 0), seen }
}

/// Whatever every detector found.
fn spans(glyphs: &[Glyph], person: &Person) -> Vec<Place> {
    let folded = Folded::new(glyphs);
    let spans = detect::detect(&folded, person).into_iter();
    spans.filter_map(|span| Some((span.kind, folded.source(&span.range)?))).collect()
}

/// Where something must be taken out, in order and apart from one another.
fn places(glyphs: &[Glyph], spans: Vec<Place>) -> Vec<Place> {
    let mut places = merge(spans, 1);
    for (_, place) in &mut places {
        place.end = mark_end(glyphs, place.end);
    }
    places
}

/// The glyphs with placeholders; one of a placeholder stands for all that it hides.
fn write(glyphs: &[Glyph], places: Vec<Place>, placeholder: &str) -> Vec<Glyph> {
    let mut out = Vec::with_capacity(glyphs.len());
    let mut written = 0;
    for (_, place) in places {
        out.extend_from_slice(glyphs.get(written..place.start).unwrap_or_default());
        if let Some(range) = origin(glyphs, &place) {
            let (from, to) = (range.start, range.end);
            out.extend(placeholder.chars().map(|sign| Glyph { sign, from, to }));
        }
        written = place.end;
    }
    out.extend_from_slice(glyphs.get(written..).unwrap_or_default());
    out
}

/// Does a letter or a digit touch this place, or stand behind a sign that may join the two?
fn is_glued(glyphs: &[Glyph], place: &Range<usize>) -> bool {
    let sign = |at: Option<usize>| at.and_then(|at| glyphs.get(at)).map(|glyph| glyph.sign);
    let solid = |sign: Option<char>| {
        sign.is_some_and(|sign| sign.is_alphanumeric() || is_combining_mark(sign))
    };
    let touches = |near: Option<char>, next: Option<char>| {
        solid(near) || (matches!(near, Some('.' | '-' | '/' | ':')) && solid(next))
    };
    touches(sign(place.start.checked_sub(1)), sign(place.start.checked_sub(2)))
        || touches(sign(Some(place.end)), sign(Some(place.end + 1)))
}

/// Past the marks that sit on the last character, and are nothing without it.
fn mark_end(glyphs: &[Glyph], end: usize) -> usize {
    let rest = glyphs.iter().skip(end);
    end + rest.take_while(|glyph| is_combining_mark(glyph.sign)).count()
}

/// Places that overlap, or are less than `apart` apart, as one, in order; the first that was found
/// names it.
fn merge(mut places: Vec<Place>, apart: usize) -> Vec<Place> {
    places.sort_by_key(|(_, place)| (place.start, std::cmp::Reverse(place.end)));
    let mut merged: Vec<Place> = Vec::with_capacity(places.len());
    for (kind, place) in places {
        match merged.last_mut() {
            Some((_, last)) if place.start < last.end + apart => last.end = last.end.max(place.end),
            _ => merged.push((kind, place)),
        }
    }
    merged
}

/// The characters of the core's text behind some glyphs.
fn origin(glyphs: &[Glyph], place: &Range<usize>) -> Option<Range<usize>> {
    let glyphs = glyphs.get(place.clone())?;
    let from = glyphs.iter().map(|glyph| glyph.from).min()?;
    let to = glyphs.iter().map(|glyph| glyph.to).max()?;
    Some(from..to)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn person() -> Person {
        let literals = ["van der Kwartel", "p.kwartel@post.nl", "0610203040", "Kiekendreef 12"];
        Person::new("Piet", &literals.map(str::to_owned), 2026).named("Piet")
    }

    #[test]
    fn findings_lead_back_to_the_core_s_own_characters() {
        let text = "<p>Bel &#48;6<b>-10 20\u{200b} 30 40</b>, of p@q&#46;nl";
        let redacted = redact(text, &person(), "[…]");
        assert_eq!(redacted.text, "Bel […], of […]");
        let cut = |range: &Range<usize>| {
            text.chars().skip(range.start).take(range.len()).collect::<String>()
        };
        let found: Vec<String> = redacted.found.iter().map(|(_, range)| cut(range)).collect();
        assert_eq!(found, ["&#48;6<b>-10 20\u{200b} 30 40", "p@q&#46;nl"]);
    }

    #[test]
    fn what_is_glued_to_a_finding_is_looked_at_again() {
        for (text, expected) in [
            ("Ja, kwartelhttps://x.example/ dus.", "Ja, […][…] dus."),
            ("Ja, 0610203040.3-5-1950 dus.", "Ja, […].[…] dus."),
        ] {
            let redacted = redact(text, &person(), "[…]");
            assert_eq!(redacted.text, expected);
            assert_eq!(redacted.found.len(), 2, "{:?}", redacted.found);
        }
    }

    fn dressed(literal: &'static str) -> impl Strategy<Value = String> {
        let gap = prop::sample::select(vec!["", "", "", " ", "-", "\u{200b}", "\u{ad}", " \u{a0}"]);
        let mark = prop::sample::select(vec!["", "", "\u{301}", "\u{308}"]);
        let count = literal.chars().count();
        prop::collection::vec((gap, mark, any::<bool>()), count).prop_map(move |dress| {
            let mut out = String::new();
            for (at, (sign, (gap, mark, upper))) in literal.chars().zip(dress).enumerate() {
                out.push_str(if at == 0 { "" } else { gap });
                out.extend(sign.to_uppercase().take(1).filter(|_| upper));
                out.extend(Some(sign).filter(|_| !upper));
                out.push_str(if sign.is_alphabetic() { mark } else { "" });
            }
            out
        })
    }

    proptest! {
        #[test]
        fn no_literal_survives_its_dress(
            name in dressed("van der Kwartel"),
            phone in dressed("0610203040"),
            mail in dressed("p.kwartel@post.nl"),
        ) {
            for text in [name, phone, mail] {
                let redacted = redact(&format!("Ja, {text}, dus."), &person(), "[…]");
                prop_assert_eq!(redacted.text, "Ja, […], dus.");
            }
        }

        #[test]
        fn places_lie_in_the_text_and_what_is_left_is_clean(
            words in prop::collection::vec(prop::sample::select(vec![
                "Kwartel", "06-10203040", "p@q.nl", "1234 AB", "geboren", "3-5-1950", "Piet", "<b>",
                "ik woon", "Kiekendreef", "12", "insta", "@piet", "&amp;", "www.q.nl", "é", ".\n",
                "mevrouw", "Snip", "bel", "111222333", "12-ab-cd", "<", "km", "van der",
            ]), 0..24),
        ) {
            let text = words.join(" ");
            let redacted = redact(&text, &person(), "[…]");
            let mut last = 0;
            for (_, range) in &redacted.found {
                prop_assert!(range.start >= last && range.start < range.end);
                last = range.end;
            }
            prop_assert!(last <= text.chars().count());
            let again = redact(&redacted.text, &person(), "[…]");
            // A placeholder may bring words together; what needs no context must be gone.
            let bare = [FindingType::Email, FindingType::Url, FindingType::Iban, FindingType::Phone];
            prop_assert!(!again.found.iter().any(|(kind, _)| bare.contains(kind)));
        }

        #[test]
        fn any_text_is_read(text in "\\PC{0,200}") {
            drop(redact(&text, &person(), "[…]"));
        }
    }
}
