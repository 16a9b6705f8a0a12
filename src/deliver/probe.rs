//! The probe (design §9): looks at a partner's declared page for referral links of removed items.
//!
//! It is the only evidence that does not rest on the partner's word. A page on which no link of a
//! live item is found either proves nothing: it may be filled by a script.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use jiff::{SignedDuration, Timestamp};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;
use url::Url;

use crate::journal::{self, Channel, Entry, Proof, Rung};
use crate::metrics::Lane;
use crate::model::{PartnerId, PublicId, Sequence};
use crate::partner::{Partner, Status};

use super::wire::Client;
use super::{Control, Wiring};

/// How often it is looked whose page is due.
const LOOK: Duration = Duration::from_secs(5);
/// A page is fetched four times within the promise, within these limits.
const EVERY: (Duration, Duration) = (Duration::from_secs(15), Duration::from_secs(3600));
/// Pages that are fetched at one time.
const AT_ONCE: usize = 8;
/// Characters of a public id.
const ID_LENGTH: usize = 26;
/// Most links of one page that are looked up.
const LINKS_MAX: usize = 10_000;

/// The task that looks.
#[derive(Debug)]
pub(super) struct Probe {
    pub(super) wiring: Wiring,
    pub(super) client: Client,
    pub(super) control: Control,
}

/// What a page shows.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shown {
    /// Links of items that are live.
    pub(super) live: u32,
    /// Links of items that were removed.
    pub(super) removed: u32,
    /// Those whose removal was promised to be over.
    pub(super) overdue: u32,
    /// The age of the oldest removal among them.
    oldest: Duration,
}

impl Probe {
    /// Looks until the drain.
    pub(super) async fn run(self, drain: CancellationToken) {
        let mut due = BTreeMap::<PartnerId, Instant>::new();
        loop {
            let (now, partners) = (Instant::now(), self.wiring.registry.current());
            due.retain(|id, _| partners.contains_key(id));
            let pages = partners.values().filter(|one| one.status != Status::Draft);
            let pages = pages.filter_map(|one| Some((one.clone(), one.probe.clone()?)));
            let mut ready = Vec::new();
            for (partner, page) in pages {
                let every = (partner.removal.promise / 4).clamp(EVERY.0, EVERY.1);
                let next = due.entry(partner.id.clone()).or_insert(now);
                if *next <= now {
                    *next = now + every.mul_f64(0.9 + 0.2 * fastrand::f64());
                    ready.push((partner, page));
                }
            }
            let looks = futures_util::stream::iter(ready)
                .for_each_concurrent(AT_ONCE, |(partner, page)| self.visit(partner, page));
            tokio::select! {
                biased;
                () = drain.cancelled() => return,
                () = async { looks.await; tokio::time::sleep(LOOK).await } => {}
            }
        }
    }

    async fn visit(&self, partner: Arc<Partner>, page: Url) {
        let id = partner.id.as_str();
        let looked = self.look(&partner, &page).await;
        if let Ok(shown) = &looked {
            self.wiring.metrics.probe(&partner.id, shown.is_some());
        }
        match looked {
            Ok(Some(shown)) if shown.overdue > 0 => {
                let (items, age_s) = (shown.overdue, shown.oldest.as_secs());
                tracing::error!(partner = id, items, age_s, "removed items are still on the page");
            }
            Ok(Some(_)) => {}
            Ok(None) => tracing::warn!(partner = id, "the declared page could not be fetched"),
            Err(error) => tracing::warn!(partner = id, %error, "the page could not be judged"),
        }
    }

    /// Fetches the page once; none if it did not come.
    pub(super) async fn look(
        &self,
        partner: &Partner,
        page: &Url,
    ) -> Result<Option<Shown>, journal::Error> {
        let (head, now) = (self.wiring.journal.head(), self.wiring.clock.now());
        let allow_private = partner.push.as_ref().is_some_and(|push| push.allow_private);
        let Some(text) = self.client.fetch(page, allow_private).await else { return Ok(None) };
        self.weigh(partner, &text, (head, now)).await.map(Some)
    }

