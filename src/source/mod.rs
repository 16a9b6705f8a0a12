//! Where changes come from (design §4): the log says *which* item, the view says *what* it is.
//!
//! A source never decides anything about an item; it names keys that may have changed and reads
//! their present rows. Rows are filled here and opened in `minimise` alone.

mod any;
mod double;
mod finding;
mod http;
mod json;
mod postgres;
mod sqlite;

pub use any::{AnySource, check, sql};
pub use finding::{Finding, Level};
pub use http::Http;
pub use json::{NotARow, row};
pub use postgres::Postgres;
pub use sqlite::Sqlite;

use std::future::Future;
use std::time::Duration;

use crate::minimise::{CoreId, CoreRow};

/// A place in the source's own log. Opaque to everybody else; stored in the same transaction as
/// the entries it covers, and bound to the identity of the log it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Position(pub Box<str>);

/// What a source says next.
#[derive(Debug)]
pub enum Signal {
    /// These items may have changed. `position` is given when a whole commit is told; store it
    /// together with what follows from the ids, then [`Source::acknowledge`] it.
    Changed {
        /// May name an item twice; at most [`IDS_MAX`].
        ids: Vec<CoreId>,
        /// Safe to store once every id told so far is dealt with.
        position: Option<Position>,
        /// How long ago the core committed this, if the source knows.
        age: Option<Duration>,
    },
    /// Changes may have been missed: compare everything. Told once for each doubt; the position
    /// may be stored when the comparison has *begun* to be owed (the journal remembers the debt).
    Doubt {
        /// For the log: names a cause, holds no value.
        cause: &'static str,
        /// Where the log stands from now on.
        position: Option<Position>,
    },
}

/// Most ids in one [`Signal::Changed`].
pub const IDS_MAX: usize = 1_000;

/// Why a source could not answer. Holds no value of a row: the database's own texts are dropped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// Not reachable, or the connection broke: try again after a pause.
    #[error("the core can not be reached ({0})")]
    Unreachable(&'static str),
    /// The core answered with an error; the code is the database's own (SQLSTATE or SQLite's).
    #[error("the core refused a query ({step}, code {code})")]
    Refused {
        /// What was being done.
        step: &'static str,
        /// The database's error code.
        code: Box<str>,
    },
    /// A contract column is missing: publishing stops, removing does not.
    #[error("the view lacks the column {0}")]
    ColumnMissing(&'static str),
    /// The core's feed says what a feed may not say. Removes nothing.
    #[error("the core's feed can not be used: {0}")]
    Broken(&'static str),
    /// Something that only the core's administrator can mend.
    #[error("{0}")]
    Setup(Box<str>),
}

/// A core store that can be followed.
///
/// All methods are called by one task, one at a time; none is called again before it returned,
/// except that `next` may be dropped half-way and called again (it must lose nothing by that).
///
/// After an error the ids in hand are dealt with again, or the source is connected again: what
/// lies after the stored position is told anew. [`Error::ColumnMissing`] alone leaves the rest
/// usable ([`Source::present`], [`Source::keys`]).
pub trait Source: Send {
    /// Connects, or connects again after an error. `stored` is the position last stored, with
    /// which the source decides whether it can go on or must raise a [`Signal::Doubt`].
    fn connect(
        &mut self,
        stored: Option<Position>,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// Waits for the next signal.
    ///
    /// # Cancel safety
    /// May be dropped at any await; nothing is lost.
    fn next(&mut self) -> impl Future<Output = Result<Signal, Error>> + Send;

    /// Tells the source that everything up to here is durable with us.
    fn acknowledge(
        &mut self,
        position: &Position,
    ) -> impl Future<Output = Result<(), Error>> + Send;

    /// The present rows of these items; an item without a row is not published now.
    fn read(&mut self, ids: &[CoreId]) -> impl Future<Output = Result<Vec<CoreRow>, Error>> + Send;

    /// Which of these items the view holds now; works while a contract column is missing, so
    /// that removals go on then.
    fn present(
        &mut self,
        ids: &[CoreId],
    ) -> impl Future<Output = Result<Vec<CoreId>, Error>> + Send;

    /// Makes the whole view ready for [`Source::page`] and [`Source::keys`], one piece a call;
    /// true when it is. `anew` says that a comparison begins. A store that can be asked for any
    /// row at any time has nothing to do.
    fn gather(&mut self, _anew: bool) -> impl Future<Output = Result<bool, Error>> + Send {
        std::future::ready(Ok(true))
    }

    /// The comparison is over: what was gathered for it can be forgotten.
    fn release(&mut self) {}

    /// The next rows of the view in order of id, after `after`; empty at the end.
    fn page(
        &mut self,
        after: Option<&CoreId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<CoreRow>, Error>> + Send;

    /// The next ids of the view in order of id, after `after`; empty at the end.
    fn keys(
        &mut self,
        after: Option<&CoreId>,
        limit: usize,
    ) -> impl Future<Output = Result<Vec<CoreId>, Error>> + Send;
}
