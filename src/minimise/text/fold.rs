//! The form in which text is searched: one width, one script of digits, no marks, no case.
//!
//! Two strings of the same layout are kept, with and without case; every byte of them knows the
//! glyph it came from, so that a finding leads back to the very characters that were typed.

use std::ops::Range;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;

use super::Glyph;

/// Most characters that one character is folded to; some stand for whole phrases.
const PARTS_MAX: usize = 4;

/// What a run of characters is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::minimise) enum TokenKind {
    /// Letters.
    Word,
    /// ASCII digits.
    Number,
}

/// A word or a number in a folded text; what lies between two is signs and space.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::minimise) struct Token {
    /// First byte.
    pub(in crate::minimise) start: usize,
    /// One past the last byte.
    pub(in crate::minimise) end: usize,
    kind: TokenKind,
}

impl Token {
    /// Is it made of letters?
    pub(in crate::minimise) fn is_word(self) -> bool {
        self.kind == TokenKind::Word
    }
}

/// A text folded for searching.
#[derive(Debug)]
pub(in crate::minimise) struct Folded {
    lower: String,
    cased: String,
    sources: Vec<usize>,
    tokens: Vec<Token>,
    /// Which ASCII characters the lower form holds.
    signs: u128,
    flat: bool,
}

impl Folded {
    /// Folds glyphs; the numbers of [`Folded::source`] count these.
    pub(in crate::minimise) fn new(glyphs: &[Glyph]) -> Self {
        let mut folded = Self {
            lower: String::with_capacity(glyphs.len()),
            cased: String::with_capacity(glyphs.len()),
            sources: Vec::with_capacity(glyphs.len()),
            tokens: Vec::new(),
            signs: 0,
            flat: false,
        };
        for (place, glyph) in glyphs.iter().enumerate() {
            folded.push(glyph.sign, place);
        }
        folded.tokens = tokens(&folded.lower);
        folded.signs = folded.lower.bytes().filter(u8::is_ascii).fold(0, |signs, c| signs | 1 << c);
        let (small, large) = cases(&folded.cased);
        folded.flat = small * 8 < large || large == 0;
        folded
    }

    /// Folds a text of its own.
    pub(in crate::minimise) fn of(text: &str) -> Self {
        let glyph = |(at, sign)| Glyph { sign, from: at, to: at + 1 };
        Self::new(&text.chars().enumerate().map(glyph).collect::<Vec<_>>())
    }

    fn push(&mut self, sign: char, place: usize) {
        // An ellipsis stays one sign: it stands where something was taken out.
        if sign.is_ascii() || sign == '…' {
            return self.push_plain(sign, place);
        }
        // Canonical composition of one character changes nothing that its decomposition keeps.
        for part in std::iter::once(sign).nfkd().take(PARTS_MAX) {
            if is_combining_mark(part) || is_ignored(part) {
                continue;
            }
            let small = part.to_lowercase().next().unwrap_or(part);
            let own = spelled(part).map(|spelling| (spelling, false));
            match own.or_else(|| Some((spelled(small)?, true))) {
                Some((spelling, large)) => spelling.chars().for_each(|c| {
                    self.push_plain(if large { c.to_ascii_uppercase() } else { c }, place);
                }),
                None => self.push_plain(digit(part), place),
            }
        }
    }

    fn push_plain(&mut self, sign: char, place: usize) {
        if sign.is_ascii_graphic() {
            self.lower.push(sign.to_ascii_lowercase());
            self.cased.push(sign);
            return self.sources.push(place);
        }
        let sign = match sign {
            '\n' => '\n',
            _ if sign.is_whitespace() => ' ',
            _ => sign,
        };
        let lower = sign.to_lowercase().next().unwrap_or(sign);
        let cased = if lower.len_utf8() == sign.len_utf8() { sign } else { lower };
        self.lower.push(lower);
        self.cased.push(cased);
        self.sources.resize(self.lower.len(), place);
    }

    /// The whole text in lower case.
    pub(in crate::minimise) fn lower(&self) -> &str {
        &self.lower
    }

