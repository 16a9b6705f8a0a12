//! The lane of publishes: waits while paused, suspended, gone or failing; composes each batch anew.
//!
//! # Why mark, then read, then send
//! The mark says how far a send may have reached. A removal that is stored after the read is owed
//! because the mark covers its item; one that is stored before keeps the item out of the batch.

use std::collections::BTreeSet;

use tokio::time::Instant;

use crate::journal::{self, Channel, Entry, Page, Want};
use crate::metrics::{self, Outcome};
use crate::model::{PublicId, Sequence};
#[cfg(test)]
use crate::simulation::{Bug, planted};

use super::lane::Lane;
use super::session::{Session, rung, sort};
use super::steps::Steps;
use super::wire::{Answer, Reply};

/// A mark reaches this far ahead at most, so that a backlog needs few of them.
const RESERVE: u64 = 4_096;
/// So many entries are read at once, so that small batches need few reads.
const AHEAD: usize = 64;

/// The lane and what belongs to it alone.
#[derive(Debug)]
pub(super) struct Publish<'a> {
    session: &'a Session<'a>,
    lane: Lane,
    /// How far a send may have reached; durable.
    mark: Sequence,
    /// Items of the attempt that is not settled yet, and the head when they were read.
    open: Option<(BTreeSet<PublicId>, Sequence)>,
    /// Some publishes of this partner may be set aside.
    has_parked: bool,
    /// What was read, and the head before: it holds as long as that is the head.
    ahead: Option<(Page, Sequence)>,
    /// Steps of the cursor that are not stored yet.
    steps: Steps<'a>,
}

impl<'a> Publish<'a> {
    pub(super) fn new(session: &'a Session<'a>, lane: Lane, mark: Sequence) -> Self {
        let steps = Steps::new(session.journal());
        Self { session, lane, mark, open: None, has_parked: true, ahead: None, steps }
    }

    /// Sends until it is time to stop. False if an attempt is left unsettled: a removal may have
    /// overtaken it.
    pub(super) async fn run(mut self) -> bool {
        let mut ears = self.session.listen();
        loop {
            // Whoever is always busy never listens: a pause is heard before the next batch all the same.
            self.session.heed(&mut ears, &mut self.lane).await;
            let due = self.due();
            if due.is_none_or(|due| due > Instant::now()) {
                if !self.session.listens(&mut ears, &mut self.lane, due).await {
                    break;
                }
                continue;
            }
            if self.session.stop.is_cancelled() {
                break;
            }
            if let Err(error) = self.once().await {
                self.session.trouble(&mut self.lane, &error);
            }
        }
        for ended in [self.settle().await, self.steps.finish().await] {
            if let Err(error) = ended {
                self.session.trouble(&mut self.lane, &error);
            }
        }
        self.session.save(&mut self.lane).await;
        self.open.is_none()
    }

    /// When something is to be done; none as long as nothing new may or can be sent.
    fn due(&self) -> Option<Instant> {
        let due =
            self.open.is_some() || self.steps.is_open() || self.may_send() || self.may_repeat();
        due.then_some(self.lane.not_before)
    }

    fn may_send(&self) -> bool {
        self.lane.cursor < self.session.journal().head() && self.session.may_publish()
    }

    /// May items be sent once more that the partner turned out to lack?
    fn may_repeat(&self) -> bool {
        self.session.traffic.has_wanted() && self.session.may_publish()
    }

    async fn once(&mut self) -> Result<(), journal::Error> {
        self.settle().await?;
        if self.may_repeat() {
            self.steps.finish().await?;
            return self.send_wanted().await;
        }
        if !self.may_send() {
            self.ahead = None;
            return self.steps.finish().await;
        }
        let limit = self.lane.limit(self.session.push.batch);
        let (mut page, head) = self.compose(limit).await?;
        if page.entries.is_empty() {
            self.session.pass(&mut self.lane, page.reached);
            return Ok(());
        }
        let (session, kind) = (self.session, self.lane.kind);
        let (message, fitting) = session.origin.items(kind, 0, &page.entries);
        cut(&mut page, fitting);
        if session.stands_down(&mut self.lane) {
            return Ok(());
        }
        self.open = Some((super::wire::ids(&page.entries), head));
        let answer = session.attempt(&mut self.lane, &message, &page.entries).await;
        if answer == Answer::failed(Outcome::AddressRefused) {
            self.open = None; // not a byte left
        }
        self.settle().await?;
        match answer {
            Answer::Accepted(reply) => self.accepted(&page, &reply).await,
            Answer::Failed { .. } if self.lane.gives_up() => {
                self.has_parked = true;
                self.steps.finish().await?;
                session.give_up(&mut self.lane, &page).await
            }
            Answer::Failed { .. } => self.steps.finish().await,
        }
    }

