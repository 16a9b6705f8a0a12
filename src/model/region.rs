//! Dutch regions of 2026 (CBS, CC BY 4.0), and sets of them.

use std::sync::LazyLock;

use serde::Deserialize;

/// The list as CBS publishes it; the year is part of the name because municipalities merge.
const LIST: &str = include_str!("regions-nl-2026.csv");
/// Words of 64 bits that hold the whole list.
const WORDS: usize = 6;

/// A code that is not on the list. Does not quote the code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a region code of 2026 (NL, PVxx or GMxxxx)")]
pub struct UnknownRegion;

/// How wide a region is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RegionKind {
    /// The whole country.
    Country,
    /// One of twelve.
    Province,
    /// The finest that ever leaves (promise P1).
    Municipality,
}

#[derive(Debug, Deserialize)]
struct Row {
    code: String,
    name: String,
    kind: RegionKind,
    parent: String,
}

/// What stands for [`Region::CANARY`]: CBS gives out no such code.
static CANARY: LazyLock<Row> = LazyLock::new(|| Row {
    code: "GM0999".to_owned(),
    name: "Testbericht (geen plaats)".to_owned(),
    kind: RegionKind::Municipality,
    parent: String::new(),
});

static ROWS: LazyLock<Vec<Row>> = LazyLock::new(|| {
    let mut reader = csv::Reader::from_reader(LIST.as_bytes());
    let mut rows: Vec<Row> = reader.deserialize().filter_map(Result::ok).collect();
    rows.sort_by(|a, b| a.code.cmp(&b.code));
    rows
});

/// One region of the list: a municipality, a province or the country; or no place at all, where
/// the gateway's own test item stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Region(u16);

impl Region {
    /// Where the canary stands: in no scope, not even in everything, unless a partner asked for it.
    /// The last bit of a [`RegionSet`].
    pub const CANARY: Self = Self(383);

    /// The region with this code as the journal keeps it and partners say it, the canary's too.
    ///
    /// # Errors
    /// When there is none.
    pub fn from_code(code: &str) -> Result<Self, UnknownRegion> {
        if code == CANARY.code { Ok(Self::CANARY) } else { Self::of_place(code) }
    }

    /// The place with this CBS code, as cores, partner files and visitors may name it.
    ///
    /// # Errors
    /// When the code is not on the list.
    pub fn of_place(code: &str) -> Result<Self, UnknownRegion> {
        let place = ROWS.binary_search_by(|row| row.code.as_str().cmp(code));
        place.ok().and_then(|place| u16::try_from(place).ok()).map(Self).ok_or(UnknownRegion)
    }

    fn row(self) -> Option<&'static Row> {
        if self == Self::CANARY { Some(&CANARY) } else { ROWS.get(usize::from(self.0)) }
    }

    /// The CBS code, such as `GM0119`.
    #[must_use]
    pub fn code(self) -> &'static str {
        self.row().map_or("", |row| row.code.as_str())
    }

    /// The name as CBS spells it, such as `Meppel`.
    #[must_use]
    pub fn name(self) -> &'static str {
        self.row().map_or("", |row| row.name.as_str())
    }

    /// Country, province or municipality.
    #[must_use]
    pub fn kind(self) -> RegionKind {
        self.row().map_or(RegionKind::Country, |row| row.kind)
    }

    /// The region one level up; none for the country.
    #[must_use]
    pub fn parent(self) -> Option<Self> {
        self.row().and_then(|row| Self::of_place(&row.parent).ok())
    }

    /// Every place of the list, in order of code.
    pub fn all() -> impl Iterator<Item = Self> {
        (0..ROWS.len()).filter_map(|place| u16::try_from(place).ok()).map(Self)
    }

    /// The bit that stands for this region in a [`RegionSet`].
    fn bit(self) -> (usize, u64) {
        (usize::from(self.0 / 64), 1 << (self.0 % 64))
    }
}

/// A set of regions. A province in it covers its municipalities, the country covers all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct RegionSet([u64; WORDS]);

impl RegionSet {
    /// No region at all.
    pub const EMPTY: Self = Self([0; WORDS]);

