//! The core's file: opened to read, never written. All calls block.

use std::path::PathBuf;
use std::time::{Duration, UNIX_EPOCH};

use rusqlite::{Connection, ErrorCode, OpenFlags, OptionalExtension, Row, params};

use crate::config::SqliteSource;
use crate::minimise::{Column, CoreId, CoreRow};

use super::super::double::one_each;
use super::super::{Error, IDS_MAX};
use super::value;

const BUSY_TIME: Duration = Duration::from_secs(5);
/// The table that the core's triggers fill.
pub(super) const CHANGES: &str = "syndication_change";

/// An open core.
pub(super) struct Core {
    pub(super) connection: Connection,
    path: PathBuf,
    view: String,
    /// Which file this is; another one after a restore by renaming.
    pub(super) file: Box<str>,
}

/// What the change table says after a place.
pub(super) enum News {
    /// Nothing.
    None,
    /// These items, up to and with this place.
    Changed(Vec<CoreId>, i64),
    /// Some changes are gone; the table goes on from this place.
    Doubt(&'static str, i64),
}

impl Core {
    pub(super) fn open(settings: &SqliteSource) -> Result<Self, Error> {
        let file = identity(&settings.path)?;
        let flags = OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let opened = Connection::open_with_flags(&settings.path, flags);
        let connection = opened.map_err(|error| failure("opening", &error))?;
        let core =
            Self { connection, path: settings.path.clone(), view: settings.view.clone(), file };
        core.prepare().map_err(|error| failure("opening", &error))?;
        Ok(core)
    }

    fn prepare(&self) -> rusqlite::Result<()> {
        self.connection.busy_timeout(BUSY_TIME)?;
        self.connection.pragma_update(None, "query_only", true)
    }

    /// The highest place that was ever given out.
    pub(super) fn last(&self) -> Result<i64, Error> {
        // Asked many times a second, so both are prepared once.
        let ask = || -> rusqlite::Result<Option<i64>> {
            let counted = "SELECT EXISTS (SELECT 1 FROM sqlite_master WHERE type = 'table' \
                           AND name = ?1 AND upper(sql) LIKE '%AUTOINCREMENT%')";
            let mut counted = self.connection.prepare_cached(counted)?;
            if !counted.query_row([CHANGES], |row| row.get::<_, bool>(0))? {
                return Ok(None);
            }
            let last = "SELECT seq FROM sqlite_sequence WHERE name = ?1";
            let mut last = self.connection.prepare_cached(last)?;
            let last = last.query_row([CHANGES], |row| row.get(0)).optional()?;
            Ok(Some(last.unwrap_or(0)))
        };
        ask().map_err(|error| failure("reading changes", &error))?.ok_or_else(|| {
            Error::Setup(
                format!(
                    "the core needs the table {CHANGES} with AUTOINCREMENT: see `luik source sql`"
                )
                .into(),
            )
        })
    }

    /// What changed after the place `told`.
    pub(super) fn news(&self, told: i64) -> Result<News, Error> {
        if identity(&self.path)? != self.file {
            return Err(Error::Unreachable("the core's file was replaced"));
        }
        let step = |error| failure("reading changes", &error);
        // One snapshot for all of it.
        let snapshot = self.connection.unchecked_transaction().map_err(step)?;
        let last = self.last()?;
        if last == told {
            return Ok(News::None);
        }
        if last < told {
            return Ok(News::Doubt("the core went back to an earlier state", last));
        }
        let first: Option<i64> = snapshot
            .query_row(&format!("SELECT min(seq) FROM {CHANGES}"), [], |row| row.get(0))
            .map_err(step)?;
        if first.is_none_or(|first| first > told.saturating_add(1)) {
            return Ok(News::Doubt("changes were deleted before they were seen", last));
        }
        let (mut ids, mut seen, mut found) = (Vec::new(), last, 0);
        let query = format!(
            "SELECT seq, CAST(item_id AS TEXT) FROM {CHANGES} WHERE seq > ?1 ORDER BY seq LIMIT ?2"
        );
        let mut statement = snapshot.prepare_cached(&query).map_err(step)?;
        let mut rows = statement
            .query(params![told, i64::try_from(IDS_MAX).unwrap_or(i64::MAX)])
            .map_err(step)?;
        while let Some(row) = rows.next().map_err(step)? {
            seen = row.get(0).map_err(step)?;
            ids.extend(usable_id(row, 1).map_err(step)?);
            found += 1;
        }
        // A full piece ends at its last row; otherwise all that was given out is seen.
        let end = if found < IDS_MAX { last } else { seen };
        Ok(News::Changed(ids, end))
    }

