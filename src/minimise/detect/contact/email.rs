//! E-mail addresses, also spaced out, spoken ("jan punt x at post punt nl") and in brackets.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::url::{TLDS, cut_sentence};
use crate::minimise::detect::words::Words;
use crate::minimise::detect::{Scene, pattern};

/// Mail providers that people name without their ending.
const PROVIDERS: &str = "gmail|hotmail|outlook|live|icloud|yahoo|ziggo|kpnmail|kpn|planet|hetnet|home|xs4all|upcmail|casema|chello|tele2|solcon|protonmail|proton|msn|quicknet|online|zonnet|gmx|me|kliksafe|telfort|hccnet|freedom";

/// A sign between at and ordinary use.
const AT: &str = r#"(?: ?[\[({<"'*_] ?(?:at|apen?staartje|apen?staart|@|malpa|arroba|chiocciola|klammeraffe|arobase|bij|a) ?[\])}>"'*_] ?| ?-(?:at|apen?staartje)- ?)"#;
/// The same as a bare word.
const AT_WORD: &str = r"(?: (?:at|at sign|apen?staartje|apen?staart|arroba|klammeraffe|arobase) )";
const DOT: &str =
    r#"(?:\.| ?[\[({<"'*_] ?(?:punt|dot|\.) ?[\])}>"'*_] ?| (?:punt|dot|kropka|punkt|point) )"#;
/// A number in words, behind the rest of a local part.
const NUMBER: &str = "(?:nul|een|twee|drie|vier|vijf|zes|zeven|acht|negen|tien|elf|twaalf|[a-z]{3,6}tien|[a-z]*(?:twin|der|veer|vijf|zes|zeven|tach|negen)tig|zero|one|two|three|four|five|six|seven|eight|nine|[a-z]+teen|[a-z]+ty|[0-9]{1,4})";
/// A part of an address.
const PART: &str = "[a-z0-9_%+'-]+";

/// Words that stand for the sign between.
static AT_WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "at apestaartje apenstaartje apestaart apenstaart malpa arroba chiocciola klammeraffe arobase \
    gmail hotmail outlook live icloud yahoo ziggo kpnmail kpn planet hetnet home xs4all",
    )
});
/// Words that do so in brackets only.
static AT_IN_BRACKETS: LazyLock<Words> = LazyLock::new(|| Words::of("bij a"));
static PLAIN: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"(?:mailto: ?)?[\p{L}0-9._%+'-]+@[\p{L}0-9-]+(?:\.[\p{L}0-9-]+)+"));
static SPACED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"(?:(?:[a-z0-9] ?[._-]? ){{2,}}[a-z0-9]|{PART}(?:{DOT}{PART}| \. ?{PART})*) {{0,2}}@ {{0,2}}{PART}(?:(?:{DOT}| \. ?|\. ){PART})*(?:{DOT}| \. ?|\. )(?:{TLDS})(?-u:\b)"
    ))
});
static SPOKEN: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"{PART}(?:(?:{DOT}| \. | ?(?:underscore|streepje|liggend streepje) ?){PART})*(?: {NUMBER}){{0,4}}(?:{AT}|{AT_WORD}){PART}(?:(?:{DOT}| \. ){PART})*(?:{DOT}| ?\. ?)(?:{TLDS})(?-u:\b)"
    ))
});
static PROVIDER: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"{PART}(?:{DOT}{PART})*(?:{AT}| ?@ ?|{AT_WORD}| bij )(?:{PROVIDERS})(?:(?:{DOT}| ?\. ?)(?:{TLDS}))?(?-u:\b)"
    ))
});
static GLUED: LazyLock<Regex> = LazyLock::new(|| {
    pattern(&format!(
        r"[a-z0-9._-]+(?:AT|\(at\)|\[at\])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:{TLDS})(?-u:\b)"
    ))
});

/// Finds e-mail addresses.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    let lower = scene.text.lower();
    if scene.text.cased().contains("AT") || scene.text.has(b')') || scene.text.has(b']') {
        found.extend(GLUED.find_iter(scene.text.cased()).map(|glued| glued.range()));
    }
    let signed = scene.text.has(b'@');
    let bracketed = b"([{<\"'*_".iter().any(|sign| scene.text.has(*sign));
    let spoken = || scene.mentions(&AT_WORDS) || (bracketed && scene.mentions(&AT_IN_BRACKETS));
    if !signed && !spoken() {
        return;
    }
    for pattern in [&PLAIN, &SPACED, &SPOKEN] {
        for address in pattern.find_iter(lower) {
            found.push(cut_sentence(scene, address.range()));
        }
    }
    for address in PROVIDER.find_iter(lower) {
        // "bij" and "home" are words too: without an ending, the sign itself must be there.
        let written = address.as_str();
        if written.contains('@') || written.ends_with(|c: char| c.is_alphabetic()) && ended(written)
        {
            found.push(address.range());
        }
    }
}

/// Does an address without @ have an ending, or a provider that is no ordinary word? Behind "bij"
/// it needs the ending: "mijn mail staat bij gmail".
fn ended(address: &str) -> bool {
    let sure = ["gmail", "hotmail", "icloud", "yahoo", "kpnmail", "hetnet", "xs4all", "protonmail"];
    let tail = address.rsplit([' ', ')', ']']).next().unwrap_or_default();
    (sure.contains(&tail) && !address.contains(" bij "))
        || tail.contains('.')
        || address.contains(" punt ")
        || address.contains(" dot ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::minimise::detect::check;

    #[test]
    fn addresses_are_found_in_any_spelling() {
        check(
            find,
            &[
                ("mail p.q@post.nl.", &["p.q@post.nl"]),
                ("mailto:p@a.b.example", &["mailto:p@a.b.example"]),
                ("P.Q@POST.NL", &["P.Q@POST.NL"]),
                ("p.q @ post . nl is het", &["p.q @ post . nl"]),
                ("pietje [at] post punt nl", &["pietje [at] post punt nl"]),
                ("pietje punt q at post punt com", &["pietje punt q at post punt com"]),
                ("pietje(at)post.nl", &["pietje(at)post.nl"]),
                ("p i e t @ post.nl", &["p i e t @ post.nl"]),
                ("pietje apenstaartje gmail", &["pietje apenstaartje gmail"]),
                ("pietje bij gmail punt com", &["pietje bij gmail punt com"]),
                ("p@post.nl.En dan", &["p@post.nl"]),
                (
                    "piet punt q eenentwintig apenstaartje post punt nl",
                    &["piet punt q eenentwintig apenstaartje post punt nl"],
                ),
            ],
        );
        assert_eq!(
            crate::minimise::detect::found(
                find,
                "pietATpost.nl",
                &crate::minimise::detect::Person::nobody()
            ),
            ["pietATpost.nl"]
        );
    }

    #[test]
    fn other_uses_survive() {
        check(
            find,
            &[
                ("feest @ 20.00 uur", &[]),
                ("we zijn bij home sweet home", &[]),
                ("look at this. En dan", &[]),
                ("ik woon bij kpn om de hoek, mijn mail staat bij gmail", &[]),
            ],
        );
    }
}
