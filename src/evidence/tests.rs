//! Statements as data and in words, of made-up partners and journals.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::clock::Clock;
use crate::config::Environment;
use crate::journal::{
    Advance, Batch, Cause, Change as Changed, Channel, Cursor, Deed, Enrolment, Journal, Lane,
    Proof, Rung,
};
use crate::ledger::Terms;
use crate::minimise::{CoreId, Policy, Verdict, minimise};
use crate::model::{PartnerId, PublicId, Sequence};
use crate::partner::{Partners, load_all};
use crate::source;

use super::words::{DUTCH, ENGLISH};
use super::*;

const LANGUAGES: [Language; 2] = [Language::Dutch, Language::English];
const HOUR: i64 = 3_600_000;

fn start() -> Timestamp {
    "2026-11-22T12:00:00Z".parse().unwrap()
}

fn policy() -> Policy {
    Policy::new([7; 32])
}

fn id(core: &str) -> PublicId {
    policy().public_id(&CoreId::new(core))
}

fn published(core: &str) -> Changed {
    let row = serde_json::json!({
        "id": core, "author_id": "p1", "kind": "request", "first_name": "Anna",
        "region_code": "GM0119", "region_name": "", "title": "Kanarietitel",
        "body": "Kanarietekst", "language": "nl", "url": "https://platform.example/hulp",
        "published_at": "2026-11-20T09:00:00Z", "expires_at": null, "share": true,
        "approved": null, "visibility": "public", "of_age": true, "withhold": [],
    });
    let row = source::row(&row.to_string()).expect("a row");
    match minimise(&row, &policy(), start()) {
        Verdict::Publish(item, _) => Changed::Publish(item),
        Verdict::Withhold(reason) => panic!("withheld: {}", reason.as_str()),
    }
}

/// A partner that is pushed to, and one whose page shows a list.
fn files(folder: &Path) -> PathBuf {
    let secret = format!("whsec_{}", data_encoding::BASE64.encode(&[7; 32]));
    std::fs::write(folder.join("secret"), secret).unwrap();
    let agreed = r#"status = "active"
        [agreement]
        reference = "OVK-2026-014"
        starts = 2026-01-01
        ends = 2027-12-31
        role = "independent-controller"
        countries = ["NL"]
        [contact]
        operations = "beheer@partner.example"
        privacy = "fg@partner.example"
        [scope]
        kinds = ["request", "offer"]
        regions = ["*"]
        [removal]
        promise = "12h"
        lease = "72h""#;
    let wijk = "name = \"Stichting Voorbeeldwijk\"\nkind = \"welfare-organisation\"";
    let push =
        "[push]\nendpoint = \"https://wijk.example/luik\"\nsecrets = [{ file = \"../secret\" }]";
    let lindes = "name = \"Buurtsite De Lindes\"\nkind = \"local-site\"";
    let embed = "[embed]\norigins = [\"https://lindes.example\"]";
    let partners = folder.join("partners");
    std::fs::create_dir(&partners).unwrap();
    for (name, head, way) in [("wijk", wijk, push), ("lindes", lindes, embed)] {
        let text = format!("{head}\n{agreed}\n{way}\n");
        std::fs::write(partners.join(format!("{name}.toml")), text).unwrap();
    }
    partners
}

/// A journal in which they receive.
struct Scene {
    journal: Journal,
    clock: Clock,
    partners: Partners,
    _folder: tempfile::TempDir,
}

