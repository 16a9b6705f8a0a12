//! The first name, and only that: whatever else the column holds is taken off or keeps it in.

use super::detect::{Person, is_given_name};
use super::text::is_hidden;

/// Longest first name that leaves, in characters.
const NAME_MAX: usize = 40;

/// What may leave of the column; nothing when no name can be told from it. Nothing of the column
/// counts as a first name here: every literal of the author is to be found.
pub(super) fn first_name(column: &str, author: &Person) -> Option<String> {
    let visible: String = column
        .chars()
        .map(|c| if c.is_whitespace() { ' ' } else { c })
        .filter(|c| !is_hidden(*c) && !matches!(c, '\u{200c}' | '\u{200d}'))
        .collect();
    let words: Vec<&str> = visible.split(' ').filter(|word| !word.is_empty()).collect();
    let name = words.join(" ");
    if is_plain(&name) && author.may_be_called(&name) {
        return Some(name);
    }
    let kept = super::detect::without(&name, author)?;
    let words: Vec<&str> = kept.split_whitespace().collect();
    let given = words.iter().enumerate().take_while(|(at, word)| *at == 0 || !begins_family(word));
    let kept = given.map(|(_, word)| *word).collect::<Vec<_>>().join(" ");
    let kept = kept.trim_matches(|c: char| !c.is_alphabetic() && c != '.');
    let like_a_name = |c: char| c.is_alphabetic() || " -'’.".contains(c) || is_mark(c);
    let fits = (1..=NAME_MAX).contains(&kept.chars().count());
    let lettered = kept.chars().any(char::is_alphabetic) && kept.chars().all(like_a_name);
    (fits && lettered && !kept.to_lowercase().starts_with("www.")).then(|| kept.to_owned())
}

/// Is it one word, or a common double name?
fn is_plain(column: &str) -> bool {
    let lettered = |word: &str| word.chars().count() > 1 && word.chars().all(char::is_alphabetic);
    let mut words = column.split([' ', '-']);
    let all = words.clone().all(lettered);
    all && column.len() <= NAME_MAX && (!column.contains([' ', '-']) || words.all(is_given_name))
}

/// Does a family name begin here, even one that nobody withheld?
fn begins_family(word: &str) -> bool {
    let word = word.to_lowercase();
    matches!(word.as_str(), "van" | "von" | "de" | "der" | "den" | "ter" | "ten" | "'t" | "v.d.")
}

fn is_mark(sign: char) -> bool {
    unicode_normalization::char::is_combining_mark(sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_first_name_leaves() {
        let withhold = ["van der Kwartel".to_owned(), "p@q.nl".to_owned()];
        for (column, expected) in [
            ("Anna", Some("Anna")),
            ("  Anna \n Maria ", Some("Anna Maria")),
            ("An\u{200b}na\u{202e}", Some("Anna")),
            ("Zoë-Lynn d'Or", Some("Zoë-Lynn d'Or")),
            ("María José", Some("María José")),
            ("Anna van der Kwartel", Some("Anna")),
            ("Anna Kwartel", Some("Anna")),
            ("anna kwartel", Some("anna")),
            ("Anna van der", Some("Anna")),
            ("Anna de Snip", Some("Anna")),
            ("Kwartel", None),
            ("KWARTEL", None),
            ("Anna 0610203040", None),
            ("anna@q.nl", None),
            ("p@q.nl", None),
            ("www.anna", None),
            ("<b>Anna</b>", None),
            ("", None),
            (" ", None),
        ] {
            let author = Person::new(column, &withhold, 2026);
            assert_eq!(first_name(column, &author).as_deref(), expected, "{column}");
        }
        let long = "a".repeat(41);
        assert_eq!(first_name(&long, &Person::new(&long, &[], 2026)), None);
    }
}
