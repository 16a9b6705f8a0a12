//! The canary: a plainly fictional item that the gateway itself places, changes and takes back
//! through partners that asked for it, and the time until each has followed.
//!
//! It goes the one way of every item: the boundary makes it, the journal stores it, and its removal
//! is owed and proven like any other. A partner file asks for it with `canary = true`; nobody else
//! has its region in scope ([`crate::model::Region::CANARY`]). It is not in what people are shown:
//! lists, Atom and JSON Feed. Every round has an item of its own, so that no new one covers up that
//! an old one is still out there.
//!
//! # What counts
//! A push is accepted when the cursor of its lane is there and the item was not set aside; a partner
//! that tells with its answers what it holds must also have told rightly since. A pull is confirmed
//! by the partner's own cursor. A partner that answers 200, tells no digest and shows nothing can
//! not be told from one that shows it.
//!
//! # Restarts
//! What stands when the process starts is taken away first, whether rounds go on or not. What was
//! measured begins anew: receipts are ranges, and would claim more than was seen.

mod round;

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use jiff::tz::TimeZone;
use tokio_util::sync::CancellationToken;

use crate::clock::{Clock, whole_ms};
use crate::journal::{self, Batch, Change, Journal, Told};
use crate::metrics::Metrics;
use crate::minimise::{Canary, Edition, Policy, Published, Reason, Verdict};
use crate::model::{PartnerId, PublicId, Sequence};
use crate::partner::{Partner, Partners, Registry};

use round::{Reached, Rounds, Step, later};

/// Shortest and longest pause between two looks at how far partners are.
const LOOK: (Duration, Duration) = (Duration::from_millis(50), Duration::from_secs(1));
/// A step waits for its partners a third of the time between rounds, at most so long …
const PATIENCE_MAX: Duration = Duration::from_secs(10 * 60);
/// … unless a partner pulls more seldom: then for so many of its pulls, and a little.
const PULLS: u32 = 2;
const PULL_GRACE: Duration = Duration::from_secs(10);
/// A canary outlives its last step at most by this.
const AFTERLIFE: Duration = Duration::from_secs(60);
/// Pause after something of our own failed.
const TROUBLE_PAUSE: Duration = Duration::from_secs(5);

/// Why a step could not be taken.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Journal(#[from] journal::Error),
    #[error("the privacy boundary withholds the test item: {}", .0.as_str())]
    Withheld(Reason),
}

/// What the canary works with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// Where it is stored, and how far partners are.
    pub journal: Journal,
    /// By which it is minimised.
    pub policy: Arc<Policy>,
    /// What time it is.
    pub clock: Clock,
    /// What is shown of it.
    pub metrics: Metrics,
    /// Who asks for it.
    pub registry: Registry,
    /// Where its referral leads.
    pub url: String,
}

/// Sends canaries until the drain; with no `every`, only takes away what stands. At the drain
/// nothing is left standing.
pub async fn run(tools: Tools, every: Option<Duration>, drain: CancellationToken) {
    while let Err(error) = tools.clear().await {
        tracing::warn!(%error, "test items of before could not be taken away yet");
        if waited(TROUBLE_PAUSE, &drain).await {
            return;
        }
    }
    let Some(every) = every else { return };
    let mut flight = Flight::new(tools, every);
    loop {
        let pause = flight.turn().await;
        if waited(pause, &drain).await {
            break;
        }
    }
    if let Err(error) = flight.tools.clear().await {
        tracing::warn!(%error, "a test item stands until the next start, or until its time is over");
    }
}

async fn waited(time: Duration, drain: &CancellationToken) -> bool {
    tokio::time::timeout(time, drain.cancelled()).await.is_ok()
}

impl Tools {
    /// Takes every canary away that stands.
    async fn clear(&self) -> Result<(), journal::Error> {
        let standing = self.journal.canaries().await?;
        if standing.is_empty() {
            return Ok(());
        }
        let changes = standing.into_iter().map(Change::Remove).collect();
        self.journal.append(Batch { changes, ..Batch::default() }).await.map(drop)
    }

    /// Who has it in scope today.
    fn invited<'p>(&self, partners: &'p Partners) -> impl Iterator<Item = &'p Partner> {
        let today = self.clock.now().to_zoned(TimeZone::UTC).date();
        let all = partners.values().map(|partner| &**partner);
        all.filter(move |partner| partner.scope_on(today).has_canary())
    }
}

/// One round after the other.
struct Flight {
    tools: Tools,
    every: Duration,
    rounds: Rounds,
    canary: Option<Canary>,
    /// The last attempt at a step failed; told once.
    in_trouble: bool,
}

impl Flight {
    fn new(tools: Tools, every: Duration) -> Self {
        let rounds = Rounds::new(every, tools.clock.now());
        Self { tools, every, rounds, canary: None, in_trouble: false }
    }

