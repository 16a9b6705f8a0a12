//! What may leave, and nothing else (promise P1).

use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Serialize;

use crate::model::{Kind, PublicId, Region};

use super::gate::Permitted;
use super::policy::Policy;
use super::row::{AuthorKey, CoreRow};

/// What is left of the row's free columns.
pub(super) struct Content {
    pub(super) first_name: Option<String>,
    pub(super) title: String,
    pub(super) text: String,
}

/// `data` of the wire (design §10): closed, in this order, without its `url`.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    first_name: Option<&'a str>,
    region: RegionData,
    title: &'a str,
    text: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'a str>,
    published: Date,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<Date>,
}

#[derive(Serialize)]
struct RegionData {
    code: &'static str,
    name: &'static str,
}

/// An item that may leave. Made by [`super::minimise`] alone; elsewhere it can only be read.
///
/// ```compile_fail,E0451
/// let forged = luik::minimise::Published { ..panic!() };
/// ```
///
/// ```compile_fail,E0277
/// let forged: luik::minimise::Published = serde_json::from_str("{}").unwrap();
/// ```
///
/// ```compile_fail,E0277
/// let forged: luik::minimise::Published = Default::default();
/// ```
pub struct Published {
    id: PublicId,
    author: AuthorKey,
    kind: Kind,
    region: Region,
    expires: Option<Timestamp>,
    url: Box<str>,
    data: Arc<str>,
}

impl Published {
    /// Seals what may leave: the one place where a `Published` is made.
    pub(super) fn seal(
        row: &CoreRow,
        permitted: &Permitted<'_>,
        content: Content,
        policy: &Policy,
    ) -> Published {
        let data = Data {
            first_name: content.first_name.as_deref(),
            region: RegionData { code: permitted.region.code(), name: permitted.region.name() },
            title: &content.title,
            text: &content.text,
            language: permitted.language,
            published: day(permitted.published),
            expires: permitted.expires.map(day),
        };
        let (id, author) = policy.names(row, permitted.author_id);
        Published {
            id,
            author,
            kind: permitted.kind,
            region: permitted.region,
            expires: permitted.expires,
            url: permitted.url.into(),
            // Text and days always encode; a surprise would show as an empty object, not a leak.
            data: serde_json::to_string(&data).unwrap_or_else(|_| "{}".to_owned()).into(),
        }
    }

    /// The name under which it leaves.
    #[must_use]
    pub fn id(&self) -> PublicId {
        self.id
    }

    /// The keyed digest of its author; stays inside.
    #[must_use]
    pub fn author(&self) -> AuthorKey {
        self.author
    }

    /// Request or offer.
    #[must_use]
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Municipality or coarser.
    #[must_use]
    pub fn region(&self) -> Region {
        self.region
    }

    /// When the gateway itself takes it back.
    #[must_use]
    pub fn expires(&self) -> Option<Timestamp> {
        self.expires
    }

    /// The page where a visitor responds; leaves as the target of the referral only.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// `data` of the wire as one JSON object without its `url`, encoded once for all partners.
    #[must_use]
    pub fn data(&self) -> &Arc<str> {
        &self.data
    }
}

/// The address may hold the core's id, so neither it nor the data is printed.
impl fmt::Debug for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Published({}, {:?})", self.id, self.kind)
    }
}

fn day(time: Timestamp) -> Date {
    time.to_zoned(TimeZone::UTC).date()
}
