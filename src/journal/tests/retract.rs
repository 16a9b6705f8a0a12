//! Emergency removals, commands, ended agreements, and comparisons that do not fit.

use crate::minimise::AuthorKey;

use super::*;

fn cause() -> Cause {
    Cause { person: "beheer".into(), reason: "op verzoek".into() }
}

fn author() -> AuthorKey {
    policy().author_key("p1")
}

async fn owed(bench: &Bench, action: u64) -> Vec<(Channel, u32, u32)> {
    let progress = bench.journal.progress(action).await.unwrap().unwrap();
    progress.into_iter().map(|owed| (owed.channel, owed.items, owed.open)).collect()
}

#[tokio::test]
async fn a_blocked_item_stays_away_over_restart_and_republication() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", MEPPEL, "twee")]).await;
    bench.mark(2).await;
    let done = bench.journal.retract(Block::Item(id("1")), cause()).await.unwrap();
    assert_eq!((done.action, done.items), (1, 1));
    assert_eq!(bench.read(Want::Remove, 0).await, [(id("1"), 3, false)]);
    bench.journal.close().await;
    let journal = Journal::open(bench.folder.path(), Clock::wound(now())).unwrap();
    let bench = Bench { journal, ..bench };
    let again = bench.append(vec![publish("1", MEPPEL, "terug")]).await;
    assert_eq!((again.published, again.numbers), (0, vec![Some(1)]));
    assert_eq!(bench.read(Want::Publish, 0).await, [(id("2"), 2, true)]);
    // Also what the journal never saw can be blocked.
    let done = bench.journal.retract(Block::Item(id("9")), cause()).await.unwrap();
    assert_eq!(owed(&bench, done.action).await, []);
    let again = bench.append(vec![publish("9", MEPPEL, "nieuw")]).await;
    assert_eq!((again.published, again.numbers), (0, vec![None]));
}

#[tokio::test]
async fn everything_of_a_person_goes_and_nothing_comes_back() {
    let bench = Bench::new(&[MEPPEL]).await;
    let items = (0..5).map(|n| publish(&n.to_string(), MEPPEL, "tekst"));
    bench.append(items.collect()).await;
    bench.mark(3).await;
    let done = bench.journal.retract(Block::Author(author()), cause()).await.unwrap();
    assert_eq!(done.items, 5);
    assert_eq!(bench.journal.counts(), Counts { live: 0, removed: 5 });
    assert_eq!(owed(&bench, done.action).await, [(Channel::Push, 3, 3)]);
    let step = Advance {
        partner: bench.partner.clone(),
        cursor: Cursor::Remove,
        to: Sequence::new(7),
        items: 2,
        rung: Rung::Accepted,
    };
    bench.journal.advance(step).await.unwrap();
    assert_eq!(owed(&bench, done.action).await, [(Channel::Push, 3, 1)]);
    let last = (id("0"), Sequence::new(6), now());
    bench.journal.park(&bench.partner, Lane::Remove, vec![last]).await.unwrap();
    assert_eq!(owed(&bench, done.action).await, [(Channel::Push, 3, 2)], "set aside is open");
    let later = bench.append(vec![publish("7", MEPPEL, "later")]).await;
    assert_eq!(later.published, 0);
    assert_eq!(bench.journal.progress(99).await.unwrap(), None);
}

#[tokio::test]
async fn commands_are_kept_with_their_reasons() {
    let bench = Bench::new(&[MEPPEL]).await;
    let act = async |deed| bench.journal.act(&bench.partner, deed, cause()).await.unwrap();
    act(Deed::Pause).await;
    assert!(bench.journal.standing(&bench.partner).await.unwrap().paused);
    act(Deed::Resume).await;
    act(Deed::Resync).await;
    let standing = bench.journal.standing(&bench.partner).await.unwrap();
    assert!(!standing.paused && standing.repeat);
    let kept = bench.journal.actions(&bench.partner, 10).await.unwrap();
    let deeds: Vec<_> = kept.iter().map(|action| action.deed).collect();
    assert_eq!(deeds, [Deed::Resync, Deed::Resume, Deed::Pause]);
    assert!(kept.iter().all(|action| action.cause == cause() && action.at == now()));
}

#[tokio::test]
async fn an_agreement_that_is_ended_takes_everything_back_and_can_be_closed_by_a_person() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.mark(1).await;
    bench.journal.end(&bench.partner, "sha256:00".into(), cause()).await.unwrap();
    let ended = (bench.partner.clone(), "sha256:00".to_owned());
    assert_eq!(bench.journal.ended().await.unwrap(), [ended]);
    assert_eq!(bench.read(Want::Both, 1).await, [(id("1"), 2, false)]);
    let open = async || {
        let backlog = bench.journal.backlog(&bench.partner, Channel::Push, Lane::Remove);
        backlog.await.unwrap().items
    };
    assert_eq!(open().await, 1);
    bench.journal.act(&bench.partner, Deed::Close, cause()).await.unwrap();
    assert_eq!(open().await, 0);
}

