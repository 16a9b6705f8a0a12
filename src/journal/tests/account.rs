//! What is accounted for, beside the lanes and a partner that really holds something.

use std::collections::BTreeSet;

use super::*;

const HOUR: i64 = 3_600_000;

impl Bench {
    async fn account(&self, core: &str) -> Option<Account> {
        self.journal.account(id(core)).await.unwrap()
    }

    /// How far the item is taken back from a partner that is pushed to.
    async fn back(&self, core: &str) -> Option<Back> {
        let account = self.account(core).await.unwrap();
        assert!(account.holders.len() == 1, "{account:?}");
        account.holders.into_iter().next().unwrap().back
    }

    async fn advances(&self, cursor: Cursor, to: u64, rung: Rung) {
        let (partner, to) = (self.partner.clone(), Sequence::new(to));
        self.journal.advance(Advance { partner, cursor, to, items: 1, rung }).await.unwrap();
    }

    async fn proves(&self, up_to: u64, rung: Rung) {
        let (partner, up_to) = (self.partner.clone(), Sequence::new(up_to));
        self.journal.prove(Proof { partner, up_to, items: 1, rung }).await.unwrap();
    }

    async fn held_at(&self, at: Timestamp) -> Vec<(PublicId, Basis)> {
        let past = self.journal.held_at(&self.partner, at).await.unwrap();
        past.items.into_iter().map(|had| (had.id.unwrap(), had.basis)).collect()
    }
}

#[tokio::test]
async fn what_is_not_known_or_never_left_has_no_holder() {
    let bench = Bench::new(&[MEPPEL]).await;
    assert_eq!(bench.account("1").await, None);
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", ASSEN, "twee")]).await;
    bench.mark(1).await;
    let (one, two) = (bench.account("1").await.unwrap(), bench.account("2").await.unwrap());
    assert_eq!((one.holders.len(), one.viewers.len()), (1, 1));
    assert_eq!((two.holders.len(), two.viewers.len()), (0, 0));
    let holder = &one.holders[0];
    assert_eq!(
        (holder.channel, holder.received, holder.back.is_none()),
        (Channel::Push, None, true)
    );
    bench.advances(Cursor::Publish, 2, Rung::Accepted).await;
    let received = bench.account("1").await.unwrap().holders[0].received;
    assert_eq!(received, Some(Witness { rung: Rung::Accepted, at: now() }));
}

#[tokio::test]
async fn a_removal_climbs_the_rungs_and_falls_when_it_is_found_again() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.mark(1).await;
    bench.advances(Cursor::Publish, 1, Rung::Accepted).await;
    bench.clock.wind(HOUR);
    bench.append(vec![Change::Remove(id("1"))]).await;
    let removed = bench.clock.now();
    let back = bench.back("1").await.unwrap();
    assert_eq!((back.taken, back.owed_since), (Taken::Open, Some(removed)));
    assert_eq!(bench.account("1").await.unwrap().removed, Some(removed));
    bench.clock.wind(HOUR);
    bench.advances(Cursor::Remove, 2, Rung::Accepted).await;
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::By(Rung::Accepted));
    bench.proves(1, Rung::Reconciled).await;
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::By(Rung::Accepted), "not so far");
    bench.clock.wind(HOUR);
    bench.proves(2, Rung::Reconciled).await;
    let agreed = bench.clock.now();
    bench.clock.wind(HOUR);
    bench.proves(2, Rung::Verified).await;
    let back = bench.back("1").await.unwrap();
    let rungs: Vec<_> = back.evidence.iter().map(|witness| witness.rung).collect();
    assert_eq!(rungs, [Rung::Accepted, Rung::Reconciled, Rung::Verified]);
    assert_eq!((back.taken, back.evidence[1].at), (Taken::By(Rung::Verified), agreed));
    // Found on its page.
    bench.clock.wind(HOUR);
    let found = vec![(id("1"), Sequence::new(2), removed)];
    bench.journal.park(&bench.partner, Lane::Remove, found).await.unwrap();
    let back = bench.back("1").await.unwrap();
    assert_eq!((back.taken, back.found), (Taken::FoundAgain, vec![bench.clock.now()]));
    let rungs: Vec<_> = back.evidence.iter().map(|witness| witness.rung).collect();
    assert_eq!(rungs, [Rung::Accepted], "what was proven is no more");
}

