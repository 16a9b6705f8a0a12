//! What the boundary decides about a row.

use crate::model::FindingType;

use super::published::Published;
use super::reason::Reason;

/// Where something was taken out: never what.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// `title` or `body`.
    pub field: &'static str,
    /// What it was.
    pub kind: FindingType,
    /// First character in the text as the core holds it, counted in Unicode scalar values.
    pub start: usize,
    /// Characters, counted likewise.
    pub length: usize,
}

/// The decision about one row; every row gets exactly one.
#[must_use = "an unhandled verdict is a lost change"]
#[derive(Debug)]
pub enum Verdict {
    /// This may leave; these were taken out of it.
    Publish(Box<Published>, Vec<Finding>),
    /// It may not leave. If it is live, it is to be removed.
    Withhold(Reason),
}
