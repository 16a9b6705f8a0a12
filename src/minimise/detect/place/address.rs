//! Streets with a house number. A street alone, or a number alone, survives.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::house::{house, year_range};
use crate::minimise::detect::words::{COMMON, PARTICLES, UNITS, Words};
use crate::minimise::detect::{Scene, Token, pattern};

/// Endings that make a word a street.
const STRONG: [&str; 24] = [
    "straat",
    "straatje",
    "strjitte",
    "laan",
    "laantje",
    "weg",
    "wegje",
    "plein",
    "gracht",
    "kade",
    "dreef",
    "steeg",
    "plantsoen",
    "singel",
    "dijk",
    "boulevard",
    "allee",
    "strasse",
    "hofje",
    "stroat",
    "stroate",
    "dyk",
    "leane",
    "buorren",
];
/// Endings that make a capitalised word one.
const WEAK: [&str; 40] = [
    "hof", "pad", "park", "wal", "kamp", "veld", "baan", "haven", "hoek", "akker", "erf", "poort",
    "weide", "vaart", "diep", "gaarde", "markt", "burg", "wijk", "horst", "oord", "einde", "oever",
    "zijde", "hout", "brink", "akkers", "velden", "kwartier", "gaard", "stede", "steeg", "tuinen",
    "kampen", "meent", "hage", "buurt", "wei", "loane", "kant",
];
/// Words that look like streets and are none.
static NEVER: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "onderweg snelweg halfweg vanweg omweg uitweg supermarkt arbeidsmarkt sportveld voetbalveld \
    autoweg luchthaven zandweg fietspad tuinpad terugweg weekeinde weekeind uiteinde avondmarkt rommelmarkt \
    kerstmarkt vlooienmarkt braderie fietsenmarkt weekmarkt boekenmarkt achtertuin voortuin moestuin zijde \
    proces bes les mes tennisbaan ijsbaan baan kunstmarkt buurt andersom",
    )
});
/// Words that begin a street's name.
static HEADS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "laan weg plein straat hof singel kade pad park dijk markt haven gracht avenue rue wal ring hoek \
    steeg dreef brink esplanade bolwerk",
    )
});
/// Words before the last word of a street's name.
static TITLES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "st sint dr mr ds prof burg burgemeester pres president gen generaal kon koning koningin prins \
    prinses past pastoor jhr ir oude nieuwe korte lange grote kleine eerste tweede derde hoge lage \
    verlengde",
    )
});
/// Those among them that make any word after them a street.
static OLD: LazyLock<Words> = LazyLock::new(|| {
    Words::of("oude nieuwe korte lange hoge lage verlengde achter burg burgemeester")
});
/// Words that say where somebody lives or is to be found.
static CUES: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "woon woont wonen woonachtig live lives living adres address huisadres deliver bezorgen afleveren \
    langs vindt vind thuis wohne bezoekadres postadres aanbellen huis",
    )
});
/// Words between such a word and the street.
static LINKS: LazyLock<Words> = LazyLock::new(|| {
    Words::of("is op aan in bij at on to de the mij me ons nu momenteel it am je")
});
/// Words right before a street.
static MARKERS: LazyLock<Words> =
    LazyLock::new(|| Words::of("naar aan op langs in adres vanaf vanuit te at to on near"));
/// Words that say that no street follows.
static ELSEWHERE: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "kamer room lokaal zaal balie poli afdeling route lijn bus buslijn tram line gate groep nummer \
    etage verdieping ongeveer circa bijna sinds since about km over flat samen alleen al tussen \
    between appartement unit leeftijd ouder windows in om rond seit klas klasse havo vwo vmbo mavo mbo niveau fase kavel veld blok \
    hal baan tafel stand perron spoor halte zone type model versie deel hoofdstuk psalm lied",
    )
});

/// Words of an address that is not told the Dutch way.
static LABELS: LazyLock<Words> = LazyLock::new(|| {
    Words::of("street road avenue lane drive square nr nummer no huisnummer number")
});

/// What makes a number a house number and nothing else.
static SUFFIX: LazyLock<Regex> =
    LazyLock::new(|| pattern(r"^(?:[a-d]|-(?:[ivx]{1,4}|hs|bis|huis|zw|rd|[a-d]))(?-u:\b)"));
