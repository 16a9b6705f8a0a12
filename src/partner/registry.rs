//! The partners in force: shared by all, swapped whole on reload.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::watch;

use crate::model::PartnerId;

use super::profile::Partner;

/// Partners by id.
pub type Partners = BTreeMap<PartnerId, Arc<Partner>>;

/// The current set. Cheap to clone; every clone sees the same set.
#[derive(Debug, Clone)]
pub struct Registry(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    set: watch::Sender<Arc<Partners>>,
    /// Changes under way.
    changes: AtomicU64,
}

/// A change of the set that is under way: until it is dropped, no partner of the old set is in
/// force.
#[derive(Debug)]
pub struct Change(Arc<Inner>);

impl Drop for Change {
    fn drop(&mut self) {
        self.0.changes.fetch_sub(1, Ordering::SeqCst);
    }
}

impl Registry {
    /// Starts with these partners.
    #[must_use]
    pub fn new(partners: Vec<Partner>) -> Self {
        let set = watch::Sender::new(by_id(partners));
        Self(Arc::new(Inner { set, changes: AtomicU64::new(0) }))
    }

    /// The set as it is now; a reload does not change a set that was taken.
    #[must_use]
    pub fn current(&self) -> Arc<Partners> {
        self.0.set.borrow().clone()
    }

    /// Puts another set in force, whole.
    pub fn replace(&self, partners: Vec<Partner>) {
        self.0.set.send_replace(by_id(partners));
    }

    /// Begins a change: nothing more leaves under the old set, while the new one is noted.
    #[must_use = "the change is over when this is dropped"]
    pub fn begin_change(&self) -> Change {
        self.0.changes.fetch_add(1, Ordering::SeqCst);
        Change(self.0.clone())
    }

    /// Is this very profile, and not one before or after it, in force now? To be asked right
    /// before anything leaves (promise P2).
    #[must_use]
    pub fn is_in_force(&self, partner: &Partner) -> bool {
        let now =
            |set: &Partners| set.get(&partner.id).is_some_and(|p| std::ptr::eq(&**p, partner));
        self.0.changes.load(Ordering::SeqCst) == 0 && now(&self.0.set.borrow())
    }

    /// Tells of every replacement after now.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<Partners>> {
        self.0.set.subscribe()
    }
}

fn by_id(partners: Vec<Partner>) -> Arc<Partners> {
    let keyed = partners.into_iter().map(|partner| (partner.id.clone(), Arc::new(partner)));
    Arc::new(keyed.collect())
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Environment;

    use super::super::load_all;
    use super::*;

    #[test]
    fn a_reload_swaps_the_whole_set_and_tells_of_it() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("partners");
        let mut partners = load_all(&folder, &Environment::default()).unwrap();
        let registry = Registry::new(partners.clone());
        let (same, mut news) = (registry.clone(), registry.subscribe());
        let before = registry.current();
        assert!(!news.has_changed().unwrap());
        partners.truncate(1);
        registry.replace(partners);
        assert!(news.has_changed().unwrap());
        assert_eq!(news.borrow_and_update().len(), 1);
        assert_eq!((before.len(), same.current().len()), (3, 1));
    }
}
