//! The line that each batch leaves in the log.

use std::time::Duration;

use crate::clock::whole_ms;

use super::lane::Word;

/// A batch that was sent, as it is logged: no value of an item.
pub(crate) struct Batch<'a> {
    pub(crate) partner: &'a str,
    pub(crate) lane: &'a str,
    pub(crate) outcome: &'a str,
    pub(crate) status: Option<u16>,
    pub(crate) items: usize,
    pub(crate) duration_ms: u64,
    pub(crate) message: &'a str,
}

impl Batch<'_> {
    /// One line for each batch, at debug; another one when there is something to be known.
    pub(crate) fn log(self, word: Word, (attempt, wait): (u32, Duration)) {
        let Self { partner, lane, outcome, status, items, duration_ms, message: message_id } = self;
        let wait_ms = whole_ms(wait);
        tracing::debug!(
            partner,
            lane,
            outcome,
            status,
            items,
            duration_ms,
            message_id,
            attempt,
            wait_ms,
            "a batch was sent"
        );
        match word {
            Word::Failing(failures) => {
                tracing::warn!(
                    partner,
                    lane,
                    outcome,
                    status,
                    failures,
                    wait_ms,
                    message_id,
                    "batches fail: they are tried again"
                );
            }
            Word::Over => tracing::info!(partner, lane, "batches go through"),
            Word::Nothing => {}
        }
    }
}
