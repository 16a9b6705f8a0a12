//! Dates in words: "drie april negentienhonderdveertig", "the third of May, nineteen fifty-one".

use std::ops::Range;

use crate::minimise::detect::number::value;
use crate::minimise::detect::{Scene, Token};

use super::date::{Date, MONTH_WORDS, month_number};

/// Ordinals up to thirty-one, English ones of one word; a place in the list is its value.
const ORDINALS: &str = "eerste first,tweede second,derde third,vierde fourth,vijfde fifth,zesde sixth,\
    zevende seventh,achtste eighth,negende ninth,tiende tenth,elfde eleventh,twaalfde twelfth,\
    dertiende thirteenth,veertiende fourteenth,vijftiende fifteenth,zestiende sixteenth,\
    zeventiende seventeenth,achttiende eighteenth,negentiende nineteenth,twintigste twentieth,\
    eenentwintigste,tweeentwintigste,drieentwintigste,vierentwintigste,vijfentwintigste,\
    zesentwintigste,zevenentwintigste,achtentwintigste,negenentwintigste,dertigste thirtieth,\
    eenendertigste";

/// Every full date with its day or its year in words.
pub(super) fn dates(scene: &Scene<'_>) -> Vec<(Range<usize>, Date)> {
    let tokens = scene.text.tokens();
    let months = tokens.iter().enumerate();
    let months = months.filter(|(_, token)| MONTH_WORDS.contains(scene.text.word(**token)));
    months.filter_map(|(place, _)| date(scene, place)).collect()
}

fn date(scene: &Scene<'_>, place: usize) -> Option<(Range<usize>, Date)> {
    let month = month_number(scene.text.word(*scene.text.tokens().get(place)?))?;
    let (day, start, after) = day_before(scene, place).or_else(|| day_after(scene, place))?;
    let (year, end) = year(scene, after)?;
    Some((start..end, (day, month, year)))
}

fn word<'a>(scene: &'a Scene<'_>, place: usize) -> &'a str {
    scene.text.tokens().get(place).map_or("", |token| scene.text.word(*token))
}

/// "drie april", "de derde van april", "third of April": the day, its first byte, and the place
/// where the year may follow.
fn day_before(scene: &Scene<'_>, month: usize) -> Option<(u8, usize, usize)> {
    let mut place = month.checked_sub(1)?;
    while matches!(word(scene, place), "of" | "van" | "de" | "the") {
        place = place.checked_sub(1)?;
    }
    let (mut day, mut first) = (day(scene, place)?, place);
    let tens = place.checked_sub(1).and_then(|tens| value(word(scene, tens)));
    if day < 10 && tens.is_some_and(|tens| tens == 20 || tens == 30) {
        day += u8::try_from(tens?).ok()?;
        first = place - 1;
    }
    Some((day, scene.text.tokens().get(first)?.start, month + 1))
}

/// "May third", "May the twenty-first".
fn day_after(scene: &Scene<'_>, month: usize) -> Option<(u8, usize, usize)> {
    let mut place = month + 1;
    place += usize::from(word(scene, place) == "the");
    let start = scene.text.tokens().get(month)?.start;
    let tens = value(word(scene, place)).filter(|tens| *tens == 20 || *tens == 30);
    match (tens, ordinal(word(scene, place + 1))) {
        (Some(tens), Some(ones)) if ones < 10 => {
            Some((u8::try_from(tens).ok()? + ones, start, place + 2))
        }
        _ => Some((ordinal(word(scene, place))?, start, place + 1)),
    }
}

fn day(scene: &Scene<'_>, place: usize) -> Option<u8> {
    let text = word(scene, place);
    let number = text.parse().ok().or_else(|| ordinal(text));
    let day = number.or_else(|| u8::try_from(value(text)?).ok())?;
    (1..=31).contains(&day).then_some(day)
}

fn ordinal(word: &str) -> Option<u8> {
    let mut groups = ORDINALS.split(',');
    let place = groups.position(|group| group.split_whitespace().any(|one| one == word))?;
    u8::try_from(place + 1).ok()
}

/// A year of four digits, or in words, and its end.
fn year(scene: &Scene<'_>, place: usize) -> Option<(i16, usize)> {
    let token = *scene.text.tokens().get(place)?;
    let text = scene.text.word(token);
    if text.len() == 4 && !token.is_word() {
        return Some((text.parse().ok()?, token.end));
    }
    let century = [("negentienhonderd", 1_900), ("tweeduizend", 2_000), ("negentien", 1_900)];
    if let Some((rest, base)) =
        century.into_iter().find_map(|(head, base)| Some((text.strip_prefix(head)?, base)))
    {
        let rest = rest.strip_prefix("en").unwrap_or(rest);
        return match rest {
            "" if text == "negentien" => rest_of(scene, place + 1, base),
            "" => Some(rest_of(scene, place + 1, base).unwrap_or((base, token.end))),
            _ => Some((base + i16::try_from(value(rest)?).ok()?, token.end)),
        };
    }
    let base = match value(text)? {
        19 => 1_900,
        20 => 2_000,
        2 if word(scene, place + 1) == "thousand" => {
            return rest_of(scene, place + 2, 2_000);
        }
        _ => return None,
    };
    let hundred = usize::from(matches!(word(scene, place + 1), "hundred" | "honderd"));
    rest_of(scene, place + 1 + hundred, base)
}

/// What is added to the century: "veertig", "en veertig", "forty one", "oh five".
fn rest_of(scene: &Scene<'_>, place: usize, base: i16) -> Option<(i16, usize)> {
    let joint = usize::from(matches!(word(scene, place), "en" | "and" | "oh"));
    let first: &Token = scene.text.tokens().get(place + joint)?;
    let tens = value(scene.text.word(*first))?;
    let ones = scene.text.tokens().get(place + joint + 1);
    let ones = ones.and_then(|ones| Some((value(scene.text.word(*ones))?, ones.end)));
    let (more, end) = match ones {
        Some((ones, end)) if tens >= 20 && tens % 10 == 0 && (1..10).contains(&ones) => (ones, end),
        _ => (0, first.end),
    };
    Some((base + i16::try_from(tens + more).ok()?, end))
}
