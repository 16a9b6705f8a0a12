//! The lane of removals (promise P3): heeds no pause, breaker or suspension, sheds nothing, and
//! keeps trying for ever.

use std::collections::BTreeSet;
use std::time::Duration;

use tokio::time::Instant;

use crate::journal::{self, Channel, Entry, Flag, Page, Rung, Want};
use crate::metrics::Outcome;
use crate::model::{PublicId, Sequence};
#[cfg(test)]
use crate::simulation::{Bug, planted};

use super::lane::{Lane, Parked};
use super::session::{Session, rung, sort};
use super::wire::{Answer, Reply};

/// Most removals in one request; so many fit into any body.
const BATCH_MAX: usize = 1_000;
/// A removal that was taken and is still found is sent again within this time in any case.
const DISPUTED_EVERY: Duration = Duration::from_secs(60);
/// Most refused removals that are looked up at a time.
const PARKED_MAX: usize = 10_000;

/// The lane and what belongs to it alone.
#[derive(Debug)]
pub(super) struct Remove<'a> {
    session: &'a Session<'a>,
    lane: Lane,
    parked: Parked,
    /// Removals that are sent once more.
    repeat: Option<Repeat>,
    /// What is parked is of before: it was refused then, or still held.
    of_before: bool,
}

/// Removals that were accepted before and are sent once more, behind all others.
#[derive(Debug)]
struct Repeat {
    /// After this position …
    at: Sequence,
    /// … and up to here.
    to: Sequence,
    /// Stands for this re-send in the message id.
    round: i64,
    /// After a crash nobody knows whether a publish came after them; publishes wait.
    doubt: bool,
    /// Asked for by command or comparison, which the journal remembers until it is done.
    asked: bool,
}

impl<'a> Remove<'a> {
    /// With a doubt, what was accepted after that position is sent again.
    pub(super) fn new(session: &'a Session<'a>, lane: Lane, doubt: Option<Sequence>) -> Self {
        let parked = Parked::new();
        let mut remove = Self { session, lane, parked, repeat: None, of_before: true };
        let sent = remove.lane.cursor;
        if let Some(at) = doubt.filter(|at| *at < sent) {
            let round = remove.round();
            remove.repeat = Some(Repeat { at, to: sent, round, doubt: true, asked: false });
        }
        session.repeats(remove.repeat.is_some());
        remove
    }

    fn round(&self) -> i64 {
        self.session.wiring.clock.now().as_millisecond()
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
        self.repeat.is_none_or(|repeat| !repeat.doubt)
    }

    /// When something is to be done; none as long as nothing is known to be owed.
    fn due(&self) -> Option<Instant> {
        #[cfg(test)]
        if planted(Bug::SkipRemovalsOnPause) && self.session.is_paused() {
            return None;
        }
        let news = self.lane.cursor < self.session.journal().head();
        let session = self.session;
        let asked = session.repeat.is_asked() || session.parked_due.is_asked();
        let repeats = asked || self.repeat.is_some();
        if news || repeats || self.parked.is_queued() || !session.fresh().is_empty() {
            return Some(self.lane.not_before);
        }
        let due = self.parked.due()?;
        Some(due.max(self.lane.not_before))
    }

    /// Overtaken ones first, then news, then what was refused, then what is repeated.
    async fn once(&mut self) -> Result<(), journal::Error> {
        self.queue().await?;
        let overtaken = self.parked.is_queued() && !self.parked.is_overdue();
        if overtaken || !self.send_next().await? && self.parked.is_queued() {
            self.send_parked().await
        } else if self.lane.cursor >= self.session.journal().head() {
            self.send_again().await
        } else {
            Ok(())
        }
    }

    fn batch(&mut self) -> usize {
        self.lane.limit(self.session.push.batch.min(BATCH_MAX))
    }

