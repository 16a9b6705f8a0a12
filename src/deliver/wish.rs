//! Something that one lane asks of another.

use std::sync::atomic::{AtomicBool, Ordering};

/// Asked for, or not; asking twice is asking once.
#[derive(Debug, Default)]
pub(super) struct Wish(AtomicBool);

impl Wish {
    /// Asked for from the start, or not.
    pub(super) fn new(asked: bool) -> Self {
        Self(asked.into())
    }

    pub(super) fn ask(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    pub(super) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }

    /// Was it asked for? It is not any more.
    pub(super) fn take(&self) -> bool {
        self.0.swap(false, Ordering::SeqCst)
    }
}
