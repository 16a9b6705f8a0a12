//! The journal as its users see it, on a real file.

use std::collections::BTreeMap;
use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use crate::minimise::{CoreId, Policy, Verdict, minimise};
use crate::model::{Digest, Kind, Region, RegionSet};
use crate::partner::Scope;
use crate::source::{self, Position};

use super::*;

mod account;
mod horizon;
mod inventory;
mod ledger;
mod listing;
mod newest;
mod retract;

const MEPPEL: &str = "GM0119";
const ASSEN: &str = "GM0106";

fn policy() -> Policy {
    Policy::new([7; 32])
}

fn id(core: &str) -> PublicId {
    policy().public_id(&CoreId::new(core))
}

fn now() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn publish(core: &str, region: &str, body: &str) -> Change {
    publish_until(core, region, body, "2027-01-01T00:00:00Z")
}

fn publish_until(core: &str, region: &str, body: &str, expires: &str) -> Change {
    let row = serde_json::json!({
        "id": core, "author_id": "p1", "kind": "request", "first_name": "Anna",
        "region_code": region, "region_name": "", "title": "Hulp", "body": body, "language": "nl",
        "url": "https://platform.example/hulp", "published_at": "2026-11-20T09:00:00Z",
        "expires_at": expires, "share": true, "approved": null, "visibility": "public",
        "of_age": true, "withhold": [],
    });
    let row = source::row(&row.to_string()).expect("a row");
    match minimise(&row, &policy(), now()) {
        Verdict::Publish(item, _) => Change::Publish(item),
        Verdict::Withhold(reason) => panic!("withheld: {}", reason.as_str()),
    }
}

fn scope(codes: &[&str]) -> Scope {
    let regions: RegionSet = codes.iter().map(|code| Region::from_code(code).unwrap()).collect();
    Scope::new(&Kind::ALL, regions)
}

/// A journal in a folder of its own, with one partner.
struct Bench {
    journal: Journal,
    partner: PartnerId,
    clock: Clock,
    folder: TempDir,
}

impl Bench {
    async fn new(codes: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        let clock = Clock::wound(now());
        let journal = Journal::open(folder.path(), clock.clone()).unwrap();
        let bench = Self { journal, partner: "wijk".parse().unwrap(), clock, folder };
        bench.scope(codes).await;
        bench
    }

    async fn scope(&self, codes: &[&str]) {
        let (partner, scope) = (self.partner.clone(), scope(codes));
        let enrolment = Enrolment { partner, scope, agreement: "sha256:00".into(), terms: None };
        self.journal.enrol(vec![enrolment]).await.unwrap();
    }

    async fn append(&self, changes: Vec<Change>) -> Appended {
        self.journal.append(Batch { changes, ..Batch::default() }).await.unwrap()
    }

    async fn mark(&self, position: u64) {
        let position = Sequence::new(position);
        self.journal.mark(&self.partner, Channel::Push, position).await.unwrap();
    }

    /// What a lane sees after a position: id, position, shown.
    async fn read(&self, want: Want, after: u64) -> Vec<(PublicId, u64, bool)> {
        let stretch = (Sequence::new(after), 100);
        let page = self.journal.read(&self.partner, Channel::Push, want, stretch).await.unwrap();
        assert_eq!(page.reached, self.journal.head(), "everything was considered");
        let items = page.entries.into_iter().map(|entry| entry.item);
        items.map(|item| (item.id, item.modified.get(), !item.is_deleted())).collect()
    }
}

#[tokio::test]
async fn a_repeat_is_no_change_and_a_removal_blanks_and_counts() {
    let bench = Bench::new(&[MEPPEL]).await;
    let first = bench.append(vec![publish("1", MEPPEL, "een"), publish("2", ASSEN, "twee")]).await;
    assert_eq!((first.published, first.removed), (2, 0));
    let again = bench.append(vec![publish("1", MEPPEL, "een")]).await;
    assert_eq!((again.published, again.numbers), (0, vec![Some(1)]));
    assert_eq!(bench.journal.head().get(), 2);
    let removed = bench.append(vec![Change::Remove(id("1")), Change::Remove(id("9"))]).await;
    assert_eq!((removed.removed, removed.numbers), (1, vec![Some(1), None]));
    assert_eq!(bench.journal.counts(), Counts { live: 1, removed: 1 });
}

