//! One way to start a task and one order to stop: *drain* takes nothing new and finishes what is
//! open, *abort* drops it.

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::FutureExt;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tracing::Instrument;

use crate::clock::whole_ms;

/// Longest pause before a limb that panicked is started again.
const RESTART_PAUSE_MAX: Duration = Duration::from_secs(60);

/// All tasks of the process. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Tasks {
    tracker: TaskTracker,
    drain: CancellationToken,
    abort: CancellationToken,
    failed: Arc<AtomicBool>,
}

/// How the process ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// Everything finished in time.
    Clean,
    /// A spine task ended unasked, or did not finish in time.
    Failed,
}

impl Tasks {
    /// Starts a spine task: when it ends unasked, the process drains and fails.
    pub fn spawn(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let (drain, abort, failed) = (self.drain.clone(), self.abort.clone(), self.failed.clone());
        self.start(async move {
            let caught = AssertUnwindSafe(task).catch_unwind();
            let ended = tokio::select! {
                biased;
                () = abort.cancelled() => return,
                ended = caught => ended,
            };
            if ended.is_err() || !drain.is_cancelled() {
                tracing::error!(task = name, "a task ended unasked: stopping");
                failed.store(true, Ordering::SeqCst);
                drain.cancel();
            }
        });
    }

    /// Starts a limb: when it panics it is started again, alone, after a growing pause; when it
    /// returns it is done.
    pub fn supervise<F>(&self, name: &'static str, mut task: impl FnMut() -> F + Send + 'static)
    where
        F: Future<Output = ()> + Send + 'static,
    {
        let (drain, abort) = (self.drain.clone(), self.abort.clone());
        self.start(async move {
            let mut pause = Duration::from_secs(1);
            loop {
                let caught = AssertUnwindSafe(task()).catch_unwind();
                let ended = tokio::select! {
                    biased;
                    () = abort.cancelled() => return,
                    ended = caught => ended,
                };
                if ended.is_ok() || drain.is_cancelled() {
                    return;
                }
                let wait_ms = whole_ms(pause);
                tracing::error!(task = name, wait_ms, "a task panicked: it is started again");
                tokio::select! {
                    biased;
                    () = drain.cancelled() => return,
                    () = tokio::time::sleep(pause) => {}
                }
                pause = (pause * 2).min(RESTART_PAUSE_MAX);
            }
        });
    }

    /// Starts something that is done once, such as one connection: a panic ends it alone. What it
    /// logs belongs to whatever it was started for.
    pub fn once(&self, name: &'static str, task: impl Future<Output = ()> + Send + 'static) {
        let abort = self.abort.clone();
        let done = async move {
            let caught = AssertUnwindSafe(task).catch_unwind();
            let ended = tokio::select! {
                biased;
                () = abort.cancelled() => return,
                ended = caught => ended,
            };
            if ended.is_err() {
                tracing::error!(task = name, "a task panicked: it is given up");
            }
        };
        self.start(done.in_current_span());
    }

    #[expect(clippy::disallowed_methods, reason = "the one place that spawns")]
    fn start(&self, task: impl Future<Output = ()> + Send + 'static) {
        drop(tokio::spawn(self.tracker.track_future(task)));
    }

    /// Cancelled when the process takes nothing new.
    #[must_use]
    pub fn drain(&self) -> CancellationToken {
        self.drain.clone()
    }

    /// Starts the drain.
    pub fn begin_drain(&self) {
        self.drain.cancel();
    }

    /// Drops what is open.
    pub fn abort(&self) {
        self.drain.cancel();
        self.abort.cancel();
    }

    /// Drains and waits; whatever is still open after `limit` is dropped.
    pub async fn finish(&self, limit: Duration) -> Ending {
        self.drain.cancel();
        self.tracker.close();
        let in_time = tokio::time::timeout(limit, self.tracker.wait()).await.is_ok();
        if !in_time {
            tracing::warn!(limit_ms = whole_ms(limit), "not everything finished in time");
            self.abort.cancel();
            drop(tokio::time::timeout(Duration::from_secs(1), self.tracker.wait()).await);
        }
        if self.failed.load(Ordering::SeqCst) || !in_time { Ending::Failed } else { Ending::Clean }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_polite_task_ends_cleanly() {
        let tasks = Tasks::default();
        let drain = tasks.drain();
        tasks.spawn("polite", async move { drain.cancelled().await });
        assert_eq!(tasks.finish(Duration::from_secs(5)).await, Ending::Clean);
    }

    #[tokio::test(start_paused = true)]
    async fn a_deaf_task_is_dropped_when_the_time_is_up() {
        let tasks = Tasks::default();
        tasks.spawn("deaf", std::future::pending());
        assert_eq!(tasks.finish(Duration::from_secs(5)).await, Ending::Failed);
    }

    #[tokio::test(start_paused = true)]
    async fn a_spine_task_that_ends_unasked_stops_the_process() {
        let tasks = Tasks::default();
        tasks.spawn("brittle", async {});
        tasks.drain().cancelled().await;
        assert_eq!(tasks.finish(Duration::from_secs(5)).await, Ending::Failed);
    }

    #[tokio::test(start_paused = true)]
    async fn what_is_done_once_panics_alone_and_is_waited_for() {
        let tasks = Tasks::default();
        tasks.once("broken", async { panic!("planted") });
        let (sender, done) = tokio::sync::oneshot::channel();
        tasks.once("slow", async move {
            tokio::time::sleep(Duration::from_secs(3)).await;
            sender.send(()).expect("open");
        });
        assert_eq!(tasks.finish(Duration::from_secs(5)).await, Ending::Clean);
        assert_eq!(done.await, Ok(()));
    }

    #[tokio::test(start_paused = true)]
    async fn a_limb_that_panics_is_started_again() {
        let tasks = Tasks::default();
        let (sender, mut seen) = tokio::sync::mpsc::channel(4);
        tasks.supervise("limb", move || {
            let sender = sender.clone();
            async move {
                sender.send(()).await.expect("open");
                panic!("planted");
            }
        });
        for _ in 0..3 {
            seen.recv().await.expect("started again");
        }
        assert_eq!(tasks.finish(Duration::from_secs(5)).await, Ending::Clean);
    }
}
