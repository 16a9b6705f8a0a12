//! What the gateway was told, kept apart from everything that it keeps: which items are shown,
//! and what each partner may have.

use std::collections::BTreeMap;

use tokio::time::Instant;

use crate::model::{Kind, PublicId, Region};
use crate::partner::Scope;

/// Where an item is shown.
pub(super) type Place = (Kind, Region);

/// What one partner may have.
#[derive(Debug, Clone)]
pub(super) struct Terms {
    /// More than one while they change.
    pub(super) scopes: Vec<Scope>,
    /// Since when nothing new may be sent, if so.
    pub(super) held_back: Option<Instant>,
}

/// The truth of the moment.
#[derive(Debug, Default)]
pub(super) struct Truth {
    /// More than one place while an item moves; none once it was removed.
    items: BTreeMap<PublicId, Vec<Place>>,
    pub(super) terms: Vec<Terms>,
    /// Since when an item that a partner may have had is no longer its.
    uncovered: BTreeMap<(usize, PublicId), Instant>,
}

impl Truth {
    /// May the partner be shown this item?
    pub(super) fn covers(&self, site: usize, id: PublicId) -> bool {
        let scopes = self.terms.get(site).map(|terms| terms.scopes.as_slice()).unwrap_or_default();
        let places = self.items.get(&id).map(Vec::as_slice).unwrap_or_default();
        places.iter().any(|(kind, region)| scopes.iter().any(|scope| scope.covers(*kind, *region)))
    }

    /// Since when it may not, if so; never covered is since ever.
    pub(super) fn uncovered_since(&self, site: usize, id: PublicId) -> Option<Option<Instant>> {
        (!self.covers(site, id)).then(|| self.uncovered.get(&(site, id)).copied())
    }

    /// Everything that is shown, and what each partner should hold of it.
    pub(super) fn expected(&self, site: usize) -> Vec<PublicId> {
        self.items.keys().copied().filter(|id| self.covers(site, *id)).collect()
    }

    /// An item is about to be shown here, too.
    pub(super) fn gains(&mut self, id: PublicId, place: Place) {
        self.change(|truth| truth.items.entry(id).or_default().push(place));
    }

    /// It is shown here alone now, or nowhere.
    pub(super) fn is(&mut self, id: PublicId, place: Option<Place>) {
        self.change(|truth| {
            truth.items.insert(id, place.into_iter().collect());
        });
    }

    /// A partner's terms change.
    pub(super) fn agrees(&mut self, site: usize, change: impl FnOnce(&mut Terms)) {
        self.change(|truth| {
            if let Some(terms) = truth.terms.get_mut(site) {
                change(terms);
            }
        });
    }

    fn change(&mut self, change: impl FnOnce(&mut Self)) {
        let pairs = |truth: &Self| -> Vec<(usize, PublicId)> {
            let sites = 0..truth.terms.len();
            let pairs = sites.flat_map(|site| truth.items.keys().map(move |id| (site, *id)));
            pairs.filter(|(site, id)| truth.covers(*site, *id)).collect()
        };
        let before = pairs(self);
        change(self);
        for (site, id) in before {
            if !self.covers(site, id) {
                self.uncovered.insert((site, id), Instant::now());
            }
        }
    }
}
