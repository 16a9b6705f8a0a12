//! The languages that visitors are spoken to in.

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
}
