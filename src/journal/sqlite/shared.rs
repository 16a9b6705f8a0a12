//! What the writer shows to everybody once it is durable.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::hint::Hint;
use crate::journal::{Counts, Error, Forgotten, view::Version};
use crate::model::{PartnerId, Sequence};

use super::draft::Draft;
use super::news::News;

/// What the writer shows to everybody once it is durable.
#[derive(Debug, Default)]
pub(in crate::journal) struct Shared {
    pub(in crate::journal) head: Hint<Sequence>,
    live: AtomicU64,
    removed: AtomicU64,
    versions: RwLock<HashMap<PartnerId, Arc<[Version]>>>,
    news: RwLock<News>,
    forgotten: Mutex<Forgotten>,
    /// Partners that tell what they hold, and up to where that was right since the start.
    agreed: Mutex<HashMap<PartnerId, Sequence>>,
    trouble: Mutex<Option<Error>>,
}

impl Shared {
    /// Makes a durable draft visible.
    pub(in crate::journal) fn show(&self, draft: &mut Draft) {
        let mut versions = self.versions.write().unwrap_or_else(PoisonError::into_inner);
        for (partner, scopes) in draft.scopes.drain(..) {
            versions.insert(partner, scopes.into());
        }
        drop(versions);
        // Before the head: whoever sees the head sees what led to it.
        self.news.write().unwrap_or_else(PoisonError::into_inner).add(&mut draft.news);
        *self.forgotten.lock().unwrap_or_else(PoisonError::into_inner) = draft.forgotten;
        self.live.store(draft.live, Ordering::Relaxed);
        self.removed.store(draft.gone, Ordering::Relaxed);
        let head = Sequence::new(draft.head);
        self.head.change(|_| head);
    }

    pub(in crate::journal) fn versions(&self, partner: &PartnerId) -> Arc<[Version]> {
        let versions = self.versions.read().unwrap_or_else(PoisonError::into_inner);
        versions.get(partner).cloned().unwrap_or_default()
    }

    /// May a partner that had these scopes find anything after this position?
    pub(in crate::journal) fn concern(&self, versions: &[Version], after: Sequence) -> bool {
        let news = self.news.read().unwrap_or_else(PoisonError::into_inner);
        news.concern(versions, after)
    }

    /// The latest position at which something changed for a partner that had these scopes.
    pub(in crate::journal) fn stirred(&self, versions: &[Version]) -> Sequence {
        let news = self.news.read().unwrap_or_else(PoisonError::into_inner);
        news.stirred(versions)
    }

    pub(in crate::journal) fn forgotten(&self) -> Forgotten {
        *self.forgotten.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::journal) fn counts(&self) -> Counts {
        let load = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts { live: load(&self.live), removed: load(&self.removed) }
    }

    fn agreements(&self) -> MutexGuard<'_, HashMap<PartnerId, Sequence>> {
        self.agreed.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(in crate::journal) fn tells(&self, partner: &PartnerId) {
        self.agreements().entry(partner.clone()).or_default();
    }

    pub(in crate::journal) fn agrees(&self, partner: &PartnerId, up_to: Sequence) {
        if let Some(agreed) = self.agreements().get_mut(partner) {
            *agreed = up_to.max(*agreed);
        }
    }

    pub(in crate::journal) fn agreed(&self, partner: &PartnerId) -> Option<Sequence> {
        self.agreements().get(partner).copied()
    }

    pub(in crate::journal) fn set_trouble(&self, now: Option<Error>) {
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

    pub(in crate::journal) fn trouble(&self) -> Option<Error> {
        self.trouble.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}
