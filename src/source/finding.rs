//! What `luik source check` finds.

use std::fmt;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// As it should be.
    Ok,
    /// Works, but somebody should look at it.
    Warning,
    /// Does not work, or breaks the core.
    Problem,
}

/// One finding. Names tables, columns and settings; holds no value of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// How bad it is.
    pub level: Level,
    /// One sentence for the core's administrator.
    pub text: String,
}

impl Finding {
    pub(super) fn ok(text: impl Into<String>) -> Self {
        Self { level: Level::Ok, text: text.into() }
    }

    pub(super) fn warning(text: impl Into<String>) -> Self {
        Self { level: Level::Warning, text: text.into() }
    }

    pub(super) fn problem(text: impl Into<String>) -> Self {
        Self { level: Level::Problem, text: text.into() }
    }

    /// `good` if `holds`, a problem with the text `bad` otherwise.
    pub(super) fn expect(holds: bool, good: impl Into<String>, bad: impl Into<String>) -> Self {
        if holds { Self::ok(good) } else { Self::problem(bad) }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = match self.level {
            Level::Ok => "ok",
            Level::Warning => "warning",
            Level::Problem => "problem",
        };
        write!(f, "{word:8} {}", self.text)
    }
}
