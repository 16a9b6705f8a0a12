//! Atom and JSON Feed by capability URL, for readers that can send no headers (design §8).
//!
//! - **The address is the secret**, so neither document repeats it: Atom says where it is by a
//!   relative link, JSON Feed leaves `feed_url` out. Both are the same for every secret, and a
//!   document that is passed on or pasted somewhere opens nothing.
//! - **A document is whole.** It shows the newest items and says that it is complete (RFC 5005):
//!   what is not in it is gone. Tombstones (RFC 6721) say so once more to whoever reads them; JSON
//!   Feed knows none. So whoever was given a document was told of every removal up to then.
//! - **A reader is no proof.** Many keep what they once saw; the evidence is `accepted`, no more.
//! - **Held back** (paused or suspended), a document shows what an earlier one may have shown and
//!   nothing else. An item that was edited since is not in it: its old text is kept nowhere.
//! - **An end is said first.** When the agreement is over there is an empty document with tombstones,
//!   and a refusal only when nothing is owed any more: a straight 410 would leave copies alive.
//! - There is no `Last-Modified`: two changes in one second would look like one.

mod atom;
mod evidence;
mod json_feed;
mod post;

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::header::CACHE_CONTROL;
use axum::http::{HeaderMap, HeaderValue, Method};
use axum::response::Response;
use jiff::SignedDuration;

use crate::http::{Refusal, no_query};
use crate::metrics::FeedForm;
use crate::partner::Partner;

use super::cache::{Form, Key, Rendered};
use super::caller::Subscriber;
use super::reading::Reading;
use super::{Serve, lease, unavailable};

use evidence::Shown;
use post::Document;

/// Most items, and most tombstones.
const ITEMS_MAX: usize = 500;
/// How long a tombstone is shown, at least.
const TOMBSTONES: SignedDuration = SignedDuration::from_hours(7 * 24);
/// A reader may show for so long what it has, before it asks again.
const CACHING: HeaderValue = HeaderValue::from_static("private, max-age=60");

/// `GET /feeds/{partner}/{secret}/items.atom`
pub(super) async fn atom(
    State(serve): State<Serve>,
    Subscriber(partner): Subscriber,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    no_query(query.as_deref())?;
    answer(Request { serve, partner, form: FeedForm::Atom, method }, &headers).await
}

/// `GET /feeds/{partner}/{secret}/items.json`
pub(super) async fn json(
    State(serve): State<Serve>,
    Subscriber(partner): Subscriber,
    RawQuery(query): RawQuery,
    method: Method,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    no_query(query.as_deref())?;
    answer(Request { serve, partner, form: FeedForm::Json, method }, &headers).await
}

/// One request for a document.
struct Request {
    serve: Serve,
    partner: Arc<Partner>,
    form: FeedForm,
    method: Method,
}

async fn answer(request: Request, headers: &HeaderMap) -> Result<Response, Refusal> {
    let (tools, partner) = (&request.serve.tools, &request.partner);
    tools.metrics.feed_request(&partner.id, request.form);
    let reading = Reading::of(tools, partner).await.map_err(unavailable)?;
    reading.refuse_when_over().await?;
    let mut response = request.rendered(&reading).await?.answer(headers).await;
    response.headers_mut().insert(CACHE_CONTROL, CACHING);
    Ok(lease::told(tools, partner, response))
}

impl Request {
    /// The document, kept from before as long as nothing stirs.
    async fn rendered(&self, reading: &Reading<'_>) -> Result<Arc<Rendered>, Refusal> {
        let Self { serve, partner, form, method } = self;
        let withheld = reading.is_withheld();
        let key = Key { partner: partner.id.clone(), form: Form::Feed(*form, None), withheld };
        let stirred = serve.tools.journal.stirred(&partner.id);
        if let Some(kept) = serve.pages.get(&key, stirred, partner) {
            return Ok(kept);
        }
        let (standing, now) = (reading.standing(), serve.tools.clock.now());
        let shown = Shown { tools: &serve.tools, partner, standing, now };
        let (newest, up_to) = shown.read(withheld).await.map_err(unavailable)?;
        let document = Document::of(&serve.base, partner, &newest).ok_or(Refusal::Broken)?;
        let rendered = render(*form, &document).ok_or(Refusal::Broken)?;
        // Of a head alone nobody was told anything.
        if *method != Method::HEAD {
            shown.told(&newest, up_to).await.map_err(unavailable)?;
            serve.pages.keep(key, stirred, partner, &rendered);
        }
        Ok(rendered)
    }
}

fn render(form: FeedForm, document: &Document) -> Option<Arc<Rendered>> {
    let (media_type, text) = if form == FeedForm::Atom {
        (atom::MEDIA_TYPE, atom::write(document).ok()?)
    } else {
        (json_feed::MEDIA_TYPE, json_feed::write(document).ok()?)
    };
    Some(Rendered::new(media_type, text))
}
