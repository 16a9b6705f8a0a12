//! A gateway behind another one, and a gateway on a core that serves a feed: what happens at the
//! first core happens at the last partner, removals above all (design §4, `kind = "http"`).

mod feed;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::net::{SocketAddr, TcpListener};
use std::path::Path;

use crate::embedded::core::{CANARY, public_id};
use crate::embedded::gateway::Gateway;
use crate::embedded::http;
use crate::embedded::program::run;
use crate::embedded::push::Push;
use crate::embedded::sink::Sink;
use crate::embedded::stage::Stage;
use crate::embedded::{eventually, found};

use feed::Feed;

const ADMIN_TOKEN: &str = "geheim-van-het-beheer-0123456789";

/// An address that is free now, for a gateway that starts more than once.
fn free() -> SocketAddr {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap()
}

/// A stage whose gateway follows this feed, and pushes to a partner.
fn follower(feed: &str, token: &str, more: &str, sink: &Sink) -> Stage {
    let mut stage = Stage::new();
    let settings = format!(
        "public_url = \"https://regio.voorbeeld.example\"\n[listen]\npublic = \"127.0.0.1:0\"\n\
         admin = \"127.0.0.1:0\"\n[source]\nkind = \"http\"\nurl = \"{feed}\"\n\
         token = {{ env = \"UPSTREAM_TOKEN\" }}\npoll_every = \"100ms\"\n{more}\n\
         [deliver]\nretry_max = \"1s\"\n"
    );
    fs::write(stage.config(), settings).unwrap();
    stage.set("UPSTREAM_TOKEN", token);
    stage.pushes_to("wijk", sink, "");
    stage
}

/// Does a file of this folder hold the text?
fn holds(folder: &Path, text: &str) -> bool {
    fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).any(|path| {
        let inside = |path| {
            fs::read(path).is_ok_and(|bytes| {
                bytes.windows(text.len()).any(|window| window == text.as_bytes())
            })
        };
        if path.is_dir() { holds(&path, text) } else { inside(path) }
    })
}

/// A national gateway on a core, a regional one behind it, and a partner of the latter.
struct Chain {
    national: Stage,
    regional: Stage,
    sink: Sink,
    upper: Option<Gateway>,
    lower: Option<Gateway>,
}

impl Chain {
    fn start() -> Self {
        let (public, admin) = (free(), free());
        let mut national = Stage::new();
        national.set("LUIK__PUBLIC_URL", &format!("http://{public}"));
        national.set("LUIK__LISTEN__PUBLIC", &public.to_string());
        national.set("LUIK__LISTEN__ADMIN", &admin.to_string());
        let text = fs::read_to_string(national.config()).unwrap();
        let with = "[listen]\nadmin_token = { env = \"ADMIN_TOKEN\" }";
        fs::write(national.config(), text.replace("[listen]", with)).unwrap();
        national.set("ADMIN_TOKEN", ADMIN_TOKEN);
        let token = national.pulled_by("regio");
        let sink = Sink::start("wijk");
        let feed = format!("http://{public}/v1/partners/regio/items");
        let regional = follower(&feed, &token, "shape = \"luik\"", &sink);
        let mut chain = Self { national, regional, sink, upper: None, lower: None };
        chain.start_upper();
        chain.start_lower();
        chain
    }

    fn start_upper(&mut self) {
        let gateway = Gateway::start(&mut self.national.luik(&["run"]));
        eventually("it is on its core", || gateway.program.err().contains("connected to the core"));
        self.upper = Some(gateway);
    }

    fn start_lower(&mut self) {
        self.lower = Some(self.regional.start());
    }

    fn lower(&self) -> &Gateway {
        self.lower.as_ref().expect("it runs")
    }

    /// The title under which the last partner shows an item of the first core.
    fn title(&self, core_id: &str) -> Option<String> {
        let held = self.sink.held(&last_id(core_id)).filter(|held| !held.item.deleted);
        held.map(|held| held.item.title)
    }

    fn shows(&self, core_ids: &[&str]) {
        let ids = core_ids.iter().map(|id| last_id(id)).collect();
        eventually(&format!("exactly {core_ids:?} are shown"), || self.sink.shown() == ids);
    }

    /// What may not leave is in no byte that left (the sink looks), in no log and in no file.
    fn check(&self) {
        for gateway in [&self.upper, &self.lower].into_iter().flatten() {
            assert!(!gateway.program.err().contains(CANARY));
        }
        assert!(!holds(&self.regional.path().join("state"), CANARY));
    }
}

/// Each gateway has a key of its own in life; here they share one, and the ids differ all the same.
fn last_id(core_id: &str) -> String {
    public_id(&public_id(core_id))
}