    /// The whole text with its case, laid out like [`Folded::lower`].
    pub(in crate::minimise) fn cased(&self) -> &str {
        &self.cased
    }

    /// Does this ASCII character stand anywhere in the lower form?
    pub(in crate::minimise) fn has(&self, sign: u8) -> bool {
        self.signs >> sign.min(127) & 1 == 1
    }

    /// A part in lower case; empty when there is no such part.
    pub(in crate::minimise) fn part(&self, range: Range<usize>) -> &str {
        self.lower.get(range).unwrap_or_default()
    }

    /// What a token says, in lower case.
    pub(in crate::minimise) fn word(&self, token: Token) -> &str {
        self.part(token.start..token.end)
    }

    /// Does this place hold a capital?
    pub(in crate::minimise) fn is_capital(&self, at: usize) -> bool {
        let sign = self.cased.get(at..).and_then(|rest| rest.chars().next());
        sign.is_some_and(char::is_uppercase)
    }

    /// Is it written without capitals, or (nearly) in capitals alone? Then case says nothing.
    pub(in crate::minimise) fn is_flat(&self) -> bool {
        self.flat
    }

    /// All words and numbers in order.
    pub(in crate::minimise) fn tokens(&self) -> &[Token] {
        &self.tokens
    }

    /// The words and numbers that end at or before this byte, nearest first.
    pub(in crate::minimise) fn before(&self, at: usize) -> impl Iterator<Item = Token> {
        let count = self.tokens.partition_point(|token| token.end <= at);
        self.tokens.iter().take(count).rev().copied()
    }

    /// The words and numbers that start at or after this byte, nearest first.
    pub(in crate::minimise) fn after(&self, at: usize) -> impl Iterator<Item = Token> {
        let count = self.tokens.partition_point(|token| token.start < at);
        self.tokens.iter().skip(count).copied()
    }

    /// The glyphs that a range of bytes came from.
    pub(in crate::minimise) fn source(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let first = self.sources.get(range.start)?;
        let last = self.sources.get(range.end.checked_sub(1)?)?;
        Some(*first..last + 1)
    }
}

/// How many letters are small, and how many capitals.
fn cases(text: &str) -> (usize, usize) {
    if text.is_ascii() {
        let count = |test: fn(&u8) -> bool| text.bytes().filter(test).count();
        return (count(u8::is_ascii_lowercase), count(u8::is_ascii_uppercase));
    }
    let count = |test: fn(char) -> bool| text.chars().filter(|c| test(*c)).count();
    (count(char::is_lowercase), count(char::is_uppercase))
}

fn tokens(text: &str) -> Vec<Token> {
    let mut tokens: Vec<Token> = Vec::with_capacity(text.len() / 4);
    for (start, sign) in text.char_indices() {
        let end = start + sign.len_utf8();
        let kind = match sign {
            'a'..='z' => TokenKind::Word,
            '0'..='9' => TokenKind::Number,
            _ if !sign.is_ascii() && sign.is_alphanumeric() => TokenKind::Word,
            _ => continue,
        };
        match tokens.last_mut() {
            Some(token) if token.end == start && token.kind == kind => token.end = end,
            _ => tokens.push(Token { start, end, kind }),
        }
    }
    tokens
}

fn is_ignored(sign: char) -> bool {
    super::is_hidden(sign)
        || matches!(sign, '\u{200c}' | '\u{200d}' | '\u{20e3}' | '\u{fe00}'..='\u{fe0f}')
}

