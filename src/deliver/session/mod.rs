//! One partner under one profile: what its two lanes share.

mod exchange;

use std::collections::BTreeSet;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::whole_ms;
use crate::hint::{Hint, Listener};
use crate::journal::{self, Advance, Cursor, Entry, Flag, Journal, Page, Rung, Standing};
use crate::metrics;
use crate::model::{PartnerId, Sequence};
use crate::partner::{Partner, Push, Status};

use super::Wiring;
use super::dispute::Disputed;
use super::lane::{Fresh, Lane};
use super::traffic::Traffic;
use super::wire::{Client, Origin, Reply, Target, ids};
use super::wish::Wish;

/// How long a lane waits for the profile to change.
const STAND_DOWN: Duration = Duration::from_millis(20);
/// Nothing of a lane is looked at less often than this.
const IDLE: Duration = Duration::from_secs(30);

/// Tells the lanes of a partner to look up. The journal and [`Session`] hold the facts.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Nudge {
    /// By command: read the flags again and forget the pause.
    pub(super) commands: u64,
    /// From one lane to the other.
    pub(super) hints: u64,
}

/// One partner under one profile, until the profile changes or the process drains.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) wiring: &'a Wiring,
    pub(super) partner: &'a Partner,
    pub(super) push: &'a Push,
    pub(super) origin: Origin,
    pub(super) stop: CancellationToken,
    client: &'a Client,
    target: &'a Target,
    nudges: &'a Hint<Nudge>,
    /// Commands that were given before the standing was read.
    commands: u64,
    paused: AtomicBool,
    gone: AtomicBool,
    failing: AtomicBool,
    fresh: Mutex<Fresh>,
    reached: [AtomicU64; 2],
    /// Removals of before a crash are being sent again.
    repeating: AtomicBool,
    /// Removals were set aside since they were last counted.
    pub(super) uncounted: Wish,
    /// Removals that were set aside are to be sent at once.
    pub(super) parked_due: Wish,
    /// Every removal is to be sent once more; the journal knows of it already.
    pub(super) repeat: Wish,
    pub(super) traffic: Traffic,
    /// Removals of which somebody else than the partner's answer says that they were not done.
    pub(super) disputed: &'a Disputed,
}

/// What a session is made of.
pub(super) struct Parts<'a> {
    pub(super) wiring: &'a Wiring,
    pub(super) client: &'a Client,
    pub(super) nudges: &'a Hint<Nudge>,
    pub(super) disputed: &'a Disputed,
    /// Commands that were given before the partner's standing was read.
    pub(super) commands: u64,
    pub(super) stop: CancellationToken,
}

