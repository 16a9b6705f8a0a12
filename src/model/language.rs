//! The languages that visitors are spoken to in.

use jiff::civil::Date;

const DUTCH_MONTHS: [&str; 12] = [
    "januari",
    "februari",
    "maart",
    "april",
    "mei",
    "juni",
    "juli",
    "augustus",
    "september",
    "oktober",
    "november",
    "december",
];
const ENGLISH_MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
const FRISIAN_MONTHS: [&str; 12] = [
    "jannewaris",
    "febrewaris",
    "maart",
    "april",
    "maaie",
    "juny",
    "july",
    "augustus",
    "septimber",
    "oktober",
    "novimber",
    "desimber",
];

/// A language of the pages: Dutch first, then English and Frisian.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Language {
    /// Nederlands.
    #[default]
    Dutch,
    /// English.
    English,
    /// Frysk.
    Frisian,
}

impl Language {
    /// Every language.
    pub const ALL: [Self; 3] = [Self::Dutch, Self::English, Self::Frisian];

    /// Its primary subtag (BCP 47).
    #[must_use]
    pub fn tag(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
            Self::Frisian => "fy",
        }
    }

    /// The language of a tag such as `nl-BE`, if it is one of these.
    #[must_use]
    pub fn of_tag(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default();
        Self::ALL.into_iter().find(|language| language.tag().eq_ignore_ascii_case(primary))
    }

    /// Day and month, as they are written: `2 januari`.
    #[must_use]
    pub fn day_of(self, day: Date) -> String {
        let months = match self {
            Self::Dutch => DUTCH_MONTHS,
            Self::English => ENGLISH_MONTHS,
            Self::Frisian => FRISIAN_MONTHS,
        };
        let month = usize::try_from(day.month()).ok().and_then(|month| month.checked_sub(1));
        let month = month.and_then(|month| months.get(month)).copied().unwrap_or_default();
        format!("{} {month}", day.day())
    }

    /// Who placed an item whose author is anonymous: no first name leaves, so the region says it.
    #[must_use]
    pub fn someone_from(self, region: &str) -> String {
        match self {
            Self::Dutch => format!("Iemand uit {region}"),
            Self::English => format!("Someone from {region}"),
            Self::Frisian => format!("Immen út {region}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_has_its_language_and_a_region_its_someone() {
        for (tag, language) in [
            ("nl", Some(Language::Dutch)),
            ("NL-be", Some(Language::Dutch)),
            ("en-GB", Some(Language::English)),
            ("fy-NL", Some(Language::Frisian)),
            ("fry", None),
            ("", None),
        ] {
            assert_eq!(Language::of_tag(tag), language, "{tag}");
        }
        assert_eq!(Language::Frisian.someone_from("Ljouwert"), "Immen út Ljouwert");
    }

    #[test]
    fn a_day_is_written_as_each_language_writes_it() {
        let day = jiff::civil::date(2026, 1, 2);
        let written = Language::ALL.map(|language| language.day_of(day));
        assert_eq!(written, ["2 januari", "2 January", "2 jannewaris"]);
        assert_eq!(Language::Dutch.day_of(jiff::civil::date(2026, 12, 31)), "31 december");
    }
}
