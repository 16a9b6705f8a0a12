//! Where each key of a file stands.

use std::collections::HashMap;
use std::ops::Range;

use toml_edit::{Item, TableLike};

/// The line of each key: `listen.public`, `source.watch[0].table`, `agreement.countries[1]`.
#[derive(Debug, Default)]
pub(super) struct Lines(HashMap<String, usize>);

impl Lines {
    pub(super) fn of(text: &str, root: &dyn TableLike) -> Self {
        let mut lines = Self::default();
        lines.table("", root, &Offsets::of(text));
        lines
    }

    /// The line of exactly this key.
    pub(super) fn exact(&self, key: &str) -> Option<usize> {
        self.0.get(key).copied()
    }

    /// The line of this key or, when the key is missing, of the section it belongs to.
    pub(super) fn near(&self, key: &str) -> Option<usize> {
        let mut key = key;
        loop {
            if let Some(line) = self.exact(key) {
                return Some(line);
            }
            (key, _) = key.rsplit_once(['.', '['])?;
        }
    }

    fn table(&mut self, path: &str, table: &dyn TableLike, offsets: &Offsets) {
        for (name, item) in table.iter() {
            let path = join(path, name);
            if let Some(span) = table.key(name).and_then(toml_edit::Key::span) {
                self.0.insert(path.clone(), offsets.line(span.start));
            }
            self.item(&path, item, offsets);
        }
    }

    fn item(&mut self, path: &str, item: &Item, offsets: &Offsets) {
        if let Some(table) = item.as_table_like() {
            self.table(path, table, offsets);
        } else if let Some(tables) = item.as_array_of_tables() {
            for (place, table) in tables.iter().enumerate() {
                self.element(path, place, table.span(), offsets);
                self.table(&format!("{path}[{place}]"), table, offsets);
            }
        } else if let Some(array) = item.as_array() {
            for (place, value) in array.iter().enumerate() {
                self.element(path, place, value.span(), offsets);
                if let Some(table) = value.as_inline_table() {
                    self.table(&format!("{path}[{place}]"), table, offsets);
                }
            }
        }
    }

    fn element(&mut self, path: &str, place: usize, span: Option<Range<usize>>, offsets: &Offsets) {
        if let Some(span) = span {
            self.0.insert(format!("{path}[{place}]"), offsets.line(span.start));
        }
    }
}

/// `section.key`, or `key` at the top.
pub(super) fn join(path: &str, key: &str) -> String {
    if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") }
}

/// Where the lines of a text begin.
struct Offsets(Vec<usize>);

impl Offsets {
    fn of(text: &str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
        Self(std::iter::once(0).chain(ends.map(|(end, _)| end + 1)).collect())
    }

    fn line(&self, offset: usize) -> usize {
        self.0.partition_point(|begin| *begin <= offset)
    }
}

/// The line, from 1, at this offset of the text.
pub(super) fn line_of(text: &str, offset: usize) -> usize {
    Offsets::of(text).line(offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_has_its_line() {
        let text = "a = 1\n\n[b]\nc = [\n  1,\n  2,\n]\n[[d.e]]\nf = 1\n[[d.e]]\ng = { h = 1 }\n";
        let document = toml_edit::Document::parse(text).unwrap();
        let lines = Lines::of(text, document.as_table());
        let wanted =
            [("a", 1), ("b", 3), ("b.c", 4), ("b.c[1]", 6), ("d.e[0]", 8), ("d.e[1].g.h", 11)];
        for (key, line) in wanted {
            assert_eq!(lines.exact(key), Some(line), "{key}");
        }
        assert_eq!(lines.near("b.missing"), Some(3));
        assert_eq!(lines.near("d.e[1].f"), Some(10));
        assert_eq!(lines.near("missing"), None);
    }
}
