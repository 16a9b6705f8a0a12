//! The one writer: takes all that is queued, stores it in one transaction, then answers.

use std::collections::VecDeque;
use std::time::Duration;

use rusqlite::{Connection, TransactionBehavior, params};
use tokio::sync::mpsc;

use super::draft::Draft;
use super::schema;
use super::shared::Shared;

use crate::journal::Error;
use crate::ledger::Tip;

/// Longest wait of the writer for readers, when it empties the write-ahead log.
const CHECKPOINT_WAIT: Duration = Duration::from_millis(50);
/// Most jobs in one transaction.
const JOBS_MAX: usize = 1_000;

/// Tells the one who asked, once it is durable.
pub(in crate::journal) type Answer = Box<dyn FnOnce() + Send>;
/// One thing to store. It tells its asker of its own error; when it is dropped untold, the
/// transaction as a whole failed.
pub(in crate::journal) type Work =
    Box<dyn FnOnce(&Connection, &mut Draft) -> Result<Answer, Error> + Send>;

/// What the writer is asked to do.
pub(in crate::journal) enum Job {
    /// Store this.
    Store(Work),
    /// Empty the write-ahead log if texts were blanked.
    Tidy,
    /// Finish.
    Close,
}

/// Runs until it is told to close or nobody is left to ask.
pub(in crate::journal) fn run(
    mut db: Connection,
    mut draft: Draft,
    jobs: mpsc::Receiver<Job>,
    shared: &Shared,
) {
    let mut jobs = jobs;
    let mut queued = VecDeque::with_capacity(JOBS_MAX);
    let mut untidy = false;
    let mut open = true;
    while open {
        let Some(first) = jobs.blocking_recv() else {
            break;
        };
        let mut next = Some(first);
        let mut tidy = false;
        while let Some(job) = next.take() {
            match job {
                Job::Store(work) => queued.push_back(work),
                Job::Tidy => tidy = true,
                Job::Close => open = false,
            }
            if open && queued.len() < JOBS_MAX {
                next = jobs.try_recv().ok();
            }
        }
        store(&mut db, &mut draft, &mut queued, shared);
        untidy |= std::mem::take(&mut draft.blanked);
        if untidy && (tidy || !open) {
            untidy = !checkpoint(&db);
        }
    }
    drop(db.close());
}

/// Stores all queued work in one transaction, then answers. What was not answered when it is
/// dropped hears of the trouble.
pub(super) fn store(
    db: &mut Connection,
    draft: &mut Draft,
    queued: &mut VecDeque<Work>,
    shared: &Shared,
) {
    if queued.is_empty() {
        return;
    }
    let (mut tried, mut answers) = (draft.clone(), Vec::with_capacity(queued.len()));
    match transact(db, &mut tried, queued, &mut answers) {
        Ok(trouble) => {
            *draft = tried;
            shared.show(draft);
            shared.set_trouble(trouble);
            answers.into_iter().for_each(|answer| answer());
        }
        Err(error) => shared.set_trouble(Some(error)),
    }
    queued.clear();
}

/// A piece of work that fails is undone alone, and its error is the trouble of the moment; unless
/// SQLite gave up the whole transaction, as it does when the disk is full.
fn transact(
    db: &mut Connection,
    draft: &mut Draft,
    queued: &mut VecDeque<Work>,
    answers: &mut Vec<Answer>,
) -> Result<Option<Error>, Error> {
    let mut trouble = None;
    let mut tx = db.transaction_with_behavior(TransactionBehavior::Immediate)?;
    while let Some(work) = queued.pop_front() {
        let step = tx.savepoint()?;
        let mut tried = draft.clone();
        match work(&step, &mut tried) {
            Ok(answer) => {
                step.commit()?;
                *draft = tried;
                answers.push(answer);
            }
            Err(error) => {
                drop(step);
                if tx.is_autocommit() {
                    return Err(error);
                }
                trouble = Some(error);
            }
        }
    }
    let (Tip { num, hash }, _) = draft.ledger;
    tx.prepare_cached("UPDATE standing SET head = ?1, ledger = ?2, ledger_hash = ?3")?
        .execute(params![draft.head, num, hash])?;
    tx.commit()?;
    Ok(trouble)
}

/// Copies the write-ahead log into the file and empties it; false when a reader was in the way,
/// for which everybody would have to wait.
fn checkpoint(db: &Connection) -> bool {
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let emptied = db
        .busy_timeout(CHECKPOINT_WAIT)
        .and_then(|()| db.query_row(sql, [], |row| row.get::<_, i64>(0)));
    drop(db.busy_timeout(schema::BUSY_WAIT));
    emptied == Ok(0)
}
