//! The privacy boundary (promises P1 and P2): pure, synchronous, no clock, no input or output.
//!
//! Anybody may fill a [`CoreRow`]; only this folder may read one. Only [`minimise`] makes a
//! [`Published`], and nothing else ever leaves.

mod published;
mod row;
mod verdict;

pub use published::Published;
pub use row::{AuthorKey, Column, CoreId, CoreRow, Value};
pub use verdict::{Finding, FindingType, Reason, Verdict};
