//! The letters of one partner, one after the other.

mod news;
mod trouble;

use std::sync::Arc;
use std::time::Duration;

use data_encoding::BASE32_NOPAD;
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use sha2::{Digest, Sha256};
use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::whole_ms;
use crate::deliver::Batch;
use crate::journal::{self, Advance, Backlog, Channel, Cursor, Entry, Flag, Rung, Standing, Want};
use crate::mail::{Failure, Letter, Postman};
use crate::metrics::{Lane, Outcome, PartnerState};
use crate::model::{PublicId, Sequence};
use crate::partner::{Mail, Partner};

use super::words::{self, Removals, Words};
use super::{OPEN_MAX, Ticket, Tools, schedule};
use trouble::Trouble;

/// How often it is looked whether something is due.
const LOOK: Duration = Duration::from_secs(1);
/// A letter that is open when it is time to stop may go on for so long.
const GRACE: Duration = Duration::from_secs(6);
/// Most removals that one letter names.
const NAMED_MAX: usize = 500;
/// How long the link in a letter works.
const LINK: Duration = Duration::from_secs(30 * 24 * 60 * 60);
/// Counting takes at most one part in so many of the time.
const COUNT_SHARE: u32 = 20;
/// A cursor that passed nothing of this partner's is stored after so many positions.
const UNSAVED_MAX: u64 = 10_000;
/// Works until the drain, under one profile after the other.
pub(super) async fn run(
    tools: Tools,
    postman: Postman,
    mut profile: watch::Receiver<Option<Arc<Partner>>>,
    drain: CancellationToken,
) {
    while !drain.is_cancelled() {
        let current = profile.borrow_and_update().clone();
        let stop = drain.child_token();
        let mut changes = profile.clone();
        let change = async {
            if changes.changed().await.is_ok() {
                stop.cancel();
            }
            std::future::pending::<()>().await;
        };
        let work = async {
            if let Some(partner) = current.as_deref()
                && let Some(mail) = &partner.mail
            {
                Box::pin(Worker::new(&tools, &postman, (partner, mail), &stop).run()).await;
            }
            stop.cancelled().await;
        };
        tokio::select! {
            biased;
            () = work => {}
            () = change => {}
        }
    }
}

/// One partner under one profile.
pub(super) struct Worker<'a> {
    tools: &'a Tools,
    postman: &'a Postman,
    partner: &'a Partner,
    mail: &'a Mail,
    stop: &'a CancellationToken,
    /// Where items of this partner lead.
    links: String,
    standing: Standing,
    /// The removal cursor, perhaps ahead of the stored one.
    removed: Sequence,
    /// Open removals after this position are to be named in a letter; the journal's flag
    /// [`Flag::Repeat`] remembers that there are some.
    debt: Option<Sequence>,
    /// They were named before.
    again: bool,
    next_news: Timestamp,
    next_reminder: Option<Timestamp>,
    /// Letters about removals keep a distance.
    next_removals: Timestamp,
    /// By lane: a server that refuses what is new may take a removal.
    trouble: [Trouble; 2],
    open: Backlog,
    /// Up to where the backlog was counted, and when that may be done again.
    counted: Option<Sequence>,
    count_after: Instant,
}

impl<'a> Worker<'a> {
    pub(super) fn new(
        tools: &'a Tools,
        postman: &'a Postman,
        (partner, mail): (&'a Partner, &'a Mail),
        stop: &'a CancellationToken,
    ) -> Self {
        let base = tools.public_url.as_str().trim_end_matches('/');
        Self {
            tools,
            postman,
            partner,
            mail,
            stop,
            links: format!("{base}/r/{}", partner.id),
            standing: Standing::default(),
            removed: Sequence::ZERO,
            debt: None,
            again: false,
            next_news: Timestamp::MAX,
            next_reminder: None,
            next_removals: Timestamp::MIN,
            trouble: [Trouble::none(), Trouble::none()],
            open: Backlog::default(),
            counted: None,
            count_after: Instant::now(),
        }
    }

    async fn run(mut self) {
        let mut begun = false;
        while !self.stop.is_cancelled() {
            if !begun && self.tools.journal.knows(&self.partner.id) {
                begun = self.begin().await.is_ok();
            }
            if begun && let Err(error) = self.look().await {
                let partner = self.partner.id.as_str();
                tracing::warn!(partner, %error, "the journal does not answer: letters wait");
            }
            tokio::select! {
                biased;
                () = self.stop.cancelled() => {}
                () = tokio::time::sleep(LOOK) => {}
            }
        }
        drop(self.save(0).await);
    }

    /// Where the partner stands when the work begins.
    pub(super) async fn begin(&mut self) -> Result<(), journal::Error> {
        self.standing = self.tools.journal.standing(&self.partner.id).await?;
        self.removed = self.standing.remove;
        let lease = self.standing.lease.map(|until| (until, self.partner.removal.lease));
        self.next_news = schedule::next_news(lease, self.mail.every, self.now());
        if let Some(until) = self.standing.lease {
            self.tools.metrics.lease(&self.partner.id, until);
        }
        Ok(())
    }