impl Scene {
    async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = Clock::wound(start());
        let journal = Journal::open(folder.path(), clock.clone()).unwrap();
        let partners = load_all(&files(folder.path()), &Environment::default()).unwrap();
        let partners = partners.into_iter().map(|one| (one.id.clone(), Arc::new(one))).collect();
        let scene = Self { journal, clock, partners, _folder: folder };
        scene.enrol().await;
        scene
    }

    async fn enrol(&self) {
        let enrolments = self.partners.values().map(|partner| Enrolment {
            partner: partner.id.clone(),
            scope: partner.scope,
            agreement: partner.agreement.hash.clone(),
            terms: Some(Box::new(Terms::of(partner))),
        });
        self.journal.enrol(enrolments.collect()).await.unwrap();
    }

    async fn append(&self, changes: Vec<Changed>) {
        self.journal.append(Batch { changes, ..Batch::default() }).await.unwrap();
    }

    async fn advances(&self, cursor: Cursor, to: u64, rung: Rung) {
        let (partner, to) = (wijk(), Sequence::new(to));
        self.journal.advance(Advance { partner, cursor, to, items: 1, rung }).await.unwrap();
    }

    async fn item(&self, core: &str) -> ItemStatement {
        item(&self.journal, &self.partners, id(core), self.clock.now()).await.unwrap()
    }
}

fn wijk() -> PartnerId {
    "wijk".parse().unwrap()
}

/// In every form and language, and nothing of a row in any of them.
fn printed(statement: &Statement) -> Vec<String> {
    let json = serde_json::to_string_pretty(statement).unwrap();
    let texts = LANGUAGES.iter().map(|language| text(statement, *language, Some("core-7")));
    let pages = LANGUAGES.iter().map(|language| page(statement, *language, None).into_string());
    let all: Vec<String> = std::iter::once(json).chain(texts).chain(pages).collect();
    for one in &all {
        for canary in ["Kanarie", "Anna", "platform.example", "{}"] {
            assert!(!one.contains(canary), "{canary}: {one}");
        }
    }
    all
}

#[tokio::test]
async fn an_item_that_is_not_known_and_one_that_never_left_are_told_apart() {
    let scene = Scene::new().await;
    let unknown = scene.item("1").await;
    assert_eq!((unknown.state, unknown.recipients.len()), (State::Unknown, 0));
    let nothing = item(None, &scene.partners, id("1"), start()).await.unwrap();
    assert_eq!((nothing.state, nothing.made.position), (State::Unknown, None));
    scene.append(vec![published("1")]).await;
    let partners = Partners::new();
    let known = item(&scene.journal, &partners, id("1"), start()).await.unwrap();
    assert_eq!(known.state, State::Shown, "partners are on record without their files, too");
    let viewer = scene.item("1").await;
    let shown: Vec<_> = viewer.shown.iter().map(|party| party.called()).collect();
    assert_eq!(shown, ["Buurtsite De Lindes"]);
    let text = &printed(&unknown.into())[1];
    assert!(text.contains("Gevraagd bericht: core-7") && text.contains("niets bekend"), "{text}");
}

#[tokio::test]
async fn a_partner_that_keeps_what_it_accepted_never_has_it_gone_by_its_word() {
    let scene = Scene::new().await;
    scene.append(vec![published("1")]).await;
    scene.journal.mark(&wijk(), Channel::Push, Sequence::new(1)).await.unwrap();
    scene.advances(Cursor::Publish, 1, Rung::Accepted).await;
    scene.clock.wind(HOUR);
    scene.append(vec![Changed::Remove(id("1"))]).await;
    let removed = scene.clock.now();
    let of = async || {
        let statement = scene.item("1").await;
        let recipient = statement.recipients[0].clone();
        (statement, recipient.removal.unwrap())
    };
    let (statement, removal) = of().await;
    assert_eq!((statement.open, removal.outcome, removal.late), (1, Outcome::Open, false));
    assert_eq!(statement.recipients[0].received.rung, "accepted");
    assert_eq!(statement.recipients[0].periods[0].since, Some(start()));
    assert_eq!(statement.recipients[0].periods[0].until, Some(removed));
    scene.clock.wind(13 * HOUR);
    assert!(of().await.1.late);
    scene.advances(Cursor::Remove, 2, Rung::Confirmed).await;
    let (statement, removal) = of().await;
    assert_eq!((statement.open, removal.outcome), (0, Outcome::Confirmed));
    assert!(!removal.late);
    scene.clock.wind(HOUR);
    let found = vec![(id("1"), Sequence::new(2), removed)];
    scene.journal.park(&wijk(), Lane::Remove, found).await.unwrap();
    let (statement, removal) = of().await;
    assert_eq!((statement.open, removal.outcome), (1, Outcome::FoundAgain));
    assert_eq!(removal.found, [scene.clock.now()]);
    scene.clock.wind(HOUR);
    scene.advances(Cursor::Remove, 2, Rung::Accepted).await;
    scene.journal.unpark(&wijk(), Lane::Remove, vec![id("1")]).await.unwrap();
    let (statement, removal) = of().await;
    assert_eq!((statement.open, removal.outcome), (1, Outcome::InDoubt));
    let dutch = printed(&statement.into())[1].replace('\n', " ");
    assert!(dutch.contains("open bij 1 van 1") && dutch.contains("Toch nog gevonden"), "{dutch}");
    scene.clock.wind(HOUR);
    let proof =
        Proof { partner: wijk(), up_to: Sequence::new(2), items: 0, rung: Rung::Reconciled };
    scene.journal.prove(proof).await.unwrap();
    let (statement, removal) = of().await;
    assert_eq!((statement.open, removal.outcome), (0, Outcome::Reconciled));
    let english = printed(&statement.into())[2].replace('\n', " ");
    assert!(english.contains("weakest evidence for that: reconciled"), "{english}");
}

