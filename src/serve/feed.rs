//! The RPDE feed.

use std::sync::Arc;

use axum::extract::{RawQuery, State};
use axum::http::HeaderMap;
use axum::response::Response;

use crate::http::Refusal;
use crate::journal::Error;
use crate::metrics::FeedForm;
use crate::model::Sequence;
use crate::partner::Partner;

use super::cache::{Form, Key, Rendered};
use super::caller::Caller;
use super::page::{Addresses, Asked};
use super::reading::Reading;
use super::{Serve, lease, unavailable};

/// `GET /v1/partners/{partner}/items`
pub(super) async fn items(
    State(serve): State<Serve>,
    Caller(partner): Caller,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let asked = Asked::parse(query.as_deref())?;
    serve.tools.metrics.feed_request(&partner.id, FeedForm::Rpde);
    let addresses = Addresses::new(&serve.base, &partner.id, &partner.agreement.reference);
    let reading = Reading::of(&serve.tools, &partner).await.map_err(unavailable)?;
    reading.enter(asked.after(), addresses.snapshot()).await?;
    let feed = Feed { serve: &serve, partner: &partner, addresses, reading };
    let answer = feed.rendered(asked).await.map_err(unavailable)?.answer(&headers).await;
    if is_of_another_journal(asked, serve.tools.journal.head()) {
        return Ok(lease::over(&serve.tools, &partner, answer));
    }
    Ok(lease::told(&serve.tools, &partner, answer))
}

/// No such number was ever given by this journal, so the partner may hold what this one does not
/// know: to be hidden. RPDE wants an empty page all the same, and probes with the highest number.
fn is_of_another_journal(asked: Asked, head: Sequence) -> bool {
    asked.after() > head && asked.after() < Sequence::MAX
}

/// One request for a partner's feed.
struct Feed<'r> {
    serve: &'r Serve,
    partner: &'r Arc<Partner>,
    addresses: Addresses,
    reading: Reading<'r>,
}

impl Feed<'_> {
    /// The page, kept since it was last asked for, if nothing stirred since then.
    async fn rendered(&self, asked: Asked) -> Result<Arc<Rendered>, Error> {
        let stirred = self.serve.tools.journal.stirred(&self.partner.id);
        let key = Key {
            partner: self.partner.id.clone(),
            form: Form::Feed(FeedForm::Rpde, (asked != Asked::Start).then_some(asked.after())),
            withheld: self.reading.is_withheld(),
        };
        if let Some(kept) = self.serve.pages.get(&key, stirred, self.partner) {
            return Ok(kept);
        }
        let rendered = Rendered::new("application/json", self.page(asked).await?);
        self.serve.pages.keep(key, stirred, self.partner, &rendered);
        Ok(rendered)
    }

    async fn page(&self, asked: Asked) -> Result<String, Error> {
        let after = asked.after();
        let head = self.serve.tools.journal.head();
        let page = self.reading.page(after).await?;
        let next = match page.entries.last() {
            Some(last) => Asked::After(last.item.modified),
            // Nothing is to be seen here, but there is more to consider: not the last page.
            None if after < page.reached && page.reached < head => Asked::After(page.reached),
            None => asked,
        };
        Ok(self.addresses.render(&page.entries, next))
    }
}
