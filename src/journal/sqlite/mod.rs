//! The embedded store: SQLite with one writer thread, group commit and a few readers.

mod blocks;
mod buckets;
mod draft;
#[cfg(test)]
mod inline;
mod news;
mod schema;
mod seal;
mod shared;
mod writer;

pub(super) mod account;
pub(super) mod actions;
pub(super) mod append;
pub(super) mod canary;
pub(super) mod forget;
pub(super) mod holdings;
pub(super) mod inventory;
pub(super) mod ledger;
pub(super) mod listing;
pub(super) mod newest;
pub(super) mod parked;
pub(super) mod partners;
pub(super) mod past;
pub(super) mod read;
pub(super) mod receipts;
pub(super) mod retain;
pub(super) mod retract;
pub(super) mod secrets;
pub(super) mod store;
