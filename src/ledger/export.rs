//! The form of an export: lines of JSON that whoever has the public key can check anywhere.
//!
//! A header, the lines in order, after some of them a checkpoint, and an end that signs the digest of
//! every byte before it.

use std::io::{self, Write};

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Checkpoint, Signer, VerifyingKey};

/// What the signature at the end is about.
const EXPORT: &str = "luik-ledger-export-v1";

/// The first line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Header {
    /// Always `ledger`.
    pub(super) luik: String,
    /// Always 1.
    pub(super) version: u32,
    /// The public key, as 64 hex digits.
    pub(super) key: String,
}

impl Header {
    pub(super) fn of(key: &VerifyingKey) -> Self {
        Self { luik: "ledger".to_owned(), version: 1, key: key.to_string() }
    }
}

/// The last line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct End {
    /// Lines of the ledger in it.
    pub(super) lines: u64,
    /// When it was made.
    pub(super) exported: Timestamp,
    /// SHA-256 of every byte before this line, as 64 hex digits.
    pub(super) digest: String,
    /// Signature, as 128 hex digits.
    pub(super) signature: String,
}

impl End {
    pub(super) fn statement(&self) -> String {
        format!("{EXPORT}\n{}\n{}\n{}\n", self.lines, self.exported, self.digest)
    }
}

/// Writes an export, line by line.
#[derive(Debug)]
pub struct Writer<W: Write> {
    out: W,
    digest: Sha256,
    lines: u64,
}

impl<W: Write> Writer<W> {
    /// Begins one. A ledger whose beginning was given up begins with the checkpoint before it.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn begin(out: W, key: &VerifyingKey, base: Option<&Checkpoint>) -> io::Result<Self> {
        let mut writer = Self { out, digest: Sha256::new(), lines: 0 };
        writer.put(&Header::of(key))?;
        if let Some(base) = base {
            writer.checkpoint(base)?;
        }
        Ok(writer)
    }

    /// Adds a line of the ledger, in its one form.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn line(&mut self, text: &str) -> io::Result<()> {
        self.lines = self.lines.saturating_add(1);
        self.text(text)
    }

    /// Adds a checkpoint; it belongs right after the line that it names.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint) -> io::Result<()> {
        self.put(checkpoint)
    }

    /// Signs the whole, and returns how many lines of the ledger it holds.
    ///
    /// # Errors
    /// When it can not be written.
    pub fn end(mut self, signer: &Signer, now: Timestamp) -> io::Result<u64> {
        let digest = HEXLOWER.encode(&self.digest.clone().finalize());
        let mut end = End { lines: self.lines, exported: now, digest, signature: String::new() };
        end.signature = signer.sign(&end.statement());
        self.put(&end)?;
        self.out.flush()?;
        Ok(self.lines)
    }

    fn put(&mut self, value: &impl Serialize) -> io::Result<()> {
        let text = serde_json::to_string(value)?;
        self.text(&text)
    }

    fn text(&mut self, text: &str) -> io::Result<()> {
        for part in [text.as_bytes(), b"\n"] {
            self.digest.update(part);
            self.out.write_all(part)?;
        }
        Ok(())
    }
}
