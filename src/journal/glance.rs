//! Small looks that cost next to nothing, for pages that show everything at once.

use std::collections::BTreeSet;

use rusqlite::Connection;

use crate::model::{PartnerId, PublicId};

use super::{Error, Journal};

impl Journal {
    /// Everybody to whom publishes were stopped by command.
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn paused(&self) -> Result<BTreeSet<PartnerId>, Error> {
        let read = |db: &Connection| {
            let mut statement = db.prepare_cached("SELECT id FROM partner WHERE paused = 1")?;
            let ids = statement.query_map([], |row| row.get::<_, String>(0))?;
            ids.map(|id| id?.parse().map_err(|_| Error::Odd("partner.id"))).collect()
        };
        self.0.read_for_others(read).await
    }

    /// Is or was there an item with this id, as far as is kept?
    ///
    /// # Errors
    /// When the journal can not be read.
    pub async fn is_known(&self, id: PublicId) -> Result<bool, Error> {
        let read = move |db: &Connection| {
            let mut statement = db.prepare_cached("SELECT 1 FROM item WHERE id = ?1")?;
            Ok(statement.exists([id.as_bytes()])?)
        };
        self.0.read_for_others(read).await
    }
}
