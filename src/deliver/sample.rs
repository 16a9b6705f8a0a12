//! Keeps what the metrics page says of a partner up to date: its state and what waits.

use std::time::Duration;

use jiff::tz::TimeZone;
use tokio::time::Instant;

use crate::journal::Channel;
use crate::metrics::{Lane, PartnerState};

use super::session::Session;

/// How often it looks.
const EVERY: Duration = Duration::from_secs(1);
/// Counting may take one part in so many of the time.
const SHARE: u32 = 20;
/// No figure is older than this for that reason; then counting takes at most half of the time.
const STALE_MAX: Duration = Duration::from_secs(15);

/// Looks until it is time to stop. Counts only while a lane has not even reached where the journal
/// stood at the last look: one that keeps up costs nothing.
pub(super) async fn run(session: &Session<'_>) {
    let mut waiting = [None; 2];
    let mut shown = None;
    let mut head = session.journal().head();
    loop {
        let started = Instant::now();
        let state = state_of(session);
        if shown.replace(state) != Some(state) {
            session.wiring.metrics.partner_state(session.id(), state);
        }
        if session.uncounted.take() {
            waiting = [None; 2];
        }
        for (lane, waiting) in Lane::ALL.iter().zip(&mut waiting) {
            let behind = session.reached(*lane) < head;
            if behind || *waiting != Some(0) {
                *waiting = count(session, *lane).await;
            }
        }
        head = session.journal().head();
        let took = started.elapsed();
        let pause = (took * SHARE).min(STALE_MAX).max(EVERY).max(took);
        tokio::select! {
            biased;
            () = session.stop.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
    }
}

/// Counts a lane and shows it; none when the journal does not answer.
async fn count(session: &Session<'_>, lane: Lane) -> Option<u32> {
    let (journal, id) = (session.journal(), session.id());
    let channel = Channel::Push;
    let backlog = journal.backlog(id, channel, lane).await.ok()?;
    let (items, oldest) = (backlog.items, backlog.oldest);
    session.wiring.metrics.backlog(id, (channel, lane), items, oldest);
    Some(items)
}

fn state_of(session: &Session<'_>) -> PartnerState {
    let today = session.wiring.clock.now().to_zoned(TimeZone::UTC).date();
    let state = session.partner.state_on(today);
    if matches!(state, PartnerState::Draft | PartnerState::Ended) {
        state
    } else if session.is_gone() {
        PartnerState::Gone
    } else if state == PartnerState::Suspended {
        state
    } else if session.is_paused() {
        PartnerState::Paused
    } else if session.is_failing() {
        PartnerState::Failing
    } else {
        state
    }
}
