//! The plugin of the kit: items in the page itself, and gone from it in time.

use std::net::SocketAddr;

use luik::clock::Clock;
use serde_json::json;

use super::site::{Post, WordPress, free};
use crate::browser::Browser;
use crate::conformance;
use crate::embedded::core::public_id;
use crate::embedded::eventually;
use crate::embedded::gateway::Gateway;
use crate::embedded::http::{get, post};
use crate::embedded::push::{secret, sign};
use crate::embedded::stage::Stage;
use crate::kit::door::{Act, Door};

/// What a gateway that has gone astray might say; a proper one says less.
const HOSTILE: &str = r#"<section class="luik" style="color:red"><h2>Vragen</h2>
<!-- wp:html --><article><h3 lang="nl">Tuin [gallery ids="1"][luik] […] [[x]]</h3>
<p onclick="alert(1)">Wie helpt?<script>alert(2)</script><style>p{}</style></p>
<img src="http://gateway/a.png"><iframe src="http://gateway/b"></iframe><form action="/c"></form>
<a href="javascript:alert(3)">x</a> <a href="https://luik.example/r/wijk/k3v" rel="noreferrer">Reageer</a>
</article></section>"#;
const BLOCK: &str = "<!-- wp:luik/items /-->";

struct Scene {
    door: Door,
    site: WordPress,
    block: Post,
}

impl Scene {
    fn new() -> Self {
        let door = Door::open(|_| Act::Say(200, "etag: \"one\"\r\n".into(), HOSTILE.into()));
        let at: SocketAddr = door.url().strip_prefix("http://").unwrap().parse().unwrap();
        let embed = format!("{}/embed/wijk", door.url());
        let secrets = format!("{} {}", secret("old"), secret("new"));
        let site = WordPress::install(at, &[("LUIK_EMBED", &embed), ("LUIK_SECRETS", &secrets)]);
        assert_eq!(site.errand(&["activate"], ""), "active");
        let block = site.post(BLOCK);
        Self { door, site, block }
    }

    fn shows(&self) -> bool {
        let page = self.site.page(&self.block);
        let shows = page.contains("Wie helpt?");
        assert_eq!(page.contains("See them on their own page"), !shows, "{page}");
        shows
    }

    fn ages(&self, seconds: u32) {
        assert_eq!(self.site.errand(&["age", &seconds.to_string()], ""), "1");
    }

    fn push(&self, secret: &str) -> u16 {
        push(self.site.address, secret)
    }
}

fn push(site: SocketAddr, secret: &str) -> u16 {
    let (now, body) = (Clock::system().now().as_second().to_string(), "{}");
    let signature = sign(secret, "msg_1", &now, body);
    let headers = [
        ("webhook-id", "msg_1"),
        ("webhook-timestamp", now.as_str()),
        ("webhook-signature", signature.as_str()),
        ("content-type", "application/cloudevents+json"),
    ];
    post(site, "/wp-json/luik/v1/push", &headers, body.as_bytes()).status
}

fn fail(status: u16) -> impl Fn(&str) -> Act + Send {
    move |_| Act::Say(status, String::new(), "not now".into())
}

#[test]
fn what_strangers_typed_is_text_and_nothing_else() {
    let scene = Scene::new();
    let shortcode = scene.site.post("Hulp gevraagd: [luik]");
    for post in [&scene.block, &shortcode] {
        let page = scene.site.page(post);
        let (_, ours) = page.split_once("wp-block-luik-items").expect(&page);
        let (ours, _) = ours.split_once("</section>").expect(&page);
        assert!(ours.contains("[\u{2060}gallery") || ours.contains("[&#8288;gallery"), "{ours}");
        assert!(ours.contains("luik]") && ours.contains("[…]") && ours.contains("x]"), "{ours}");
        let link = r#"<a href="https://luik.example/r/wijk/k3v" rel="noreferrer">Reageer</a>"#;
        assert!(ours.contains(link), "{ours}");
        for odd in
            ["onclick", "style", "<script", "<img", "<iframe", "<form", "javascript:", "<!--"]
        {
            assert!(!ours.contains(odd), "{odd}: {ours}");
        }
    }
    assert_eq!(scene.door.asked(), ["/embed/wijk/fragment?heading=2&lang=en"], "once for both");
    assert_eq!(scene.site.complaints(), "");
}

