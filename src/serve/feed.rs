//! The RPDE feed, and the evidence that it gives: asking for what comes after change N confirms
//! everything up to N, and nothing leaves before it is noted how far it may reach.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use jiff::Timestamp;

use crate::http::Refusal;
use crate::journal::{Advance, Channel, Cursor, Entry, Error, Flag, Page, Rung, Standing, Want};
use crate::metrics::{FeedForm, Lane};
use crate::model::Sequence;
use crate::partner::{Partner, Status};

use super::caller::Caller;
use super::page::{Addresses, Asked, ITEMS_MAX};
use super::{Serve, Tools, unavailable};

/// Until when the partner may show what it holds (promise P6).
pub(super) const VALID_UNTIL: &str = "luik-valid-until";
/// Most reads in search of the first item of a page.
const READS_MAX: usize = 16;

/// `GET /v1/partners/{partner}/items`
pub(super) async fn items(
    State(serve): State<Serve>,
    Caller(partner): Caller,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let asked = Asked::parse(query.as_deref())?;
    let now = serve.tools.clock.now();
    serve.tools.metrics.feed_request(&partner.id, FeedForm::Rpde);
    let feed = Feed { tools: &serve.tools, partner: &partner, now };
    let served = feed.answer(asked).await.map_err(unavailable)?;
    let addresses = Addresses::new(&serve.base, &partner.id, &partner.agreement.reference);
    let page = addresses.render(&served.entries, served.next);
    let mut response = ([(CONTENT_TYPE, "application/json")], page).into_response();
    if let Some(until) = renew(&serve.tools, &partner) {
        response.headers_mut().insert(VALID_UNTIL, until);
    }
    Ok(response)
}

/// What one answer holds.
struct Served {
    entries: Vec<Entry>,
    next: Asked,
}

/// One request for a partner's feed.
struct Feed<'r> {
    tools: &'r Tools,
    partner: &'r Arc<Partner>,
    now: Timestamp,
}

impl Feed<'_> {
    async fn answer(&self, asked: Asked) -> Result<Served, Error> {
        let after = asked.after();
        let standing = self.tools.journal.standing(&self.partner.id).await?;
        self.confirm(&standing, after).await?;
        let withheld = is_withheld(self.partner, &standing);
        let want = if withheld { Want::Remove } else { Want::Both };
        self.hold_back(&standing, withheld).await?;
        let head = self.tools.journal.head();
        let page = self.marked(&standing, want, after).await?;
        let next = match page.entries.last() {
            Some(last) => Asked::After(last.item.modified),
            // Nothing is to be seen here, but there is more to consider: not the last page.
            None if after < page.reached && page.reached < head => Asked::After(page.reached),
            None => asked,
        };
        Ok(Served { entries: page.entries, next })
    }

    /// While publishes are held back, the cursor passes them; afterwards they come once more.
    async fn hold_back(&self, standing: &Standing, withheld: bool) -> Result<(), Error> {
        let (journal, partner) = (&self.tools.journal, &self.partner.id);
        match (withheld, standing.skipped) {
            (true, false) => journal.set_flag(partner, Flag::Skipped, true).await,
            (false, true) => journal.catch_up(partner).await,
            (true, true) | (false, false) => Ok(()),
        }
    }

    /// A page that may leave: it is noted how far it reaches, and only then it is read, so that
    /// what is removed in between is either not on it or known to be owed (promise P3).
    async fn marked(
        &self,
        standing: &Standing,
        want: Want,
        after: Sequence,
    ) -> Result<Page, Error> {
        let page = self.search(want, after).await?;
        let Some(reach) = page.entries.last().map(|entry| entry.item.modified) else {
            return Ok(page);
        };
        if reach <= standing.pull_mark {
            return Ok(page);
        }
        self.tools.journal.mark(&self.partner.id, Channel::Pull, reach).await?;
        let mut page = self.search(want, after).await?;
        page.entries.retain(|entry| entry.item.modified <= reach);
        page.reached = page.reached.min(reach);
        Ok(page)
    }

    /// The next entries. The journal looks at so many changes at a time; if none of them is for
    /// this partner, it is asked again.
    async fn search(&self, want: Want, after: Sequence) -> Result<Page, Error> {
        let head = self.tools.journal.head();
        let mut page = self.read(want, after).await?;
        for _ in 1..READS_MAX {
            if !page.entries.is_empty() || page.reached >= head {
                break;
            }
            page = self.read(want, page.reached).await?;
        }
        Ok(page)
    }

    async fn read(&self, want: Want, after: Sequence) -> Result<Page, Error> {
        let journal = &self.tools.journal;
        journal.read(&self.partner.id, Channel::Pull, want, (after, ITEMS_MAX)).await
    }

    /// Asking for what comes after N confirms everything up to N, but never more than can have
    /// left: harvesters probe with numbers beyond the end.
    async fn confirm(&self, standing: &Standing, after: Sequence) -> Result<(), Error> {
        if after <= standing.pull || after > standing.pull_mark {
            return Ok(());
        }
        let mut passed = self.read(Want::Both, standing.pull).await?.entries;
        passed.retain(|entry| entry.item.modified <= after);
        let advance = Advance {
            partner: self.partner.id.clone(),
            cursor: Cursor::Pull,
            to: after,
            items: u32::try_from(passed.len()).unwrap_or(u32::MAX),
            rung: Rung::Confirmed,
        };
        self.tools.journal.advance(advance).await?;
        for entry in passed {
            let lane = if entry.item.is_deleted() { Lane::Remove } else { Lane::Publish };
            let took = self.now.duration_since(entry.changed_at);
            let took = Duration::try_from(took).unwrap_or_default();
            self.tools.metrics.accepted(&self.partner.id, lane, took);
        }
        Ok(())
    }
}

/// Are publishes held back from this partner now?
pub(super) fn is_withheld(partner: &Partner, standing: &Standing) -> bool {
    standing.paused || partner.status == Status::Suspended
}

/// A lease from the moment of asking; none while suspended or without an agreement in force.
pub(super) fn renew(tools: &Tools, partner: &Partner) -> Option<HeaderValue> {
    let until = partner.lease_from(tools.clock.now())?;
    if partner.push.is_none() {
        tools.metrics.lease(&partner.id, until);
    }
    HeaderValue::try_from(until.to_string()).ok()
}
