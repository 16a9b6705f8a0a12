//! Waiting for real processes: look, rest a little, look again, until a deadline.

use std::fmt::Display;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(25);
const REST: Duration = Duration::from_millis(25);

/// Rests between two looks.
pub(crate) async fn pause() {
    tokio::time::sleep(REST).await;
}

/// Looks until it is so; fails with what was seen last.
pub(crate) async fn until<T, E: Display>(what: &str, look: impl AsyncFnMut() -> Result<T, E>) -> T {
    within(DEADLINE, what, look).await
}

/// The same with a deadline of its own.
pub(crate) async fn within<T, E: Display>(
    time: Duration,
    what: &str,
    mut look: impl AsyncFnMut() -> Result<T, E>,
) -> T {
    let deadline = Instant::now() + time;
    loop {
        match look().await {
            Ok(found) => return found,
            Err(seen) => assert!(Instant::now() < deadline, "{what}: not within {time:?}: {seen}"),
        }
        pause().await;
    }
}
