//! What to do with what the feed says: connecting, telling changes, harvesting, lapsing.

use std::future::pending;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::super::IDS_MAX;
use super::harvest::EMPTY_MAX;
use super::page::Page;
use super::{
    Cursor, Error, Failure, Harvest, Http, LAPSED, Lapse, Lease, Place, Said, Signal, State, Tail,
};

/// Shortest pause at the end of a feed whose lease is about to end.
const POLL_MIN: Duration = Duration::from_millis(100);
const BACK: &str = "the upstream is back after its lease had ended";

impl Http {
    /// Asks the feed once, where it was left, and decides how to go on.
    pub(super) async fn begin(&mut self, stored: Option<Place>) -> Result<(), Error> {
        (self.tail, self.air, self.doubt, self.told) = (None, None, None, None);
        self.queue.clear();
        self.held.clear();
        self.harvest.take_if(|harvest| harvest.is_whole() || !harvest.is_usable());
        // Also of another feed: what came of it is still there.
        if self.lease == Lease::None {
            self.lease = stored.as_ref().map_or(Lease::None, |place| place.lease);
        }
        let foreign = stored.as_ref().is_some_and(|place| place.feed != self.identity);
        let own = stored.filter(|place| place.feed == self.identity);
        let here = own.as_ref().map_or(Cursor::START, |place| place.cursor.clone());
        let asked = match self.wait().await {
            Ok(()) => self.ask(here).await,
            Err(error) => Err(error),
        };
        if let Ok(Said::Page(_, until)) = &asked {
            if own.is_none() {
                self.lease = Lease::None;
            }
            self.renew(*until);
        }
        if self.lease.is_over(self.clock.now()) {
            if self.lapse == Lapse::Done {
                return Err(asked.err().unwrap_or(LAPSED));
            }
            self.lapse();
            return Ok(());
        }
        let said = asked?;
        let back = self.lapse != Lapse::No;
        self.lapse = Lapse::No;
        match (own, said) {
            (None, _) if back => self.lose(BACK),
            (None, _) if foreign => self.lose("another feed was followed before"),
            (None, _) => self.lose("no position is stored yet"),
            (Some(place), _) if back || place.lease == Lease::Over => self.lose(BACK),
            (Some(_), Said::Gone) => self.lose("the feed has forgotten the place that was reached"),
            (Some(place), Said::Page(page, _)) => {
                self.tail = Some(Tail::new(place.cursor.clone(), place.modified));
                self.told = Some(place);
                self.hear(page)?;
            }
        }
        Ok(())
    }

    /// Waits as long as the feed wished, but not beyond the lease.
    async fn wait(&mut self) -> Result<(), Error> {
        let wished = self.not_before;
        let left = self.lease.left(self.clock.now()).and_then(|left| left.try_into().ok());
        let end = left.and_then(|left: Duration| Instant::now().checked_add(left));
        sleep_until(end.map_or(wished, |end| end.min(wished))).await;
        if Instant::now() < wished {
            return Err(Error::Unreachable("the feed asks us to wait"));
        }
        Ok(())
    }

    fn renew(&mut self, until: Option<jiff::Timestamp>) {
        if let Some(until) = until {
            self.lease = Lease::Until(until);
        }
    }

    /// The place is lost: only a harvest can say where the changes go on.
    fn lose(&mut self, cause: &'static str) {
        (self.tail, self.air, self.doubt) = (None, None, Some(cause));
        self.queue.clear();
        if let Some(harvest) = self.harvest.as_mut().filter(|one| one.state == State::Passed) {
            harvest.state = State::Reading;
        }
    }

    /// Takes everything away that came from the upstream.
    fn lapse(&mut self) {
        tracing::error!("the upstream's lease has ended: everything from it is taken away");
        self.lose("the upstream's lease has ended");
        self.held.clear();
        (self.lease, self.lapse) = (Lease::Over, Lapse::Going);
        self.harvest = Some(Harvest::of_nothing());
    }

    /// The next signal.
    ///
    /// # Cancel safety
    /// What is in the air, came or was told is kept in `self`; nothing changes over an await.
    pub(super) async fn follow(&mut self) -> Result<Signal, Failure> {
        loop {
            if let Some(signal) = self.tell() {
                return Ok(signal);
            }
            match self.lapse {
                Lapse::No => {}
                Lapse::Going => return pending().await,
                Lapse::Done => return Err(LAPSED.into()),
            }
            let Some(tail) = &self.tail else { return pending().await };
            let air = match &mut self.air {
                Some(air) => air,
                None => {
                    sleep_until(self.due).await;
                    let asked = self.feed.clone().ask(tail.cursor.clone());
                    self.air.insert(Box::pin(asked))
                }
            };
            let said = air.await;
            self.air = None;
            match said? {
                Said::Gone => self.lose("the feed has forgotten the place that was reached"),
                Said::Page(page, until) => {
                    self.renew(until);
                    if self.lease.is_over(self.clock.now()) {
                        self.lapse();
                    } else {
                        self.hear(page)?;
                    }
                }
            }
        }
    }

