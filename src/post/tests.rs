//! The letters of one partner, look by look, on a clock that is wound.

use std::path::Path;
use std::time::Duration;

use jiff::Timestamp;
use tokio_util::sync::CancellationToken;

use super::desk::{Desk, Error};
use super::worker::Worker;
use super::*;
use crate::config::Environment;
use crate::journal::{Batch, Cause, Change, Channel, Deed, Enrolment, Lane, Rung, Taken};
use crate::mail::{Bag, Failure, Letter};
use crate::metrics::PartnerState;
use crate::minimise::{CoreId, Policy, Verdict, minimise};
use crate::model::{PublicId, Sequence};
use crate::partner::Mail;

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// A partner that gets letters, and everything around it.
struct Scene {
    tools: Tools,
    bag: Bag,
    stop: CancellationToken,
    policy: Policy,
}

fn partner() -> Partner {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("partners");
    let mut partner = crate::partner::load_all(&folder, &Environment::default()).unwrap().remove(0);
    (partner.push, partner.pull, partner.feed, partner.embed) = (None, None, None, None);
    partner.status = Status::Active;
    let day = Duration::from_secs(DAY.unsigned_abs());
    partner.removal.promise = day;
    partner.removal.lease = 3 * day;
    let to = "beheer@wijk.example".parse().unwrap();
    partner.mail = Some(Mail { to, every: day, remind_every: day });
    partner
}

impl Scene {
    async fn new() -> Self {
        let clock = Clock::wound("2026-11-22T12:00:00Z".parse().unwrap());
        let journal = Journal::in_memory(clock.clone()).unwrap();
        let tools = Tools {
            journal,
            clock,
            metrics: Metrics::new().unwrap(),
            registry: Registry::new(vec![partner()]),
            public_url: "https://luik.example".parse().unwrap(),
            retry_max: Duration::from_secs(60),
            seal: Seal::of(&[7; 32]),
        };
        let (bag, stop) = (Bag::default(), CancellationToken::new());
        let scene = Self { tools, bag, stop, policy: Policy::new([7; 32]) };
        scene.agree().await;
        scene
    }

    async fn agree(&self) {
        let partner = self.partner();
        let today = "2026-11-22".parse().unwrap();
        let (scope, agreement) = (partner.scope_on(today), partner.agreement.hash.clone());
        let id = partner.id.clone();
        let enrolment = Enrolment { partner: id, scope, agreement, terms: None };
        self.tools.journal.enrol(vec![enrolment]).await.unwrap();
        let promise = partner.removal.promise;
        self.tools.metrics.enrol(&partner.id, promise, Timestamp::MAX);
    }

    fn partner(&self) -> Arc<Partner> {
        self.tools.registry.current().values().next().unwrap().clone()
    }

    fn id(&self, number: usize) -> PublicId {
        self.policy.public_id(&CoreId::new(number.to_string()))
    }

    fn published(&self, number: usize) -> Change {
        let region = self.partner().scope.requests.iter().next().unwrap();
        let row = serde_json::json!({
            "id": number.to_string(), "author_id": "p1", "kind": "request", "first_name": "Anna",
            "region_code": region.code(), "region_name": "Regio", "title": "Hulp", "body": "Wie?",
            "language": "nl", "url": "https://platform.example/hulp", "expires_at": null,
            "published_at": "2026-05-30T09:00:00Z", "share": true, "approved": true,
            "visibility": "public", "of_age": true, "withhold": [],
        });
        let row = crate::source::row(&row.to_string()).unwrap();
        match minimise(&row, &self.policy, self.tools.clock.now()) {
            Verdict::Publish(item, _) => Change::Publish(item),
            Verdict::Withhold(reason) => panic!("withheld: {}", reason.as_str()),
        }
    }

    async fn publish(&self, numbers: impl IntoIterator<Item = usize>) {
        self.store(numbers.into_iter().map(|number| self.published(number)).collect()).await;
    }

