//! The embedded store: SQLite with one writer thread, group commit and a few readers.

mod draft;
#[cfg(test)]
mod inline;
mod schema;
mod seal;
mod shared;
mod writer;

pub(super) mod append;
pub(super) mod partners;
pub(super) mod read;
pub(super) mod store;
