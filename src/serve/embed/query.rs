//! What somebody asks to see of a list: the query, read strictly, and written again. Pure.

use url::form_urlencoded::{Serializer, parse};

use crate::http::{Refusal, pairs};
use crate::metrics::EmbedForm;
use crate::model::{Kind, Language, Region, RegionSet, Sequence};

use super::super::page::change_number;

const KIND: &str = "kind must be request or offer, or empty for both.";
const REGION: &str = "region must be the code of a region, such as GM0119, or empty for all.";
const BEFORE: &str = "before must be a whole number from 1 to 9007199254740991.";
const LANGUAGE: &str = "lang must be nl, en or fy.";
const HEADING: &str = "heading must be a number from 2 to 6.";
const LIMIT: &str = "limit must be a number from 1 to 20.";

/// Items of one page (design §8).
pub(super) const LIMIT_MAX: u8 = 20;

/// How deep the headings of items lie under those of the page around them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::serve) struct Heading(u8);

impl Heading {
    /// Right under the title of a page.
    pub(super) const SECOND: Self = Self(2);
    /// Under a heading that the page around has.
    pub(super) const THIRD: Self = Self(3);

    pub(super) fn level(self) -> u8 {
        self.0
    }
}

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::serve) struct Asked {
    pub(super) kind: Option<Kind>,
    pub(super) region: Option<Region>,
    /// Items that last changed before this.
    pub(super) before: Option<Sequence>,
    /// Said by the address; none: as the browser wishes.
    pub(super) language: Option<Language>,
    pub(super) heading: Heading,
    /// Most items of a page.
    pub(super) limit: u8,
}

impl Asked {
    /// Everything, from the newest on.
    pub(super) fn everything(heading: Heading) -> Self {
        Self { kind: None, region: None, before: None, language: None, heading, limit: LIMIT_MAX }
    }

    /// Reads the query of a list. A fragment may also say its `heading`, and what the element asks
    /// for knows `kind`, `region` and `limit` alone.
    ///
    /// # Errors
    /// A key that is not known or is given twice, or a wrong value.
    pub(super) fn parse(query: Option<&str>, form: EmbedForm) -> Result<Self, Refusal> {
        let heading = if form == EmbedForm::Fragment { Heading::THIRD } else { Heading::SECOND };
        let mut asked = Self::everything(heading);
        for (key, value) in pairs(query)? {
            asked.take(&key, &value, form)?;
        }
        Ok(asked)
    }

    fn take(&mut self, key: &str, value: &str, form: EmbedForm) -> Result<(), Refusal> {
        // A form sends what was left open as an empty value.
        let given = Some(value).filter(|value| !value.is_empty());
        let wrong = Refusal::WrongValue;
        match key {
            "kind" => self.kind = given.map(str::parse).transpose().map_err(|_| wrong(KIND))?,
            "region" => {
                self.region = given.map(Region::of_place).transpose().map_err(|_| wrong(REGION))?;
            }
            "limit" if form == EmbedForm::Element => {
                self.limit = limit(value).ok_or(wrong(LIMIT))?
            }
            _ if form == EmbedForm::Element => return Err(Refusal::UnknownKey),
            "before" => {
                let number = change_number(value).filter(|number| *number > Sequence::ZERO);
                self.before = Some(number.ok_or(wrong(BEFORE))?);
            }
            "lang" => {
                let language = Language::ALL.into_iter().find(|one| one.tag() == value);
                self.language = Some(language.ok_or(wrong(LANGUAGE))?);
            }
            "heading" if form == EmbedForm::Fragment => {
                let level = value.parse().ok().filter(|level| (2..=6).contains(level));
                self.heading = Heading(level.filter(|_| value.len() == 1).ok_or(wrong(HEADING))?);
            }
            _ => return Err(Refusal::UnknownKey),
        }
        Ok(())
    }

    /// The same, from the newest on.
    pub(super) fn newest(self) -> Self {
        Self { before: None, ..self }
    }

    /// Is it narrowed to a kind or a region?
    pub(super) fn is_narrowed(&self) -> bool {
        self.kind.is_some() || self.region.is_some()
    }

