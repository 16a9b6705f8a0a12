//! A whole gateway on an embedded core: the real binary, real sockets, a folder of its own.

pub(crate) mod core;
pub(crate) mod gateway;
pub(crate) mod http;
pub(crate) mod program;
pub(crate) mod push;
pub(crate) mod sink;
pub(crate) mod stage;

use std::thread;
use std::time::{Duration, Instant};

/// Long enough for anything that should happen soon, on a busy machine too.
pub(crate) const SOON: Duration = Duration::from_secs(20);
/// How often is looked.
const LOOK_EVERY: Duration = Duration::from_millis(10);

/// Looks until there is something.
pub(crate) fn found<T>(what: &str, within: Duration, mut look: impl FnMut() -> Option<T>) -> T {
    let deadline = Instant::now() + within;
    loop {
        if let Some(found) = look() {
            return found;
        }
        assert!(Instant::now() < deadline, "not within {within:?}: {what}");
        thread::sleep(LOOK_EVERY);
    }
}

/// Looks until it holds.
pub(crate) fn eventually(what: &str, mut holds: impl FnMut() -> bool) {
    found(what, SOON, || holds().then_some(()));
}