    async fn remove(&self, numbers: impl IntoIterator<Item = usize>) {
        let gone = numbers.into_iter().map(|number| Change::Remove(self.id(number)));
        self.store(gone.collect()).await;
    }

    async fn store(&self, changes: Vec<Change>) {
        self.tools.journal.append(Batch { changes, ..Batch::default() }).await.unwrap();
    }

    /// Lets so many seconds pass, on the wall and for pauses.
    async fn pass(&self, seconds: i64) {
        self.tools.clock.wind(seconds * 1_000);
        tokio::time::advance(Duration::from_secs(seconds.unsigned_abs())).await;
    }

    fn desk(&self) -> Desk {
        let Tools { journal, metrics, clock, seal, .. } = self.tools.clone();
        Desk::new(journal, metrics, clock, seal)
    }

    async fn confirm(&self, letter: &Letter) -> Result<usize, Error> {
        self.desk().confirm(&self.partner().id, ticket(letter)).await
    }

    async fn open(&self) -> u32 {
        let id = self.partner().id.clone();
        self.tools.journal.backlog(&id, Channel::Push, Lane::Remove).await.unwrap().items
    }

    fn state(&self) -> Option<PartnerState> {
        self.tools.metrics.figures_of(&self.partner().id).state
    }

    async fn rungs(&self) -> Vec<Rung> {
        let proven = self.tools.journal.proven(&self.partner().id).await.unwrap();
        proven.iter().map(|proven| proven.rung).collect()
    }
}

/// Looks until nothing more comes of it; the letters of these looks.
async fn looks(scene: &Scene, worker: &mut Worker<'_>) -> Vec<Letter> {
    let mut letters = Vec::new();
    for _ in 0..20 {
        scene.pass(1).await;
        worker.look().await.unwrap();
        letters.extend(scene.bag.empty());
    }
    letters
}

fn ticket(letter: &Letter) -> &str {
    let line = letter.text.lines().find(|line| line.contains("/confirm/")).expect("a link");
    line.rsplit('/').next().unwrap()
}

fn names(letter: &Letter) -> usize {
    letter.text.matches("https://luik.example/r/").count()
}

/// A worker that has begun, and its first letter is due.
macro_rules! begun {
    ($worker:ident, $scene:ident) => {
        let postman = Postman::with(&$scene.bag);
        let partner = $scene.partner();
        let mail = partner.mail.as_ref().unwrap();
        let mut $worker = Worker::new(&$scene.tools, &postman, (&partner, mail), &$scene.stop);
        $worker.begin().await.unwrap();
        $scene.pass(61).await;
    };
}

#[tokio::test(start_paused = true)]
async fn a_removal_is_open_until_it_is_confirmed_and_the_evidence_says_so() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..3).await;
    let first = looks(&scene, &mut worker).await;
    assert_eq!((first.len(), names(&first[0])), (1, 3));
    scene.remove([0]).await;
    let asked = looks(&scene, &mut worker).await;
    assert_eq!((asked.len(), names(&asked[0]), scene.open().await), (1, 1, 1));
    assert_eq!(scene.rungs().await, [Rung::Accepted], "of what was published");
    let (desk, id) = (scene.desk(), scene.partner().id.clone());
    assert_eq!(desk.look(&id, ticket(&asked[0])).await.unwrap(), [scene.id(0)]);
    assert_eq!(scene.open().await, 1, "looking changes nothing");
    assert_eq!(desk.look(&"ander".parse().unwrap(), ticket(&asked[0])).await, Err(Error::Unknown));
    scene.pass(30 * DAY).await;
    assert_eq!(scene.confirm(&asked[0]).await, Err(Error::Expired));
    let again = looks(&scene, &mut worker).await;
    assert!(again.len() == 1 && again[0].subject.starts_with("Herinnering"), "{again:?}");
    assert_eq!(scene.confirm(&again[0]).await, Ok(1));
    assert_eq!((scene.open().await, scene.confirm(&again[0]).await), (0, Ok(0)));
    assert_eq!(scene.rungs().await, [Rung::Accepted, Rung::Confirmed]);
}

