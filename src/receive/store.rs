//! What a site holds. Pure: knows no socket and no clock.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::{Arc, PoisonError, RwLock};

use jiff::Timestamp;

use super::wire::{Asked, Held, Holding, Item, Lease};
use crate::model::{Digest, Kind, Sequence};

/// Most entries a site holds, tombstones included.
pub const ENTRIES_MAX: usize = 1_000_000;

/// Most entries of a list that is asked for.
const LIST_MAX: usize = 1_000;

/// No room for another entry; entries that are held already still change and go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the store is full")]
pub struct Full;

/// One item that is held, or the tombstone of one that is gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Request or offer.
    pub kind: Kind,
    /// The change number it came with.
    pub modified: Sequence,
    /// What to show, as a JSON object; a tombstone keeps none.
    pub data: Option<Arc<str>>,
}

impl Entry {
    /// The code of its region; empty when its data has none.
    fn region(&self) -> Arc<str> {
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Place {
            region: Code,
        }
        #[derive(serde::Deserialize, Default)]
        #[serde(default)]
        struct Code {
            code: Box<str>,
        }
        let data = self.data.as_deref().unwrap_or_default();
        serde_json::from_str::<Place>(data).unwrap_or_default().region.code.into()
    }
}

/// Everything a site holds.
///
/// Invariant: `digest` and `live` tell of exactly those entries that have data, and `order` names
/// each entry once.
#[derive(Debug)]
pub struct Holdings {
    entries: HashMap<Arc<str>, Entry>,
    order: BTreeSet<(Sequence, Arc<str>)>,
    digest: Digest,
    live: usize,
    removals: u64,
    lease: Option<Lease>,
    entries_max: usize,
}

impl Default for Holdings {
    fn default() -> Self {
        Self::bounded(ENTRIES_MAX)
    }
}

impl Holdings {
    /// Nothing yet, and room for so many entries.
    #[must_use]
    pub fn bounded(entries_max: usize) -> Self {
        Self {
            entries: HashMap::new(),
            order: BTreeSet::new(),
            digest: Digest::EMPTY,
            live: 0,
            removals: 0,
            lease: None,
            entries_max,
        }
    }

    /// Applies an item if its change number is higher than that of what is held under its id,
    /// tombstones included. So order and repetition do not matter, and what was taken back stays
    /// gone even when an older message arrives late. Says whether anything changed.
    ///
    /// # Errors
    /// When the item is not known yet and there is no room.
    pub fn apply(&mut self, item: Item) -> Result<bool, Full> {
        let Item { id, kind, modified, data } = item;
        let held = self.entries.get(&id);
        if held.is_some_and(|held| held.modified >= modified) {
            return Ok(false);
        }
        if held.is_none() && self.entries.len() >= self.entries_max {
            return Err(Full);
        }
        let before = self.forget(&id);
        let after = Entry { kind, modified, data };
        if after.data.is_some() {
            self.live += 1;
            self.turn_digest(&id, modified);
        } else if before.is_some_and(|entry| entry.data.is_some()) {
            self.removals += 1;
        }
        self.order.insert((modified, id.clone()));
        self.entries.insert(id, after);
        Ok(true)
    }

    fn forget(&mut self, id: &Arc<str>) -> Option<Entry> {
        let entry = self.entries.remove(id)?;
        self.order.remove(&(entry.modified, id.clone()));
        if entry.data.is_some() {
            self.live -= 1;
            self.turn_digest(id, entry.modified);
        }
        Some(entry)
    }

    /// The same turn adds an item to the digest and takes it out.
    fn turn_digest(&mut self, id: &str, modified: Sequence) {
        self.digest.turn(Digest::of(id, modified));
    }

    /// What a careless receiver does.
    #[cfg(test)]
    pub(crate) fn forget_tombstone(&mut self, id: &Arc<str>) {
        if self.entries.get(id).is_some_and(|entry| entry.data.is_none()) {
            self.forget(id);
        }
    }

    /// Drops everything, tombstones included, but not the lease: for a reader that has to start
    /// again from the first page.
    pub fn clear(&mut self) {
        *self =
            Self { lease: self.lease, removals: self.removals, ..Self::bounded(self.entries_max) };
    }

    /// Takes note of a lease. The gateway's last word counts, also when it shortens the lease; a
    /// message that was overtaken by a later one changes nothing.
    pub fn renew(&mut self, lease: Lease) {
        let order = |lease: Lease| (lease.said, lease.until);
        if self.lease.is_none_or(|held| order(held) < order(lease)) {
            self.lease = Some(lease);
        }
    }

