//! Text on its way out: every character remembers where it stood in the core's text.

mod cut;
mod fold;
mod html;
mod tidy;

pub(super) use cut::cut;
pub(super) use fold::{Folded, Token};
pub(super) use tidy::is_hidden;

/// One character that may leave, and the characters of the core's text that it stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Glyph {
    /// The character.
    pub(super) sign: char,
    /// First character in the core's text, in Unicode scalar values.
    pub(super) from: usize,
    /// One past the last.
    pub(super) to: usize,
}

/// The core's text without markup and with tidy white space.
pub(super) fn plain(text: &str) -> Vec<Glyph> {
    tidy::tidy(html::strip(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_glyph_knows_its_place() {
        let text = "<p>a &eacute;&#x301; b</p>";
        let glyphs = plain(text);
        let written: String = glyphs.iter().map(|glyph| glyph.sign).collect();
        assert_eq!(written, "a é\u{301} b");
        assert_eq!((glyphs[2].from, glyphs[2].to), (5, 13));
        assert_eq!((glyphs[5].from, glyphs[5].to), (21, 22));
    }
}
