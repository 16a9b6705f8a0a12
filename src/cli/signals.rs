//! Signals: the first TERM or INT drains, a second one aborts, HUP reads the partner files again.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Failure;

/// Tokens that TERM and INT cancel.
#[derive(Debug)]
pub(super) struct Stop {
    /// Drain.
    pub(super) stop: CancellationToken,
    /// Drop what is open.
    pub(super) abort: CancellationToken,
    terminate: Signal,
    interrupt: Signal,
}

impl Stop {
    /// Takes TERM and INT over: from now on they end the process no more.
    pub(super) fn hear() -> Result<Self, Failure> {
        let heard = |kind| signal(kind).map_err(Failure::failed);
        Ok(Self {
            stop: CancellationToken::new(),
            abort: CancellationToken::new(),
            terminate: heard(SignalKind::terminate())?,
            interrupt: heard(SignalKind::interrupt())?,
        })
    }

    /// Listens as long as the returned future is polled; also for what came since `hear`.
    pub(super) async fn listen(mut self) -> Result<(), Failure> {
        for token in [self.stop, self.abort] {
            tokio::select! {
                _ = self.terminate.recv() => {}
                _ = self.interrupt.recv() => {}
            }
            token.cancel();
        }
        std::future::pending().await
    }
}

/// HUP, which from now on ends the process no more.
pub(super) struct Hangups(Signal);

impl Hangups {
    /// Takes HUP over.
    pub(super) fn hear() -> Result<Self, Failure> {
        signal(SignalKind::hangup()).map(Self).map_err(Failure::failed)
    }

    /// Calls `reload` at each HUP, for ever; also for one that came since it was taken over.
    pub(super) async fn each(mut self, mut reload: impl AsyncFnMut()) -> Result<(), Failure> {
        while self.0.recv().await.is_some() {
            reload().await;
        }
        Ok(())
    }
}
