//! Server-sent events (WHATWG HTML §9.2): the feed as it moves. Nothing is buffered: a piece is
//! made when the one before it was taken, and the listener cuts a reader that takes none.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::{RawQuery, State};
use axum::http::header::CONTENT_TYPE;
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::{IntoResponse, Response};
use futures_util::StreamExt;
use tokio::sync::{OwnedSemaphorePermit, watch};
use tokio::time::Instant;

use crate::config::TokenDigest;
use crate::hint::Listener;
use crate::http::{self, Refusal};
use crate::journal::Error;
use crate::metrics::FeedForm;
use crate::model::Sequence;
use crate::partner::{Partner, Partners, Status};

use super::caller::Caller;
use super::page::{Addresses, Asked, change_number};
use super::reading::Reading;
use super::{Serve, lease, unavailable};

/// A comment comes after this time without a word, so that proxies keep the connection and a
/// client sees that it is alive.
const HEARTBEAT: Duration = Duration::from_secs(15);
/// After how many milliseconds a client should come back.
const RETRY: &str = "retry: 2000\n\n";
/// What left is confirmed when the client comes back with its last id, so it is let go after half
/// the time in which it agreed to fetch, within these bounds.
const UNCONFIRMED_MIN: Duration = Duration::from_secs(30);
const UNCONFIRMED_MAX: Duration = Duration::from_secs(15 * 60);
/// In how many seconds there may be room for one more stream.
const FULL_SECONDS: u64 = 10;
/// A lease is renewed after this part of it.
const RENEWALS: u32 = 3;

const LAST_ID: &str = "Last-Event-ID must be a whole number from 0 to 9007199254740991.";

