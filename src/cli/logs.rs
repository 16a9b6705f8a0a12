//! Logs of our own code alone: libraries may quote what passes through them.
//!
//! What each level is for: `error`, a person must act; `warn`, it went wrong and we coped; `info`,
//! what seldom happens; `debug`, each batch and each request; `trace`, each item.

use std::sync::atomic::{AtomicBool, Ordering};

use tracing_subscriber::EnvFilter;

use crate::config::{LogFormat, log_format, log_level};

/// Set when lines are JSON: then a panic is such a line, too.
static AS_JSON: AtomicBool = AtomicBool::new(false);

/// Writes logs to standard error, at the level of `LUIK_LOG` (error, warn, info, debug, trace) and in
/// the form of `LUIK_LOG_FORMAT` (text, json).
pub(super) fn start() {
    let filter = EnvFilter::new(format!("off,luik={}", log_level()));
    let logs = tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr);
    // A line that can not be written is lost; a complaint about it would go the same way, and panic.
    let logs = logs.log_internal_errors(false).with_ansi(false).with_target(false);
    match log_format() {
        LogFormat::Text => drop(logs.try_init()),
        LogFormat::Json => {
            AS_JSON.store(true, Ordering::Relaxed);
            drop(logs.json().flatten_event(true).with_span_list(false).try_init());
        }
    }
}

/// A panic says where, never what: its message may quote a row (style guide §1.3).
pub(super) fn quiet_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(|at| (at.file(), at.line()));
        let (file, line) = place.unwrap_or(("unknown", 0));
        if AS_JSON.load(Ordering::Relaxed) {
            tracing::error!(file, line, "internal fault");
        } else {
            super::complain(&format!("internal fault at {file}:{line}"), 1);
        }
    }));
}
