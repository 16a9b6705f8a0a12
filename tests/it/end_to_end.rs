//! From the tables of the core to what partners show, and back; and nothing else on the way.

use std::collections::BTreeSet;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags};

use crate::harness::core::{self, canaries, mark, public_id, truth};
use crate::harness::gateway::{Gateway, files};
use crate::harness::holdings::Scope;
use crate::harness::postgres::{Admin, Postgres};
use crate::harness::puller::Puller;
use crate::harness::site::{Manner, Site};
use crate::harness::{agreement, canary, poll};

const BOTH: &[&str] = &["request", "offer"];
const DRENTHE: &[&str] = &["GM0119", "GM0106", "GM0114"];
const TWO: &[&str] = &["GM0114", "GM0193"];
const PERSONS: u32 = 200;
const ITEMS: u32 = 1_000;

/// The core, the gateway and three partners.
struct Scene {
    _server: Postgres,
    admin: Admin,
    gateway: Gateway,
    key: Vec<u8>,
    sites: [(Site, Scope); 2],
    puller: (Puller, Scope),
    /// Per partner, the ids that it should ever have shown.
    ever: [BTreeSet<String>; 3],
}

impl Scene {
    async fn set() -> Self {
        let (server, admin) = core::start(&[], PERSONS, ITEMS).await;
        let mut gateway = Gateway::of(&server.url());
        let scopes = [
            Scope::new(BOTH, None),
            Scope::new(&["request"], Some(DRENTHE)),
            Scope::new(&["offer"], Some(TWO)),
        ];
        let all = Site::start(&gateway, "alles", scopes[0].clone()).await;
        let drenthe = Site::start(&gateway, "drenthe", scopes[1].clone()).await;
        let puller = Puller::new(&gateway, "twee", scopes[2].clone());
        let both = r#"["request", "offer"]"#;
        gateway.partner("alles", &agreement::file("active", both, r#"["*"]"#, &all.push()));
        let file = agreement::file("active", r#"["request"]"#, r#"["PV22"]"#, &drenthe.push());
        gateway.partner("drenthe", &file);
        let regions = r#"["GM0114", "GM0193"]"#;
        let file = agreement::file("active", r#"["offer"]"#, regions, &Puller::pull("twee"));
        gateway.partner("twee", &file);
        gateway.start().await;
        let key = gateway.id_key();
        let [first, second, third] = scopes;
        let (sites, puller) = ([(all, first), (drenthe, second)], (puller, third));
        Self { _server: server, admin, gateway, key, sites, puller, ever: <_>::default() }
    }

    /// Waits until every partner shows exactly what the base tables say.
    async fn settle(&mut self, step: &str) {
        let Self { admin, key, sites, puller: (puller, scope), ever, .. } = self;
        poll::until(step, async || {
            for (place, (site, scope)) in sites.iter().enumerate() {
                site.check();
                let wanted = truth(admin, key, scope).await;
                ever[place].extend(wanted.iter().map(|item| item.id.clone()));
                core::compare(&site.shown(), &wanted)?;
            }
            puller.harvest().await;
            let wanted = truth(admin, key, scope).await;
            ever[2].extend(wanted.iter().map(|item| item.id.clone()));
            core::compare(&puller.holdings.shown(), &wanted)
        })
        .await;
    }

    async fn step(&mut self, step: &str, sql: &str) {
        self.admin.run(sql).await;
        self.settle(step).await;
    }

    /// Keys with which the journal sealed the texts of these items.
    fn text_keys(&self, numbers: &[u32]) -> Vec<Vec<u8>> {
        let file = self.gateway.state().join("journal.db");
        let db = Connection::open_with_flags(file, OpenFlags::SQLITE_OPEN_READ_ONLY).unwrap();
        let sql = "SELECT key FROM item JOIN item_key USING (num) WHERE id = ?1";
        let id = |number: &u32| {
            let id = public_id(&self.key, *number).to_uppercase();
            data_encoding::BASE32_NOPAD.decode(id.as_bytes()).unwrap()
        };
        numbers.iter().map(|n| db.query_row(sql, [id(n)], |row| row.get(0)).unwrap()).collect()
    }

    /// Canaries in everything that left or stays behind, the state folder apart.
    async fn check_what_left(&self) {
        let words = canaries();
        for (site, _) in &self.sites {
            let bytes = site.bytes();
            assert!(bytes.len() > 100_000, "hardly anything was pushed");
            canary::absent(&words, "pushes", &bytes);
        }
        let fed = &self.puller.0.bytes;
        assert!(fed.len() > 50_000, "hardly anything was pulled");
        canary::absent(&words, "the feed", fed);
        let mut names: Vec<String> = words.clone();
        names.extend(["Fatima", "Jan-Willem", "Op zaterdag", "kenmerk"].map(str::to_owned));
        canary::absent(&names, "the log", self.gateway.log().as_bytes());
        canary::absent(&names, "metrics", self.gateway.metrics().await.as_bytes());
    }

    fn check_state(&self, more: &[String]) {
        let words = [canaries(), more.to_vec()].concat();
        let files = files(&self.gateway.state());
        assert!(files.iter().map(|(_, bytes)| bytes.len()).sum::<usize>() > 100_000);
        for (path, bytes) in files {
            canary::absent(&words, &path.display().to_string(), &bytes);
        }
    }
}

fn holds(bytes: &[u8], needle: &[u8]) -> bool {
    bytes.windows(needle.len()).any(|window| window == needle)
}

#[tokio::test]
async fn what_the_core_says_is_what_partners_show_and_nothing_more() {
    let mut scene = Scene::set().await;
    scene.settle("the first 1,000 items").await;
    texts_are_redacted_and_readable(&scene);
    let removed = [12, 13, 14, 15, 16, 17];
    let keys = scene.text_keys(&removed);
    assert!(keys.iter().all(|key| key.len() == 32 && key.iter().any(|byte| *byte != 0)));
    changes_arrive(&mut scene).await;
    removals_arrive(&mut scene).await;
    for (place, (site, _)) in scene.sites.iter().enumerate() {
        let strangers: Vec<_> =
            site.look(|held| held.named.difference(&scene.ever[place]).cloned().collect());
        assert!(strangers.is_empty(), "named to a partner that never had them: {strangers:?}");
    }
    let strangers = scene.puller.0.holdings.named.difference(&scene.ever[2]).count();
    assert_eq!(strangers, 0, "named to a partner that never had them");

    // Promise P8: within 30 seconds nothing can be read of what was removed.
    let forgotten = "the keys of removed texts are overwritten";
    poll::within(Duration::from_secs(30), forgotten, async || {
        let files = files(&scene.gateway.state());
        let found = files.iter().find(|(_, bytes)| keys.iter().any(|key| holds(bytes, key)));
        found.map_or(Ok(()), |(path, _)| Err(path.display().to_string()))
    })
    .await;
    let marks: Vec<_> = removed.iter().map(|number| mark(*number)).collect();
    scene.check_what_left().await;
    scene.check_state(&marks);
    scene.gateway.terminate().await;
    scene.check_state(&marks);
    assert!(
        keys.iter().all(|key| {
            files(&scene.gateway.state()).iter().all(|(_, bytes)| !holds(bytes, key))
        })
    );
    canary::absent(&canaries(), "the log", scene.gateway.log().as_bytes());
}

fn texts_are_redacted_and_readable(scene: &Scene) {
    let (site, _) = &scene.sites[0];
    for number in [1, 12, 345, ITEMS] {
        let id = public_id(&scene.key, number);
        let text = site.look(|held| held.data(&id).unwrap()["text"].as_str().unwrap().to_owned());
        assert!(text.contains(&mark(number)) && text.contains("14:00"), "{text}");
        assert!(text.matches("[…]").count() >= 8, "{text}");
    }
}

async fn changes_arrive(scene: &mut Scene) {
    scene.step("an insert", "CALL person(900); CALL item(1001, 900); CALL item(1004, 900)").await;
    let id = public_id(&scene.key, 4);
    let before = scene.sites[0].0.look(|held| held.modified(&id));
    let sql = "UPDATE item SET title = 'Ander werk' WHERE id = 'zqxkern-4'";
    scene.step("an update", sql).await;
    assert!(before < scene.sites[0].0.look(|held| held.modified(&id)));
    let sql = "UPDATE profile SET first_name = 'Wilhelmina' WHERE id = 'zqxmens-7'";
    scene.step("a new first name", sql).await;
    let sql = "UPDATE item SET visibility = 'anonymous' WHERE id = 'zqxkern-8'";
    scene.step("a name withheld", sql).await;
    let sql = "UPDATE item SET region_code = 'GM0344' WHERE id IN ('zqxkern-24', 'zqxkern-29')";
    scene.step("moved out of a scope", sql).await;
    let sql = "UPDATE item SET region_code = 'GM0114' WHERE id IN ('zqxkern-24', 'zqxkern-11')";
    scene.step("moved into a scope", sql).await;
    let sql = "UPDATE item SET kind = 'offer' WHERE id = 'zqxkern-28'";
    scene.step("a request became an offer", sql).await;
}

async fn removals_arrive(scene: &mut Scene) {
    let sql = "UPDATE item SET status = 'draft' WHERE id IN ('zqxkern-12', 'zqxkern-13')";
    scene.step("unpublished", sql).await;
    let sql = "DELETE FROM item WHERE id IN ('zqxkern-14', 'zqxkern-15')";
    scene.step("deleted", sql).await;
    let sql = "DELETE FROM profile WHERE id IN ('zqxmens-17', 'zqxmens-18')";
    scene.step("persons deleted", sql).await;
    let sql = "UPDATE profile SET shares = false WHERE id = 'zqxmens-50'";
    scene.step("consent withdrawn", sql).await;
    let sql = "UPDATE profile SET of_age = false WHERE id = 'zqxmens-51'";
    scene.step("a child after all", sql).await;
    let sql = "UPDATE item SET approved = false WHERE id = 'zqxkern-60';
               UPDATE item SET visibility = 'members' WHERE id = 'zqxkern-61'";
    scene.step("approval withdrawn, members only", sql).await;
    let sql = "UPDATE item SET expires_at = clock_timestamp() + '3 s'
               WHERE id IN ('zqxkern-70', 'zqxkern-71', 'zqxkern-75')";
    scene.admin.run(sql).await;
    let before = scene.sites[0].0.shown().len();
    let gone = "expired without an event of the core";
    poll::until(gone, async || {
        let now = scene.sites[0].0.shown().len();
        if now + 3 == before { Ok(()) } else { Err(format!("{before}, then {now}")) }
    })
    .await;
    scene.settle("expired").await;
    let sql = "UPDATE profile SET shares = true WHERE id = 'zqxmens-50';
               UPDATE item SET status = 'published' WHERE id = 'zqxkern-13'";
    scene.step("consent given again, published again", sql).await;
    scene.step("removed again", "DELETE FROM item WHERE id = 'zqxkern-13'").await;
}

/// Whatever a partner does, it ends up with what the base tables say, and the others do not wait.
#[tokio::test]
async fn a_partner_in_trouble_loses_nothing_and_delays_nobody() {
    let (server, admin) = core::start(&[], 10, 40).await;
    let mut gateway = Gateway::of(&server.url());
    let scope = Scope::new(BOTH, None);
    let good = Site::start(&gateway, "goed", scope.clone()).await;
    let odd = Site::start(&gateway, "lastig", scope.clone()).await;
    let both = r#"["request", "offer"]"#;
    for (name, site) in [("goed", &good), ("lastig", &odd)] {
        let file = agreement::file("active", both, r#"["*"]"#, &site.push());
        gateway.partner(name, &file);
    }
    gateway.start().await;
    let key = gateway.id_key();
    let shows = async |site: &Site, what: &str| {
        poll::until(what, async || {
            site.check();
            core::compare(&site.shown(), &truth(&admin, &key, &scope).await)
        })
        .await;
    };
    shows(&odd, "the first items").await;
    let manners = [
        Manner::Refuse(500, None),
        Manner::Refuse(429, Some(1)),
        Manner::Refuse(503, Some(1)),
        Manner::Hang,
        Manner::Refuse(410, None),
    ];
    for (round, manner) in (1..).zip(manners) {
        let name = format!("{manner:?}");
        let before = odd.requests();
        odd.behave(manner);
        let sql = format!(
            "CALL item(100 + {round}, 1); DELETE FROM item WHERE id = 'zqxkern-{round}';
             UPDATE item SET title = 'Ander werk {round}' WHERE id = 'zqxkern-{}'",
            round + 20
        );
        admin.run(&sql).await;
        shows(&good, &name).await;
        poll::until("it is tried", async || {
            if odd.requests() > before + 1 { Ok(()) } else { Err(odd.requests()) }
        })
        .await;
        odd.behave(Manner::Accept);
        shows(&odd, &name).await;
    }
    single_items_are_refused(&admin, &key, (&good, &odd), &scope).await;
    let open = "luik_removals_open{partner=\"lastig\"} 0";
    poll::until(open, async || {
        let metrics = gateway.metrics().await;
        if metrics.contains(open) { Ok(()) } else { Err(metrics) }
    })
    .await;
    canary::absent(&canaries(), "the log", gateway.log().as_bytes());
    gateway.terminate().await;
}

/// A refused publish blocks nothing; a refused removal is tried until it is taken.
async fn single_items_are_refused(
    admin: &Admin,
    key: &[u8],
    (good, odd): (&Site, &Site),
    scope: &Scope,
) {
    let refused: BTreeSet<String> = [30, 200].map(|number| public_id(key, number)).into();
    odd.behave(Manner::RejectIds(refused.clone()));
    admin
        .run("CALL item(200, 1); CALL item(201, 1); DELETE FROM item WHERE id = 'zqxkern-30'")
        .await;
    let (shown, unshown) = (public_id(key, 201), public_id(key, 200));
    poll::until("the rest passes", async || {
        odd.check();
        core::compare(&good.shown(), &truth(admin, key, scope).await)?;
        if odd.look(|held| held.data(&shown).is_some()) { Ok(()) } else { Err(String::new()) }
    })
    .await;
    assert!(odd.look(|held| held.data(&unshown).is_none()));
    odd.behave(Manner::Accept);
    let removed = public_id(key, 30);
    poll::until("the refused removal is taken", async || {
        if odd.look(|held| held.data(&removed).is_none()) { Ok(()) } else { Err("shown") }
    })
    .await;
    admin.run("DELETE FROM item WHERE id = 'zqxkern-200'").await;
    poll::until("all is well again", async || {
        core::compare(&odd.shown(), &truth(admin, key, scope).await)
    })
    .await;
}
