//! The lane of removals (promise P3): heeds no pause, breaker or suspension, sheds nothing, and
//! keeps trying for ever.

use tokio::time::Instant;

use crate::journal::{self, Channel, Entry, Page, Want};
use crate::metrics::Outcome;
use crate::model::{PublicId, Sequence};

use super::lane::{Lane, Parked};
use super::session::{Session, rung, sort};
use super::wire::{Answer, Reply};

/// Most removals in one request; so many fit into any body.
const BATCH_MAX: usize = 1_000;
/// Most refused removals that are looked up at a time.
const PARKED_MAX: usize = 10_000;

/// The lane and what belongs to it alone.
#[derive(Debug)]
pub(super) struct Remove<'a> {
    session: &'a Session<'a>,
    lane: Lane,
    parked: Parked,
    /// Up to here removals were sent before, and are sent again under this round: after a crash
    /// nobody knows whether a publish came after them.
    again: Option<(Sequence, i64)>,
}

impl<'a> Remove<'a> {
    pub(super) fn new(
        session: &'a Session<'a>,
        mut lane: Lane,
        rewind_to: Option<Sequence>,
    ) -> Self {
        let sent = lane.cursor;
        let again = rewind_to.filter(|to| *to < sent).map(|to| {
            lane.cursor = to;
            (sent, session.wiring.clock.now().as_millisecond())
        });
        session.repeats(again.is_some());
        Self { session, lane, parked: Parked::new(), again }
    }

