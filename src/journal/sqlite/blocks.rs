//! What may never be shown again, by a person's word and whatever the core says.

use rusqlite::{Connection, params};

use crate::journal::{Block, Error};
use crate::minimise::Published;

/// May this not be shown, by a person's word?
pub(super) fn is_blocked(tx: &Connection, item: &Published) -> Result<bool, Error> {
    let sql = "SELECT EXISTS (SELECT 1 FROM block
               WHERE (sort = 0 AND key = ?1) OR (sort = 1 AND key = ?2))";
    let (id, author) = (item.id(), item.author().0);
    Ok(tx.prepare_cached(sql)?.query_row(params![id.as_bytes(), author], |row| row.get(0))?)
}

/// From now on this may not be shown.
pub(super) fn block(tx: &Connection, block: &Block, action: u64) -> Result<(), Error> {
    let (sort, key) = match block {
        Block::Item(id) => (0_u8, id.as_bytes()),
        Block::Author(author) => (1, &author.0),
    };
    let sql = "INSERT OR IGNORE INTO block (sort, key, action) VALUES (?1, ?2, ?3)";
    tx.prepare_cached(sql)?.execute(params![sort, key, action])?;
    Ok(())
}
