//! What the canary is told by: which stand, at which position, and how far a partner is with one.

use rusqlite::Connection;

use crate::model::{PartnerId, PublicId, Sequence};

use super::sqlite::{canary, partners};
use super::{Error, Journal, Standing};

/// How far one partner is, and whether it set this one item aside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Told {
    /// Its cursors.
    pub standing: Standing,
    /// Up to where it told rightly what it holds since the start; none if it does not tell.
    pub agreed: Option<Sequence>,
    /// It refused to show the item.
    pub refused: bool,
    /// It refused to take the item away, or that is to be said again.
    pub owed: bool,
}

impl Journal {
    /// Canaries that are shown now.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn canaries(&self) -> Result<Vec<PublicId>, Error> {
        self.0.read(canary::live).await
    }

    /// At which position an item changed last; none if it is not known.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn position(&self, id: PublicId) -> Result<Option<Sequence>, Error> {
        self.0.read(move |db| canary::position(db, id)).await
    }

    /// How far each of these partners is with its item, in the same order.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn told(&self, about: Vec<(PartnerId, PublicId)>) -> Result<Vec<Told>, Error> {
        let agreed: Vec<_> = about.iter().map(|(id, _)| self.0.shared.agreed(id)).collect();
        let told = move |db: &Connection| {
            let told = about.iter().zip(agreed).map(|((partner, id), agreed)| {
                let standing = partners::standing(db, partner)?;
                let (refused, owed) = canary::aside(db, partner, *id)?;
                Ok(Told { standing, agreed, refused, owed })
            });
            told.collect()
        };
        self.0.read_for_others(told).await
    }
}
