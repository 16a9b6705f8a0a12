//! What is pushed, and what a receiver may answer.

use schemars::JsonSchema;

use super::item::{Address, Digest, Id, Item, Kind, Moment, Reach, RegionCode};
use super::served::Holding;

/// Most items in a push: the largest `batch` of a partner.
pub const PUSH_ITEMS_MAX: usize = 1_000;

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
