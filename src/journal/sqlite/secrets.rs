//! Since when each secret of a partner is in use.

use rusqlite::{Connection, params};

use crate::journal::{Error, Mark, Secret};
use crate::model::PartnerId;

use super::read;

/// See [`crate::journal::Journal::note_secrets`].
pub(in crate::journal) fn note(
    tx: &Connection,
    partner: &PartnerId,
    (used, now): (&[Mark], i64),
) -> Result<(), Error> {
    let known: Vec<(String, [u8; 16])> = {
        let sql = "SELECT way, digest FROM secret WHERE partner = ?1";
        let mut statement = tx.prepare_cached(sql)?;
        let rows = statement.query_map([partner.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
        rows.collect::<Result<_, _>>()?
    };
    for (way, digest) in known {
        if !used.contains(&(way.as_str(), digest)) {
            let sql = "DELETE FROM secret WHERE partner = ?1 AND way = ?2 AND digest = ?3";
            tx.prepare_cached(sql)?.execute(params![partner.as_str(), way, digest])?;
        }
    }
    for (way, digest) in used {
        let sql = "INSERT OR IGNORE INTO secret (partner, way, digest, since)
                   VALUES (?1, ?2, ?3, ?4)";
        tx.prepare_cached(sql)?.execute(params![partner.as_str(), way, digest, now])?;
    }
    Ok(())
}

/// See [`crate::journal::Journal::secrets`].
pub(in crate::journal) fn all(db: &Connection, partner: &PartnerId) -> Result<Vec<Secret>, Error> {
    let sql = "SELECT way, since FROM secret WHERE partner = ?1 ORDER BY since, way";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([partner.as_str()], |row| {
        Ok(Secret { way: row.get(0)?, since: read::time(row.get(1)?) })
    })?;
    Ok(rows.collect::<Result<_, _>>()?)
}
