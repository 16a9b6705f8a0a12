//! The seam: signal → present row → boundary → journal → acknowledge.
//!
//! Carries raw rows and can not open them. Whatever goes wrong, the session ends, waits and
//! connects again: what was not acknowledged is told again, and nothing is lost (promise P4).

mod compare;
mod expiry;
mod tools;

use std::collections::HashMap;
use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::clock::whole_ms;
use crate::journal::{self, Appended, Batch, Change, Comparison};
use crate::minimise::{CoreId, CoreRow, Reason};
use crate::model::FindingType;
use crate::model::PublicId;
use crate::source::{self, Position, Signal, Source};

use compare::Compare;

pub use expiry::run as run_expiry;
pub use tools::Tools;

/// First and longest pause before the core is tried again.
const PAUSE: (Duration, Duration) = (Duration::from_millis(250), Duration::from_secs(30));
/// How long a comparison lets the source speak between two of its steps, and how long and how
/// often it does so patiently: a change waits about a second at most.
const HEARING: Duration = Duration::from_millis(1);
const PATIENT_HEARING: Duration = Duration::from_millis(100);
const PATIENT_EVERY: Duration = Duration::from_secs(1);
/// How long publishing stays stopped before a missing column is looked for again.
const COLUMN_PAUSE: Duration = Duration::from_secs(10);

/// Why a session with the core ended.
#[derive(Debug, thiserror::Error)]
enum Error {
    #[error(transparent)]
    Source(#[from] source::Error),
    #[error(transparent)]
    Journal(#[from] journal::Error),
}

impl Error {
    /// For `/health/ready`.
    fn cause(&self) -> &'static str {
        match self {
            Self::Source(source::Error::Unreachable(_)) => "the core can not be reached",
            Self::Source(source::Error::Refused { .. }) => "the core refuses a query",
            Self::Source(source::Error::Broken(_)) => "the core's feed can not be used",
            Self::Source(source::Error::ColumnMissing(_)) => "the view lacks a contract column",
            Self::Source(source::Error::Setup(_)) => "the core is not set up: luik source check",
            Self::Journal(_) => "the journal can not be written",
        }
    }
}

/// Follows one core store.
#[derive(Debug)]
pub struct Ingest<S> {
    source: S,
    tools: Tools,
    reconcile_every: Duration,
    /// The comparison that is under way.
    compare: Option<Compare>,
    next_comparison: Instant,
    /// When a comparison last heard the source patiently.
    heard: Instant,
    /// Publishing is stopped until then, because the view lacks a column.
    column_missing: Option<Instant>,
}

impl<S: Source> Ingest<S> {
    /// Nothing happens before [`Ingest::run`].
    #[must_use]
    pub fn new(source: S, tools: Tools, reconcile_every: Duration) -> Self {
        for reason in Reason::all() {
            tools.metrics.declare_verdict("withhold", reason.as_str());
        }
        tools.metrics.declare_verdict("publish", "");
        for kind in FindingType::ALL {
            tools.metrics.redactions(kind.as_str(), 0);
        }
        tools.metrics.source_stands_still(false, tools.clock.now());
        tools.count();
        let next_comparison = Instant::now() + reconcile_every;
        Self {
            source,
            tools,
            reconcile_every,
            compare: None,
            next_comparison,
            heard: Instant::now(),
            column_missing: None,
        }
    }

    /// Follows the core until the drain.
    pub async fn run(mut self, drain: CancellationToken) {
        let mut pause = PAUSE.0;
        loop {
            let begun = Instant::now();
            let ended = tokio::select! {
                biased;
                () = drain.cancelled() => return,
                ended = self.session() => ended,
            };
            if begun.elapsed() > PAUSE.1 || ended.is_ok() {
                pause = PAUSE.0;
            }
            if self.compare.take().is_some() {
                self.next_comparison = Instant::now();
            }
            if let Err(error) = ended {
                self.tools.stands_still(error.cause(), false);
                let wait_ms = whole_ms(pause);
                tracing::warn!(%error, wait_ms, "the session with the core ended");
            }
            tokio::select! {
                biased;
                () = drain.cancelled() => return,
                () = tokio::time::sleep(pause) => {}
            }
            pause = (pause * 2).min(PAUSE.1);
        }
    }

