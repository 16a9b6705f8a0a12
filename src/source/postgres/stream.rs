//! The replication stream: gathers changed keys, transaction by transaction, and what may be
//! acknowledged. Only ends of commits and positions of idle keepalives are ever acknowledged.

use std::collections::BTreeSet;
use std::time::Duration;

use pgwire_replication::{
    IdentifySystem, Lsn, PgWireError, ReplicationClient, ReplicationEvent as Event,
};
use tokio::time::{Instant, timeout, timeout_at};
use tokio_postgres::error::SqlState;

use crate::config::PostgresSource;

use super::super::{Error, IDS_MAX};
use super::decode::{Change, Decoder};
use super::session::{CONNECT_TIME, failure};
use super::target::Target;

/// Step of an error that the server raised in the stream itself.
pub(super) const STREAM: &str = "streaming";

/// The server speaks at least twice in this time, and gives us up when we do not. Longer than
/// the pause between two status messages of ours.
const OPTIONS: &str = "-c wal_sender_timeout=30s -c client_min_messages=error";
/// A server that was silent for so long is gone.
const SILENCE_MAX: Duration = Duration::from_secs(45);
/// How often the server is told how far we are.
const STATUS_EVERY: Duration = Duration::from_secs(1);
const STATUS_EVERY_IDLE: Duration = Duration::from_secs(10);
/// How long, and how far, the position may lag on an idle stream.
const IDLE_TIME: Duration = Duration::from_secs(10);
const IDLE_BYTES: u64 = 16 << 20;
/// How long the rest of a transaction is waited for before its keys are told without it.
const REST_TIME: Duration = Duration::from_millis(5);
/// Most waiting messages, and the largest (only a foreign `pg_logical_emit_message` is large).
const MESSAGES_MAX: usize = 1_024;
const MESSAGE_BYTES_MAX: usize = 64 << 20;

/// What was gathered since the last [`Stream::take`].
#[derive(Default)]
pub(super) struct Batch {
    /// Changed keys per watch.
    pub(super) keys: Vec<BTreeSet<Box<str>>>,
    /// How many were told, doubles included: bounds all of this.
    count: usize,
    /// Transactions that must be visible before the view is read.
    pub(super) xids: Vec<u32>,
    /// Every key before this place was told, in this batch or earlier.
    pub(super) end: Option<Lsn>,
    /// When the oldest transaction was committed, in microseconds of the core's epoch (2000).
    pub(super) committed: Option<i64>,
    /// Something changed and nobody says what.
    pub(super) doubt: Option<&'static str>,
}

impl Batch {
    fn is_empty(&self) -> bool {
        self.count == 0 && self.end.is_none()
    }
}

/// A transaction that is being told.
struct Open {
    xid: u32,
    committed: i64,
    /// Its end is stored already.
    stored: bool,
    /// Some of its keys were gathered, and told perhaps.
    touched: bool,
    doubt: Option<&'static str>,
}

/// A running stream; dropping it ends it.
pub(super) struct Stream {
    client: ReplicationClient,
    decoder: Decoder,
    watches: usize,
    /// Everything up to here is stored.
    floor: Lsn,
    open: Option<Open>,
    batch: Batch,
    /// The last position that was given out, and when.
    given: (Lsn, Instant),
    /// A later position with nothing to tell before it.
    idle: Option<Lsn>,
    /// The server wants to be told how far we are (it can not shut down before).
    urgent: bool,
    heard: Instant,
}

impl Stream {
    /// Connects and asks who the server is; does not stream yet. The server itself decides from
    /// where: never before what the slot confirmed.
    pub(super) async fn connect(
        target: &Target,
        settings: &PostgresSource,
    ) -> Result<(Self, IdentifySystem), Error> {
        let mut config = target
            .replication(settings, OPTIONS)
            .with_status_interval(STATUS_EVERY)
            .with_wakeup_interval(STATUS_EVERY_IDLE)
            .with_buffer_size(MESSAGES_MAX)
            .with_max_message_size(MESSAGE_BYTES_MAX);
        config.start_lsn = Lsn::ZERO;
        let mut client =
            ReplicationClient::connect_gated(config).await.map_err(|error| broken(&error))?;
        let system = match timeout(CONNECT_TIME, client.identify_system()).await {
            Ok(answer) => answer.map_err(|error| broken(&error))?,
            Err(_) => {
                client.abort();
                return Err(Error::Unreachable("connecting the stream"));
            }
        };
        let now = Instant::now();
        let stream = Self {
            client,
            decoder: Decoder::new(&settings.watches),
            watches: settings.watches.len(),
            floor: Lsn::ZERO,
            open: None,
            batch: Batch::default(),
            given: (Lsn::ZERO, now),
            idle: None,
            urgent: false,
            heard: now,
        };
        Ok((stream, system))
    }

    /// Starts streaming: from now on the slot is ours and nobody else can move it.
    pub(super) async fn start(&mut self) -> Result<(), Error> {
        self.client.start().await.map_err(|error| broken(&error))?;
        match timeout(CONNECT_TIME, self.client.wait_started()).await {
            Ok(started) => started.map_err(|error| broken(&error))?,
            Err(_) => {
                self.client.abort();
                return Err(Error::Unreachable("starting the stream"));
            }
        }
        self.heard = Instant::now();
        Ok(())
    }

    /// Everything up to `floor` is stored already; what is told again of it is skipped.
    pub(super) fn skip_to(&mut self, floor: Lsn) {
        self.floor = floor;
        self.given.0 = floor;
        self.acknowledge(floor);
    }