static ENGLISH: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)(?:[0-9]{1,4}[a-z]?,? [a-z]{3,} (?:street|road|avenue|lane|drive|square)|[a-z]{3,} (?:street|road|avenue|lane|square),? (?:nr |no |number )?[0-9]{1,4}[a-z]?)(?-u:\b)",
    )
});
static REVERSE: LazyLock<Regex> = LazyLock::new(|| {
    pattern(
        r"(?-u:\b)(?:nr|nummer|no|huisnummer|number)[.: ]{1,2}[0-9]{1,5} ?[a-z]?,? (?:(?:in|aan|van|op|on|of) )?(?:de |het |the )?[a-z]{3,}(?:straat|laan|weg|plein|gracht|kade|dreef|steeg|singel|dijk|hof)(?-u:\b)",
    )
});

/// Finds addresses.
pub(in super::super) fn find(scene: &Scene<'_>, found: &mut Vec<Range<usize>>) {
    if scene.runs.is_empty() {
        return;
    }
    for (place, token) in scene.text.tokens().iter().enumerate() {
        let word = scene.text.word(*token);
        let begin = if touches_number(scene, place) && is_street(scene, *token, word) {
            let dot = is_short(word) && scene.sign_at(token.end) == Some('.');
            Some((beginning(scene, token.start), token.end + usize::from(dot)))
        } else if HEADS.contains(word) {
            headed(scene, place).map(|end| (token.start, end))
        } else {
            None
        };
        let numbered = begin.and_then(|(start, end)| {
            let house = house(scene, end).map(|end| start..end);
            house.or_else(|| Some(number_before(scene, start)?..end))
        });
        let told = || CUES.contains(word).then(|| told(scene, place)).flatten();
        found.extend(numbered.or_else(told).or_else(|| marked(scene, place)));
    }
    if !scene.mentions(&LABELS) {
        return;
    }
    let lower = scene.text.lower();
    for shape in [&ENGLISH, &REVERSE] {
        found.extend(shape.find_iter(lower).map(|address| address.range()));
    }
}

/// Does a number stand right before this word, or after it with at most two words between?
fn touches_number(scene: &Scene<'_>, place: usize) -> bool {
    let is_number = |at: usize| {
        scene.text.tokens().get(at).is_some_and(|token| {
            let word = scene.text.word(*token);
            !token.is_word() || matches!(word, "nummer" | "huisnummer" | "number")
        })
    };
    (1..=3).any(|step| is_number(place + step)) || place.checked_sub(1).is_some_and(is_number)
}

/// "naar Het Kant 7a", "op Buitenom 12-II": capitals after a word of place, and a house number that
/// can be nothing else.
fn marked(scene: &Scene<'_>, place: usize) -> Option<Range<usize>> {
    let last = *scene.text.tokens().get(place)?;
    let next = scene.text.tokens().get(place + 1)?;
    let labelled = matches!(scene.text.word(*next), "huisnr" | "huisnummer");
    let number = *scene.text.tokens().get(place + 1 + usize::from(labelled))?;
    let name = |token: Token| {
        let word = scene.text.word(token);
        token.is_word()
            && word.len() > 2
            && scene.text.is_capital(token.start)
            && !COMMON.contains(word)
            && !ELSEWHERE.contains(word)
            && !UNITS.contains(word)
    };
    if scene.text.is_flat() || number.is_word() || !name(last) {
        return None;
    }
    let suffix = SUFFIX.find(scene.text.lower().get(number.end..)?).map(|suffix| suffix.end());
    let suffix = suffix.or_else(|| labelled.then_some(0))?;
    let end = house(scene, last.end)?.max(number.end + suffix);
    let mut start = last.start;
    for _ in 0..3 {
        let before = scene.touching_before(start, "'")?;
        let word = scene.text.word(before);
        if MARKERS.contains(word) && !scene.text.is_capital(before.start) {
            return Some(start..end);
        }
        let part = scene.text.is_capital(before.start) && before.is_word();
        start = part.then_some(before.start)?;
    }
    None
}

/// Is it an abbreviated street?
fn is_short(word: &str) -> bool {
    word.len() > 5 && (word.ends_with("str") || word.ends_with("ln"))
}

