//! Where one lane of a partner stands: its cursor, and when it may send again.

mod breaker;
mod complaints;
pub(super) mod pace;
mod parked;

use std::num::NonZeroU32;
use std::time::Duration;

use governor::clock::{Clock as _, DefaultClock};
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use tokio::time::Instant;

use crate::metrics::{self, Outcome};
use crate::model::Sequence;

use super::wire::Answer;

pub(super) use breaker::Breaker;
pub(crate) use complaints::{Complaints, Word};
pub(super) use parked::{Fresh, Parked};

/// Longest that a partner may put publishes off; removals obey for `retry_max` only.
const WISH_MAX: Duration = Duration::from_secs(24 * 3600);
/// So often in a row an item is refused alone before it is set aside.
const LONE_REFUSALS_MAX: u32 = 3;
/// A cursor that passed nothing of this partner's is stored after so many positions …
const UNSAVED_MAX: u64 = 10_000;
/// … or after this time.
const UNSAVED_FOR: Duration = Duration::from_secs(30);

/// One lane, as far as it is kept in memory.
#[derive(Debug)]
pub(super) struct Lane {
    /// Which one.
    pub(super) kind: metrics::Lane,
    /// Everything up to here was dealt with.
    pub(super) cursor: Sequence,
    /// Full batches, one probe, or rest.
    pub(super) breaker: Breaker,
    /// What was said about its failures.
    pub(super) complaints: Complaints,
    /// Nothing is sent before this moment.
    pub(super) not_before: Instant,
    /// Most items in a request, as far as the partner's refusals taught.
    room: usize,
    /// How often in a row a request of one item was refused.
    lone_refusals: u32,
    /// Something was accepted since an item was last given up.
    proven: bool,
    saved: Sequence,
    saved_at: Instant,
    retry_max: Duration,
    rate: DefaultDirectRateLimiter,
}

impl Lane {
    /// A lane whose stored cursor is `saved`.
    pub(super) fn new(
        kind: metrics::Lane,
        saved: Sequence,
        retry_max: Duration,
        per_second: u32,
    ) -> Self {
        let per_second = NonZeroU32::new(per_second).unwrap_or(NonZeroU32::MIN);
        let now = Instant::now();
        Self {
            kind,
            cursor: saved,
            breaker: Breaker::default(),
            complaints: Complaints::default(),
            not_before: now,
            room: usize::MAX,
            lone_refusals: 0,
            proven: false,
            saved,
            saved_at: now,
            retry_max,
            rate: RateLimiter::direct(Quota::per_second(per_second)),
        }
    }

    /// Waits until the partner's rate allows a request; true if it had to wait.
    pub(super) async fn rated(&self) -> bool {
        let mut waited = false;
        while let Err(early) = self.rate.check() {
            waited = true;
            tokio::time::sleep(early.wait_time_from(DefaultClock::default().now())).await;
        }
        waited
    }

    /// Most items that the next request may have.
    pub(super) fn limit(&mut self, batch: usize) -> usize {
        let batch = batch.min(self.room);
        match self.kind {
            metrics::Lane::Publish => self.breaker.try_again(batch),
            metrics::Lane::Remove => batch,
        }
    }

    /// Takes note of the answer to a request of so many items; says how long the lane now rests.
    /// `roll` (0 to 1) is the jitter.
    pub(super) fn note(&mut self, answer: &Answer, items: usize, roll: f64) -> Duration {
        let wait = match answer {
            Answer::Accepted(_) => {
                self.breaker.succeed();
                self.room = self.room.saturating_add(self.room / 8 + 1);
                self.lone_refusals = 0;
                self.proven = true;
                Duration::ZERO
            }
            // One bad item, or too many at once: half of them may get through.
            Answer::Failed { outcome: Outcome::Refused, wish } if items > 1 => {
                self.room = items / 2;
                self.rest_for(1, *wish, roll)
            }
            Answer::Failed { outcome, wish } => {
                self.breaker.fail();
                if *outcome == Outcome::Refused {
                    self.lone_refusals = self.lone_refusals.saturating_add(1);
                }
                self.rest_for(self.breaker.failures(), *wish, roll)
            }
        };
        self.not_before = Instant::now() + wait;
        wait
    }

    fn rest_for(&self, failures: u32, wish: Option<Duration>, roll: f64) -> Duration {
        let cap = match self.kind {
            metrics::Lane::Publish => WISH_MAX,
            metrics::Lane::Remove => self.retry_max,
        };
        pace::respect(self.pause(failures, roll), wish, cap)
    }

    /// Was one item refused alone so often that it should no longer hold up the others? A publish
    /// only if others got through before; when everything is refused, nothing is given up.
    pub(super) fn gives_up(&self) -> bool {
        let often = self.lone_refusals >= LONE_REFUSALS_MAX;
        often && (self.kind == metrics::Lane::Remove || self.proven)
    }

