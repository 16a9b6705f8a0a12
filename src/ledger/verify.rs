//! Checks a ledger: offline, line by line, whatever its size.

use std::io::BufRead;

use data_encoding::HEXLOWER;
use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};

use super::export::{End, Header};
use super::{Checkpoint, Line, Tip, VerifyingKey};

/// Longest line that is read.
const LINE_BYTES_MAX: usize = 1 << 20;

/// What is wrong with a ledger, and where: the number of a line of the file, or of the ledger.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// It can not be read.
    #[error("line {0}: can not be read")]
    Unreadable(u64),
    /// It is not what a line there looks like.
    #[error("line {0}: is not in the form of a ledger, or was changed")]
    Malformed(u64),
    /// Lines are missing or out of order.
    #[error(
        "line {0}: does not follow the one before it: lines are missing, doubled or out of order"
    )]
    Gap(u64),
    /// The time goes back.
    #[error("line {0}: is older than the one before it")]
    Backwards(u64),
    /// The lines do not lead to what was signed.
    #[error("line {0}: what is before it was changed: it does not lead to the signed checkpoint")]
    Changed(u64),
    /// A signature does not hold.
    #[error("line {0}: the signature does not hold")]
    Signature(u64),
    /// It is signed with another key than the one that was asked for.
    #[error("it is signed with another key than the given one")]
    OtherKey,
    /// The end is missing.
    #[error("line {0}: the end is missing: the file was cut off")]
    CutOff(u64),
    /// Something comes after the end.
    #[error("line {0}: something comes after the end")]
    Trailing(u64),
}

/// What was found to hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// With which key.
    pub key: VerifyingKey,
    /// Lines of the ledger.
    pub lines: u64,
    /// Number of the first; 0 when there is none.
    pub first: u64,
    /// The end of the chain.
    pub tip: Tip,
    /// Checkpoints that hold.
    pub checkpoints: u64,
    /// Lines after the latest checkpoint: chained, and not yet signed by one.
    pub unsigned: u64,
    /// When it was made; none for the ledger of a state folder.
    pub exported: Option<Timestamp>,
}

/// Follows a ledger. `at` is what a fault names: a line of the file, or of the ledger.
#[derive(Debug)]
pub struct Verifier {
    key: VerifyingKey,
    tip: Tip,
    latest: Timestamp,
    seen: Verified,
}

impl Verifier {
    /// Of a ledger signed with this key.
    #[must_use]
    pub fn new(key: VerifyingKey) -> Self {
        let seen = Verified {
            key,
            lines: 0,
            first: 0,
            tip: Tip::default(),
            checkpoints: 0,
            unsigned: 0,
            exported: None,
        };
        Self { key, tip: Tip::default(), latest: Timestamp::MIN, seen }
    }

    /// The next line of the ledger.
    ///
    /// # Errors
    /// When it does not follow.
    pub fn line(&mut self, text: &str, at: u64) -> Result<Line, Fault> {
        let line = Line::from_text(text).ok_or(Fault::Malformed(at))?;
        if Some(line.num) != self.tip.num.checked_add(1) {
            return Err(Fault::Gap(at));
        }
        if line.at < self.latest {
            return Err(Fault::Backwards(at));
        }
        self.latest = line.at;
        self.tip = self.tip.followed_by(text);
        if self.seen.lines == 0 {
            self.seen.first = line.num;
        }
        self.seen.lines += 1;
        self.seen.unsigned += 1;
        Ok(line)
    }

    /// A checkpoint: of the latest line; or, before any line, of where a ledger begins whose
    /// beginning was given up.
    ///
    /// # Errors
    /// When it does not hold.
    pub fn checkpoint(&mut self, checkpoint: &Checkpoint, at: u64) -> Result<(), Fault> {
        if !checkpoint.is_of(&self.key) {
            return Err(Fault::Signature(at));
        }
        let tip = checkpoint.tip().ok_or(Fault::Malformed(at))?;
        if self.seen.lines == 0 && self.seen.checkpoints == 0 {
            self.tip = tip;
        } else if tip != self.tip {
            return Err(Fault::Changed(at));
        }
        self.seen.checkpoints += 1;
        self.seen.unsigned = 0;
        Ok(())
    }

