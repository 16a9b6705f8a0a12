//! Digests of the live items at their own change numbers, one for each kind and region: kept with
//! every change, so that a comparison with a partner costs nothing per item (design §9).

use std::collections::HashMap;

use rusqlite::{Connection, params};

use crate::journal::Error;
use crate::model::{Bucket, Digest, Kind, PublicId, Region};

/// One item in its bucket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Member<'a> {
    pub(super) kind: u8,
    pub(super) region: &'a str,
    pub(super) digest: Digest,
}

impl<'a> Member<'a> {
    pub(super) fn new(id: PublicId, sequence: u64, (kind, region): (u8, &'a str)) -> Self {
        Self { kind, region, digest: Digest::of(id, sequence) }
    }
}

/// An item that was in one bucket is in another, or in none.
pub(super) fn swap(
    tx: &Connection,
    was: Option<Member<'_>>,
    is: Option<Member<'_>>,
) -> Result<(), Error> {
    match (was, is) {
        (Some(was), Some(mut is)) if (was.kind, was.region) == (is.kind, is.region) => {
            is.digest.turn(was.digest);
            turn(tx, &is, 0)
        }
        (was, is) => {
            was.map_or(Ok(()), |was| turn(tx, &was, -1))?;
            is.map_or(Ok(()), |is| turn(tx, &is, 1))
        }
    }
}

fn turn(tx: &Connection, member: &Member<'_>, count: i64) -> Result<(), Error> {
    let sql = "INSERT INTO bucket (kind, region, count, digest) VALUES (?1, ?2, ?3, ?4)
               ON CONFLICT DO UPDATE SET count = count + ?3, digest = turn(digest, ?4)";
    let Member { kind, region, digest } = member;
    tx.prepare_cached(sql)?.execute(params![kind, region, count, digest.as_bytes()])?;
    Ok(())
}

/// Counts everything, once: for a journal that had no buckets yet.
pub(super) fn fill(tx: &Connection) -> Result<(), Error> {
    let mut sums: HashMap<(u8, String), (i64, Digest)> = HashMap::new();
    let mut statement = tx.prepare("SELECT id, sequence, kind, region FROM item WHERE live = 1")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (id, sequence): (_, u64) = (PublicId::from_bytes(row.get(0)?), row.get(1)?);
        let (count, digest) = sums.entry((row.get(2)?, row.get(3)?)).or_default();
        *count += 1;
        digest.turn(Digest::of(id, sequence));
    }
    for ((kind, region), (count, digest)) in sums {
        turn(tx, &Member { kind, region: &region, digest }, count)?;
    }
    Ok(())
}

/// All that hold something which people may be shown: the canary is for machines.
pub(super) fn for_people(db: &Connection) -> Result<Vec<Bucket>, Error> {
    let mut buckets = all(db)?;
    buckets.retain(|bucket| bucket.region != Region::CANARY);
    Ok(buckets)
}

/// All that hold something.
pub(super) fn all(db: &Connection) -> Result<Vec<Bucket>, Error> {
    let mut statement = db.prepare_cached("SELECT kind, region, count, digest FROM bucket")?;
    let mut rows = statement.query([])?;
    let mut buckets = Vec::new();
    while let Some(row) = rows.next()? {
        let odd = || Error::Odd("bucket");
        let region = row.get_ref(1)?.as_str().map_err(|_| odd())?;
        let bucket = Bucket {
            kind: Kind::from_number(row.get(0)?).ok_or_else(odd)?,
            region: Region::from_code(region).map_err(|_| odd())?,
            count: row.get(2)?,
            digest: Digest::from_bytes(row.get(3)?),
        };
        if bucket.count > 0 {
            buckets.push(bucket);
        }
    }
    Ok(buckets)
}
