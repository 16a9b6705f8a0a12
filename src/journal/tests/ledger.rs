//! What happens becomes lines of a ledger that holds, and that tells nothing once it is over.

use std::sync::Arc;

use crate::ledger::{Entry, Signer, Terms, Verified, Verifier, What};

use super::*;

const DAY: std::time::Duration = std::time::Duration::from_secs(24 * 60 * 60);

fn signer() -> Arc<Signer> {
    Arc::new(Signer::new(&[5; 32]).unwrap())
}

/// The whole ledger, checked line by line.
async fn verified(journal: &Journal) -> (Verified, Vec<Entry>) {
    let mut verifier = Verifier::new(signer().key());
    let (mut after, mut entries) = (0, Vec::new());
    loop {
        let page = journal.ledger(after, 3).await.unwrap();
        let Some(last) = page.lines.last().map(|line| line.num) else { break };
        let mut checkpoints = page.checkpoints.iter().peekable();
        let first = page.lines[0].num;
        while let Some(base) = checkpoints.next_if(|checkpoint| checkpoint.checkpoint < first) {
            verifier.checkpoint(base, 0).unwrap();
        }
        for kept in &page.lines {
            let line = verifier.line(&kept.text, kept.num).unwrap();
            assert_eq!(line.entry.what().as_str(), kept.what);
            assert_eq!(line.entry.subject(), kept.subject);
            entries.push(line.entry);
            while let Some(one) = checkpoints.next_if(|one| one.checkpoint == kept.num) {
                verifier.checkpoint(one, kept.num).unwrap();
            }
        }
        assert_eq!(checkpoints.next(), None);
        after = last;
    }
    let verified = verifier.finish();
    assert_eq!(verified.tip, journal.ledger_end().await.unwrap());
    (verified, entries)
}

fn words(entries: &[Entry]) -> Vec<&'static str> {
    entries.iter().map(|entry| entry.what().as_str()).collect()
}

impl Bench {
    async fn accept(&self, cursor: Cursor, to: u64) {
        let (partner, to) = (self.partner.clone(), Sequence::new(to));
        let advance = Advance { partner, cursor, to, items: 1, rung: Rung::Accepted };
        self.journal.advance(advance).await.unwrap();
    }

    fn row(&self, sql: &str) -> usize {
        rusqlite::Connection::open(self.folder.path().join("journal.db"))
            .unwrap()
            .execute(sql, [])
            .unwrap()
    }
}

#[tokio::test]
async fn what_happens_to_an_item_and_a_partner_is_on_the_ledger_in_order() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.mark(1).await;
    bench.accept(Cursor::Publish, 1).await;
    bench.append(vec![Change::Remove(id("1"))]).await;
    bench.accept(Cursor::Remove, 2).await;
    let cause = Cause { person: "beheer".into(), reason: "op verzoek".into() };
    bench.journal.act(&bench.partner, Deed::Pause, cause).await.unwrap();
    bench.journal.set_lease(&bench.partner, now()).await.unwrap();
    bench.journal.set_lease(&bench.partner, now()).await.unwrap();
    let refused = vec![(id("1"), Sequence::new(2), now())];
    bench.journal.park(&bench.partner, Lane::Remove, refused.clone()).await.unwrap();
    bench.journal.park(&bench.partner, Lane::Remove, refused).await.unwrap();
    bench.journal.unpark(&bench.partner, Lane::Remove, vec![id("1")]).await.unwrap();
    bench.journal.unpark(&bench.partner, Lane::Remove, vec![id("1")]).await.unwrap();
    bench.journal.enter_marks().await.unwrap();
    bench.journal.enter_marks().await.unwrap();
    assert_eq!(bench.journal.enter_receipts(false).await.unwrap(), 0, "they may still grow");
    bench.clock.wind(61_000);
    assert_eq!(bench.journal.enter_receipts(false).await.unwrap(), 1, "that of the removal");
    assert_eq!(bench.journal.enter_receipts(true).await.unwrap(), 1);
    assert_eq!(bench.journal.enter_receipts(true).await.unwrap(), 0);
    let (whole, entries) = verified(&bench.journal).await;
    assert_eq!(
        words(&entries),
        [
            "scope",
            "published",
            "removed",
            "deed",
            "lease",
            "owed",
            "settled",
            "sent",
            "receipt",
            "receipt"
        ]
    );
    assert_eq!((whole.unsigned, whole.checkpoints), (10, 0));
    let [(num, reference)] = bench.journal.references(id("1")).await.unwrap()[..] else {
        panic!("one reference");
    };
    assert_eq!(num, 1);
    let lines = bench.journal.entries(reference.to_string(), What::Published, 9).await.unwrap();
    assert_eq!(lines[0].entry, Entry::Shown { item: reference, position: 1 });
    let since = bench.journal.entry_since("wijk".into(), What::Sent, now()).await.unwrap();
    let up_to = 1;
    let (partner, channel) = ("wijk".to_owned(), "push".to_owned());
    assert_eq!(since.unwrap().entry, Entry::Sent { partner, channel, up_to });
    assert_eq!(bench.journal.receipts_that_differ().await.unwrap(), [0; 0]);
    let text: Vec<_> = entries.iter().map(|entry| format!("{entry:?}")).collect();
    for hidden in [&*id("1").to_string(), "Anna", "beheer", "verzoek", "platform.example"] {
        assert!(!text.concat().contains(hidden), "{hidden}");
    }
}

