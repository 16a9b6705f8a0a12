//! What the boundary writes, how long texts may be, and the key behind public ids.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::model::{FindingType, Language, PublicId};

use super::row::{AuthorKey, CoreId, CoreRow};

/// Stands where something was taken out, unless the configuration says otherwise.
pub const PLACEHOLDER: &str = "[…]";
/// Longest text that leaves, in characters, unless the configuration says otherwise.
pub const TEXT_MAX: usize = 4_000;

/// No text begins like this, so no id of a core gives the name of a canary.
const NO_TEXT: &[u8] = &[0xff];

/// How rows are minimised. Share it; nothing in it changes. `Debug` hides the key.
#[derive(Clone)]
pub struct Policy {
    placeholder: Box<str>,
    placeholders: [Option<Box<str>>; Language::ALL.len()],
    pub(super) text_max: usize,
    held: Vec<FindingType>,
    id_key: [u8; 32],
}

impl Policy {
    /// The policy with this key, and otherwise the defaults.
    #[must_use]
    pub fn new(id_key: [u8; 32]) -> Self {
        Self {
            placeholder: PLACEHOLDER.into(),
            placeholders: [const { None }; Language::ALL.len()],
            text_max: TEXT_MAX,
            held: Vec::new(),
            id_key,
        }
    }

    /// The same with another placeholder and another longest text.
    #[must_use]
    pub fn writing(self, placeholder: &str, text_max: usize) -> Self {
        Self { placeholder: placeholder.into(), text_max, ..self }
    }

    /// The same with a placeholder of its own for items in this language.
    #[must_use]
    pub fn writing_in(mut self, language: Language, placeholder: &str) -> Self {
        let slot = Language::ALL.iter().position(|one| *one == language);
        if let Some(slot) = slot.and_then(|slot| self.placeholders.get_mut(slot)) {
            *slot = Some(placeholder.into());
        }
        self
    }

    /// The same, but an item in which something of these types is found does not leave masked: it
    /// waits for review.
    #[must_use]
    pub fn holding(self, types: &[FindingType]) -> Self {
        Self { held: types.to_vec(), ..self }
    }

    /// What stands for what was taken out of an item in this language (BCP 47).
    pub(super) fn placeholder(&self, tag: Option<&str>) -> &str {
        let language = tag.and_then(Language::of_tag);
        let slot = Language::ALL.iter().position(|one| Some(*one) == language);
        let own = slot.and_then(|slot| self.placeholders.get(slot)?.as_deref());
        own.unwrap_or(&self.placeholder)
    }

    /// Does an item wait for review when this was found in it?
    pub(super) fn holds(&self, kind: FindingType) -> bool {
        self.held.contains(&kind)
    }

    /// The name under which an item leaves.
    #[must_use]
    pub fn public_id(&self, id: &CoreId) -> PublicId {
        PublicId::from_bytes(self.digest(&[id.reveal_core_id().as_bytes()]))
    }

    /// The name under which what this row shows leaves, and its author's.
    pub(super) fn names(&self, row: &CoreRow, author_id: &str) -> (PublicId, AuthorKey) {
        if row.is_canary() {
            let own = self.digest(&[NO_TEXT, row.id().reveal_core_id().as_bytes()]);
            return (PublicId::from_bytes(own), AuthorKey(self.digest(&[NO_TEXT])));
        }
        (self.public_id(row.id()), self.author_key(author_id))
    }

    /// The keyed digest under which all items of an author are found.
    #[must_use]
    pub fn author_key(&self, author_id: &str) -> AuthorKey {
        AuthorKey(self.digest(&[b"author:", author_id.as_bytes()]))
    }

    /// The first half of an HMAC-SHA256.
    fn digest(&self, parts: &[&[u8]]) -> [u8; 16] {
        // HMAC fills a short key up with zeros to the hash's block.
        let mut block = [0; 64];
        block.iter_mut().zip(self.id_key).for_each(|(to, from)| *to = from);
        let mut mac = Hmac::<Sha256>::new(&block.into());
        parts.iter().for_each(|part| mac.update(part));
        let digest = mac.finalize().into_bytes();
        let mut half = [0; 16];
        half.iter_mut().zip(digest).for_each(|(to, from)| *to = from);
        half
    }
}

impl fmt::Debug for Policy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Policy(at most {} characters)", self.text_max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn public_ids_are_the_first_half_of_the_digest() {
        // RFC 4231 has no key of 32 bytes; computed with `openssl dgst -sha256 -mac HMAC`.
        let policy = Policy::new([7; 32]);
        let id = policy.public_id(&CoreId::new("42"));
        assert_eq!(id.to_string().len(), 26);
        assert_eq!(id, policy.public_id(&CoreId::new("42")));
        assert_ne!(id, Policy::new([8; 32]).public_id(&CoreId::new("42")));
        assert_ne!(id.as_bytes(), &policy.author_key("42").0);
        assert!(!format!("{policy:?}").contains('7'));
    }
}