/// `GET /v1/partners/{partner}/stream`
pub(super) async fn follow(
    State(serve): State<Serve>,
    Caller(partner): Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let asked = from(query.as_deref(), &headers)?;
    let token = http::bearer(&headers).ok_or(Refusal::NoToken)?;
    serve.tools.metrics.feed_request(&partner.id, FeedForm::Stream);
    let seat = serve.streams.clone().try_acquire_owned();
    let seat = seat.map_err(|_| Refusal::TooMany { retry_after: FULL_SECONDS })?;
    let reading = Reading::of(&serve.tools, &partner).await.map_err(unavailable)?;
    let is_lost = reading.is_too_old(asked) || asked > serve.tools.journal.head();
    let at = if is_lost { Sequence::ZERO } else { asked };
    reading.settle(at).await.map_err(unavailable)?;
    reading.refuse_when_over().await?;
    let stream = Stream::new(&serve, &partner, (at, is_lost), (token, seat));
    let pieces = futures_util::stream::unfold(stream, Stream::step);
    let kind = (CONTENT_TYPE, HeaderValue::from_static("text/event-stream"));
    // nginx passes on what it is told not to collect.
    let unbuffered = (HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    let answer = ([kind, unbuffered], Body::from_stream(pieces.fuse())).into_response();
    Ok(lease::told(&serve.tools, &partner, answer))
}

/// After which change number: what the client heard last counts more than its address.
fn from(query: Option<&str>, headers: &HeaderMap) -> Result<Sequence, Refusal> {
    let asked = Asked::parse(query)?.after();
    let mut last = headers.get_all("last-event-id").iter();
    match (last.next(), last.next()) {
        (None, _) => Ok(asked),
        (Some(one), None) if one.is_empty() => Ok(asked),
        (Some(one), None) => {
            let number = one.to_str().ok().and_then(change_number);
            number.ok_or(Refusal::WrongValue(LAST_ID))
        }
        (Some(_), Some(_)) => Err(Refusal::WrongValue(LAST_ID)),
    }
}

/// One open stream.
struct Stream {
    serve: Serve,
    partner: Arc<Partner>,
    token: TokenDigest,
    addresses: Addresses,
    /// Everything up to here was considered.
    at: Sequence,
    /// The journal is to be asked although nothing stirred.
    look: bool,
    /// Publishes were held back when it was asked last.
    is_withheld: bool,
    greeting: Option<String>,
    spoke: Instant,
    lease_due: Instant,
    /// When it is let go.
    closes: Option<Instant>,
    head: Listener<Sequence>,
    partners: watch::Receiver<Arc<Partners>>,
    _seat: OwnedSemaphorePermit,
}

impl Stream {
    fn new(
        serve: &Serve,
        partner: &Arc<Partner>,
        (at, is_lost): (Sequence, bool),
        (token, seat): (TokenDigest, OwnedSemaphorePermit),
    ) -> Self {
        let addresses = Addresses::new(&serve.base, &partner.id, &partner.agreement.reference);
        let mut greeting = RETRY.to_owned();
        if is_lost {
            let snapshot = serde_json::Value::from(addresses.snapshot());
            greeting.push_str(&format!("event: resync\ndata: {{\"snapshot\":{snapshot}}}\n\n"));
        }
        let now = Instant::now();
        Self {
            addresses,
            token,
            at,
            look: true,
            is_withheld: false,
            greeting: Some(greeting),
            spoke: now,
            lease_due: now,
            closes: None,
            head: serve.tools.journal.watch_head(),
            partners: serve.tools.registry.subscribe(),
            serve: serve.clone(),
            partner: partner.clone(),
            _seat: seat,
        }
    }

    /// A piece, and the rest; none when it ends. The client comes back by itself.
    async fn step(mut self) -> Option<(Result<Bytes, Infallible>, Self)> {
        let piece = self.piece().await.inspect_err(|error| {
            tracing::warn!(%error, "a stream was cut off");
        });
        let piece = piece.ok()??;
        self.spoke = Instant::now();
        Some((Ok(piece.into()), self))
    }

    async fn piece(&mut self) -> Result<Option<String>, Error> {
        if let Some(greeting) = self.greeting.take() {
            return Ok(Some(greeting));
        }
        loop {
            if self.closes.is_some_and(|closes| closes <= Instant::now()) {
                return Ok(None);
            }
            if let Some(news) = self.news().await? {
                return Ok(Some(news));
            }
            if let Some(lease) = self.lease().await? {
                return Ok(Some(lease));
            }
            if Instant::now() >= self.spoke + HEARTBEAT {
                self.look |= self.is_withheld;
                return Ok(Some(":\n\n".to_owned()));
            }
            if !self.wait().await {
                return Ok(None);
            }
        }
    }

    /// What stirred since the journal was asked last; none: nothing.
    async fn news(&mut self) -> Result<Option<String>, Error> {
        let (tools, partner) = (&self.serve.tools, &self.partner);
        while self.look || self.at < tools.journal.stirred(&partner.id) {
            self.look = false;
            let reading = Reading::of(tools, partner).await?;
            self.is_withheld = reading.is_withheld();
            reading.hold_back().await?;
            let page = reading.page(self.at).await?;
            let last = page.entries.last().map(|entry| entry.item.modified);
            if last.is_none() && page.reached <= self.at {
                break;
            }
            self.at = last.unwrap_or(page.reached);
            if last.is_some() {
                self.closes = self.closes.or(Some(Instant::now() + patience(partner)));
                return Ok(Some(self.events(&page.entries)));
            }
        }
        Ok(None)
    }

    fn events(&self, entries: &[crate::journal::Entry]) -> String {
        let mut text = String::new();
        for entry in entries {
            let event = if entry.item.is_deleted() { "deleted" } else { "updated" };
            text.push_str(&format!("id: {}\nevent: {event}\ndata: ", entry.item.modified));
            self.addresses.write(entry, &mut text);
            text.push_str("\n\n");
        }
        text
    }

    /// A lease when everything was told and a third of the last one is over.
    async fn lease(&mut self) -> Result<Option<String>, Error> {
        if Instant::now() < self.lease_due {
            return Ok(None);
        }
        self.lease_due = Instant::now() + self.partner.removal.lease / RENEWALS;
        let Some(until) = lease::renewed(&self.serve.tools, &self.partner) else {
            return Ok(None);
        };
        let mut data = format!(r#"{{"validUntil":"{until}""#);
        if !self.is_withheld {
            let expected = self.serve.tools.journal.expected(&self.partner.id).await?;
            let (up_to, count, digest) = (expected.up_to, expected.count(), expected.digest());
            data.push_str(&format!(r#","upTo":{up_to},"count":{count},"digest":"{digest}""#));
        }
        Ok(Some(format!("event: lease\ndata: {data}}}\n\n")))
    }

    /// Waits until there may be something to do; false: there is nothing more to do.
    async fn wait(&mut self) -> bool {
        let quiet = self.spoke + HEARTBEAT;
        let until = self.closes.into_iter().chain([self.lease_due]).fold(quiet, Instant::min);
        let drain = self.serve.tools.tasks.drain();
        tokio::select! {
            biased;
            () = drain.cancelled() => false,
            changed = self.partners.changed() => changed.is_ok() && self.is_still_theirs(),
            () = self.head.hear() => true,
            () = tokio::time::sleep_until(until) => true,
        }
    }

    /// The partner as it is in force now, if the token still proves it.
    fn is_still_theirs(&mut self) -> bool {
        let partners = self.partners.borrow_and_update().clone();
        let partner = partners.get(&self.partner.id).filter(|one| one.status != Status::Draft);
        let pull = partner.and_then(|partner| partner.pull.as_ref());
        let is_theirs = pull.is_some_and(|pull| self.token.is_one_of(&pull.tokens));
        if let Some(partner) = partner.filter(|_| is_theirs) {
            self.partner = partner.clone();
            (self.look, self.lease_due) = (true, Instant::now());
        }
        is_theirs
    }
}

/// How long what left may stay unconfirmed.
fn patience(partner: &Partner) -> Duration {
    let every = partner.pull.as_ref().map_or(UNCONFIRMED_MAX, |pull| pull.every / 2);
    every.clamp(UNCONFIRMED_MIN, UNCONFIRMED_MAX)
}