impl<'a> Session<'a> {
    pub(super) fn new(
        parts: Parts<'a>,
        (partner, push, target): (&'a Partner, &'a Push, &'a Target),
        standing: &Standing,
    ) -> Self {
        Self {
            wiring: parts.wiring,
            partner,
            push,
            origin: Origin::new(&partner.id, &parts.wiring.public_url),
            stop: parts.stop,
            client: parts.client,
            target,
            nudges: parts.nudges,
            commands: parts.commands,
            paused: standing.paused.into(),
            gone: standing.gone.into(),
            failing: false.into(),
            fresh: Mutex::default(),
            repeating: false.into(),
            uncounted: Wish::new(true),
            parked_due: Wish::default(),
            repeat: Wish::new(standing.repeat),
            traffic: Traffic::default(),
            disputed: parts.disputed,
            reached: [standing.publish, standing.remove].map(|place| place.get().into()),
        }
    }

    pub(super) fn id(&self) -> &PartnerId {
        &self.partner.id
    }

    pub(super) fn journal(&self) -> &Journal {
        &self.wiring.journal
    }

    pub(super) fn fresh(&self) -> MutexGuard<'_, Fresh> {
        self.fresh.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Up to where a lane has dealt with everything.
    pub(super) fn reached(&self, lane: metrics::Lane) -> Sequence {
        Sequence::new(self.place(lane).load(Ordering::SeqCst))
    }

    fn place(&self, lane: metrics::Lane) -> &AtomicU64 {
        let [publish, remove] = &self.reached;
        match lane {
            metrics::Lane::Publish => publish,
            metrics::Lane::Remove => remove,
        }
    }

    /// Sets items aside; the journal keeps them.
    pub(super) async fn park(
        &self,
        lane: metrics::Lane,
        entries: &[&Entry],
    ) -> Result<(), journal::Error> {
        let parts = |entry: &&Entry| (entry.item.id, entry.item.modified, entry.changed_at);
        let items = entries.iter().map(parts).collect();
        self.journal().park(self.id(), lane, items).await?;
        self.uncounted.ask();
        Ok(())
    }

    /// An item that was refused alone, again and again, no longer holds up the others.
    pub(super) async fn give_up(&self, lane: &mut Lane, page: &Page) -> Result<(), journal::Error> {
        let (partner, lane_name) = (self.id().as_str(), lane.kind.as_str());
        tracing::warn!(partner, lane = lane_name, "an item is refused again and again: set aside");
        let entries: Vec<_> = page.entries.iter().collect();
        self.park(lane.kind, &entries).await?;
        lane.gave_up();
        self.advance(lane, page.reached, (0, Rung::Accepted)).await
    }

    /// Has the partner been sent everything up to here that it should have, and is nothing owed
    /// apart from that, as far as this session knows?
    pub(super) fn is_settled(&self, up_to: Sequence) -> bool {
        metrics::Lane::ALL.iter().all(|lane| self.reached(*lane) >= up_to)
            && self.fresh().is_empty()
            && !self.traffic.has_wanted()
            && !self.repeating.load(Ordering::SeqCst)
            && !self.repeat.is_asked()
            && !self.parked_due.is_asked()
    }

    /// Publishes wait while removals are repeated: their cursor is what remembers the doubt.
    pub(super) fn repeats(&self, repeating: bool) {
        if self.repeating.swap(repeating, Ordering::SeqCst) != repeating {
            self.hint();
        }
    }

    /// May publishes be sent at all now?
    pub(super) fn may_publish(&self) -> bool {
        self.partner.status != Status::Suspended
            && !self.is_paused()
            && !self.is_gone()
            && !self.repeating.load(Ordering::SeqCst)
            && !self.fresh().is_full()
    }

    pub(super) fn is_paused(&self) -> bool {
        self.paused.load(Ordering::SeqCst)
    }

    pub(super) fn is_gone(&self) -> bool {
        self.gone.load(Ordering::SeqCst)
    }

    /// Is the breaker of the publish lane open?
    pub(super) fn is_failing(&self) -> bool {
        self.failing.load(Ordering::SeqCst)
    }

    /// Tells the other lane to look up.
    pub(super) fn hint(&self) {
        self.nudges.change(|nudge| Nudge { hints: nudge.hints.wrapping_add(1), ..nudge });
    }

    pub(super) fn listen(&self) -> Ears {
        Ears {
            head: self.journal().watch_head(),
            nudges: self.nudges.listen_anew(),
            commands: self.commands,
        }
    }

    /// Waits until something happens that may concern the lane: a change (unless it is `due`
    /// later anyway), a nudge, or the moment at which it is due. False when it is time to stop.
    pub(super) async fn listens(
        &self,
        ears: &mut Ears,
        lane: &mut Lane,
        due: Option<Instant>,
    ) -> bool {
        let save = if lane.is_unsaved() { lane.save_at() } else { Instant::now() + IDLE };
        let until = due.map_or(save, |due| due.min(save));
        tokio::select! {
            biased;
            () = self.stop.cancelled() => return false,
            () = ears.nudges.hear() => self.obey(ears, lane).await,
            () = ears.head.hear(), if due.is_none() => {}
            () = tokio::time::sleep_until(until) => {}
        }
        if lane.is_unsaved() && lane.save_at() <= Instant::now() {
            self.save(lane).await;
        }
        true
    }

    /// Carries out a command that came while the lane was busy.
    pub(super) async fn heed(&self, ears: &mut Ears, lane: &mut Lane) {
        if self.nudges.get().commands != ears.commands && lane.not_before <= Instant::now() {
            self.obey(ears, lane).await;
        }
    }

    /// A command changed the flags in the journal, or wants an attempt at once.
    async fn obey(&self, ears: &mut Ears, lane: &mut Lane) {
        let nudge = ears.nudges.get();
        if nudge.commands == ears.commands {
            return;
        }
        match self.journal().standing(self.id()).await {
            Ok(standing) => {
                ears.commands = nudge.commands;
                self.paused.store(standing.paused, Ordering::SeqCst);
                self.gone.store(standing.gone, Ordering::SeqCst);
                self.parked_due.ask();
                if standing.repeat {
                    self.repeat.ask();
                }
            }
            Err(error) => return self.trouble(lane, &error),
        }
        lane.not_before = Instant::now();
    }

    /// Nothing leaves under a profile that is not in force any more, or while that changes.
    pub(super) fn stands_down(&self, lane: &mut Lane) -> bool {
        let superseded = self.is_superseded();
        if superseded {
            lane.not_before = Instant::now() + STAND_DOWN;
        }
        superseded
    }

    /// Is the profile of this session not in force any more, or about to change?
    pub(super) fn is_superseded(&self) -> bool {
        !self.wiring.registry.is_in_force(self.partner)
    }

    /// 410 for a batch stops publishes until anything is accepted again.
    async fn set_gone(&self, gone: bool) {
        if self.gone.swap(gone, Ordering::SeqCst) == gone {
            return;
        }
        let partner = self.id().as_str();
        if gone {
            tracing::error!(
                partner,
                "the endpoint is gone (410): publishes stop, removals stay open"
            );
        } else {
            tracing::info!(partner, "the endpoint is back: publishes go on");
        }
        if let Err(error) = self.journal().set_flag(self.id(), Flag::Gone, gone).await {
            tracing::warn!(partner, %error, "the flag could not be stored");
        }
        self.hint();
    }

    /// Everything up to `to` was considered; nothing of it is this partner's, or it is dealt with.
    pub(super) fn pass(&self, lane: &mut Lane, to: Sequence) {
        if to <= lane.cursor {
            // The journal had nothing to say about what its head announced: no hurry.
            lane.not_before = Instant::now() + Duration::from_millis(100);
        }
        lane.cursor = lane.cursor.max(to);
        self.place(lane.kind).store(lane.cursor.get(), Ordering::SeqCst);
    }

    /// Items up to `to` were accepted: moves the stored cursor, with a receipt.
    pub(super) async fn advance(
        &self,
        lane: &mut Lane,
        to: Sequence,
        evidence: (usize, Rung),
    ) -> Result<(), journal::Error> {
        self.journal().advance(self.step(lane, to, evidence)).await?;
        self.stepped(lane, to);
        Ok(())
    }

    /// A step of a lane's cursor, to be stored.
    pub(super) fn step(&self, lane: &Lane, to: Sequence, (items, rung): (usize, Rung)) -> Advance {
        let cursor = match lane.kind {
            metrics::Lane::Publish => Cursor::Publish,
            metrics::Lane::Remove => Cursor::Remove,
        };
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        Advance { partner: self.id().clone(), cursor, to, items, rung }
    }

    /// The cursor is there now, and stored or about to be.
    pub(super) fn stepped(&self, lane: &mut Lane, to: Sequence) {
        lane.cursor = lane.cursor.max(to);
        lane.saved();
        self.place(lane.kind).store(lane.cursor.get(), Ordering::SeqCst);
    }

    /// Stores a cursor that only passed what is not this partner's.
    pub(super) async fn save(&self, lane: &mut Lane) {
        if lane.is_unsaved() {
            let stored = self.advance(lane, lane.cursor, (0, Rung::Accepted)).await;
            if let Err(error) = stored {
                self.trouble(lane, &error);
            }
        }
    }

    /// The journal failed: the lane rests. The journal itself tells the operator, once and not for
    /// each of many lanes.
    pub(super) fn trouble(&self, lane: &mut Lane, error: &journal::Error) {
        let wait_ms = whole_ms(lane.rest(2, fastrand::f64()));
        let (partner, lane) = (self.id().as_str(), lane.kind.as_str());
        tracing::debug!(partner, lane, %error, wait_ms, "the journal does not answer");
    }

    /// Counts how long each accepted item took.
    pub(super) fn accepted<'e>(
        &self,
        lane: metrics::Lane,
        entries: impl Iterator<Item = &'e Entry>,
    ) {
        let now = self.wiring.clock.now();
        for entry in entries {
            let after = now.duration_since(entry.changed_at);
            let after = after.try_into().unwrap_or_default();
            self.wiring.metrics.accepted(self.id(), lane, after);
        }
    }
}

/// Splits entries into those that the reply takes and those that it rejects.
pub(super) fn sort<'e>(entries: &'e [Entry], reply: &Reply) -> (Vec<&'e Entry>, Vec<&'e Entry>) {
    entries.iter().partition(|entry| !reply.rejected.contains(&entry.item.id))
}

/// How sure we are: confirmed only if the reply names every item.
pub(super) fn rung(entries: &[Entry], reply: &Reply) -> Rung {
    let sent: BTreeSet<_> = ids(entries);
    if sent.is_subset(&reply.confirmed) { Rung::Confirmed } else { Rung::Accepted }
}

/// What a lane listens to.
#[derive(Debug)]
pub(super) struct Ears {
    head: Listener<Sequence>,
    nudges: Listener<Nudge>,
    commands: u64,
}

/// Returns when the value changed; for ever silent when nobody is left to change it.
pub(super) async fn heard<T>(ear: &mut watch::Receiver<T>) {
    if ear.changed().await.is_err() {
        std::future::pending().await
    }
}
