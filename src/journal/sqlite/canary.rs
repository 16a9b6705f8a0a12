//! The canary among the items: it is found by its region, which nothing else is in.

use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::Error;
use crate::model::{Kind, PartnerId, PublicId, Region, Sequence};

/// See [`crate::journal::Journal::canaries`].
pub(in crate::journal) fn live(db: &Connection) -> Result<Vec<PublicId>, Error> {
    let sql = "SELECT id FROM item INDEXED BY item_shown
               WHERE live = 1 AND kind = ?1 AND region = ?2";
    let mut statement = db.prepare_cached(sql)?;
    let stand = params![Kind::Request.number(), Region::CANARY.code()];
    let rows = statement.query_map(stand, |row| row.get(0))?;
    Ok(rows.map(|id| id.map(PublicId::from_bytes)).collect::<Result<_, _>>()?)
}

/// See [`crate::journal::Journal::position`].
pub(in crate::journal) fn position(
    db: &Connection,
    id: PublicId,
) -> Result<Option<Sequence>, Error> {
    let sql = "SELECT sequence FROM item WHERE id = ?1";
    let found = db.prepare_cached(sql)?.query_row([id.as_bytes()], |row| row.get(0)).optional()?;
    Ok(found.map(Sequence::new))
}

/// Did the partner set this item aside, as one to show and as one to take away?
pub(in crate::journal) fn aside(
    db: &Connection,
    partner: &PartnerId,
    id: PublicId,
) -> Result<(bool, bool), Error> {
    // 0 is the lane of publishes, 1 that of removals.
    let sql = "SELECT coalesce(max(lane = 0), 0), coalesce(max(lane = 1), 0) FROM parked
               WHERE partner = ?1 AND lane IN (0, 1) AND id = ?2";
    let mut statement = db.prepare_cached(sql)?;
    let asked = params![partner.as_str(), id.as_bytes()];
    Ok(statement.query_row(asked, |row| Ok((row.get(0)?, row.get(1)?)))?)
}
