//! What may leave, and nothing else (promise P1).

use std::sync::Arc;

use jiff::Timestamp;

use crate::model::{Kind, PublicId, Region};

use super::row::AuthorKey;

/// An item that may leave. Made by [`super::minimise`] alone; elsewhere it can only be read.
///
/// ```compile_fail,E0451
/// let forged = luik::minimise::Published { ..panic!() };
/// ```
#[derive(Debug)]
pub struct Published {
    pub(super) id: PublicId,
    pub(super) author: AuthorKey,
    pub(super) kind: Kind,
    pub(super) region: Region,
    pub(super) expires: Option<Timestamp>,
    pub(super) url: Box<str>,
    pub(super) data: Arc<str>,
}

impl Published {
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
