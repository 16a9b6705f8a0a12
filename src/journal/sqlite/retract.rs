//! Emergency removals: taken away at once, and kept away whatever the core says.

use std::collections::HashSet;

use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::{
    Appended, Block, Cause, Channel, Deed, Error, Lane, Owed, Retracted,
    view::{self, Facts, Version},
};
use crate::model::{Kind, PartnerId, PublicId, Region, Sequence};

use super::draft::Draft;
use super::{actions, append, blocks, parked, partners, read};

/// Blocks, and removes what is shown now, in one transaction.
pub(in crate::journal) fn retract(
    tx: &Connection,
    draft: &mut Draft,
    (block, cause): (Block, &Cause),
    now: jiff::Timestamp,
) -> Result<Retracted, Error> {
    let (ids, deed) = match &block {
        Block::Item(id) => (vec![*id], Deed::RetractItem),
        Block::Author(author) => (of_author(tx, &author.0)?, Deed::RetractAuthor),
    };
    let (mut appended, mut items) = (Appended::default(), 0);
    for id in &ids {
        let known = append::remove(tx, draft, &mut appended, (*id, now.as_millisecond()))?;
        items += u32::from(known.is_some());
    }
    let action = actions::note(tx, draft, (deed, None), cause, now)?;
    blocks::block(tx, &block, action)?;
    for id in &ids {
        let sql = "INSERT INTO retracted (action, id) VALUES (?1, ?2)";
        tx.prepare_cached(sql)?.execute(params![action, id.as_bytes()])?;
    }
    Ok(Retracted { action, items })
}

fn of_author(tx: &Connection, author: &[u8; 16]) -> Result<Vec<PublicId>, Error> {
    let sql = "SELECT id FROM item WHERE author = ?1 AND live = 1";
    let mut statement = tx.prepare_cached(sql)?;
    let rows = statement.query_map([author], |row| row.get(0))?;
    Ok(rows.map(|id| id.map(PublicId::from_bytes)).collect::<Result<_, _>>()?)
}

/// The items that an action took away; none if there is no such action.
fn retracted(db: &Connection, action: u64) -> Result<Option<Vec<PublicId>>, Error> {
    let sql = "SELECT 1 FROM action WHERE num = ?1 AND what LIKE 'retract-%'";
    let known = db.prepare_cached(sql)?.query_row([action], |_| Ok(())).optional()?;
    if known.is_none() {
        return Ok(None);
    }
    let mut statement = db.prepare_cached("SELECT id FROM retracted WHERE action = ?1")?;
    let rows = statement.query_map([action], |row| row.get(0))?;
    let ids = rows.map(|id| id.map(PublicId::from_bytes)).collect::<Result<Vec<_>, _>>()?;
    Ok(Some(ids))
}

/// How far each partner is with what an action took away; none if there is no such action. A
/// partner that never can have held any of it is left out.
pub(in crate::journal) fn progress(
    db: &Connection,
    action: u64,
) -> Result<Option<Vec<Owed>>, Error> {
    let Some(ids) = retracted(db, action)? else { return Ok(None) };
    let gone: Vec<Gone> =
        ids.iter().filter_map(|id| Gone::find(db, *id).transpose()).collect::<Result<_, _>>()?;
    let mut all = Vec::new();
    for partner in partners::enrolled(db)? {
        let standing = partners::standing(db, &partner)?;
        let versions = partners::versions(db, &partner)?;
        for channel in [Channel::Push, Channel::Pull] {
            let (mark, cursor) = (standing.mark(channel), standing.cursor(channel, Lane::Remove));
            let held: Vec<&Gone> =
                gone.iter().filter(|gone| gone.may_be_held(&versions, mark)).collect();
            if held.is_empty() {
                continue;
            }
            let parked = parked(db, &partner, channel)?;
            let open =
                |gone: &&&Gone| gone.facts.sequence > cursor.get() || parked.contains(&gone.id);
            let count = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
            let (items, open) = (count(held.len()), count(held.iter().filter(open).count()));
            all.push(Owed { partner: partner.clone(), channel, items, open });
        }
    }
    Ok(Some(all))
}

/// Items whose removal the partner refused, or that are owed again.
fn parked(
    db: &Connection,
    partner: &PartnerId,
    channel: Channel,
) -> Result<HashSet<PublicId>, Error> {
    match channel {
        Channel::Push => {
            Ok(parked::parked(db, partner, Lane::Remove, usize::MAX >> 1)?.into_iter().collect())
        }
        Channel::Pull => Ok(HashSet::new()),
    }
}

/// An item that was taken away, and where it ever was visible.
struct Gone {
    id: PublicId,
    facts: Facts,
    stays: Vec<view::Stay>,
}

impl Gone {
    /// None when the journal does not know it, or when it is shown again.
    fn find(db: &Connection, id: PublicId) -> Result<Option<Self>, Error> {
        let sql = "SELECT num, sequence, kind, region FROM item WHERE id = ?1 AND live = 0";
        let row = db.prepare_cached(sql)?.query_row([id.as_bytes()], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get::<_, u8>(2)?, row.get::<_, String>(3)?))
        });
        let Some((num, sequence, kind, region)) = row.optional()? else { return Ok(None) };
        let odd = || Error::Odd("item");
        let kind = Kind::from_number(kind).ok_or_else(odd)?;
        let region = Region::from_code(&region).map_err(|_| odd())?;
        let facts = Facts { num, sequence, live: false, kind, region };
        Ok(Some(Self { id, facts, stays: read::stays(db, num)? }))
    }

    fn may_be_held(&self, versions: &[Version], mark: Sequence) -> bool {
        view::may_hold(self.facts.num, &self.stays, versions, mark)
    }
}