    fn now(&self) -> Timestamp {
        self.tools.clock.now()
    }

    /// Does what is due, removals first.
    pub(super) async fn look(&mut self) -> Result<(), journal::Error> {
        let (journal, id) = (&self.tools.journal, &self.partner.id);
        self.standing = journal.standing(id).await?;
        // What a person closed meanwhile is not taken up any more.
        self.removed = self.removed.max(self.standing.remove);
        if self.standing.repeat && self.debt.is_none() {
            (self.debt, self.again) = (Some(Sequence::ZERO), false);
        }
        self.take_up().await?;
        self.show().await?;
        if self.may_try(Lane::Remove) {
            self.tell_removals().await?;
        }
        if self.may_try(Lane::Publish) && self.debt.is_none() {
            self.tell_news().await?;
        }
        self.show().await
    }

    /// Takes the next removals up: set aside, and to be named. The flag first, so that a crash
    /// leaves none that nobody names.
    async fn take_up(&mut self) -> Result<(), journal::Error> {
        let (journal, id) = (&self.tools.journal, &self.partner.id);
        let head = journal.head();
        while self.debt.is_none() && self.removed < head && !self.stop.is_cancelled() {
            let after = (self.removed, NAMED_MAX);
            let page = journal.read(id, Channel::Push, Want::Remove, after).await?;
            let Some(first) = page.entries.first().map(|entry| entry.item.modified) else {
                if page.reached <= self.removed {
                    break;
                }
                self.removed = page.reached;
                continue;
            };
            journal.set_flag(id, Flag::Repeat, true).await?;
            let parts = |entry: &Entry| (entry.item.id, entry.item.modified, entry.changed_at);
            journal.ask(id, page.entries.iter().map(parts).collect()).await?;
            self.removed = page.reached;
            self.save(0).await?;
            let before = Sequence::new(first.get().saturating_sub(1));
            (self.debt, self.again, self.counted) = (Some(before), false, None);
        }
        self.save(UNSAVED_MAX).await
    }

    /// Stores the removal cursor if it is so far ahead. It proves nothing: what was set aside on the
    /// way is open.
    async fn save(&mut self, ahead: u64) -> Result<(), journal::Error> {
        let distance = self.removed.get().saturating_sub(self.standing.remove.get());
        if distance > ahead {
            self.step((Cursor::Remove, self.removed), (0, Rung::Accepted)).await?;
            self.standing.remove = self.removed;
        }
        Ok(())
    }

    async fn step(
        &self,
        (cursor, to): (Cursor, Sequence),
        (items, rung): (usize, Rung),
    ) -> Result<(), journal::Error> {
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        let partner = self.partner.id.clone();
        self.tools.journal.advance(Advance { partner, cursor, to, items, rung }).await
    }

    /// What is set aside and still removed, in order. What is shown again is owed no more.
    async fn open(&mut self) -> Result<Vec<Entry>, journal::Error> {
        let (journal, id) = (&self.tools.journal, &self.partner.id);
        let parked = journal.parked(id, Lane::Remove, OPEN_MAX).await?;
        let mut open = journal.look(id, Channel::Push, parked.clone()).await?;
        open.retain(|entry| entry.item.is_deleted());
        open.sort_by_key(|entry| entry.item.modified);
        if open.len() < parked.len() {
            let still = |id: &PublicId| open.iter().any(|entry| entry.item.id == *id);
            let over = parked.into_iter().filter(|id| !still(id)).collect();
            journal.unpark(id, Lane::Remove, over).await?;
        }
        Ok(open)
    }

    /// Writes the next letter about removals, if one is due.
    async fn tell_removals(&mut self) -> Result<(), journal::Error> {
        let now = self.now();
        if self.debt.is_none() && self.open.items > 0 {
            let (every, oldest) = (self.mail.remind_every, self.open.oldest.unwrap_or(now));
            let next = self.next_reminder.unwrap_or(schedule::next_reminder(oldest, every, now));
            self.next_reminder = Some(next);
            if next <= now {
                (self.debt, self.again) = (Some(Sequence::ZERO), true);
                self.next_reminder = Some(schedule::next_reminder(oldest, every, now));
            }
        }
        let Some(after) = self.debt.filter(|_| now >= self.next_removals) else { return Ok(()) };
        let open = self.open().await?;
        let named = named(&open, after);
        if let Some((first, last)) = named.first().zip(named.last()) {
            let before = Sequence::new(first.item.modified.get().saturating_sub(1));
            let letter = self.removals(named, (before, last.item.modified), now);
            if self.is_superseded() || !self.bring(Lane::Remove, &letter, named.len()).await {
                return Ok(());
            }
            if open.last().is_some_and(|entry| entry.item.modified > last.item.modified) {
                self.debt = Some(last.item.modified);
                return Ok(());
            }
        }
        self.debt = None;
        self.next_removals = later(now, schedule::gap(self.mail.every));
        self.tools.journal.set_flag(&self.partner.id, Flag::Repeat, false).await
    }

