//! Removals that a partner took, and still shows or holds.
//!
//! A 2xx is the weakest evidence. What the partner's own list or page says against it weighs more:
//! the removal stays open until the same witness no longer finds the item (promise P7).

use std::collections::BTreeSet;
use std::sync::{Mutex, MutexGuard, PoisonError};

use crate::model::PublicId;

/// Most items of one witness; a removal beyond them is closed by the next 2xx, and found again.
const ITEMS_MAX: usize = 10_000;

/// Who says so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Witness {
    /// The partner itself, when it is asked what it holds.
    Holdings,
    /// The page that the agreement declares.
    Page,
}

/// What is disputed of one partner.
#[derive(Debug, Default)]
pub(super) struct Disputed(Mutex<[BTreeSet<PublicId>; 2]>);

impl Disputed {
    fn sets(&self) -> MutexGuard<'_, [BTreeSet<PublicId>; 2]> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// These too.
    pub(super) fn add(&self, by: Witness, ids: impl IntoIterator<Item = PublicId>) {
        let mut sets = self.sets();
        let set = of(&mut sets, by);
        for id in ids {
            if set.len() < ITEMS_MAX {
                set.insert(id);
            }
        }
    }

    /// These, and no others. True if one that was disputed no longer is.
    pub(super) fn replace(&self, by: Witness, ids: BTreeSet<PublicId>) -> bool {
        let before = std::mem::take(of(&mut self.sets(), by));
        let settled = before.iter().any(|id| !ids.contains(id));
        self.add(by, ids);
        settled
    }

    /// Does anybody say that it is still there?
    pub(super) fn contains(&self, id: PublicId) -> bool {
        self.sets().iter().any(|set| set.contains(&id))
    }
}

fn of(sets: &mut [BTreeSet<PublicId>; 2], by: Witness) -> &mut BTreeSet<PublicId> {
    let [holdings, page] = sets;
    match by {
        Witness::Holdings => holdings,
        Witness::Page => page,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_witness_speaks_for_itself_and_there_is_a_bound() {
        let id = |n: u16| PublicId::from_bytes([n.to_be_bytes(); 8].concat().try_into().unwrap());
        let disputed = Disputed::default();
        disputed.add(Witness::Holdings, [id(1), id(2)]);
        assert!(!disputed.replace(Witness::Page, [id(2)].into()));
        assert!(disputed.replace(Witness::Holdings, [id(1)].into()), "2 is settled for one");
        assert!(disputed.contains(id(1)) && disputed.contains(id(2)), "not for the other");
        assert!(disputed.replace(Witness::Page, BTreeSet::new()));
        assert!(!disputed.contains(id(2)));
        disputed.add(Witness::Page, (0..20_000).map(id));
        assert!(disputed.contains(id(9_999)) && !disputed.contains(id(10_000)));
    }
}
