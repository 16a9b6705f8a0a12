//! What people do to the gateway: durable, and each with its reason.

use crate::model::PartnerId;

use super::sqlite::{actions, partners, retract};
use super::{Action, Block, Cause, Deed, Error, Flag, Journal, Owed, Retracted};

impl Journal {
    /// Takes away what a block names and keeps it away, whatever the core says; durable when it
    /// returns.
    ///
    /// # Errors
    /// When it could not be stored; then nothing of it was.
    pub async fn retract(&self, block: Block, cause: Cause) -> Result<Retracted, Error> {
        let now = self.0.clock.now();
        self.0.write(move |tx, draft| retract::retract(tx, draft, (block, &cause), now)).await
    }

    /// How far each partner is with what [`Journal::retract`] took away; none if there is no such
    /// action.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn progress(&self, action: u64) -> Result<Option<Vec<Owed>>, Error> {
        self.0.read_for_others(move |db| retract::progress(db, action)).await
    }

    /// Notes what a person did to a partner, and does it: [`Deed::Pause`] and [`Deed::Resume`] set
    /// the flag, [`Deed::Resync`] lets everything enter anew and repeats every removal,
    /// [`Deed::Close`] closes what is open, and the others are noted alone. Returns its number.
    ///
    /// # Errors
    /// When it could not be stored; then nothing was done.
    pub async fn act(&self, partner: &PartnerId, deed: Deed, cause: Cause) -> Result<u64, Error> {
        let (partner, now) = (partner.clone(), self.0.clock.now());
        self.0
            .write(move |tx, draft| {
                match deed {
                    Deed::Pause => partners::set_flag(tx, &partner, Flag::Paused, true)?,
                    Deed::Resume => {
                        partners::set_flag(tx, &partner, Flag::Paused, false)?;
                        partners::set_flag(tx, &partner, Flag::Gone, false)?;
                    }
                    Deed::Resync => {
                        partners::enter_anew(tx, draft, &partner, now)?;
                        partners::set_flag(tx, &partner, Flag::Repeat, true)?;
                    }
                    Deed::Close => actions::close(tx, draft, &partner, now)?,
                    Deed::Suspend
                    | Deed::Reinstate
                    | Deed::End
                    | Deed::RetractItem
                    | Deed::RetractAuthor
                    | Deed::Test => {}
                }
                actions::note(tx, draft, (deed, Some(&partner)), &cause, now)
            })
            .await
    }

    /// Ends a partner's agreement: nothing is in its scope any more. Returns the action's number.
    ///
    /// # Errors
    /// When it could not be stored; then nothing was done.
    pub async fn end(
        &self,
        partner: &PartnerId,
        agreement: String,
        cause: Cause,
    ) -> Result<u64, Error> {
        let (partner, now) = (partner.clone(), self.0.clock.now());
        self.0
            .write(move |tx, draft| {
                actions::end(tx, draft, &partner, &agreement, now)?;
                actions::note(tx, draft, (Deed::End, Some(&partner)), &cause, now)
            })
            .await
    }

    /// Agreements that were ended by command, by their hashes.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn ended(&self) -> Result<Vec<(PartnerId, String)>, Error> {
        self.0.read(partners::ended).await
    }

    /// What was done to a partner, the last thing first.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn actions(&self, partner: &PartnerId, limit: usize) -> Result<Vec<Action>, Error> {
        let partner = partner.clone();
        self.0.read(move |db| actions::of_partner(db, &partner, limit)).await
    }
}
