//! What can go wrong with the journal.

use rusqlite::ErrorCode;

/// Why the journal could not be opened, read or written. Holds no value of a row.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// No room: nothing is acknowledged, nothing is lost.
    #[error("the disk of the state folder is full")]
    Full,
    /// The folder can not be made or written.
    #[error("the state folder can not be used ({0})")]
    Folder(std::io::ErrorKind),
    /// Another process has it open.
    #[error("the state folder is in use by another process")]
    InUse,
    /// Made by a newer version.
    #[error("the journal was made by a newer version (schema {0})")]
    TooNew(i64),
    /// Made by an older version, and only looked at.
    #[error("the journal is of an older version (schema {0}): luik run brings it up to date")]
    TooOld(i64),
    /// The library has a fault that loses commits (SQLite before 3.51.3).
    #[error("SQLite {0} is too old: 3.51.3 is needed")]
    Library(&'static str),
    /// SQLite's own code.
    #[error("the journal answered with SQLite code {0}")]
    Sqlite(i32),
    /// A stored value is not what this version writes.
    #[error("the journal holds an odd value in {0}")]
    Odd(&'static str),
    /// It was closed.
    #[error("the journal is closed")]
    Closed,
}

impl From<rusqlite::Error> for Error {
    fn from(error: rusqlite::Error) -> Self {
        match error.sqlite_error() {
            Some(cause) if cause.code == ErrorCode::DiskFull => Self::Full,
            Some(cause) => Self::Sqlite(cause.extended_code),
            None => Self::Odd("a column"),
        }
    }
}

impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Self {
        if error.kind() == std::io::ErrorKind::StorageFull {
            Self::Full
        } else {
            Self::Folder(error.kind())
        }
    }
}