/// The house number right before a capitalised street: "12 …straat".
fn number_before(scene: &Scene<'_>, start: usize) -> Option<usize> {
    let number = scene.touching_before(start, "")?;
    let street = scene.text.is_capital(start) && !scene.text.is_flat();
    let short = !number.is_word() && number.end - number.start < 5;
    let other = scene.told_before(number.start, 1, &ELSEWHERE);
    (street && short && !other).then_some(number.start)
}

/// Does this word end like a street?
pub(in super::super) fn ends_like_street(word: &str) -> bool {
    ends(word, &STRONG)
}

fn ends(word: &str, endings: &[&str]) -> bool {
    endings.iter().any(|ending| word.len() > ending.len() + 1 && word.ends_with(ending))
}

fn is_street(scene: &Scene<'_>, token: Token, word: &str) -> bool {
    let capital = || scene.text.is_capital(token.start) && !scene.text.is_flat();
    let middle = || scene.touching_before(token.start, "").is_some_and(Token::is_word);
    !NEVER.contains(word)
        && (ends_like_street(word)
            || is_short(word)
            || (ends(word, &WEAK) && capital())
            || (capital()
                && scene.touching_before(token.start, "").is_some_and(|before| {
                    OLD.contains(scene.text.word(before)) && scene.text.is_capital(before.start)
                }))
            || (HEADS.contains(word) && capital() && middle() && house(scene, token.end).is_some()))
}

/// Where a street's name begins that ends in this word: titles, initials, and capitals.
fn beginning(scene: &Scene<'_>, start: usize) -> usize {
    let mut from = start;
    for _ in 0..4 {
        let Some(token) = scene.touching_before(from, ".'-") else {
            break;
        };
        let word = scene.text.word(token);
        let gap = scene.text.part(token.end..from);
        let ordinal = matches!(word, "e" | "ste" | "de")
            && gap == " "
            && scene.text.part(0..token.start).ends_with(|c: char| c.is_ascii_digit());
        let initial = word.len() == 1 && gap.contains('.');
        let particle = gap == " " && matches!(word, "van" | "de" | "der" | "den" | "ten" | "ter");
        let inner = scene.text.is_capital(token.start)
            && !particle
            && !scene.text.is_flat()
            && !gap.contains('.')
            && !COMMON.contains(word)
            && scene.touching_before(token.start, "").is_some_and(|before| before.is_word());
        let link = matches!(word, "van" | "der" | "den" | "de" | "ten" | "ter")
            && scene
                .touching_before(token.start, ".")
                .is_some_and(|before| TITLES.contains(scene.text.word(before)));
        if ordinal {
            let digits = scene.text.part(0..token.start);
            from = digits.trim_end_matches(|c: char| c.is_ascii_digit()).len();
        } else if initial
            || inner
            || link
            || TITLES.contains(word)
            || (particle && scene.text.is_capital(token.start) && !scene.text.is_flat())
        {
            from = token.start;
        } else {
            break;
        }
    }
    from
}

/// The end of a name such as "Laan van de Vrijheid": particles, then a word.
fn headed(scene: &Scene<'_>, place: usize) -> Option<usize> {
    let head = scene.text.tokens().get(place)?;
    let capital = scene.text.is_capital(head.start);
    let mut end = head.end;
    let mut linked = false;
    for token in scene.text.tokens().iter().skip(place + 1).take(5) {
        let word = scene.text.word(*token);
        if scene.text.part(end..token.start).trim_matches('\'') != " " || !token.is_word() {
            // "Plein 1961 12": a year may be the name.
            let year = word.len() == 4 && capital && token.start - end == 1;
            let end = year_range(scene, token.end);
            return (year && !linked && house(scene, end).is_some()).then_some(end);
        }
        end = token.end;
        let particle = matches!(word, "van" | "der" | "den" | "de" | "het" | "t" | "in" | "op");
        linked |= particle;
        if linked && !particle && house(scene, end).is_some() {
            return Some(end);
        }
        if !particle && !linked {
            return None;
        }
    }
    None
}

