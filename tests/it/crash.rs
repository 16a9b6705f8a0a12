//! kill -9 at any moment loses nothing and brings nothing back (promises P3 and P4).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fastrand::Rng;

use crate::harness::core::{self, canaries, public_id, truth};
use crate::harness::gateway::Gateway;
use crate::harness::holdings::{Holdings, Scope};
use crate::harness::postgres::Admin;
use crate::harness::puller::Puller;
use crate::harness::site::{Manner, Site};
use crate::harness::{agreement, canary, poll};

const DRENTHE: &[&str] = &["GM0119", "GM0106", "GM0114"];
const REGIONS: [&str; 6] = ["GM0119", "GM0106", "GM0114", "GM0193", "GM0147", "GM0344"];
const PERSONS: u32 = 40;
const ITEMS: u32 = 300;
const KILLS: u32 = 10;

/// Changes the core by chance, and knows which items it ever made visible again.
struct Chance<'a> {
    rng: Rng,
    admin: &'a Admin,
    newest: u32,
    /// Items that may have returned, and how often.
    returned: BTreeMap<u32, u32>,
}

impl Chance<'_> {
    /// One change. Items with an even number are taken away for good, others may return.
    async fn change(&mut self) {
        let number = self.rng.u32(1..=self.newest);
        let odd = number | 1;
        let id = core::id(number);
        let sql = match self.rng.u32(0..12) {
            0..=2 => {
                self.newest += 1;
                format!("CALL item({0}, 1 + {0} % {PERSONS})", self.newest)
            }
            3..=5 => {
                let letters = self.rng.u32(..10_000);
                format!("UPDATE item SET title = 'Werk ' || letters({letters}) WHERE id = '{id}'")
            }
            6 => format!("DELETE FROM item WHERE id = '{id}'"),
            7 => format!("UPDATE item SET status = 'draft' WHERE id = '{id}'"),
            8 | 9 => {
                *self.returned.entry(odd).or_default() += 1;
                format!("UPDATE item SET status = 'published' WHERE id = '{}'", core::id(odd))
            }
            10 => {
                *self.returned.entry(odd).or_default() += 1;
                let region = self.rng.choice(REGIONS).unwrap();
                let id = core::id(odd);
                format!("UPDATE item SET region_code = '{region}' WHERE id = '{id}'")
            }
            _ => {
                let gone = self.rng.u32(1..=PERSONS);
                format!(
                    "UPDATE profile SET first_name = 'Noor' WHERE id = 'zqxmens-{gone}';
                     UPDATE item SET expires_at = now() WHERE id = '{id}' AND {number} % 2 = 0"
                )
            }
        };
        self.admin.run(&sql).await;
    }

    async fn changes(&mut self, most: u32) {
        for _ in 0..self.rng.u32(1..=most) {
            self.change().await;
        }
    }
}

/// The seed in the environment, or a new one; printed, so that a failure can be repeated.
fn seed() -> u64 {
    let wish = std::env::var_os("LUIK_SEED");
    let wish = wish.map(|text| text.to_str().unwrap().parse().expect("LUIK_SEED is a number"));
    let seed = wish.unwrap_or_else(|| fastrand::u64(..));
    println!("LUIK_SEED={seed}");
    seed
}

#[tokio::test]
async fn killed_ten_times_it_loses_nothing_and_brings_nothing_back() {
    let seed = seed();
    let (server, admin) = core::start(&[], PERSONS, ITEMS).await;
    let mut gateway = Gateway::of(&server.url());
    let everything = Scope::new(&["request", "offer"], None);
    let some = Scope::new(&["request", "offer"], Some(DRENTHE));
    let sites = [
        (Site::start(&gateway, "vlug", everything.clone()).await, &everything),
        (Site::start(&gateway, "traag", everything.clone()).await, &everything),
        (Site::start(&gateway, "soms", some.clone()).await, &some),
    ];
    sites[1].0.behave(Manner::Slowly(Duration::from_millis(150)));
    sites[2].0.behave(Manner::Fails(3));
    let mut puller = Puller::new(&gateway, "haalt", some.clone());
    let both = r#"["request", "offer"]"#;
    for ((site, _), (name, regions)) in
        sites.iter().zip([("vlug", r#"["*"]"#), ("traag", r#"["*"]"#), ("soms", r#"["PV22"]"#)])
    {
        gateway.partner(name, &agreement::file("active", both, regions, &site.push()));
    }
    let file = agreement::file("active", both, r#"["PV22"]"#, &Puller::pull("haalt"));
    gateway.partner("haalt", &file);

    let rng = Rng::with_seed(seed);
    let mut chance = Chance { rng, admin: &admin, newest: ITEMS, returned: BTreeMap::new() };
    for round in 0..KILLS {
        gateway.launch();
        live(&mut gateway, &mut chance, &sites[usize::try_from(round % 3).unwrap()].0).await;
        if chance.rng.bool() && gateway.readiness().await.0 == 200 {
            puller.harvest().await;
        }
        gateway.kill();
        chance.changes(20).await;
        sites.iter().for_each(|(site, _)| site.check());
    }
    gateway.start().await;
    chance.changes(100).await;
    let key = gateway.id_key();
    poll::within(Duration::from_secs(60), "all partners show what is so", async || {
        for (site, scope) in &sites {
            site.check();
            core::compare(&site.shown(), &truth(&admin, &key, scope).await)?;
        }
        puller.harvest().await;
        core::compare(&puller.holdings.shown(), &truth(&admin, &key, &some).await)
    })
    .await;
    let ids = chance.returned.iter().map(|(number, times)| (public_id(&key, *number), *times));
    let returned: BTreeMap<String, u32> = ids.collect();
    for (site, _) in &sites {
        site.look(|held| nothing_came_back(held, &returned));
    }
    nothing_came_back(&puller.holdings, &returned);
    canary::absent(&canaries(), "the log", gateway.log().as_bytes());
    gateway.terminate().await;
}

/// Changes while it lives, until a moment that chance chooses.
async fn live(gateway: &mut Gateway, chance: &mut Chance<'_>, site: &Site) {
    match chance.rng.u32(0..4) {
        0 => chance.changes(60).await,
        1 => {
            gateway.ready().await;
            chance.changes(150).await;
        }
        _ => {
            gateway.ready().await;
            chance.changes(40).await;
            let enough = site.requests() + chance.rng.usize(1..6);
            poll::until("requests", async || {
                if site.requests() >= enough {
                    return Ok(());
                }
                chance.change().await;
                Err(site.requests())
            })
            .await;
        }
    }
}

/// A partner shows an item after its removal only as often as the core published it again.
fn nothing_came_back(held: &Holdings, returned: &BTreeMap<String, u32>) {
    let allowed = |id: &String| returned.get(id).copied().unwrap_or(0);
    let odd: BTreeSet<_> =
        held.returns.iter().filter(|(id, times)| **times > allowed(id)).collect();
    assert!(odd.is_empty(), "shown again although the core did not publish it again: {odd:?}");
}