    fn removals(
        &self,
        named: &[Entry],
        (after, to): (Sequence, Sequence),
        now: Timestamp,
    ) -> Letter {
        let until = later(now, LINK);
        let ticket = self.tools.seal.write(&self.partner.id, &Ticket { after, to, until });
        let base = self.tools.public_url.as_str().trim_end_matches('/');
        let confirm = format!("{base}/confirm/{}/{ticket}", self.partner.id);
        let (links, again) = (self.links.as_str(), self.again);
        let how = Removals { links, confirm: &confirm, until, again };
        let round = if again { now.as_second() } else { 0 };
        self.letter(words::removals(self.partner, named, &how), ("remove", round), named, now)
    }

    fn letter(
        &self,
        (subject, text): Words,
        (what, round): (&str, i64),
        entries: &[Entry],
        now: Timestamp,
    ) -> Letter {
        let mut hasher = Sha256::new();
        hasher.update(format!("{}\n{what}\n{round}\n", self.partner.id));
        for entry in entries {
            hasher.update(format!("{}:{}\n", entry.item.id, entry.item.modified));
        }
        let id = BASE32_NOPAD.encode(&hasher.finalize()).to_ascii_lowercase();
        Letter { to: vec![self.mail.to.clone()], id, written: now, subject, text }
    }

    /// Nothing new leaves under a profile that is not in force any more, or while that changes.
    fn is_superseded(&self) -> bool {
        !self.tools.registry.is_in_force(self.partner)
    }

    /// Is a removal open for longer than was promised?
    fn is_overdue(&self, now: Timestamp) -> bool {
        let promise = SignedDuration::try_from(self.partner.removal.promise);
        let promise = promise.unwrap_or(SignedDuration::MAX);
        self.open.oldest.is_some_and(|oldest| now.duration_since(oldest) > promise)
    }

    fn trouble_of(&mut self, lane: Lane) -> &mut Trouble {
        let [publish, remove] = &mut self.trouble;
        match lane {
            Lane::Publish => publish,
            Lane::Remove => remove,
        }
    }

    fn may_try(&mut self, lane: Lane) -> bool {
        self.trouble_of(lane).is_over()
    }

    /// Brings a letter, once; true if it was taken.
    async fn bring(&mut self, lane: Lane, letter: &Letter, items: usize) -> bool {
        let begun = Instant::now();
        let grace = async {
            self.stop.cancelled().await;
            tokio::time::sleep(GRACE).await;
        };
        let outcome = trouble::outcome(tokio::select! {
            biased;
            brought = self.postman.bring(letter) => brought,
            () = grace => Err(Failure::TimedOut),
        });
        let (partner, longest) = (self.partner, self.tools.retry_max);
        self.tools.metrics.attempt(&partner.id, lane, outcome);
        let (word, pause) = self.trouble_of(lane).note(outcome, longest);
        let batch = Batch {
            partner: partner.id.as_str(),
            lane: lane.as_str(),
            outcome: outcome.as_str(),
            status: None,
            items,
            duration_ms: whole_ms(begun.elapsed()),
            message: &letter.id,
        };
        batch.log(word, pause);
        outcome == Outcome::Accepted
    }

    /// Counts what waits, and shows it with the partner's state.
    async fn show(&mut self) -> Result<(), journal::Error> {
        let (journal, metrics, id) = (&self.tools.journal, &self.tools.metrics, &self.partner.id);
        let (head, begun) = (journal.head(), Instant::now());
        let news = self.counted != Some(head);
        // What a page still shows is owed again without anything new in the journal.
        let seen = self.partner.probe.is_some();
        if (news || seen || self.open.items > 0) && self.count_after <= begun {
            self.open = journal.backlog(id, Channel::Push, Lane::Remove).await?;
            let Backlog { items, oldest } = self.open;
            metrics.backlog(id, (Channel::Push, Lane::Remove), items, oldest);
            if items == 0 {
                self.next_reminder = None;
            }
            if news {
                let waiting = journal.backlog(id, Channel::Push, Lane::Publish).await?;
                metrics.backlog(id, (Channel::Push, Lane::Publish), waiting.items, waiting.oldest);
                self.counted = Some(head);
            }
            self.count_after = Instant::now() + begun.elapsed() * COUNT_SHARE;
        }
        let now = self.now();
        let by_file = self.partner.state_on(now.to_zoned(TimeZone::UTC).date());
        let state = if by_file != PartnerState::Active {
            by_file
        } else if self.standing.paused {
            PartnerState::Paused
        } else if self.trouble.iter().any(Trouble::lasts) || self.is_overdue(now) {
            PartnerState::Failing
        } else {
            by_file
        };
        metrics.partner_state(id, state);
        Ok(())
    }
}

/// What the next letter names: everything that is open, as long as one letter holds it, so that one
/// click is enough; else the next ones after a position.
fn named(open: &[Entry], after: Sequence) -> &[Entry] {
    if open.len() <= NAMED_MAX {
        return open;
    }
    let from = open.partition_point(|entry| entry.item.modified <= after);
    let rest = open.get(from..).unwrap_or_default();
    rest.get(..NAMED_MAX).unwrap_or(rest)
}

fn later(time: Timestamp, by: Duration) -> Timestamp {
    time.checked_add(by).unwrap_or(Timestamp::MAX)
}
