//! What the spine says about itself, for the operator to read; knows neither side.

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Whether the source can be reached and the partner files are in force. Cheap to clone: those who
/// know write, the admin listener and the notices read.
#[derive(Debug, Clone)]
pub struct Health(Arc<Mutex<State>>);

#[derive(Debug, Clone, Copy)]
struct State {
    source: Option<&'static str>,
    files_refused: bool,
}

impl Default for Health {
    fn default() -> Self {
        let state = State { source: Some("not connected yet"), files_refused: false };
        Self(Arc::new(Mutex::new(state)))
    }
}

impl Health {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The source is connected, or it is not for this reason.
    pub fn source(&self, connected: Result<(), &'static str>) {
        self.state().source = connected.err();
    }

    /// Why the source is not connected; nothing while it is.
    #[must_use]
    pub fn source_trouble(&self) -> Option<&'static str> {
        self.state().source
    }

    /// The partner files were read again: they were refused, or they are in force.
    pub fn files(&self, refused: bool) {
        self.state().files_refused = refused;
    }

    /// Is an older set of partner files in force than the one that was read last?
    #[must_use]
    pub fn files_refused(&self) -> bool {
        self.state().files_refused
    }
}

/// Bytes on the disk of a folder: free for us, and used. None if that can not be seen.
#[must_use]
pub fn room(folder: &Path) -> Option<(u64, u64)> {
    let disk = rustix::fs::statvfs(folder).ok()?;
    let bytes = |blocks: u64| blocks.saturating_mul(disk.f_frsize);
    Some((bytes(disk.f_bavail), bytes(disk.f_blocks.saturating_sub(disk.f_bfree))))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_source_is_in_trouble_until_it_is_connected_and_every_handle_sees_it() {
        let health = Health::default();
        let reader = health.clone();
        assert_eq!(reader.source_trouble(), Some("not connected yet"));
        health.source(Ok(()));
        assert_eq!(reader.source_trouble(), None);
        health.source(Err("the core can not be reached"));
        assert_eq!(reader.source_trouble(), Some("the core can not be reached"));
        assert!(!reader.files_refused());
        health.files(true);
        assert!(reader.files_refused());
    }
}