    /// What was found to hold.
    #[must_use]
    pub fn finish(self) -> Verified {
        Verified { tip: self.tip, ..self.seen }
    }
}

/// Checks an export; with `pinned`, it must be signed with that key.
///
/// # Errors
/// With the first thing that is wrong, by its line.
pub fn verify(from: impl BufRead, pinned: Option<VerifyingKey>) -> Result<Verified, Fault> {
    let mut lines = Lines { from, number: 0, digest: Sha256::new() };
    let header = lines.next()?.ok_or(Fault::CutOff(1))?;
    let header: Header = one_form(&header, 1)?;
    let key: VerifyingKey = header.key.parse().map_err(|_| Fault::Malformed(1))?;
    if header != Header::of(&key) {
        return Err(Fault::Malformed(1));
    }
    if pinned.is_some_and(|pinned| pinned != key) {
        return Err(Fault::OtherKey);
    }
    let mut verifier = Verifier::new(key);
    loop {
        let digest = lines.digest.clone();
        let text = lines.next()?.ok_or(Fault::CutOff(lines.number + 1))?;
        let at = lines.number;
        if text.starts_with(r#"{"num":"#) {
            verifier.line(&text, at)?;
        } else if text.starts_with(r#"{"checkpoint":"#) {
            verifier.checkpoint(&one_form(&text, at)?, at)?;
        } else {
            let end: End = one_form(&text, at)?;
            let seen = verifier.finish();
            judge_end(&end, (key, seen.lines, digest), at)?;
            return match lines.next()? {
                None => Ok(Verified { exported: Some(end.exported), ..seen }),
                Some(_) => Err(Fault::Trailing(at + 1)),
            };
        }
    }
}

fn judge_end(
    end: &End,
    (key, lines, digest): (VerifyingKey, u64, Sha256),
    at: u64,
) -> Result<(), Fault> {
    if !key.is_behind(&end.signature, &end.statement()) {
        return Err(Fault::Signature(at));
    }
    let same = end.digest == HEXLOWER.encode(&digest.finalize()) && end.lines == lines;
    if same { Ok(()) } else { Err(Fault::Changed(at)) }
}

/// Reads a value that must be written in its one form.
fn one_form<T: DeserializeOwned + Serialize>(text: &str, at: u64) -> Result<T, Fault> {
    let value: T = serde_json::from_str(text).map_err(|_| Fault::Malformed(at))?;
    let same = serde_json::to_string(&value).is_ok_and(|written| written == text);
    if same { Ok(value) } else { Err(Fault::Malformed(at)) }
}

struct Lines<R> {
    from: R,
    number: u64,
    digest: Sha256,
}

impl<R: BufRead> Lines<R> {
    /// The next line without its line end; none at the end of the file.
    fn next(&mut self) -> Result<Option<String>, Fault> {
        let at = self.number + 1;
        let mut bytes = Vec::new();
        loop {
            let ready = self.from.fill_buf().map_err(|_| Fault::Unreadable(at))?;
            let end = ready.iter().position(|byte| *byte == b'\n');
            let taken = end.map_or(ready.len(), |end| end + 1);
            bytes.extend(ready.iter().take(taken));
            self.from.consume(taken);
            if bytes.len() > LINE_BYTES_MAX {
                return Err(Fault::Malformed(at));
            }
            if taken == 0 || end.is_some() {
                break;
            }
        }
        if bytes.is_empty() {
            return Ok(None);
        }
        self.number = at;
        self.digest.update(&bytes);
        if bytes.pop() != Some(b'\n') {
            return Err(Fault::CutOff(at));
        }
        String::from_utf8(bytes).map(Some).map_err(|_| Fault::Malformed(at))
    }
}

#[cfg(test)]
mod tests {
    use crate::ledger::{Entry, Signer, Writer};

