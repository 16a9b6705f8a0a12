//! Forgets, hour by hour, what was removed long ago and is owed to nobody.

use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::journal::{self, Journal};
use crate::model::Sequence;
use crate::partner::LEASE_MAX;

/// How often it is looked for.
const EVERY: Duration = Duration::from_secs(60 * 60);
/// How long it is kept that an item was removed: the longest lease. A copy that is older was
/// renewed by a partner that was told of the removal, or has been hidden since (promise P6).
const KEPT: Duration = LEASE_MAX;

/// Forgets every hour until the drain.
pub(super) async fn run(journal: Journal, clock: Clock, drain: CancellationToken) {
    while !super::waited(EVERY, &drain).await {
        match sweep(&journal, clock.now(), &drain).await {
            Ok(0) => {}
            Ok(items) => tracing::info!(items, "items that were removed long ago are forgotten"),
            Err(error) => tracing::warn!(%error, "old removals could not be forgotten yet"),
        }
    }
}

/// Step by step: the writer does what else waits in between. Returns how many items went.
async fn sweep(
    journal: &Journal,
    now: Timestamp,
    drain: &CancellationToken,
) -> Result<usize, journal::Error> {
    let before = now.checked_sub(KEPT).unwrap_or(Timestamp::MIN);
    let (mut items, mut next) = (0, Some(Sequence::ZERO));
    while let Some(after) = next.filter(|_| !drain.is_cancelled()) {
        let step = journal.forget(before, after).await?;
        items += step.items;
        next = step.next;
        tokio::task::yield_now().await;
    }
    Ok(items)
}

#[cfg(test)]
mod tests {
    use crate::journal::{Batch, Change, Counts};
    use crate::minimise::{CoreId, Policy, Verdict, minimise};

    use super::*;

    fn published(number: usize, now: Timestamp) -> Change {
        let row = serde_json::json!({
            "id": number.to_string(), "author_id": "p1", "kind": "request", "first_name": "Anna",
            "region_code": "GM0119", "region_name": "Meppel", "title": "Hulp", "body": "Wie?",
            "language": "nl", "url": "https://platform.example/hulp", "expires_at": null,
            "published_at": "2026-05-30T09:00:00Z", "share": true, "approved": null,
            "visibility": "public", "of_age": true, "withhold": [],
        });
        let row = crate::source::row(&row.to_string()).unwrap();
        match minimise(&row, &Policy::new([7; 32]), now) {
            Verdict::Publish(item, _) => Change::Publish(item),
            Verdict::Withhold(reason) => panic!("withheld: {}", reason.as_str()),
        }
    }

    #[tokio::test(start_paused = true)]
    async fn what_was_removed_a_lease_ago_is_forgotten_within_the_hour() {
        let clock = Clock::virtual_from("2026-06-01T12:00:00Z".parse().unwrap());
        let journal = Journal::in_memory(clock.clone()).unwrap();
        let items = 2_500;
        let store = async |changes| {
            journal.append(Batch { changes, ..Batch::default() }).await.unwrap();
        };
        store((0..=items).map(|number| published(number, clock.now())).collect()).await;
        let id = |number: usize| Policy::new([7; 32]).public_id(&CoreId::new(number.to_string()));
        store((0..items).map(|number| Change::Remove(id(number))).collect()).await;
        let tasks = crate::lifecycle::Tasks::default();
        tasks.spawn("forget", run(journal.clone(), clock.clone(), tasks.drain()));
        let day = Duration::from_secs(24 * 60 * 60);
        let gone = u64::try_from(items).unwrap();
        tokio::time::sleep(90 * day - EVERY).await;
        assert_eq!(journal.counts(), Counts { live: 1, removed: gone }, "too early");
        tokio::time::sleep(2 * EVERY + EVERY / 2).await;
        assert_eq!(journal.counts(), Counts { live: 1, removed: 0 }, "in steps of a thousand");
        assert_eq!(tasks.finish(day).await, crate::lifecycle::Ending::Clean);
    }
}
