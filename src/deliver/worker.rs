//! The worker of one partner: a session for each profile, one after the other.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;
use tokio_util::sync::CancellationToken;

use crate::hint::Hint;
use crate::journal::{Flag, Standing};
use crate::metrics;
use crate::partner::{Partner, Push, Status};

use super::Wiring;
use super::dispute::Disputed;
use super::lane::Lane;
use super::lease::Lease;
use super::publish::Publish;
use super::reconcile::Reconcile;
use super::remove::Remove;
use super::sample;
use super::session::{Nudge, Parts, Session, heard};
use super::wire::{Client, Target};

/// How often a worker looks whether the journal knows its partner yet.
const LOOK: Duration = Duration::from_millis(200);

/// What a worker is made of. Cheap to clone: a worker that panicked is made again.
#[derive(Debug, Clone)]
pub(super) struct Worker {
    pub(super) wiring: Wiring,
    pub(super) client: Client,
    pub(super) profile: watch::Receiver<Option<Arc<Partner>>>,
    pub(super) nudges: Hint<Nudge>,
    pub(super) disputed: Arc<Disputed>,
    pub(super) drain: CancellationToken,
}

/// The part of a partner that is pushed to; none for a draft.
pub(super) fn pushes(partner: &Partner) -> Option<&Push> {
    let push = partner.push.as_ref()?;
    (partner.status != Status::Draft).then_some(push)
}

impl Worker {
    /// Works until the process drains. Without a profile it waits for one.
    pub(super) async fn run(mut self) {
        let mut before: Option<Arc<Partner>> = None;
        // The process may have been killed amid a send.
        let mut doubt = true;
        while !self.drain.is_cancelled() {
            let profile = self.profile.borrow_and_update().clone();
            let stop = self.drain.child_token();
            let mut changes = self.profile.clone();
            let change = async {
                heard(&mut changes).await;
                stop.cancel();
                std::future::pending::<()>().await;
            };
            tokio::select! {
                biased;
                clear = self.under(profile.as_deref(), before.as_deref(), doubt, &stop) => {
                    doubt = !clear;
                }
                () = change => {}
            }
            before = profile.or(before);
        }
    }

    /// Works under one profile until it is time to stop. True if no doubt is left about what
    /// overtook what.
    async fn under(
        &self,
        partner: Option<&Partner>,
        before: Option<&Partner>,
        doubt: bool,
        stop: &CancellationToken,
    ) -> bool {
        if let Some((partner, push)) = partner.and_then(|p| Some((p, pushes(p)?))) {
            let Some(target) = Target::of(partner, push) else {
                let partner = partner.id.as_str();
                tracing::error!(partner, "no usable push secret: nothing can be sent");
                stop.cancelled().await;
                return !doubt;
            };
            let moved = before
                .and_then(|before| before.push.as_ref())
                .is_some_and(|before| before.endpoint != push.endpoint);
            // First: a command that comes while the standing is read is heard of afterwards.
            let commands = self.nudges.get().commands;
            let standing = tokio::select! {
                biased;
                () = stop.cancelled() => return !doubt,
                standing = self.standing(partner, moved) => standing,
            };
            let profile = (partner, push, &target);
            return Box::pin(self.session(profile, (standing, commands), doubt, stop)).await;
        }
        stop.cancelled().await;
        !doubt
    }

    /// Where the partner stands, as soon as the journal knows it. A 410 of another endpoint is
    /// forgotten.
    async fn standing(&self, partner: &Partner, moved: bool) -> Standing {
        let journal = &self.wiring.journal;
        loop {
            if journal.knows(&partner.id) {
                if moved {
                    drop(journal.set_flag(&partner.id, Flag::Gone, false).await);
                }
                if let Ok(standing) = journal.standing(&partner.id).await {
                    return standing;
                }
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Both lanes, side by side, until it is time to stop.
    async fn session(
        &self,
        (partner, push, target): (&Partner, &Push, &Target),
        (standing, commands): (Standing, u64),
        doubt: bool,
        stop: &CancellationToken,
    ) -> bool {
        let parts = Parts {
            wiring: &self.wiring,
            client: &self.client,
            nudges: &self.nudges,
            disputed: &self.disputed,
            commands,
            stop: stop.clone(),
        };
        let session = Session::new(parts, (partner, push, target), &standing);
        let lane = |kind, saved| Lane::new(kind, saved, self.wiring.retry_max, push.per_second);
        let in_doubt = doubt && standing.push_mark > standing.publish;
        let publish = lane(metrics::Lane::Publish, standing.publish);
        let publish = Publish::new(&session, publish, standing.push_mark);
        let remove = lane(metrics::Lane::Remove, standing.remove);
        let remove = Remove::new(&session, remove, in_doubt.then_some(standing.publish));
        let lease = Lease::new(&session, standing.lease);
        let reconcile = Reconcile::new(&session);
        let lanes = tokio::join!(
            remove.run(),
            publish.run(),
            lease.run(),
            reconcile.run(),
            sample::run(&session)
        );
        matches!(lanes, (true, true, (), (), ()))
    }
}