    use super::*;

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_764_000_000 + second).unwrap()
    }

    /// An export of so many lines with a checkpoint after each third, and its key.
    fn export(lines: i64) -> (Vec<u8>, VerifyingKey) {
        let signer = Signer::new(&[3; 32]).unwrap();
        let (mut out, mut tip) = (Vec::new(), Tip::default());
        let mut writer = Writer::begin(&mut out, &signer.key(), None).unwrap();
        for second in 1..=lines {
            let num = tip.num + 1;
            let entry = Entry::Forgotten { items: num * 7 };
            let text = Line { num, at: at(second), entry }.to_text().unwrap();
            writer.line(&text).unwrap();
            tip = tip.followed_by(&text);
            if num % 3 == 0 {
                writer.checkpoint(&signer.checkpoint(tip, at(second))).unwrap();
            }
        }
        writer.end(&signer, at(lines)).unwrap();
        (out, signer.key())
    }

    #[test]
    fn an_export_holds_and_tells_what_it_is() {
        let (bytes, key) = export(10);
        let verified = verify(&*bytes, Some(key)).unwrap();
        assert_eq!((verified.lines, verified.first, verified.tip.num), (10, 1, 10));
        assert_eq!((verified.checkpoints, verified.unsigned), (3, 1));
        assert_eq!(verified.exported, Some(at(10)));
        let other = Signer::new(&[4; 32]).unwrap().key();
        assert_eq!(verify(&*bytes, Some(other)), Err(Fault::OtherKey));
    }

    #[test]
    fn every_flipped_bit_is_found_wherever_it_is() {
        let (bytes, key) = export(7);
        for place in 0..bytes.len() {
            for bit in 0..8 {
                let mut changed = bytes.clone();
                changed[place] ^= 1 << bit;
                assert!(verify(&*changed, None).is_err(), "bit {bit} of byte {place}");
                assert!(verify(&*changed, Some(key)).is_err(), "bit {bit} of byte {place}");
            }
        }
    }

    #[test]
    fn what_is_cut_doubled_or_put_elsewhere_is_found() {
        let (bytes, _) = export(9);
        let text = String::from_utf8(bytes).unwrap();
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        for drop in 0..lines.len() {
            let mut rest = lines.clone();
            rest.remove(drop);
            // A checkpoint after others is missed by the digest at the end alone.
            assert!(verify(rest.concat().as_bytes(), None).is_err(), "without line {}", drop + 1);
            let mut twice = lines.clone();
            twice.insert(drop, lines[drop]);
            assert!(verify(twice.concat().as_bytes(), None).is_err(), "twice line {}", drop + 1);
        }
        for end in 0..text.len() {
            assert!(verify(&text.as_bytes()[..end], None).is_err(), "cut at {end}");
        }
        let mut swapped = lines.clone();
        swapped.swap(2, 3);
        assert_eq!(verify(swapped.concat().as_bytes(), None), Err(Fault::Gap(3)));
        let more = format!("{text}\n");
        assert_eq!(verify(more.as_bytes(), None), Err(Fault::Trailing(15)));
    }

    #[test]
    fn a_ledger_whose_beginning_was_given_up_begins_at_a_checkpoint() {
        let signer = Signer::new(&[3; 32]).unwrap();
        let mut tip = Tip { num: 41, hash: [9; 32] };
        let base = signer.checkpoint(tip, at(1));
        let mut out = Vec::new();
        let mut writer = Writer::begin(&mut out, &signer.key(), Some(&base)).unwrap();
        let entry = Entry::Forgotten { items: 1 };
        let text = Line { num: 42, at: at(2), entry }.to_text().unwrap();
        writer.line(&text).unwrap();
        tip = tip.followed_by(&text);
        writer.checkpoint(&signer.checkpoint(tip, at(2))).unwrap();
        writer.end(&signer, at(3)).unwrap();
        let verified = verify(&*out, None).unwrap();
        assert_eq!((verified.first, verified.lines, verified.tip), (42, 1, tip));
    }
}
