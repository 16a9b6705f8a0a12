//! The file, its one writer thread and its readers.

use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::{Semaphore, mpsc, oneshot};

use crate::clock::Clock;
use crate::journal::{Error, Forgotten};
use crate::model::Sequence;

use super::draft::Draft;
use super::news::News;
use super::shared::Shared;
use super::writer::{self, Answer, Job};
use super::{ledger, partners, read, schema};

/// Jobs that may wait for the writer; whoever comes after them waits.
const QUEUE: usize = 1_024;
/// Longest wait for readers when the journal is closed.
const CLOSE_WAIT: Duration = Duration::from_secs(1);
/// Reads at one time for those who pull.
const READERS_FOR_OTHERS: usize = 2;
/// Reads at one time.
const READERS: usize = 4;

/// See [`crate::journal::Journal`].
#[derive(Debug)]
pub(in crate::journal) struct Store {
    pub(in crate::journal) clock: Clock,
    pub(in crate::journal) shared: Arc<Shared>,
    file: PathBuf,
    jobs: mpsc::Sender<Job>,
    readers: Arc<Mutex<Vec<Connection>>>,
    permits: Arc<Semaphore>,
    others: Semaphore,
    writer: Mutex<Option<std::thread::JoinHandle<()>>>,
    #[cfg(test)]
    inline: Option<super::inline::Inline>,
}

impl Store {
    pub(in crate::journal) fn open(folder: &Path, clock: Clock) -> Result<Self, Error> {
        make_folder(folder)?;
        let lock = lock(&folder.join("luik.lock"))?;
        let file = folder.join("journal.db");
        let db = schema::open_writer(&file)?;
        let mut draft = draft_of(&db)?;
        let shared = Arc::new(Shared::default());
        shared.show(&mut draft);
        let (jobs, queue) = mpsc::channel(QUEUE);
        let seen = shared.clone();
        let writer = std::thread::Builder::new().name("journal".into()).spawn(move || {
            writer::run(db, draft, queue, &seen);
            drop(lock);
        })?;
        Ok(Self {
            clock,
            shared,
            file,
            jobs,
            readers: Arc::default(),
            permits: Arc::new(Semaphore::new(READERS)),
            others: Semaphore::new(READERS_FOR_OTHERS),
            writer: Mutex::new(Some(writer)),
            #[cfg(test)]
            inline: None,
        })
    }

    /// Reads a journal that another process may be writing; none if there is none yet.
    pub(in crate::journal) fn look_in(folder: &Path, clock: Clock) -> Result<Option<Self>, Error> {
        let file = folder.join("journal.db");
        if !file.is_file() {
            return Ok(None);
        }
        let db = schema::open_reader(&file)?;
        schema::require_current(&db)?;
        let shared = Arc::new(Shared::default());
        shared.show(&mut draft_of(&db)?);
        let readers = Arc::new(Mutex::new(vec![db]));
        Ok(Some(Self {
            clock,
            shared,
            file,
            jobs: mpsc::channel(1).0,
            readers,
            permits: Arc::new(Semaphore::new(READERS)),
            others: Semaphore::new(READERS_FOR_OTHERS),
            writer: Mutex::new(None),
            #[cfg(test)]
            inline: None,
        }))
    }

    /// A store in memory, without threads.
    #[cfg(test)]
    pub(in crate::journal) fn in_memory(clock: Clock) -> Result<Self, Error> {
        Self::over(super::inline::Inline::new()?, clock)
    }

    /// What another process would find after this one was killed.
    #[cfg(test)]
    pub(in crate::journal) fn after_a_crash(&self) -> Result<Self, Error> {
        Self::over(self.inline.clone().ok_or(Error::Closed)?, self.clock.clone())
    }

    #[cfg(test)]
    fn over(inline: super::inline::Inline, clock: Clock) -> Result<Self, Error> {
        let shared = Arc::new(Shared::default());
        inline.show(&shared)?;
        Ok(Self {
            clock,
            shared,
            file: PathBuf::new(),
            jobs: mpsc::channel(1).0,
            readers: Arc::default(),
            permits: Arc::new(Semaphore::new(READERS)),
            others: Semaphore::new(READERS_FOR_OTHERS),
            writer: Mutex::new(None),
            inline: Some(inline),
        })
    }