    /// The regions that are asked for: a province with all that lies in it.
    pub(super) fn within(&self) -> Option<RegionSet> {
        self.region.map(|region| {
            let mut set = RegionSet::EMPTY;
            set.cover(region);
            set
        })
    }

    /// The query of a page that shows the same, with a `?` in front.
    pub(super) fn query(&self) -> String {
        let mut query = Serializer::for_suffix("?".to_owned(), 1);
        let pairs = [
            ("kind", self.kind.map(|kind| kind.as_str().to_owned())),
            ("region", self.region.map(|region| region.code().to_owned())),
            ("lang", self.language.map(|language| language.tag().to_owned())),
            ("before", self.before.map(|before| before.to_string())),
        ];
        for (key, value) in pairs {
            query.extend_pairs(value.map(|value| (key, value)));
        }
        query.finish()
    }
}

/// Plain digits.
fn limit(value: &str) -> Option<u8> {
    let limit = value.parse().ok().filter(|limit| (1..=LIMIT_MAX).contains(limit))?;
    (limit.to_string() == value).then_some(limit)
}

/// The language that an address says, whatever else is wrong with it.
pub(in crate::serve) fn language_of(query: Option<&str>) -> Option<Language> {
    let mut pairs = parse(query?.as_bytes());
    let (_, value) = pairs.find(|(key, _)| key == "lang")?;
    Language::ALL.into_iter().find(|language| language.tag() == value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_read_strictly() {
        for (query, good) in [
            ("", true),
            ("kind=&region=&lang=fy", true),
            ("kind=offer&region=GM0119&before=17&lang=en", true),
            ("region=PV22", true),
            ("kind=wens", false),
            ("region=GM9999", false),
            ("region=gm0119", false),
            ("before=0", false),
            ("before=", false),
            ("before=-1", false),
            ("before=9007199254740992", false),
            ("lang=de", false),
            ("lang=", false),
            ("heading=3", false),
            ("kind=offer&kind=offer", false),
            ("utm_source=x", false),
            ("Kind=offer", false),
        ] {
            assert_eq!(Asked::parse(Some(query), EmbedForm::Page).is_ok(), good, "{query}");
        }
        let level = |query| {
            Asked::parse(Some(query), EmbedForm::Fragment).map(|asked| asked.heading.level())
        };
        assert_eq!((level(""), level("heading=5")), (Ok(3), Ok(5)));
        for wrong in ["heading=1", "heading=7", "heading=", "heading=02", "heading=x"] {
            assert_eq!(level(wrong), Err(Refusal::WrongValue(HEADING)), "{wrong}");
        }
    }

    #[test]
    fn the_element_asks_for_a_part_and_for_nothing_that_it_does_not_know() {
        let limit = |query| Asked::parse(Some(query), EmbedForm::Element).map(|asked| asked.limit);
        assert_eq!((limit(""), limit("kind=offer&region=&limit=1")), (Ok(20), Ok(1)));
        for wrong in ["limit=0", "limit=21", "limit=", "limit=+1", "limit=01", "limit=x"] {
            assert_eq!(limit(wrong), Err(Refusal::WrongValue(LIMIT)), "{wrong}");
        }
        for unknown in ["lang=nl", "before=3", "heading=3"] {
            assert_eq!(limit(unknown), Err(Refusal::UnknownKey), "{unknown}");
        }
        assert_eq!(Asked::parse(Some("limit=3"), EmbedForm::Page), Err(Refusal::UnknownKey));
    }

    #[test]
    fn a_query_is_written_as_it_was_read() {
        for query in ["?", "?kind=offer&region=GM0119&lang=en&before=17", "?region=PV22"] {
            let asked = Asked::parse(query.strip_prefix('?'), EmbedForm::Page).unwrap();
            assert_eq!(asked.query(), query);
        }
        assert_eq!(language_of(Some("what=ever&lang=fy")), Some(Language::Frisian));
        assert_eq!((language_of(Some("lang=de")), language_of(None)), (None, None));
    }
}