#[tokio::test]
async fn a_removal_is_owed_only_to_whom_the_item_may_have_been_sent() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", MEPPEL, "twee")]).await;
    assert_eq!(bench.read(Want::Publish, 0).await.len(), 2);
    bench.mark(1).await;
    bench.append(vec![Change::Remove(id("1")), Change::Remove(id("2"))]).await;
    assert_eq!(bench.read(Want::Remove, 0).await, [(id("1"), 3, false)]);
    assert_eq!(bench.read(Want::Publish, 0).await, []);
    bench.append(vec![publish("1", MEPPEL, "terug")]).await;
    assert_eq!(bench.read(Want::Remove, 0).await, []);
    assert_eq!(bench.read(Want::Publish, 3).await, [(id("1"), 5, true)]);
}

#[tokio::test]
async fn an_item_that_moves_out_of_a_scope_is_retracted_there() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.mark(1).await;
    bench.append(vec![publish("1", ASSEN, "een")]).await;
    assert_eq!(bench.read(Want::Both, 0).await, [(id("1"), 2, false)]);
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    assert_eq!(bench.read(Want::Both, 0).await, [(id("1"), 3, true)]);
}

#[tokio::test]
async fn a_narrower_and_a_wider_agreement_raise_the_change_number() {
    let bench = Bench::new(&[MEPPEL, ASSEN]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", ASSEN, "twee")]).await;
    bench.mark(2).await;
    bench.scope(&[MEPPEL]).await;
    assert_eq!(bench.read(Want::Remove, 2).await, [(id("2"), 4, false)]);
    assert_eq!(bench.read(Want::Publish, 2).await, []);
    // Changed while out of scope and before the retraction was read: it must not be forgotten.
    bench.append(vec![publish("2", ASSEN, "anders")]).await;
    assert_eq!(bench.read(Want::Remove, 2).await, [(id("2"), 5, false)]);
    bench.scope(&[MEPPEL, ASSEN]).await;
    assert_eq!(bench.read(Want::Both, 5).await, [(id("2"), 7, true)]);
    bench.scope(&[]).await;
    let gone = bench.read(Want::Both, 7).await;
    assert_eq!(gone, [(id("1"), 8, false), (id("2"), 9, false)]);
    assert_eq!(bench.journal.head().get(), 9);
}

#[tokio::test]
async fn an_agreement_that_starts_later_lets_everything_in_above_the_cursor() {
    let bench = Bench::new(&[]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    assert_eq!(bench.read(Want::Both, 0).await, []);
    let passed = bench.journal.head().get();
    bench.scope(&[MEPPEL]).await;
    assert_eq!(bench.read(Want::Publish, passed).await, [(id("1"), passed + 1, true)]);
}

#[tokio::test]
async fn an_item_that_was_prolonged_does_not_expire() {
    let bench = Bench::new(&[MEPPEL]).await;
    let past = "2026-11-22T12:00:01Z";
    bench.append(vec![publish_until("1", MEPPEL, "een", past), publish("2", MEPPEL, "twee")]).await;
    bench.journal.0.clock.wind(2_000);
    let expired = bench.append(vec![Change::Expire(id("1")), Change::Expire(id("2"))]).await;
    assert_eq!((expired.removed, expired.numbers), (1, vec![Some(1), None]));
}

#[tokio::test]
async fn a_partner_holds_something_until_its_retractions_are_accepted() {
    let bench = Bench::new(&[MEPPEL]).await;
    let holds = async |channel| bench.journal.may_hold_anything(&bench.partner, channel).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    assert_eq!(holds(Channel::Push).await, Ok(false));
    bench.mark(1).await;
    let accepted = async |cursor, to| {
        let (partner, to) = (bench.partner.clone(), Sequence::new(to));
        let step = Advance { partner, cursor, to, items: 1, rung: Rung::Accepted };
        bench.journal.advance(step).await.unwrap();
    };
    assert_eq!(holds(Channel::Push).await, Ok(true), "in doubt");
    accepted(Cursor::Publish, 1).await;
    assert_eq!(holds(Channel::Push).await, Ok(true));
    bench.append(vec![Change::Remove(id("1"))]).await;
    assert_eq!(holds(Channel::Push).await, Ok(true), "the retraction is open");
    accepted(Cursor::Remove, 2).await;
    assert_eq!(holds(Channel::Push).await, Ok(false));
    assert_eq!(holds(Channel::Pull).await, Ok(false));
}

#[tokio::test]
async fn what_was_skipped_comes_once_more_at_a_higher_position() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", ASSEN, "twee")]).await;
    bench.mark(2).await;
    bench.journal.catch_up(&bench.partner).await.unwrap();
    assert_eq!(bench.journal.head().get(), 2, "nothing was skipped");
    bench.journal.set_flag(&bench.partner, Flag::Skipped, true).await.unwrap();
    bench.journal.catch_up(&bench.partner).await.unwrap();
    assert_eq!(bench.read(Want::Both, 2).await, [(id("1"), 5, true)]);
    assert!(!bench.journal.standing(&bench.partner).await.unwrap().skipped);
}

#[tokio::test]
async fn another_partner_sees_nothing_of_a_scope_change() {
    let bench = Bench::new(&[MEPPEL]).await;
    let other = Enrolment {
        partner: "ander".parse().unwrap(),
        scope: scope(&[MEPPEL]),
        agreement: "sha256:00".into(),
        terms: None,
    };
    bench.journal.enrol(vec![other.clone()]).await.unwrap();
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.mark(1).await;
    bench.scope(&[]).await;
    let stretch = (Sequence::new(1), 100);
    let read = bench.journal.read(&other.partner, Channel::Push, Want::Both, stretch).await;
    assert_eq!(read.unwrap().entries, []);
}

#[tokio::test]
async fn pages_of_any_size_add_up_to_the_whole() {
    let bench = Bench::new(&[MEPPEL]).await;
    let region = |n: u32| if n.is_multiple_of(3) { ASSEN } else { MEPPEL };
    let items = (0..200).map(|n| publish(&n.to_string(), region(n), "tekst"));
    bench.append(items.collect()).await;
    bench.mark(200).await;
    bench.scope(&[ASSEN]).await;
    bench.append((0..20).map(|n| Change::Remove(id(&n.to_string()))).collect()).await;
    let whole = bench.read_all(1_000).await;
    assert!(whole.len() > 150);
    for limit in [1, 7, 64, 65] {
        assert_eq!(bench.read_all(limit).await, whole, "pages of {limit}");
    }
}

impl Bench {
    async fn read_all(&self, limit: usize) -> Vec<(PublicId, u64)> {
        let (mut all, mut after) = (Vec::new(), Sequence::ZERO);
        while after < self.journal.head() {
            let stretch = (after, limit);
            let page = self.journal.read(&self.partner, Channel::Push, Want::Both, stretch).await;
            let page = page.unwrap();
            assert!(page.reached > after && page.entries.len() <= limit);
            let items = page.entries.iter().map(|entry| &entry.item);
            all.extend(items.map(|item| (item.id, item.modified.get())));
            after = page.reached;
        }
        all
    }
}

#[tokio::test]
async fn everything_is_there_after_opening_again_and_two_can_not_have_it() {
    let bench = Bench::new(&[MEPPEL]).await;
    let position = Some(Position("here".into()));
    let changes = vec![publish("1", MEPPEL, "een")];
    let comparison = Some(Comparison::Done);
    bench.journal.append(Batch { changes, position, comparison }).await.unwrap();
    bench.mark(1).await;
    let refused = Journal::open(bench.folder.path(), Clock::wound(now()));
    assert_eq!(refused.err(), Some(Error::InUse));
    bench.journal.close().await;
    let journal = Journal::open(bench.folder.path(), Clock::wound(now())).unwrap();
    let bench = Bench { journal, ..bench };
    assert_eq!(bench.read(Want::Publish, 0).await, [(id("1"), 1, true)]);
    let standing = bench.journal.source().await.unwrap();
    assert_eq!(standing.position, Some(Position("here".into())));
    assert!(!standing.comparison_owed);
    assert_eq!(bench.journal.standing(&bench.partner).await.unwrap().push_mark.get(), 1);
}

#[tokio::test]
async fn an_item_expires_by_the_clock() {
    let bench = Bench::new(&[MEPPEL]).await;
    let soon = "2026-11-22T13:00:00Z";
    bench.append(vec![publish_until("1", MEPPEL, "een", soon), publish("2", MEPPEL, "twee")]).await;
    assert_eq!(bench.journal.expired(now(), 10).await.unwrap(), []);
    assert_eq!(bench.journal.expired(soon.parse().unwrap(), 10).await.unwrap(), [id("1")]);
}

#[tokio::test]
async fn cursors_only_go_forward_and_receipts_cover_ranges() {
    let bench = Bench::new(&[MEPPEL]).await;
    let step = |to: u64, items| Advance {
        partner: bench.partner.clone(),
        cursor: Cursor::Publish,
        to: Sequence::new(to),
        items,
        rung: Rung::Accepted,
    };
    for (to, items) in [(5, 3), (9, 2), (7, 0)] {
        bench.journal.advance(step(to, items)).await.unwrap();
    }
    assert_eq!(bench.journal.standing(&bench.partner).await.unwrap().publish.get(), 9);
    let file = bench.folder.path().join("journal.db");
    let db = rusqlite::Connection::open(file).unwrap();
    let receipt = db.query_row("SELECT after, upto, items FROM receipt", [], |row| {
        Ok((row.get::<_, u64>(0)?, row.get::<_, u64>(1)?, row.get::<_, u64>(2)?))
    });
    assert_eq!(receipt.unwrap(), (0, 9, 5));
}

#[tokio::test]
async fn a_refused_removal_stays_open_until_it_is_accepted() {
    let bench = Bench::new(&[MEPPEL]).await;
    let (journal, partner) = (&bench.journal, &bench.partner);
    journal.park(partner, Lane::Remove, vec![(id("1"), Sequence::new(1), now())]).await.unwrap();
    let open = journal.backlog(partner, Channel::Push, Lane::Remove).await.unwrap();
    assert_eq!((open.items, open.oldest), (1, Some(now())));
    journal.unpark(partner, Lane::Remove, vec![id("1")]).await.unwrap();
    let open = journal.backlog(partner, Channel::Push, Lane::Remove).await.unwrap();
    assert_eq!(open, Backlog::default());
}

/// Promise P8: no byte of a removed text is left in any file, whatever came before.
#[tokio::test]
async fn no_file_holds_a_text_after_its_removal() {
    let bench = Bench::new(&[MEPPEL]).await;
    let mut dice = fastrand::Rng::with_seed(8);
    for round in 0..30 {
        let mut changes = Vec::new();
        for n in 0..200 {
            let core = format!("{}", dice.u32(0..1_000));
            let words = "geheimwoord ".repeat(dice.usize(1..40));
            changes.push(match dice.u32(0..4) {
                0 => Change::Remove(id(&core)),
                _ => publish(&core, MEPPEL, &format!("{words} {round} {n}")),
            });
        }
        bench.append(changes).await;
    }
    let file = bench.folder.path().join("journal.db");
    let keys: Vec<Vec<u8>> = {
        let db = rusqlite::Connection::open(&file).unwrap();
        let mut statement = db.prepare("SELECT key FROM item_key").unwrap();
        let keys = statement.query_map([], |row| row.get(0)).unwrap();
        keys.map(Result::unwrap).filter(|key: &Vec<u8>| key.iter().any(|byte| *byte != 0)).collect()
    };
    assert!(keys.len() > 500, "keys of live texts");
    let all = (0..1_000).map(|n| Change::Remove(id(&n.to_string())));
    bench.append(all.collect()).await;
    bench.journal.tidy().await.unwrap();
    // The first may share a turn of the writer with the tidying; the second comes after it.
    bench.mark(1).await;
    bench.mark(1).await;
    let secret = keys.iter().map(Vec::as_slice).chain([b"geheimwoord".as_slice()]);
    let search = aho_corasick::AhoCorasick::new(secret).unwrap();
    for file in fs::read_dir(bench.folder.path()).unwrap() {
        let path = file.unwrap().path();
        let bytes = fs::read(&path).unwrap();
        let found = search.find_iter(&bytes).count();
        assert_eq!(found, 0, "{} of {} bytes", path.display(), bytes.len());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]
    /// Applying everything a partner reads, in any rhythm, ends in exactly what it may have.
    #[test]
    fn a_partner_that_reads_everything_holds_exactly_its_scope(
        steps in proptest::collection::vec((0_u8..7, 0_u32..8, any::<bool>()), 1..60),
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).build();
        runtime.unwrap().block_on(walk(&steps))?;
    }
}

