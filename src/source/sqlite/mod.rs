//! SQLite: triggers at the core fill a change table, which is polled; the view says what is.

mod core;
mod setup;
mod value;

pub(super) use setup::{check, script};

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::task::spawn_blocking;
use tokio::time::{sleep, timeout};

use crate::config::SqliteSource;
use crate::minimise::{CoreId, CoreRow};

use self::core::{Core, News, Wanted};
use super::{Error, Position, Signal, Source};

/// Half of it is the mean delay of a change. An idle gateway takes some 2 % of a CPU with it.
const POLL_EVERY: Duration = Duration::from_millis(10);
/// Longest time for one look at the file.
const WORK_TIME: Duration = Duration::from_secs(120);
const NOT_CONNECTED: Error = Error::Unreachable("not connected");

/// The core in an SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    settings: SqliteSource,
    link: Option<Link>,
    /// A doubt that nobody was told yet; outlives the connection that found it.
    doubt: Option<&'static str>,
}

struct Link {
    core: Arc<Mutex<Core>>,
    interrupt: rusqlite::InterruptHandle,
    file: Box<str>,
    /// The last change that was told.
    told: i64,
}

impl std::fmt::Debug for Link {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Link(…)")
    }
}

impl Sqlite {
    /// A source that is not connected yet.
    #[must_use]
    pub fn open(settings: &SqliteSource) -> Self {
        Self { settings: settings.clone(), link: None, doubt: None }
    }

    fn linked(&self) -> Result<&Link, Error> {
        self.link.as_ref().ok_or(NOT_CONNECTED)
    }

    async fn follow(&mut self) -> Result<Signal, Error> {
        let link = self.link.as_mut().ok_or(NOT_CONNECTED)?;
        if let Some(cause) = self.doubt.take() {
            let position = Some(link.position());
            return Ok(Signal::Doubt { cause, position });
        }
        loop {
            let told = link.told;
            match link.work(move |core| core.news(told)).await? {
                News::None => sleep(POLL_EVERY).await,
                News::Changed(ids, end) => {
                    link.told = end;
                    return Ok(Signal::Changed { ids, position: Some(link.position()), age: None });
                }
                News::Doubt(cause, end) => {
                    link.told = end;
                    let position = Some(link.position());
                    return Ok(Signal::Doubt { cause, position });
                }
            }
        }
    }
}

impl Link {
    /// Does blocking work on the core, and stops it when it takes too long.
    async fn work<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Core) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let core = Arc::clone(&self.core);
        let work = spawn_blocking(move || {
            let core = core.lock().unwrap_or_else(PoisonError::into_inner);
            work(&core)
        });
        match timeout(WORK_TIME, work).await {
            Ok(Ok(done)) => done,
            Ok(Err(_)) => Err(Error::Unreachable("reading the core broke off")),
            Err(_) => {
                self.interrupt.interrupt();
                Err(Error::Unreachable("reading the core took too long"))
            }
        }
    }

    fn position(&self) -> Position {
        Position(format!("sqlite {} {}", self.file, self.told).into())
    }
}

/// File and place of what the journal stored; none if another kind of source wrote it.
fn parse(position: &Position) -> Option<(&str, i64)> {
    let (file, told) = position.0.strip_prefix("sqlite ")?.split_once(' ')?;
    Some((file, told.parse().ok()?))
}

/// Why the changes since `stored` may not all be in the table, if so.
fn doubt(stored: Option<(&str, i64)>, file: &str, last: i64) -> Option<&'static str> {
    match stored {
        None => Some("no position is stored yet"),
        Some((other, _)) if other != file => Some("the core's file was replaced"),
        Some((_, told)) if told > last => Some("the core went back to an earlier state"),
        Some(_) => None,
    }
}

impl Source for Sqlite {
    async fn connect(&mut self, stored: Option<Position>) -> Result<(), Error> {
        self.link = None;
        let settings = self.settings.clone();
        let opened = spawn_blocking(move || {
            let core = Core::open(&settings)?;
            let last = core.last()?;
            Ok((core, last))
        });
        let opened = opened.await.map_err(|_| Error::Unreachable("opening the core broke off"))?;
        let (core, last) = opened?;
        let stored = stored.as_ref().and_then(parse);
        self.doubt = self.doubt.or(doubt(stored, &core.file, last));
        self.link = Some(Link {
            told: match (self.doubt, stored) {
                (None, Some((_, told))) => told,
                _ => last,
            },
            interrupt: core.connection.get_interrupt_handle(),
            file: core.file.clone(),
            core: Arc::new(Mutex::new(core)),
        });
        Ok(())
    }

    async fn next(&mut self) -> Result<Signal, Error> {
        let told = self.follow().await;
        if told.is_err() {
            self.link = None;
        }
        told
    }

    async fn acknowledge(&mut self, _: &Position) -> Result<(), Error> {
        // The core trims its table when it likes; a gap is noticed.
        Ok(())
    }

    async fn read(&mut self, ids: &[CoreId]) -> Result<Vec<CoreRow>, Error> {
        let wanted = these(ids);
        self.linked()?.work(move |core| core.rows(&wanted)).await
    }

    async fn present(&mut self, ids: &[CoreId]) -> Result<Vec<CoreId>, Error> {
        let wanted = these(ids);
        self.linked()?.work(move |core| core.ids(&wanted)).await
    }

    async fn page(&mut self, after: Option<&CoreId>, limit: usize) -> Result<Vec<CoreRow>, Error> {
        // One more than asked for, so that a doubled row is seen as one.
        let wanted = next_after(after, limit.saturating_add(1));
        let mut rows = self.linked()?.work(move |core| core.rows(&wanted)).await?;
        rows.truncate(limit);
        Ok(rows)
    }

    async fn keys(&mut self, after: Option<&CoreId>, limit: usize) -> Result<Vec<CoreId>, Error> {
        let wanted = next_after(after, limit);
        self.linked()?.work(move |core| core.ids(&wanted)).await
    }
}

fn these(ids: &[CoreId]) -> Wanted {
    let ids: Vec<serde_json::Value> = ids.iter().map(|id| id.reveal_core_id().into()).collect();
    Wanted::These(serde_json::Value::Array(ids).to_string())
}

fn next_after(after: Option<&CoreId>, limit: usize) -> Wanted {
    let after = after.map_or("", CoreId::reveal_core_id);
    Wanted::After(after.into(), i64::try_from(limit).unwrap_or(i64::MAX))
}

#[cfg(test)]
mod tests;
