//! The shapes of design §10 as partners see them. The gateway writes them by hand, once for all
//! partners; these types are only read by their schema, and tests hold them against what really
//! leaves. What is absent is left out, never null; nothing more may be there than is named.
#![expect(clippy::large_enum_variant, reason = "none is ever made")]

use schemars::JsonSchema;

use crate::model::Sequence;

/// What an id looks like: 128 bits in base32, so that the last character says less than the others.
pub(super) const ID: &str = "[a-z2-7]{25}[aeimquy4]";

/// Most items on a page of the feed.
pub const PAGE_ITEMS_MAX: usize = 500;
/// Most items in a push: the largest `batch` of a partner.
pub const PUSH_ITEMS_MAX: usize = 1_000;

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

/// The code of a municipality (GM), a province (PV) or the country (CBS, 2026).
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

/// A page of the RPDE feed.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Page {
    /// The version of RPDE.
    #[schemars(extend("const" = "1.1"))]
    pub version: String,
    /// The next page; the page's own address at the end of the feed.
    pub next: Address,
    /// In the order of their change numbers; none at the end of the feed.
    #[schemars(length(max = PAGE_ITEMS_MAX))]
    pub items: Vec<Item>,
    /// Names the agreement under which this may be used.
    pub license: Address,
}

/// What a message is about.
pub trait Subject: JsonSchema {
    /// Its name in `type`.
    const TYPE: &'static str;
}

/// A structured CloudEvents 1.0 event.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename = "{D}Event")]
pub struct Event<D: Subject> {
    /// The version of CloudEvents.
    #[schemars(extend("const" = "1.0"))]
    pub specversion: String,
    /// The same as the header webhook-id, and the same however often it is tried.
    #[schemars(regex(pattern = r"^msg_[a-z2-7]{51}[aq]$"))]
    pub id: String,
    /// The gateway's public address.
    pub source: Address,
    /// What the message is about.
    #[schemars(extend("const" = D::TYPE))]
    pub r#type: String,
    /// When that was.
    pub time: Moment,
    /// `application/json`
    #[schemars(extend("const" = "application/json"))]
    pub datacontenttype: String,
    /// The message itself.
    pub data: D,
}

/// Items to show and to take away.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ItemsChanged {
    /// At least one.
    #[schemars(length(min = 1, max = PUSH_ITEMS_MAX))]
    pub items: Vec<Item>,
}

/// What is held may be shown until then, and should be this.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct LeaseRenewed {
    /// Show nothing after this.
    pub valid_until: Moment,
    /// The change number up to which the other two count.
    pub up_to: Reach,
    /// Items that should be held then.
    pub count: u64,
    /// Over all of them.
    pub digest: Digest,
}

/// The question what is held.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum HoldingsAsked {
    /// The digest for each kind and region.
    Buckets(Nothing),
    /// A list of one of these.
    List(ListAsked),
}

/// A list of what is held of one kind in one region, in order of the ids as text.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ListAsked {
    /// Request or offer.
    pub kind: Kind,
    /// Where.
    pub region: RegionCode,
    /// Only ids after this one.
    pub after: Option<Id>,
    /// Most entries.
    #[schemars(range(min = 1, max = 1_000))]
    pub limit: u64,
}

/// An empty object.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Nothing {}

/// Is anybody there?
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Ping {}

impl Subject for ItemsChanged {
    const TYPE: &'static str = "luik.items.changed";
}
impl Subject for LeaseRenewed {
    const TYPE: &'static str = "luik.lease.renewed";
}
impl Subject for HoldingsAsked {
    const TYPE: &'static str = "luik.holdings.asked";
}
impl Subject for Ping {
    const TYPE: &'static str = "luik.ping";
}

/// The body of a push.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Push {
    /// Show these, take those away.
    Items(Event<ItemsChanged>),
    /// Until when to show what is held.
    Lease(Event<LeaseRenewed>),
    /// What is held?
    Holdings(Event<HoldingsAsked>),
    /// Is anybody there?
    Ping(Event<Ping>),
}

/// What a receiver may answer to a push with 2xx. Any 2xx accepts all; this says more. A body of
/// another shape, or none, takes nothing back.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Answer {
    /// Items that are dealt with: shown, or gone.
    pub confirmed: Option<Vec<Id>>,
    /// Items that are not taken; the others of the message are.
    pub rejected: Option<Vec<Rejected>>,
    /// Over all that is held now.
    pub digest: Option<Digest>,
    /// The same by kind and region, when that was asked.
    pub buckets: Option<Vec<Bucket>>,
    /// A list of one of these, when that was asked.
    #[schemars(length(max = 1_000))]
    pub holdings: Option<Vec<Holding>>,
}

