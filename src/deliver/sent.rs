//! The line that each batch leaves in the log.

use std::time::Duration;

use crate::clock::whole_ms;

use super::lane::Word;

/// A batch that was sent, as it is logged: no value of an item.
pub(super) struct Batch<'a> {
    pub(super) partner: &'a str,
    pub(super) lane: &'a str,
    pub(super) outcome: &'a str,
    pub(super) status: Option<u16>,
    pub(super) items: usize,
    pub(super) duration_ms: u64,
    pub(super) message: &'a str,
}

impl Batch<'_> {
    /// One line for each batch, at debug; higher when there is something to be known.
    pub(super) fn log(self, word: Word, (attempt, wait): (u32, Duration)) {
        let Self { partner, lane, outcome, status, items, duration_ms, message: message_id } = self;
        let wait_ms = whole_ms(wait);
        match word {
            Word::Failing(failures) => tracing::warn!(
                partner,
                lane,
                outcome,
                status,
                items,
                duration_ms,
                message_id,
                attempt,
                wait_ms,
                failures,
                "a push failed: it is tried again"
            ),
            Word::Over => tracing::info!(
                partner,
                lane,
                outcome,
                status,
                items,
                duration_ms,
                message_id,
                "pushes go through"
            ),
            Word::Nothing => tracing::debug!(
                partner,
                lane,
                outcome,
                status,
                items,
                duration_ms,
                message_id,
                attempt,
                wait_ms,
                "push"
            ),
        }
    }
}
