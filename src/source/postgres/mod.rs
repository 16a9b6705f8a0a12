//! PostgreSQL 15 and later: pgoutput says which keys changed, the contract view says what is.
//!
//! Two sessions: one streams, one answers SQL and can not write. The gateway makes its own slot
//! and nothing else at the core.

mod check;
mod decode;
mod items;
mod name;
mod position;
mod ready;
mod script;
mod session;
mod slot;
mod stream;
mod target;
mod tls;
mod value;
mod view;
mod visible;

pub(super) use check::check;
pub(super) use script::script;

use crate::clock::Clock;
use crate::config::PostgresSource;
use crate::minimise::{CoreId, CoreRow};

use super::{Error, Position, Signal, Source};
use items::Items;
use position::{Place, doubt};
use ready::Ready;
use session::Session;
use stream::{STREAM, Stream};
use target::Target;
use view::View;

const NOT_CONNECTED: Error = Error::Unreachable("not connected");

/// The core in PostgreSQL.
pub struct Postgres {
    settings: PostgresSource,
    target: Target,
    clock: Clock,
    link: Option<Link>,
    /// A doubt that nobody was told yet; outlives the connection that found it.
    doubt: Option<&'static str>,
    /// The slot can not be read and has to be made again.
    slot_broken: bool,
}

/// Everything that ends with a connection.
struct Link {
    sql: Session,
    view: View,
    items: Items,
    stream: Stream,
    start: Place,
    ready: Ready,
}

impl std::fmt::Debug for Postgres {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Postgres").field("connected", &self.link.is_some()).finish_non_exhaustive()
    }
}

impl Postgres {
    /// A source that is not connected yet.
    ///
    /// # Errors
    /// When the URL can not be used.
    pub fn open(settings: &PostgresSource, clock: Clock) -> Result<Self, Error> {
        Ok(Self {
            target: Target::parse(settings.url.reveal())?,
            settings: settings.clone(),
            clock,
            link: None,
            doubt: None,
            slot_broken: false,
        })
    }

    /// Both sessions, the slot in between, and what is doubtful about where it stands.
    async fn link(&mut self, stored: Option<&Place>) -> Result<Link, Error> {
        let settings = &self.settings;
        let sql = Session::open(&self.target).await?;
        slot::publication_covers(&sql, settings).await?;
        let items = Items::prepare(&sql, &settings.watches).await?;
        if slot::secure(&sql, &settings.slot, self.slot_broken).await? {
            self.doubt = Some("the slot is new");
        }
        self.slot_broken = false;
        let (mut stream, system) = Stream::connect(&self.target, settings).await?;
        stream.start().await?;
        // The slot is ours from here on, so it stands still until we acknowledge.
        let start = Place {
            system: system.system_id.into(),
            timeline: system.timeline,
            slot: settings.slot.as_str().into(),
            lsn: slot::confirmed(&sql, &settings.slot).await?,
        };
        self.doubt = self.doubt.or(doubt(stored, &start, system.xlogpos));
        stream.skip_to(match (self.doubt, stored) {
            (None, Some(stored)) => stored.lsn,
            _ => start.lsn,
        });
        Ok(Link {
            sql,
            view: View::new(&settings.view),
            items,
            stream,
            start,
            ready: Ready::default(),
        })
    }

    async fn follow(&mut self) -> Result<Signal, Error> {
        let link = self.link.as_mut().ok_or(NOT_CONNECTED)?;
        if let Some(cause) = self.doubt.take() {
            let position = Some(link.start.position());
            return Ok(Signal::Doubt { cause, position });
        }
        loop {
            if let Some(signal) = link.ready.next(self.clock.now()) {
                return Ok(signal);
            }
            link.stream.gather().await?;
            link.make_ready().await?;
        }
    }

    /// After these errors the stream can not go on from where it is.
    fn give_up_after(&mut self, error: &Error) {
        match error {
            Error::Unreachable(_) | Error::Setup(_) => self.link = None,
            Error::Refused { step, code } if *step == STREAM => {
                // 55000: the server removed what the slot needs. 42704: the publication was not
                // there yet when the slot was where it is.
                self.slot_broken = matches!(&**code, "55000" | "42704");
                self.link = None;
            }
            Error::Refused { .. } | Error::Broken(_) | Error::ColumnMissing(_) => {}
        }
    }

    fn keep<T>(&mut self, outcome: Result<T, Error>) -> Result<T, Error> {
        outcome.inspect_err(|error| self.give_up_after(error))
    }
}

impl Link {
    /// Turns what the stream gathered into item ids, once all of it is visible.
    ///
    /// # Cancel safety
    /// The batch is taken after the last await.
    async fn make_ready(&mut self) -> Result<(), Error> {
        let batch = self.stream.gathered();
        visible::wait(&self.sql, &batch.xids).await?;
        let ids = self.items.of(&self.sql, &batch.keys).await?;
        let batch = self.stream.take();
        let too_many = ids.is_none().then_some("too many items changed at once");
        self.ready = Ready {
            ids: ids.unwrap_or_default().into(),
            position: batch.end.map(|end| self.start.at(end).position()),
            committed: batch.committed,
            doubt: batch.doubt.or(too_many),
        };
        Ok(())
    }
}

impl Source for Postgres {
    async fn connect(&mut self, stored: Option<Position>) -> Result<(), Error> {
        self.link = None;
        let stored = stored.as_ref().and_then(Place::parse);
        let linked = Box::pin(self.link(stored.as_ref())).await;
        self.link = Some(self.keep(linked)?);
        Ok(())
    }

    async fn next(&mut self) -> Result<Signal, Error> {
        let told = self.follow().await;
        self.keep(told)
    }

    async fn acknowledge(&mut self, position: &Position) -> Result<(), Error> {
        // Without a connection nothing is lost: the next one starts by acknowledging what is
        // stored.
        if let (Some(link), Some(place)) = (&self.link, Place::parse(position))
            && link.start.at(place.lsn) == place
        {
            link.stream.acknowledge(place.lsn);
        }
        Ok(())
    }

    async fn read(&mut self, ids: &[CoreId]) -> Result<Vec<CoreRow>, Error> {
        let link = self.link.as_mut().ok_or(NOT_CONNECTED)?;
        let rows = link.view.read(&link.sql, ids).await;
        self.keep(rows)
    }

    async fn present(&mut self, ids: &[CoreId]) -> Result<Vec<CoreId>, Error> {
        let link = self.link.as_mut().ok_or(NOT_CONNECTED)?;
        let found = link.view.present(&link.sql, ids).await;
        self.keep(found)
    }

    async fn page(&mut self, after: Option<&CoreId>, limit: usize) -> Result<Vec<CoreRow>, Error> {
        let link = self.link.as_mut().ok_or(NOT_CONNECTED)?;
        let rows = link.view.page(&link.sql, after, limit).await;
        self.keep(rows)
    }

    async fn keys(&mut self, after: Option<&CoreId>, limit: usize) -> Result<Vec<CoreId>, Error> {
        let link = self.link.as_mut().ok_or(NOT_CONNECTED)?;
        let found = link.view.keys(&link.sql, after, limit).await;
        self.keep(found)
    }
}
