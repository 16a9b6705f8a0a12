//! The answer to an upload, while it is written: removals, then what is stale or missing, then how
//! far it reaches.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use futures_util::{StreamExt, stream};
use tokio::sync::mpsc;

use crate::journal::{Advance, Cursor, Flag, Inventory, Journal, Rung};
use crate::metrics::Side;
use crate::model::{PartnerId, Sequence};
use crate::serve::Serve;
use crate::serve::reading::Reading;

use super::desk::Seat;
use super::{Error, Found};

/// Longest time for all of it. A partner that does not read at all is cut off much sooner.
const TIME_MAX: Duration = Duration::from_secs(30 * 60);
/// Items that are read at a time.
const ITEMS: usize = 250;
/// Pieces that may wait for the partner to read them.
const PIECES: usize = 4;

/// Some lines; none at the proper end.
type Piece = Option<Bytes>;

pub(super) struct Answer {
    serve: Serve,
    id: PartnerId,
    send: mpsc::Sender<Piece>,
    seat: Seat,
}

impl Answer {
    /// Begins to write it; the body ends properly only if all of it was written.
    pub(super) fn begin(serve: Serve, id: PartnerId, found: Found, seat: Seat) -> Body {
        let (send, receive) = mpsc::channel(PIECES);
        let tasks = serve.tools.tasks.clone();
        let answer = Self { serve, id, send, seat };
        tasks.once("holdings", async move {
            let partner = answer.id.clone();
            let partner = partner.as_str();
            match tokio::time::timeout(TIME_MAX, answer.write(found)).await {
                Ok(Ok(())) => {}
                Ok(Err(error)) => {
                    tracing::warn!(partner, %error, "an answer to uploaded holdings was cut off");
                }
                Err(_) => {
                    tracing::warn!(partner, "an answer to uploaded holdings was read too slowly");
                }
            }
        });
        let pieces = stream::unfold(Some(receive), async |receive| {
            let mut receive: mpsc::Receiver<Piece> = receive?;
            match receive.recv().await {
                Some(Some(piece)) => Some((Ok(piece), Some(receive))),
                Some(None) => None,
                None => Some((Err(io::Error::from(io::ErrorKind::BrokenPipe)), None)),
            }
        });
        // Who compresses it asks once more after the end.
        Body::from_stream(pieces.fuse())
    }

    fn journal(&self) -> &Journal {
        &self.serve.tools.journal
    }

    async fn write(self, mut found: Found) -> Result<(), Error> {
        let (extra, stale) = (found.extras, found.named.stale());
        self.show(Side::Extra, extra);
        self.show(Side::Stale, stale);
        while let Some(lines) = found.extra.next().await? {
            self.say(lines).await?;
        }
        let named = Arc::new(std::mem::take(&mut found.named));
        let withheld = self.is_withheld().await?;
        let missing = if withheld {
            // As in the feed: what is passed over now comes once more when this is over.
            self.journal().set_flag(&self.id, Flag::Skipped, true).await?;
            0
        } else {
            self.lacking(&found, &named).await?
        };
        self.show(Side::Missing, missing);
        self.say(format!("{{\"upTo\":{}}}\n", found.head)).await?;
        if extra + missing + stale > 0 {
            let partner = self.id.as_str();
            tracing::warn!(partner, extra, missing, stale, "it held something else than it should");
        } else if !withheld {
            self.agrees(found.head, named.held()).await?;
        }
        // Whoever has read the end may come again at once.
        drop(self.seat);
        self.send.send(None).await.map_err(|_| Error::Unread)
    }

    /// Sends what is stale or missing; how much was missing.
    async fn lacking(&self, found: &Found, named: &Arc<Inventory>) -> Result<u64, Error> {
        let (mut after, mut missing) = (Sequence::ZERO, 0);
        while after < found.head {
            let stretch = (after, found.head);
            let page = self.journal().lacking(&self.id, named, stretch, ITEMS).await?;
            if self.is_withheld().await? {
                return Err(Error::Withheld);
            }
            if !page.entries.is_empty() {
                self.say(found.addresses.lines(&page.entries)).await?;
            }
            missing += page.missing;
            after = page.reached;
        }
        Ok(missing)
    }

    /// Are publishes held back from this partner now? It may have changed since it asked.
    async fn is_withheld(&self) -> Result<bool, Error> {
        let partners = self.serve.tools.registry.current();
        let Some(partner) = partners.get(&self.id) else { return Ok(true) };
        Ok(Reading::of(&self.serve.tools, partner).await?.is_withheld())
    }

    async fn say(&self, lines: impl Into<Bytes>) -> Result<(), Error> {
        self.send.send(Some(lines.into())).await.map_err(|_| Error::Unread)
    }

    fn show(&self, side: Side, items: u64) {
        let items = u32::try_from(items).unwrap_or(u32::MAX);
        self.serve.tools.metrics.divergent(&self.id, side, items);
    }

    /// Nothing differed: that is better evidence than any cursor.
    async fn agrees(&self, head: Sequence, items: u64) -> Result<(), Error> {
        let advance = Advance {
            partner: self.id.clone(),
            cursor: Cursor::Pull,
            to: head,
            items: u32::try_from(items).unwrap_or(u32::MAX),
            rung: Rung::Reconciled,
        };
        Ok(self.journal().advance(advance).await?)
    }
}