#[tokio::test(start_paused = true)]
async fn a_link_confirms_what_its_letter_named_and_no_later_removal() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..3).await;
    looks(&scene, &mut worker).await;
    scene.remove([0]).await;
    let first = looks(&scene, &mut worker).await;
    scene.remove([1]).await;
    scene.pass(61).await;
    let second = looks(&scene, &mut worker).await;
    assert_eq!(names(&second[0]), 2, "one click is enough");
    scene.publish([0]).await;
    scene.remove([0]).await;
    scene.pass(61).await;
    assert_eq!(names(&looks(&scene, &mut worker).await[0]), 2);
    assert_eq!(scene.confirm(&first[0]).await, Ok(0), "it came back and was removed anew");
    assert_eq!((scene.confirm(&second[0]).await, scene.open().await), (Ok(1), 1));
}

#[tokio::test(start_paused = true)]
async fn what_is_shown_again_is_owed_no_more() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..2).await;
    looks(&scene, &mut worker).await;
    scene.remove([0]).await;
    looks(&scene, &mut worker).await;
    scene.publish([0]).await;
    scene.pass(DAY).await;
    let letters = looks(&scene, &mut worker).await;
    assert_eq!((letters.len(), names(&letters[0]), scene.open().await), (1, 1, 0));
    assert!(!letters[0].text.contains("/confirm/"));
}

#[tokio::test(start_paused = true)]
async fn many_removals_are_named_in_several_letters_that_confirm_in_any_order() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..240).await;
    let news = looks(&scene, &mut worker).await;
    assert_eq!(news.iter().map(names).collect::<Vec<_>>(), [50, 50, 50, 50, 40]);
    scene.publish(240..1_300).await;
    for _ in 0..5 {
        scene.pass(DAY).await;
        looks(&scene, &mut worker).await;
    }
    scene.remove(0..1_201).await;
    let mut letters = Vec::new();
    for _ in 0..4 {
        scene.pass(61).await;
        letters.extend(looks(&scene, &mut worker).await);
    }
    assert_eq!(letters.iter().map(names).collect::<Vec<_>>(), [500, 500, 201]);
    assert_eq!(scene.open().await, 1_201);
    for (place, left) in [(2, 1_000), (0, 500), (2, 500), (1, 0)] {
        scene.confirm(&letters[place]).await.unwrap();
        assert_eq!(scene.open().await, left);
    }
}

#[tokio::test(start_paused = true)]
async fn where_nobody_confirms_nothing_new_is_sent_and_the_lease_ends() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..2).await;
    looks(&scene, &mut worker).await;
    scene.remove([0]).await;
    let asked = looks(&scene, &mut worker).await;
    let until = scene.tools.journal.standing(&scene.partner().id).await.unwrap().lease;
    scene.publish([5]).await;
    scene.pass(DAY + 61).await;
    assert_eq!(scene.state(), Some(PartnerState::Active));
    for _ in 0..3 {
        let letters = looks(&scene, &mut worker).await;
        assert!(letters.iter().all(|letter| letter.text.contains("/confirm/")), "{letters:?}");
        assert_eq!(scene.state(), Some(PartnerState::Failing));
        scene.pass(DAY).await;
    }
    let standing = scene.tools.journal.standing(&scene.partner().id).await.unwrap();
    assert_eq!(standing.lease, until);
    assert!(scene.tools.clock.now() > until.unwrap(), "it has ended");
    scene.confirm(&asked[0]).await.unwrap();
    let letters = looks(&scene, &mut worker).await;
    assert!(letters.len() == 1 && letters[0].text.contains(&scene.id(5).to_string()));
    assert_eq!(scene.state(), Some(PartnerState::Active));
}

