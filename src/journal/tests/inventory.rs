//! A partner names what it holds.

use std::sync::Arc;

use super::*;

fn claim(core: &str, modified: u64) -> Claim {
    Claim { id: id(core), modified: Sequence::new(modified), kind: None }
}

impl Bench {
    /// Item numbers are those of the core here; an item that must go as its position.
    async fn check(&self, claims: Vec<Claim>, up_to: u64) -> Vec<(&'static str, u64)> {
        let (partner, up_to) = (&self.partner, Sequence::new(up_to));
        let checked = self.journal.check(partner, claims.clone(), up_to).await.unwrap();
        checked
            .into_iter()
            .map(|one| match one {
                Checked::Agrees(number) => ("agrees", number),
                Checked::Stale(number) => ("stale", number),
                Checked::Impossible(number) => ("impossible", number),
                Checked::Extra(entry) => {
                    assert!(entry.item.is_deleted());
                    assert!(claims.iter().any(|claim| claim.id == entry.item.id));
                    ("extra", entry.item.modified.get())
                }
            })
            .collect()
    }

    /// Everything that is lacking, in steps of one: positions, and how many were not named.
    async fn lacking(&self, named: Inventory, up_to: u64) -> (Vec<u64>, u64) {
        let (named, up_to) = (Arc::new(named), Sequence::new(up_to));
        let (mut after, mut lacking, mut missing) = (Sequence::ZERO, Vec::new(), 0);
        while after < up_to {
            let stretch = (after, up_to);
            let page = self.journal.lacking(&self.partner, &named, stretch, 1).await.unwrap();
            assert!(page.reached > after && page.entries.len() <= 1);
            assert!(page.entries.iter().all(|entry| !entry.item.is_deleted()));
            lacking.extend(page.entries.iter().map(|entry| entry.item.modified.get()));
            missing += page.missing;
            after = page.reached;
        }
        (lacking, missing)
    }
}

fn named(all: impl IntoIterator<Item = Checked>) -> Inventory {
    let mut named = Inventory::default();
    all.into_iter().for_each(|one| assert_eq!(named.note(one), None));
    named
}

#[tokio::test]
async fn each_claim_is_compared_with_what_the_partner_should_hold() {
    let bench = Bench::new(&[MEPPEL]).await;
    let publishes = ["1", "2", "3", "4"].map(|core| publish(core, MEPPEL, core));
    bench.append(publishes.into()).await;
    bench.append(vec![publish("5", ASSEN, "elders"), Change::Remove(id("4"))]).await;
    bench.append(vec![publish("2", MEPPEL, "anders")]).await;
    let claims = [("1", 1), ("2", 2), ("3", 9), ("4", 4), ("4", 8), ("5", 5), ("6", 70)];
    let claims: Vec<Claim> = claims.map(|(core, modified)| claim(core, modified)).into();
    let expected = [
        ("agrees", 1),
        ("stale", 2),
        ("impossible", 3),
        ("extra", 6),
        ("extra", 9),
        ("extra", 7),
        ("extra", 71),
    ];
    assert_eq!(bench.check(claims.clone(), 7).await, expected);
    let before = bench.check(claims, 6).await;
    assert_eq!(before[..2], [("agrees", 1), ("impossible", 3)], "what became of 2 is to come");
    bench.scope(&[]).await;
    let gone = bench.check(vec![claim("1", 1)], 7).await;
    assert_eq!(gone, [("extra", 7 + 1)], "the first of the range after 7");
}

#[tokio::test]
async fn what_was_not_named_or_is_stale_is_lacking_up_to_a_position() {
    let bench = Bench::new(&[MEPPEL]).await;
    let publishes = ["1", "2", "3", "4", "5"].map(|core| publish(core, MEPPEL, core));
    bench.append(publishes.into()).await;
    bench.append(vec![publish("6", ASSEN, "elders"), Change::Remove(id("4"))]).await;
    bench.append(vec![publish("7", MEPPEL, "later")]).await;
    assert_eq!(bench.lacking(Inventory::default(), 7).await, (vec![1, 2, 3, 5], 4));
    let some = [Checked::Agrees(1), Checked::Stale(2), Checked::Impossible(3), Checked::Stale(2)];
    let some = named(some);
    assert_eq!((some.held(), some.stale()), (1, 2), "however often it is named");
    assert_eq!(bench.lacking(some.clone(), 7).await, (vec![2, 5], 1));
    assert_eq!(bench.lacking(some, 8).await, (vec![2, 5, 8], 2));
    let doubtful = named([Checked::Agrees(1), Checked::Stale(1)]);
    assert_eq!(bench.lacking(doubtful, 1).await, (vec![1], 0), "of two claims the worse counts");
    bench.scope(&[MEPPEL, ASSEN]).await;
    let head = bench.journal.head().get();
    let all = named([1, 2, 3, 5, 7].map(Checked::Agrees));
    assert_eq!(bench.lacking(all.clone(), head).await, (vec![8 + 6], 1), "it entered the scope");
    assert_eq!(bench.lacking(all, 8).await, (vec![], 0));
}

#[tokio::test]
async fn a_scratch_file_has_no_name() {
    let bench = Bench::new(&[MEPPEL]).await;
    let files = || fs::read_dir(bench.folder.path()).unwrap().count();
    let before = files();
    let scratch = bench.journal.scratch().unwrap();
    assert_eq!((scratch.metadata().unwrap().len(), files()), (0, before));
}
