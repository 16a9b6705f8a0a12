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

mod append;
mod draft;
mod error;
mod partners;
mod read;
mod schema;
mod seal;
mod shared;
mod store;
mod view;
mod writer;

use std::path::Path;
use std::sync::Arc;

use jiff::Timestamp;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::minimise::Published;
use crate::model::{Item, PartnerId, PublicId, Sequence};
use crate::partner::Scope;
use crate::source::Position;

pub use crate::metrics::{Channel, Lane};

pub use error::Error;
pub use read::Want;

/// What happened to an item.
#[derive(Debug)]
pub enum Change {
    /// It is to be shown like this.
    Publish(Box<Published>),
    /// It is to be taken away everywhere.
    Remove(PublicId),
}

/// Whether everything still has to be compared with the core.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Comparison {
    /// There was a doubt.
    Owed,
    /// It was carried out.
    Done,
}

/// Changes that are stored in one transaction with the source position that covers them.
#[derive(Debug, Default)]
pub struct Batch {
    /// In the order in which they were read.
    pub changes: Vec<Change>,
    /// Where the source stands after them.
    pub position: Option<Position>,
    /// Remembers or forgets that a comparison is owed.
    pub comparison: Option<Comparison>,
}

/// What became of a batch.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Appended {
    /// Per change, the item's number in this journal; none for a removal of an unknown item.
    pub numbers: Vec<Option<u64>>,
    /// Changes that made or changed a live item; repeats are not counted.
    pub published: u32,
    /// Changes that took a live item away.
    pub removed: u32,
}

/// Where the source stands.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct SourceStanding {
    /// The last position that is durable here.
    pub position: Option<Position>,
    /// A comparison with the core is owed.
    pub comparison_owed: bool,
}

/// One of a partner's cursors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Cursor {
    /// Publishes accepted up to here.
    Publish,
    /// Removals accepted up to here.
    Remove,
    /// The partner asked for what comes after this.
    Pull,
}

/// How sure we are (promise P7); never overclaimed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Rung {
    /// 2xx.
    Accepted,
    /// The partner's answer named the items, or its cursor passed them.
    Confirmed,
}

/// A step of a cursor, with its receipt when it covered items.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Advance {
    /// Whose cursor.
    pub partner: PartnerId,
    /// Which cursor.
    pub cursor: Cursor,
    /// Where it stands now; a step back is ignored.
    pub to: Sequence,
    /// Items covered; no receipt is written for 0.
    pub items: u32,
    /// On which evidence.
    pub rung: Rung,
}

/// Something about a partner that outlives restarts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// Publishes were stopped by command.
    Paused,
    /// The endpoint answered 410.
    Gone,
    /// Publishes were held back while the pull cursor went on.
    Skipped,
}

/// Where a partner stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Standing {
    /// Publishes accepted up to here.
    pub publish: Sequence,
    /// Removals accepted up to here.
    pub remove: Sequence,
    /// The pull cursor.
    pub pull: Sequence,
    /// How far a push may have reached.
    pub push_mark: Sequence,
    /// How far an answer to a pull may have reached.
    pub pull_mark: Sequence,
    /// See [`Flag::Paused`].
    pub paused: bool,
    /// See [`Flag::Gone`].
    pub gone: bool,
    /// See [`Flag::Skipped`].
    pub skipped: bool,
}

/// An item as one partner is to see it, with the time of the change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The item; `modified` is its position for this partner.
    pub item: Item,
    /// When the change was stored.
    pub changed_at: Timestamp,
}

/// A stretch of what a partner is to see.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Page {
    /// In order of position.
    pub entries: Vec<Entry>,
    /// Everything up to here was considered.
    pub reached: Sequence,
}

/// What waits in a lane.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Backlog {
    /// Items, counted up to 100,000.
    pub items: u32,
    /// When the oldest removal among them was stored.
    pub oldest: Option<Timestamp>,
}

/// Where a referral leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Referral {
    /// The page where a visitor responds.
    Live(Box<str>),
    /// It was taken away.
    Removed,
}

/// What an agreement gives a partner now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// Who.
    pub partner: PartnerId,
    /// What it may have today; nothing while no agreement is in force.
    pub scope: Scope,
    /// Hash of the agreement in force.
    pub agreement: String,
}

/// How many items are known.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counts {
    /// Shown now.
    pub live: u64,
    /// Taken away; kept without text.
    pub removed: u64,
}

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

    /// The latest position.
    #[must_use]
    pub fn head(&self) -> Sequence {
        *self.0.shared.head.borrow()
    }

    /// Changes when there is something new: a hint, the journal carries the data.
    #[must_use]
    pub fn watch_head(&self) -> watch::Receiver<Sequence> {
        self.0.shared.head.subscribe()
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

    /// Live items in order of their number in this journal, after `after`.
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
        let partner = partner.clone();
        self.0
            .read(move |db| {
                let mark = partners::standing(db, &partner)?.mark(channel);
                read::Reading { db, versions: &versions, mark, want }.page(after, head, limit)
            })
            .await
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

    /// May the partner hold anything, or is a retraction still open?
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn may_hold_anything(&self, partner: &PartnerId) -> Result<bool, Error> {
        let standing = self.standing(partner).await?;
        for channel in Channel::ALL {
            let mark = standing.mark(*channel);
            let shown = self.read(partner, *channel, Want::Publish, (Sequence::ZERO, 1)).await?;
            let shown = shown.entries.iter().any(|entry| entry.item.modified <= mark);
            let open = self.backlog(partner, *channel, Lane::Remove).await?.items > 0;
            if mark > Sequence::ZERO && (shown || open) {
                return Ok(true);
            }
        }
        Ok(false)
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
        // The head first: a scope that comes in between then only adds a range behind it.
        let head = self.head();
        let versions = self.0.shared.versions(partner);
        let partner = partner.clone();
        self.0
            .read(move |db| {
                let standing = partners::standing(db, &partner)?;
                let (mark, cursor) = (standing.mark(channel), standing.cursor(channel, lane));
                let reading = read::Reading { db, versions: &versions, mark, want: Want::Remove };
                let mut backlog = match lane {
                    Lane::Publish => reading.publishes(cursor)?,
                    Lane::Remove => reading.removals(cursor, head)?,
                };
                if channel == Channel::Push {
                    partners::count_parked(db, &partner, lane, &mut backlog)?;
                }
                Ok(backlog)
            })
            .await
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
        self.0.write(move |tx, _| partners::park(tx, &partner, lane, &items)).await
    }

    /// Items that were set aside, oldest first.
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
        self.0.read(move |db| partners::parked(db, &partner, lane, limit)).await
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
        self.0.write(move |tx, _| partners::unpark(tx, &partner, lane, &ids)).await
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
