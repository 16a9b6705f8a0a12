//! A core, or another Luik, that serves an RPDE feed (design §4), polled with a bearer token.
//!
//! A feed tells what an item is along with the news that it changed; it can not be asked. So that
//! the log still says which and the view says what, the rows of the items that were just told are
//! held until they are read: one page at most. For a comparison the whole feed is read into a
//! bounded [`harvest`], beside which the changes go on; nothing older than what was said before is
//! ever handed out.
//!
//! # The place in the feed
//! The journal stores the query of `next` with the feed's identity, once what it covers is stored.
//! The next page is asked for only then, as a Luik takes the question for the confirmation of all
//! that came before; for the same reason a harvest stops where the told changes are, and lets them
//! lead it to the end. A feed that has forgotten the place (400, 404, 410), goes back in its
//! numbers, or is another one, is a doubt. After a doubt without a place the changes go on from
//! where the harvest ended.
//!
//! # When the upstream is silent
//! Each answer of a Luik carries a lease (promise P6), which is stored with the place. When it ends
//! without another, for whatever reason, that is a doubt whose comparison finds an empty feed:
//! everything is taken away. What comes of the upstream later is a doubt again, and a harvest.

mod check;
mod feed;
mod follow;
mod harvest;
mod item;
mod page;
mod position;

pub(super) use check::check;

use std::collections::{HashMap, VecDeque};
use std::pin::Pin;
use std::time::Duration;

use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::HttpSource;
use crate::minimise::{CoreId, CoreRow};

use self::feed::{Failure, Feed, Said};
use self::harvest::{Harvest, LIMITS, Limits, State};
use self::page::{Cursor, Has, Item};
use self::position::{Lease, Place, identity};
use super::{Error, Position, Signal, Source};

/// Longest wait that a feed may ask for (`Retry-After`).
const WAIT_MAX: Duration = Duration::from_secs(5 * 60);
const LAPSED: Error = Error::Unreachable("its lease has ended, and everything was taken away");
const NOT_TOLD: Error = Error::Unreachable("an item was asked for that was not told");
const NOT_GATHERED: Error = Error::Unreachable("the feed was not read to its end");

/// A request in the air; outlives a `next` that is dropped half-way.
type Air = Pin<Box<dyn Future<Output = Result<Said, Failure>> + Send>>;

/// A feed.
pub struct Http {
    feed: Feed,
    identity: Box<str>,
    poll_every: Duration,
    clock: Clock,
    limits: Limits,
    /// Where the changes go on; none while only a harvest can say.
    tail: Option<Tail>,
    air: Option<Air>,
    /// When the feed is asked again.
    due: Instant,
    /// Not before this, as the feed wished.
    not_before: Instant,
    /// What came and was not told yet.
    queue: VecDeque<Item>,
    /// What was told and not read yet.
    held: HashMap<CoreId, Item>,
    harvest: Option<Harvest>,
    /// A doubt that nobody was told yet.
    doubt: Option<&'static str>,
    lease: Lease,
    lapse: Lapse,
    /// What was last told to be stored.
    told: Option<Place>,
}

/// Where the changes go on.
#[derive(Debug, Clone)]
struct Tail {
    cursor: Cursor,
    /// The number of the last item that came.
    modified: Option<u64>,
    /// Empty pages in a row.
    empty: u32,
}

impl Tail {
    fn new(cursor: Cursor, modified: Option<u64>) -> Self {
        Self { cursor, modified, empty: 0 }
    }
}

/// Was everything taken away because the lease ended?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lapse {
    No,
    Going,
    Done,
}

impl std::fmt::Debug for Http {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Http(…)")
    }
}

impl Http {
    /// A source that is not connected yet.
    ///
    /// # Errors
    /// When TLS can not be set up.
    pub fn open(settings: &HttpSource, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            feed: Feed::new(settings, clock.clone())?,
            identity: identity(settings),
            poll_every: settings.poll_every,
            clock,
            limits: LIMITS,
            tail: None,
            air: None,
            due: Instant::now(),
            not_before: Instant::now(),
            queue: VecDeque::new(),
            held: HashMap::new(),
            harvest: None,
            doubt: None,
            lease: Lease::None,
            lapse: Lapse::No,
            told: None,
        })
    }

    /// Asks for a page and waits for it.
    async fn ask(&mut self, here: Cursor) -> Result<Said, Error> {
        let said = self.feed.clone().ask(here).await;
        said.map_err(|failure| self.failed(failure))
    }

    /// Remembers what the feed wishes.
    fn failed(&mut self, Failure { error, wait }: Failure) -> Error {
        if let Some(wait) = wait {
            self.not_before = Instant::now() + wait.min(WAIT_MAX);
        }
        error
    }

    fn whole(&mut self) -> Result<&mut Harvest, Error> {
        self.harvest.as_mut().filter(|harvest| harvest.is_whole()).ok_or(NOT_GATHERED)
    }
}

impl Source for Http {
    async fn connect(&mut self, stored: Option<Position>) -> Result<(), Error> {
        self.begin(stored.as_ref().and_then(Place::parse)).await
    }

    async fn next(&mut self) -> Result<Signal, Error> {
        let told = self.follow().await;
        told.map_err(|failure| {
            self.air = None;
            self.failed(failure)
        })
    }

    async fn acknowledge(&mut self, _: &Position) -> Result<(), Error> {
        // To ask for the next page is what tells the feed.
        Ok(())
    }

    async fn read(&mut self, ids: &[CoreId]) -> Result<Vec<CoreRow>, Error> {
        let held = ids.iter().map(|id| self.held.get(id).ok_or(NOT_TOLD));
        let held = held.collect::<Result<Vec<_>, _>>()?;
        let each = held.iter().filter_map(|item| item.row.as_ref()).map(|row| row.has);
        if let Some(column) = each.reduce(Has::or).and_then(Has::lacks) {
            return Err(Error::ColumnMissing(column));
        }
        let rows = ids.iter().filter_map(|id| self.held.remove(id)?.row);
        Ok(rows.map(|row| row.row).collect())
    }

    async fn present(&mut self, ids: &[CoreId]) -> Result<Vec<CoreId>, Error> {
        let mut present = Vec::new();
        for id in ids {
            if self.held.get(id).ok_or(NOT_TOLD)?.row.is_some() {
                present.push(id.clone());
            }
        }
        Ok(present)
    }

    async fn gather(&mut self, anew: bool) -> Result<bool, Error> {
        self.harvest_on(anew).await
    }

    fn release(&mut self) {
        self.harvest = None;
        if self.lapse == Lapse::Going {
            self.lapse = Lapse::Done;
        }
    }

    async fn page(&mut self, after: Option<&CoreId>, limit: usize) -> Result<Vec<CoreRow>, Error> {
        self.whole()?.rows(after, limit)
    }

    async fn keys(&mut self, after: Option<&CoreId>, limit: usize) -> Result<Vec<CoreId>, Error> {
        Ok(self.whole()?.ids(after, limit))
    }
}

#[cfg(test)]
mod tests;
