//! Whichever source the settings name.

use crate::clock::Clock;
use crate::config::SourceSettings;
use crate::minimise::{CoreId, CoreRow};

use super::http::{self, Http};
use super::postgres::{self, Postgres};
use super::sqlite::{self, Sqlite};
use super::{Error, Finding, Position, Signal, Source};

/// A source of any kind.
#[derive(Debug)]
pub enum AnySource {
    /// `kind = "postgres"`
    Postgres(Box<Postgres>),
    /// `kind = "sqlite"`
    Sqlite(Sqlite),
    /// `kind = "http"`
    Http(Box<Http>),
}

impl AnySource {
    /// A source that is not connected yet.
    ///
    /// # Errors
    /// When the settings can not be used.
    pub fn open(settings: &SourceSettings, clock: Clock) -> Result<Self, Error> {
        Ok(match settings {
            SourceSettings::Postgres(settings) => {
                Self::Postgres(Box::new(Postgres::open(settings, clock)?))
            }
            SourceSettings::Sqlite(settings) => Self::Sqlite(Sqlite::open(settings)),
            SourceSettings::Http(settings) => Self::Http(Box::new(Http::open(settings, clock)?)),
        })
    }
}

/// `luik source sql`: what the core's administrator runs.
///
/// # Errors
/// When the settings can not be used.
pub fn sql(settings: &SourceSettings) -> Result<String, Error> {
    match settings {
        SourceSettings::Postgres(settings) => postgres::script(settings),
        SourceSettings::Sqlite(settings) => Ok(sqlite::script(settings)),
        SourceSettings::Http(_) => Err(no_sql()),
    }
}

/// `luik source check`: what is there and what is missing, all at once.
pub async fn check(settings: &SourceSettings) -> Vec<Finding> {
    match settings {
        SourceSettings::Postgres(settings) => Box::pin(postgres::check(settings)).await,
        SourceSettings::Sqlite(settings) => sqlite::check(settings).await,
        SourceSettings::Http(settings) => Box::pin(http::check(settings)).await,
    }
}

/// A feed is not made with SQL.
fn no_sql() -> Error {
    let text = "source.kind: \"http\" needs no SQL: the core serves an RPDE feed at source.url, \
                and `luik source check` looks at it";
    Error::Setup(text.into())
}

impl Source for AnySource {
    async fn connect(&mut self, stored: Option<Position>) -> Result<(), Error> {
        match self {
            Self::Postgres(source) => source.connect(stored).await,
            Self::Sqlite(source) => source.connect(stored).await,
            Self::Http(source) => source.connect(stored).await,
        }
    }

    async fn next(&mut self) -> Result<Signal, Error> {
        match self {
            Self::Postgres(source) => source.next().await,
            Self::Sqlite(source) => source.next().await,
            Self::Http(source) => source.next().await,
        }
    }

    async fn acknowledge(&mut self, position: &Position) -> Result<(), Error> {
        match self {
            Self::Postgres(source) => source.acknowledge(position).await,
            Self::Sqlite(source) => source.acknowledge(position).await,
            Self::Http(source) => source.acknowledge(position).await,
        }
    }

    async fn read(&mut self, ids: &[CoreId]) -> Result<Vec<CoreRow>, Error> {
        match self {
            Self::Postgres(source) => source.read(ids).await,
            Self::Sqlite(source) => source.read(ids).await,
            Self::Http(source) => source.read(ids).await,
        }
    }

    async fn present(&mut self, ids: &[CoreId]) -> Result<Vec<CoreId>, Error> {
        match self {
            Self::Postgres(source) => source.present(ids).await,
            Self::Sqlite(source) => source.present(ids).await,
            Self::Http(source) => source.present(ids).await,
        }
    }

    async fn gather(&mut self, anew: bool) -> Result<bool, Error> {
        match self {
            Self::Postgres(source) => source.gather(anew).await,
            Self::Sqlite(source) => source.gather(anew).await,
            Self::Http(source) => source.gather(anew).await,
        }
    }

    fn release(&mut self) {
        match self {
            Self::Postgres(source) => source.release(),
            Self::Sqlite(source) => source.release(),
            Self::Http(source) => source.release(),
        }
    }

    async fn page(&mut self, after: Option<&CoreId>, limit: usize) -> Result<Vec<CoreRow>, Error> {
        match self {
            Self::Postgres(source) => source.page(after, limit).await,
            Self::Sqlite(source) => source.page(after, limit).await,
            Self::Http(source) => source.page(after, limit).await,
        }
    }

    async fn keys(&mut self, after: Option<&CoreId>, limit: usize) -> Result<Vec<CoreId>, Error> {
        match self {
            Self::Postgres(source) => source.keys(after, limit).await,
            Self::Sqlite(source) => source.keys(after, limit).await,
            Self::Http(source) => source.keys(after, limit).await,
        }
    }
}
