//! What a partner should hold, how what it says differs from that, and what is proven.

use jiff::Timestamp;
use rusqlite::Connection;

use crate::model::{Kind, PartnerId, PublicId, Region, Sequence};

use super::sqlite::{holdings as compare, parked, partners, receipts};
use super::{Channel, Claim, Difference, Error, Holdings, Journal, Lane, Proof, Proven};

impl Journal {
    /// Sets removals aside that a letter asks for: open until a person confirms them.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn ask(
        &self,
        partner: &PartnerId,
        items: Vec<(PublicId, Sequence, Timestamp)>,
    ) -> Result<(), Error> {
        let (partner, now) = (partner.clone(), self.0.clock.now());
        let ask = move |tx: &Connection, draft: &mut _| {
            parked::park(tx, draft, (&partner, Lane::Remove, true), (&items, now))
        };
        self.0.write(ask).await
    }

    /// A person confirmed these.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn confirm(&self, partner: &PartnerId, ids: Vec<PublicId>) -> Result<(), Error> {
        let (partner, now) = (partner.clone(), self.0.clock.now());
        let confirm = move |tx: &Connection, draft: &mut _| {
            parked::unpark(tx, draft, (&partner, Lane::Remove, true), (&ids, now))
        };
        self.0.write(confirm).await
    }

    /// What the partner should hold when it has dealt with everything up to now.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn expected(&self, partner: &PartnerId) -> Result<Holdings, Error> {
        let partner = partner.clone();
        let read = move |db: &Connection| compare::expected(db, &partners::versions(db, &partner)?);
        self.0.read_for_others(read).await
    }

    /// Items of one kind in one region that the partner should hold, at most `limit`.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn expected_of(
        &self,
        partner: &PartnerId,
        bucket: (Kind, Region),
        limit: usize,
    ) -> Result<Vec<(PublicId, Sequence)>, Error> {
        let versions = self.0.shared.versions(partner);
        let read = move |db: &Connection| compare::of_bucket(db, &versions, bucket, limit);
        self.0.read_for_others(read).await
    }

    /// How these claims differ from what the partner should hold; those that fit are left out.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn differences(
        &self,
        partner: &PartnerId,
        channel: Channel,
        claims: Vec<Claim>,
    ) -> Result<Vec<Difference>, Error> {
        let versions = self.0.shared.versions(partner);
        let partner = partner.clone();
        let read = move |db: &Connection| {
            let mark = partners::standing(db, &partner)?.mark(channel);
            compare::differences(db, &versions, (&claims, mark))
        };
        self.0.read_for_others(read).await
    }

    /// Writes evidence down that did not come from a lane.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn prove(&self, proof: Proof) -> Result<(), Error> {
        let now = self.0.clock.now();
        self.0.write(move |tx, _| receipts::prove(tx, &proof, now)).await
    }

    /// The latest evidence of each sort, the weakest first.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn proven(&self, partner: &PartnerId) -> Result<Vec<Proven>, Error> {
        let partner = partner.clone();
        self.0.read(move |db| receipts::proven(db, &partner)).await
    }

    /// Notes, in memory, that a partner tells with its answers what it holds.
    pub fn tells(&self, partner: &PartnerId) {
        self.0.shared.tells(partner);
    }

    /// Notes, in memory, that what it told was right up to here.
    pub fn agrees(&self, partner: &PartnerId, up_to: Sequence) {
        self.0.shared.agrees(partner, up_to);
    }

    /// Notes whether the partner tells that it holds something else than it should: then no answer
    /// of it proves anything.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn set_differs(&self, partner: &PartnerId, differs: bool) -> Result<(), Error> {
        let (partner, now) = (partner.clone(), self.0.clock.now());
        let set = move |tx: &Connection, draft: &mut _| {
            partners::set_differs(tx, draft, (&partner, differs), now)
        };
        self.0.write(set).await
    }

    /// Notes until when the partner may show what it holds.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn set_lease(&self, partner: &PartnerId, until: Timestamp) -> Result<(), Error> {
        let (partner, now) = (partner.clone(), self.0.clock.now());
        let set = move |tx: &Connection, draft: &mut _| {
            partners::set_lease(tx, draft, (&partner, until), now)
        };
        self.0.write(set).await
    }
}
