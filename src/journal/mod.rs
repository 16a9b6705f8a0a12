//! The ordered, durable record of what was published and removed (design §6).
//!
//! One ordered log, cursors, and no row per item × partner: what a partner may hold follows from
//! the scopes an item was ever visible in, the scopes the partner ever had, and the attempt mark.
//! Only the latest state of an item is kept; a removal blanks its text at once.
//!
//! # Positions
//! A position is a change number. The log gives each change of an item the next one. When a
//! partner's scope changes, a range of positions is set aside for that partner alone: item number
//! `n` enters or leaves at the range's start plus `n`. So its change number is higher than
//! anything the partner holds, no other partner sees a thing, and nothing is stored per item.
//! `view` is that rule as pure functions.

mod account;
mod action;
mod canary;
mod change;
mod commands;
mod custody;
mod entry;
mod error;
mod evidence;
mod glance;
mod holdings;
mod horizon;
mod inventory;
mod ledger;
mod listing;
mod newest;
mod progress;
mod secrets;
mod sqlite;
mod view;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use rusqlite::Connection;

use crate::clock::Clock;
use crate::hint::Listener;
use crate::model::{PartnerId, PublicId, Sequence};

pub use crate::metrics::{Channel, Lane};

pub use account::{Account, Back, Basis, Dated, Had, Holder, Past, Scoped, Witness};
pub use action::{Action, Block, Cause, Deed, Owed, Retracted};
pub use canary::Told;
pub use change::{Appended, Batch, Change, Comparison, Counts, SourceStanding};
pub use custody::{Spell, Taken};
pub use entry::{Entry, Page, Referral};
pub use error::Error;
pub use holdings::{Claim, Difference, Holdings};
pub use horizon::{Forgetting, Forgotten};
pub use inventory::{Checked, Inventory, Lacking};
pub use ledger::{Kept, LedgerPage, Retained};
pub use listing::{Listing, Newer, Search};
pub use newest::{Newest, Window};
pub use progress::{Advance, Backlog, Cursor, Enrolment, Flag, Proof, Proven, Rung, Standing};
pub use secrets::{Mark, Secret};
pub use sqlite::read::Want;
use sqlite::{append, parked, partners, read, store};

/// Entries of one page when they are only counted.
const COUNTED: usize = 1_000;

/// The journal. Cheap to clone.
#[derive(Debug, Clone)]
pub struct Journal(Arc<store::Store>);

impl Journal {
    /// Opens the journal in this folder, or makes one. One process at a time may have it open.
    ///
    /// # Errors
    /// When the folder can not be written, another process has it open, or the file is not ours.
    pub fn open(folder: &Path, clock: Clock) -> Result<Self, Error> {
        store::Store::open(folder, clock).map(Arc::new).map(Self)
    }

    /// Looks at the journal in this folder, also while another process writes it; none if there is
    /// none yet. Nothing can be stored.
    ///
    /// # Errors
    /// When it can not be read, or is of another version.
    pub fn look_in(folder: &Path, clock: Clock) -> Result<Option<Self>, Error> {
        let store = store::Store::look_in(folder, clock)?;
        Ok(store.map(|store| Self(Arc::new(store))))
    }

    /// A journal in memory, for the simulation.
    #[cfg(test)]
    pub(crate) fn in_memory(clock: Clock) -> Result<Self, Error> {
        store::Store::in_memory(clock).map(Arc::new).map(Self)
    }

    /// What another process would find after this one was killed.
    #[cfg(test)]
    pub(crate) fn after_a_crash(&self) -> Result<Self, Error> {
        self.0.after_a_crash().map(Arc::new).map(Self)
    }

    /// The latest position.
    #[must_use]
    pub fn head(&self) -> Sequence {
        self.0.shared.head.get()
    }

    /// Changes when there is something new: a hint, the journal carries the data.
    #[must_use]
    pub fn watch_head(&self) -> Listener<Sequence> {
        self.0.shared.head.listen()
    }

    /// Why nothing can be stored now; none when all is well.
    #[must_use]
    pub fn trouble(&self) -> Option<Error> {
        self.0.shared.trouble()
    }

    /// How many items are known.
    #[must_use]
    pub fn counts(&self) -> Counts {
        self.0.shared.counts()
    }

    /// Stores a batch; durable when it returns (promise P4).
    ///
    /// # Errors
    /// When it could not be stored; then nothing of it was.
    pub async fn append(&self, batch: Batch) -> Result<Appended, Error> {
        let now = self.0.clock.now();
        self.0.write(move |tx, draft| append::append(tx, draft, &batch, now)).await
    }