    /// Sends until it is time to stop. False if not everything was sent that is sent again.
    pub(super) async fn run(mut self) -> bool {
        let mut ears = self.session.listen();
        loop {
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
        self.session.save(&mut self.lane).await;
        self.again.is_none()
    }

    /// When something is to be done; none as long as nothing is known to be owed.
    fn due(&self) -> Option<Instant> {
        let news = self.lane.cursor < self.session.journal().head();
        if news || self.parked.is_queued() || !self.session.fresh().is_empty() {
            return Some(self.lane.not_before);
        }
        let due = self.parked.due()?;
        Some(due.max(self.lane.not_before))
    }

    async fn once(&mut self) -> Result<(), journal::Error> {
        self.queue().await?;
        let overtaken = self.parked.is_queued() && !self.parked.is_overdue();
        if overtaken || !self.send_next().await? && self.parked.is_queued() {
            self.send_parked().await?;
        }
        self.again = self.again.filter(|(sent, _)| self.lane.cursor < *sent);
        self.session.repeats(self.again.is_some());
        Ok(())
    }

    fn batch(&mut self) -> usize {
        self.lane.limit(self.session.push.batch.min(BATCH_MAX))
    }

    /// Queues what is owed apart from the stream, if nothing is queued yet.
    async fn queue(&mut self) -> Result<(), journal::Error> {
        if self.parked.is_queued() {
            return Ok(());
        }
        let now = self.session.wiring.clock.now().as_millisecond();
        let fresh = self.session.fresh().take();
        if !fresh.is_empty() {
            self.parked.queue(fresh, now, false);
            self.session.hint(); // publishes may wait for this
        } else if self.parked.due().is_some_and(|due| due <= Instant::now()) {
            let (journal, id) = (self.session.journal(), self.session.id());
            let parked = journal.parked(id, self.lane.kind, PARKED_MAX).await?;
            self.parked.looked_up();
            if parked.len() == PARKED_MAX {
                self.parked.look_at(Instant::now() + self.lane.pause(1, fastrand::f64()));
            }
            if !parked.is_empty() {
                self.parked.queue(parked, now, true);
            }
        }
        Ok(())
    }

    async fn read(&mut self) -> Result<Page, journal::Error> {
        let after = (self.lane.cursor, self.batch());
        let (journal, id) = (self.session.journal(), self.session.id());
        journal.read(id, Channel::Push, Want::Remove, after).await
    }

    /// The next removals of the stream; false if there are none.
    async fn send_next(&mut self) -> Result<bool, journal::Error> {
        if self.lane.cursor >= self.session.journal().head() {
            return Ok(false);
        }
        let session = self.session;
        let mut page = self.read().await?;
        if !page.entries.is_empty() && self.lane.rated().await {
            page = self.read().await?;
        }
        if page.entries.is_empty() {
            session.pass(&mut self.lane, page.reached);
            return Ok(false);
        }
        let round = self.again.map_or(0, |(_, round)| round);
        let (message, _) = session.origin.items(self.lane.kind, round, &page.entries);
        if session.stands_down(&mut self.lane) {
            return Ok(true);
        }
        let answer = session.attempt(&mut self.lane, &message, &page.entries).await;
        let reply = match answer {
            Answer::Accepted(reply) => reply,
            Answer::Failed { outcome, .. } => {
                let alone = outcome == Outcome::Refused && page.entries.len() == 1;
                if alone && self.lane.gives_up() {
                    session.give_up(&mut self.lane, &page).await?;
                    self.look_later();
                }
                return Ok(true);
            }
        };
        self.park_refused(&page.entries, &reply).await?;
        let (taken, _) = sort(&page.entries, &reply);
        let evidence = (taken.len(), rung(&page.entries, &reply));
        session.advance(&mut self.lane, page.reached, evidence).await?;
        if round == 0 {
            session.accepted(self.lane.kind, taken.into_iter());
        }
        Ok(true)
    }

    /// A refused removal stays owed: it is set aside and tried again.
    async fn park_refused(
        &mut self,
        entries: &[Entry],
        reply: &Reply,
    ) -> Result<(), journal::Error> {
        let (_, refused) = sort(entries, reply);
        if refused.is_empty() {
            return Ok(());
        }
        self.session.park(self.lane.kind, &refused).await?;
        self.look_later();
        Ok(())
    }

    fn look_later(&mut self) {
        let refusals = self.parked.refused();
        let pause = self.lane.pause(refusals, fastrand::f64());
        self.parked.look_at(Instant::now() + pause);
    }

    /// The next removals of those that are owed apart from the stream.
    async fn send_parked(&mut self) -> Result<(), journal::Error> {
        let (session, journal) = (self.session, self.session.journal());
        self.lane.rated().await;
        let limit = self.batch();
        let (queued, round) = self.parked.next(limit);
        let mut entries = journal.look(session.id(), Channel::Push, queued.clone()).await?;
        entries.retain(|entry| entry.item.is_deleted());
        entries.sort_by_key(|entry| entry.item.modified);
        if session.stands_down(&mut self.lane) {
            return Ok(());
        }
        let mut reply = Reply::default();
        if !entries.is_empty() {
            let (message, _) = session.origin.items(self.lane.kind, round, &entries);
            match session.attempt(&mut self.lane, &message, &entries).await {
                Answer::Accepted(accepted) => reply = accepted,
                Answer::Failed { outcome: Outcome::Refused, .. } if entries.len() == 1 => {
                    self.lane.gave_up();
                    reply.rejected.extend(entries.iter().map(|entry| entry.item.id));
                }
                Answer::Failed { .. } => return Ok(()),
            }
        }
        self.close(&queued, &entries, &reply).await?;
        self.parked.done(queued.len());
        Ok(())
    }

    /// Forgets what is not owed any more: it was taken, it is shown again, or it never was this
    /// partner's. What was refused, or overtaken once more meanwhile, stays.
    async fn close(
        &mut self,
        queued: &[PublicId],
        entries: &[Entry],
        reply: &Reply,
    ) -> Result<(), journal::Error> {
        let (session, journal) = (self.session, self.session.journal());
        let (taken, refused) = sort(entries, reply);
        if !taken.is_empty() {
            let evidence = (taken.len(), rung(entries, reply));
            let here = self.lane.cursor;
            session.advance(&mut self.lane, here, evidence).await?;
        }
        let done: Vec<_> = {
            let fresh = session.fresh();
            let open = |id: &PublicId| reply.rejected.contains(id) || fresh.contains(id);
            queued.iter().copied().filter(|id| !open(id)).collect()
        };
        journal.unpark(session.id(), self.lane.kind, done).await?;
        if self.parked.is_overdue() {
            session.accepted(self.lane.kind, taken.into_iter());
        }
        if refused.is_empty() {
            self.parked.accepted();
            return Ok(());
        }
        self.look_later();
        session.park(self.lane.kind, &refused).await // behind those that wait for their turn
    }
}
