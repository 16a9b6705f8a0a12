//! A partner uploads what it holds and is told what differs (design §8), so that a copy that went
//! astray is found and mended without starting again.
//!
//! Most clients read no answer before they have sent everything. So the upload is compared as it
//! comes; of what agrees a bit is kept, of what must go a line in a spool; and then the answer is
//! written as it is read. What it costs does not grow with the upload.

mod answer;
mod desk;
mod spool;
mod upload;

use std::io;

use axum::body::Body;
use axum::extract::{RawQuery, State};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::http::{self, Refusal};
use crate::journal::{self, Channel, Entry, Inventory};
use crate::metrics::FeedForm;
use crate::model::Sequence;

use super::caller::Caller;
use super::page::Addresses;
use super::{Serve, lease, unavailable};

use answer::Answer;
pub(super) use desk::Desk;
use spool::Spool;
use upload::Upload;

/// Claims that are compared at a time.
const CHUNK: usize = 1_000;

/// Why an answer was not finished.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Journal(#[from] journal::Error),
    #[error("what must go can not be kept ({})", .0.kind())]
    Spool(#[from] io::Error),
    #[error("nobody reads it any more")]
    Unread,
    #[error("publishes are held back now")]
    Withheld,
}

/// `POST /v1/partners/{partner}/holdings`
pub(super) async fn compare(
    State(serve): State<Serve>,
    Caller(partner): Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
    body: Body,
) -> Result<Response, Refusal> {
    http::no_query(query.as_deref())?;
    let plain = |coding: &HeaderValue| coding.as_bytes().eq_ignore_ascii_case(b"identity");
    if !headers.get_all(CONTENT_ENCODING).iter().all(plain) {
        return Err(Refusal::Coded);
    }
    serve.tools.metrics.feed_request(&partner.id, FeedForm::Holdings);
    let id = &partner.id;
    let seat = serve.desk.seat(id)?;
    let mut found =
        Found::before_all(&serve, Addresses::new(&serve.base, id, &partner.agreement.reference));
    let mut upload = Upload::of(body);
    loop {
        let claims = upload.next().await?;
        if claims.is_empty() {
            break;
        }
        let checked = serve.tools.journal.check(id, claims, found.head).await;
        found.take(&serve, checked.map_err(unavailable)?).await?;
    }
    // The agreement may be another one by now.
    let partner = serve.tools.registry.current().get(id).cloned().ok_or(Refusal::NoToken)?;
    // What is answered leaves: it is noted how far it reaches, and only then it is read.
    serve.tools.journal.mark(id, Channel::Pull, found.head).await.map_err(unavailable)?;
    let body = Answer::begin(serve.clone(), partner.id.clone(), found, seat);
    let kind = HeaderValue::from_static("application/x-ndjson");
    let answer = ([(CONTENT_TYPE, kind)], body).into_response();
    Ok(lease::told(&serve.tools, &partner, answer))
}

/// What an upload showed.
struct Found {
    addresses: Addresses,
    /// The head before the upload was read: what changed since is still to come.
    head: Sequence,
    named: Inventory,
    extra: Spool,
    /// Lines of it.
    extras: u64,
}

impl Found {
    fn before_all(serve: &Serve, addresses: Addresses) -> Self {
        let (head, named, extra) =
            (serve.tools.journal.head(), Inventory::default(), Spool::default());
        Self { addresses, head, named, extra, extras: 0 }
    }

    async fn take(&mut self, serve: &Serve, checked: Vec<journal::Checked>) -> Result<(), Refusal> {
        let extra: Vec<Entry> =
            checked.into_iter().filter_map(|one| self.named.note(one)).collect();
        self.extras += u64::try_from(extra.len()).unwrap_or(u64::MAX);
        let spooled = self.extra.put(&serve.tools.journal, &self.addresses.lines(&extra)).await;
        spooled.map_err(|error| {
            let error = Error::Spool(error);
            tracing::warn!(%error, "uploaded holdings could not be compared");
            Refusal::Unavailable
        })
    }
}