#[tokio::test]
async fn who_gets_letters_has_refused_nothing_before_a_person_confirmed() {
    let mut scene = Scene::new().await;
    let mut partner = scene.partners[&wijk()].as_ref().clone();
    let (to, day) = ("beheer@wijk.example".parse().unwrap(), Duration::from_secs(86_400));
    partner.push = None;
    partner.mail = Some(crate::partner::Mail { to, every: day, remind_every: day });
    scene.partners.insert(wijk(), Arc::new(partner));
    scene.append(vec![published("1")]).await;
    scene.journal.mark(&wijk(), Channel::Push, Sequence::new(1)).await.unwrap();
    scene.append(vec![Changed::Remove(id("1"))]).await;
    let waits = vec![(id("1"), Sequence::new(2), scene.clock.now())];
    scene.journal.ask(&wijk(), waits).await.unwrap();
    let passes = Advance {
        partner: wijk(),
        cursor: Cursor::Remove,
        to: Sequence::new(2),
        items: 0,
        rung: Rung::Accepted,
    };
    scene.journal.advance(passes).await.unwrap();
    let statement = scene.item("1").await;
    let removal = statement.recipients[0].removal.clone().unwrap();
    assert_eq!((removal.outcome, removal.refused.len()), (Outcome::Open, 0));
    assert_eq!(statement.recipients[0].ways, [Way::Mail]);
    let dutch = printed(&statement.into())[1].replace('\n', " ");
    assert!(dutch.contains("als brief") && !dutch.contains("eweiger"), "{dutch}");
    scene.clock.wind(HOUR);
    scene.advances(Cursor::Remove, 2, Rung::Confirmed).await;
    scene.journal.confirm(&wijk(), vec![id("1")]).await.unwrap();
    let statement = scene.item("1").await;
    let removal = statement.recipients[0].removal.clone().unwrap();
    assert_eq!((statement.open, removal.outcome), (0, Outcome::Confirmed));
}

#[tokio::test]
async fn who_also_reads_documents_confirms_nothing_by_fetching() {
    let mut scene = Scene::new().await;
    for (ways, wanted) in [(1, Outcome::Confirmed), (2, Outcome::Accepted)] {
        let mut partner = scene.partners[&wijk()].as_ref().clone();
        let (every, core) = (Duration::from_secs(60), ways.to_string());
        partner.push = None;
        partner.pull = Some(crate::partner::Pull { tokens: Vec::new(), every });
        partner.feed = (ways == 2).then(|| crate::partner::Feed { secrets: Vec::new(), every });
        scene.partners.insert(wijk(), Arc::new(partner));
        scene.append(vec![published(&core)]).await;
        let at = scene.journal.head();
        if ways == 2 {
            scene.journal.mark_document(&wijk(), at).await.unwrap();
        } else {
            scene.journal.mark(&wijk(), Channel::Pull, at).await.unwrap();
        }
        scene.append(vec![Changed::Remove(id(&core))]).await;
        scene.advances(Cursor::Pull, scene.journal.head().get(), Rung::Confirmed).await;
        let removal = scene.item(&core).await.recipients.remove(0).removal.unwrap();
        assert_eq!(removal.outcome, wanted);
    }
}