    /// Where the file is; none in memory.
    pub(in crate::journal) fn folder(&self) -> Option<&Path> {
        self.file.parent().filter(|folder| !folder.as_os_str().is_empty())
    }

    /// Runs `work` in the writer's next transaction; returns when it is durable.
    pub(in crate::journal) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection, &mut Draft) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        #[cfg(test)]
        if let Some(inline) = &self.inline {
            return inline.write(&self.shared, work).await;
        }
        let (tell, told) = oneshot::channel();
        let work: writer::Work = Box::new(move |tx, draft| match work(tx, draft) {
            Ok(value) => {
                let answer: Answer = Box::new(move || drop(tell.send(Ok(value))));
                Ok(answer)
            }
            Err(error) => {
                drop(tell.send(Err(error.clone())));
                Err(error)
            }
        });
        self.jobs.send(Job::Store(work)).await.map_err(|_| Error::Closed)?;
        told.await.unwrap_or_else(|_| Err(self.shared.trouble().unwrap_or(Error::Closed)))
    }

    /// Runs `work` on a reading connection, beside the writer.
    pub(in crate::journal) async fn read<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        #[cfg(test)]
        if let Some(inline) = &self.inline {
            return inline.read(work).await;
        }
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| Error::Closed)?;
        let (readers, file) = (self.readers.clone(), self.file.clone());
        let read = tokio::task::spawn_blocking(move || {
            let idle = readers.lock().unwrap_or_else(PoisonError::into_inner).pop();
            let db = idle.map_or_else(|| schema::open_reader(&file), Ok)?;
            let result = {
                let view = db.unchecked_transaction()?;
                work(&view)
            };
            readers.lock().unwrap_or_else(PoisonError::into_inner).push(db);
            drop(permit);
            result
        });
        read.await.unwrap_or(Err(Error::Closed))
    }

    /// The same for those outside: they leave some of the readers to the lanes of removals.
    pub(in crate::journal) async fn read_for_others<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Connection) -> Result<T, Error> + Send + 'static,
    ) -> Result<T, Error> {
        let permit = self.others.acquire().await.map_err(|_| Error::Closed)?;
        let read = self.read(work).await;
        drop(permit);
        read
    }

    pub(in crate::journal) async fn tidy(&self) -> Result<(), Error> {
        self.jobs.send(Job::Tidy).await.map_err(|_| Error::Closed)
    }

    pub(in crate::journal) async fn close(&self) {
        let all = self.permits.acquire_many(u32::try_from(READERS).unwrap_or(u32::MAX));
        drop(tokio::time::timeout(CLOSE_WAIT, all).await);
        self.readers.lock().unwrap_or_else(PoisonError::into_inner).clear();
        drop(self.jobs.send(Job::Close).await);
        let writer = self.writer.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(writer) = writer {
            drop(tokio::task::spawn_blocking(move || writer.join()).await);
        }
    }
}

/// The state folder is for its owner alone.
fn make_folder(folder: &Path) -> Result<(), Error> {
    use std::os::unix::fs::DirBuilderExt;
    Ok(std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?)
}

fn lock(path: &Path) -> Result<File, Error> {
    let file = File::options().create(true).truncate(false).write(true).open(path)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::InUse),
        Err(TryLockError::Error(error)) => Err(error.into()),
    }
}

/// What is durable at the start.
pub(super) fn draft_of(db: &Connection) -> Result<Draft, Error> {
    let sql = "SELECT head, narrowed, forgotten, forgotten_at FROM standing";
    let (head, narrowed, forgotten) = db.query_row(sql, [], |row| {
        let forgotten =
            Forgotten { up_to: Sequence::new(row.get(2)?), removed: read::time(row.get(3)?) };
        Ok((row.get(0)?, row.get(1)?, forgotten))
    })?;
    let count = "SELECT coalesce(max(num), 0), coalesce(sum(live = 1), 0),
                 coalesce(sum(live = 0), 0) FROM item";
    let (numbers, live, gone) =
        db.query_row(count, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let mut scopes = Vec::new();
    for partner in partners::enrolled(db)? {
        scopes.push((partner.clone(), partners::versions(db, &partner)?));
    }
    let news = News::after(head);
    let (ledger, blanked) = (ledger::end(db)?, true);
    Ok(Draft { head, numbers, narrowed, forgotten, live, gone, blanked, scopes, ledger, news })
}