    /// May anything be shown now? Silence removes: not after the end of the lease.
    #[must_use]
    pub fn showing(&self, now: Timestamp) -> bool {
        self.lease.is_none_or(|lease| now <= lease.until)
    }

    /// All entries, the latest change first, tombstones included; nothing after the lease.
    pub fn newest(&self, now: Timestamp) -> impl Iterator<Item = (&str, &Entry)> {
        let order = self.showing(now).then(|| self.order.iter().rev());
        order.into_iter().flatten().filter_map(|(_, id)| Some((id.as_ref(), self.entries.get(id)?)))
    }

    /// Items that are held, tombstones not counted.
    #[must_use]
    pub fn count(&self) -> usize {
        self.live
    }

    /// How often something that was held had to go.
    #[must_use]
    pub fn removals(&self) -> u64 {
        self.removals
    }

    /// When the lease ends, once one was given.
    #[must_use]
    pub fn valid_until(&self) -> Option<Timestamp> {
        self.lease.map(|lease| lease.until)
    }

    /// The digest of what is held for each kind and region. Where an item is, its data says.
    #[must_use]
    pub fn buckets(&self) -> Vec<Held> {
        let mut buckets: BTreeMap<(Kind, Arc<str>), (usize, Digest)> = BTreeMap::new();
        for (id, entry) in self.live() {
            let (count, digest) = buckets.entry((entry.kind, entry.region())).or_default();
            *count += 1;
            digest.turn(Digest::of(id, entry.modified));
        }
        let held = |((kind, region), (count, digest)): ((Kind, Arc<str>), (usize, Digest))| Held {
            kind: kind.as_str(),
            region,
            count,
            digest: digest.to_string(),
        };
        buckets.into_iter().map(held).collect()
    }

    /// What is held of one kind in one region, in order of the ids.
    #[must_use]
    pub fn list(&self, asked: &Asked) -> Vec<Holding> {
        let fits = |(id, entry): &(&Arc<str>, &Entry)| {
            asked.after.as_deref().is_none_or(|after| ***id > *after)
                && entry.kind.as_str() == asked.kind
                && *entry.region() == *asked.region
        };
        let held = |(id, entry): (&Arc<str>, &Entry)| Holding {
            id: id.clone(),
            modified: entry.modified.get(),
        };
        let mut list: Vec<_> = self.live().filter(fits).map(held).collect();
        list.sort_by(|one, other| one.id.cmp(&other.id));
        list.truncate(asked.limit.min(LIST_MAX));
        list
    }

    fn live(&self) -> impl Iterator<Item = (&Arc<str>, &Entry)> {
        self.entries.iter().filter(|(_, entry)| entry.data.is_some())
    }

    /// XOR over the held items of SHA-256 of `id:modified`, as 64 hex digits.
    #[must_use]
    pub fn digest(&self) -> String {
        self.digest.to_string()
    }
}

/// Holdings that tasks share. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Store(Arc<RwLock<Holdings>>);