#[tokio::test]
async fn a_receipt_that_was_entered_grows_no_more() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.accept(Cursor::Remove, 1).await;
    bench.accept(Cursor::Remove, 2).await;
    assert_eq!(bench.journal.enter_receipts(true).await.unwrap(), 1);
    bench.accept(Cursor::Remove, 3).await;
    assert_eq!(bench.journal.enter_receipts(true).await.unwrap(), 1);
    let (_, entries) = verified(&bench.journal).await;
    let ends = entries.iter().filter_map(|entry| {
        let Entry::Receipt(receipt) = entry else { return None };
        Some((receipt.after, receipt.up_to, receipt.items))
    });
    assert_eq!(ends.collect::<Vec<_>>(), [(0, 2, 2), (2, 3, 1)]);
    bench.row("UPDATE receipt SET upto = 9 WHERE num = 1");
    assert_eq!(bench.journal.receipts_that_differ().await.unwrap(), [1]);
}

#[tokio::test]
async fn it_goes_on_after_a_restart_and_is_signed_once() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    assert!(bench.journal.checkpoint(&signer()).await.unwrap().is_some());
    assert_eq!(bench.journal.checkpoint(&signer()).await.unwrap(), None);
    bench.journal.close().await;
    // The clock was set back: the ledger's time does not.
    let earlier = now() - jiff::SignedDuration::from_hours(1);
    let journal = Journal::open(bench.folder.path(), Clock::wound(earlier)).unwrap();
    let bench = Bench { journal, ..bench };
    bench.append(vec![Change::Remove(id("1"))]).await;
    assert!(bench.journal.checkpoint(&signer()).await.unwrap().is_some());
    let (whole, entries) = verified(&bench.journal).await;
    assert_eq!(words(&entries), ["scope", "published", "removed"]);
    assert_eq!((whole.checkpoints, whole.unsigned), (2, 0));
}

#[tokio::test]
async fn work_that_failed_leaves_no_line() {
    let bench = Bench::new(&[MEPPEL]).await;
    let failed = bench.journal.0.write(|tx, draft| {
        let entry = Entry::Forgotten { items: 1 };
        super::super::sqlite::ledger::enter(tx, draft, 0, &entry)?;
        Err::<(), _>(Error::Odd("a test"))
    });
    assert_eq!(failed.await, Err(Error::Odd("a test")));
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    assert_eq!(words(&verified(&bench.journal).await.1), ["scope", "published"]);
}

