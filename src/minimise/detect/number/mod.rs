//! Numbers that belong to one person or one car, and the digits that all of them are made of.

pub(super) mod bsn;
mod digits;
pub(super) mod iban;
pub(super) mod plate;

pub(super) use digits::{Run, Runs, Unit, value};
