//! Storing changes: latest state per item, where it was ever visible, and the source's position.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sha2::{Digest, Sha256};

use crate::minimise::Published;
use crate::model::PublicId;
use crate::source::Position;

use super::error::Error;
use super::writer::Draft;
use super::{Appended, Batch, Change, Comparison, SourceStanding};

/// What is known of an item before a change.
struct Known {
    num: u64,
    live: bool,
    kind: u8,
    region: String,
    digest: Option<[u8; 32]>,
}

/// See [`super::Journal::append`].
pub(super) fn append(
    tx: &Connection,
    draft: &mut Draft,
    batch: &Batch,
    now: Timestamp,
) -> Result<Appended, Error> {
    let now = now.as_millisecond();
    let mut appended = Appended::default();
    for change in &batch.changes {
        let number = match change {
            Change::Publish(item) => Some(publish(tx, draft, &mut appended, (item, now))?),
            Change::Remove(id) => remove(tx, draft, &mut appended, (*id, now))?,
        };
        appended.numbers.push(number);
    }
    if let Some(Position(position)) = &batch.position {
        tx.prepare_cached("UPDATE standing SET source = ?1")?.execute([position])?;
    }
    if let Some(comparison) = batch.comparison {
        let owed = comparison == Comparison::Owed;
        tx.prepare_cached("UPDATE standing SET comparison_owed = ?1")?.execute([owed])?;
    }
    Ok(appended)
}

fn known(tx: &Connection, id: PublicId) -> Result<Option<Known>, Error> {
    let sql = "SELECT num, live, kind, region, digest FROM item WHERE id = ?1";
    let known = tx.prepare_cached(sql)?.query_row([id.as_bytes()], |row| {
        Ok(Known {
            num: row.get(0)?,
            live: row.get(1)?,
            kind: row.get(2)?,
            region: row.get(3)?,
            digest: row.get(4)?,
        })
    });
    Ok(known.optional()?)
}

/// Of everything that would show: tells a change from a repeat.
fn digest_of(item: &Published) -> [u8; 32] {
    let expires = item.expires().map(Timestamp::as_millisecond).unwrap_or_default();
    let mut hasher = Sha256::new();
    for part in [item.kind().as_str(), item.region().code(), item.url(), item.data()] {
        hasher.update(part);
        hasher.update([0]);
    }
    hasher.update(expires.to_le_bytes());
    hasher.update(item.author().0);
    hasher.finalize().into()
}

fn publish(
    tx: &Connection,
    draft: &mut Draft,
    appended: &mut Appended,
    (item, now): (&Published, i64),
) -> Result<u64, Error> {
    let digest = digest_of(item);
    let known = known(tx, item.id())?;
    if let Some(known) = known.as_ref().filter(|known| known.live && known.digest == Some(digest)) {
        return Ok(known.num);
    }
    let sequence = draft.next();
    let (kind, region) = (item.kind().number(), item.region().code());
    let expires = item.expires().map(Timestamp::as_millisecond);
    let num = known.as_ref().map(|known| known.num);
    let sql = "INSERT INTO item
        (num, id, sequence, live, kind, region, changed, expires, author, digest, url, data)
        VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11)
        ON CONFLICT (id) DO UPDATE SET sequence = ?3, live = 1, kind = ?4, region = ?5,
        changed = ?6, expires = ?7, author = ?8, digest = ?9, url = ?10, data = ?11
        RETURNING num";
    let num: u64 = tx.prepare_cached(sql)?.query_row(
        params![
            num,
            item.id().as_bytes(),
            sequence,
            kind,
            region,
            now,
            expires,
            item.author().0,
            digest,
            item.url(),
            &**item.data(),
        ],
        |row| row.get(0),
    )?;
    draft.published(num, known.as_ref().map(|known| known.live));
    appended.published += 1;
    settle(tx, draft, known, (num, sequence, kind, region))?;
    Ok(num)
}

/// Keeps the history of where the item was visible.
fn settle(
    tx: &Connection,
    draft: &Draft,
    known: Option<Known>,
    (num, sequence, kind, region): (u64, u64, u8, &str),
) -> Result<(), Error> {
    let stays = known.is_some_and(|k| k.live && k.kind == kind && k.region == region);
    if !stays {
        let moved = leave(tx, num, sequence)?;
        tx.prepare_cached("INSERT INTO stay (num, since, kind, region) VALUES (?1, ?2, ?3, ?4)")?
            .execute(params![num, sequence, kind, region])?;
        if !moved {
            return Ok(());
        }
    } else if !began_before(tx, num, draft.narrowed)? {
        return Ok(());
    }
    tx.prepare_cached("UPDATE item SET moved = 1 WHERE num = ?1")?.execute([num])?;
    Ok(())
}

/// Did the item's present stay begin before the last narrowing of any scope? Then a partner may
/// hold it that it has left since.
fn began_before(tx: &Connection, num: u64, narrowed: u64) -> Result<bool, Error> {
    let sql = "SELECT count(*) FROM stay WHERE num = ?1 AND since <= ?2 AND ?2 > 0";
    let count: u64 = tx.prepare_cached(sql)?.query_row([num, narrowed], |row| row.get(0))?;
    Ok(count > 0)
}

/// Ends the item's present stay; true if it ever had one.
fn leave(tx: &Connection, num: u64, sequence: u64) -> Result<bool, Error> {
    tx.prepare_cached("UPDATE stay SET until = ?2 WHERE num = ?1 AND until IS NULL")?
        .execute([num, sequence])?;
    let sql = "SELECT count(*) FROM stay WHERE num = ?1";
    let count: u64 = tx.prepare_cached(sql)?.query_row([num], |row| row.get(0))?;
    Ok(count > 0)
}

fn remove(
    tx: &Connection,
    draft: &mut Draft,
    appended: &mut Appended,
    (id, now): (PublicId, i64),
) -> Result<Option<u64>, Error> {
    let Some(known) = known(tx, id)? else {
        return Ok(None);
    };
    if !known.live {
        return Ok(Some(known.num));
    }
    let sequence = draft.next();
    let sql = "UPDATE item SET sequence = ?2, live = 0, changed = ?3, expires = NULL,
               author = NULL, digest = NULL, url = NULL, data = NULL WHERE num = ?1";
    tx.prepare_cached(sql)?.execute(params![known.num, sequence, now])?;
    leave(tx, known.num, sequence)?;
    draft.removed();
    appended.removed += 1;
    Ok(Some(known.num))
}

/// See [`super::Journal::source`].
pub(super) fn source(db: &Connection) -> Result<SourceStanding, Error> {
    let sql = "SELECT source, comparison_owed FROM standing";
    Ok(db.prepare_cached(sql)?.query_row([], |row| {
        let position: Option<String> = row.get(0)?;
        let position = position.map(|text| Position(text.into()));
        Ok(SourceStanding { position, comparison_owed: row.get(1)? })
    })?)
}
