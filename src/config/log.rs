//! How much is logged: `LUIK_LOG`.

/// The level that `LUIK_LOG` names, `info` when it names none.
#[must_use]
pub fn log_level() -> &'static str {
    let wish = std::env::var_os("LUIK_LOG").unwrap_or_default();
    let known = ["error", "warn", "info", "debug", "trace"];
    known.into_iter().find(|level| wish == *level).unwrap_or("info")
}
