//! Both languages of the console, side by side where they are used; and how it tells numbers and
//! times.

use jiff::{SignedDuration, Timestamp};
use maud::{Markup, html};

use crate::model::Language;

/// Speaks to whoever looks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Say {
    english: bool,
}

/// Times are told down to this.
const MINUTE: i64 = 60;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

impl Say {
    /// Dutch unless it is English.
    pub(super) fn new(language: Language) -> Self {
        Self { english: language == Language::English }
    }

    pub(super) fn tag(self) -> &'static str {
        if self.english { "en" } else { "nl" }
    }

    /// The one or the other.
    pub(super) fn of<T>(self, dutch: T, english: T) -> T {
        if self.english { english } else { dutch }
    }

    /// A number with its noun, in words of the language.
    pub(super) fn count(self, number: u64, [one, many]: [&str; 2]) -> String {
        format!("{} {}", self.number(number), if number == 1 { one } else { many })
    }

    /// A number, its digits in groups of three.
    pub(super) fn number(self, number: u64) -> String {
        let digits = number.to_string();
        let mut text = String::new();
        for (place, digit) in digits.chars().enumerate() {
            if place > 0 && (digits.len() - place).is_multiple_of(3) {
                text.push(self.of('.', ','));
            }
            text.push(digit);
        }
        text
    }

    /// How long, in its two largest units at most.
    pub(super) fn span(self, time: SignedDuration) -> String {
        let seconds = time.as_secs().max(0);
        let (day, hour) = self.of(("d", "u"), ("d", "h"));
        let two = |large: i64, unit, small: i64, lesser| {
            if small == 0 {
                format!("{large} {unit}")
            } else {
                format!("{large} {unit} {small} {lesser}")
            }
        };
        match seconds {
            0..MINUTE => format!("{seconds} s"),
            MINUTE..600 => two(seconds / MINUTE, "min", seconds % MINUTE, "s"),
            600..HOUR => format!("{} min", seconds / MINUTE),
            HOUR..DAY => two(seconds / HOUR, hour, seconds % HOUR / MINUTE, "min"),
            _ if seconds < 10 * DAY => two(seconds / DAY, day, seconds % DAY / HOUR, hour),
            _ => format!("{} {day}", seconds / DAY),
        }
    }

    /// When it was or will be, as seen from now; the moment itself is told with it.
    pub(super) fn when(self, at: Timestamp, now: Timestamp) -> Markup {
        let apart = now.duration_since(at);
        let text = match (apart.is_negative(), apart.abs()) {
            (_, near) if near < SignedDuration::from_secs(1) => self.of("nu", "now").to_owned(),
            (true, ahead) => format!("{} {}", self.of("over", "in"), self.span(ahead)),
            (false, ago) => format!("{} {}", self.span(ago), self.of("geleden", "ago")),
        };
        html! { time datetime=(at) title=(moment(at)) { (text) } }
    }

    /// The moment itself, and when that was as seen from now.
    pub(super) fn exactly(self, at: Timestamp, now: Timestamp) -> Markup {
        let moment = moment(at);
        // The day goes without saying when it is today's.
        let (day, time) = moment.split_once(' ').unwrap_or_default();
        let is_today = self::moment(now).starts_with(day);
        let text = if is_today { time } else { &moment };
        html! { span class="moment" { (text) } " " span class="soft" { "(" (self.when(at, now)) ")" } }
    }
}

/// A moment as it is written everywhere, to the second.
pub(super) fn moment(at: Timestamp) -> String {
    at.to_zoned(jiff::tz::TimeZone::UTC).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_times_are_told_as_people_read_them() {
        let [nl, en] = [Language::Dutch, Language::English].map(Say::new);
        assert_eq!((nl.number(1_234_567), en.number(1_234)), ("1.234.567".into(), "1,234".into()));
        assert_eq!((nl.number(0), nl.number(999)), ("0".into(), "999".into()));
        assert_eq!(en.count(1, ["item", "items"]), "1 item");
        for (seconds, dutch, english) in [
            (-5, "0 s", "0 s"),
            (59, "59 s", "59 s"),
            (61, "1 min 1 s", "1 min 1 s"),
            (660, "11 min", "11 min"),
            (7_200, "2 u", "2 h"),
            (7_260, "2 u 1 min", "2 h 1 min"),
            (90_000, "1 d 1 u", "1 d 1 h"),
            (9_000_000, "104 d", "104 d"),
        ] {
            let span = SignedDuration::from_secs(seconds);
            assert_eq!((nl.span(span), en.span(span)), (dutch.into(), english.into()));
        }
        let at = |second| Timestamp::from_second(second).unwrap();
        let past = nl.when(at(0), at(61)).0;
        assert_eq!(
            past,
            r#"<time datetime="1970-01-01T00:00:00Z" title="1970-01-01 00:00:00">1 min 1 s geleden</time>"#
        );
        assert!(en.when(at(61), at(0)).0.contains(">in 1 min 1 s<"));
        assert!(en.when(at(0), at(0)).0.contains(">now<"));
    }
}
