//! What a document may show, and what follows from having shown it: nothing leaves before it is
//! noted how far it may reach (promise P3).

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use crate::journal::{Advance, Cursor, Entry, Error, Newest, Rung, Standing, Window};
use crate::metrics::Lane;
use crate::model::Sequence;
use crate::partner::Partner;

use super::super::Tools;
use super::{ITEMS_MAX, TOMBSTONES};

/// Most looks until nothing changed in between.
const LOOKS_MAX: usize = 3;

/// One document for one partner.
pub(super) struct Shown<'r> {
    pub(super) tools: &'r Tools,
    pub(super) partner: &'r Arc<Partner>,
    /// Where the partner stood before.
    pub(super) standing: Standing,
    pub(super) now: Timestamp,
}

impl Shown<'_> {
    /// What is shown, and up to where it is the whole truth.
    pub(super) async fn read(&self, withheld: bool) -> Result<(Newest, Sequence), Error> {
        let journal = &self.tools.journal;
        let mut head = journal.head();
        if withheld {
            return Ok((self.look(self.standing.feed_mark).await?, head));
        }
        let mut looks = 1;
        loop {
            if head > self.standing.feed_mark {
                journal.mark_document(&self.partner.id, head).await?;
            }
            let newest = self.look(head).await?;
            // What was edited in between stands beyond the mark and would be missing.
            if looks == LOOKS_MAX || journal.stirred(&self.partner.id) <= head {
                return Ok((newest, head));
            }
            (looks, head) = (looks + 1, journal.head());
        }
    }

    async fn look(&self, up_to: Sequence) -> Result<Newest, Error> {
        let since = self.now.checked_sub(TOMBSTONES).unwrap_or(Timestamp::MIN);
        let window = Window { up_to, since, untold: self.standing.pull, limit: ITEMS_MAX };
        self.tools.journal.newest(&self.partner.id, window).await
    }

    /// The document is given to the partner, and it is whole: everything up to then is told. A
    /// partner that also pulls says itself how far it is.
    pub(super) async fn told(&self, newest: &Newest, up_to: Sequence) -> Result<(), Error> {
        let passed = self.passed(newest, up_to);
        if self.partner.pull.is_some() || (passed.is_empty() && up_to <= self.standing.pull) {
            return Ok(());
        }
        let advance = Advance {
            partner: self.partner.id.clone(),
            cursor: Cursor::Pull,
            to: up_to,
            items: u32::try_from(passed.len()).unwrap_or(u32::MAX),
            rung: Rung::Accepted,
        };
        self.tools.journal.advance(advance).await?;
        for (lane, entry) in passed {
            let took = self.now.duration_since(entry.changed_at);
            let took = Duration::try_from(took).unwrap_or_default();
            self.tools.metrics.accepted(&self.partner.id, lane, took);
        }
        Ok(())
    }

    /// What is told for the first time. While publishes are held back the cursor passes them, so
    /// what was not yet shown counts, too.
    fn passed<'n>(&self, newest: &'n Newest, up_to: Sequence) -> Vec<(Lane, &'n Entry)> {
        let told = self.standing.pull;
        let shown = told.min(self.standing.feed_mark);
        let after =
            |entry: &&Entry, after| entry.item.modified > after && entry.item.modified <= up_to;
        let live = newest.live.iter().filter(|entry| after(entry, shown));
        let removed = newest.removed.iter().filter(|entry| after(entry, told));
        let live = live.map(|entry| (Lane::Publish, entry));
        live.chain(removed.map(|entry| (Lane::Remove, entry))).collect()
    }
}