#[tokio::test(start_paused = true)]
async fn a_lease_is_renewed_by_a_letter_when_nothing_is_new_and_not_under_suspension() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.pass(DAY).await;
    assert!(looks(&scene, &mut worker).await.is_empty(), "nothing to say");
    scene.publish([0]).await;
    scene.pass(DAY).await;
    assert_eq!(looks(&scene, &mut worker).await.len(), 1);
    let mut renewals = 0;
    for _ in 0..6 {
        scene.pass(DAY + 1).await;
        let letters = looks(&scene, &mut worker).await;
        renewals += letters.len();
        assert!(letters.iter().all(|letter| letter.subject.starts_with("Niets nieuws")));
        let lease = scene.tools.journal.standing(&scene.partner().id).await.unwrap().lease;
        assert!(lease.unwrap() > scene.tools.clock.now());
    }
    assert!(renewals >= 3, "{renewals}");
    let mut suspended = partner();
    suspended.status = Status::Suspended;
    scene.tools.registry.replace(vec![suspended]);
    begun!(worker, scene);
    scene.publish([1]).await;
    scene.remove([0]).await;
    scene.pass(DAY).await;
    let letters = looks(&scene, &mut worker).await;
    assert!(letters.len() == 1 && letters[0].text.contains("/confirm/"), "removals go on");
}

#[tokio::test(start_paused = true)]
async fn without_a_mail_server_everything_waits_and_a_crash_forgets_nothing() {
    let mut scene = Scene::new().await;
    {
        begun!(worker, scene);
        scene.publish(0..2).await;
        looks(&scene, &mut worker).await;
        scene.bag.fail(Some(Failure::TimedOut));
        scene.publish([2]).await;
        scene.pass(DAY).await;
        looks(&scene, &mut worker).await; // perhaps sent
        scene.remove([0, 2]).await;
        scene.pass(HOUR).await;
        assert!(looks(&scene, &mut worker).await.is_empty());
        assert_eq!(scene.open().await, 2, "counted once, and what may have left is owed");
        assert_eq!(scene.rungs().await, [Rung::Accepted]);
    }
    scene.tools.journal = scene.tools.journal.after_a_crash().unwrap();
    scene.bag.fail(None);
    {
        begun!(worker, scene);
        let letters = looks(&scene, &mut worker).await;
        assert_eq!(names(&letters[0]), 2, "removals first");
        assert!(letters.len() == 2 && letters[1].subject.starts_with("Niets nieuws"));
        assert_eq!(scene.open().await, 2);
    }
    scene.tools.journal = scene.tools.journal.after_a_crash().unwrap();
    begun!(worker, scene);
    assert!(looks(&scene, &mut worker).await.is_empty(), "nothing is written twice");
    assert_eq!(scene.open().await, 2);
    let mark = scene.tools.journal.standing(&scene.partner().id).await.unwrap().push_mark;
    assert!(mark > Sequence::ZERO);
}

#[tokio::test(start_paused = true)]
async fn a_removal_does_not_wait_for_news_that_is_refused() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..2).await;
    looks(&scene, &mut worker).await;
    scene.bag.fail(Some(Failure::Refused));
    scene.publish([2]).await;
    scene.pass(DAY).await;
    for _ in 0..12 {
        scene.pass(HOUR).await;
        assert!(looks(&scene, &mut worker).await.is_empty());
    }
    scene.bag.fail(None);
    scene.remove([0]).await;
    scene.pass(1).await;
    worker.look().await.unwrap();
    let letters = scene.bag.empty();
    assert!(letters.iter().any(|letter| letter.text.contains("/confirm/")), "{letters:?}");
}

