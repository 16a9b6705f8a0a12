//! The newest of what a partner may have, in one look.

use jiff::SignedDuration;

use super::*;

impl Bench {
    fn window(&self) -> Window {
        let (up_to, since) = (self.journal.head(), Timestamp::UNIX_EPOCH);
        Window { up_to, since, untold: Sequence::ZERO, limit: 100 }
    }

    async fn newest(&self, window: Window) -> Newest {
        self.journal.newest(&self.partner, window).await.unwrap()
    }

    /// A document reaches up to now.
    async fn fetched(&self) {
        self.journal.mark_document(&self.partner, self.journal.head()).await.unwrap();
    }

    /// The same by reading page by page, the latest first.
    async fn paged(&self, want: Want) -> Vec<Entry> {
        let stretch = (Sequence::ZERO, 1_000);
        let page = self.journal.read(&self.partner, Channel::Pull, want, stretch).await.unwrap();
        page.entries.into_iter().rev().collect()
    }
}

fn ids(entries: &[Entry]) -> Vec<PublicId> {
    entries.iter().map(|entry| entry.item.id).collect()
}

#[tokio::test]
async fn the_latest_changes_come_first_and_no_more_than_so_many() {
    let bench = Bench::new(&[MEPPEL, ASSEN]).await;
    let place = |n: u32| if n.is_multiple_of(3) { ASSEN } else { MEPPEL };
    bench.append((0..40).map(|n| publish(&n.to_string(), place(n), "een")).collect()).await;
    bench.append(vec![publish("7", MEPPEL, "twee"), publish("x", "GM0014", "elders")]).await;
    bench.append(vec![Change::Remove(id("39"))]).await;
    let newest = bench.newest(Window { limit: 4, ..bench.window() }).await;
    assert_eq!(ids(&newest.live), ["7", "38", "37", "36"].map(id));
    assert_eq!(newest.removed, [], "nothing was ever shown");
    let up_to = Sequence::new(40);
    let before = bench.newest(Window { up_to, limit: 2, ..bench.window() }).await;
    assert_eq!(ids(&before.live), ["38", "37"].map(id), "an edit beyond is not shown");
    assert_eq!(bench.newest(Window { up_to: Sequence::ZERO, ..bench.window() }).await.live, []);
}

#[tokio::test]
async fn retractions_are_shown_while_they_are_young_or_untold() {
    let clock = Clock::wound(now());
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append((0..9).map(|n| publish(&n.to_string(), MEPPEL, "een")).collect()).await;
    bench.fetched().await;
    bench.append(vec![publish("later", MEPPEL, "een"), Change::Remove(id("later"))]).await;
    bench.append(vec![Change::Remove(id("3")), Change::Remove(id("5"))]).await;
    let window = bench.window();
    assert_eq!(ids(&bench.newest(window).await.removed), ["5", "3"].map(id));
    let young = Window { since: clock.now() + SignedDuration::from_secs(1), ..window };
    assert_eq!(ids(&bench.newest(young).await.removed), ["5", "3"].map(id), "it was not told");
    let untold = Sequence::new(12);
    assert_eq!(ids(&bench.newest(Window { untold, ..young }).await.removed), [id("5")]);
    let untold = bench.journal.head();
    assert_eq!(bench.newest(Window { untold, ..young }).await.removed, []);
    assert_eq!(bench.newest(Window { untold, ..window }).await.removed.len(), 2);
    assert_eq!(ids(&bench.newest(Window { limit: 1, ..window }).await.removed), [id("5")]);
}

#[tokio::test]
async fn what_leaves_the_scope_is_retracted_and_the_marks_are_told_apart() {
    let bench = Bench::new(&[MEPPEL, ASSEN]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", ASSEN, "twee")]).await;
    bench.fetched().await;
    let standing = bench.journal.standing(&bench.partner).await.unwrap();
    assert_eq!((standing.feed_mark, standing.pull_mark), (Sequence::new(2), Sequence::new(2)));
    bench.append(vec![publish("3", ASSEN, "nooit getoond")]).await;
    bench.scope(&[MEPPEL]).await;
    bench.append((4..20).map(|n| publish(&n.to_string(), ASSEN, "elders")).collect()).await;
    let newest = bench.newest(bench.window()).await;
    assert_eq!((ids(&newest.live), ids(&newest.removed)), (vec![id("1")], vec![id("2")]));
    assert_eq!(newest.removed, bench.paged(Want::Remove).await);
    let pull = (Channel::Pull, Sequence::new(9));
    bench.journal.mark(&bench.partner, pull.0, pull.1).await.unwrap();
    let standing = bench.journal.standing(&bench.partner).await.unwrap();
    assert_eq!((standing.feed_mark, standing.pull_mark), (Sequence::new(2), pull.1));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// One look shows what all pages together show, whatever happened.
    #[test]
    fn one_look_is_all_pages(
        steps in proptest::collection::vec((0_u8..7, 0_u32..8, any::<bool>()), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        runtime.unwrap().block_on(stroll(&steps))?;
    }
}

async fn stroll(steps: &[(u8, u32, bool)]) -> Result<(), TestCaseError> {
    let bench = Bench::new(&[MEPPEL]).await;
    let scopes: [&[&str]; 4] = [&[], &[MEPPEL], &[ASSEN], &[MEPPEL, ASSEN]];
    for (turn, (step, item, second)) in steps.iter().enumerate() {
        let region = if *second { ASSEN } else { MEPPEL };
        match step {
            0 | 1 => {
                let edited = publish(&item.to_string(), region, &turn.to_string());
                drop(bench.append(vec![edited]).await);
            }
            2 => drop(bench.append(vec![Change::Remove(id(&item.to_string()))]).await),
            3 => bench.scope(scopes[usize::try_from(*item).unwrap() % 4]).await,
            4 => {
                let cause = Cause { person: "proef".into(), reason: "proef".into() };
                bench.journal.act(&bench.partner, Deed::Resync, cause).await.unwrap();
            }
            _ => bench.fetched().await,
        }
    }
    let newest = bench.newest(bench.window()).await;
    let mut live = newest.live;
    live.sort_by_key(|entry| std::cmp::Reverse(entry.item.modified));
    prop_assert_eq!(live, bench.paged(Want::Publish).await);
    prop_assert_eq!(newest.removed, bench.paged(Want::Remove).await);
    Ok(())
}
