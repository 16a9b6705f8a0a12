//! HTML to text: a small linear tokenizer that swallows only what surely is markup.
//!
//! What is not closed is text: `a < b`, `<3`, a tag without `>`, a comment without `-->` and a
//! script without its end tag stay as they were written, so that nothing vanishes by surprise;
//! redaction sees them like any other text. Escaped markup (`&lt;b&gt;`) is undone too, a few
//! levels deep, as cores are known to escape twice.

use super::Glyph;

/// How often markup that comes out of character references is undone again.
const PASSES: usize = 3;
/// Longest tag, in characters.
const TAG_MAX: usize = 2_000;
/// Longest character reference, in characters.
const REFERENCE_MAX: usize = 34;

/// Tags that stand for the end of a line.
const BLOCKS: &str = "address article aside blockquote br center dd div dl dt fieldset figure footer form h1 h2 h3 h4 \
    h5 h6 header hr li main nav ol p pre section table tbody thead tr ul";
/// Other tags of more than one letter, which may carry attributes without a value.
const INLINE: &str = "abbr audio base big body button cite code del details em font head html iframe img input ins \
    label link mark meta option script select small span strike strong style sub sup td textarea th \
    video";

/// The text with tags gone and character references resolved.
pub(super) fn strip(text: &str) -> Vec<Glyph> {
    let mut glyphs: Vec<Glyph> =
        text.chars().enumerate().map(|(at, sign)| Glyph { sign, from: at, to: at + 1 }).collect();
    if !text.contains(['<', '&']) {
        return glyphs;
    }
    for _ in 0..PASSES {
        let mut pass = Pass::new(&glyphs);
        pass.run();
        let marked = pass.marked;
        glyphs = pass.out;
        if !marked {
            break;
        }
    }
    glyphs
}

struct Pass<'a> {
    input: &'a [Glyph],
    out: Vec<Glyph>,
    marked: bool,
    comment_open: bool,
    raw_open: bool,
}

/// A tag: its name, whether it ends an element, and one past its `>`.
struct Tag {
    name: String,
    closing: bool,
    end: usize,
}

impl<'a> Pass<'a> {
    fn new(input: &'a [Glyph]) -> Self {
        Self {
            input,
            out: Vec::with_capacity(input.len()),
            marked: false,
            comment_open: false,
            raw_open: false,
        }
    }

    fn sign(&self, at: usize) -> Option<char> {
        self.input.get(at).map(|glyph| glyph.sign)
    }

    fn run(&mut self) {
        let mut at = 0;
        while let Some(glyph) = self.input.get(at) {
            let next = match glyph.sign {
                '<' => self.markup(at),
                '&' => self.reference(at),
                _ => None,
            };
            if let Some(next) = next {
                self.marked = true;
                at = next;
            } else {
                self.out.push(*glyph);
                at += 1;
            }
        }
    }

    fn markup(&mut self, at: usize) -> Option<usize> {
        if self.starts_with(at, "<!--") {
            let end = (!self.comment_open).then(|| self.find(at + 4, "-->")).flatten();
            self.comment_open |= end.is_none();
            return end.map(|end| end + 3);
        }
        let tag = self.tag(at)?;
        let mut end = tag.end;
        if !tag.closing && matches!(tag.name.as_str(), "script" | "style") && !self.raw_open {
            let close = self.find(end, &format!("</{}", tag.name));
            match close.and_then(|close| self.tag(close)) {
                Some(close) => end = close.end,
                None => self.raw_open = true,
            }
        }
        self.write_break(&tag, at);
        Some(end)
    }

    /// The tag that starts here, if it surely is one.
    fn tag(&self, at: usize) -> Option<Tag> {
        let declaration = self.sign(at + 1) == Some('!');
        let closing = self.sign(at + 1) == Some('/');
        let begin = at + 1 + usize::from(closing || declaration);
        let starts = |sign: char| sign.is_ascii_alphabetic() || (declaration && sign == '[');
        self.sign(begin).filter(|sign| starts(*sign))?;
        let mut name = String::new();
        let mut rest = String::new();
        for place in begin..begin + TAG_MAX {
            let sign = self.sign(place)?;
            match sign {
                '<' => return None,
                '>' => {
                    let sure = declaration || surely(&name, &rest);
                    let end = place + 1;
                    return sure.then_some(Tag { name, closing, end });
                }
                _ if rest.is_empty() && (sign.is_ascii_alphanumeric() || "[:-".contains(sign)) => {
                    name.push(sign.to_ascii_lowercase());
                }
                _ => rest.push(sign),
            }
        }
        None
    }

