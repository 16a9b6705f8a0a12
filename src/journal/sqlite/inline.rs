//! A journal in memory without threads, for the simulation: every step is where virtual time may
//! pass, and where a crash may come.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::journal::Error;

use super::draft::Draft;
use super::shared::Shared;
use super::writer::{self, Answer, Work};
use super::{schema, store};

/// Longest time that a step takes.
const STEP_MAX: Duration = Duration::from_millis(4);

/// What is durable; it outlives the process that is simulated. Cheap to clone.
#[derive(Debug, Clone)]
pub(in crate::journal) struct Inline(Arc<Mutex<(Connection, Draft)>>);

impl Inline {
    pub(super) fn new() -> Result<Self, Error> {
        let db = schema::in_memory()?;
        let draft = store::draft_of(&db)?;
        Ok(Self(Arc::new(Mutex::new((db, draft)))))
    }

    /// Shows what is durable, as at a start.
    pub(super) fn show(&self, shared: &Shared) -> Result<(), Error> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut draft = store::draft_of(&state.0)?;
        shared.show(&mut draft);
        state.1 = draft;
        Ok(())
    }

    pub(super) async fn write<T: Send + 'static>(
        &self,
        shared: &Shared,
        work: impl FnOnce(&Connection, &mut Draft) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        step().await;
        let (tell, mut told) = oneshot::channel();
        let work: Work = Box::new(move |tx, draft| {
            let value = work(tx, draft)?;
            let answer: Answer = Box::new(move || drop(tell.send(value)));
            Ok(answer)
        });
        {
            let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            let (db, draft) = &mut *state;
            writer::store(db, draft, &mut VecDeque::from([work]), shared);
        }
        step().await;
        told.try_recv().map_err(|_| shared.trouble().unwrap_or(Error::Closed))
    }

    pub(super) async fn read<T>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error>,
    ) -> Result<T, Error> {
        step().await;
        let result = {
            let state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            work(&state.0)
        };
        step().await;
        result
    }
}

async fn step() {
    let longest = u64::try_from(STEP_MAX.as_micros()).unwrap_or(u64::MAX);
    tokio::time::sleep(Duration::from_micros(fastrand::u64(0..longest))).await;
}