    /// Every place, the country itself included; the canary is in none.
    #[must_use]
    pub fn everything() -> Self {
        Region::all().collect()
    }

    /// Adds a region and all that lies in it.
    pub fn cover(&mut self, region: Region) {
        for candidate in Region::all() {
            let mut up = Some(candidate);
            while let Some(here) = up {
                if here == region {
                    self.insert(candidate);
                }
                up = here.parent();
            }
        }
    }

    /// The same with the canary.
    #[must_use]
    pub fn with_canary(mut self) -> Self {
        self.insert(Region::CANARY);
        self
    }

    /// The same without the canary.
    #[must_use]
    pub fn without_canary(&self) -> Self {
        self.iter().filter(|region| *region != Region::CANARY).collect()
    }

    fn insert(&mut self, region: Region) {
        let (word, bit) = region.bit();
        if let Some(word) = self.0.get_mut(word) {
            *word |= bit;
        }
    }

    /// Is this region in the set?
    #[must_use]
    pub fn contains(&self, region: Region) -> bool {
        let (word, bit) = region.bit();
        self.0.get(word).is_some_and(|word| word & bit != 0)
    }

    /// Adds every region of another set.
    pub fn extend_by(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(word, other)| *word |= other);
    }

    /// The set as bytes, for a store that compares within one run; not for keeping, since the
    /// places of regions change with the list.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        self.0.iter().flat_map(|word| word.to_le_bytes()).collect()
    }

    /// The set that [`RegionSet::to_bytes`] wrote.
    #[must_use]
    pub fn from_bytes(bytes: &[u8]) -> Option<Self> {
        let (words, rest) = bytes.as_chunks::<8>();
        let words: [[u8; 8]; WORDS] = words.try_into().ok()?;
        rest.is_empty().then_some(Self(words.map(u64::from_le_bytes)))
    }

    /// Is nothing in the set?
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self == &Self::EMPTY
    }

    /// The places in the set, in order of code, and the canary behind them.
    pub fn iter(&self) -> impl Iterator<Item = Region> {
        let all = Region::all().chain([Region::CANARY]);
        all.filter(|region| self.contains(*region))
    }
}

impl FromIterator<Region> for RegionSet {
    fn from_iter<I: IntoIterator<Item = Region>>(regions: I) -> Self {
        let mut set = Self::EMPTY;
        regions.into_iter().for_each(|region| set.insert(region));
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_list_is_read_and_fits_the_set() {
        assert_eq!(Region::all().count(), 355);
        assert_eq!(RegionSet::everything().iter().count(), 355);
        assert_eq!(Region::from_code("GM0119").map(Region::name), Ok("Meppel"));
        assert_eq!(Region::from_code("GM9999"), Err(UnknownRegion));
    }

    #[test]
    fn the_canary_stands_in_no_place() {
        let (canary, all) = (Region::CANARY, RegionSet::everything());
        assert_eq!(Region::from_code(canary.code()), Ok(canary));
        assert_eq!(Region::of_place(canary.code()), Err(UnknownRegion));
        assert!(Region::all().all(|place| place != canary && place.code() != canary.code()));
        assert!(!all.contains(canary) && all.with_canary().contains(canary));
        assert_eq!(all.with_canary().iter().count(), all.iter().count() + 1);
        assert_eq!(all.with_canary().without_canary(), all);
        let mut country = RegionSet::EMPTY;
        country.cover(Region::of_place("NL").unwrap());
        assert!(!country.contains(canary) && canary.parent().is_none());
        let bytes = all.with_canary().to_bytes();
        assert_eq!(RegionSet::from_bytes(&bytes), Some(all.with_canary()));
    }

    #[test]
    fn a_province_covers_its_municipalities_but_not_the_country() {
        let mut drenthe = RegionSet::EMPTY;
        drenthe.cover(Region::from_code("PV22").unwrap());
        let holds = |code: &str| drenthe.contains(Region::from_code(code).unwrap());
        assert!(holds("PV22") && holds("GM0119"));
        assert!(!holds("NL") && !holds("PV21") && !holds("GM0080"));
    }
}