/// An item that is not taken.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Rejected {
    /// Which one.
    pub id: Id,
    /// Why, in a few fixed words: nothing of the item.
    pub reason: String,
}

/// What is held of one kind in one region.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Bucket {
    /// Request or offer.
    pub kind: Kind,
    /// Where.
    pub region: RegionCode,
    /// How many.
    pub count: u64,
    /// Over these.
    pub digest: Digest,
}

/// An item that a partner holds: a line of an upload of holdings.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Holding {
    /// Which one.
    pub id: Id,
    /// Under which change number.
    pub modified: Modified,
}

/// The last line: how far this answer reaches.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct UpTo {
    /// Go on with the feed or the stream after this change number.
    pub up_to: Reach,
}

/// A line of the answer to uploaded holdings: an item to apply, and at the end how far it reaches.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum HoldingsLine {
    /// What was missing, stale, or has to go.
    Item(Item),
    /// The last line.
    End(UpTo),
}

/// A line of a snapshot: an item to show, and at the end how far it reaches.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum SnapshotLine {
    /// One of all that may be shown now.
    Item(Updated),
    /// The last line.
    End(UpTo),
}

/// What is held may be shown until then.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum Lease {
    /// And should be this.
    Whole(LeaseRenewed),
    /// What it should be is not said while publishes are held back.
    Bare(BareLease),
}

/// Until when what is held may be shown, and nothing more.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct BareLease {
    /// Show nothing after this.
    pub valid_until: Moment,
}

/// Where the stream was left is no longer known: it begins anew, and removals may be missing. Drop
/// all that the snapshot does not name.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Resync {
    /// Where it is to be had.
    pub snapshot: Address,
}

/// The data of an event of the stream.
#[derive(Debug, JsonSchema)]
#[schemars(untagged)]
pub enum StreamData {
    /// Of `updated`.
    Updated(Updated),
    /// Of `deleted`.
    Deleted(Deleted),
    /// Of `lease`.
    Lease(Lease),
    /// Of `resync`.
    Resync(Resync),
}

/// Why a request is not answered as asked (RFC 9457). Quotes nothing of it.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Problem {
    /// `about:blank`: the status says which sort of problem it is.
    #[schemars(extend("const" = "about:blank"))]
    pub r#type: String,
    /// The status in words.
    #[schemars(length(min = 1))]
    pub title: String,
    /// The status.
    #[schemars(range(min = 400, max = 599))]
    pub status: u16,
    /// What to do about it.
    #[schemars(length(min = 1))]
    pub detail: String,
    /// Where to begin again, when a change number is older than what is kept.
    pub snapshot: Option<Address>,
}

/// JSON Feed 1.1: the newest items. What is not in it any more has been taken away.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct JsonFeed {
    /// The version of JSON Feed.
    #[schemars(extend("const" = "https://jsonfeed.org/version/1.1"))]
    pub version: String,
    /// Whom the feed is for.
    pub title: String,
    /// The latest change first.
    #[schemars(length(max = PAGE_ITEMS_MAX))]
    pub items: Vec<Post>,
}

/// An item, as readers of JSON Feed know it.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Post {
    /// The same as `url`.
    pub id: Address,
    /// Leads on to the page where a visitor responds.
    pub url: Address,
    /// Plain text on one line.
    #[schemars(length(max = 200))]
    pub title: String,
    /// Plain text.
    #[schemars(length(max = 20_000))]
    pub content_text: String,
    /// The day on which it was placed.
    pub date_published: Moment,
    /// When it was changed last.
    pub date_modified: Moment,
    /// BCP 47.
    pub language: Option<Language>,
    /// The one who placed it: a first name, or somebody from a region.
    #[schemars(length(min = 1, max = 1))]
    pub authors: Vec<Author>,
    /// Request or offer, and where.
    #[schemars(length(min = 2, max = 2))]
    pub tags: Vec<String>,
    /// What JSON Feed has no place for.
    #[schemars(rename = "_luik")]
    pub luik: Extension,
}

/// Who placed an item.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Author {
    /// As readers show it.
    #[schemars(length(min = 1))]
    pub name: String,
}

/// What JSON Feed has no place for.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Extension {
    /// Request or offer.
    pub kind: Kind,
    /// Where.
    pub region: Region,
    /// The last day on which it is of use.
    pub expires: Option<Day>,
}
