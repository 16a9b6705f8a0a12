//! Letters about what is new, and about what may stay.

use jiff::Timestamp;

use crate::journal::{self, Channel, Cursor, Page, Rung, Want};
use crate::metrics::Lane;
use crate::model::Sequence;

use super::super::{schedule, words};
use super::{Worker, later};

/// Most items in a letter, and most such letters at a time: a person has to read them.
const ITEMS_MAX: usize = 50;
const LETTERS_MAX: usize = 5;

impl Worker<'_> {
    /// Writes what is new, or that what is there may stay, when its time has come.
    pub(super) async fn tell_news(&mut self) -> Result<(), journal::Error> {
        let now = self.now();
        if now < self.next_news || self.is_overdue(now) || self.is_superseded() {
            return Ok(());
        }
        let Some(until) = self.partner.lease_from(now) else { return self.pass_over().await };
        let mut told = 0;
        while !self.standing.paused && told < LETTERS_MAX && !self.stop.is_cancelled() {
            let Some(page) = self.compose().await? else { break };
            if self.is_superseded() {
                return Ok(());
            }
            let words = words::items(self.partner, &page.entries, (&self.links, until));
            let letter = self.letter(words, ("publish", 0), &page.entries, now);
            if !self.bring(Lane::Publish, &letter, page.entries.len()).await {
                return Ok(());
            }
            self.given(&page).await?;
            self.renewed(until).await?;
            told += 1;
        }
        if told == 0 && !self.renew(until, now).await? {
            return Ok(());
        }
        self.next_news = later(now, self.mail.every);
        Ok(())
    }

    /// A letter that only renews the lease, if it is time for one; false if it was not taken.
    async fn renew(&mut self, until: Timestamp, now: Timestamp) -> Result<bool, journal::Error> {
        let (lease, times) = (self.standing.lease, (self.partner.removal.lease, self.mail.every));
        if self.standing.push_mark == Sequence::ZERO
            || lease.is_some_and(|lease| lease >= until)
            || !schedule::renews(lease, times, now)
        {
            return Ok(true);
        }
        let count = self.tools.journal.expected(&self.partner.id).await?.count();
        if count == 0 || self.is_superseded() {
            return Ok(true);
        }
        let words = words::renewal(self.partner, count, until);
        let letter = self.letter(words, ("renew", now.as_second()), &[], now);
        let brought = self.bring(Lane::Publish, &letter, 0).await;
        if brought {
            self.renewed(until).await?;
        }
        Ok(brought)
    }

    /// The next items as they are now, marked as perhaps sent; none when there are no more.
    async fn compose(&mut self) -> Result<Option<Page>, journal::Error> {
        let (journal, id) = (&self.tools.journal, &self.partner.id);
        while self.standing.publish < journal.head() {
            let after = (self.standing.publish, ITEMS_MAX);
            let peek = journal.read(id, Channel::Push, Want::Publish, after).await?;
            if !peek.entries.is_empty() {
                journal.mark(id, Channel::Push, peek.reached).await?;
                let mut page = journal.read(id, Channel::Push, Want::Publish, after).await?;
                page.entries.retain(|entry| entry.item.modified <= peek.reached);
                page.reached = page.reached.min(peek.reached);
                if !page.entries.is_empty() {
                    return Ok(Some(page));
                }
            }
            if peek.reached <= self.standing.publish {
                break;
            }
            self.step((Cursor::Publish, peek.reached), (0, Rung::Accepted)).await?;
            self.standing.publish = peek.reached;
        }
        Ok(None)
    }

    /// Passes what is not this partner's any more, so that a letter that perhaps left is not in doubt
    /// for ever after the agreement's end.
    async fn pass_over(&mut self) -> Result<(), journal::Error> {
        let (journal, id) = (&self.tools.journal, &self.partner.id);
        while self.standing.publish < journal.head() {
            let after = (self.standing.publish, ITEMS_MAX);
            let page = journal.read(id, Channel::Push, Want::Publish, after).await?;
            if !page.entries.is_empty() || page.reached <= self.standing.publish {
                break;
            }
            self.step((Cursor::Publish, page.reached), (0, Rung::Accepted)).await?;
            self.standing.publish = page.reached;
        }
        Ok(())
    }

    /// The mail server took these items.
    async fn given(&mut self, page: &Page) -> Result<(), journal::Error> {
        let evidence = (page.entries.len(), Rung::Accepted);
        self.step((Cursor::Publish, page.reached), evidence).await?;
        self.standing.publish = page.reached;
        self.counted = None;
        let now = self.now();
        for entry in &page.entries {
            let after = now.duration_since(entry.changed_at).try_into().unwrap_or_default();
            self.tools.metrics.accepted(&self.partner.id, Lane::Publish, after);
        }
        Ok(())
    }

    async fn renewed(&mut self, until: Timestamp) -> Result<(), journal::Error> {
        self.tools.journal.set_lease(&self.partner.id, until).await?;
        self.tools.metrics.lease(&self.partner.id, until);
        self.standing.lease = Some(until);
        Ok(())
    }
}