#[tokio::test(start_paused = true)]
async fn a_letter_of_a_state_that_was_lost_passes_nothing() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..3).await;
    looks(&scene, &mut worker).await;
    scene.remove([0]).await;
    looks(&scene, &mut worker).await;
    let until = scene.tools.clock.now() + Duration::from_secs(3_600);
    let ahead = Ticket { after: Sequence::ZERO, to: Sequence::new(1_000), until };
    let id = scene.partner().id.clone();
    let link = scene.tools.seal.write(&id, &ahead);
    assert_eq!(scene.desk().confirm(&id, &link).await, Ok(1));
    scene.remove([1]).await;
    assert_eq!(scene.open().await, 1, "removed later, at a position that the letter spans");
    scene.pass(61).await;
    let letters = looks(&scene, &mut worker).await;
    assert_eq!((letters.len(), names(&letters[0])), (1, 1));
}

#[tokio::test(start_paused = true)]
async fn what_a_person_closed_is_not_asked_for_again() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..3).await;
    looks(&scene, &mut worker).await;
    scene.bag.fail(Some(Failure::Unreachable));
    scene.remove([0]).await;
    looks(&scene, &mut worker).await;
    scene.remove([1]).await; // behind a letter that can not leave
    looks(&scene, &mut worker).await;
    assert_eq!(scene.open().await, 2);
    let cause = Cause { person: "beheer".into(), reason: "gebeld: alles is weg".into() };
    scene.tools.journal.act(&scene.partner().id, Deed::Close, cause).await.unwrap();
    scene.bag.fail(None);
    scene.pass(HOUR).await;
    let letters = looks(&scene, &mut worker).await;
    assert!(letters.iter().all(|letter| !letter.text.contains("/confirm/")), "{letters:?}");
    assert_eq!(scene.open().await, 0);
}

#[tokio::test(start_paused = true)]
async fn an_account_says_what_was_asked_for_and_what_a_person_confirmed() {
    let scene = Scene::new().await;
    begun!(worker, scene);
    scene.publish(0..3).await;
    looks(&scene, &mut worker).await;
    scene.remove([0]).await;
    let letters = looks(&scene, &mut worker).await;
    let taken = async || {
        let account = scene.tools.journal.account(scene.id(0)).await.unwrap().unwrap();
        account.holders[0].back.clone().unwrap()
    };
    assert_eq!(taken().await.taken, Taken::Open, "nobody refused it");
    assert!(taken().await.refused.is_empty() && taken().await.evidence.is_empty());
    scene.pass(60).await;
    scene.confirm(&letters[0]).await.unwrap();
    let back = taken().await;
    assert_eq!(back.taken, Taken::By(Rung::Confirmed));
    assert_eq!(back.evidence[0].at, scene.tools.clock.now());
    // A page that still shows it weighs more.
    scene.pass(60).await;
    let (id, now) = (scene.partner().id.clone(), scene.tools.clock.now());
    let found = vec![(scene.id(0), Sequence::new(4), now)];
    scene.tools.journal.park(&id, Lane::Remove, found).await.unwrap();
    assert_eq!(taken().await.taken, Taken::FoundAgain);
}

#[tokio::test(start_paused = true)]
async fn after_the_agreement_nothing_is_in_doubt_once_all_is_confirmed() {
    let scene = Scene::new().await;
    {
        begun!(worker, scene);
        scene.bag.fail(Some(Failure::TimedOut));
        scene.publish(0..2).await;
        looks(&scene, &mut worker).await; // perhaps sent
        scene.bag.fail(None);
    }
    let mut ended = partner();
    ended.status = Status::Ended;
    scene.tools.registry.replace(vec![ended]);
    scene.agree().await;
    begun!(worker, scene);
    let letters = looks(&scene, &mut worker).await;
    let holds = async || {
        let id = scene.partner().id.clone();
        scene.tools.journal.may_hold_anything(&id, Channel::Push).await.unwrap()
    };
    assert_eq!((letters.len(), names(&letters[0]), holds().await), (1, 2, true));
    assert_eq!(scene.confirm(&letters[0]).await, Ok(2));
    scene.pass(DAY).await;
    assert!(looks(&scene, &mut worker).await.is_empty());
    assert!(!holds().await, "its file may be taken away");
}
