//! A day, and the names of its month.

use std::sync::LazyLock;

use crate::minimise::detect::words::Words;

/// Day, month and year.
pub(super) type Date = (u8, u8, i16);

/// Names of months, also in short.
pub(super) const MONTHS: &str = "januari january januar jan februari february februar feb febr maart march marz maerz mrt mar april apr mei may mai juni june jun juli july jul augustus august aug september sept sep oktober october okt oct november nov december dezember dec dez jannewaris febrewaris maaie septimber novimber desimber";
/// The same as words.
pub(super) static MONTH_NAMES: LazyLock<Words> = LazyLock::new(|| Words::of(MONTHS));

/// Names of months that are written out.
pub(super) static MONTH_WORDS: LazyLock<Words> = LazyLock::new(|| {
    Words::of(
        "januari january februari february maart march april mei may juni june juli july augustus august \
    september oktober october november december januar februar marz mai juni juli dezember",
    )
});

/// The number of a month that is named, also in short, or told by its number.
pub(super) fn month_number(text: &str) -> Option<u8> {
    if let Ok(number) = text.parse() {
        return Some(number);
    }
    let starts = [
        &["ja"][..],
        &["fe"],
        &["mrt", "mar", "maart", "maer"],
        &["ap"],
        &["mei", "may", "mai", "maaie"],
        &["jun"],
        &["jul"],
        &["au"],
        &["se"],
        &["o"],
        &["n"],
        &["d"],
    ];
    let place =
        starts.iter().position(|starts| starts.iter().any(|start| text.starts_with(start)))?;
    u8::try_from(place + 1).ok()
}
