//! Notices on their way: a bounded queue for each way out, each tried again until its time is up.
//! Whatever happens here, nothing waits for it.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use tokio::sync::{Mutex, mpsc};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::Clock;
use crate::deliver::wire::{Client, Raw, Signed, Target};
use crate::mail::{Failure, Letter, Postman};
use crate::metrics::{Metrics, NoticeKind, NoticeOutcome};

/// So many wait for a way out at most.
const WAITING_MAX: usize = 64;
/// Between the first attempts, and between later ones.
const PAUSES: (Duration, Duration) = (Duration::from_secs(1), Duration::from_secs(300));

/// An event for our own endpoint.
#[derive(Debug)]
pub(super) struct Event {
    pub(super) id: String,
    pub(super) body: Bytes,
}

/// Something to send, and what it is about.
#[derive(Debug)]
pub(super) struct Parcel<T> {
    pub(super) kinds: Vec<NoticeKind>,
    pub(super) load: T,
}

/// Where parcels are handed in.
#[derive(Debug)]
pub(super) struct Counter<T> {
    queue: mpsc::Sender<Parcel<T>>,
    metrics: Metrics,
}

impl<T> Counter<T> {
    pub(super) fn open(metrics: Metrics) -> (Self, Waiting<T>) {
        let (queue, parcels) = mpsc::channel(WAITING_MAX);
        (Self { queue, metrics }, Arc::new(Mutex::new(parcels)))
    }

    /// Hands it in; when too many wait it is dropped, and counted.
    pub(super) fn hand_in(&self, parcel: Parcel<T>) {
        if let Err(refused) = self.queue.try_send(parcel) {
            let kinds = refused.into_inner().kinds;
            tracing::warn!(notices = kinds.len(), "too many notices wait: some are dropped");
            count(&self.metrics, &kinds, NoticeOutcome::Dropped);
        }
    }
}

fn count(metrics: &Metrics, kinds: &[NoticeKind], outcome: NoticeOutcome) {
    kinds.iter().for_each(|kind| metrics.notice(*kind, outcome));
}

/// How an attempt ended that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refused {
    /// Try again.
    ForNow,
    /// It will never be taken like this.
    ForGood,
}

/// A way out.
pub(super) trait Way<T>: Send + Sync + 'static {
    /// Its name in the log.
    const NAME: &'static str;

    /// Tries once.
    fn bring(&self, load: &T) -> impl Future<Output = Result<(), Refused>> + Send;
}

impl Way<Letter> for Postman {
    const NAME: &str = "notices by mail";

    async fn bring(&self, letter: &Letter) -> Result<(), Refused> {
        Postman::bring(self, letter).await.map_err(|failure| match failure {
            Failure::Refused => Refused::ForGood,
            Failure::Unreachable | Failure::TimedOut | Failure::Later => Refused::ForNow,
        })
    }
}

/// Our own endpoint.
#[derive(Debug)]
pub(super) struct Hook {
    pub(super) client: Client,
    pub(super) target: Target,
    pub(super) clock: Clock,
}

impl Way<Event> for Hook {
    const NAME: &str = "notices by webhook";

    async fn bring(&self, event: &Event) -> Result<(), Refused> {
        let (id, body) = (event.id.as_str(), event.body.clone());
        let timestamp = self.clock.now().as_second();
        let signature = self.target.sign(id, timestamp, &body);
        match self.client.post(&self.target, Signed { id, timestamp, signature, body }).await {
            Ok(Raw { status: 200..=299, .. }) => Ok(()),
            Ok(Raw { status: 410, .. }) => Err(Refused::ForGood),
            Ok(_) | Err(_) => Err(Refused::ForNow),
        }
    }
}

/// What waits for a way out, also for the one who takes over after a panic.
pub(super) type Waiting<T> = Arc<Mutex<mpsc::Receiver<Parcel<T>>>>;