/// Takes random steps and holds what the partner would hold.
async fn walk(steps: &[(u8, u32, bool)]) -> Result<(), TestCaseError> {
    let bench = Bench::new(&[MEPPEL]).await;
    let (mut core, mut regions) = (BTreeMap::new(), vec![MEPPEL]);
    let (mut held, mut cursor) = (BTreeMap::new(), Sequence::ZERO);
    for (turn, (step, item, second)) in steps.iter().enumerate() {
        let region = if *second { ASSEN } else { MEPPEL };
        match step {
            0 | 1 => {
                bench.append(vec![publish(&item.to_string(), region, &turn.to_string())]).await;
                core.insert(*item, region);
            }
            2 => {
                bench.append(vec![Change::Remove(id(&item.to_string()))]).await;
                core.remove(item);
            }
            3 => {
                regions = match item % 4 {
                    0 => vec![],
                    1 => vec![MEPPEL],
                    2 => vec![ASSEN],
                    _ => vec![MEPPEL, ASSEN],
                };
                bench.scope(&regions).await;
            }
            4 => {
                let cause = Cause { person: "proef".into(), reason: "proef".into() };
                bench.journal.act(&bench.partner, Deed::Resync, cause).await.unwrap();
            }
            _ => cursor = sip(&bench, &mut held, cursor, 3).await,
        }
    }
    while cursor < bench.journal.head() {
        cursor = sip(&bench, &mut held, cursor, 3).await;
    }
    let allowed = core.into_iter().filter(|(_, region)| regions.contains(region));
    let expected: Vec<PublicId> = allowed.map(|(item, _)| id(&item.to_string())).collect();
    let mut shown: Vec<PublicId> =
        held.iter().filter(|(_, (_, shown))| *shown).map(|(id, _)| *id).collect();
    shown.sort();
    let mut expected = expected;
    expected.sort();
    prop_assert_eq!(shown, expected);
    let shown = held.into_iter().filter(|(_, (_, shown))| *shown);
    agrees(&bench, shown.map(|(id, (modified, _))| (id, modified)).collect()).await
}

