//! What happens when the core, its view or the agreements change under the gateway.

use std::time::{Duration, Instant};

use crate::harness::core::{self, public_id, truth};
use crate::harness::gateway::Gateway;
use crate::harness::holdings::Scope;
use crate::harness::postgres::{Admin, Postgres};
use crate::harness::site::{Manner, Site};
use crate::harness::{agreement, poll};

const BOTH: &str = r#"["request", "offer"]"#;
const ALL: &str = r#"["*"]"#;
const MEPPEL: &[&str] = &["GM0119"];
const DRENTHE: &[&str] = &["GM0119", "GM0106", "GM0114"];

/// A core, a gateway, and two partners for everything.
struct Scene {
    server: Postgres,
    admin: Admin,
    gateway: Gateway,
    key: Vec<u8>,
    one: Site,
    two: Site,
}

fn everything() -> Scope {
    Scope::new(&["request", "offer"], None)
}

impl Scene {
    async fn set(items: u32) -> Self {
        let (server, admin) = core::start(&[], 20, items).await;
        let mut gateway = Gateway::of(&server.url());
        let one = Site::start(&gateway, "een", everything()).await;
        let two = Site::start(&gateway, "twee", everything()).await;
        gateway.partner("een", &agreement::file("active", BOTH, ALL, &one.push()));
        gateway.partner("twee", &agreement::file("active", BOTH, ALL, &two.push()));
        gateway.start().await;
        let key = gateway.id_key();
        let scene = Self { server, admin, gateway, key, one, two };
        scene.settle("the first items").await;
        scene
    }

    /// Waits until both partners show exactly what the base tables say.
    async fn settle(&self, step: &str) {
        self.shows(&self.one, &everything(), step).await;
        self.shows(&self.two, &everything(), step).await;
    }

    async fn shows(&self, site: &Site, scope: &Scope, step: &str) {
        poll::until(step, async || {
            site.check();
            core::compare(&site.shown(), &truth(&self.admin, &self.key, scope).await)
        })
        .await;
    }

    /// Waits until the log says so once more than before.
    async fn logs(&self, before: usize, text: &str) {
        poll::until(text, async || {
            let now = self.count(text);
            if now > before { Ok(()) } else { Err(now) }
        })
        .await;
    }

    fn count(&self, text: &str) -> usize {
        self.gateway.log().matches(text).count()
    }

    /// Puts an agreement of the second partner in force.
    async fn agree(&self, status: &str, regions: &str, kinds: &str) {
        self.gateway.partner("twee", &agreement::file(status, kinds, regions, &self.two.push()));
        let read = "the partner files were read again";
        let before = self.count(read);
        self.gateway.hangup();
        self.logs(before, read).await;
    }
}

fn is_shown(site: &Site, id: &str) -> bool {
    site.look(|held| held.data(id).is_some())
}

#[tokio::test]
async fn changes_around_a_stop_of_the_core_arrive() {
    let mut scene = Scene::set(60).await;
    for round in 1..=3 {
        let sql = format!(
            "CALL item({0}, 1); DELETE FROM item WHERE id = 'zqxkern-{round}';
             UPDATE item SET title = 'Ander werk' WHERE id = 'zqxkern-{1}'",
            100 + round,
            20 + round
        );
        scene.admin.run(&sql).await;
        scene.server.stop().await;
        scene.gateway.not_ready_because("the core can not be reached").await;
        scene.server.launch().await;
        scene.admin = scene.server.admin().await;
        let sql = sql.replace("CALL item(10", "CALL item(20").replace("zqxkern-", "zqxkern-1");
        scene.admin.run(&sql).await;
        scene.gateway.ready().await;
        scene.settle("after the core is back").await;
    }
    scene.gateway.terminate().await;
}

/// Nothing happens at the core for longer than a dead one is waited for.
#[tokio::test]
async fn an_idle_core_is_not_taken_for_a_dead_one() {
    let (server, _admin) = core::start(&[], 1, 1).await;
    let mut gateway = Gateway::of(&server.url());
    gateway.start().await;
    let begun = Instant::now();
    poll::within(Duration::from_secs(90), "a quiet minute", async || {
        assert!(!gateway.log().contains("the session with the core ended"), "{}", gateway.log());
        if begun.elapsed() > Duration::from_secs(65) { Ok(()) } else { Err("not yet") }
    })
    .await;
    gateway.terminate().await;
}

