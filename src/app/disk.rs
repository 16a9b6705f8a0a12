//! How full the disk of the state folder is.

use std::path::Path;

use tokio::task::spawn_blocking;

use crate::health;
use crate::metrics::Metrics;

/// Asks the file system; an answer that does not come counts as nothing free.
pub(super) async fn sample(state: &Path, metrics: &Metrics) {
    let folder = state.to_owned();
    let asked = spawn_blocking(move || health::room(&folder)).await;
    let space = asked.ok().flatten();
    if space.is_none() {
        tracing::warn!("it can not be told how full the disk of the state folder is");
    }
    let (free, used) = space.unwrap_or_default();
    metrics.state(free, used);
}