#[tokio::test]
async fn a_refusal_is_no_acceptance_and_a_person_is_no_evidence() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), Change::Remove(id("1"))]).await;
    bench.mark(2).await;
    let refused = vec![(id("1"), Sequence::new(2), now())];
    bench.journal.park(&bench.partner, Lane::Remove, refused).await.unwrap();
    let step = Advance {
        partner: bench.partner.clone(),
        cursor: Cursor::Remove,
        to: Sequence::new(2),
        items: 0,
        rung: Rung::Accepted,
    };
    bench.journal.advance(step).await.unwrap();
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::Refused);
    let cause = Cause { person: "FG".into(), reason: "per brief bevestigd".into() };
    bench.journal.act(&bench.partner, Deed::Close, cause).await.unwrap();
    let back = bench.back("1").await.unwrap();
    assert_eq!((back.taken, back.evidence), (Taken::Closed, vec![]));
    assert_eq!(back.closed.unwrap().cause.person, "FG");
    // Nobody proved that it was gone.
    assert_eq!(bench.held_at(now()).await, [(id("1"), Basis::NotProvenGone)]);
}

#[tokio::test]
async fn a_pull_partner_is_told_by_its_own_cursor_and_documents_are_named() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.journal.mark_document(&bench.partner, Sequence::new(1)).await.unwrap();
    let holder = bench.account("1").await.unwrap().holders.remove(0);
    assert!(holder.document && holder.channel == Channel::Pull && holder.received.is_none());
    bench.append(vec![Change::Remove(id("1"))]).await;
    bench.advances(Cursor::Pull, 1, Rung::Confirmed).await;
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::Open);
    bench.advances(Cursor::Pull, 2, Rung::Confirmed).await;
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::By(Rung::Confirmed));
}

#[tokio::test]
async fn what_a_page_shows_counts_against_who_fetched_its_removal() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), Change::Remove(id("1"))]).await;
    bench.journal.mark_document(&bench.partner, Sequence::new(2)).await.unwrap();
    bench.advances(Cursor::Pull, 2, Rung::Confirmed).await;
    bench.clock.wind(HOUR);
    let found = vec![(id("1"), Sequence::new(2), now())];
    bench.journal.park(&bench.partner, Lane::Remove, found).await.unwrap();
    let back = bench.back("1").await.unwrap();
    assert_eq!((back.taken, back.found.len(), back.refused.len()), (Taken::FoundAgain, 1, 0));
    bench.clock.wind(HOUR);
    bench.journal.unpark(&bench.partner, Lane::Remove, vec![id("1")]).await.unwrap();
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::InDoubt);
    bench.clock.wind(HOUR);
    bench.proves(2, Rung::Verified).await;
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::By(Rung::Verified));
}

#[tokio::test]
async fn no_later_answer_covers_what_a_person_closed() {
    let bench = Bench::new(&[MEPPEL]).await;
    let items = ["1", "2", "3"].map(|core| publish(core, MEPPEL, "tekst"));
    bench.append(items.into()).await;
    bench.mark(3).await;
    bench.append(vec![Change::Remove(id("1")), Change::Remove(id("2"))]).await;
    bench.advances(Cursor::Remove, 4, Rung::Accepted).await;
    bench.clock.wind(1_000);
    let cause = Cause { person: "FG".into(), reason: "per brief bevestigd".into() };
    bench.journal.act(&bench.partner, Deed::Close, cause).await.unwrap();
    bench.clock.wind(1_000);
    bench.append(vec![Change::Remove(id("3"))]).await;
    bench.advances(Cursor::Remove, 6, Rung::Accepted).await;
    for (core, wanted) in
        [("1", Taken::By(Rung::Accepted)), ("2", Taken::Closed), ("3", Taken::By(Rung::Accepted))]
    {
        assert_eq!(bench.back(core).await.unwrap().taken, wanted, "{core}");
    }
    let held = bench.held_at(bench.clock.now()).await;
    assert_eq!(held, [(id("2"), Basis::NotProvenGone)]);
}