    /// One connection: ends with an error, or when a missing column is to be looked for again.
    async fn session(&mut self) -> Result<(), Error> {
        let standing = self.tools.journal.source().await?;
        self.source.connect(standing.position).await?;
        let unsure = self.column_missing.take().is_some();
        self.compare = standing.comparison_owed.then(|| self.begin("owed since an earlier doubt"));
        if unsure {
            self.tools.metrics.source_stands_still(true, self.tools.clock.now());
        } else {
            self.tools.follows();
        }
        tracing::info!("connected to the core");
        // A comparison is carried to its end: what is gone is removed without the column, too.
        let goes_on = |until| Instant::now() < until;
        while self.compare.is_some() || self.column_missing.is_none_or(goes_on) {
            self.turn().await?;
        }
        Ok(())
    }

    /// One signal, or one step of a comparison, or both.
    async fn turn(&mut self) -> Result<(), Error> {
        if self.compare.is_none() && Instant::now() >= self.next_comparison {
            self.compare = Some(self.begin("on schedule"));
        }
        let wait = match (&self.compare, self.column_missing) {
            (Some(_), _) => self.hearing(),
            (None, Some(until)) => until.saturating_duration_since(Instant::now()),
            (None, None) => self.next_comparison.saturating_duration_since(Instant::now()),
        };
        if let Ok(signal) = tokio::time::timeout(wait, self.source.next()).await {
            self.hear(signal?).await?;
        }
        self.step().await
    }

    fn hearing(&mut self) -> Duration {
        if self.heard.elapsed() < PATIENT_EVERY {
            return HEARING;
        }
        self.heard = Instant::now();
        PATIENT_HEARING
    }

    fn begin(&mut self, cause: &'static str) -> Compare {
        tracing::info!(cause, "comparing everything with the core");
        self.next_comparison = Instant::now() + self.reconcile_every;
        Compare::begin()
    }

    async fn hear(&mut self, signal: Signal) -> Result<(), Error> {
        match signal {
            Signal::Changed { ids, position, age } => {
                let items = u32::try_from(ids.len()).unwrap_or(u32::MAX);
                self.changed(ids, position).await?;
                self.tools.metrics.source_changes(items, age, self.tools.clock.now());
                Ok(())
            }
            Signal::Doubt { cause, position } => {
                self.compare = Some(self.begin(cause));
                let comparison = Some(Comparison::Owed);
                self.store(Batch { changes: Vec::new(), position, comparison }).await?;
                Ok(())
            }
        }
    }

    async fn changed(
        &mut self,
        mut ids: Vec<CoreId>,
        position: Option<Position>,
    ) -> Result<(), Error> {
        ids.sort();
        ids.dedup();
        let (changes, comparison) = match self.source.read(&ids).await {
            Ok(rows) => (self.present(&ids, rows), None),
            Err(source::Error::ColumnMissing(column)) => {
                self.stop_publishing(column);
                let present = self.source.present(&ids).await?;
                let absent = ids.iter().filter(|id| !present.contains(id));
                let removals = absent.map(|id| Change::Remove(self.public_id(id))).collect();
                (removals, Some(Comparison::Owed))
            }
            Err(error) => return Err(error.into()),
        };
        if let Some(compare) = &mut self.compare {
            ids.iter().for_each(|id| compare.touched(self.tools.policy.public_id(id)));
        }
        let appended = self.store(Batch { changes, position, comparison }).await?;
        let (items, published, removed) = (ids.len(), appended.published, appended.removed);
        tracing::debug!(items, published, removed, "what the core changed is stored");
        if let Some(compare) = &mut self.compare {
            compare.seen(&appended);
        }
        Ok(())
    }

    /// What follows from the present rows of these ids: no row means removed.
    fn present(&self, ids: &[CoreId], rows: Vec<CoreRow>) -> Vec<Change> {
        let mut rows: HashMap<CoreId, CoreRow> =
            rows.into_iter().map(|row| (row.id().clone(), row)).collect();
        ids.iter()
            .map(|id| match rows.remove(id) {
                Some(row) => self.tools.judge(&row),
                None => Change::Remove(self.public_id(id)),
            })
            .collect()
    }

    fn public_id(&self, id: &CoreId) -> PublicId {
        self.tools.policy.public_id(id)
    }

    /// A missing contract column stops publishing, not removing (design §4).
    fn stop_publishing(&mut self, column: &'static str) {
        tracing::error!(column, "the view lacks a contract column: publishing stops");
        self.tools.stands_still("the view lacks a contract column", true);
        self.column_missing.get_or_insert(Instant::now() + COLUMN_PAUSE);
        self.compare = None;
    }

    /// Stores, and only then acknowledges.
    async fn store(&mut self, batch: Batch) -> Result<Appended, Error> {
        let position = batch.position.clone();
        let appended = self.tools.journal.append(batch).await?;
        self.tools.count();
        if let Some(position) = position {
            self.source.acknowledge(&position).await?;
        }
        Ok(appended)
    }
}