    /// Where the source stands.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn source(&self) -> Result<SourceStanding, Error> {
        self.0.read(append::source).await
    }

    /// Live items whose time has passed, oldest first.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn expired(&self, now: Timestamp, limit: usize) -> Result<Vec<PublicId>, Error> {
        self.0.read(move |db| read::expired(db, now, limit)).await
    }

    /// Live items of the core in order of their number in this journal, after `after`.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn live(&self, after: u64, limit: usize) -> Result<Vec<(u64, PublicId)>, Error> {
        self.0.read(move |db| read::live(db, after, limit)).await
    }

    /// Takes note of what each partner may have now. Items that left a scope become retractions,
    /// items that entered become publishes, for that partner alone.
    ///
    /// # Errors
    /// When it could not be stored; then nothing of it was.
    pub async fn enrol(&self, enrolments: Vec<Enrolment>) -> Result<(), Error> {
        let now = self.0.clock.now();
        self.0.write(move |tx, draft| partners::enrol(tx, draft, &enrolments, now)).await
    }

    /// Every partner that was ever enrolled.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn enrolled(&self) -> Result<Vec<PartnerId>, Error> {
        self.0.read(partners::enrolled).await
    }

    /// Was this partner ever enrolled? Before that a read tells nothing about it.
    #[must_use]
    pub fn knows(&self, partner: &PartnerId) -> bool {
        !self.0.shared.versions(partner).is_empty()
    }

    /// Where a partner stands; all zero for one that was never enrolled.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn standing(&self, partner: &PartnerId) -> Result<Standing, Error> {
        let partner = partner.clone();
        self.0.read(move |db| partners::standing(db, &partner)).await
    }

    /// What a partner is to see after a position, in order; at most `limit` entries.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn read(
        &self,
        partner: &PartnerId,
        channel: Channel,
        want: Want,
        (after, limit): (Sequence, usize),
    ) -> Result<Page, Error> {
        // The head first: a scope that comes in between then only adds a range behind it.
        let head = self.head();
        let versions = self.0.shared.versions(partner);
        if !self.0.shared.concern(&versions, after) {
            return Ok(Page { entries: Vec::new(), reached: after.max(head) });
        }
        let partner = partner.clone();
        let read = move |db: &Connection| {
            let mark = partners::standing(db, &partner)?.mark(channel);
            read::Reading { db, versions: &versions, mark, want }.page(after, head, limit)
        };
        match channel {
            Channel::Push => self.0.read(read).await,
            Channel::Pull => self.0.read_for_others(read).await,
        }
    }

    /// The present state of these items for a partner; those it can not hold are left out.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn look(
        &self,
        partner: &PartnerId,
        channel: Channel,
        ids: Vec<PublicId>,
    ) -> Result<Vec<Entry>, Error> {
        let versions = self.0.shared.versions(partner);
        let partner = partner.clone();
        self.0
            .read(move |db| {
                let mark = partners::standing(db, &partner)?.mark(channel);
                read::Reading { db, versions: &versions, mark, want: Want::Both }.look(&ids)
            })
            .await
    }

    /// May the partner hold anything by this channel, or is a retraction still open?
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn may_hold_anything(
        &self,
        partner: &PartnerId,
        channel: Channel,
    ) -> Result<bool, Error> {
        let standing = self.standing(partner).await?;
        let mark = standing.mark(channel);
        let in_doubt = channel == Channel::Push && standing.push_mark > standing.publish;
        if mark == Sequence::ZERO || in_doubt {
            return Ok(in_doubt);
        }
        let (mut after, head) = (Sequence::ZERO, self.head());
        while after < head {
            let page = self.read(partner, channel, Want::Publish, (after, COUNTED)).await?;
            if page.entries.iter().any(|entry| entry.item.modified <= mark) {
                return Ok(true);
            }
            after = page.reached;
        }
        Ok(self.backlog(partner, channel, Lane::Remove).await?.items > 0)
    }

    /// What waits in a lane.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn backlog(
        &self,
        partner: &PartnerId,
        channel: Channel,
        lane: Lane,
    ) -> Result<Backlog, Error> {
        let standing = self.standing(partner).await?;
        let cursor = standing.cursor(channel, lane);
        let mut backlog = match lane {
            Lane::Publish => self.publishes(partner, cursor).await?,
            // What was never sent is not owed.
            Lane::Remove if standing.mark(channel) == Sequence::ZERO => Backlog::default(),
            Lane::Remove => self.removals(partner, channel, cursor).await?,
        };
        if (channel, lane) == (Channel::Push, Lane::Remove) {
            let partner = partner.clone();
            let parked = self.0.read(move |db| parked::count(db, &partner)).await?;
            backlog.items = backlog.items.saturating_add(parked.items);
            backlog.oldest = backlog.oldest.into_iter().chain(parked.oldest).min();
        }
        Ok(backlog)
    }

    async fn publishes(&self, partner: &PartnerId, after: Sequence) -> Result<Backlog, Error> {
        let versions = self.0.shared.versions(partner);
        self.0.read(move |db| read::publishes(db, &versions, after)).await
    }

    /// Counts page by page: no long look at the file stands in the writer's way.
    async fn removals(
        &self,
        partner: &PartnerId,
        channel: Channel,
        after: Sequence,
    ) -> Result<Backlog, Error> {
        let (mut backlog, mut cursor, head) = (Backlog::default(), after, self.head());
        while cursor < head && backlog.items < read::BACKLOG_MAX {
            let page = self.read(partner, channel, Want::Remove, (cursor, COUNTED)).await?;
            backlog.items += u32::try_from(page.entries.len()).unwrap_or(u32::MAX);
            let oldest = page.entries.iter().map(|entry| entry.changed_at).min();
            backlog.oldest = backlog.oldest.into_iter().chain(oldest).min();
            if page.reached == cursor {
                break;
            }
            cursor = page.reached;
        }
        Ok(backlog)
    }

    /// Where a partner's referral of this item leads; none when it never was this partner's.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn referral(
        &self,
        partner: &PartnerId,
        id: PublicId,
    ) -> Result<Option<Referral>, Error> {
        let versions = self.0.shared.versions(partner);
        self.0.read(move |db| read::referral(db, &versions, id)).await
    }

    /// Notes how far a send may reach; durable when it returns. To be awaited *before* what is
    /// sent is read, so that a removal in between is either not sent or known to be owed.
    ///
    /// # Errors
    /// When it could not be stored; then nothing may be sent.
    pub async fn mark(
        &self,
        partner: &PartnerId,
        channel: Channel,
        up_to: Sequence,
    ) -> Result<(), Error> {
        let partner = partner.clone();
        self.0.write(move |tx, _| partners::mark(tx, &partner, channel, up_to)).await
    }

    /// Moves a cursor on and writes the receipt; durable when it returns.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn advance(&self, advance: Advance) -> Result<(), Error> {
        let now = self.0.clock.now();
        self.0.write(move |tx, _| partners::advance(tx, &advance, now)).await
    }

    /// Sets single refused items aside, so that they block nothing. Removals stay owed, and are as
    /// old as the change itself.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn park(
        &self,
        partner: &PartnerId,
        lane: Lane,
        items: Vec<(PublicId, Sequence, Timestamp)>,
    ) -> Result<(), Error> {
        let partner = partner.clone();
        let now = self.0.clock.now();
        let park = move |tx: &Connection, draft: &mut _| {
            parked::park(tx, draft, (&partner, lane, false), (&items, now))
        };
        self.0.write(park).await
    }

    /// Items that were set aside, those first that were tried longest ago.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn parked(
        &self,
        partner: &PartnerId,
        lane: Lane,
        limit: usize,
    ) -> Result<Vec<PublicId>, Error> {
        let partner = partner.clone();
        self.0.read(move |db| parked::parked(db, &partner, lane, limit)).await
    }

    /// Forgets items that were set aside.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn unpark(
        &self,
        partner: &PartnerId,
        lane: Lane,
        ids: Vec<PublicId>,
    ) -> Result<(), Error> {
        let partner = partner.clone();
        let now = self.0.clock.now();
        let unpark = move |tx: &Connection, draft: &mut _| {
            parked::unpark(tx, draft, (&partner, lane, false), (&ids, now))
        };
        self.0.write(unpark).await
    }

    /// Lets every live item enter the partner's scope anew, at a higher position, if some were
    /// skipped: so a pull partner gets what was held back from it.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn catch_up(&self, partner: &PartnerId) -> Result<(), Error> {
        let partner = partner.clone();
        let now = self.0.clock.now();
        self.0.write(move |tx, draft| partners::catch_up(tx, draft, &partner, now)).await
    }

    /// Sets a flag that outlives restarts.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn set_flag(&self, partner: &PartnerId, flag: Flag, on: bool) -> Result<(), Error> {
        let partner = partner.clone();
        self.0.write(move |tx, _| partners::set_flag(tx, &partner, flag, on)).await
    }

    /// Empties the write-ahead log when texts were blanked since, so that no copy outlives a
    /// removal by more than a few seconds (promise P8). To be called every second.
    ///
    /// # Errors
    /// When the journal is closed.
    pub async fn tidy(&self) -> Result<(), Error> {
        self.0.tidy().await
    }

    /// Finishes what is queued, empties the write-ahead log and lets go of the folder.
    pub async fn close(&self) {
        self.0.close().await;
    }
}

#[cfg(test)]
mod tests;
