//! What the journal can account for: who may hold or have held an item, and on which evidence it
//! is gone there; and what a partner may have held at a moment (promise P7).

use jiff::Timestamp;
use rusqlite::Connection;

use crate::model::{Kind, PartnerId, PublicId, Region, Sequence};

use super::sqlite::{account, actions, past};
use super::{Action, Channel, Error, Journal, Rung, Spell, Taken};

/// Partners looked at in one read: no long look at the file stands in the writer's way.
const PARTNERS: usize = 50;
/// Stays looked at in one read.
const STAYS: usize = 5_000;

/// Evidence, and when it was there at the latest.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Witness {
    /// Which.
    pub rung: Rung,
    /// When.
    pub at: Timestamp,
}

/// What is on record of one item. Holds no text and no name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Account {
    /// What it is.
    pub kind: Kind,
    /// Where it was last.
    pub region: Region,
    /// When it was shown first, if that is on record.
    pub published: Option<Timestamp>,
    /// When it was taken away; none while it is shown.
    pub removed: Option<Timestamp>,
    /// By command, rather than by the core.
    pub by_command: Option<Action>,
    /// Who may hold it, or may have held it.
    pub holders: Vec<Holder>,
    /// In whose scope it ever was, whatever was sent: it may have been shown on their pages.
    pub viewers: Vec<PartnerId>,
}

/// A partner that may hold the item, or may have held it, by one channel.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holder {
    /// Who.
    pub partner: PartnerId,
    /// By which channel.
    pub channel: Channel,
    /// A document may have shown it.
    pub document: bool,
    /// When it was there for the partner.
    pub spells: Vec<Dated>,
    /// The surest evidence that it arrived; none when it may have been sent and no more.
    pub received: Option<Witness>,
    /// How far it is taken back; none while it may be shown there.
    pub back: Option<Back>,
    /// The last lease that the partner accepted.
    pub lease: Option<Timestamp>,
}

/// A spell with its times, as far as they are on record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Dated {
    /// In positions.
    pub spell: Spell,
    /// When it began.
    pub since: Option<Timestamp>,
    /// When it ended.
    pub until: Option<Timestamp>,
}

/// How far an item is taken back.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Back {
    /// What can be said.
    pub taken: Taken,
    /// Since when it is owed.
    pub owed_since: Option<Timestamp>,
    /// What is on record, the weakest first.
    pub evidence: Vec<Witness>,
    /// When the partner refused it.
    pub refused: Vec<Timestamp>,
    /// When it was found with the partner although it had accepted.
    pub found: Vec<Timestamp>,
    /// By whom it was closed instead.
    pub closed: Option<Action>,
}

/// What a partner may have held at a moment.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Past {
    /// Hash of the agreement then.
    pub agreement: Option<String>,
    /// Until when it might show what it held.
    pub lease: Option<Timestamp>,
    /// In the order in which the journal first saw them.
    pub items: Vec<Had>,
}

/// An item that it may have held then.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Had {
    /// Which; none if its name was forgotten.
    pub id: Option<PublicId>,
    /// What it is.
    pub kind: Kind,
    /// Where it was then.
    pub region: Region,
    /// On what that rests.
    pub basis: Basis,
}

/// On what it rests that a partner held something; the surest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Basis {
    /// It had been taken away, and nothing proved then that it was gone there.
    NotProvenGone,
    /// It may have been sent.
    MayBeSent,
    /// The partner had accepted or fetched everything up to it.
    Accepted,
}

/// A change of what a partner may have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scoped {
    /// When it was noted.
    pub at: Timestamp,
    /// After which position it holds.
    pub since: Sequence,
    /// Hash of the agreement.
    pub agreement: String,
    /// Codes of the regions whose requests it may have; `*` for all.
    pub requests: Vec<String>,
    /// The same of offers.
    pub offers: Vec<String>,
}

impl Journal {
    /// Who may hold or have held this item, and how far it is taken back; none if it is not known.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn account(&self, id: PublicId) -> Result<Option<Account>, Error> {
        let found = self.0.read_for_others(move |db| account::known(db, id)).await?;
        let Some(known) = found else { return Ok(None) };
        let now = self.0.clock.now();
        let (mut holders, mut viewers) = (Vec::new(), Vec::new());
        let partners = self.enrolled().await?;
        for some in partners.chunks(PARTNERS) {
            let (some, known) = (some.to_vec(), known.clone());
            let read = move |db: &Connection| account::of_partners(db, &known, &some, now);
            let (held, shown) = self.0.read_for_others(read).await?;
            holders.extend(held);
            viewers.extend(shown);
        }
        let by_command = self.0.read_for_others(move |db| account::by_command(db, id)).await?;
        Ok(Some(known.account(by_command, holders, viewers)))
    }

    /// What a partner may have held at a moment, at most.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn held_at(&self, partner: &PartnerId, at: Timestamp) -> Result<Past, Error> {
        let id = partner.clone();
        let then = self.0.read_for_others(move |db| past::then(db, &id, at)).await?;
        let mut past = Past { agreement: then.agreement(), lease: then.lease(), items: Vec::new() };
        let mut after = 0;
        loop {
            let now = then.clone();
            let read = move |db: &Connection| past::held(db, &now, after, STAYS);
            let (items, next) = self.0.read_for_others(read).await?;
            past.items.extend(items);
            match next {
                Some(next) => after = next,
                None => return Ok(past),
            }
        }
    }

    /// Every change of what a partner may have, the first first.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn scopes(&self, partner: &PartnerId) -> Result<Vec<Scoped>, Error> {
        let partner = partner.clone();
        self.0.read_for_others(move |db| account::scopes(db, &partner)).await
    }

    /// Everything that was done to this partner, the first first.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn deeds(&self, partner: &PartnerId) -> Result<Vec<Action>, Error> {
        let partner = partner.clone();
        let read = move |db: &Connection| actions::of_partner(db, &partner, account::DEEDS_MAX);
        let mut deeds = self.0.read_for_others(read).await?;
        deeds.reverse();
        Ok(deeds)
    }
}