#[test]
fn nobody_else_keeps_a_copy() {
    let scene = Scene::new();
    let answer = get(scene.site.address, &scene.block.path);
    assert!(answer.body.contains("Wie helpt?"), "{}", answer.body);
    assert!(answer.header("cache-control").is_some_and(|it| it.contains("no-cache")), "{answer:?}");
    assert!(answer.header("x-robots-tag").is_some_and(|it| it.contains("noindex")), "{answer:?}");
    assert!(answer.body.contains("noindex, noarchive, nosnippet"), "{}", answer.body);
    for other in ["/feed/", "/wp-json/wp/v2/posts"] {
        let answer = get(scene.site.address, other);
        assert!(answer.status == 200 && answer.body.contains("Hulp"), "{other}: {answer:?}");
        assert!(!answer.body.contains("Wie helpt?"), "{other}: {answer:?}");
    }
    assert_eq!(scene.site.complaints(), "");
}

#[test]
fn nothing_is_shown_that_is_older_than_five_minutes() {
    let scene = Scene::new();
    assert!(scene.shows() && scene.shows());
    assert_eq!(scene.door.known(), [""]);
    scene.ages(61);
    scene.door.behave(fail(304));
    assert!(scene.shows() && scene.shows());
    assert_eq!(scene.door.known(), ["", "\"one\""], "asked once more, and it is as it was");
    scene.ages(200);
    scene.door.behave(fail(500));
    assert!(scene.shows() && scene.shows());
    assert_eq!(scene.door.asked().len(), 3, "what does not answer is left in peace");
    scene.ages(100);
    assert!(!scene.shows());
    assert_eq!(scene.push(&secret("new")), 204);
    assert!(!scene.shows(), "nor is it put back by a push");
    assert!(!scene.site.kept().contains("Wie helpt?"));
    assert_eq!(scene.site.complaints(), "");
}

#[test]
fn a_push_empties_the_cache_when_it_is_signed() {
    let scene = Scene::new();
    assert!(scene.shows());
    assert!(scene.site.kept().contains("Wie helpt?"));
    scene.door.behave(|_| Act::Say(200, String::new(), "<p>Er staat nu niets open.</p>".into()));
    for unsigned in [secret("other"), secret("")] {
        assert_eq!(scene.push(&unsigned), 401);
        assert!(scene.shows(), "nothing happened");
    }
    for signed in [secret("old"), secret("new")] {
        assert_eq!(scene.push(&signed), 204);
    }
    assert!(!scene.site.kept().contains("Wie helpt?"), "not even in the database");
    let page = scene.site.page(&scene.block);
    assert!(page.contains("Er staat nu niets open.") && !page.contains("Wie helpt?"), "{page}");
    assert_eq!(scene.site.complaints(), "");
}

#[test]
fn an_agreement_that_has_ended_ends_the_copy_at_once() {
    let scene = Scene::new();
    for status in [404, 410] {
        scene.door.behave(|_| Act::Say(200, String::new(), HOSTILE.into()));
        assert_eq!(scene.push(&secret("new")), 204);
        assert!(scene.shows());
        scene.ages(61);
        scene.door.behave(fail(status));
        assert!(!scene.shows());
        assert!(!scene.site.kept().contains("Wie helpt?"));
        assert_eq!(scene.site.complaints(), "");
    }
}

#[test]
fn what_was_fetched_before_a_push_is_not_shown_after_it() {
    let scene = Scene::new();
    let (site, mut meanwhile) = (scene.site.address, Some(()));
    scene.door.behave(move |_| {
        // The gateway has answered, and the push overtakes its answer.
        let late = meanwhile.take().map(|()| assert_eq!(push(site, &secret("new")), 204));
        let text = if late.is_some() { HOSTILE } else { "<p>Er staat nu niets open.</p>" };
        Act::Say(200, String::new(), text.into())
    });
    assert!(scene.shows(), "to the one visitor who came before");
    assert!(!scene.site.page(&scene.block).contains("Wie helpt?"));
}

#[test]
fn what_nobody_looks_at_any_more_is_forgotten_too() {
    let scene = Scene::new();
    assert!(scene.shows());
    assert!(scene.site.kept().contains("luik_forget"), "it is planned");
    scene.site.errand(&["later"], "");
    assert!(scene.site.kept().contains("Wie helpt?"), "not yet");
    scene.ages(300);
    scene.site.errand(&["later"], "");
    assert!(!scene.site.kept().contains("Wie helpt?"));
}

