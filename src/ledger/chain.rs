//! Lines, and the chain that they form.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Entry;

/// One line: a number without gaps, a time that never goes back, and what happened.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Line {
    /// 1 for the first.
    pub num: u64,
    /// When it was entered, in whole milliseconds.
    pub at: Timestamp,
    /// What happened.
    pub entry: Entry,
}

impl Line {
    /// The one form in which it is hashed and exported, without a line end.
    ///
    /// # Errors
    /// Never for what this module makes.
    pub fn to_text(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Reads the one form; none if it is in any other.
    #[must_use]
    pub fn from_text(text: &str) -> Option<Self> {
        let line: Self = serde_json::from_str(text).ok()?;
        (line.to_text().ok()? == text).then_some(line)
    }
}

/// The end of the chain.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tip {
    /// Number of the latest line; 0 before the first.
    pub num: u64,
    /// SHA-256(hash before ‖ line ‖ line feed); zero before the first.
    pub hash: [u8; 32],
}

impl Tip {
    /// The chain with one more line, given in its one form.
    #[must_use]
    pub fn followed_by(self, text: &str) -> Self {
        let mut hash = Sha256::new();
        hash.update(self.hash);
        hash.update(text);
        hash.update(b"\n");
        Self { num: self.num.saturating_add(1), hash: hash.finalize().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_read_in_its_one_form_alone() {
        let at = Timestamp::from_millisecond(1_764_000_000_123).unwrap();
        let line = Line { num: 7, at, entry: Entry::Forgotten { items: 3 } };
        let text = line.to_text().unwrap();
        assert_eq!(
            text,
            r#"{"num":7,"at":"2025-11-24T16:00:00.123Z","entry":{"what":"forgotten","items":3}}"#
        );
        assert_eq!(Line::from_text(&text), Some(line));
        for other in [
            text.replace("\"items\":3", "\"items\": 3"),
            text.replace("\"items\":3", "\"items\":3,\"more\":1"),
            text.replace(".123Z", ".1230Z"),
            format!("{text} "),
        ] {
            assert_eq!(Line::from_text(&other), None, "{other}");
        }
    }

    #[test]
    fn another_line_another_order_or_a_gap_leads_to_another_end() {
        let (a, b) = (Tip::default().followed_by("a"), Tip::default().followed_by("b"));
        assert_ne!(a, b);
        assert_ne!(a.followed_by("b"), b.followed_by("a"));
        assert_ne!(a.followed_by("b").hash, Tip::default().followed_by("a\nb").hash);
    }
}