    /// Looks how far everybody is and takes the step that is due; says when to come again.
    async fn turn(&mut self) -> Duration {
        let partners = self.tools.registry.current();
        let invited: BTreeSet<PartnerId> =
            self.tools.invited(&partners).map(|partner| partner.id.clone()).collect();
        for gone in self.rounds.invite(&invited) {
            self.tools.metrics.canary_over(&gone);
        }
        let ended = self.step(&partners).await;
        let now = self.tools.clock.now();
        if ended.is_err() {
            self.rounds.failed(now);
        }
        for (partner, since) in self.rounds.ages() {
            self.tools.metrics.canary_open(partner, since);
        }
        self.tell(&ended);
        if ended.is_err() { TROUBLE_PAUSE } else { self.rounds.pause(LOOK, now) }
    }

    async fn step(&mut self, partners: &Partners) -> Result<(), Error> {
        self.look(partners).await?;
        let (patience, now) = (self.patience(partners), self.tools.clock.now());
        match self.rounds.due(patience, now) {
            Some(step) => self.take(step, patience, now).await,
            None => Ok(()),
        }
    }

    async fn look(&mut self, partners: &Partners) -> Result<(), Error> {
        let open = self.rounds.open();
        if open.is_empty() {
            return Ok(());
        }
        let told = self.tools.journal.told(open.clone()).await?;
        let now = self.tools.clock.now();
        for ((id, _), told) in open.iter().zip(told) {
            let Some(partner) = partners.get(id) else { continue };
            if let Some(took) = self.rounds.looked(id, reached(partner, &told), now) {
                self.tools.metrics.canary_done(id, took, now);
                let round_ms = whole_ms(took);
                tracing::debug!(partner = id.as_str(), round_ms, "a test item went round");
            }
        }
        Ok(())
    }

    /// How long a step waits for those who are late.
    fn patience(&self, partners: &Partners) -> Duration {
        let invited = self.tools.invited(partners).filter(|partner| partner.push.is_none());
        let slowest = invited.filter_map(|partner| Some(partner.pull.as_ref()?.every)).max();
        let pulls = slowest.map_or(Duration::ZERO, |every| every * PULLS + PULL_GRACE);
        (self.every / 3).min(PATIENCE_MAX).max(pulls)
    }

    async fn take(&mut self, step: Step, patience: Duration, now: Timestamp) -> Result<(), Error> {
        let item = match step {
            Step::Publish => self.place(patience, now).await,
            Step::Change => match self.canary.clone() {
                Some(canary) => self.store(&canary, Edition::Second, now).await,
                None => return self.retract(now).await,
            },
            Step::Retract => return self.retract(now).await,
        };
        match item {
            Ok(item) => self.took(step, item, now).await,
            // What can not be changed is taken back: nothing stands without a next step.
            Err(Error::Withheld(reason)) if step == Step::Change => {
                self.retract(now).await?;
                Err(Error::Withheld(reason))
            }
            Err(error) => Err(error),
        }
    }

    async fn place(&mut self, patience: Duration, now: Timestamp) -> Result<PublicId, Error> {
        let canary = Canary {
            url: self.tools.url.clone(),
            name: now.as_millisecond().to_string(),
            expires: later(now, patience * 2 + AFTERLIFE),
        };
        let item = self.store(&canary, Edition::First, now).await?;
        self.canary = Some(canary);
        Ok(item)
    }

    async fn store(
        &self,
        canary: &Canary,
        edition: Edition,
        now: Timestamp,
    ) -> Result<PublicId, Error> {
        let published: Box<Published> = match canary.minimise(edition, &self.tools.policy, now) {
            Verdict::Publish(published, _) => published,
            Verdict::Withhold(reason) => return Err(Error::Withheld(reason)),
        };
        let item = published.id();
        let changes = vec![Change::Publish(published)];
        self.tools.journal.append(Batch { changes, ..Batch::default() }).await?;
        Ok(item)
    }

    async fn retract(&mut self, now: Timestamp) -> Result<(), Error> {
        self.tools.clear().await?;
        self.canary = None;
        match self.rounds.standing() {
            Some(item) => self.took(Step::Retract, item, now).await,
            None => Ok(()),
        }
    }

    async fn took(&mut self, step: Step, item: PublicId, now: Timestamp) -> Result<(), Error> {
        let at = self.tools.journal.position(item).await?;
        let at = at.unwrap_or_else(|| self.tools.journal.head());
        self.rounds.took(step, (item, at), now);
        Ok(())
    }

    fn tell(&mut self, ended: &Result<(), Error>) {
        let was = std::mem::replace(&mut self.in_trouble, ended.is_err());
        match ended {
            Err(error @ Error::Withheld(_)) if !was => {
                tracing::error!(%error, "no test item can be placed");
            }
            Err(error) if !was => tracing::warn!(%error, "a test item waits"),
            Err(_) => {}
            Ok(()) if was => tracing::info!("test items go round again"),
            Ok(()) => {}
        }
    }
}

/// What of a partner's cursors is evidence that it has followed.
fn reached(partner: &Partner, told: &Told) -> Reached {
    let Told { standing, agreed, refused, owed } = *told;
    if partner.push.is_none() {
        return Reached { publish: standing.pull, remove: standing.pull };
    }
    let agreed = agreed.unwrap_or(Sequence::MAX);
    let up_to = |cursor: Sequence, aside| if aside { Sequence::ZERO } else { cursor.min(agreed) };
    Reached { publish: up_to(standing.publish, refused), remove: up_to(standing.remove, owed) }
}

#[cfg(test)]
mod tests;