/// Sends one parcel after the other until the drain.
pub(super) async fn run<T, W: Way<T>>(
    way: Arc<W>,
    parcels: Waiting<T>,
    (metrics, give_up_after): (Metrics, Duration),
    drain: CancellationToken,
) {
    let mut parcels = parcels.lock().await;
    let work = async {
        while let Some(Parcel { kinds, load }) = parcels.recv().await {
            let outcome = send(&*way, &load, give_up_after).await;
            if outcome == NoticeOutcome::GivenUp {
                let (way, notices) = (W::NAME, kinds.len());
                tracing::error!(way, notices, "notices could not be sent and are given up");
            }
            count(&metrics, &kinds, outcome);
        }
        std::future::pending::<()>().await;
    };
    tokio::select! {
        biased;
        () = drain.cancelled() => {}
        () = work => {}
    }
}

/// Tries until it is taken, refused for good, or its time is up.
async fn send<T, W: Way<T>>(way: &W, load: &T, give_up_after: Duration) -> NoticeOutcome {
    let (begun, mut pause) = (Instant::now(), PAUSES.0);
    loop {
        match way.bring(load).await {
            Ok(()) => return NoticeOutcome::Sent,
            Err(Refused::ForGood) => return NoticeOutcome::GivenUp,
            Err(Refused::ForNow) if begun.elapsed() + pause >= give_up_after => {
                return NoticeOutcome::GivenUp;
            }
            Err(Refused::ForNow) => tokio::time::sleep(pause).await,
        }
        pause = (pause * 2).min(PAUSES.1);
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicU32, Ordering};

    use super::*;

    /// Takes from the so-manieth attempt on; refuses for good what is 0.
    struct Shy(Arc<AtomicU32>);

    impl Way<u32> for Shy {
        const NAME: &str = "shy";

        async fn bring(&self, from: &u32) -> Result<(), Refused> {
            let attempt = self.0.fetch_add(1, Ordering::SeqCst) + 1;
            match *from {
                0 => Err(Refused::ForGood),
                from if attempt >= from => Ok(()),
                _ => Err(Refused::ForNow),
            }
        }
    }

    #[tokio::test(start_paused = true)]
    async fn it_is_tried_until_it_is_taken_or_its_time_is_up() {
        let hour = Duration::from_secs(3_600);
        for (load, outcome, attempts) in [
            (1, NoticeOutcome::Sent, 1),
            (5, NoticeOutcome::Sent, 5),
            (0, NoticeOutcome::GivenUp, 1),
            (u32::MAX, NoticeOutcome::GivenUp, 20),
        ] {
            let (tries, begun) = (Arc::new(AtomicU32::new(0)), Instant::now());
            assert_eq!(send(&Shy(tries.clone()), &load, hour).await, outcome);
            assert_eq!(tries.load(Ordering::SeqCst), attempts, "{load}");
            assert!(begun.elapsed() < hour);
        }
    }

    #[tokio::test(start_paused = true)]
    async fn a_full_queue_drops_and_counts() {
        let metrics = Metrics::new().unwrap();
        let (counter, parcels) = Counter::open(metrics.clone());
        for _ in 0..WAITING_MAX + 3 {
            counter.hand_in(Parcel { kinds: vec![NoticeKind::DiskLow], load: 1 });
        }
        let (tries, drain) = (Arc::new(AtomicU32::new(0)), CancellationToken::new());
        let limits = (metrics.clone(), Duration::from_secs(60));
        let run = run(Arc::new(Shy(tries.clone())), parcels, limits, drain.clone());
        let later = tokio::time::sleep(Duration::from_secs(9));
        tokio::select! { () = run => panic!("it ended"), () = later => {} }
        assert_eq!(tries.load(Ordering::SeqCst), u32::try_from(WAITING_MAX).unwrap());
        let page = metrics.render(jiff::Timestamp::UNIX_EPOCH).unwrap();
        let page = String::from_utf8(page).unwrap();
        for (outcome, count) in [("sent", WAITING_MAX), ("dropped", 3), ("given_up", 0)] {
            let line =
                format!("luik_notices_total{{kind=\"disk_low\",outcome=\"{outcome}\"}} {count}\n");
            assert!(page.contains(&line), "{line}{page}");
        }
    }
}
