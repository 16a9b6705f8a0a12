//! A partner uploads what it holds and is told what differs (design §8), so that a copy that went
//! astray is found and mended without starting again.

use std::collections::HashSet;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use http_body_util::BodyExt;
use serde::Deserialize;
use tokio::sync::mpsc;

use crate::http::{self, Refusal};
use crate::journal::{
    Advance, Channel, Claim, Cursor, Difference, Entry, Error, Journal, Rung, Want,
};
use crate::metrics::Side;
use crate::model::{PartnerId, PublicId, Sequence};

use super::caller::Caller;
use super::page::Addresses;
use super::reading::Reading;
use super::{Serve, lease, unavailable};

/// Most items of an upload.
const CLAIMS_MAX: usize = 1_000_000;
/// Longest line of an upload.
const LINE_MAX: usize = 1_024;
/// Claims that are compared at a time, and entries that are read at a time.
const CHUNK: usize = 1_000;
/// Pieces of the answer that may wait for the partner to read them.
const PIECES: usize = 4;
const LINES: &str = "Each line must be {\"id\":\"…\",\"modified\":N}, at most 1,000,000 of them.";

#[derive(Deserialize)]
struct Line {
    id: String,
    modified: u64,
}

/// `POST /v1/partners/{partner}/holdings`
pub(super) async fn compare(
    State(serve): State<Serve>,
    Caller(partner): Caller,
    RawQuery(query): RawQuery,
    body: Body,
) -> Result<Response, Refusal> {
    http::no_query(query.as_deref())?;
    let (journal, id) = (&serve.tools.journal, &partner.id);
    let reading = Reading::of(&serve.tools, &partner).await.map_err(unavailable)?;
    let head = journal.head();
    let (mut upload, mut found) = (Upload { body, rest: Vec::new() }, Found::default());
    while let Some(claims) = upload.next().await? {
        found.held.extend(claims.iter().map(|claim| claim.id));
        if found.held.len() > CLAIMS_MAX {
            return Err(Refusal::WrongValue(LINES));
        }
        for some in claims.chunks(CHUNK) {
            let differences = journal.differences(id, Channel::Pull, some.to_vec()).await;
            found.take(differences.map_err(unavailable)?);
        }
    }
    // What is answered leaves: it is noted how far it reaches, and only then it is read.
    journal.mark(id, Channel::Pull, head).await.map_err(unavailable)?;
    let (send, receive) = mpsc::channel(PIECES);
    let addresses = Addresses::new(&serve.base, id, &partner.agreement.reference);
    let withheld = reading.is_withheld();
    let answer = Answer { serve: serve.clone(), id: id.clone(), addresses, head, withheld, send };
    serve.tools.tasks.once("holdings", async move {
        if let Err(error) = answer.write(found).await {
            tracing::warn!(%error, "an answer to uploaded holdings was cut off");
        }
    });
    let pieces = futures_util::stream::unfold(receive, async |mut receive| {
        receive.recv().await.map(|piece| (piece, receive))
    });
    let kind = HeaderValue::from_static("application/x-ndjson");
    let answer = ([(CONTENT_TYPE, kind)], Body::from_stream(pieces.fuse())).into_response();
    Ok(lease::told(&serve.tools, &partner, answer))
}

/// The lines of an upload, as they come.
struct Upload {
    body: Body,
    /// The beginning of a line.
    rest: Vec<u8>,
}

impl Upload {
    /// Some more of them; none at the end.
    async fn next(&mut self) -> Result<Option<Vec<Claim>>, Refusal> {
        while let Some(frame) = self.body.frame().await {
            let frame = frame.map_err(|_| Refusal::WrongValue("The body broke off."))?;
            let Ok(data) = frame.into_data() else { continue };
            self.rest.extend_from_slice(&data);
            let end = self.rest.iter().rposition(|byte| *byte == b'\n');
            let after = end.map(|end| self.rest.split_off(end + 1));
            let whole = after.map(|after| std::mem::replace(&mut self.rest, after));
            if self.rest.len() > LINE_MAX {
                return Err(Refusal::WrongValue(LINES));
            }
            if let Some(whole) = whole {
                return claims(&whole).map(Some);
            }
        }
        let last = claims(&std::mem::take(&mut self.rest))?;
        Ok(Some(last).filter(|last| !last.is_empty()))
    }
}

