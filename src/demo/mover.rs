//! Keeps the core of the demo moving: every now and then one thing happens in it.

use std::time::Duration;

use fastrand::Rng;
use tokio_util::sync::CancellationToken;

use super::core::{Core, Error, Happening};
use crate::clock::Clock;

/// Around so many shared items the core stays.
const SHARED: u32 = 280;
/// Pause between two happenings, in milliseconds.
const PAUSE_MS: std::ops::Range<u64> = 300..700;

/// Makes one thing after the other happen until the drain.
pub async fn run(core: Core, clock: Clock, seed: u64, drain: CancellationToken) {
    let mut mover = Mover { core, clock, random: Rng::with_seed(seed) };
    loop {
        let pause = Duration::from_millis(mover.random.u64(PAUSE_MS));
        tokio::select! {
            biased;
            () = drain.cancelled() => return,
            () = tokio::time::sleep(pause) => {}
        }
        let moved = tokio::task::spawn_blocking(move || {
            if let Err(error) = mover.step() {
                tracing::warn!(%error, "nothing could happen in the demo's core");
            }
            mover
        });
        match moved.await {
            Ok(back) => mover = back,
            Err(_) => return,
        }
    }
}

struct Mover {
    core: Core,
    clock: Clock,
    random: Rng,
}

impl Mover {
    fn step(&mut self) -> Result<Option<Happening>, Error> {
        let shared = self.core.count_shared()?;
        let what = choose(self.random.u8(0..100), shared);
        self.core.happen(what, &mut self.random, self.clock.now())
    }
}

/// What happens next. With few items more are placed, with many fewer: so their number stays
/// about the same however long the demo runs.
fn choose(throw: u8, shared: u32) -> Happening {
    let placed = if shared < SHARED { 50 } else { 20 };
    if throw < placed {
        return Happening::Placed;
    }
    match throw {
        0..55 => Happening::Edited,
        55..68 => Happening::Withdrawn,
        68..78 => Happening::Deleted,
        78..83 => Happening::Unshared,
        83..89 => Happening::Erased,
        _ => Happening::Returned,
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::demo::core::create;

    #[test]
    fn the_core_keeps_its_size_and_nothing_piles_up() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("core.db");
        let clock = Clock::wound("2026-11-20T12:00:00Z".parse::<Timestamp>().unwrap());
        let core = create(&path, "http://127.0.0.1:8080", 1, clock.now()).unwrap();
        let mut mover = Mover { core, clock, random: Rng::with_seed(2) };
        for _ in 0..2_000 {
            mover.step().unwrap();
            mover.clock.wind(500);
            let shared = mover.core.count_shared().unwrap();
            assert!((240..=320).contains(&shared), "{shared} items are shared");
        }
        let rows = |table: &str| -> u32 {
            let reader = rusqlite::Connection::open(&path).unwrap();
            let sql = format!("SELECT count(*) FROM {table}");
            reader.query_row(&sql, [], |row| row.get(0)).unwrap()
        };
        assert!(rows("item") < 600, "{} items in all", rows("item"));
        assert!(rows("person") < 1_000, "{} people", rows("person"));
        assert_eq!(rows("happening"), 20);
    }

    #[test]
    fn everything_happens() {
        for shared in [200, 300] {
            let mut seen: Vec<_> = (0..100).map(|throw| choose(throw, shared).word()).collect();
            seen.dedup();
            assert_eq!(seen.len(), 7);
        }
    }
}
