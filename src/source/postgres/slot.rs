//! The replication slot: looked at, made, made again when the server gave it up. The
//! publication is looked at only: making one in the wrong order breaks the core's own writes.

use std::time::Duration;

use pgwire_replication::Lsn;
use tokio::time::sleep;
use tokio_postgres::SimpleQueryRow;

use crate::config::PostgresSource;

use super::super::Error;
use super::name::Name;
use super::session::{PAGE_TIME, READ_TIME, Session};

/// How often, and how many times, a slot that is still held is looked at again: the server needs
/// a moment to notice that a session of ours has ended.
const HELD_PAUSE: Duration = Duration::from_millis(100);
const HELD_LOOKS: u32 = 30;

const IN_USE: Error = Error::Unreachable("the slot is in use by another session");

/// What the server says about a slot.
struct State {
    usable: bool,
    held: bool,
    lost: bool,
    confirmed: Option<Lsn>,
}

/// Makes sure that the slot is there and free; true if it was made just now. A slot that the
/// server gave up, or that is `broken` because it can not be read, is made again.
pub(super) async fn secure(sql: &Session, slot: &str, broken: bool) -> Result<bool, Error> {
    for _ in 0..HELD_LOOKS {
        match look(sql, slot).await? {
            None => {
                let create = format!(
                    "SELECT 1 FROM pg_create_logical_replication_slot({}, 'pgoutput')",
                    literal(slot)
                );
                sql.simple("making the slot", &create, PAGE_TIME).await?;
                return Ok(true);
            }
            Some(State { usable: false, .. }) => {
                return Err(Error::Setup(
                    format!("the slot {slot} belongs to another database or plugin").into(),
                ));
            }
            Some(State { held: true, .. }) => sleep(HELD_PAUSE).await,
            Some(State { lost, .. }) if lost || broken => {
                let drop = format!("SELECT pg_drop_replication_slot({})", literal(slot));
                sql.simple("dropping the lost slot", &drop, READ_TIME).await?;
            }
            Some(_) => return Ok(false),
        }
    }
    Err(IN_USE)
}

/// From where the slot will go on.
pub(super) async fn confirmed(sql: &Session, slot: &str) -> Result<Lsn, Error> {
    look(sql, slot)
        .await?
        .and_then(|state| state.confirmed)
        .ok_or(Error::Unreachable("the slot is not ready"))
}

async fn look(sql: &Session, slot: &str) -> Result<Option<State>, Error> {
    let question = format!(
        "SELECT plugin = 'pgoutput' AND database = current_database() AND NOT temporary, \
         active, wal_status = 'lost', confirmed_flush_lsn \
         FROM pg_replication_slots WHERE slot_name = {}",
        literal(slot)
    );
    let rows = sql.simple("looking at the slot", &question, READ_TIME).await?;
    Ok(rows.first().map(|row| State {
        usable: is_true(row, 0),
        held: is_true(row, 1),
        lost: is_true(row, 2),
        confirmed: row.get(3).and_then(|text| Lsn::parse(text).ok()),
    }))
}

/// A watched table that the publication does not tell about would be silently deaf.
pub(super) async fn publication_covers(
    sql: &Session,
    settings: &PostgresSource,
) -> Result<(), Error> {
    for watch in &settings.watches {
        let name = Name::parse(&watch.table);
        let rows = sql
            .query(
                "looking at the publication",
                "SELECT 1 FROM pg_publication_tables WHERE pubname = $1 AND schemaname = $2 \
                 AND tablename = $3 AND $4 = ANY(attnames::text[])",
                &[&settings.publication, &name.schema, &name.table, &watch.key],
            )
            .await?;
        if rows.is_empty() {
            return Err(Error::Setup(
                format!(
                    "the publication {} does not carry {} of {}: see `luik source check`",
                    settings.publication, watch.key, watch.table
                )
                .into(),
            ));
        }
    }
    Ok(())
}

fn is_true(row: &SimpleQueryRow, column: usize) -> bool {
    row.get(column) == Some("t")
}

/// A text of ours as an SQL literal.
pub(super) fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