    fn write_break(&mut self, tag: &Tag, at: usize) {
        let written = match (tag.name.as_str(), tag.closing) {
            ("li", false) => "\n- ",
            ("td" | "th", _) => " ",
            (name, _) if is_listed(BLOCKS, name) => "\n",
            _ => "",
        };
        let from = self.input.get(at).map_or(0, |glyph| glyph.from);
        let to = self.input.get(tag.end - 1).map_or(from, |glyph| glyph.to);
        let glyphs = written.chars().map(|sign| Glyph { sign, from, to });
        self.out.extend(glyphs);
    }

    /// A character reference: what it means is written, and the place after it returned.
    fn reference(&mut self, at: usize) -> Option<usize> {
        let mut written = String::from("&");
        let mut end = at + 1;
        while let Some(sign) = self.sign(end).filter(|_| end < at + REFERENCE_MAX) {
            if !(sign.is_ascii_alphanumeric() || sign == '#' || sign == ';') {
                break;
            }
            written.push(sign);
            end += 1;
            if sign == ';' {
                break;
            }
        }
        let mut meaning: Vec<char> = htmlize::unescape(written.as_str()).chars().collect();
        if meaning.iter().collect::<String>() == written {
            return None;
        }
        // A reference may lack its semicolon; what follows it then is text of its own.
        let mut tail = written.chars().rev();
        while meaning.len() > 1 && tail.next() == meaning.last().copied() {
            meaning.pop();
            end -= 1;
        }
        let from = self.input.get(at).map_or(0, |glyph| glyph.from);
        let to = self.input.get(end - 1).map_or(from, |glyph| glyph.to);
        let glyphs = meaning.into_iter().map(|sign| Glyph { sign, from, to });
        self.out.extend(glyphs);
        Some(end)
    }

    fn starts_with(&self, at: usize, text: &str) -> bool {
        let mut signs = text.chars().enumerate();
        signs.all(|(place, sign)| {
            self.sign(at + place).is_some_and(|here| here.eq_ignore_ascii_case(&sign))
        })
    }

    fn find(&self, from: usize, text: &str) -> Option<usize> {
        (from..self.input.len()).find(|at| self.starts_with(*at, text))
    }
}

/// `<b>` is a tag, and so is `<b class="x">`; `<b and c>` is not, as that is how people compare.
fn surely(name: &str, rest: &str) -> bool {
    let bare = rest.chars().all(|sign| sign.is_whitespace() || sign == '/');
    let apart = rest.starts_with(|sign: char| sign.is_whitespace() || sign == '/');
    let known = name.len() > 1 && (is_listed(BLOCKS, name) || is_listed(INLINE, name));
    bare || (apart && !rest.starts_with("//") && (rest.contains('=') || known))
}

fn is_listed(list: &str, name: &str) -> bool {
    list.split_whitespace().any(|listed| listed == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markup_goes_and_what_only_looks_like_it_stays() {
        for (html, expected) in [
            ("gewoon", "gewoon"),
            ("<p>een<br/>twee</p>", "\neen\ntwee\n"),
            ("<UL><LI>a<li class=x>b</ul>", "\n\n- a\n- b\n"),
            ("06<b>12</b>34", "061234"),
            ("1 < 2, <3 en a<b", "1 < 2, <3 en a<b"),
            ("als a<b en c>d dan", "als a<b en c>d dan"),
            ("<jan@x.nl> of <https://x.nl>", "<jan@x.nl> of <https://x.nl>"),
            ("a<!-- weg -->b<!doctype html>c", "abc"),
            ("a<!-- niet dicht", "a<!-- niet dicht"),
            ("a<script async>x<b>y</script>z", "az"),
            ("a<script>x", "ax"),
            ("a <span class=\"x\" b", "a <span class=\"x\" b"),
            ("R&D &amp; &euro;5 &#48;&#x36; &onzin;", "R&D & €5 06 &onzin;"),
            ("a&nbsp12 &lt;b&gt;x&lt;/b&gt; &amp;eacute;", "a\u{a0}12 x é"),
            ("<td>a</td><td>b", " a  b"),
        ] {
            let text: String = strip(html).iter().map(|glyph| glyph.sign).collect();
            assert_eq!(text, expected, "{html}");
        }
    }

    #[test]
    fn hostile_markup_is_read_in_linear_time() {
        for piece in [
            "<",
            "<a ",
            "<!--",
            "<script>",
            "&",
            "&#",
            "<!--<script>&amp",
            "</",
            "<script></script ",
        ] {
            let text = piece.repeat(65_536 / piece.len());
            assert!(strip(&text).len() <= text.len());
        }
    }
}