fn claims(lines: &[u8]) -> Result<Vec<Claim>, Refusal> {
    let claims = lines.split(|byte| *byte == b'\n').filter_map(|line| claim(line).transpose());
    claims.collect()
}

/// An empty line says nothing.
fn claim(line: &[u8]) -> Result<Option<Claim>, Refusal> {
    let line = line.trim_ascii();
    if line.is_empty() {
        return Ok(None);
    }
    let wrong = Refusal::WrongValue(LINES);
    let read = serde_json::from_slice::<Line>(line).ok().filter(|_| line.len() <= LINE_MAX);
    let Line { id, modified } = read.ok_or(wrong.clone())?;
    let id = id.parse().map_err(|_| wrong)?;
    Ok(Some(Claim { id, modified: Sequence::new(modified), kind: None }))
}

/// What an upload showed.
#[derive(Default)]
struct Found {
    held: HashSet<PublicId>,
    extra: Vec<Entry>,
    stale: Vec<PublicId>,
    impossible: usize,
}

impl Found {
    fn take(&mut self, differences: Vec<Difference>) {
        for difference in differences {
            match difference {
                Difference::Extra { entry, .. } => self.extra.push(entry),
                Difference::Stale(entry) => self.stale.push(entry.item.id),
                Difference::Impossible(_) => self.impossible += 1,
            }
        }
    }
}

/// The answer while it is written.
struct Answer {
    serve: Serve,
    id: PartnerId,
    addresses: Addresses,
    /// The head before the upload was read.
    head: Sequence,
    withheld: bool,
    send: mpsc::Sender<Result<Bytes, std::convert::Infallible>>,
}

impl Answer {
    fn journal(&self) -> &Journal {
        &self.serve.tools.journal
    }

    /// Removals, then what is stale, then what is missing, then how far it reaches. Nothing is
    /// waited for that the partner does not read any more.
    async fn write(&self, found: Found) -> Result<(), Error> {
        let stale = found.stale.len();
        for some in found.extra.chunks(CHUNK) {
            self.lines(some).await;
        }
        let mut missing = 0;
        if !self.withheld {
            for some in found.stale.chunks(CHUNK) {
                let now = self.journal().look(&self.id, Channel::Pull, some.to_vec()).await?;
                self.lines(&now).await;
            }
            missing = self.missing(&found.held).await?;
        }
        drop(self.send.send(Ok(format!("{{\"upTo\":{}}}\n", self.head).into())).await);
        let metrics = &self.serve.tools.metrics;
        let stale = stale + found.impossible;
        for (side, count) in
            [(Side::Extra, found.extra.len()), (Side::Missing, missing), (Side::Stale, stale)]
        {
            metrics.divergent(&self.id, side, u32::try_from(count).unwrap_or(u32::MAX));
        }
        if found.extra.is_empty() && missing + stale == 0 && !self.withheld {
            return self.agrees(found.held.len()).await;
        }
        Ok(())
    }

    /// Sends what the partner should hold and does not; how many that were.
    async fn missing(&self, held: &HashSet<PublicId>) -> Result<usize, Error> {
        let (mut after, mut missing) = (Sequence::ZERO, 0);
        while after < self.head && !self.send.is_closed() {
            let stretch = (after, CHUNK);
            let page = self.journal().read(&self.id, Channel::Pull, Want::Publish, stretch).await?;
            let lacking: Vec<Entry> = page
                .entries
                .into_iter()
                .filter(|entry| entry.item.modified <= self.head && !held.contains(&entry.item.id))
                .collect();
            missing += lacking.len();
            self.lines(&lacking).await;
            after = page.reached;
        }
        Ok(missing)
    }

    async fn lines(&self, entries: &[Entry]) {
        let mut text = String::new();
        for entry in entries {
            self.addresses.write(entry, &mut text);
            text.push('\n');
        }
        drop(self.send.send(Ok(text.into())).await);
    }

    /// Nothing differed: that is better evidence than any cursor.
    async fn agrees(&self, items: usize) -> Result<(), Error> {
        let advance = Advance {
            partner: self.id.clone(),
            cursor: Cursor::Pull,
            to: self.head,
            items: u32::try_from(items).unwrap_or(u32::MAX),
            rung: Rung::Reconciled,
        };
        self.journal().advance(advance).await
    }
}
