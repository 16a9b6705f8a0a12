//! Storing changes: latest state per item, where it was ever visible, and the source's position.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};

use crate::journal::{Appended, Batch, Change, Comparison, Error, SourceStanding};
use crate::ledger::Entry;
use crate::minimise::Published;
use crate::model::PublicId;
use crate::source::Position;

use super::blocks;
use super::buckets::{self, Member};
use super::draft::Draft;
use super::ledger;
use super::read;
use super::seal::{self, Key};

/// What is known of an item before a change.
struct Known {
    num: u64,
    sequence: u64,
    moved: bool,
    live: bool,
    kind: u8,
    region: String,
    expires: Option<i64>,
    author: Option<[u8; 16]>,
    sealed: Option<Vec<u8>>,
    key: Key,
}

/// See [`crate::journal::Journal::append`].
pub(in crate::journal) fn append(
    tx: &Connection,
    draft: &mut Draft,
    batch: &Batch,
    now: Timestamp,
) -> Result<Appended, Error> {
    let now = now.as_millisecond();
    let mut appended = Appended::default();
    for change in &batch.changes {
        let number = match change {
            Change::Publish(item) if blocks::is_blocked(tx, item)? => {
                remove(tx, draft, &mut appended, (item.id(), now))?
            }
            Change::Publish(item) => Some(publish(tx, draft, &mut appended, (item, now))?),
            Change::Remove(id) => remove(tx, draft, &mut appended, (*id, now))?,
            Change::Expire(id) if is_due(tx, *id, now)? => {
                remove(tx, draft, &mut appended, (*id, now))?
            }
            Change::Expire(_) => None,
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
    let sql = "SELECT num, live, kind, region, expires, author, sealed, key, sequence, moved
               FROM item JOIN item_key USING (num) WHERE id = ?1";
    let known = tx.prepare_cached(sql)?.query_row([id.as_bytes()], |row| {
        Ok(Known {
            num: row.get(0)?,
            live: row.get(1)?,
            kind: row.get(2)?,
            region: row.get(3)?,
            expires: row.get(4)?,
            author: row.get(5)?,
            sealed: row.get(6)?,
            key: row.get(7)?,
            sequence: row.get(8)?,
            moved: row.get(9)?,
        })
    });
    Ok(known.optional()?)
}

impl Known {
    /// Its place in the digests, while it is shown.
    fn member(&self, id: PublicId) -> Option<Member<'_>> {
        self.live.then(|| Member::new(id, self.sequence, (self.kind, &self.region)))
    }

    /// Would the item look just the same?
    fn is(&self, item: &Published) -> Result<bool, Error> {
        let same_facts = self.live
            && self.kind == item.kind().number()
            && self.region == item.region().code()
            && self.expires == item.expires().map(Timestamp::as_millisecond)
            && self.author == Some(item.author().0);
        let Some(sealed) = self.sealed.as_ref().filter(|_| same_facts) else { return Ok(false) };
        let content = seal::open(sealed.clone(), &self.key)?;
        Ok(content.data == **item.data() && content.url == item.url())
    }
}

fn publish(
    tx: &Connection,
    draft: &mut Draft,
    appended: &mut Appended,
    (item, now): (&Published, i64),
) -> Result<u64, Error> {
    let known = known(tx, item.id())?;
    if let Some(known) = &known
        && known.is(item)?
    {
        return Ok(known.num);
    }
    let (sequence, key) = (draft.next(), seal::fresh_key()?);
    let (kind, region) = (item.kind().number(), item.region().code());
    let num = known.as_ref().map_or(draft.numbers + 1, |known| known.num);
    let sql = "INSERT INTO item
        (num, id, sequence, live, kind, region, changed, expires, author, sealed)
        VALUES (?1, ?2, ?3, 1, ?4, ?5, ?6, ?7, ?8, ?9)
        ON CONFLICT (id) DO UPDATE SET sequence = ?3, live = 1, kind = ?4, region = ?5,
        changed = ?6, expires = ?7, author = ?8, sealed = ?9";
    tx.prepare_cached(sql)?.execute(params![
        num,
        item.id().as_bytes(),
        sequence,
        kind,
        region,
        now,
        item.expires().map(Timestamp::as_millisecond),
        item.author().0,
        seal::seal(item.data(), item.url(), &key)?,
    ])?;
    seal::keep_key(tx, num, &key)?;
    draft.published(num, known.as_ref().map(|known| known.live));
    appended.published += 1;
    if let Some(known) = &known {
        concerns(tx, draft, known, sequence)?;
    }
    draft.news.note(sequence, kind, region);
    let shown = |item| Entry::Shown { item, position: sequence };
    ledger::of_item(tx, draft, (num, item.id()), now, shown)?;
    let was = known.as_ref().and_then(|known| known.member(item.id()));
    buckets::swap(tx, was, Some(Member::new(item.id(), sequence, (kind, region))))?;
    settle(tx, draft, known, (num, sequence, kind, region))?;
    Ok(num)
}

/// A change concerns everybody who may hold the item from wherever it ever was: whoever has not
/// taken back an earlier place finds the item at this position alone.
fn concerns(tx: &Connection, draft: &mut Draft, known: &Known, sequence: u64) -> Result<(), Error> {
    draft.news.note(sequence, known.kind, &known.region);
    if known.moved {
        for stay in read::stays(tx, known.num)? {
            draft.news.note(sequence, stay.kind.number(), stay.region.code());
        }
    }
    Ok(())
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

/// Has its time passed? It may have been prolonged since it was looked up.
fn is_due(tx: &Connection, id: PublicId, now: i64) -> Result<bool, Error> {
    let sql = "SELECT count(*) FROM item WHERE id = ?1 AND expires <= ?2";
    let due: u64 =
        tx.prepare_cached(sql)?.query_row(params![id.as_bytes(), now], |row| row.get(0))?;
    Ok(due > 0)
}

/// Takes an item away; returns its number, or none if it is not known.
pub(super) fn remove(
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
               author = NULL, sealed = NULL WHERE num = ?1";
    tx.prepare_cached(sql)?.execute(params![known.num, sequence, now])?;
    seal::forget_key(tx, known.num)?;
    buckets::swap(tx, known.member(id), None)?;
    leave(tx, known.num, sequence)?;
    concerns(tx, draft, &known, sequence)?;
    let gone = |item| Entry::Removed { item, position: sequence };
    ledger::of_item(tx, draft, (known.num, id), now, gone)?;
    draft.removed();
    appended.removed += 1;
    Ok(Some(known.num))
}

/// See [`crate::journal::Journal::source`].
pub(in crate::journal) fn source(db: &Connection) -> Result<SourceStanding, Error> {
    let sql = "SELECT source, comparison_owed FROM standing";
    Ok(db.prepare_cached(sql)?.query_row([], |row| {
        let position: Option<String> = row.get(0)?;
        let position = position.map(|text| Position(text.into()));
        Ok(SourceStanding { position, comparison_owed: row.get(1)? })
    })?)
}