    /// The view's columns, and how its id is written so that it compares as text.
    pub(super) fn columns(&self) -> Result<(Vec<Column>, &'static str), Error> {
        let step = |error| failure("looking at the view", &error);
        let mut statement = self
            .connection
            .prepare_cached("SELECT lower(name), upper(type) FROM pragma_table_info(?1)")
            .map_err(step)?;
        let found: Vec<(String, String)> = statement
            .query_map([&self.view], |row| Ok((row.get(0)?, row.get(1)?)))
            .and_then(Iterator::collect)
            .map_err(step)?;
        if found.is_empty() {
            return Err(Error::Setup(format!("the view {} is not there", self.view).into()));
        }
        let is_text = found.iter().any(|(name, kind)| name == Column::Id.name() && kind == "TEXT");
        let columns = found.iter().filter_map(|(name, _)| Column::from_name(name)).collect();
        Ok((columns, if is_text { "v.id" } else { "CAST(v.id AS TEXT)" }))
    }

    /// Present rows: of these items, or the next ones in order of id.
    pub(super) fn rows(&self, wanted: &Wanted) -> Result<Vec<CoreRow>, Error> {
        let step = |error| failure("reading the view", &error);
        let (columns, id) = self.columns()?;
        let missing = |column: &Column| !columns.contains(column);
        if let Some(column) = Column::ALL.into_iter().find(missing) {
            return Err(Error::ColumnMissing(column.name()));
        }
        let mut select = id.to_owned();
        for column in Column::ALL {
            // Not in quotes: an unknown name in quotes would be a text to SQLite.
            select.push_str(", v.");
            select.push_str(column.name());
        }
        let rows = self.query(&select, id, wanted, core_row).map_err(step)?;
        Ok(one_each(rows.into_iter().flatten().collect()))
    }

    /// Like [`Core::rows`], but only the ids, and whatever columns are missing.
    pub(super) fn ids(&self, wanted: &Wanted) -> Result<Vec<CoreId>, Error> {
        let (columns, id) = self.columns()?;
        if !columns.contains(&Column::Id) {
            return Err(Error::ColumnMissing(Column::Id.name()));
        }
        let found = self
            .query(id, id, wanted, core_id)
            .map_err(|error| failure("reading the view's ids", &error))?;
        Ok(found.into_iter().flatten().collect())
    }

    fn query<T>(
        &self,
        select: &str,
        id: &str,
        wanted: &Wanted,
        read: fn(&Row<'_>) -> rusqlite::Result<T>,
    ) -> rusqlite::Result<Vec<T>> {
        let view = format!("\"{}\"", self.view.replace('"', "\"\""));
        let from = format!("SELECT {select} FROM {view} AS v WHERE");
        match wanted {
            Wanted::These(ids) => self
                .connection
                .prepare_cached(&format!(
                    "{from} {id} IN (SELECT value FROM json_each(?1)) ORDER BY {id}"
                ))?
                .query_map([ids], read)?
                .collect(),
            Wanted::After(after, limit) => self
                .connection
                .prepare_cached(&format!("{from} {id} > ?1 ORDER BY {id} LIMIT ?2"))?
                .query_map(params![after, limit], read)?
                .collect(),
        }
    }
}

/// Which rows.
pub(super) enum Wanted {
    /// Those of a JSON list of ids.
    These(String),
    /// So many, after this id; all ids are after the empty one.
    After(Box<str>, i64),
}

fn core_id(row: &Row<'_>) -> rusqlite::Result<Option<CoreId>> {
    usable_id(row, 0)
}

/// None when it is no text: such an item can neither be asked for nor leave, and is passed over.
fn usable_id(row: &Row<'_>, place: usize) -> rusqlite::Result<Option<CoreId>> {
    let id = row.get_ref(place)?.as_str().ok();
    Ok(id.filter(|id| !id.is_empty()).map(CoreId::new))
}

fn core_row(row: &Row<'_>) -> rusqlite::Result<Option<CoreRow>> {
    let Some(id) = core_id(row)? else {
        return Ok(None);
    };
    let mut filled = CoreRow::new(id);
    for (place, column) in Column::ALL.into_iter().enumerate() {
        let value = row.get_ref(place.saturating_add(1))?;
        filled.set(column, value::read(column, value));
    }
    Ok(Some(filled))
}

/// Inode and time of birth: a file that was put in the place of another differs in one of them.
fn identity(path: &std::path::Path) -> Result<Box<str>, Error> {
    use std::os::unix::fs::MetadataExt;
    let found = std::fs::metadata(path);
    let found = found.map_err(|_| Error::Unreachable("the core's file is not there"))?;
    let born = found.created().ok().and_then(|at| at.duration_since(UNIX_EPOCH).ok());
    let born = born.unwrap_or_default().as_millis();
    Ok(format!("{}-{born}", found.ino()).into())
}

/// Of SQLite's error the code is kept.
pub(super) fn failure(step: &'static str, error: &rusqlite::Error) -> Error {
    match error.sqlite_error() {
        Some(found) if found.code == ErrorCode::DatabaseBusy => {
            Error::Unreachable("the core's file is busy")
        }
        Some(found) if found.code == ErrorCode::CannotOpen => {
            Error::Unreachable("the core's file can not be opened")
        }
        Some(found) => Error::Refused { step, code: found.extended_code.to_string().into() },
        None => Error::Refused { step, code: "value".into() },
    }
}
