//! Progress of something that many partners have to do: one line on a terminal that is written
//! over, and elsewhere a line for each change.

use std::io::{IsTerminal, Write};
use std::time::Duration;

use tokio::time::Instant;

use super::Failure;

/// How often the gateway is asked.
pub(super) const EVERY: Duration = Duration::from_millis(500);

/// Shows how far it is, on standard error.
#[derive(Debug)]
pub(super) struct Progress {
    shown: String,
    terminal: bool,
    until: Option<Instant>,
}

impl Progress {
    /// Nothing shown yet; it may take so long at most.
    pub(super) fn new(wait: Option<Duration>) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { shown: String::new(), terminal, until: wait.map(|wait| Instant::now() + wait) }
    }

    /// Shows this instead of what was shown before.
    pub(super) fn show(&mut self, line: String) {
        if line == self.shown {
            return;
        }
        let mut out = std::io::stderr();
        // Nobody is left to tell when standard error is closed.
        drop(if self.terminal {
            let width = self.shown.chars().count();
            write!(out, "\r{line:width$}").and_then(|()| out.flush())
        } else {
            writeln!(out, "{line}")
        });
        self.shown = line;
    }

    /// Waits until it is worth asking again.
    ///
    /// # Errors
    /// When the time is over; what was begun goes on.
    pub(super) async fn wait(&self) -> Result<(), Failure> {
        if self.until.is_some_and(|until| until <= Instant::now()) {
            self.end();
            return Err(Failure::failed("not all partners are done; the gateway goes on with it"));
        }
        tokio::time::sleep(EVERY).await;
        Ok(())
    }

    /// The last line stays.
    pub(super) fn end(&self) {
        if self.terminal && !self.shown.is_empty() {
            drop(writeln!(std::io::stderr()));
        }
    }
}

/// Reads `90s`, `15m`, `12h` or `3d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let unit = text.chars().last().filter(|unit| "smhd".contains(*unit));
    let digits = unit.and_then(|unit| text.strip_suffix(unit)).unwrap_or_default();
    let seconds = match unit {
        Some('s') => 1,
        Some('m') => 60,
        Some('h') => 3_600,
        Some('d') => 86_400,
        Some(_) | None => return Err("a time such as 90s, 15m, 12h or 3d is needed".to_owned()),
    };
    let number: u32 = digits.parse().map_err(|_| "a whole number is needed".to_owned())?;
    Ok(Duration::from_secs(u64::from(number) * seconds))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_a_number_and_a_unit() {
        for (text, seconds) in [("90s", 90), ("15m", 900), ("12h", 43_200), ("3d", 259_200)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(seconds)));
        }
        for bad in ["", "5", "s", "5w", "-1s", "1.5h", "99999999999s", "5ss"] {
            assert!(duration(bad).is_err(), "{bad}");
        }
    }
}