#[tokio::test]
async fn whatever_was_missed_is_found_by_comparing() {
    let mut scene = Scene::set(100).await;
    // The slot is lost, and with it what was deleted meanwhile.
    scene.gateway.terminate().await;
    let sql = "DELETE FROM item WHERE id IN ('zqxkern-1', 'zqxkern-2'); CALL item(101, 1);
               DELETE FROM profile WHERE id = 'zqxmens-9';
               UPDATE item SET status = 'draft' WHERE id = 'zqxkern-5'";
    scene.admin.run(sql).await;
    scene.admin.run("SELECT pg_drop_replication_slot('luik')").await;
    scene.admin.run("UPDATE item SET title = 'Ander werk' WHERE id = 'zqxkern-6'").await;
    scene.gateway.start().await;
    scene.settle("after the slot was lost").await;
    the_view_lacks_a_column(&mut scene).await;
    the_table_is_emptied(&mut scene).await;
    scene.gateway.terminate().await;
}

/// Publishing stops, removing does not, and everything goes on when the column is back.
async fn the_view_lacks_a_column(scene: &mut Scene) {
    scene.admin.run("ALTER VIEW syndication.item RENAME COLUMN share TO shared").await;
    scene.admin.run("CALL item(102, 1); DELETE FROM item WHERE id = 'zqxkern-10'").await;
    let (published, removed) = (public_id(&scene.key, 102), public_id(&scene.key, 10));
    scene.gateway.not_ready_because("lacks a contract column").await;
    for site in [&scene.one, &scene.two] {
        poll::until("removed without the column", async || {
            if is_shown(site, &removed) { Err("shown") } else { Ok(()) }
        })
        .await;
        assert!(!is_shown(site, &published));
    }
    let untouched = scene.one.shown().len();
    scene.admin.run("UPDATE item SET title = 'Nog ander werk' WHERE id = 'zqxkern-11'").await;
    scene.admin.run("DELETE FROM item WHERE id = 'zqxkern-12'").await;
    poll::until("a second removal without the column", async || {
        let now = scene.one.shown().len();
        if now + 1 == untouched { Ok(()) } else { Err(now) }
    })
    .await;
    scene.gateway.not_ready_because("lacks a contract column").await;
    assert!(!is_shown(&scene.one, &published));
    scene.admin.run("ALTER VIEW syndication.item RENAME COLUMN shared TO share").await;
    scene.settle("the column is back").await;
    scene.gateway.ready().await;
}

/// TRUNCATE names no rows; and a comparison that removes so much is an alarm.
async fn the_table_is_emptied(scene: &mut Scene) {
    let alarm = "removed more than a tenth";
    let before = scene.count(alarm);
    scene.admin.run("TRUNCATE item").await;
    scene.settle("TRUNCATE").await;
    assert!(scene.one.shown().is_empty());
    scene.logs(before, alarm).await;
    scene.admin.run("CALL item(103, 1)").await;
    scene.settle("an item after that").await;
    assert_eq!(scene.two.shown().len(), 1);
}

