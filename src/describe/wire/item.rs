//! An item, and what it is made of.

use schemars::JsonSchema;

use crate::model::Sequence;

/// What an id looks like: 128 bits in base32, so that the last character says less than the others.
pub const ID: &str = "[a-z2-7]{25}[aeimquy4]";

/// The public id of an item: opaque, only ever compared.
#[derive(Debug, JsonSchema)]
#[schemars(example = &"2564jbnxzcheaoyhmdl6n4qyku")]
pub struct Id(#[schemars(regex(pattern = format!("^{ID}$")))] pub String);

/// Somebody asks for help, or offers it.
#[derive(Debug, JsonSchema)]
#[schemars(rename_all = "lowercase")]
pub enum Kind {
    /// For help.
    Request,
    /// Of help.
    Offer,
}

/// The change number: apply only what is higher than what you hold, tombstones included.
#[derive(Debug, JsonSchema)]
#[schemars(example = 1042)]
pub struct Modified(#[schemars(range(min = 1, max = Sequence::MAX.get()))] pub u64);

/// The change number up to which something counts; 0 before the first change.
#[derive(Debug, JsonSchema)]
pub struct Reach(#[schemars(range(min = 0, max = Sequence::MAX.get()))] pub u64);

/// A day (UTC).
#[derive(Debug, JsonSchema)]
#[schemars(extend("format" = "date"), example = &"2026-11-20")]
pub struct Day(#[schemars(regex(pattern = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$"))] pub String);

/// A moment (UTC).
#[derive(Debug, JsonSchema)]
#[schemars(extend("format" = "date-time"), example = &"2026-11-23T10:00:00Z")]
pub struct Moment(#[schemars(regex(pattern = r"Z$"))] pub String);

/// A web address.
#[derive(Debug, JsonSchema)]
pub struct Address(
    #[schemars(regex(pattern = r"^https?://"))]
    pub String,
);

/// A language tag, such as nl.
#[derive(Debug, JsonSchema)]
pub struct Language(
    #[schemars(regex(pattern = r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$"))] pub String,
);

/// XOR over items of SHA-256 of `id:modified`.
#[derive(Debug, JsonSchema)]
pub struct Digest(#[schemars(regex(pattern = r"^[0-9a-f]{64}$"))] pub String);

/// The code of a municipality (GM), a province (PV) or the country (CBS, 2026). GM0999, which is no
/// place and which CBS does not give out, marks a test item that is about nobody: it comes only to
/// a partner that asked for it, is stored and taken away like any other, and is not shown to visitors.
#[derive(Debug, JsonSchema)]
#[schemars(example = &"GM0119")]
pub struct RegionCode(#[schemars(regex(pattern = r"^(NL|PV[0-9]{2}|GM[0-9]{4})$"))] pub String);

/// Where: nothing finer than a municipality.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Region {
    /// Its code.
    pub code: RegionCode,
    /// Its name, such as Meppel.
    #[schemars(length(min = 1))]
    pub name: String,
}

/// All that is passed on of an item.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct Data {
    /// Left out for somebody who prefers to stay unnamed.
    #[schemars(length(min = 1, max = 40))]
    pub first_name: Option<String>,
    /// Where.
    pub region: Region,
    /// Plain text on one line.
    #[schemars(length(max = 200))]
    pub title: String,
    /// Plain text.
    #[schemars(length(max = 20_000))]
    pub text: String,
    /// BCP 47.
    pub language: Option<Language>,
    /// When it was placed.
    pub published: Day,
    /// The last day on which it is of use.
    pub expires: Option<Day>,
    /// Leads on to the page where a visitor responds.
    pub url: Address,
}

/// An item to show.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Updated {
    /// `updated`
    #[schemars(extend("const" = "updated"))]
    pub state: String,
    /// Request or offer.
    pub kind: Kind,
    /// Which one.
    pub id: Id,
    /// Under which change number.
    pub modified: Modified,
    /// What to show.
    pub data: Data,
}

/// An item to take away.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Deleted {
    /// `deleted`
    #[schemars(extend("const" = "deleted"))]
    pub state: String,
    /// Request or offer.
    pub kind: Kind,
    /// Which one.
    pub id: Id,
    /// Under which change number.
    pub modified: Modified,
}

/// An item as a partner sees it, in a push, a feed or a stream.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Item {
    /// To show.
    Updated(Updated),
    /// To take away.
    Deleted(Deleted),
}
