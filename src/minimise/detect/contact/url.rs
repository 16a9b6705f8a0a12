//! Web addresses: with a scheme, with www, or a bare name under a known ending.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::minimise::detect::words::Words;
use crate::minimise::detect::{Scene, pattern};

/// Endings that a bare name is believed to be an address under.
pub(in super::super) const TLDS: &str = "nl|com|org|net|eu|be|de|info|frl|amsterdam|online|site|shop|app|io|nu|me|uk|fr|tv|biz|club|blog|page|link|website|example|edu|gov|dev|ly|ee|gl|es|pl|tr|at|ch|ru|ua|dk|se|it|us|cc|to|ai|co|name|store|xyz|events|social|live|tk|pro|cafe|community|care|foundation|ngo|coop|eus|test";
/// Endings that are also words with which a sentence may begin.
static WORDLIKE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "de nu me be at it to us es app shop site live page link name online club care example test store",
    )
});
/// Words before an address.
static CUES: LazyLock<Words> = LazyLock::new(|| {
    Words::of("site website zie op web blog www via see webpagina homepage pagina link webshop")
});

/// Words that stand for the dot.
static DOTS: LazyLock<Words> = LazyLock::new(|| Words::of("punt dot www"));

static SCHEME: LazyLock<Regex> = LazyLock::new(|| {
    pattern(r"(?:https?|ftp) ?: ?/ ?/ ?[^\s<>]+|(?-u:\b)www ?[.,] ?[^\s<>]+(?: \. ?[a-z]{2,10})*")
});
static BARE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"[\p{{L}}0-9][\p{{L}}0-9-]*(?:\.[\p{{L}}0-9-]+)*\.({TLDS})(?-u:\b)(?:[/?#:][^\s<>]*)?"
    ))
});
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?:(?-u:\b)www(?: ?\. ?| (?:punt|dot) ))?[a-z0-9-]+(?:(?: (?:punt|dot) [a-z0-9-]+)* ?[(\[]?(?-u:\b)(?:punt|dot)(?-u:\b)[)\]]? ?|(?: (?:punt|dot) [a-z0-9-]+)+ ?\. ?| \. ?)(?:nl|com|org|net|eu|be|info|frl)(?-u:\b)(?:/[^\s<>]*)?",
    )
});

/// Finds web addresses.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    let lower = scene.text.lower();
    if !dotted(lower) && !scene.text.has(b'/') && !scene.mentions(&DOTS) {
        return;
    }
    for address in SCHEME.find_iter(lower) {
        found.push(trimmed(scene, address.range()));
    }
    for captures in BARE.captures_iter(lower) {
        let (Some(whole), Some(ending)) = (captures.get(0), captures.get(1)) else {
            continue;
        };
        let pathed = whole.end() > ending.end() + 1;
        if pathed || is_host(scene, &whole.range(), &ending.range()) {
            found.push(cut_sentence(scene, trimmed(scene, whole.range())));
        }
    }
    found.extend(SPOKEN.find_iter(lower).map(|spoken| spoken.range()));
}

/// Does a dot stand before a letter, or between spaces?
fn dotted(text: &str) -> bool {
    let letter = |sign: &u8| sign.is_ascii_alphabetic() || !sign.is_ascii();
    let mut pairs = text.as_bytes().windows(2);
    pairs.any(|pair| matches!(pair, [b'.', next] if letter(next)) || pair == b" .")
}

/// Is this a name and its ending, and not the end and the start of two sentences?
fn is_host(scene: &Scene<'_>, whole: &Range<usize>, ending: &Range<usize>) -> bool {
    let word = scene.text.part(ending.clone());
    let label = scene.text.part(whole.start..ending.start - 1);
    let numeric = label.chars().all(|c| c.is_ascii_digit() || c == '.');
    if numeric {
        return false;
    }
    if scene.text.is_capital(ending.start) && !scene.text.is_capital(whole.start) {
        return false;
    }
    let told = || scene.told_before(whole.start, 1, &CUES) || label.starts_with("www.");
    let several = label.contains(['.', '-']) || label.contains(|c: char| c.is_ascii_digit());
    !WORDLIKE.contains(word) || told() || several
}

/// Without the punctuation of the sentence around it.
fn trimmed(scene: &Scene<'_>, range: Range<usize>) -> Range<usize> {
    let text = scene.text.part(range.clone());
    let kept = text.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', ']', '\'', '"', '*']);
    range.start..range.start + kept.len()
}

/// Without the next sentence, when no space stands before it ("post.nl.En dan").
pub(in super::super) fn cut_sentence(scene: &Scene<'_>, range: Range<usize>) -> Range<usize> {
    let Some(dot) = scene.text.part(range.clone()).rfind('.') else {
        return range;
    };
    let place = range.start + dot;
    let head = scene.text.part(range.start..place);
    let ending = head.rsplit(['.', '@', '/']).next().unwrap_or_default();
    let begins =
        scene.text.is_capital(place + 1) && !scene.text.is_capital(place.saturating_sub(1));
    let known = head.contains('.') && TLDS.split('|').any(|tld| tld == ending);
    if begins && known { range.start..place } else { range }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn addresses_are_found() {
        check(
            find,
            &[
                ("zie https://a.example/b?c=1.", &["https://a.example/b?c=1"]),
                ("WWW.ONS-HUIS.INFO", &["WWW.ONS-HUIS.INFO"]),
                ("Kijk op onshuis.nl/agenda, dank", &["onshuis.nl/agenda"]),
                ("bit.ly/abc12", &["bit.ly/abc12"]),
                ("onshuis punt nl", &["onshuis punt nl"]),
                ("op taart.example.com.Ik", &["taart.example.com"]),
                ("wa.me/31610203040", &["wa.me/31610203040"]),
            ],
        );
    }

    #[test]
    fn sentences_and_numbers_survive() {
        check(
            find,
            &[
                ("Ik zoek gezelschap.In het weekend.Nu graag.De hond", &[]),
                ("bijv.morgen, klaar.de rest, 192.168.1.1", &[]),
                ("Nokia 3.2 of 12.5 en e.d.", &[]),
                ("kom op het punt staan", &[]),
                ("Dat is een goed punt. Info volgt, middelpunt. Info", &[]),
            ],
        );
    }
}