#[tokio::test]
async fn what_a_partner_held_is_counted_and_found_in_a_list() {
    let scene = Scene::new().await;
    scene.append(vec![published("1"), published("2"), published("3")]).await;
    scene.journal.mark(&wijk(), Channel::Push, Sequence::new(2)).await.unwrap();
    scene.advances(Cursor::Publish, 1, Rung::Accepted).await;
    scene.clock.wind(HOUR);
    let now = scene.clock.now();
    let later = now.checked_add(Duration::from_secs(60)).unwrap();
    let moments = (later, now);
    let held = held(&scene.journal, &scene.partners, &wijk(), moments).await.unwrap();
    assert_eq!(held.at, now, "nothing is known of what is to come");
    let rests = Rests { accepted: 1, may_be_sent: 1, not_proven_gone: 0 };
    assert_eq!((held.rests, held.counts.len(), held.counts[0].items), (rests, 1, 2));
    assert_eq!(held.terms.as_ref().unwrap().reference, "OVK-2026-014");
    let asked = [(1, id("9")), (2, id("2")), (4, id("3"))];
    let held = held.asked_about(&asked);
    let lines: Vec<_> = held.of.as_ref().unwrap().held.iter().map(|one| one.line).collect();
    assert_eq!(lines, [2]);
    let all = printed(&held.into());
    assert!(all[1].contains("hoogstens 2 berichten"), "{}", all[1]);
    assert!(all[2].contains("Of the 3 items asked about"), "{}", all[2]);
    let before = start().checked_sub(Duration::from_secs(1)).unwrap();
    let none = super::held(&scene.journal, &scene.partners, &wijk(), (before, now)).await.unwrap();
    assert!(none.items.is_empty() && none.agreement.is_none());
}

#[tokio::test]
async fn the_register_tells_every_change_and_who_did_what() {
    let mut scene = Scene::new().await;
    scene.clock.wind(HOUR);
    let mut partner = scene.partners[&wijk()].as_ref().clone();
    partner.agreement.hash = "sha256:02".into();
    partner.removal.promise = Duration::from_secs(3_600);
    scene.partners.insert(wijk(), Arc::new(partner));
    scene.enrol().await;
    scene.clock.wind(HOUR);
    let cause = Cause { person: "FG".into(), reason: "opgezegd".into() };
    scene.journal.end(&wijk(), "sha256:02".into(), cause).await.unwrap();
    let cause = Cause { person: "beheer".into(), reason: "storing".into() };
    scene.journal.act(&wijk(), Deed::Pause, cause).await.unwrap();
    let register = agreements(&scene.journal, &scene.partners, scene.clock.now()).await.unwrap();
    let wijk = register.agreements.iter().find(|one| one.party.partner == "wijk").unwrap();
    assert_eq!(wijk.status, Some("paused"));
    let sorts: Vec<_> =
        wijk.changes.iter().map(|one| (one.terms.is_some(), one.scope.is_some())).collect();
    assert_eq!(sorts, [(true, true), (true, false), (false, true)]);
    let deeds: Vec<_> = wijk.deeds.iter().map(|done| (done.deed, done.by.as_str())).collect();
    assert_eq!(deeds, [("end", "FG"), ("pause", "beheer")]);
    let all = printed(&Statement::Agreements(register));
    for part in ["Verwijderen binnen: 12 uur → 60 minuten.", "Bereik: niets.", "opgezegd"] {
        assert!(all[1].contains(part), "{part}: {}", all[1]);
    }
}