#[test]
fn an_item_crosses_two_gateways_and_so_does_its_removal() {
    let chain = Chain::start();
    chain.national.core.put_all(["a", "b"]);
    chain.shows(&["a", "b"]);
    chain.national.core.edit("a", "Anders gezegd");
    eventually("the edit crosses", || chain.title("a").as_deref() == Some("Anders gezegd"));

    // The referral leads on to the national one, and from there to the core's page.
    let path = format!("/r/wijk/{}", last_id("a"));
    let first = http::get(chain.lower().public, &path);
    let upper = chain.upper.as_ref().expect("it runs").public;
    let national = format!("http://{upper}/r/regio/{}", public_id("a"));
    assert_eq!((first.status, first.header("location")), (303, Some(&*national)));
    let second = http::get(upper, &format!("/r/regio/{}", public_id("a")));
    assert_eq!(second.header("location"), Some("https://www.voorbeeld.example/hulp"));

    chain.national.core.remove("b");
    chain.shows(&["a"]);
    assert!(chain.sink.has_dropped(&last_id("b")));
    assert_eq!(http::get(chain.lower().public, &format!("/r/wijk/{}", last_id("b"))).status, 410);
    chain.check();
}

#[test]
fn an_emergency_removal_and_the_end_of_the_agreement_cross() {
    let chain = Chain::start();
    chain.national.core.put_all(["a", "b", "c"]);
    chain.shows(&["a", "b", "c"]);
    let arguments = ["retract", "--item", "a", "--reason", "spoed", "--by", "FG", "--wait", "0s"];
    let ended = run(&mut chain.national.luik(&arguments));
    assert!(!ended.err.contains("error:"), "{ended:?}");
    chain.shows(&["b", "c"]);
    let file = chain.national.path().join("partners/regio.toml");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(file, text.replace("status = \"active\"", "status = \"ended\"")).unwrap();
    chain.upper.as_ref().expect("it runs").program.signal("-HUP");
    chain.shows(&[]);
    chain.check();
}

#[test]
fn neither_gateway_loses_anything_while_one_of_them_is_dead() {
    let mut chain = Chain::start();
    chain.national.core.put_all(["a", "b", "c", "d"]);
    chain.shows(&["a", "b", "c", "d"]);
    // The regional one is killed, and starts again.
    chain.lower = None;
    chain.national.core.remove("a");
    chain.national.core.edit("b", "Anders gezegd");
    chain.national.core.put("e");
    chain.start_lower();
    chain.shows(&["b", "c", "d", "e"]);
    eventually("the edit crosses", || chain.title("b").as_deref() == Some("Anders gezegd"));
    assert!(!chain.lower().program.err().contains("comparing"), "it goes on where it was");

    // The national one is killed: nothing is removed by its silence, and the removal comes later.
    chain.upper = None;
    chain.national.core.remove("c");
    eventually("it is missed", || chain.lower().ready().status == 503);
    assert!(chain.sink.shown().len() == 4);
    chain.start_upper();
    chain.shows(&["b", "d", "e"]);

    // Both at once.
    (chain.upper, chain.lower) = (None, None);
    chain.national.core.remove("d");
    chain.start_upper();
    chain.start_lower();
    chain.shows(&["b", "e"]);
    chain.check();
}

/// Changes by chance while the gateways are killed by chance; what was removed stays removed.
#[test]
fn killed_at_any_moment_the_chain_ends_up_with_what_the_core_says() {
    let wish = std::env::var_os("LUIK_SEED");
    let wish = wish.map(|text| text.to_str().unwrap().parse().expect("LUIK_SEED is a number"));
    let seed = wish.unwrap_or_else(|| fastrand::u64(..));
    println!("LUIK_SEED={seed}");
    let mut rng = fastrand::Rng::with_seed(seed);
    let mut chain = Chain::start();
    let (mut live, mut gone, mut newest) = (BTreeMap::new(), BTreeSet::new(), 0);
    for _ in 0..8 {
        for _ in 0..rng.u32(1..60) {
            match (rng.u8(0..4), rng.choice(live.keys().cloned().collect::<Vec<String>>())) {
                (0, Some(id)) => {
                    chain.national.core.remove(&id);
                    live.remove(&id);
                    gone.insert(id);
                }
                (1, Some(id)) => {
                    // Longer numbers are taken out of texts, as they may be somebody's.
                    let title = format!("Keer {}", rng.u32(..1_000));
                    chain.national.core.edit(&id, &title);
                    live.insert(id, title);
                }
                _ => {
                    newest += 1;
                    chain.national.core.put(&format!("n{newest}"));
                    live.insert(format!("n{newest}"), "Hulp in de tuin".to_owned());
                }
            }
        }
        let enough = chain.sink.pushes().len() + rng.usize(0..3);
        let upper = rng.bool();
        let patience = std::time::Instant::now() + std::time::Duration::from_millis(500);
        while chain.sink.pushes().len() < enough && std::time::Instant::now() < patience {
            std::thread::yield_now();
        }
        if upper {
            chain.upper = None;
            chain.start_upper();
        } else {
            chain.lower = None;
            chain.lower = Some(Gateway::start(&mut chain.regional.luik(&["run"])));
        }
    }
    chain.shows(&live.keys().map(String::as_str).collect::<Vec<_>>());
    for (id, title) in &live {
        eventually("every edit crosses", || chain.title(id).as_ref() == Some(title));
    }
    let gone: BTreeSet<_> = gone.iter().map(|id| last_id(id)).collect();
    let mut removed = BTreeMap::new();
    let pushes = chain.sink.pushes();
    let items = || pushes.iter().flat_map(Push::items).filter(|item| gone.contains(&item.id));
    for item in items().filter(|item| item.deleted) {
        let first = removed.entry(item.id).or_insert(item.modified);
        *first = item.modified.min(*first);
    }
    let back = items().filter(|item| !item.deleted);
    let back = back.filter(|item| removed.get(&item.id).is_some_and(|at| *at < item.modified));
    assert_eq!(back.count(), 0, "something was brought back");
    chain.check();
}

