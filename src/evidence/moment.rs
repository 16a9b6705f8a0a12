//! Moments in words, in Dutch time.

use std::sync::LazyLock;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::words::Words;

/// Dutch time by its rule (Directive 2000/84/EC): no list of time zones is needed on the machine.
static DUTCH: LazyLock<TimeZone> =
    LazyLock::new(|| TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap_or(TimeZone::UTC));

/// The last moment of a day, in Dutch time; none beyond the end of time.
#[must_use]
pub fn day_end(day: Date) -> Option<Timestamp> {
    let midnight = day.tomorrow().ok()?.to_zoned(DUTCH.clone()).ok()?.timestamp();
    Timestamp::from_millisecond(midnight.as_millisecond().checked_sub(1)?).ok()
}

/// `26 november 2026, 02:25:10 (UTC+1)`
pub(super) fn moment(at: Timestamp, words: &Words) -> String {
    let zoned = at.to_zoned(DUTCH.clone());
    let (time, hours) = (zoned.time(), zoned.offset().seconds() / 3_600);
    let (hour, minute, second) = (time.hour(), time.minute(), time.second());
    let clock = format!("{hour:02}:{minute:02}:{second:02}");
    format!("{}, {clock} (UTC+{hours})", date(zoned.date(), words))
}

/// `26 november 2026`
pub(super) fn date(day: Date, words: &Words) -> String {
    format!("{} {}", words.language.day_of(day), day.year())
}

/// A length of time in the largest unit that it fills, rounded down.
pub(super) fn length(seconds: u64, words: &Words) -> String {
    let (number, [one, many]) = match seconds {
        0..120 => (seconds, words.seconds),
        120..7_200 => (seconds / 60, words.minutes),
        7_200..172_800 => (seconds / 3_600, words.hours),
        172_800..63_115_200 => (seconds / 86_400, words.days),
        _ => (seconds / 31_557_600, words.years),
    };
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::super::words::{DUTCH as NL, ENGLISH as EN};
    use super::*;

    #[test]
    fn moments_are_told_in_dutch_time_in_winter_and_in_summer() {
        let at = |text: &str| text.parse::<Timestamp>().unwrap();
        for (time, dutch) in [
            ("2026-11-26T01:25:10Z", "26 november 2026, 02:25:10 (UTC+1)"),
            ("2026-07-01T22:30:00Z", "2 juli 2026, 00:30:00 (UTC+2)"),
            ("2026-03-29T00:59:59Z", "29 maart 2026, 01:59:59 (UTC+1)"),
            ("2026-03-29T01:00:00Z", "29 maart 2026, 03:00:00 (UTC+2)"),
            ("2026-10-25T00:59:59Z", "25 oktober 2026, 02:59:59 (UTC+2)"),
            ("2026-10-25T01:00:00Z", "25 oktober 2026, 02:00:00 (UTC+1)"),
        ] {
            assert_eq!(moment(at(time), &NL), dutch);
        }
        let english = moment(at("2026-01-02T12:00:00Z"), &EN);
        assert_eq!(english, "2 January 2026, 13:00:00 (UTC+1)");
        let end = day_end("2026-07-01".parse().unwrap());
        assert_eq!(end, Some(at("2026-07-01T21:59:59.999Z")));
    }

    #[test]
    fn lengths_are_in_the_unit_that_says_enough() {
        for (seconds, dutch) in [
            (1, "1 seconde"),
            (60, "60 seconden"),
            (900, "15 minuten"),
            (43_200, "12 uur"),
            (259_200, "3 dagen"),
            (7_776_000, "90 dagen"),
            (157_852_800, "5 jaar"),
        ] {
            assert_eq!(length(seconds, &NL), dutch);
        }
    }
}
