//! Forgetting what was removed long ago, and what is new for one partner.

use super::*;

impl Bench {
    async fn advance(&self, cursor: Cursor, to: u64) {
        let advance = Advance {
            partner: self.partner.clone(),
            cursor,
            to: Sequence::new(to),
            items: 1,
            rung: Rung::Accepted,
        };
        self.journal.advance(advance).await.unwrap();
    }

    async fn forget(&self) -> usize {
        let soon = now() + jiff::SignedDuration::from_secs(1);
        let mut forgetting = self.journal.forget(soon, Sequence::ZERO).await.unwrap();
        let mut items = forgetting.items;
        while let Some(next) = forgetting.next {
            forgetting = self.journal.forget(soon, next).await.unwrap();
            items += forgetting.items;
        }
        items
    }
}

#[tokio::test]
async fn what_everybody_has_dealt_with_is_forgotten_and_nothing_else() {
    let bench = Bench::new(&[MEPPEL]).await;
    let live = ["1", "2", "3", "4"].map(|core| publish(core, MEPPEL, core));
    bench.append(live.into()).await;
    bench.mark(4).await;
    bench.append(["1", "2", "4"].map(|core| Change::Remove(id(core))).into()).await;
    bench.append(vec![publish("5", ASSEN, "elders"), Change::Remove(id("5"))]).await;
    bench.append(vec![publish("6", ASSEN, "het hoogste nummer"), Change::Remove(id("6"))]).await;
    assert_eq!(bench.journal.forget(now(), Sequence::ZERO).await.unwrap().items, 0, "too young");
    assert_eq!(bench.forget().await, 1, "the one that nobody was sent");
    assert_eq!(bench.journal.forgotten().up_to.get(), 9);
    bench.advance(Cursor::Remove, 6).await;
    let parked = vec![(id("2"), Sequence::new(6), now())];
    bench.journal.park(&bench.partner, Lane::Remove, parked).await.unwrap();
    assert_eq!(bench.forget().await, 1);
    assert_eq!(bench.read(Want::Remove, 0).await, [(id("2"), 6, false), (id("4"), 7, false)]);
    bench.journal.unpark(&bench.partner, Lane::Remove, vec![id("2")]).await.unwrap();
    bench.journal.set_flag(&bench.partner, Flag::Repeat, true).await.unwrap();
    bench.advance(Cursor::Remove, 7).await;
    assert_eq!(bench.forget().await, 0, "all are to be sent once more");
    bench.journal.set_flag(&bench.partner, Flag::Repeat, false).await.unwrap();
    assert_eq!(bench.forget().await, 2);
    assert_eq!(bench.journal.counts(), Counts { live: 1, removed: 1 });
    let forgotten = bench.journal.forgotten();
    assert_eq!((forgotten.up_to.get(), forgotten.removed), (9, now()));
    bench.journal.close().await;
    let again = Journal::open(bench.folder.path(), Clock::wound(now())).unwrap();
    assert_eq!((again.forgotten(), again.counts().removed), (forgotten, 1));
    let batch = Batch { changes: vec![publish("7", MEPPEL, "nieuw")], ..Batch::default() };
    assert_eq!(again.append(batch).await.unwrap().numbers, [Some(7)], "no number is given twice");
}

#[tokio::test]
async fn a_pull_partner_that_is_behind_keeps_its_removals() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", MEPPEL, "twee")]).await;
    bench.journal.mark(&bench.partner, Channel::Pull, Sequence::new(2)).await.unwrap();
    bench.append(vec![Change::Remove(id("1")), publish("3", MEPPEL, "drie")]).await;
    assert_eq!(bench.forget().await, 0);
    bench.advance(Cursor::Pull, 3).await;
    assert_eq!(bench.forget().await, 1);
}

#[tokio::test]
async fn it_is_known_when_something_stirred_and_since_when_nothing_is_in_scope() {
    let bench = Bench::new(&[MEPPEL]).await;
    let (journal, partner) = (&bench.journal, &bench.partner);
    assert_eq!((journal.stirred(partner).get(), journal.emptied(partner)), (0, None));
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", ASSEN, "twee")]).await;
    assert_eq!(journal.stirred(partner).get(), 1);
    bench.append(vec![Change::Remove(id("2"))]).await;
    assert_eq!(journal.stirred(partner).get(), 1, "elsewhere");
    bench.append(vec![Change::Remove(id("1"))]).await;
    assert_eq!(journal.stirred(partner).get(), 4);
    bench.scope(&[]).await;
    assert_eq!((journal.stirred(partner).get(), journal.emptied(partner)), (6, Some(now())));
}

#[tokio::test]
async fn a_beginning_is_noted() {
    let bench = Bench::new(&[MEPPEL]).await;
    let began = async || bench.journal.standing(&bench.partner).await.unwrap().began;
    assert_eq!(began().await, None);
    bench.journal.begin(&bench.partner).await.unwrap();
    assert_eq!(began().await, Some(now()));
    let hour = 3_600_000;
    let later = |hours: i64| now() + jiff::SignedDuration::from_hours(hours);
    for (wind, noted) in [(23, now()), (2, later(25)), (24, later(25)), (1, later(50))] {
        bench.clock.wind(wind * hour);
        bench.journal.begin(&bench.partner).await.unwrap();
        assert_eq!(began().await, Some(noted), "never later than the beginning itself");
    }
}
