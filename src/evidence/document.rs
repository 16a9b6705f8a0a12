//! A statement in words: headings, sentences, pairs and tables, however they are printed.

/// A statement in the words of one language.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    pub(super) title: &'static str,
    /// The answer, in a sentence or two.
    pub(super) lead: Vec<String>,
    /// The lead tells of something that is still to be done.
    pub(super) urgent: bool,
    pub(super) parts: Vec<Part>,
}

/// A part under a heading of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Part {
    pub(super) heading: String,
    pub(super) blocks: Vec<Block>,
}

/// What stands under a heading.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Block {
    Sentence(String),
    /// Terms and what they say.
    Pairs(Vec<(&'static str, String)>),
    /// Its name, its head, and rows of so many cells.
    Table(&'static str, Vec<&'static str>, Vec<Vec<String>>),
    List(Vec<String>),
    /// Names for machines, such as public ids.
    Codes(Vec<String>),
}

impl Part {
    pub(super) fn new(heading: impl Into<String>, blocks: Vec<Block>) -> Self {
        Self { heading: heading.into(), blocks }
    }
}

/// Puts values into the places `{}` of a sentence, in order.
pub(super) fn fill(sentence: &str, values: &[&str]) -> String {
    let mut values = values.iter();
    let mut filled = String::with_capacity(sentence.len());
    for (place, piece) in sentence.split("{}").enumerate() {
        if place > 0 {
            filled.push_str(values.next().copied().unwrap_or_default());
        }
        filled.push_str(piece);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::fill;

    #[test]
    fn values_stand_in_their_places_and_are_not_filled_themselves() {
        assert_eq!(fill("{} of {}", &["{}", "2"]), "{} of 2");
        assert_eq!(fill("none", &["x"]), "none");
        assert_eq!(fill("a {} b {}", &["1"]), "a 1 b ");
    }
}