#[tokio::test]
async fn the_rows_of_the_register_come_from_the_program_itself() {
    let scene = Scene::new().await;
    let five = Duration::from_secs(1_827 * 24 * 3_600);
    let rows = processing(&scene.journal, &scene.partners, five, scene.clock.now());
    let leaving: Vec<_> = rows.leaves.iter().map(|row| row.column).collect();
    assert!(leaving.contains(&"first_name") && !leaving.contains(&"author_id"));
    assert_eq!(rows.leaves.len() + rows.inside.len(), crate::minimise::fields().count());
    assert_eq!((rows.countries, rows.recipients.len()), (vec!["NL".to_owned()], 2));
    let rows = processing(None, &scene.partners, five, scene.clock.now());
    let all = printed(&Statement::Processing(rows));
    for part in ["tot 30 seconden na", "90 dagen", "5 jaar", "Kopieën worden bewaard in: NL"] {
        assert!(all[1].replace("\n", " ").contains(part), "{part}: {}", all[1]);
    }
}

#[test]
fn every_key_has_a_name_in_every_language_and_no_sentence_is_left_out() {
    for words in [&DUTCH, &ENGLISH] {
        let fields = crate::minimise::fields();
        let fields = fields.map(FieldRow::from);
        let fields = fields.map(|row| row.name.unwrap_or(row.column));
        let deeds = Deed::ALL.iter().map(|deed| deed.as_str());
        let more = ["request", "offer", "push", "mail", "pull", "feed", "embed", "paused", "ended"];
        for key in fields.chain(deeds).chain(more) {
            assert!(words.names.iter().any(|(known, _)| *known == key), "{key}");
        }
    }
    // The same keys in both, and a place for each value in both.
    let keys = |words: &words::Words| words.names.iter().map(|(key, _)| *key).collect::<Vec<_>>();
    assert_eq!(keys(&DUTCH), keys(&ENGLISH));
    let (dutch, english) = (format!("{DUTCH:?}"), format!("{ENGLISH:?}"));
    assert_eq!(dutch.matches("{}").count(), english.matches("{}").count());
    assert!(!dutch.contains("\"\"") && !english.contains("\"\""));
}

/// The paths of a JSON value, with its sorts; lists by all that is in them.
fn shape(path: &str, value: &serde_json::Value, into: &mut std::collections::BTreeSet<String>) {
    match value {
        serde_json::Value::Object(object) => {
            object.iter().for_each(|(key, value)| shape(&format!("{path}.{key}"), value, into));
        }
        serde_json::Value::Array(list) => {
            into.insert(format!("{path}[]"));
            list.iter().for_each(|value| shape(&format!("{path}[]"), value, into));
        }
        serde_json::Value::Null => drop(into.insert(format!("{path}?"))),
        serde_json::Value::Bool(_)
        | serde_json::Value::Number(_)
        | serde_json::Value::String(_) => drop(into.insert(path.to_owned())),
    }
}

/// What others read by machine changes on purpose only.
#[tokio::test]
async fn the_json_has_the_shape_that_others_rely_on() {
    let scene = Scene::new().await;
    scene.append(vec![published("1")]).await;
    scene.journal.mark(&wijk(), Channel::Push, Sequence::new(1)).await.unwrap();
    scene.append(vec![Changed::Remove(id("1"))]).await;
    let cause = Cause { person: "FG".into(), reason: "per brief".into() };
    scene.journal.act(&wijk(), Deed::Close, cause).await.unwrap();
    let now = scene.clock.now();
    let (journal, partners) = (&scene.journal, &scene.partners);
    let held = held(journal, partners, &wijk(), (now, now)).await.unwrap();
    let statements = [
        scene.item("1").await.into(),
        held.asked_about(&[(1, id("1"))]).into(),
        Statement::Agreements(agreements(journal, partners, now).await.unwrap()),
        Statement::Processing(processing(journal, partners, Duration::ZERO, now)),
    ];
    let mut paths = std::collections::BTreeSet::new();
    for statement in &statements {
        let value = serde_json::to_value(statement).unwrap();
        let name = value["statement"].as_str().unwrap().to_owned();
        shape(&name, &value, &mut paths);
    }
    let wanted: std::collections::BTreeSet<String> =
        include_str!("shape.txt").lines().map(str::to_owned).collect();
    assert_eq!(paths, wanted);
}