/// Digits of other scripts as ASCII.
fn digit(sign: char) -> char {
    const CHINESE: &str = "〇一二三四五六七八九";
    const ZEROS: [u32; 49] = [
        0x660, 0x6f0, 0x7c0, 0x966, 0x9e6, 0xa66, 0xae6, 0xb66, 0xbe6, 0xc66, 0xce6, 0xd66, 0xde6,
        0xe50, 0xed0, 0xf20, 0x1040, 0x1090, 0x17e0, 0x1810, 0x1946, 0x19d0, 0x1b50, 0x1c40,
        0xa620, 0xa8d0, 0xa900, 0xa9d0, 0xa9f0, 0xaa50, 0xabf0, 0x1a80, 0x1a90, 0x1bb0, 0x104a0,
        0x11066, 0x110f0, 0x11136, 0x111d0, 0x112f0, 0x11450, 0x114d0, 0x11650, 0x116c0, 0x11730,
        0x118e0, 0x16a60, 0x16b50, 0x1e950,
    ];
    let code = u32::from(sign);
    if let Some(value) = CHINESE.chars().position(|one| one == sign) {
        return u32::try_from(value).ok().and_then(|v| char::from_digit(v, 10)).unwrap_or(sign);
    }
    let value = ZEROS.iter().find_map(|zero| code.checked_sub(*zero).filter(|value| *value < 10));
    value.and_then(|v| char::from_digit(v, 10)).unwrap_or(sign)
}

/// Letters that look or sound like others but do not decompose; a capital as its small letter.
fn spelled(sign: char) -> Option<&'static str> {
    Some(match sign {
        'ß' => "ss",
        'æ' => "ae",
        'œ' => "oe",
        'ø' => "o",
        'ł' => "l",
        'đ' | 'ð' => "d",
        'ı' => "i",
        '\'' | '’' | '‘' | '‛' | '´' | 'ʼ' | '′' => "'",
        '‐'..='―' | '−' | '⁃' | '﹘' => "-",
        '“' | '”' | '„' => "\"",
        'а' | 'α' => "a",
        'е' | 'ε' => "e",
        'о' | 'ο' => "o",
        'р' | 'ρ' => "p",
        'с' | 'ϲ' => "c",
        'х' | 'χ' => "x",
        'у' => "y",
        'і' | 'ι' => "i",
        'ј' => "j",
        'ѕ' => "s",
        'һ' => "h",
        'ԁ' => "d",
        'ɑ' => "a",
        'ɡ' => "g",
        'ь' => "b",
        'ӏ' => "l",
        'ո' => "n",
        'օ' => "o",
        'ս' => "u",
        'ԝ' => "w",
        'ԛ' => "q",
        'ν' => "v",
        'υ' => "y",
        'ζ' | 'ᴢ' => "z",
        'β' => "b",
        // Of these the capital looks otherwise than the small letter.
        'Η' => "H",
        'Ν' => "N",
        'Μ' => "M",

        'г' => "r",
        'к' | 'κ' => "k",
        'м' => "m",
        'т' | 'τ' => "t",
        'н' => "h",
        'в' => "b",
        'п' | 'η' => "n",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_keeps_the_way_back() {
        let folded = Folded::of("Ｚoë \u{200b}６٣ ½ Groß");
        assert_eq!(folded.lower(), "zoe 63 1\u{2044}2 gross");
        assert_eq!(folded.cased(), "Zoe 63 1\u{2044}2 Gross");
        assert_eq!(Folded::of("〇六\u{abf1}\u{11068}").lower(), "0612");
        assert_eq!(folded.source(&(4..6)), Some(5..7));
        assert!(folded.is_capital(0) && !folded.is_capital(1));
    }

    #[test]
    fn letters_that_look_alike_are_one_letter_with_its_case() {
        for (text, cased) in [
            ("Јansen Ѕmit Ѕ Ԁ Һ У", "Jansen Smit S D H Y"),
            ("\u{39d}\u{397}\u{3a5}\u{396} ΟΚΜΤΧΑ", "NHYZ OKMTXA"),
            ("Łoś Ærø ẞ Đ", "Los AEro SS D"),
            ("раур ко", "payp ko"),
        ] {
            assert_eq!(Folded::of(text).cased(), cased);
        }
    }

    #[test]
    fn words_and_numbers_are_told_apart() {
        let folded = Folded::of("sms06aub, É 5");
        let words: Vec<&str> = folded.tokens().iter().map(|t| folded.word(*t)).collect();
        assert_eq!(words, ["sms", "06", "aub", "e", "5"]);
        assert_eq!(folded.before(5).map(|t| folded.word(t)).next(), Some("06"));
        assert_eq!(folded.after(5).map(|t| folded.word(t)).next(), Some("aub"));
    }
}
