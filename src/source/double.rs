//! Two rows for one item.

use crate::minimise::{Column, CoreRow, Value};

/// A view with two rows for one item contradicts itself (a join gone wrong): which of them holds
/// is not ours to guess, so one is kept and its consent is unreadable. Doubles lie side by side.
pub(super) fn one_each(mut rows: Vec<CoreRow>) -> Vec<CoreRow> {
    rows.dedup_by(|next, kept| {
        let same = next.id() == kept.id();
        if same {
            kept.set(Column::Share, Value::Odd);
        }
        same
    });
    rows
}
