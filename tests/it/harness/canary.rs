//! Words that must not be where they would be a leak.

use aho_corasick::AhoCorasick;

/// Fails if any of the words stands in these bytes, whatever its case.
pub(crate) fn absent(words: &[String], place: &str, bytes: &[u8]) {
    assert!(words.iter().all(|word| word.len() >= 6), "too short to mean anything");
    let search = AhoCorasick::builder().ascii_case_insensitive(true).build(words).unwrap();
    if let Some(found) = search.find(bytes) {
        let around = found.start().saturating_sub(80)..(found.end() + 80).min(bytes.len());
        let around = String::from_utf8_lossy(&bytes[around]);
        panic!("{} stands in {place}: …{around}…", words[found.pattern().as_usize()]);
    }
}
