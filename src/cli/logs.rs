//! Logs of our own code alone: libraries may quote what passes through them.

use tracing_subscriber::EnvFilter;

use crate::config::log_level;

/// Writes logs to standard error, at the level of `LUIK_LOG` (error, warn, info, debug, trace).
pub(super) fn start() {
    let filter = EnvFilter::new(format!("off,luik={}", log_level()));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A line that can not be written is lost; a complaint about it would go the same way, and panic.
    let logs = logs.log_internal_errors(false);
    drop(logs.with_ansi(false).with_target(false).try_init());
}

/// A panic says where, never what: its message may quote a row (style guide §1.3).
pub(super) fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| (at.file(), at.line()));
        let (file, line) = place.unwrap_or(("unknown", 0));
        super::complain(&format!("internal fault at {file}:{line}"), 1);
    }));
}