impl Store {
    /// Looks at the holdings.
    pub fn read<R>(&self, look: impl FnOnce(&Holdings) -> R) -> R {
        look(&self.0.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the holdings; the others see all of it or nothing.
    pub fn write<R>(&self, change: impl FnOnce(&mut Holdings) -> R) -> R {
        change(&mut self.0.write().unwrap_or_else(PoisonError::into_inner))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn item(id: &str, modified: u64, data: Option<&str>) -> Item {
        Item {
            id: id.into(),
            kind: Kind::Request,
            modified: Sequence::new(modified),
            data: data.map(Into::into),
        }
    }

    fn shown(holdings: &Holdings) -> Vec<(String, u64, Option<String>)> {
        let mut all: Vec<_> = holdings
            .newest(Timestamp::UNIX_EPOCH)
            .map(|(id, entry)| {
                let data = entry.data.as_deref().map(str::to_owned);
                (id.to_owned(), entry.modified.get(), data)
            })
            .collect();
        all.sort();
        all
    }

    #[test]
    fn only_what_is_higher_is_applied_tombstones_included() {
        // what came before → what comes → is it applied, and is the item shown afterwards?
        type Change = (u64, bool);
        let table: [(&[Change], Change, bool, bool); 7] = [
            (&[], (5, true), true, true),
            (&[], (5, false), true, false),
            (&[(5, true)], (6, true), true, true),
            (&[(5, true)], (5, false), false, true),
            (&[(5, true)], (4, false), false, true),
            (&[(5, true), (6, false)], (5, true), false, false),
            (&[(5, true), (6, false)], (7, true), true, true),
        ];
        for (before, (modified, live), applied, shown) in table {
            let mut holdings = Holdings::default();
            for (modified, live) in before {
                holdings.apply(item("a", *modified, live.then_some("{}"))).unwrap();
            }
            let came = item("a", modified, live.then_some("{}"));
            assert_eq!(holdings.apply(came), Ok(applied), "{before:?}, then {modified}");
            assert_eq!(holdings.count(), usize::from(shown), "{before:?}, then {modified}");
        }
    }

    #[test]
    fn a_full_store_refuses_what_is_new_and_still_takes_away() {
        let mut holdings = Holdings::bounded(1);
        holdings.apply(item("a", 1, Some("{}"))).unwrap();
        assert_eq!(holdings.apply(item("b", 2, Some("{}"))), Err(Full));
        assert_eq!(holdings.apply(item("a", 3, None)), Ok(true));
        assert_eq!((holdings.count(), holdings.removals()), (0, 1));
    }

    #[test]
    fn the_digest_is_that_of_the_live_items() {
        let mut holdings = Holdings::default();
        assert_eq!(holdings.digest(), "0".repeat(64));
        holdings.apply(item("a", 1, Some("{}"))).unwrap();
        assert_eq!(holdings.digest(), Digest::of("a", 1).to_string());
        holdings.apply(item("b", 2, Some("{}"))).unwrap();
        holdings.apply(item("a", 3, None)).unwrap();
        assert_eq!(holdings.digest(), Digest::of("b", 2).to_string());
    }

    #[test]
    fn silence_removes() {
        let at = |second| Timestamp::from_second(second).unwrap();
        let mut holdings = Holdings::default();
        holdings.apply(item("a", 1, Some("{}"))).unwrap();
        assert_eq!(holdings.newest(at(1_000)).count(), 1, "no lease was given yet");
        let lease = |said, until| Lease { said: at(said), until: at(until) };
        holdings.renew(lease(2, 100));
        holdings.renew(lease(1, 90)); // overtaken
        assert_eq!(holdings.newest(at(100)).count(), 1);
        assert_eq!(holdings.newest(at(101)).count(), 0);
        holdings.renew(lease(3, 200));
        assert_eq!(holdings.newest(at(101)).count(), 1, "a renewal brings it back");
        holdings.renew(lease(4, 50));
        assert_eq!(holdings.newest(at(51)).count(), 0, "the last word may shorten it");
    }

    #[test]
    fn the_newest_change_comes_first() {
        let mut holdings = Holdings::default();
        for (id, modified) in [("a", 1), ("b", 2), ("c", 3), ("a", 4)] {
            holdings.apply(item(id, modified, Some("{}"))).unwrap();
        }
        let ids: Vec<_> = holdings.newest(Timestamp::UNIX_EPOCH).map(|(id, _)| id).collect();
        assert_eq!(ids, ["a", "c", "b"]);
    }

    proptest! {
        /// The same items in any order and any number of times end in the same set.
        #[test]
        fn order_and_repetition_do_not_matter(
            states in prop::collection::vec((0_u8..6, any::<bool>()), 1..40),
            turns in prop::collection::vec(any::<prop::sample::Index>(), 0..80),
        ) {
            // A change number is given out once, so it always comes with the same state.
            let items: Vec<Item> = (1..)
                .zip(&states)
                .map(|(modified, (id, live))| {
                    let data = format!(r#"{{"title":"{modified}"}}"#);
                    item(&id.to_string(), modified, live.then_some(data.as_str()))
                })
                .collect();
            let (mut straight, mut shuffled) = (Holdings::default(), Holdings::default());
            for one in &items {
                straight.apply(one.clone()).unwrap();
            }
            let repeated = turns.iter().map(|turn| turn.get(&items));
            for one in repeated.chain(items.iter().rev()) {
                shuffled.apply(one.clone()).unwrap();
            }
            prop_assert_eq!(shown(&straight), shown(&shuffled));
            prop_assert_eq!(straight.digest(), shuffled.digest());
            prop_assert_eq!(straight.count(), shuffled.count());
        }
    }
}
