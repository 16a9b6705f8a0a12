//! The partners in force: shared by all, swapped whole on reload.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::watch;

use crate::model::PartnerId;

use super::profile::Partner;

/// Partners by id.
pub type Partners = BTreeMap<PartnerId, Arc<Partner>>;

/// The current set. Cheap to clone; every clone sees the same set.
#[derive(Debug, Clone)]
pub struct Registry(Arc<watch::Sender<Arc<Partners>>>);

impl Registry {
    /// Starts with these partners.
    #[must_use]
    pub fn new(partners: Vec<Partner>) -> Self {
        Self(Arc::new(watch::Sender::new(by_id(partners))))
    }

    /// The set as it is now; a reload does not change a set that was taken.
    #[must_use]
    pub fn current(&self) -> Arc<Partners> {
        self.0.borrow().clone()
    }

    /// Puts another set in force, whole.
    pub fn replace(&self, partners: Vec<Partner>) {
        self.0.send_replace(by_id(partners));
    }

    /// Tells of every replacement after now.
    #[must_use]
    pub fn subscribe(&self) -> watch::Receiver<Arc<Partners>> {
        self.0.subscribe()
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