/// What a partner holds that applied everything agrees with the journal by every comparison.
async fn agrees(bench: &Bench, held: Vec<(PublicId, Sequence)>) -> Result<(), TestCaseError> {
    let Bench { journal, partner, .. } = bench;
    let expected = journal.expected(partner).await.unwrap();
    let mut digest = Digest::EMPTY;
    held.iter().for_each(|(id, modified)| digest.turn(Digest::of(id, modified)));
    prop_assert_eq!(expected.count(), u64::try_from(held.len()).unwrap());
    prop_assert_eq!(expected.digest(), digest);
    let mut listed = Vec::new();
    for bucket in &expected.buckets {
        let of = journal.expected_of(partner, (bucket.kind, bucket.region), 1_000).await.unwrap();
        listed.extend(of);
    }
    listed.sort();
    prop_assert_eq!(&listed, &held);
    let claim =
        |(id, modified): &(PublicId, Sequence)| Claim { id: *id, modified: *modified, kind: None };
    let claims = held.iter().map(claim).collect();
    let differences = journal.differences(partner, Channel::Push, claims).await.unwrap();
    prop_assert_eq!(differences, vec![]);
    Ok(())
}

/// Marks, reads a page and applies it as a receiver does: only what is higher.
async fn sip(
    bench: &Bench,
    held: &mut BTreeMap<PublicId, (Sequence, bool)>,
    cursor: Sequence,
    limit: usize,
) -> Sequence {
    bench.mark(bench.journal.head().get()).await;
    let stretch = (cursor, limit);
    let page = bench.journal.read(&bench.partner, Channel::Push, Want::Both, stretch).await;
    let page = page.unwrap();
    for Entry { item, .. } in page.entries {
        let newer = held.get(&item.id).is_none_or(|(modified, _)| item.modified > *modified);
        if newer {
            held.insert(item.id, (item.modified, !item.is_deleted()));
        }
    }
    page.reached
}

#[tokio::test]
async fn a_removal_concerns_whoever_may_hold_the_item_from_an_earlier_place() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een"), publish("2", MEPPEL, "twee")]).await;
    bench.mark(2).await;
    bench.append(vec![publish("1", ASSEN, "een")]).await;
    bench.append(vec![Change::Remove(id("2")), Change::Remove(id("1"))]).await;
    // The lane passed the place from which it moved, when it was there no more.
    assert_eq!(bench.read(Want::Remove, 4).await, [(id("1"), 5, false)]);
}
