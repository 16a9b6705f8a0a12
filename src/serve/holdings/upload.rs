//! The lines of an upload, as they come.

use std::borrow::Cow;

use axum::body::{Body, Bytes};
use http_body_util::BodyExt;
use serde::Deserialize;

use crate::http::Refusal;
use crate::journal::Claim;
use crate::model::Sequence;

use super::CHUNK;

/// Most lines of an upload.
const LINES_MAX: usize = 2_000_000;
/// Longest line, in bytes.
const LINE_MAX: usize = 1_024;
const LINES: &str = "Each line must be {\"id\":\"…\",\"modified\":N}, of at most 1,024 bytes.";
const BROKE_OFF: &str = "The body broke off, or stood still for too long.";

#[derive(Deserialize)]
struct Line<'l> {
    #[serde(borrow)]
    id: Cow<'l, str>,
    modified: u64,
}

/// Holds one piece of the body, the beginning of one line, and what one call returns.
pub(super) struct Upload {
    body: Body,
    /// What was not looked at yet.
    piece: Bytes,
    line: Vec<u8>,
    lines: usize,
    lines_max: usize,
}

impl Upload {
    pub(super) fn of(body: Body) -> Self {
        let (piece, line) = (Bytes::new(), Vec::new());
        Self { body, piece, line, lines: 0, lines_max: LINES_MAX }
    }

    /// The next claims, at most [`CHUNK`]; none at the end.
    ///
    /// # Errors
    /// A line that is none, too many lines, or a body that breaks off.
    pub(super) async fn next(&mut self) -> Result<Vec<Claim>, Refusal> {
        let mut claims = Vec::new();
        loop {
            self.take(&mut claims)?;
            if claims.len() == CHUNK {
                return Ok(claims);
            }
            let Some(frame) = self.body.frame().await else {
                self.body = Body::empty();
                break;
            };
            let frame = frame.map_err(|_| Refusal::WrongValue(BROKE_OFF))?;
            self.piece = frame.into_data().unwrap_or_default();
        }
        if !self.line.is_empty() {
            claims.extend(self.whole_line()?);
        }
        Ok(claims)
    }

    /// Takes lines from the piece until it is empty or there are enough.
    fn take(&mut self, claims: &mut Vec<Claim>) -> Result<(), Refusal> {
        while claims.len() < CHUNK && !self.piece.is_empty() {
            let end = memchr::memchr(b'\n', &self.piece);
            let part = self.piece.split_to(end.map_or(self.piece.len(), |end| end + 1));
            let part = part.strip_suffix(b"\n").unwrap_or(&part);
            if self.line.len() + part.len() > LINE_MAX {
                return Err(Refusal::WrongValue(LINES));
            }
            self.line.extend_from_slice(part);
            if end.is_some() {
                claims.extend(self.whole_line()?);
            }
        }
        Ok(())
    }

    fn whole_line(&mut self) -> Result<Option<Claim>, Refusal> {
        self.lines += 1;
        if self.lines > self.lines_max {
            return Err(Refusal::TooLarge);
        }
        let claim = claim(self.line.trim_ascii());
        self.line.clear();
        claim
    }
}

/// An empty line says nothing.
fn claim(line: &[u8]) -> Result<Option<Claim>, Refusal> {
    if line.is_empty() {
        return Ok(None);
    }
    let wrong = Refusal::WrongValue(LINES);
    let Line { id, modified } = serde_json::from_slice(line).map_err(|_| wrong.clone())?;
    let id = id.parse().map_err(|_| wrong)?;
    Ok(Some(Claim { id, modified: Sequence::new(modified), kind: None }))
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use futures_util::stream;

    use crate::model::PublicId;

    use super::*;

    /// A body that comes in pieces of so many bytes.
    fn in_pieces(text: &str, bytes: usize) -> Upload {
        let pieces = text.as_bytes().chunks(bytes).map(Bytes::copy_from_slice);
        let pieces: Vec<Result<Bytes, Infallible>> = pieces.map(Ok).collect();
        Upload::of(Body::from_stream(stream::iter(pieces)))
    }

    async fn all(mut upload: Upload) -> Result<Vec<(PublicId, u64)>, Refusal> {
        let mut all = Vec::new();
        loop {
            let claims = upload.next().await?;
            if claims.is_empty() {
                return Ok(all);
            }
            all.extend(claims.into_iter().map(|claim| (claim.id, claim.modified.get())));
        }
    }

    fn id(number: u128) -> PublicId {
        PublicId::from_bytes(number.to_be_bytes())
    }

    #[tokio::test]
    async fn a_piece_may_end_anywhere_in_a_line_and_in_a_letter() {
        let text = format!(
            "{{\"id\":\"{}\",\"naam\":\"Één €\",\"modified\":7}}\r\n\n  \n{{\"modified\":8,\"id\":\"\\u0061{}\"}}",
            id(1),
            id(0).to_string().strip_prefix('a').unwrap()
        );
        for bytes in 1..=text.len() {
            let read = all(in_pieces(&text, bytes)).await;
            assert_eq!(read, Ok(vec![(id(1), 7), (id(0), 8)]), "pieces of {bytes}");
            let cut = text.strip_suffix('}').unwrap();
            assert!(all(in_pieces(cut, bytes)).await.is_err(), "half a line");
        }
        assert_eq!(all(in_pieces("", 1)).await, Ok(vec![]));
    }

    #[tokio::test]
    async fn lines_are_short_and_not_too_many() {
        let line = |fill: usize| {
            format!("{{\"id\":\"{}\",\"modified\":1,\"x\":\"{}\"}}\n", id(1), "a".repeat(fill))
        };
        let fits = LINE_MAX + 1 - line(0).len();
        for bytes in [1, 7, 1_000, 5_000] {
            assert_eq!(all(in_pieces(&line(fits), bytes)).await.map(|all| all.len()), Ok(1));
            let refused = all(in_pieces(&line(fits + 1), bytes)).await;
            assert_eq!(refused, Err(Refusal::WrongValue(LINES)));
        }
        let text = format!("{}\n\n\n{}", line(0), line(0));
        for (lines_max, expected) in [(5, Ok(2)), (4, Err(Refusal::TooLarge))] {
            let upload = Upload { lines_max, ..in_pieces(&text, 1_000) };
            assert_eq!(all(upload).await.map(|all| all.len()), expected);
        }
    }

    #[tokio::test]
    async fn however_many_lines_come_few_are_held() {
        let line = Bytes::from(format!("{{\"id\":\"{}\",\"modified\":1}}\n", id(1)));
        let piece = Bytes::from(line.repeat(5_000));
        let pieces = (0..40).map(move |_| Ok::<_, Infallible>(piece.clone()));
        let mut upload = Upload::of(Body::from_stream(stream::iter(pieces)));
        let mut count = 0;
        loop {
            let claims = upload.next().await.unwrap();
            assert!(claims.len() <= CHUNK && upload.line.capacity() <= LINE_MAX);
            assert!(upload.piece.len() <= 5_000 * line.len());
            count += claims.len();
            if claims.is_empty() {
                break;
            }
        }
        assert_eq!((count, upload.lines), (200_000, 200_000));
    }
}
