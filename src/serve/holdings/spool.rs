//! What must go, until it is told: most clients read no answer before they have sent everything.

use std::io;

use axum::body::Bytes;
use tokio::fs::File;
use tokio::io::{AsyncReadExt, AsyncSeekExt, AsyncWriteExt};

use crate::journal::Journal;

/// Bytes that are kept in memory; more of them go to a file.
const MEMORY_MAX: usize = 64 << 10;

/// Lines, in the order in which they came. A file is made when it is needed.
#[derive(Debug, Default)]
pub(super) struct Spool {
    file: Option<File>,
    memory: Vec<u8>,
    is_read: bool,
}

impl Spool {
    /// Adds lines.
    ///
    /// # Errors
    /// When they can not be written.
    pub(super) async fn put(&mut self, journal: &Journal, lines: &str) -> io::Result<()> {
        self.memory.extend_from_slice(lines.as_bytes());
        if self.memory.len() <= MEMORY_MAX {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            None => {
                let file = journal.scratch().map_err(io::Error::other)?;
                let file = self.file.insert(File::from_std(file));
                file.set_max_buf_size(MEMORY_MAX);
                file
            }
        };
        file.write_all(&self.memory).await?;
        self.memory.clear();
        Ok(())
    }

    /// Takes them out again, some at a time; none at the end.
    ///
    /// # Errors
    /// When they can not be read.
    pub(super) async fn next(&mut self) -> io::Result<Option<Bytes>> {
        if let Some(file) = &mut self.file {
            if !std::mem::replace(&mut self.is_read, true) {
                file.flush().await?;
                file.rewind().await?;
            }
            let mut piece = Vec::with_capacity(MEMORY_MAX);
            if file.read_buf(&mut piece).await? > 0 {
                return Ok(Some(piece.into()));
            }
            self.file = None;
        }
        let rest = std::mem::take(&mut self.memory);
        Ok(Some(rest.into()).filter(|rest: &Bytes| !rest.is_empty()))
    }
}

#[cfg(test)]
mod tests {
    use crate::clock::Clock;

    use super::*;

    #[tokio::test]
    async fn what_is_put_in_comes_out_and_little_of_it_is_in_memory() {
        let journal = Journal::in_memory(Clock::system()).unwrap();
        for count in [0, 1, 10, 200_000] {
            let (mut spool, mut expected, mut read) = (Spool::default(), Vec::new(), Vec::new());
            let line = |number| format!("{{\"state\":\"deleted\",\"modified\":{number}}}\n");
            for number in (0..count).step_by(100) {
                let lines: String = (number..(number + 100).min(count)).map(line).collect();
                spool.put(&journal, &lines).await.unwrap();
                assert!(spool.memory.capacity() < 3 * MEMORY_MAX);
                expected.extend_from_slice(lines.as_bytes());
            }
            assert_eq!(spool.file.is_some(), count == 200_000);
            while let Some(piece) = spool.next().await.unwrap() {
                assert!(!piece.is_empty() && piece.len() <= MEMORY_MAX);
                read.extend_from_slice(&piece);
            }
            assert!(read == expected, "{count} lines");
        }
    }
}