    /// The item was set aside.
    pub(super) fn gave_up(&mut self) {
        self.lone_refusals = 0;
        self.proven = false;
    }

    /// Something of our own failed: rest as after this many failures of the partner.
    pub(super) fn rest(&mut self, failures: u32, roll: f64) -> Duration {
        let wait = self.pause(failures, roll);
        self.not_before = Instant::now() + wait;
        wait
    }

    /// The pause after this many failures.
    pub(super) fn pause(&self, failures: u32, roll: f64) -> Duration {
        pace::pause(failures, roll, self.retry_max)
    }

    /// The cursor was stored as it stands.
    pub(super) fn saved(&mut self) {
        self.saved = self.saved.max(self.cursor);
        self.saved_at = Instant::now();
    }

    /// Is the cursor ahead of what is stored?
    pub(super) fn is_unsaved(&self) -> bool {
        self.cursor > self.saved
    }

    /// When such a cursor should be stored at the latest.
    pub(super) fn save_at(&self) -> Instant {
        let far = self.cursor.get().saturating_sub(self.saved.get()) >= UNSAVED_MAX;
        if far { self.saved_at } else { self.saved_at + UNSAVED_FOR }
    }
}

#[cfg(test)]
mod tests {
    use super::super::wire::Reply;
    use super::*;

    const MINUTES: Duration = Duration::from_secs(300);

    fn lane(kind: metrics::Lane) -> Lane {
        Lane::new(kind, Sequence::new(5), MINUTES, 2)
    }

    fn throttled(seconds: u64) -> Answer {
        Answer::Failed { outcome: Outcome::Throttled, wish: Some(Duration::from_secs(seconds)) }
    }

    #[tokio::test(start_paused = true)]
    async fn a_wish_delays_publishes_for_a_day_at_most_and_removals_for_minutes() {
        for (kind, wish, seconds) in [
            (metrics::Lane::Publish, 90_000, 86_400),
            (metrics::Lane::Publish, 3_600, 3_600),
            (metrics::Lane::Remove, 90_000, 300),
            (metrics::Lane::Remove, 20, 20),
        ] {
            let wait = lane(kind).note(&throttled(wish), 1, 0.5);
            assert_eq!(wait, Duration::from_secs(seconds));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn failures_slow_it_down_and_a_success_ends_that() {
        let mut lane = lane(metrics::Lane::Publish);
        let failed = Answer::failed(Outcome::ServerError);
        let first = lane.note(&failed, 1, 1.0);
        assert!(lane.note(&failed, 1, 1.0) > first);
        assert!(lane.not_before > Instant::now());
        lane.note(&Answer::Accepted(Reply::default()), 1, 1.0);
        assert_eq!(lane.not_before, Instant::now());
        assert_eq!(lane.note(&failed, 1, 1.0), first);
    }

    #[tokio::test(start_paused = true)]
    async fn refusals_halve_the_batch_until_the_bad_item_is_alone() {
        let mut lane = lane(metrics::Lane::Publish);
        let accepted = Answer::Accepted(Reply::default());
        let refused = Answer::failed(Outcome::Refused);
        lane.note(&accepted, 8, 1.0);
        for expected in [4, 2, 1] {
            let sent = lane.limit(8);
            let wait = lane.note(&refused, sent, 1.0);
            assert_eq!(wait, Duration::from_millis(500));
            assert_eq!(lane.limit(8), expected);
        }
        for _ in 0..3 {
            assert!(!lane.gives_up());
            lane.note(&refused, 1, 1.0);
        }
        assert!(lane.gives_up());
        lane.gave_up();
        for _ in 0..9 {
            lane.note(&refused, 1, 1.0);
            assert!(!lane.gives_up(), "everything is refused");
        }
        for _ in 0..8 {
            lane.note(&accepted, 1, 1.0);
        }
        assert_eq!(lane.limit(8), 8);
    }

    #[tokio::test(start_paused = true)]
    async fn a_cursor_is_stored_lazily() {
        let mut lane = lane(metrics::Lane::Remove);
        assert!(!lane.is_unsaved());
        lane.cursor = Sequence::new(6);
        assert!(lane.is_unsaved() && lane.save_at() > Instant::now());
        lane.cursor = Sequence::new(10_005);
        assert!(lane.save_at() <= Instant::now());
        lane.saved();
        assert!(!lane.is_unsaved());
    }

    #[tokio::test]
    async fn the_rate_allows_a_burst_and_then_waits() {
        let lane = lane(metrics::Lane::Publish);
        assert!(!lane.rated().await && !lane.rated().await);
        assert!(lane.rated().await);
    }
}
