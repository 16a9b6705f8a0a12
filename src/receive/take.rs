//! What a message does to the holdings, and what is answered (pure).

use super::store::{Full, Holdings};
use super::wire::{Answer, Item, Message, Rejected};

/// Applies a message and answers with what is held afterwards.
///
/// # Errors
/// When there was no room for some items; the others were applied.
pub fn carry_out(message: Message, holdings: &mut Holdings) -> Result<Answer, Full> {
    let mut answer = Answer::default();
    match message {
        Message::Items(items) => apply_all(items, holdings, &mut answer)?,
        Message::Lease(lease) => holdings.renew(lease),
        Message::Asked(None) => answer.buckets = Some(holdings.buckets()),
        Message::Asked(Some(asked)) => answer.holdings = Some(holdings.list(&asked)),
        Message::Nothing => {}
    }
    answer.digest = holdings.digest();
    Ok(answer)
}

/// Also when there is no room for some, the others are applied: what must go, goes. An item that
/// is older than what is held is confirmed all the same, as its message is dealt with.
fn apply_all(
    items: Vec<Result<Item, Rejected>>,
    holdings: &mut Holdings,
    answer: &mut Answer,
) -> Result<(), Full> {
    let mut outcome = Ok(());
    for item in items {
        match item {
            Ok(item) => {
                let id = item.id.clone();
                match holdings.apply(item) {
                    Ok(_) => answer.confirmed.push(id),
                    Err(full) => outcome = Err(full),
                }
            }
            Err(rejected) => answer.rejected.push(rejected),
        }
    }
    outcome
}