#[tokio::test]
async fn partners_follow_their_agreements() {
    let mut scene = Scene::set(60).await;
    // Narrowed: retracted there, and only there.
    let meppel = Scope::new(&["request", "offer"], Some(MEPPEL));
    scene.agree("active", r#"["GM0119"]"#, BOTH).await;
    scene.shows(&scene.two, &meppel, "narrowed").await;
    scene.two.set_scope(meppel.clone());
    scene.shows(&scene.one, &everything(), "the other is left alone").await;
    assert!(scene.one.look(|held| held.returns.is_empty()));
    assert_eq!(scene.one.look(|held| held.named.len()), scene.one.shown().len());
    // An invalid set is refused whole.
    let refused = "the old set stays in force";
    let before = scene.count(refused);
    let file = agreement::file("active", BOTH, ALL, &scene.two.push());
    scene.gateway.partner("twee", &file.replace("EU", "").replace("\"NL\"", "\"US\""));
    scene.gateway.hangup();
    scene.logs(before, refused).await;
    let sql = "CALL item(100, 1); CALL item(102, 1); DELETE FROM item WHERE id = 'zqxkern-12'";
    scene.admin.run(sql).await;
    scene.shows(&scene.two, &meppel, "the old set is in force").await;
    scene.shows(&scene.one, &everything(), "the old set is in force").await;
    // Widened again, by requests of a province.
    let drenthe = Scope::new(&["request"], Some(DRENTHE));
    scene.two.set_scope(Scope::new(&["request", "offer"], Some(DRENTHE)));
    scene.agree("active", r#"["PV22"]"#, r#"["request"]"#).await;
    scene.shows(&scene.two, &drenthe, "widened").await;
    scene.two.set_scope(drenthe.clone());
    suspended(&scene, &drenthe).await;
    ended(&mut scene, &drenthe).await;
    scene.gateway.terminate().await;
}

/// No publishes; removals go on.
async fn suspended(scene: &Scene, scope: &Scope) {
    scene.agree("suspended", r#"["PV22"]"#, r#"["request"]"#).await;
    let before = scene.two.shown();
    let gone = before.iter().next().unwrap().id.clone();
    let number = (1..=102).find(|number| public_id(&scene.key, *number) == gone).unwrap();
    scene.admin.run("CALL item(120, 1)").await;
    let new = public_id(&scene.key, 120);
    scene.shows(&scene.one, &everything(), "the other gets the publish").await;
    scene.admin.run(&format!("DELETE FROM item WHERE id = '{}'", core::id(number))).await;
    poll::until("removed while suspended", async || {
        if is_shown(&scene.two, &gone) { Err("shown") } else { Ok(()) }
    })
    .await;
    assert!(!is_shown(&scene.two, &new));
    assert_eq!(scene.two.shown().len() + 1, before.len());
    scene.agree("active", r#"["PV22"]"#, r#"["request"]"#).await;
    scene.shows(&scene.two, scope, "active again").await;
    assert!(is_shown(&scene.two, &new));
}

/// Everything is taken back, under numbers that count; and comes back under higher ones.
async fn ended(scene: &mut Scene, scope: &Scope) {
    let held: Vec<_> = scene.two.shown().into_iter().map(|item| item.id).collect();
    assert!(held.len() > 5);
    let numbers = |site: &Site| -> Vec<u64> {
        site.look(|held_by| held.iter().map(|id| held_by.modified(id).unwrap()).collect())
    };
    let before = numbers(&scene.two);
    scene.agree("ended", r#"["PV22"]"#, r#"["request"]"#).await;
    poll::until("everything is taken back", async || {
        let left = scene.two.shown().len();
        if left == 0 { Ok(()) } else { Err(left) }
    })
    .await;
    let after = numbers(&scene.two);
    assert!(before.iter().zip(&after).all(|(before, after)| before < after));
    // So it is after a restart.
    scene.gateway.terminate().await;
    scene.gateway.start().await;
    scene.admin.run("CALL item(122, 1)").await;
    scene.shows(&scene.one, &everything(), "the other goes on").await;
    assert!(scene.two.shown().is_empty());
    scene.agree("active", r#"["PV22"]"#, r#"["request"]"#).await;
    scene.shows(&scene.two, scope, "agreed again").await;
    let again = numbers(&scene.two);
    assert!(after.iter().zip(&again).all(|(after, again)| after < again));
}

/// The core freezes: what is known goes on, and what it missed comes when it thaws.
#[tokio::test]
async fn while_the_core_is_frozen_removals_that_are_known_arrive() {
    let scene = Scene::set(20).await;
    scene.two.behave(Manner::Hang);
    let (gone, expires) = (public_id(&scene.key, 3), public_id(&scene.key, 4));
    let soon = "UPDATE item SET expires_at = now() + interval '3 seconds' WHERE id = 'zqxkern-4'";
    scene.admin.run(&format!("DELETE FROM item WHERE id = 'zqxkern-3'; {soon}")).await;
    let drops = async |site: &Site, id: &str| {
        poll::until("it is dropped", async || if is_shown(site, id) { Err(id) } else { Ok(()) })
            .await;
    };
    drops(&scene.one, &gone).await;
    scene.server.freeze();
    scene.two.behave(Manner::Accept);
    for id in [&gone, &expires] {
        for site in [&scene.one, &scene.two] {
            drops(site, id).await;
        }
    }
    scene.server.thaw();
    scene.admin.run("DELETE FROM item WHERE id = 'zqxkern-5'").await;
    scene.settle("after the thaw").await;
    assert_eq!(scene.gateway.readiness().await.0, 200);
}