    /// What follows from the text of the page, fetched when the journal stood there.
    pub(super) async fn weigh(
        &self,
        partner: &Partner,
        text: &str,
        (head, now): (Sequence, Timestamp),
    ) -> Result<Shown, journal::Error> {
        let (journal, id) = (&self.wiring.journal, &partner.id);
        let links = links(text, id);
        let mut entries = Vec::new();
        for channel in Channel::ALL {
            entries.extend(journal.look(id, *channel, links.iter().copied().collect()).await?);
        }
        entries.sort_by_key(|entry| entry.item.id);
        entries.dedup_by_key(|entry| entry.item.id);
        let shown = judge(&entries, now, partner.removal.promise);
        // Nor does it say that anything is gone.
        if shown.removed > 0 || shown.live > 0 {
            self.owe(partner, &entries, shown.overdue > 0).await?;
        }
        if shown.removed == 0 && shown.live > 0 {
            let (partner, items) = (id.clone(), shown.live);
            let proof = Proof { partner, up_to: head, items, rung: Rung::Verified };
            journal.prove(proof).await?;
        }
        Ok(shown)
    }

    /// What is still shown after the promise is owed again, whatever was accepted, until the page
    /// no longer shows it. Who is not sent to closes nothing by an answer: the page alone does.
    async fn owe(
        &self,
        partner: &Partner,
        entries: &[Entry],
        overdue: bool,
    ) -> Result<(), journal::Error> {
        let (journal, id) = (&self.wiring.journal, &partner.id);
        let removed = entries.iter().filter(|entry| overdue && entry.item.is_deleted());
        let parts = removed.map(|entry| (entry.item.id, entry.item.modified, entry.changed_at));
        let parts: Vec<_> = parts.collect();
        let shown: BTreeSet<_> = parts.iter().map(|(id, ..)| *id).collect();
        if !parts.is_empty() {
            journal.park(id, Lane::Remove, parts).await?;
        }
        if partner.is_sent_to() {
            self.control.seen_on_page(id, shown);
            return Ok(());
        }
        let mut gone = journal.parked(id, Lane::Remove, LINKS_MAX).await?;
        gone.retain(|id| !shown.contains(id));
        if gone.is_empty() { Ok(()) } else { journal.unpark(id, Lane::Remove, gone).await }
    }
}

/// The ids of this partner's referral links on a page.
fn links(page: &str, partner: &PartnerId) -> BTreeSet<PublicId> {
    let start = format!("/r/{partner}/");
    let ids = page.split(&*start).skip(1).filter_map(|rest| {
        let (id, after) = rest.split_at_checked(ID_LENGTH)?;
        let ends = !after.starts_with(|next: char| next.is_ascii_alphanumeric());
        id.parse().ok().filter(|_| ends)
    });
    ids.take(LINKS_MAX).collect()
}

fn judge(entries: &[Entry], now: Timestamp, promise: Duration) -> Shown {
    let mut shown = Shown::default();
    for entry in entries {
        if !entry.item.is_deleted() {
            shown.live += 1;
            continue;
        }
        shown.removed += 1;
        let age = now.duration_since(entry.changed_at).max(SignedDuration::ZERO);
        let age = Duration::try_from(age).unwrap_or_default();
        if age > promise {
            shown.overdue += 1;
            shown.oldest = shown.oldest.max(age);
        }
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_however_they_are_written() {
        let wijk: PartnerId = "wijk".parse().unwrap();
        let (a, b) = (PublicId::from_bytes([1; 16]), PublicId::from_bytes([2; 16]));
        let page = format!(
            "<a href=\"https://luik.example/r/wijk/{a}\">x</a> <a href='/r/wijk/{b}?utm=1'>
             https://luik.example/r/ander/{a} /r/wijk/kort /r/wijk/{a}b /r/wijk/é"
        );
        assert_eq!(links(&page, &wijk), [a, b].into());
        assert_eq!(links("", &wijk), [].into());
    }
}