#[tokio::test]
async fn an_answer_that_a_send_may_still_undo_closes_nothing_yet() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.advances(Cursor::Publish, 1, Rung::Accepted).await;
    bench.append(vec![publish("1", MEPPEL, "anders")]).await;
    bench.mark(2).await;
    bench.append(vec![Change::Remove(id("1"))]).await;
    bench.advances(Cursor::Remove, 3, Rung::Accepted).await;
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::Open);
    // No request takes so long: a partner that is paused has accepted it all the same.
    bench.clock.wind(HOUR);
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::By(Rung::Accepted));
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), Change::Remove(id("1"))]).await;
    bench.mark(1).await;
    bench.advances(Cursor::Remove, 2, Rung::Accepted).await;
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::Open);
    bench.advances(Cursor::Publish, 2, Rung::Accepted).await;
    assert_eq!(bench.back("1").await.unwrap().taken, Taken::By(Rung::Accepted));
}

#[tokio::test]
async fn a_later_change_is_not_told_as_the_first_showing() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.clock.wind(HOUR);
    bench.append(vec![publish("1", MEPPEL, "anders")]).await;
    assert_eq!(bench.account("1").await.unwrap().published, Some(now()));
    // The ledger began later, or gave that line up.
    let first = "DELETE FROM ledger
                 WHERE num = (SELECT min(num) FROM ledger WHERE what = 'published')";
    let file = bench.folder.path().join("journal.db");
    assert_eq!(rusqlite::Connection::open(file).unwrap().execute(first, []).unwrap(), 1);
    assert_eq!(bench.account("1").await.unwrap().published, None);
}

#[tokio::test]
async fn at_an_earlier_moment_it_held_what_was_not_proven_gone_by_then() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", MEPPEL, "twee")]).await;
    bench.mark(2).await;
    bench.advances(Cursor::Publish, 1, Rung::Accepted).await;
    let mut moments = vec![bench.clock.now()];
    bench.clock.wind(2 * HOUR);
    bench.append(vec![Change::Remove(id("1")), publish("3", MEPPEL, "drie")]).await;
    bench.mark(4).await;
    moments.push(bench.clock.now());
    bench.clock.wind(2 * HOUR);
    bench.advances(Cursor::Remove, 3, Rung::Accepted).await;
    moments.push(bench.clock.now());
    bench.clock.wind(2 * HOUR);
    bench.append(vec![publish("4", MEPPEL, "vier")]).await;
    let (one, two, three) = (id("1"), id("2"), id("3"));
    let before = now().checked_sub(std::time::Duration::from_secs(1)).unwrap();
    assert_eq!(bench.held_at(before).await, []);
    let first = [(one, Basis::Accepted), (two, Basis::MayBeSent)];
    assert_eq!(bench.held_at(moments[0]).await, first);
    let second = [(one, Basis::NotProvenGone), (two, Basis::MayBeSent), (three, Basis::MayBeSent)];
    assert_eq!(bench.held_at(moments[1]).await, second);
    let third = [(two, Basis::MayBeSent), (three, Basis::MayBeSent)];
    assert_eq!(bench.held_at(moments[2]).await, third);
    // What it turned out to hold after it had accepted, it held all the time.
    let found = vec![(one, Sequence::new(3), moments[1])];
    bench.journal.park(&bench.partner, Lane::Remove, found).await.unwrap();
    assert_eq!(bench.held_at(moments[2]).await, second);
}

