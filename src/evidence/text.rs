//! A statement as plain text, at most so wide.

use crate::model::Language;

use super::document::{Block, Document, Part};
use super::{Statement, words};

/// Characters of a line.
const WIDTH: usize = 92;

/// The statement as plain text; the asker's own name of the item is printed where it was given.
#[must_use]
pub fn text(statement: &Statement, language: Language, asked: Option<&str>) -> String {
    let words = words::of(language);
    let document = statement.tell(words);
    let mut out = Out::default();
    out.line(&document.title.to_uppercase());
    out.line(&"=".repeat(document.title.chars().count()));
    if let Some(asked) = asked {
        out.wrap(&format!("{}: {asked}", words.asked), "");
    }
    out.document(&document);
    out.0
}

#[derive(Default)]
struct Out(String);

impl Out {
    fn line(&mut self, line: &str) {
        self.0.push_str(line.trim_end());
        self.0.push('\n');
    }

    fn document(&mut self, document: &Document) {
        for sentence in &document.lead {
            self.line("");
            self.wrap(sentence, "");
        }
        for Part { heading, blocks } in &document.parts {
            self.line("");
            self.line(heading);
            self.line(&"-".repeat(heading.chars().count().min(WIDTH)));
            blocks.iter().for_each(|block| self.block(block));
        }
    }

    fn block(&mut self, block: &Block) {
        match block {
            Block::Sentence(sentence) => self.wrap(sentence, ""),
            Block::Pairs(pairs) => {
                for (term, value) in pairs {
                    self.wrap(&format!("{term}: {value}"), "  ");
                }
            }
            Block::Table(_, head, rows) => {
                for row in rows {
                    for (place, (name, cell)) in head.iter().zip(row).enumerate() {
                        let sign = if place == 0 { "- " } else { "  " };
                        self.wrap(&format!("{sign}{name}: {cell}"), "    ");
                    }
                }
            }
            Block::List(entries) => {
                entries.iter().for_each(|entry| self.wrap(&format!("- {entry}"), "  "));
            }
            Block::Codes(codes) => codes.iter().for_each(|code| self.line(code)),
        }
    }

    /// In lines that are not wider than they should be; those after the first are set in.
    fn wrap(&mut self, text: &str, inset: &str) {
        let mut line = String::new();
        let start = text.chars().take_while(|c| *c == ' ').count();
        line.extend(std::iter::repeat_n(' ', start));
        for word in text.split_whitespace() {
            let room = line.chars().count() + 1 + word.chars().count() <= WIDTH;
            let empty = line.trim().is_empty();
            if !empty && !room {
                self.line(&line);
                line = inset.to_owned();
            } else if !empty {
                line.push(' ');
            }
            line.push_str(word);
        }
        self.line(&line);
    }
}
