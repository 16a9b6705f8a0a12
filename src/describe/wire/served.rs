//! What is fetched: pages, lines, events of the stream, problems, JSON Feed.

use schemars::JsonSchema;

use crate::model::Sequence;

use super::item::{
    Address, Day, Deleted, Id, Item, Kind, Language, Modified, Moment, Reach, Region, Updated,
};
use super::push::LeaseRenewed;

/// Most items on a page of the feed.
pub const PAGE_ITEMS_MAX: usize = 500;

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

/// How to frame a list (oEmbed 1.0). Sites keep it for ever: there is no item in it.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct Oembed {
    /// The version of oEmbed.
    #[schemars(extend("const" = "1.0"))]
    pub version: String,
    /// What sort of thing.
    #[schemars(extend("const" = "rich"))]
    pub r#type: String,
    /// What the list is called.
    pub title: String,
    /// Whose it is.
    #[schemars(extend("const" = "Luik"))]
    pub provider_name: String,
    /// Where that is.
    pub provider_url: Address,
    /// For how many seconds there is no need to ask again.
    pub cache_age: u32,
    /// In pixels.
    #[schemars(range(min = 1))]
    pub width: u16,
    /// In pixels.
    #[schemars(range(min = 1))]
    pub height: u16,
    /// A link in a quotation, and an iframe.
    pub html: String,
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

/// What the custom element is told: the newest items, and nothing that it does not show.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct EmbedItems {
    /// How many fit what was asked for, on all pages together.
    #[schemars(range(min = 0, max = Sequence::MAX.get()))]
    pub found: u64,
    /// Nothing may be shown for now.
    pub paused: bool,
    /// The latest change first.
    #[schemars(length(max = 20))]
    pub items: Vec<EmbedItem>,
}

/// An item, as the custom element shows it.
#[derive(Debug, JsonSchema)]
#[schemars(deny_unknown_fields, rename_all = "camelCase")]
pub struct EmbedItem {
    /// Request or offer.
    pub kind: Kind,
    /// Left out for somebody who prefers to stay unnamed.
    #[schemars(length(min = 1, max = 40))]
    pub first_name: Option<String>,
    /// The name of a municipality, or of what is larger.
    #[schemars(length(min = 1))]
    pub region: String,
    /// Plain text on one line.
    #[schemars(length(max = 200))]
    pub title: String,
    /// Plain text.
    #[schemars(length(max = 20_000))]
    pub text: String,
    /// BCP 47.
    pub language: Language,
    /// When it was placed.
    pub published: Day,
    /// Leads on to the page where a visitor responds.
    pub url: Address,
}
