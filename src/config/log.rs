//! How much is logged, and in which form: `LUIK_LOG` and `LUIK_LOG_FORMAT`.

/// The level that `LUIK_LOG` names, `info` when it names none.
#[must_use]
pub fn log_level() -> &'static str {
    let wish = std::env::var_os("LUIK_LOG").unwrap_or_default();
    let known = ["error", "warn", "info", "debug", "trace"];
    known.into_iter().find(|level| wish == *level).unwrap_or("info")
}

/// The form of a log.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// Lines for people.
    Text,
    /// One JSON object a line.
    Json,
}

/// The form that `LUIK_LOG_FORMAT` names (`text` or `json`), `text` when it names none.
#[must_use]
pub fn log_format() -> LogFormat {
    let json = std::env::var_os("LUIK_LOG_FORMAT").is_some_and(|wish| wish == "json");
    if json { LogFormat::Json } else { LogFormat::Text }
}