#[tokio::test]
async fn an_agreement_is_entered_when_its_terms_change() {
    let bench = Bench::new(&[MEPPEL]).await;
    let terms = |name: &str| Terms {
        name: name.to_owned(),
        kind: "local-site".into(),
        status: "active".into(),
        reference: "OVK".into(),
        starts: "2026-01-01".parse().unwrap(),
        ends: "2027-01-01".parse().unwrap(),
        role: "processor".into(),
        countries: vec!["NL".into()],
        requests: vec!["*".into()],
        offers: Vec::new(),
        promise_seconds: 60,
        lease_seconds: 3_600,
        ways: vec!["push".into()],
    };
    for (agreement, name) in [("sha256:01", "A"), ("sha256:01", "A"), ("sha256:02", "B")] {
        let (partner, scope) = (bench.partner.clone(), scope(&[MEPPEL]));
        let (agreement, terms) = (agreement.to_owned(), Some(Box::new(terms(name))));
        let enrolment = Enrolment { partner, scope, agreement, terms };
        bench.journal.enrol(vec![enrolment]).await.unwrap();
    }
    let lines = bench.journal.entries("wijk".into(), What::Agreement, 9).await.unwrap();
    let names = lines.iter().filter_map(|line| {
        let Entry::Agreement { terms, .. } = &line.entry else { return None };
        Some(terms.name.as_str())
    });
    assert_eq!(names.collect::<Vec<_>>(), ["A", "B"]);
}

#[tokio::test]
async fn after_its_time_nobody_can_tell_which_item_a_line_was_about() {
    let bench = Bench::new(&[MEPPEL]).await;
    let all = ["1", "2", "3"].map(|core| publish(core, MEPPEL, "tekst"));
    bench.append(all.into()).await;
    bench.append(vec![Change::Remove(id("1")), Change::Remove(id("3"))]).await;
    bench.journal.checkpoint(&signer()).await.unwrap();
    let salt = || {
        let db = rusqlite::Connection::open(bench.folder.path().join("journal.db")).unwrap();
        let sql = "SELECT salt FROM ledger_salt WHERE num = 1";
        db.query_row(sql, [], |row| row.get::<_, [u8; 32]>(0)).unwrap()
    };
    let secret = salt();
    bench.clock.wind(100 * 24 * 3_600_000);
    let step = bench.journal.retain(bench.clock.now() - 101 * DAY).await.unwrap();
    assert_eq!(step, Retained::default(), "too early");
    let step = bench.journal.retain(bench.clock.now()).await.unwrap();
    assert_eq!((step.items, step.lines), (0, 6), "the log still knows the items");
    bench.journal.forget(bench.clock.now(), Sequence::ZERO).await.unwrap();
    let step = bench.journal.retain(bench.clock.now()).await.unwrap();
    assert_eq!(step.items, 1, "the one with the highest number is kept, so that none comes twice");
    assert_eq!(bench.journal.references(id("1")).await.unwrap(), []);
    assert_eq!(bench.journal.references(id("2")).await.unwrap().len(), 1, "it is live");
    assert_eq!(salt(), [0; 32]);
    bench.journal.checkpoint(&signer()).await.unwrap();
    let (whole, entries) = verified(&bench.journal).await;
    assert_eq!((whole.first, words(&entries)), (7, vec!["forgotten"]));
    bench.journal.tidy().await.unwrap();
    bench.journal.close().await;
    for file in fs::read_dir(bench.folder.path()).unwrap() {
        let bytes = fs::read(file.unwrap().path()).unwrap();
        assert!(!bytes.windows(32).any(|window| window == secret), "the salt is still on disk");
    }
}

