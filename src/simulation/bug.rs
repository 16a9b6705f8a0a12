//! Bugs that are planted to see the checker go red. Compiled into tests alone.

use std::cell::Cell;

/// A bug that others have shipped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Bug {
    /// The removal lane heeds a pause.
    SkipRemovalsOnPause,
    /// An answer closes more than what was sent.
    CloseOtherBatch,
    /// How far a send may reach is not noted.
    DropAttemptMark,
    /// A cursor is compared off by one.
    CompareAtLeast,
    /// Only the latest scope counts.
    ForgetScopes,
}

thread_local! {
    static PLANTED: Cell<Option<Bug>> = const { Cell::new(None) };
}

/// Is this bug planted on this thread?
pub(crate) fn planted(bug: Bug) -> bool {
    PLANTED.get() == Some(bug)
}

/// Plants a bug, or none.
pub(super) fn plant(bug: Option<Bug>) {
    PLANTED.set(bug);
}