    /// Sends items once more that the partner turned out to lack, as they are now.
    async fn send_wanted(&mut self) -> Result<(), journal::Error> {
        let (session, kind) = (self.session, self.lane.kind);
        self.lane.rated().await;
        let limit = self.lane.limit(session.push.batch);
        let (wanted, head) = (session.traffic.wanted(limit), session.journal().head());
        let ids = wanted.iter().copied().collect();
        let mut entries = session.journal().look(session.id(), Channel::Push, ids).await?;
        entries.retain(|entry| !entry.item.is_deleted() && entry.item.modified <= self.mark);
        entries.sort_by_key(|entry| entry.item.modified);
        if entries.is_empty() {
            session.traffic.unwant(&wanted);
            return Ok(());
        }
        let round = session.wiring.clock.now().as_millisecond();
        let (message, fitting) = session.origin.items(kind, round, &entries);
        entries.truncate(fitting);
        if session.stands_down(&mut self.lane) {
            return Ok(());
        }
        let sent = super::wire::ids(&entries);
        self.open = Some((sent.clone(), head));
        let answer = session.attempt(&mut self.lane, &message, &entries).await;
        self.settle().await?;
        match answer {
            Answer::Accepted(reply) => {
                let (taken, _) = sort(&entries, &reply);
                if self.has_parked {
                    let taken = taken.iter().map(|entry| entry.item.id).collect();
                    session.journal().unpark(session.id(), kind, taken).await?;
                }
                let evidence = (taken.len(), rung(&entries, &reply));
                session.traffic.unwant(if fitting == wanted.len() { &wanted } else { &sent });
                self.steps.add(session.step(&self.lane, self.lane.cursor, evidence)).await
            }
            Answer::Failed { .. } => {
                if self.lane.gives_up() {
                    session.traffic.unwant(&sent);
                    self.lane.gave_up();
                }
                Ok(())
            }
        }
    }

    /// What is to be sent now, within the mark; and the head before it was read.
    async fn compose(&mut self, limit: usize) -> Result<(Page, Sequence), journal::Error> {
        let (peek, head) = self.read(limit).await?;
        if peek.entries.is_empty() {
            return Ok((peek, head));
        }
        let waited = self.lane.rated().await;
        let marked = peek.reached > self.mark;
        if marked {
            let ahead = self.lane.cursor.plus(RESERVE).min(head);
            let up_to = peek.reached.max(ahead);
            let (journal, id) = (self.session.journal(), self.session.id());
            #[cfg(test)]
            let up_to = if planted(Bug::DropAttemptMark) { Sequence::ZERO } else { up_to };
            journal.mark(id, Channel::Push, up_to).await?;
            #[cfg(test)]
            let up_to = peek.reached.max(ahead);
            self.mark = up_to;
        }
        if !waited && !marked {
            return Ok((peek, head));
        }
        if marked {
            self.ahead = None;
        }
        let (mut page, head) = self.read(limit).await?;
        let marked = |entry: &&Entry| entry.item.modified <= self.mark;
        let within = page.entries.iter().take_while(marked).count();
        cut(&mut page, within);
        page.reached = page.reached.min(self.mark);
        Ok((page, head))
    }

    /// The next entries after the cursor as they are now, and the head before they were read.
    async fn read(&mut self, limit: usize) -> Result<(Page, Sequence), journal::Error> {
        let (journal, id) = (self.session.journal(), self.session.id());
        let (cursor, head) = (self.lane.cursor, journal.head());
        if let Some((ahead, then)) = &self.ahead
            && *then == head
            && let Some(page) = next_of(ahead, cursor, limit)
        {
            return Ok((page, head));
        }
        let after = (cursor, limit.max(AHEAD));
        let mut page = journal.read(id, Channel::Push, Want::Publish, after).await?;
        if page.entries.len() > limit {
            self.ahead = Some((page.clone(), head));
            cut(&mut page, limit);
        }
        Ok((page, head))
    }

    /// The open attempt is closed: items that were removed since it was read are taken back again,
    /// because their removal may have overtaken it. Parked first, so that no crash forgets it.
    async fn settle(&mut self) -> Result<(), journal::Error> {
        let Some((sent, head)) = &self.open else {
            return Ok(());
        };
        let (session, journal) = (self.session, self.session.journal());
        if journal.head() > *head {
            let sent = sent.iter().copied().collect();
            let now = journal.look(session.id(), Channel::Push, sent).await?;
            let removed: Vec<_> = now.iter().filter(|entry| entry.item.is_deleted()).collect();
            if !removed.is_empty() {
                session.fresh().add(removed.iter().map(|entry| entry.item.id));
                session.park(metrics::Lane::Remove, &removed).await?;
                session.hint();
            }
        }
        self.open = None;
        Ok(())
    }

    async fn accepted(&mut self, page: &Page, reply: &Reply) -> Result<(), journal::Error> {
        let (session, kind) = (self.session, self.lane.kind);
        let (journal, id) = (session.journal(), session.id());
        let (taken, rejected) = sort(&page.entries, reply);
        if self.has_parked {
            let taken = taken.iter().map(|entry| entry.item.id).collect();
            journal.unpark(id, kind, taken).await?;
            self.has_parked = !journal.parked(id, kind, 1).await?.is_empty();
        }
        if !rejected.is_empty() {
            self.has_parked = true;
            session.park(kind, &rejected).await?;
        }
        let evidence = (taken.len(), rung(&page.entries, reply));
        let step = session.step(&self.lane, page.reached, evidence);
        session.stepped(&mut self.lane, page.reached);
        session.accepted(kind, taken.into_iter());
        self.steps.add(step).await
    }
}

/// Keeps the first `count` entries; what comes after them is read again later.
fn cut(page: &mut Page, count: usize) {
    if count < page.entries.len() {
        page.entries.truncate(count);
        if let Some(last) = page.entries.last() {
            page.reached = last.item.modified;
        }
    }
}

/// What of a longer page comes after the cursor; none when nothing does.
fn next_of(page: &Page, cursor: Sequence, limit: usize) -> Option<Page> {
    let after = page.entries.iter().skip_while(|entry| entry.item.modified <= cursor);
    let mut rest = after.take(limit + 1).cloned().collect::<Vec<_>>();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let last = rest.last()?.item.modified;
    let reached = if more { last } else { page.reached };
    Some(Page { entries: rest, reached })
}
