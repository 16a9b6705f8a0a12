//! Is a commit that the log told already visible to a query?
//!
//! # Why
//! A commit is in the log, and so in the stream, *before* the server shows it to new snapshots:
//! for microseconds as a rule, for as long as a synchronous standby takes otherwise. Reading the
//! view in that gap would read the row as it was, and a removal would be missed until the next
//! full diff. So every batch waits until a fresh snapshot sees each of its transactions.

use std::time::Duration;

use tokio::time::{Instant, sleep};

use super::super::Error;
use super::session::{READ_TIME, Session};

/// Longest pause between two looks.
const PAUSE_MAX: Duration = Duration::from_millis(100);
/// After this the caller connects again, and the server tells the transaction once more.
const WAIT_MAX: Duration = Duration::from_secs(60);

/// Waits until the transactions `xids` are visible to the next query on `sql`.
pub(super) async fn wait(sql: &Session, xids: &[u32]) -> Result<(), Error> {
    let end = Instant::now() + WAIT_MAX;
    let mut pause = Duration::from_millis(1);
    while !xids.is_empty() {
        let rows = sql
            .simple("looking for a commit", "SELECT pg_current_snapshot()::text", READ_TIME)
            .await?;
        let snapshot = rows
            .first()
            .and_then(|row| Snapshot::parse(row.get(0)?))
            .ok_or(Error::Unreachable("the core's snapshot is not readable"))?;
        if xids.iter().all(|xid| snapshot.sees(*xid)) {
            break;
        }
        if Instant::now() >= end {
            return Err(Error::Unreachable("a commit is in the log but stays invisible"));
        }
        sleep(pause).await;
        pause = (pause * 2).min(PAUSE_MAX);
    }
    Ok(())
}

/// `xmin:xmax:running,running,…` with 64-bit transaction ids.
struct Snapshot {
    xmin: u64,
    xmax: u64,
    running: Vec<u64>,
}

impl Snapshot {
    fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split(':');
        let xmin = parts.next()?.parse().ok()?;
        let xmax = parts.next()?.parse().ok()?;
        let running = parts
            .next()?
            .split(',')
            .filter(|id| !id.is_empty())
            .map(|id| id.parse().ok())
            .collect::<Option<_>>()?;
        Some(Self { xmin, xmax, running })
    }

    fn sees(&self, xid: u32) -> bool {
        let xid = self.widen(xid);
        xid < self.xmin || (xid < self.xmax && !self.running.contains(&xid))
    }

    /// The 64-bit id nearest to `xmax` with these lower 32 bits.
    fn widen(&self, xid: u32) -> u64 {
        const ROUND: u64 = 1 << 32;
        let candidate = (self.xmax & !(ROUND - 1)) | u64::from(xid);
        if candidate > self.xmax + ROUND / 2 {
            candidate.saturating_sub(ROUND)
        } else if candidate + ROUND / 2 < self.xmax {
            candidate + ROUND
        } else {
            candidate
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(snapshot: &str, xid: u32, sees: bool) {
        let parsed = Snapshot::parse(snapshot).unwrap();
        assert_eq!(parsed.sees(xid), sees, "{snapshot} {xid}");
    }

    #[test]
    fn a_snapshot_sees_what_ended_before_it() {
        check("100:100:", 99, true);
        check("100:100:", 100, false);
        check("100:105:100,103", 100, false);
        check("100:105:100,103", 101, true);
        check("100:105:100,103", 103, false);
        check("100:105:100,103", 105, false);
    }

    #[test]
    fn ids_wrap_around_every_four_billion() {
        let round = 1_u64 << 32;
        check(&format!("{0}:{0}:", round + 10), 9, true);
        check(&format!("{0}:{0}:", round + 10), 11, false);
        check(&format!("{0}:{0}:", round + 10), u32::MAX, true);
        check(&format!("{0}:{0}:", round - 2), 3, false);
    }

    #[test]
    fn what_is_no_snapshot_is_none() {
        for text in ["", "1", "1:2", "a:b:", "1:2:x"] {
            assert!(Snapshot::parse(text).is_none(), "{text}");
        }
    }
}
