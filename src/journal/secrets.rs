//! Since when the secrets of partners are in use: the journal sees keyed digests of them, never more.

use jiff::Timestamp;

use crate::model::PartnerId;

use super::sqlite::secrets;
use super::{Error, Journal};

/// A secret as the journal may know it: its way, and a keyed digest.
pub type Mark = (&'static str, [u8; 16]);

/// A secret that a partner's file names now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Secret {
    /// `push`, `pull` or `feed`.
    pub way: String,
    /// When this gateway saw it first.
    pub since: Timestamp,
}

impl Journal {
    /// Takes note of the secrets in use, by their ways and keyed digests; what is not among them is
    /// forgotten.
    ///
    /// # Errors
    /// When it could not be stored.
    pub async fn note_secrets(&self, used: Vec<(PartnerId, Vec<Mark>)>) -> Result<(), Error> {
        let now = self.0.clock.now().as_millisecond();
        let note = move |tx: &_, _: &mut _| {
            used.iter().try_for_each(|(partner, used)| secrets::note(tx, partner, (used, now)))
        };
        self.0.write(note).await
    }

    /// The secrets that a partner's file names, the oldest first.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn secrets(&self, partner: &PartnerId) -> Result<Vec<Secret>, Error> {
        let partner = partner.clone();
        self.0.read_for_others(move |db| secrets::all(db, &partner)).await
    }
}
