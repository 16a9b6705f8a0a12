//! Length limits, kept at the end of a sentence or at least of a word.

/// Stands where a text was cut.
const CUT: char = '…';

/// At most `max` characters of the text, the mark of the cut included. What is `whole` is not
/// torn: a placeholder stays or goes.
pub(in crate::minimise) fn cut(text: &str, max: usize, whole: &str) -> String {
    if text.chars().count() <= max {
        return text.to_owned();
    }
    let room = max.saturating_sub(2);
    let mut head: String = text.chars().take(room).collect();
    let torn = |start: &usize| start + whole.len() > head.len();
    let last = text.match_indices(whole).map(|(start, _)| start).take_while(|at| *at < head.len());
    if let Some(start) = last.last().filter(torn) {
        head.truncate(start);
    }
    let least = head.len() / 2;
    let sentence = head
        .char_indices()
        .zip(head.chars().skip(1))
        .filter(|((_, sign), next)| {
            *sign == '\n' || (matches!(sign, '.' | '!' | '?') && next.is_whitespace())
        })
        .map(|((at, sign), _)| at + sign.len_utf8())
        .last()
        .filter(|end| *end > least);
    let word = || head.rfind(char::is_whitespace).filter(|end| *end > least);
    let (kept, joint) = match (sentence, sentence.or_else(word)) {
        (Some(end), _) => (head.get(..end), " "),
        (None, Some(end)) => (head.get(..end), ""),
        (None, None) => (None, ""),
    };
    format!("{}{joint}{CUT}", kept.unwrap_or(&head).trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cut_falls_on_a_sentence_then_on_a_word() {
        for (text, max, expected) in [
            ("kort", 4, "kort"),
            ("Een zin. Nog een zin.", 18, "Een zin. Nog…"),
            ("Een hele zin. Nog een zin.", 20, "Een hele zin. …"),
            ("aaaaaaaaaaaa", 6, "aaaa…"),
            ("één twee drie vier", 12, "één twee…"),
            ("Bel […]", 7, "Bel […]"),
            ("Bel mij [weg] graag", 12, "Bel mij…"),
            ("Bel mij [weg] graag, ja", 18, "Bel mij [weg]…"),
        ] {
            assert_eq!(cut(text, max, "[weg]"), expected);
            assert!(cut(text, max, "[weg]").chars().count() <= max);
        }
    }
}