    /// Queues what is owed apart from the stream, if nothing is queued yet.
    async fn queue(&mut self) -> Result<(), journal::Error> {
        if self.parked.is_queued() {
            return Ok(());
        }
        let now = self.round();
        if self.session.parked_due.take() {
            self.parked.look_at(Instant::now());
        }
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
            self.of_before &= !parked.is_empty();
            if !parked.is_empty() {
                self.parked.queue(parked, now, true);
            }
        }
        Ok(())
    }

    async fn read(&mut self, after: Sequence) -> Result<Page, journal::Error> {
        let after = (after, self.batch());
        let (journal, id) = (self.session.journal(), self.session.id());
        journal.read(id, Channel::Push, Want::Remove, after).await
    }

    /// The next removals of the stream; false if there are none.
    async fn send_next(&mut self) -> Result<bool, journal::Error> {
        let session = self.session;
        if self.lane.cursor >= session.journal().head() {
            return Ok(false);
        }
        let mut page = self.read(self.lane.cursor).await?;
        if !page.entries.is_empty() && self.lane.rated().await {
            page = self.read(self.lane.cursor).await?;
        }
        if page.entries.is_empty() {
            session.pass(&mut self.lane, page.reached);
            return Ok(false);
        }
        let (sent, alone) = self.deliver(&page.entries, 0).await?;
        let reached = page.reached;
        #[cfg(test)]
        let reached =
            if planted(Bug::CloseOtherBatch) { session.journal().head() } else { reached };
        if let Some((taken, rung)) = sent {
            session.advance(&mut self.lane, reached, (taken.len(), rung)).await?;
            session.accepted(self.lane.kind, taken.into_iter());
        } else if alone && self.lane.gives_up() {
            session.give_up(&mut self.lane, &page).await?;
            self.look_later();
        }
        Ok(true)
    }

    /// The next removals of those that are sent once more, if there are any.
    async fn send_again(&mut self) -> Result<(), journal::Error> {
        let session = self.session;
        if session.repeat.take() {
            let doubt = self.repeat.as_ref().is_some_and(|repeat| repeat.doubt);
            let (at, to, round) = (Sequence::ZERO, self.lane.cursor, self.round());
            self.repeat = Some(Repeat { at, to, round, doubt, asked: true });
        }
        let Some(Repeat { at, to, round, .. }) = self.repeat else { return Ok(()) };
        self.lane.rated().await;
        let mut page = self.read(at).await?;
        page.entries.retain(|entry| entry.item.modified <= to);
        let mut reached = page.reached.min(to);
        if !page.entries.is_empty() {
            let (sent, alone) = self.deliver(&page.entries, round).await?;
            if let Some((taken, rung)) = sent {
                let here = self.lane.cursor;
                session.advance(&mut self.lane, here, (taken.len(), rung)).await?;
            } else if alone && self.lane.gives_up() {
                session.park(self.lane.kind, &page.entries.iter().collect::<Vec<_>>()).await?;
                self.lane.gave_up();
                self.look_later();
            } else {
                reached = at;
            }
        }
        self.repeated(reached).await
    }

    /// Everything up to here was sent once more.
    async fn repeated(&mut self, reached: Sequence) -> Result<(), journal::Error> {
        let session = self.session;
        let Some(repeat) = &mut self.repeat else { return Ok(()) };
        repeat.at = reached;
        if reached < repeat.to {
            return Ok(());
        }
        if repeat.asked && !session.repeat.is_asked() {
            session.journal().set_flag(session.id(), Flag::Repeat, false).await?;
        }
        self.repeat = None;
        session.repeats(false);
        Ok(())
    }

    /// Sends these, and parks what is refused. What was taken, on which evidence; none if nothing
    /// was. True if a single one was refused.
    async fn deliver<'e>(
        &mut self,
        entries: &'e [Entry],
        round: i64,
    ) -> Result<(Option<(Vec<&'e Entry>, Rung)>, bool), journal::Error> {
        let session = self.session;
        let (message, _) = session.origin.items(self.lane.kind, round, entries);
        if session.stands_down(&mut self.lane) {
            return Ok((None, false));
        }
        match session.attempt(&mut self.lane, &message, entries).await {
            Answer::Accepted(reply) => {
                self.park_refused(entries, &reply).await?;
                let (taken, _) = sort(entries, &reply);
                Ok((Some((taken, rung(entries, &reply))), false))
            }
            Answer::Failed { outcome, .. } => {
                Ok((None, outcome == Outcome::Refused && entries.len() == 1))
            }
        }
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
        let all = self.parked.is_overdue() && !self.parked.is_queued();
        if all && std::mem::take(&mut self.of_before) {
            self.session.traffic.wonder();
        }
        Ok(())
    }

    /// Forgets what is not owed any more: it was taken, it is shown again, or it never was this
    /// partner's. What was refused, or overtaken once more meanwhile, or is still found with the
    /// partner although it takes it again and again, stays.
    async fn close(
        &mut self,
        queued: &[PublicId],
        entries: &[Entry],
        reply: &Reply,
    ) -> Result<(), journal::Error> {
        let (session, journal) = (self.session, self.session.journal());
        let (mut taken, mut open) = sort(entries, reply);
        if !taken.is_empty() {
            let evidence = (taken.len(), rung(entries, reply));
            let here = self.lane.cursor;
            session.advance(&mut self.lane, here, evidence).await?;
        }
        if !open.is_empty() {
            self.look_later();
        }
        open.extend(taken.extract_if(.., |entry| session.disputed.contains(entry.item.id)));
        let done: Vec<_> = {
            let fresh = session.fresh();
            let open: BTreeSet<_> = open.iter().map(|entry| entry.item.id).collect();
            let open = |id: &PublicId| open.contains(id) || fresh.contains(id);
            queued.iter().copied().filter(|id| !open(id)).collect()
        };
        journal.unpark(session.id(), self.lane.kind, done).await?;
        if self.parked.is_overdue() {
            session.accepted(self.lane.kind, taken.into_iter());
        }
        if open.is_empty() {
            self.parked.accepted();
            return Ok(());
        }
        // The witness has it sent again whenever it finds it again, and otherwise this has.
        self.parked.look_at(Instant::now() + DISPUTED_EVERY);
        session.park(self.lane.kind, &open).await // behind those that wait for their turn
    }
}
