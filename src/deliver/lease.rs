//! The lane of leases (promise P6): one small message renews every copy that a partner holds.
//!
//! Sent at a third of the lease, also while paused; not while suspended, and not without an
//! agreement in force. Whoever hears nothing must hide everything when the lease ends.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::journal;
use crate::metrics::Outcome;

use super::attempts::Errand;
use super::lane::pace;
use super::session::Session;
use super::wire::Answer;

/// The clock on the wall is looked at this often: it may jump.
const LOOK: Duration = Duration::from_secs(30);
/// How long it waits for the profile to change.
const STAND_DOWN: Duration = Duration::from_millis(200);
/// After a failure it is tried again within one part in so many of the lease.
const RETRY_SHARE: u32 = 12;

/// The lane and what belongs to it alone.
#[derive(Debug)]
pub(super) struct Lease<'a> {
    session: &'a Session<'a>,
    /// Until when the partner may show what it holds.
    until: Option<Timestamp>,
    not_before: Instant,
    failures: u32,
    /// Spreads partners that began together, 0 to 1.
    roll: f64,
}

impl<'a> Lease<'a> {
    pub(super) fn new(session: &'a Session<'a>, until: Option<Timestamp>) -> Self {
        if let Some(until) = until {
            session.wiring.metrics.lease(session.id(), until);
        }
        let (not_before, roll) = (Instant::now(), fastrand::f64());
        Self { session, until, not_before, failures: 0, roll }
    }

    /// Renews until it is time to stop.
    pub(super) async fn run(mut self) {
        loop {
            let now = self.session.wiring.clock.now();
            let pause = match self.session.partner.lease_from(now) {
                Some(_) => self.due_in(now),
                None => LOOK,
            };
            if pause.is_zero()
                && let Err(error) = self.renew(now).await
            {
                let partner = self.session.id().as_str();
                tracing::warn!(partner, %error, "a lease could not be renewed");
                self.rest();
            }
            let until = Instant::now() + pause.min(LOOK).max(Duration::from_millis(1));
            tokio::select! {
                biased;
                () = self.session.stop.cancelled() => return,
                () = tokio::time::sleep_until(until) => {}
            }
        }
    }

    fn due_in(&self, now: Timestamp) -> Duration {
        let lease = self.session.partner.removal.lease;
        let rest = self.not_before.saturating_duration_since(Instant::now());
        due_in(self.until, now, (lease, self.roll)).max(rest)
    }

    async fn renew(&mut self, now: Timestamp) -> Result<(), journal::Error> {
        let session = self.session;
        // A profile that is about to change gives no lease; the next one looks anew.
        self.not_before = Instant::now() + STAND_DOWN;
        let expected = session.journal().expected(session.id()).await?;
        if session.is_superseded() {
            return Ok(());
        }
        let Some(until) = session.partner.lease_from(now) else { return Ok(()) };
        let message = session.origin.lease(now, until, &expected);
        match session.send(&message, (Errand::Lease, 0)).await {
            Answer::Accepted(_) => {
                session.journal().set_lease(session.id(), until).await?;
                session.wiring.metrics.lease(session.id(), until);
                (self.until, self.failures, self.roll) = (Some(until), 0, fastrand::f64());
                self.not_before = Instant::now() + quiet(until, now, session.partner.removal.lease);
            }
            Answer::Failed { outcome, wish } => {
                let pause = self.rest();
                self.not_before = Instant::now() + pace::respect(pause, wish, self.longest());
                self.log(outcome);
            }
        }
        Ok(())
    }

    fn rest(&mut self) -> Duration {
        self.failures = self.failures.saturating_add(1);
        let pause = pace::pause(self.failures, fastrand::f64(), self.longest());
        self.not_before = Instant::now() + pause;
        pause
    }

    fn longest(&self) -> Duration {
        let share = self.session.partner.removal.lease / RETRY_SHARE;
        self.session.wiring.retry_max.min(share)
    }

    fn log(&self, outcome: Outcome) {
        let (partner, outcome) = (self.session.id().as_str(), outcome.as_str());
        if self.failures == 1 {
            tracing::warn!(partner, outcome, "a lease was not taken: it is tried again");
        } else {
            tracing::debug!(partner, outcome, "a lease was not taken");
        }
    }
}

/// How long until a lease is to be renewed: when a third of it has passed (or up to a tenth of
/// that earlier), at once if there is none, or if it is longer than it may be now.
fn due_in(until: Option<Timestamp>, now: Timestamp, (lease, roll): (Duration, f64)) -> Duration {
    let Some(until) = until else { return Duration::ZERO };
    let left = Duration::try_from(until.duration_since(now)).unwrap_or_default();
    if left > lease + Duration::from_secs(1) {
        return Duration::ZERO;
    }
    let third = lease / 3;
    let early = third.mul_f64(roll.clamp(0.0, 1.0) / 10.0);
    left.saturating_sub(third * 2 + early)
}

/// How long nothing is said after a renewal. Near the agreement's end no later time can be given, and
/// it would be renewed without end.
fn quiet(until: Timestamp, now: Timestamp, lease: Duration) -> Duration {
    let again = due_in(Some(until), now, (lease, 0.0)).is_zero();
    if again { lease / 3 } else { Duration::ZERO }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_the_agreements_end_it_is_renewed_no_more_often_than_before() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let (hour, lease) = (Duration::from_secs(3600), Duration::from_secs(72 * 3600));
        for (hours, wanted) in [(72, 0), (49, 0), (48, 24), (12, 24), (0, 24)] {
            let until = now + jiff::SignedDuration::from_hours(hours);
            assert_eq!(quiet(until, now, lease), hour * wanted, "{hours}");
        }
    }

    #[test]
    fn it_is_renewed_at_a_third_and_when_the_clock_jumped() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let lease = Duration::from_secs(72 * 3600);
        let in_hours = |hours: i64| Some(now + jiff::SignedDuration::from_hours(hours));
        for (until, hours) in [
            (None, 0),
            (in_hours(72), 24),
            (in_hours(60), 12),
            (in_hours(48), 0),
            (in_hours(1), 0),
            (in_hours(-9_000), 0),
            (in_hours(80), 0), // it was shortened, or the clock went back
        ] {
            assert_eq!(due_in(until, now, (lease, 0.0)), Duration::from_secs(hours * 3600));
        }
        let early = due_in(in_hours(72), now, (lease, 1.0));
        assert_eq!(early, Duration::from_secs(24 * 3600 - 24 * 360));
    }
}