    /// Tells the server that everything up to here is durable with us. Never goes back.
    pub(super) fn acknowledge(&self, lsn: Lsn) {
        self.client.update_applied_lsn(lsn);
    }

    /// Waits until there is something to tell, and gathers all that is ready by then.
    ///
    /// # Cancel safety
    /// What was gathered stays here until [`Stream::take`].
    pub(super) async fn gather(&mut self) -> Result<(), Error> {
        while self.batch.count < IDS_MAX && self.batch.doubt.is_none() {
            let due = self.due();
            if self.batch.is_empty() && due.is_some_and(|due| due <= Instant::now()) {
                return Ok(());
            }
            let until = due.unwrap_or(self.heard + SILENCE_MAX);
            let event = match timeout_at(until, self.client.recv()).await {
                Ok(event) => event,
                Err(_) if due.is_some() => return Ok(()),
                Err(_) => return Err(Error::Unreachable("the core fell silent")),
            };
            let event = event
                .map_err(|error| broken(&error))?
                .ok_or(Error::Unreachable("the core ended the stream"))?;
            self.heard = Instant::now();
            self.hear(event)?;
        }
        Ok(())
    }

    /// What is gathered, to be looked at before it is taken.
    pub(super) fn gathered(&self) -> &Batch {
        &self.batch
    }

    /// Takes what is gathered.
    pub(super) fn take(&mut self) -> Batch {
        let mut batch = std::mem::take(&mut self.batch);
        if self.open.is_none() {
            batch.end = batch.end.max(self.idle.take());
        }
        if let Some(end) = batch.end {
            self.given = (end, Instant::now());
            self.urgent = false;
        }
        batch
    }

    /// Until when more is waited for, if there is something to tell.
    fn due(&self) -> Option<Instant> {
        match (self.batch.is_empty(), self.open.is_some()) {
            (true, true) => None,
            (true, false) => self.idle_due(),
            (false, true) => Some(self.heard + REST_TIME),
            (false, false) => Some(self.heard),
        }
    }

    /// When the position of an idle stream is to be given out.
    fn idle_due(&self) -> Option<Instant> {
        let idle = self.idle?;
        let (given, at) = self.given;
        let far = idle.0.saturating_sub(given.0) >= IDLE_BYTES;
        let pause = if far || self.urgent { Duration::ZERO } else { IDLE_TIME };
        Some(at + pause)
    }

    fn hear(&mut self, event: Event) -> Result<(), Error> {
        match event {
            Event::Begin { final_lsn, xid, commit_time_micros } => {
                self.open = Some(Open {
                    xid,
                    committed: commit_time_micros,
                    stored: final_lsn < self.floor,
                    touched: false,
                    doubt: None,
                });
            }
            Event::XLogData { data, .. } => {
                let change = self.decoder.decode(data)?;
                self.change(change);
            }
            Event::Commit { end_lsn, .. } => self.commit(end_lsn),
            Event::KeepAlive { wal_end, reply_requested, .. } => {
                if self.open.is_none() {
                    self.rest_at(wal_end);
                    self.urgent |= reply_requested && self.idle.is_some();
                }
            }
            Event::Message { .. } | Event::StoppedAt { .. } => {}
        }
        Ok(())
    }

    fn change(&mut self, change: Change) {
        let Some(open) = self.open.as_mut().filter(|open| !open.stored) else {
            return;
        };
        match change {
            Change::None => {}
            Change::Unknown(cause) => open.doubt = Some(cause),
            Change::Keys { watch, keys } => {
                open.touched = true;
                self.batch.keys.resize(self.watches, BTreeSet::new());
                if let Some(set) = self.batch.keys.get_mut(watch) {
                    self.batch.count += keys.len();
                    set.extend(keys);
                }
                if self.batch.xids.last() != Some(&open.xid) {
                    self.batch.xids.push(open.xid);
                }
                self.batch.committed.get_or_insert(open.committed);
            }
        }
    }

    fn commit(&mut self, end: Lsn) {
        let Some(open) = self.open.take() else {
            return;
        };
        if let Some(cause) = open.doubt {
            self.batch.doubt = Some(cause);
            self.batch.xids.push(open.xid);
        }
        if self.batch.count > 0 || open.touched || open.doubt.is_some() {
            self.batch.committed.get_or_insert(open.committed);
            self.batch.end = Some(end);
        } else {
            self.rest_at(end);
        }
    }

    fn rest_at(&mut self, lsn: Lsn) {
        if lsn > self.given.0 {
            self.idle = self.idle.max(Some(lsn));
        }
    }
}

/// Of an error of the stream its kind and its SQLSTATE are kept.
fn broken(error: &PgWireError) -> Error {
    match error {
        PgWireError::Server(text) => {
            let code = text.rsplit_once("(SQLSTATE ").and_then(|(_, code)| code.strip_suffix(')'));
            match code {
                Some("55006") => Error::Unreachable("the slot is in use by another session"),
                code => failure(STREAM, code.map(SqlState::from_code).as_ref()),
            }
        }
        PgWireError::Auth(_) => {
            Error::Setup("the core does not let the gateway in for replication".into())
        }
        PgWireError::Tls(_) => Error::Unreachable("TLS of the stream"),
        PgWireError::MessageTooLarge { .. } => {
            Error::Unreachable("a message of the stream is too large")
        }
        PgWireError::Io(_)
        | PgWireError::Protocol(_)
        | PgWireError::Task(_)
        | PgWireError::Internal(_)
        | _ => Error::Unreachable(STREAM),
    }
}