/// The plugin beside a gateway; with pushes, or without.
struct Beside {
    stage: Stage,
    gateway: Gateway,
    site: WordPress,
    block: Post,
}

impl Beside {
    fn new(pushes: bool) -> Self {
        let at = free();
        let embed = format!("http://{at}/embed/wijk");
        let constants = [("LUIK_EMBED", embed.as_str()), ("LUIK_SECRETS", &secret("wijk"))];
        let site = WordPress::install(at, &constants);
        site.errand(&["activate"], "");
        let block = site.post(BLOCK);
        let mut stage = Stage::new();
        stage.set("LUIK__PUBLIC_URL", &format!("http://{at}"));
        stage.set("LUIK__LISTEN__PUBLIC", &at.to_string());
        stage.set("SECRET", &secret("wijk"));
        let push = format!(
            "[push]\nendpoint = \"http://{}/wp-json/luik/v1/push\"\n\
             secrets = [{{ env = \"SECRET\" }}]\nallow_private = true\n",
            site.address
        );
        let push = if pushes { push.as_str() } else { "" };
        let origin = format!("[embed]\norigins = [\"http://{}\"]\n{push}", site.address);
        stage.partner("wijk", &origin);
        stage.core.put_all(["a", "b"]);
        let gateway = stage.start();
        let beside = Self { stage, gateway, site, block };
        eventually("both are there", || beside.live() == 2.0);
        beside
    }

    fn live(&self) -> f64 {
        self.gateway.metric("luik_journal_items{state=\"live\"}")
    }

    /// Which of both the page shows.
    fn shows(&self) -> [bool; 2] {
        let page = self.site.page(&self.block);
        let link = |id: &str| format!("/r/wijk/{}\"", public_id(id));
        ["a", "b"].map(|id| page.contains(&link(id)))
    }
}

#[test]
fn visitors_never_meet_the_gateway_and_see_no_removed_item_after_the_time_of_the_cache() {
    let beside = Beside::new(false);
    assert_eq!(beside.shows(), [true, true]);
    let page = beside.site.page(&beside.block);
    for part in ["<article class=\"luik-card\">", "<bdi class=\"luik-name\">Anna</bdi>", "[…]"] {
        assert!(page.contains(part), "{part}: {page}");
    }
    let mut browser = Browser::start();
    let site = format!("http://{}/", beside.site.address);
    browser.open(&format!("http://{}{}", beside.site.address, beside.block.path), &json!({}));
    browser.ask(&json!({ "do": "picture", "name": "wordpress-plugin" }));
    let requests = browser.record().requests;
    assert!(!requests.is_empty());
    let strange = requests.iter().find(|request| !request.url.starts_with(&site));
    assert!(strange.is_none(), "{strange:?}");
    beside.stage.core.remove("a");
    eventually("it is removed", || beside.live() == 1.0);
    assert_eq!(beside.site.errand(&["age", "61"], ""), "1");
    assert_eq!(beside.shows(), [false, true]);
    // Nothing changed: a copy that is confirmed is as good as a new one.
    assert_eq!(beside.site.errand(&["age", "61"], ""), "1");
    assert_eq!(beside.shows(), [false, true]);
    assert_eq!(beside.site.complaints(), "");
}

#[test]
fn beside_pushes_a_removed_item_is_gone_at_once() {
    let beside = Beside::new(true);
    eventually("the publishes are pushed", || beside.gateway.attempts("wijk", "accepted") > 0.0);
    assert_eq!(beside.shows(), [true, true]);
    beside.stage.core.remove("a");
    eventually("it is gone", || beside.shows() == [false, true]);
    eventually("and that is known", || beside.gateway.removals_open("wijk") == 0.0);
    assert_eq!(beside.site.complaints(), "");
}

#[test]
fn an_operator_can_test_it() {
    let constants =
        [("LUIK_EMBED", "http://127.0.0.1:1/embed/wijk"), ("LUIK_SECRETS", &conformance::secret())];
    let site = WordPress::install(free(), &constants);
    site.errand(&["activate"], "");
    let url = format!("http://{}/wp-json/luik/v1/push", site.address);
    let (ended, _, _folder) = conformance::test(&url);
    // It holds nothing of what is pushed, so there is nothing to be seen of it.
    assert!(ended.out.contains("6 passed, 0 failed, 11 unseen"), "{ended:?}");
    assert_eq!((ended.code, site.complaints()), (Some(0), String::new()));
}