#[tokio::test]
async fn what_the_log_has_forgotten_is_still_told_until_the_ledger_forgets_it() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", MEPPEL, "twee")]).await;
    bench.mark(2).await;
    let first = bench.clock.now();
    bench.clock.wind(HOUR);
    bench.append(vec![Change::Remove(id("1"))]).await;
    let removed = bench.clock.now();
    bench.clock.wind(HOUR);
    bench.advances(Cursor::Remove, 3, Rung::Confirmed).await;
    bench.clock.wind(100 * 24 * HOUR);
    let forgotten = bench.journal.forget(bench.clock.now(), Sequence::ZERO).await.unwrap();
    assert_eq!(forgotten.items, 1);
    let account = bench.account("1").await.unwrap();
    assert_eq!((account.published, account.removed), (Some(first), Some(removed)));
    let back = bench.back("1").await.unwrap();
    assert_eq!((back.taken, back.owed_since), (Taken::By(Rung::Confirmed), Some(removed)));
    let both = [(id("1"), Basis::MayBeSent), (id("2"), Basis::MayBeSent)];
    assert_eq!(bench.held_at(first).await, both);
    assert_eq!(bench.held_at(bench.clock.now()).await, both[1..]);
    // It comes back, under another number; what was is still told.
    bench.append(vec![publish("1", MEPPEL, "terug")]).await;
    bench.mark(4).await;
    let account = bench.account("1").await.unwrap();
    let spells: Vec<_> = account.holders[0].spells.iter().map(|one| one.spell.from.get()).collect();
    assert_eq!((spells, account.removed), (vec![1, 4], None));
    assert_eq!(bench.held_at(first).await.len(), 2);
    bench.append(vec![Change::Remove(id("1")), publish("3", MEPPEL, "drie")]).await;
    bench.advances(Cursor::Remove, 6, Rung::Confirmed).await;
    bench.clock.wind(100 * 24 * HOUR);
    bench.journal.forget(bench.clock.now(), Sequence::ZERO).await.unwrap();
    bench.journal.retain(bench.clock.now()).await.unwrap();
    assert_eq!(bench.account("1").await, None);
}

