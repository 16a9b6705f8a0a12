//! Whole rounds over a journal in memory, under virtual time.

use serde_json::Value;

use crate::config::Environment;
use crate::journal::{Advance, Channel, Counts, Cursor, Enrolment, Entry, Rung, Want};
use crate::lifecycle::{Ending, Tasks};
use crate::model::{PartnerId, Sequence, State};
use crate::partner::load_all;

use super::*;

const MINUTE: Duration = Duration::from_secs(60);

/// A journal and two partners of everything, of which one asks for canaries.
struct World {
    tools: Tools,
    tasks: Tasks,
}

fn id(name: &str) -> PartnerId {
    name.parse().unwrap()
}

impl World {
    async fn new() -> Self {
        let clock = Clock::virtual_from("2026-06-01T12:00:00Z".parse().unwrap());
        let journal = Journal::in_memory(clock.clone()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        for (name, canary) in [("wel", "canary = true\n"), ("niet", "")] {
            let text = format!(
                "{canary}name = 'Wijk'\nkind = 'local-site'\nstatus = 'active'\n\
                 [agreement]\nreference = 'OVK'\nstarts = 2026-01-01\nends = 2099-12-31\n\
                 role = 'processor'\ncountries = ['NL']\n\
                 [contact]\noperations = 'a@b.example'\nprivacy = 'a@b.example'\n\
                 [scope]\nkinds = ['request', 'offer']\nregions = ['*']\n\
                 [removal]\npromise = '1h'\nlease = '72h'\n\
                 [push]\nendpoint = 'https://wijk.example/'\nsecrets = [{{ env = '{name}' }}]\n"
            );
            std::fs::write(folder.path().join(format!("{name}.toml")), text).unwrap();
        }
        let secret = |name: &str, end: &str| {
            (name.to_owned(), format!("whsec_aHVzaC1odXNoLWh1c2gtaHVzaC1odXNoLWh1c2{end}="))
        };
        let environment: Environment =
            [secret("wel", "g"), secret("niet", "k")].into_iter().collect();
        let partners = load_all(folder.path(), &environment).unwrap();
        let enrolments = partners.iter().map(|partner| Enrolment {
            partner: partner.id.clone(),
            scope: partner.scope,
            agreement: partner.agreement.hash.clone(),
            terms: None,
        });
        journal.enrol(enrolments.collect()).await.unwrap();
        let metrics = Metrics::new().unwrap();
        for partner in &partners {
            metrics.enrol(&partner.id, MINUTE, Timestamp::MAX);
        }
        let tools = Tools {
            journal,
            policy: Arc::new(Policy::new([7; 32])),
            clock,
            metrics,
            registry: Registry::new(partners),
            url: "https://luik.example/".into(),
        };
        Self { tools, tasks: Tasks::default() }
    }

    fn start(&self, every: Option<Duration>) {
        self.tasks.spawn("canary", run(self.tools.clone(), every, self.tasks.drain()));
    }

    /// What a partner is to see.
    async fn sees(&self, partner: &str) -> Vec<Entry> {
        let journal = &self.tools.journal;
        journal.mark(&id(partner), Channel::Push, journal.head()).await.unwrap();
        let stretch = (Sequence::ZERO, 100);
        let page = journal.read(&id(partner), Channel::Push, Want::Both, stretch).await.unwrap();
        page.entries
    }

    /// The partner takes everything that stands now.
    async fn accepts(&self, partner: &str) {
        for cursor in [Cursor::Publish, Cursor::Remove] {
            let (partner, to) = (id(partner), self.tools.journal.head());
            let advance = Advance { partner, cursor, to, items: 1, rung: Rung::Accepted };
            self.tools.journal.advance(advance).await.unwrap();
        }
    }

    fn metric(&self, name: &str, partner: &str) -> f64 {
        let page = self.tools.metrics.render(self.tools.clock.now()).unwrap();
        let page = String::from_utf8(page).unwrap();
        let series = format!("luik_canary_{name}{{partner=\"{partner}\"}} ");
        let value = page.lines().find_map(|line| line.strip_prefix(&series));
        value.unwrap().parse().unwrap()
    }
}

fn title(entry: &Entry) -> String {
    let State::Updated(data) = &entry.item.state else { panic!("gone") };
    let data: Value = serde_json::from_str(data).unwrap();
    data["title"].as_str().unwrap().to_owned()
}

async fn seconds(count: u64) {
    tokio::time::sleep(Duration::from_secs(count)).await;
}

#[tokio::test(start_paused = true)]
async fn it_is_placed_changed_and_taken_back_and_only_who_asked_ever_sees_it() {
    let world = World::new().await;
    world.start(Some(15 * MINUTE));
    let mut seen = Vec::new();
    for wait in [10_u8, 20, 30] {
        seconds(wait.into()).await;
        let entries = world.sees("wel").await;
        assert_eq!(entries.len(), 1);
        seen.push(entries[0].clone());
        assert!(world.sees("niet").await.is_empty());
        assert!(world.metric("open_seconds", "wel") >= 0.8 * f64::from(wait));
        world.accepts("wel").await;
    }
    seconds(10).await;
    let titles = [title(&seen[0]), title(&seen[1])];
    assert!(titles.iter().all(|title| title.contains("geen echte hulpvraag")));
    assert_ne!(titles[0], titles[1]);
    assert!(seen[2].item.is_deleted());
    assert!(seen.windows(2).all(|two| two[0].item.modified < two[1].item.modified));
    let took = world.metric("seconds", "wel");
    assert!((60.0..66.0).contains(&took), "the three waits, and a tenth at most: {took}");
    let success = world.metric("last_success_timestamp_seconds", "wel");
    assert!(success > 1_780_000_000.0);
    for (name, partner) in [("open_seconds", "wel"), ("seconds", "niet"), ("open_seconds", "niet")]
    {
        assert_eq!(world.metric(name, partner), 0.0);
    }
    assert_eq!(world.tools.journal.counts(), Counts { live: 0, removed: 1 });
    seconds(15 * 60).await;
    assert_eq!(world.tools.journal.counts(), Counts { live: 1, removed: 1 }, "another one");
    assert!(world.sees("niet").await.is_empty());
    assert_eq!(world.tasks.finish(MINUTE).await, Ending::Clean);
    assert_eq!(
        world.tools.journal.counts(),
        Counts { live: 0, removed: 2 },
        "none is left standing"
    );
}

#[tokio::test(start_paused = true)]
async fn with_a_partner_that_takes_nothing_it_still_goes_in_time_and_the_age_grows() {
    let world = World::new().await;
    world.start(Some(15 * MINUTE));
    for (minute, live) in [(4, 1), (9, 1), (11, 0), (14, 0), (16, 1)] {
        let begun = "2026-06-01T12:00:00Z".parse::<Timestamp>().unwrap();
        let gone = Duration::try_from(world.tools.clock.now().duration_since(begun)).unwrap();
        tokio::time::sleep(minute * MINUTE - gone).await;
        assert_eq!(world.tools.journal.counts().live, live, "after {minute} minutes");
        let open = world.metric("open_seconds", "wel");
        assert!((open - f64::from(minute) * 60.0).abs() < 2.0, "{open} after {minute} minutes");
    }
    assert_eq!(world.metric("seconds", "wel"), 0.0);
    world.accepts("wel").await;
    seconds(30).await;
    assert!(world.metric("open_seconds", "wel") < 30.0, "it shows one again");
}

#[tokio::test(start_paused = true)]
async fn one_that_was_set_aside_or_is_known_to_be_lacking_has_not_arrived() {
    let world = World::new().await;
    world.start(Some(15 * MINUTE));
    seconds(1).await;
    let (journal, wel) = (&world.tools.journal, id("wel"));
    let entry = world.sees("wel").await.remove(0);
    let aside = vec![(entry.item.id, entry.item.modified, entry.changed_at)];
    let lane = crate::journal::Lane::Publish;
    journal.park(&wel, lane, aside).await.unwrap();
    world.accepts("wel").await;
    seconds(10).await;
    assert!(world.metric("open_seconds", "wel") > 9.0, "refused");
    journal.unpark(&wel, lane, vec![entry.item.id]).await.unwrap();
    journal.tells(&wel);
    seconds(10).await;
    assert!(world.metric("open_seconds", "wel") > 19.0, "it has not said that it holds it");
    journal.agrees(&wel, journal.head());
    seconds(3).await;
    assert!(world.metric("open_seconds", "wel") < 3.0, "now the change is open");
    assert_eq!(
        title(&world.sees("wel").await[0]),
        "Testbericht van Luik, gewijzigd: geen echte hulpvraag"
    );
}

#[tokio::test(start_paused = true)]
async fn what_stands_at_the_start_is_taken_away_whether_rounds_go_on_or_not() {
    for every in [None, Some(15 * MINUTE)] {
        let world = World::new().await;
        world.start(Some(15 * MINUTE));
        seconds(1).await;
        let before = world.sees("wel").await.remove(0).item.id;
        world.tasks.abort(); // killed
        world.tasks.finish(MINUTE).await;
        let journal = world.tools.journal.after_a_crash().unwrap();
        assert_eq!(journal.canaries().await.unwrap(), [before]);
        let next = World { tools: Tools { journal, ..world.tools }, tasks: Tasks::default() };
        next.tasks.supervise("canary", {
            let (tools, drain) = (next.tools.clone(), next.tasks.drain());
            move || run(tools.clone(), every, drain.clone())
        });
        seconds(1).await;
        let entries = next.sees("wel").await;
        let old = entries.iter().find(|entry| entry.item.id == before).unwrap();
        assert!(old.item.is_deleted(), "an ordinary removal, and owed");
        assert_eq!(next.tools.journal.counts().live, u64::from(every.is_some()));
        next.tasks.finish(MINUTE).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_no_longer_asks_gets_it_taken_back_and_nothing_else_moves() {
    let world = World::new().await;
    world.start(Some(15 * MINUTE));
    seconds(1).await;
    assert_eq!(world.sees("wel").await.len(), 1);
    let mut partners: Vec<Partner> =
        world.tools.registry.current().values().map(|partner| (**partner).clone()).collect();
    let scope = partners[0].scope;
    let wel = partners.iter_mut().find(|partner| partner.id == id("wel")).unwrap();
    wel.scope = scope;
    let (partner, agreement) = (wel.id.clone(), wel.agreement.hash.clone());
    let enrolment = Enrolment { partner, scope, agreement, terms: None };
    world.tools.journal.enrol(vec![enrolment]).await.unwrap();
    world.tools.registry.replace(partners);
    seconds(3).await;
    let entries = world.sees("wel").await;
    assert!(entries.len() == 1 && entries[0].item.is_deleted());
    assert_eq!(world.metric("open_seconds", "wel"), 0.0);
    assert_eq!(world.tools.journal.counts().live, 0, "for nobody nothing is placed");
}
