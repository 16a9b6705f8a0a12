//! Signals: the first TERM or INT drains, a second one aborts, HUP reads the partner files again.

use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio_util::sync::CancellationToken;

use super::Failure;

/// Tokens that signals cancel.
#[derive(Debug, Clone, Default)]
pub(super) struct Stop {
    /// Drain.
    pub(super) stop: CancellationToken,
    /// Drop what is open.
    pub(super) abort: CancellationToken,
}

impl Stop {
    /// Listens for TERM and INT as long as the returned future is polled.
    pub(super) async fn listen(self) -> Result<(), Failure> {
        let mut terminate = signal(SignalKind::terminate()).map_err(Failure::failed)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::failed)?;
        for token in [self.stop, self.abort] {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
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