#[tokio::test]
async fn each_difference_is_told_apart() {
    let bench = Bench::new(&[MEPPEL]).await;
    let core = ["1", "2", "3", "4", "5"];
    bench.append(core.map(|core| publish(core, MEPPEL, "tekst")).into()).await;
    bench.mark(3).await;
    bench
        .append(vec![
            Change::Remove(id("1")),
            publish("2", MEPPEL, "anders"),
            Change::Remove(id("4")),
            Change::Remove(id("3")),
        ])
        .await;
    let claims = [("1", 1), ("2", 2), ("3", 99), ("4", 4), ("5", 5), ("9", 50), ("2", 99)];
    let claim =
        |(core, modified)| Claim { id: id(core), modified: Sequence::new(modified), kind: None };
    let claims = claims.map(claim).into();
    let found = bench.journal.differences(&bench.partner, Channel::Push, claims).await.unwrap();
    let found: Vec<_> = found
        .iter()
        .map(|difference| match difference {
            Difference::Extra { entry, owed } => {
                assert!(entry.item.is_deleted());
                (entry.item.id, entry.item.modified.get(), if *owed { "owed" } else { "extra" })
            }
            Difference::Stale(entry) => (entry.item.id, entry.item.modified.get(), "stale"),
            Difference::Impossible(id) => (*id, 0, "impossible"),
        })
        .collect();
    let expected = [
        (id("1"), 6, "owed"),
        (id("2"), 7, "stale"),
        (id("3"), 100, "extra"), // held under a number above its removal
        (id("4"), 8, "extra"),   // never sent, as far as is known
        (id("9"), 51, "extra"),  // never heard of
        (id("2"), 0, "impossible"),
    ];
    assert_eq!(found, expected);
}

#[tokio::test]
async fn a_journal_of_the_first_version_gets_its_digests() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append((0..50).map(|n| publish(&n.to_string(), MEPPEL, "tekst")).collect()).await;
    bench.append((0..9).map(|n| Change::Remove(id(&n.to_string()))).collect()).await;
    let expected = bench.journal.expected(&bench.partner).await.unwrap();
    assert_eq!(expected.count(), 41);
    bench.journal.close().await;
    let db = rusqlite::Connection::open(bench.folder.path().join("journal.db")).unwrap();
    let back = "DROP INDEX item_author; DROP TABLE bucket; DROP TABLE action; DROP TABLE block;
        DROP TABLE retracted; ALTER TABLE partner DROP COLUMN repeat;
        ALTER TABLE partner DROP COLUMN lease; ALTER TABLE partner DROP COLUMN ended;
        ALTER TABLE partner DROP COLUMN began; ALTER TABLE standing DROP COLUMN forgotten;
        ALTER TABLE standing DROP COLUMN forgotten_at;
        DROP INDEX item_shown; ALTER TABLE partner DROP COLUMN feed_mark;
        DROP TABLE ledger; DROP TABLE checkpoint; DROP TABLE ledger_item; DROP TABLE ledger_salt;
        DROP TABLE secret;
        ALTER TABLE standing DROP COLUMN ledger; ALTER TABLE standing DROP COLUMN ledger_hash;
        ALTER TABLE partner DROP COLUMN agreed; ALTER TABLE partner DROP COLUMN push_entered;
        ALTER TABLE partner DROP COLUMN pull_entered; DROP INDEX receipt_open;
        ALTER TABLE receipt DROP COLUMN entered;
        PRAGMA user_version = 1;";
    db.execute_batch(back).unwrap();
    drop(db);
    let journal = Journal::open(bench.folder.path(), Clock::wound(now())).unwrap();
    let bench = Bench { journal, ..bench };
    assert_eq!(bench.journal.expected(&bench.partner).await.unwrap(), expected);
    // What was there before the ledger is named in it once something happens to it.
    bench.append(vec![Change::Remove(id("20"))]).await;
    assert_eq!(bench.journal.references(id("20")).await.unwrap().len(), 1);
    // And where it was does not outlast the time that the ledger keeps.
    bench.clock.wind(100 * 24 * 3_600_000);
    let forgotten = bench.journal.forget(bench.clock.now(), Sequence::ZERO).await.unwrap();
    let retained = bench.journal.retain(bench.clock.now()).await.unwrap();
    assert_eq!((forgotten.items, retained.items), (10, 10));
    let db = rusqlite::Connection::open(bench.folder.path().join("journal.db")).unwrap();
    let stays = "SELECT count(*) FROM stay WHERE num NOT IN (SELECT num FROM item)";
    assert_eq!(db.query_row(stays, [], |row| row.get::<_, u32>(0)).unwrap(), 0);
}
