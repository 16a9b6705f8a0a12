//! What the writer shows to everybody once it is durable.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use tokio::sync::watch;

use crate::model::{PartnerId, Sequence};

use super::Counts;
use super::draft::Draft;
use super::error::Error;
use super::view::Version;

/// What the writer shows to everybody once it is durable.
#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) head: watch::Sender<Sequence>,
    live: AtomicU64,
    removed: AtomicU64,
    versions: RwLock<HashMap<PartnerId, Arc<[Version]>>>,
    trouble: Mutex<Option<Error>>,
}

impl Shared {
    /// Makes a durable draft visible.
    pub(super) fn show(&self, draft: &mut Draft) {
        let mut versions = self.versions.write().unwrap_or_else(PoisonError::into_inner);
        for (partner, scopes) in draft.scopes.drain(..) {
            versions.insert(partner, scopes.into());
        }
        drop(versions);
        self.live.store(draft.live, Ordering::Relaxed);
        self.removed.store(draft.gone, Ordering::Relaxed);
        let head = Sequence::new(draft.head);
        self.head.send_if_modified(|shown| std::mem::replace(shown, head) != head);
    }

    pub(super) fn versions(&self, partner: &PartnerId) -> Arc<[Version]> {
        let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
        versions.get(partner).cloned().unwrap_or_default()
    }

    pub(super) fn counts(&self) -> Counts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts { live: load(&self.live), removed: load(&self.removed) }
    }

    pub(super) fn set_trouble(&self, now: Option<Error>) {
        let mut trouble = self.trouble.lock().unwrap_or_else(PoisonError::into_inner);
        if *trouble == now {
            return;
        }
        match &now {
            Some(error) => tracing::error!(%error, "the journal can not be written"),
            None => tracing::info!("the journal can be written again"),
        }
        *trouble = now;
    }

    pub(super) fn trouble(&self) -> Option<Error> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
