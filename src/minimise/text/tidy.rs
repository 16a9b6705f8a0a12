//! White space as a reader wants it, and no character that nobody can see.

use super::Glyph;

/// Most line ends in a row.
const LINES_MAX: usize = 2;

/// Collapses white space, trims, and drops controls. Joiners and emoji selectors stay, as
/// emoji and some scripts need them.
pub(super) fn tidy(glyphs: Vec<Glyph>) -> Vec<Glyph> {
    let mut out: Vec<Glyph> = Vec::with_capacity(glyphs.len());
    let mut space = None;
    let mut lines: Vec<Glyph> = Vec::new();
    let mut carriage = false;
    for glyph in glyphs {
        if glyph.sign.is_ascii_graphic() && lines.is_empty() && space.is_none() {
            carriage = false;
            out.push(glyph);
            continue;
        }
        let follows_carriage = std::mem::replace(&mut carriage, glyph.sign == '\r');
        if glyph.sign == '\n' && follows_carriage {
            continue;
        }
        if matches!(glyph.sign, '\n' | '\r' | '\u{85}' | '\u{2028}' | '\u{2029}') {
            lines.push(Glyph { sign: '\n', ..glyph });
        } else if glyph.sign.is_whitespace() {
            space.get_or_insert(Glyph { sign: ' ', ..glyph });
        } else if !is_hidden(glyph.sign) {
            if out.is_empty() {
                lines.clear();
            } else if lines.is_empty() {
                out.extend(space);
            }
            out.extend(lines.drain(..).take(LINES_MAX));
            space = None;
            out.push(glyph);
        }
    }
    out
}

/// Controls, bidi marks, zero-width spaces and invisible tags; no reader misses them.
pub(in crate::minimise) fn is_hidden(sign: char) -> bool {
    sign.is_control()
        || matches!(sign,
            '\u{ad}' | '\u{115f}' | '\u{1160}' | '\u{3164}' | '\u{ffa0}' | '\u{61c}' | '\u{180e}' | '\u{200b}' | '\u{200e}' | '\u{200f}'
            | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
            | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn white_space_is_collapsed_and_hidden_characters_go() {
        for (text, expected) in [
            ("  a \t\u{a0} b  ", "a b"),
            ("a\r\nb\n \n\n\nc\n", "a\nb\n\nc"),
            ("0\u{200b}6\u{ad}1\u{202e}2", "0612"),
            ("👩\u{200d}🦽", "👩\u{200d}🦽"),
            (" \n ", ""),
        ] {
            let glyphs = text.chars().map(|sign| Glyph { sign, from: 0, to: 1 }).collect();
            let tidied: String = tidy(glyphs).iter().map(|glyph| glyph.sign).collect();
            assert_eq!(tidied, expected);
        }
    }
}
