//! How full the disk of the state folder is.

use std::path::{Path, PathBuf};

use tokio::task::spawn_blocking;

use crate::metrics::Metrics;

/// Asks the file system; an answer that does not come counts as nothing free.
pub(super) async fn sample(state: &Path, metrics: &Metrics) {
    let folder = state.to_owned();
    let asked = spawn_blocking(move || space(&folder)).await;
    let space = asked.ok().flatten();
    if space.is_none() {
        tracing::warn!("it can not be told how full the disk of the state folder is");
    }
    let (free, used) = space.unwrap_or_default();
    metrics.state(free, used);
}

/// Free (for us) and used bytes.
fn space(folder: &PathBuf) -> Option<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Some((bytes(disk.f_bavail), bytes(disk.f_blocks.saturating_sub(disk.f_bfree))))
}