/// "I live on … 12": one to four words and a number after such a word.
fn told(scene: &Scene<'_>, place: usize) -> Option<Range<usize>> {
    let mut words: Vec<Token> = Vec::new();
    let mut linking = true;
    let mut last = scene.text.tokens().get(place)?.end;
    for token in scene.text.tokens().iter().skip(place + 1).take(9) {
        let word = scene.text.word(*token);
        let gap = scene.text.part(last..token.start);
        let long = words.last().is_none_or(|word| word.end - word.start > 4);
        let colon = words.is_empty() && gap.contains(':');
        last = token.end;
        if gap.len() > 2
            || (gap.contains(':') && !colon)
            || gap.contains(['\n', ',', '!', '?', ';'])
            || (gap.contains('.') && long)
        {
            return None;
        }
        if linking
            && (LINKS.contains(word) || word == "het")
            && (scene.text.is_flat() || !scene.text.is_capital(token.start))
        {
            continue;
        }
        linking = false;
        let ordinal = !token.is_word() && words.is_empty();
        let barred = ELSEWHERE.contains(word) || UNITS.contains(word);
        let filler = COMMON.contains(word) && !PARTICLES.contains(word);
        if barred || filler || words.len() > 4 || (ordinal && word.len() > 1) {
            return None;
        }
        words.push(*token);
        let end = house(scene, token.end).filter(|end| !is_year(scene.text.part(token.end..*end)));
        if let (Some(end), Some(first)) = (end, words.first()) {
            return token.is_word().then_some(first.start..end);
        }
    }
    None
}

/// Does a year stand here, rather than a house number?
fn is_year(number: &str) -> bool {
    let digits = number.trim_matches(|c: char| !c.is_ascii_digit());
    digits.len() == 4 && (digits.starts_with("19") || digits.starts_with("20"))
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
                ("aan de Kiekendreef 12.", &["Kiekendreef 12"]),
                ("KIEKENDREEF NR 12B", &["KIEKENDREEF NR 12B"]),
                ("op de P.Q. Kiekenlaan 3-II!", &["P.Q. Kiekenlaan 3-II"]),
                ("2e Kiekenweg 7 c, hier", &["2e Kiekenweg 7 c"]),
                ("Laan van de Kieken 11 bis", &["Laan van de Kieken 11 bis"]),
                ("Plein 1961 nummer 12, hier", &["Plein 1961 nummer 12"]),
                ("ik woon op Kiekenoever 145.", &["Kiekenoever 145"]),
                ("Deliver to Burg. Kiekenlo 44-2", &["Burg. Kiekenlo 44-2"]),
                ("Het adres is Het Kiekenest 48-III, hier", &["Het Kiekenest 48-III"]),
                (
                    "op Kiekeloe, huisnr. 8, of Kiekenstraat op nummer twaalf",
                    &["Kiekeloe, huisnr. 8", "Kiekenstraat op nummer twaalf"],
                ),
                ("nummer 5 in de Kiekenstraat", &["nummer 5 in de Kiekenstraat"]),
                (
                    "Plein 1961-1965 17, Kiekenstraat 114-B02",
                    &["Plein 1961-1965 17", "Kiekenstraat 114-B02"],
                ),
                ("Kom naar Het Kieken 7a, op Kiekeloe 12-II", &["Het Kieken 7a", "Kiekeloe 12-II"]),
                (
                    "Oude Kieken NZ 14, Van Kiekenstraat 12 hs",
                    &["Oude Kieken NZ 14", "Van Kiekenstraat 12 hs"],
                ),
            ],
        );
    }

    #[test]
    fn other_numbers_survive() {
        check(
            find,
            &[
                ("ik woon hier al 20 jaar, ik woon op de 2e etage", &[]),
                ("aan de Hoofdweg 10 minuten lopen, onderweg 5", &[]),
                ("op het Stationsplein 10.00 uur, kamer 12", &[]),
                ("ik woon alleen. Op 3 mei, ik woon 5 km verder", &[]),
                ("aan het Kiekenpad 5 of 10 km, de Kiekenweg 3 tot 5 uur", &[]),
                ("I live on the 3rd floor, ik woon sinds 2003 in dorp", &[]),
                ("ich wohne seit 2016 in Dorp, in Havo 4b, naar Polen 3 t/m 7 mei", &[]),
            ],
        );
    }
}