#[tokio::test]
async fn reads_of_any_size_add_up_to_what_was_held() {
    let bench = Bench::new(&[MEPPEL, ASSEN]).await;
    for round in 0..4 {
        let region = if round % 2 == 0 { MEPPEL } else { ASSEN };
        let items = (0..7).map(|n| publish(&n.to_string(), region, &format!("{round}")));
        bench.append(items.collect()).await;
    }
    bench.mark(28).await;
    let whole = bench.held_at(now()).await;
    assert_eq!(whole.len(), 7);
    for limit in [1, 3, 4, 5, 9, 100] {
        let partner = bench.partner.clone();
        let read = move |db: &rusqlite::Connection| {
            let then = super::super::sqlite::past::then(db, &partner, now())?;
            let (mut all, mut after) = (Vec::new(), Some(0));
            while let Some(from) = after {
                let (items, next) = super::super::sqlite::past::held(db, &then, from, limit)?;
                assert!(next.is_none_or(|next| next > from), "it goes on");
                all.extend(items.into_iter().map(|had| (had.id.unwrap(), had.basis)));
                after = next;
            }
            Ok(all)
        };
        assert_eq!(bench.journal.0.read(read).await.unwrap(), whole, "{limit}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// However items and scopes change: what the lanes say is owed is what is said to be open, and
    /// at no moment did the partner hold anything that is not accounted for.
    #[test]
    fn the_account_agrees_with_the_lanes_and_with_what_is_held(
        steps in proptest::collection::vec((0_u8..8, 0_u32..6, any::<bool>()), 1..50),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        runtime.unwrap().block_on(live(&steps))?;
    }
}

/// A partner, what it holds, and what it held.
struct Life {
    bench: Bench,
    held: BTreeMap<PublicId, (Sequence, bool)>,
    cursor: Sequence,
    past: Vec<(Timestamp, BTreeSet<PublicId>)>,
}

impl Life {
    fn holds(&self) -> BTreeSet<PublicId> {
        self.held.iter().filter(|(_, (_, shown))| *shown).map(|(id, _)| *id).collect()
    }

    /// Reads and applies some, and tells that it did.
    async fn sips(&mut self, limit: usize) {
        let before = self.cursor;
        self.cursor = sip(&self.bench, &mut self.held, before, limit).await;
        if self.cursor > before {
            self.bench.advances(Cursor::Publish, self.cursor.get(), Rung::Accepted).await;
            self.bench.advances(Cursor::Remove, self.cursor.get(), Rung::Accepted).await;
        }
    }

    async fn agrees(&self) -> Result<(), TestCaseError> {
        let Bench { journal, partner, .. } = &self.bench;
        let mut owed = BTreeSet::new();
        let (mut after, head) = (self.cursor, journal.head());
        while after < head {
            let stretch = (after, 100);
            let page = journal.read(partner, Channel::Push, Want::Remove, stretch).await.unwrap();
            owed.extend(page.entries.iter().map(|entry| entry.item.id));
            after = page.reached;
        }
        for core in 0..6 {
            let id = id(&core.to_string());
            let Some(account) = journal.account(id).await.unwrap() else { continue };
            let look = journal.look(partner, Channel::Push, vec![id]).await.unwrap().pop();
            let shown = look.as_ref().is_some_and(|entry| !entry.item.is_deleted());
            let holder = account.holders.first();
            let back = holder.and_then(|holder| holder.back.as_ref());
            let open = back.is_some_and(|back| back.taken == Taken::Open);
            prop_assert_eq!(open, owed.contains(&id), "{:?}", back);
            let told = look.as_ref().is_some_and(|entry| entry.item.is_deleted());
            prop_assert_eq!(back.is_some(), told, "{:?}", account);
            prop_assert!(!shown || back.is_none());
            let held = self.held.get(&id).is_some_and(|(_, shown)| *shown);
            prop_assert!(!held || holder.is_some(), "{:?}", account);
        }
        Ok(())
    }
}

async fn live(steps: &[(u8, u32, bool)]) -> Result<(), TestCaseError> {
    let bench = Bench::new(&[MEPPEL]).await;
    let (held, cursor) = (BTreeMap::new(), Sequence::ZERO);
    let mut life = Life { bench, held, cursor, past: Vec::new() };
    for (turn, (step, item, second)) in steps.iter().enumerate() {
        let region = if *second { ASSEN } else { MEPPEL };
        let bench = &life.bench;
        match step {
            0 | 1 => {
                bench.append(vec![publish(&item.to_string(), region, &turn.to_string())]).await;
            }
            2 => drop(bench.append(vec![Change::Remove(id(&item.to_string()))]).await),
            3 => {
                let all = [&[][..], &[MEPPEL], &[ASSEN], &[MEPPEL, ASSEN]];
                bench.scope(all[usize::try_from(item % 4).unwrap()]).await;
            }
            4 if *second => {
                let cause = Cause { person: "proef".into(), reason: "proef".into() };
                bench.journal.act(&bench.partner, Deed::Resync, cause).await.unwrap();
                bench.journal.set_flag(&bench.partner, Flag::Repeat, false).await.unwrap();
            }
            4 => bench.journal.enter_marks().await.unwrap(),
            _ => life.sips(3).await,
        }
        life.past.push((life.bench.clock.now(), life.holds()));
        life.bench.clock.wind(if *second { 2 * HOUR } else { 1_000 });
        life.agrees().await?;
    }
    while life.cursor < life.bench.journal.head() {
        life.sips(3).await;
    }
    life.past.push((life.bench.clock.now(), life.holds()));
    for (at, holds) in &life.past {
        let told: BTreeSet<_> =
            life.bench.held_at(*at).await.into_iter().map(|(id, _)| id).collect();
        prop_assert!(holds.is_subset(&told), "{} {:?} {:?}", at, holds, told);
    }
    let told = life.bench.held_at(life.bench.clock.now()).await;
    let told: BTreeSet<_> = told.into_iter().map(|(id, _)| id).collect();
    prop_assert_eq!(told, life.holds(), "nothing is in doubt at the end");
    Ok(())
}
