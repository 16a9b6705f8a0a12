//! The full comparison with the core (design §4): publish what is new or different, remove what
//! the journal holds live and the view lacks.
//!
//! It runs in steps between which changes are heard, so that it delays no removal. A candidate
//! for removal is looked for in the view once more before it is removed, so that an item placed
//! while the comparison ran is not lost.

use std::collections::HashSet;

use crate::journal::{Appended, Batch, Change, Comparison};
use crate::minimise::CoreId;
use crate::model::{Bits, PublicId};
use crate::source::{self, Source};

use super::{Error, Ingest};

/// Rows of the view in one step.
const PAGE: usize = 1_000;
/// Ids of the view in one step of the second look.
const KEYS: usize = 10_000;
/// Live items that are checked off in one step.
const CHECK: usize = 10_000;

/// A comparison under way.
#[derive(Debug)]
pub(super) struct Compare {
    phase: Phase,
    /// Numbers of items that the view was seen to hold, or that changed meanwhile.
    seen: Bits,
    /// Items that the view lacked.
    lacking: HashSet<PublicId>,
    /// Live items of the core when they were checked off; the gateway's own is none of them.
    live_before: u64,
    removed: u32,
}

#[derive(Debug, Clone)]
enum Phase {
    /// Making the view ready, from its beginning or further.
    Gather(bool),
    /// Reading the view after this id.
    Pages(Option<CoreId>),
    /// Checking off live items after this number.
    Check(u64),
    /// Looking once more for what was lacking, after this id.
    Keys(Option<CoreId>),
    /// Removing what is still lacking.
    Remove,
}

impl Compare {
    pub(super) fn begin() -> Self {
        Self {
            phase: Phase::Gather(true),
            seen: Bits::default(),
            lacking: HashSet::new(),
            live_before: 0,
            removed: 0,
        }
    }

    /// A change was heard: the item's present state is known.
    pub(super) fn touched(&mut self, id: PublicId) {
        self.lacking.remove(&id);
    }

    /// These items need no further look.
    pub(super) fn seen(&mut self, appended: &Appended) {
        appended.numbers.iter().flatten().for_each(|number| self.seen.insert(*number));
    }
}

impl<S: Source> Ingest<S> {
    /// One step of the comparison that is under way, if one is.
    pub(super) async fn step(&mut self) -> Result<(), Error> {
        let Some(phase) = self.compare.as_ref().map(|compare| compare.phase.clone()) else {
            return Ok(());
        };
        let next = match phase {
            Phase::Gather(anew) => self.gather(anew).await?,
            Phase::Pages(after) => self.page(after).await?,
            Phase::Check(after) => self.check(after).await?,
            Phase::Keys(after) => self.keys(after).await?,
            Phase::Remove => self.remove().await?,
        };
        match (next, &mut self.compare) {
            (Some(next), Some(compare)) => compare.phase = next,
            (_, compare) => {
                *compare = None;
                self.source.release();
            }
        }
        Ok(())
    }

    async fn gather(&mut self, anew: bool) -> Result<Option<Phase>, Error> {
        let ready = self.source.gather(anew).await?;
        Ok(Some(if ready { Phase::Pages(None) } else { Phase::Gather(false) }))
    }

    async fn page(&mut self, after: Option<CoreId>) -> Result<Option<Phase>, Error> {
        let rows = match self.source.page(after.as_ref(), PAGE).await {
            // Without the column nothing can be published, but what is gone is still removed.
            Err(source::Error::ColumnMissing(column)) => {
                let compare = self.compare.take();
                self.stop_publishing(column);
                self.compare = compare;
                return Ok(Some(Phase::Check(0)));
            }
            rows => rows?,
        };
        self.tools.follows(); // every column is there
        let Some(last) = rows.last().map(|row| row.id().clone()) else {
            return Ok(Some(Phase::Check(0)));
        };
        let changes = self.tools.judge_all(&rows);
        let appended = self.store(Batch { changes, ..Batch::default() }).await?;
        if let Some(compare) = &mut self.compare {
            compare.seen(&appended);
        }
        Ok(Some(Phase::Pages(Some(last))))
    }

    async fn check(&mut self, after: u64) -> Result<Option<Phase>, Error> {
        let live = self.tools.journal.live(after, CHECK).await?;
        let Some(compare) = &mut self.compare else { return Ok(None) };
        compare.live_before += u64::try_from(live.len()).unwrap_or(u64::MAX);
        let lacking = live.iter().filter(|(number, _)| !compare.seen.contains(*number));
        compare.lacking.extend(lacking.map(|(_, id)| *id));
        Ok(Some(match live.last() {
            Some((number, _)) => Phase::Check(*number),
            None if compare.lacking.is_empty() => Phase::Remove,
            None => Phase::Keys(None),
        }))
    }

    async fn keys(&mut self, after: Option<CoreId>) -> Result<Option<Phase>, Error> {
        let keys = self.source.keys(after.as_ref(), KEYS).await?;
        let Some(compare) = &mut self.compare else { return Ok(None) };
        for key in &keys {
            compare.lacking.remove(&self.tools.policy.public_id(key));
        }
        Ok(Some(match keys.into_iter().next_back() {
            Some(last) => Phase::Keys(Some(last)),
            None => Phase::Remove,
        }))
    }

    async fn remove(&mut self) -> Result<Option<Phase>, Error> {
        let Some(compare) = &mut self.compare else { return Ok(None) };
        let some: Vec<PublicId> = compare.lacking.iter().take(PAGE).copied().collect();
        for id in &some {
            compare.lacking.remove(id);
        }
        let done = some.is_empty();
        // What could not be published because of a missing column is still owed.
        let comparison = (done && self.column_missing.is_none()).then_some(Comparison::Done);
        let changes = some.into_iter().map(Change::Remove).collect();
        let appended = self.store(Batch { changes, position: None, comparison }).await?;
        let Some(compare) = &mut self.compare else { return Ok(None) };
        compare.removed += appended.removed;
        if !done {
            return Ok(Some(Phase::Remove));
        }
        report(compare);
        Ok(None)
    }
}

/// A comparison that removes much is carried out, and alarms.
fn report(compare: &Compare) {
    let (removed, live_before) = (compare.removed, compare.live_before);
    if u64::from(removed) * 10 > live_before {
        tracing::error!(removed, live_before, "the comparison removed more than a tenth");
    } else {
        tracing::info!(removed, live_before, "compared everything with the core");
    }
}