#[tokio::test]
async fn a_secret_is_as_old_as_its_first_use_and_forgotten_when_it_is_out_of_use() {
    let bench = Bench::new(&[MEPPEL]).await;
    let note = async |used: &[(&'static str, [u8; 16])]| {
        bench.journal.note_secrets(vec![(bench.partner.clone(), used.to_vec())]).await.unwrap();
        bench.clock.wind(1_000);
        let all = bench.journal.secrets(&bench.partner).await.unwrap();
        let age = |secret: &Secret| bench.clock.now().duration_since(secret.since).as_secs();
        all.iter().map(|secret| (secret.way.clone(), age(secret))).collect::<Vec<_>>()
    };
    let (old, new) = (("push", [1; 16]), ("push", [2; 16]));
    assert_eq!(note(&[old]).await, [("push".to_owned(), 1)]);
    assert_eq!(note(&[old, new]).await, [("push".to_owned(), 2), ("push".to_owned(), 1)]);
    assert_eq!(note(&[new, ("pull", [1; 16])]).await, [("push".into(), 2), ("pull".into(), 1)]);
}

#[tokio::test]
async fn who_is_in_force_stays_on_record_however_long_ago_it_was_agreed() {
    let bench = Bench::new(&[MEPPEL]).await;
    let terms = Terms {
        name: "Stichting".into(),
        kind: "local-site".into(),
        status: "active".into(),
        reference: "OVK".into(),
        starts: "2026-01-01".parse().unwrap(),
        ends: "2036-01-01".parse().unwrap(),
        role: "processor".into(),
        countries: vec!["NL".into()],
        requests: vec!["*".into()],
        offers: Vec::new(),
        promise_seconds: 60,
        lease_seconds: 3_600,
        ways: vec!["push".into()],
    };
    let note = async || {
        let (partner, agreement) = (bench.partner.clone(), "sha256:01".to_owned());
        let terms = Some(Box::new(terms.clone()));
        let enrolment = Enrolment { partner, scope: scope(&[MEPPEL]), agreement, terms };
        bench.journal.enrol(vec![enrolment]).await.unwrap();
        bench.journal.entries("wijk".into(), What::Agreement, 9).await.unwrap().len()
    };
    assert_eq!((note().await, note().await), (1, 1));
    bench.journal.checkpoint(&signer()).await.unwrap();
    bench.clock.wind(100 * 24 * 3_600_000);
    bench.journal.retain(bench.clock.now()).await.unwrap();
    assert_eq!(bench.journal.entries("wijk".into(), What::Agreement, 9).await.unwrap().len(), 0);
    assert_eq!(note().await, 1);
}

#[tokio::test]
async fn whoever_tells_something_else_is_on_record_once_and_its_answers_prove_nothing() {
    let bench = Bench::new(&[MEPPEL]).await;
    bench.append(vec![publish("1", MEPPEL, "een")]).await;
    bench.mark(1).await;
    bench.append(vec![Change::Remove(id("1"))]).await;
    bench.accept(Cursor::Publish, 1).await;
    bench.accept(Cursor::Remove, 2).await;
    let taken = async || {
        let account = bench.journal.account(id("1")).await.unwrap().unwrap();
        account.holders[0].back.as_ref().unwrap().taken
    };
    assert_eq!(taken().await, Taken::By(Rung::Accepted));
    for differs in [true, true] {
        bench.journal.set_differs(&bench.partner, differs).await.unwrap();
        bench.clock.wind(1_000);
    }
    assert_eq!(bench.journal.standing(&bench.partner).await.unwrap().differs, Some(now()));
    assert_eq!(taken().await, Taken::Differs);
    for differs in [false, false] {
        bench.journal.set_differs(&bench.partner, differs).await.unwrap();
    }
    assert_eq!(taken().await, Taken::By(Rung::Accepted));
    let (_, entries) = verified(&bench.journal).await;
    assert_eq!(words(&entries)[3..], ["differs", "agrees"]);
}

#[tokio::test]
async fn a_scope_comes_back_from_its_codes() {
    let bench = Bench::new(&[MEPPEL]).await;
    let everywhere = Scope::new(&Kind::ALL, RegionSet::everything());
    for scope in [everywhere, everywhere.with_canary(), scope(&[ASSEN]).with_canary()] {
        let (partner, agreement) = (bench.partner.clone(), "sha256:00".to_owned());
        let enrolment = Enrolment { partner, scope, agreement, terms: None };
        bench.journal.enrol(vec![enrolment]).await.unwrap();
        let versions = bench.journal.0.shared.versions(&bench.partner);
        assert_eq!(versions.last().unwrap().scope, scope);
    }
    let (_, entries) = verified(&bench.journal).await;
    let Entry::Scope { requests, offers, .. } = &entries[2] else { panic!("a scope") };
    assert_eq!((requests.as_str(), offers.as_str()), ("* GM0999", "*"));
}
