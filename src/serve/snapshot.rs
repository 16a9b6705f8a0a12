//! The whole as NDJSON, in constant memory, with the change number from which to read on.

use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use tokio::time::Instant;

use crate::http::{self, Refusal};
use crate::journal::{Channel, Error, Want};
use crate::metrics::FeedForm;
use crate::model::Sequence;
use crate::partner::Partner;

use super::caller::Caller;
use super::page::Addresses;
use super::reading::Reading;
use super::{Serve, lease, unavailable};

/// Entries that are read at a time.
const CHUNK: usize = 1_000;
/// Longest time for all of it. A partner that does not read at all is cut off much sooner.
const TIME_MAX: Duration = Duration::from_secs(60 * 60);

/// Why a snapshot was not finished.
#[derive(Debug, thiserror::Error)]
enum Cut {
    #[error(transparent)]
    Journal(#[from] Error),
    #[error("publishes are held back now")]
    Withheld,
    #[error("it was read too slowly")]
    TooSlow,
}

/// `GET /v1/partners/{partner}/snapshot`
pub(super) async fn whole(
    State(serve): State<Serve>,
    Caller(partner): Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    http::no_query(query.as_deref())?;
    serve.tools.metrics.feed_request(&partner.id, FeedForm::Snapshot);
    let reading = Reading::of(&serve.tools, &partner).await.map_err(unavailable)?;
    reading.refuse_when_over().await?;
    if reading.is_withheld() {
        return Err(Refusal::Withheld);
    }
    let snapshot = Snapshot::of(&serve, &partner, &reading).await.map_err(unavailable)?;
    let chunks = futures_util::stream::unfold(snapshot, Snapshot::step);
    let kind = HeaderValue::from_static("application/x-ndjson");
    let answer = ([(CONTENT_TYPE, kind)], Body::from_stream(chunks.fuse())).into_response();
    Ok(lease::told(&serve.tools, &partner, answer))
}

/// A snapshot while it is written. What changes meanwhile stands behind its last line.
struct Snapshot {
    serve: Serve,
    partner: Arc<Partner>,
    addresses: Addresses,
    /// Everything up to here is written.
    at: Sequence,
    /// Everything up to here is to be written.
    up_to: Sequence,
    until: Instant,
    is_done: bool,
}

impl Snapshot {
    /// It is noted how far it reaches before anything is read (promise P3).
    async fn of(
        serve: &Serve,
        partner: &Arc<Partner>,
        reading: &Reading<'_>,
    ) -> Result<Self, Error> {
        let up_to = serve.tools.journal.head();
        reading.hold_back().await?;
        reading.begin().await?;
        serve.tools.journal.mark(&partner.id, Channel::Pull, up_to).await?;
        let addresses = Addresses::new(&serve.base, &partner.id, &partner.agreement.reference);
        let (serve, partner) = (serve.clone(), partner.clone());
        let (at, until) = (Sequence::ZERO, Instant::now() + TIME_MAX);
        Ok(Self { serve, partner, addresses, at, up_to, until, is_done: false })
    }

    /// A piece, and the rest. After an error there is no last line: nothing of it counts.
    async fn step(mut self) -> Option<(Result<Bytes, Cut>, Self)> {
        if self.is_done {
            return None;
        }
        let piece = self.piece().await.inspect_err(|error| {
            tracing::warn!(partner = self.partner.id.as_str(), %error, "a snapshot was cut off");
        });
        self.is_done |= piece.is_err();
        Some((piece.map(Bytes::from), self))
    }

    async fn piece(&mut self) -> Result<String, Cut> {
        if Instant::now() > self.until {
            return Err(Cut::TooSlow);
        }
        let stretch = (self.at, CHUNK);
        let journal = &self.serve.tools.journal;
        let page = journal.read(&self.partner.id, Channel::Pull, Want::Publish, stretch).await?;
        // Read first, then asked: what is stopped meanwhile does not leave (promise P2).
        let partners = self.serve.tools.registry.current();
        let partner = partners.get(&self.partner.id).ok_or(Cut::Withheld)?;
        if Reading::of(&self.serve.tools, partner).await?.is_withheld() {
            return Err(Cut::Withheld);
        }
        let entries = page.entries.iter().filter(|entry| entry.item.modified <= self.up_to);
        let mut lines = self.addresses.lines(entries);
        self.at = page.reached;
        if self.at >= self.up_to {
            self.is_done = true;
            lines.push_str(&format!("{{\"upTo\":{}}}\n", self.up_to));
        }
        Ok(lines)
    }
}