    /// What is to be told before the feed is asked again.
    fn tell(&mut self) -> Option<Signal> {
        if let Some(cause) = self.doubt.take() {
            self.told = self.here();
            let position = self.told.as_ref().map(Place::position);
            return Some(Signal::Doubt { cause, position });
        }
        let here = self.here().filter(|_| self.lapse == Lapse::No)?;
        let now = self.clock.now();
        if self.queue.is_empty() && self.told.as_ref().is_some_and(|told| !here.outgrew(told, now))
        {
            return None;
        }
        let many = self.queue.len().min(IDS_MAX);
        self.held.clear();
        let mut ids = Vec::with_capacity(many);
        for item in self.queue.drain(..many) {
            if self.harvest.as_mut().is_none_or(|harvest| harvest.note(&item)) {
                ids.push(item.id.clone());
                self.held.insert(item.id.clone(), item);
            }
        }
        let mut position = None;
        if self.queue.is_empty() {
            position = Some(here.position());
            self.told = Some(here);
        }
        Some(Signal::Changed { ids, position, age: None })
    }

    /// Where the feed was left; none while only a harvest can say.
    fn here(&self) -> Option<Place> {
        let tail = self
            .tail
            .clone()
            .or_else(|| (self.lapse != Lapse::No).then(|| Tail::new(Cursor::START, None)))?;
        let feed = self.identity.clone();
        Some(Place { feed, lease: self.lease, modified: tail.modified, cursor: tail.cursor })
    }

    /// A page of changes came.
    fn hear(&mut self, page: Page) -> Result<(), Error> {
        let Some(tail) = &mut self.tail else { return Ok(()) };
        if page.is_last(&tail.cursor) {
            tail.empty = 0;
            self.due = Instant::now() + self.pause();
            if let Some(harvest) = self.harvest.as_mut().filter(|one| one.state == State::Passed) {
                harvest.state = State::Whole;
            }
            return Ok(());
        }
        if let Some((first, last)) = page.span() {
            if tail.modified > Some(first) {
                self.lose("the feed went back to an earlier state");
                return Ok(());
            }
            (tail.modified, tail.empty) = (Some(last), 0);
        } else {
            tail.empty += 1;
        }
        if tail.empty > EMPTY_MAX {
            return Err(Error::Broken("page after page is empty"));
        }
        if page.next == tail.cursor {
            return Err(Error::Broken("a page with items leads to itself"));
        }
        tail.cursor = page.next;
        self.queue.extend(page.items);
        self.due = Instant::now();
        Ok(())
    }

    /// How long to wait at the end of the feed: the lease is renewed well before its end.
    pub(super) fn pause(&self) -> Duration {
        let left = self.lease.left(self.clock.now());
        let half = left.and_then(|left| Duration::try_from(left / 2).ok());
        half.map_or(self.poll_every, |half| self.poll_every.min(half.max(POLL_MIN)))
    }

    /// Reads one page for a comparison; true when all of the feed is here.
    pub(super) async fn harvest_on(&mut self, anew: bool) -> Result<bool, Error> {
        if self.lapse != Lapse::No {
            self.harvest = Some(Harvest::of_nothing());
            return Ok(true);
        }
        if anew {
            self.harvest.take_if(|harvest| !harvest.is_usable());
        }
        let limits = self.limits;
        let harvest = self.harvest.get_or_insert_with(|| Harvest::new(limits));
        match harvest.state {
            State::Whole | State::Given => return Ok(true),
            State::Passed => return Ok(false),
            State::Reading => {}
        }
        let here = harvest.cursor.clone();
        let said = self.ask(here).await;
        let (page, until) = match said? {
            Said::Page(page, until) => (page, until),
            Said::Gone => {
                self.harvest = None;
                return Err(Error::Broken("a page that it leads to is not there"));
            }
        };
        self.renew(until);
        let Some(harvest) = &mut self.harvest else { return Ok(false) };
        let ended = harvest.read(page).inspect_err(|_| self.harvest = None)?;
        Ok(self.reached(ended))
    }

    /// Has the harvest read enough?
    fn reached(&mut self, ended: bool) -> bool {
        let Some(harvest) = &mut self.harvest else { return false };
        let told = self.tail.as_ref().map(|tail| tail.modified);
        if ended {
            // What is in the air is older than what is here.
            (self.air, self.due) = (None, Instant::now());
            harvest.state = State::Whole;
            if told.is_none_or(|told| harvest.last < told) {
                self.tail = Some(Tail::new(harvest.cursor.clone(), harvest.last));
                self.queue.clear();
            }
            if told.is_some_and(|told| harvest.last < told) {
                self.doubt = Some("the feed went back to an earlier state");
            }
        } else if told.is_some_and(|told| harvest.last > told) {
            (self.air, self.due) = (None, Instant::now());
            harvest.state = State::Passed;
        }
        ended
    }
}
