//! Texts at rest: each is sealed with a key of its own, and forgotten by overwriting the key
//! (promise P8).
//!
//! # Why
//! `secure_delete` is not enough. When SQLite splits or merges a page it copies cells and leaves
//! the old bytes in the gap; a test found thousands of copies of removed texts. So a text is
//! stored sealed, and its key of 32 bytes lies in a table to which rows are only appended and in
//! which they are only overwritten in place, at the same size: nothing there is ever moved.
//! Sealed bytes that stay behind in a gap can not be opened by anybody.

use aws_lc_rs::aead::{Aad, CHACHA20_POLY1305, LessSafeKey, Nonce, UnboundKey};
use rusqlite::{Connection, params};

use crate::journal::Error;

/// Bytes of a key.
pub(in crate::journal) const KEY_BYTES: usize = 32;
/// Bytes that authenticate a sealed text.
const TAG_BYTES: usize = 16;
/// What stands where a key was.
const FORGOTTEN: [u8; KEY_BYTES] = [0; KEY_BYTES];

/// The key of one version of one text; used once, so that the nonce may be fixed.
pub(in crate::journal) type Key = [u8; KEY_BYTES];

/// What of an item is sealed.
#[derive(Debug, PartialEq, Eq)]
pub(in crate::journal) struct Content {
    /// `data` of the wire without its `url`.
    pub(in crate::journal) data: String,
    /// The page where a visitor responds.
    pub(in crate::journal) url: String,
}

/// A fresh key.
pub(in crate::journal) fn fresh_key() -> Result<Key, Error> {
    let mut key = FORGOTTEN;
    aws_lc_rs::rand::fill(&mut key).map_err(|_| Error::Odd("randomness"))?;
    Ok(key)
}

fn cipher(key: &Key) -> Result<LessSafeKey, Error> {
    let key = UnboundKey::new(&CHACHA20_POLY1305, key).map_err(|_| Error::Odd("item_key"))?;
    Ok(LessSafeKey::new(key))
}

fn nonce() -> Nonce {
    Nonce::assume_unique_for_key([0; 12])
}

/// Seals a text and its address.
pub(in crate::journal) fn seal(data: &str, url: &str, key: &Key) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::with_capacity(data.len() + 1 + url.len() + TAG_BYTES);
    bytes.extend_from_slice(data.as_bytes());
    bytes.push(0);
    bytes.extend_from_slice(url.as_bytes());
    let sealed = cipher(key)?.seal_in_place_append_tag(nonce(), Aad::empty(), &mut bytes);
    sealed.map_err(|_| Error::Odd("item.sealed"))?;
    Ok(bytes)
}

/// Opens what [`seal`] sealed.
pub(in crate::journal) fn open(mut sealed: Vec<u8>, key: &Key) -> Result<Content, Error> {
    let odd = || Error::Odd("item.sealed");
    let opened = cipher(key)?.open_in_place(nonce(), Aad::empty(), &mut sealed);
    let text = str::from_utf8(opened.map_err(|_| odd())?).map_err(|_| odd())?;
    let (data, url) = text.split_once('\0').ok_or_else(odd)?;
    Ok(Content { data: data.to_owned(), url: url.to_owned() })
}

/// Stores the key of an item's present text over the one before. Numbers only grow, so a new row
/// goes to the end of the table.
pub(in crate::journal) fn keep_key(tx: &Connection, num: u64, key: &Key) -> Result<(), Error> {
    let sql = "UPDATE item_key SET key = ?2 WHERE num = ?1";
    if tx.prepare_cached(sql)?.execute(params![num, key])? == 0 {
        let sql = "INSERT INTO item_key (num, key) VALUES (?1, ?2)";
        tx.prepare_cached(sql)?.execute(params![num, key])?;
    }
    Ok(())
}

/// Overwrites the key of an item's text: from now on nobody can read it.
pub(in crate::journal) fn forget_key(tx: &Connection, num: u64) -> Result<(), Error> {
    keep_key(tx, num, &FORGOTTEN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_sealed_opens_with_its_key_alone() {
        let key = fresh_key().unwrap();
        let sealed = seal("{}", "https://platform.example/1", &key).unwrap();
        let content = open(sealed.clone(), &key).unwrap();
        assert_eq!((&*content.data, &*content.url), ("{}", "https://platform.example/1"));
        assert_eq!(open(sealed, &FORGOTTEN), Err(Error::Odd("item.sealed")));
    }
}