#[test]
fn a_core_that_serves_a_feed_is_followed() {
    let feed = Feed::start("token-of-the-core");
    feed.put("a", &[]);
    feed.put("b", &[]);
    let sink = Sink::start("wijk");
    let stage = follower(&feed.url(), "token-of-the-core", "reconcile_every = \"1s\"", &sink);
    let gateway = stage.start();
    let shows = |ids: &[&str]| {
        let ids = ids.iter().map(|id| public_id(id)).collect();
        eventually("exactly these are shown", || sink.shown() == ids);
    };
    shows(&["a", "b"]);
    feed.put("c", &[]);
    feed.put("d", &[("share", false.into())]);
    feed.delete("a");
    shows(&["b", "c"]);
    feed.put("b", &[("approved", false.into())]);
    shows(&["c"]);
    // Gone without a word: the comparison on schedule finds it.
    feed.put("e", &[]);
    shows(&["c", "e"]);
    feed.forget("c");
    shows(&["e"]);
    // A feed in trouble removes nothing.
    feed.answer_with(Some("HTTP/1.1 500 -\r\ncontent-length: 0\r\n\r\n"));
    eventually("it is missed", || gateway.ready().status == 503);
    feed.answer_with(Some("HTTP/1.1 200 -\r\ncontent-length: 12\r\n\r\nKanariestein"));
    let trouble = "the core's feed can not be used";
    eventually("it is said what is wrong", || gateway.ready().body.contains(trouble));
    feed.answer_with(None);
    gateway.becomes_ready();
    feed.put("f", &[]);
    shows(&["e", "f"]);
    assert!(sink.held(&public_id("e")).is_some_and(|held| !held.item.deleted));
    assert!(!gateway.program.err().contains(CANARY));
    assert!(!holds(&stage.path().join("state"), CANARY));
    assert!(gateway.metric("luik_source_changes_total") >= 4.0);
}

#[test]
fn another_token_is_told_by_the_name_of_its_setting() {
    let feed = Feed::start("token-of-the-core");
    feed.put("a", &[]);
    let sink = Sink::start("wijk");
    let stage = follower(&feed.url(), "another-token", "", &sink);
    let gateway = Gateway::start(&mut stage.luik(&["run"]));
    let line = found("it is logged", crate::embedded::SOON, || {
        let log = gateway.program.err();
        log.lines().find(|line| line.contains("source.token")).map(str::to_owned)
    });
    assert!(!line.contains("another-token"), "{line}");
    let checked = run(&mut stage.luik(&["source", "check"]));
    assert_eq!(checked.code, Some(1), "{checked:?}");
    assert!(checked.out.contains("source.token"), "{checked:?}");
}

#[test]
fn the_commands_look_at_a_feed_and_offer_no_sql_for_it() {
    let feed = Feed::start("token-of-the-core");
    feed.put("a", &[]);
    let sink = Sink::start("wijk");
    let stage = follower(&feed.url(), "token-of-the-core", "", &sink);
    let fine = run(&mut stage.luik(&["source", "check"]));
    assert_eq!((fine.code, &*fine.err), (Some(0), ""), "{fine:?}");
    assert!(fine.out.lines().all(|line| line.starts_with("ok ")), "{}", fine.out);
    feed.put("b", &[("withhold", serde_json::Value::Null)]);
    feed.drop_column("b", "visibility");
    let missing = run(&mut stage.luik(&["source", "check"]));
    assert_eq!(missing.code, Some(1), "{missing:?}");
    assert!(missing.out.contains("visibility in 1 of 2 items"), "{}", missing.out);
    let sql = run(&mut stage.luik(&["source", "sql"]));
    assert_eq!((sql.code, &*sql.out), (Some(2), ""), "{sql:?}");
    assert!(sql.err.contains("source.kind") && sql.err.contains("no SQL"), "{}", sql.err);
}
