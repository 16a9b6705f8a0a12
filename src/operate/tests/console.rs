//! The console over a real journal: who comes in, what a form needs, and what it costs.

use crate::journal::{Deed, Enrolment};
use crate::metrics::{Channel, Lane, PartnerState};

use super::*;

/// A browser with one session on one router, which keeps sessions.
struct Browser {
    router: Router,
    cookie: Option<String>,
}

struct Page {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Page {
    fn at(&self) -> Option<&str> {
        self.headers.get("location").map(|at| at.to_str().unwrap())
    }

    /// The mark in its first form.
    fn mark(&self) -> &str {
        let (_, rest) = self.body.split_once("name=\"mark\" value=\"").unwrap();
        rest.split_once('"').unwrap().0
    }
}

const OWN: (&str, &str) = ("sec-fetch-site", "same-origin");
const FORM: (&str, &str) = ("content-type", "application/x-www-form-urlencoded");

impl Browser {
    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Page {
        let mut request = Request::builder().method(method).uri(path);
        let host = [("host", "localhost:9090")];
        let host = host.iter().filter(|_| !headers.iter().any(|(name, _)| *name == "host"));
        for (name, value) in headers.iter().chain(host) {
            request = request.header(*name, *value);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let (head, body) = self.router.clone().oneshot(request).await.unwrap().into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Page { status: head.status.as_u16(), headers: head.headers, body }
    }

    async fn get(&self, path: &str) -> Page {
        self.ask("GET", path, &[], "").await
    }

    async fn post(&self, path: &str, fields: &str) -> Page {
        self.ask("POST", path, &[OWN, FORM], fields).await
    }

    /// Sends a form as its page would, with the mark that stands in it.
    async fn send(&self, path: &str, fields: &str) -> Page {
        let mark = self.get("/console/items").await.mark().to_owned();
        self.post(path, &format!("mark={mark}&{fields}")).await
    }

    async fn log_in(mut self) -> Self {
        let mark = self.get("/console/login").await.mark().to_owned();
        let page = self.post("/console/login", &format!("mark={mark}&token=secret&next=")).await;
        assert_eq!((page.status, page.at()), (303, Some("/console")), "{}", page.body);
        let cookie = page.headers["set-cookie"].to_str().unwrap();
        for part in ["HttpOnly", "SameSite=Strict", "Path=/console", "Max-Age=43200"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Secure"), "on loopback");
        self.cookie = Some(cookie.split(';').next().unwrap().to_owned());
        self
    }
}

impl World {
    fn browser(&self, token: Option<&str>) -> Browser {
        Browser { router: self.router(token), cookie: None }
    }

    async fn enrolled(self) -> Self {
        let all = self.tools.registry.current();
        let enrolments = all.values().map(|partner| Enrolment {
            partner: partner.id.clone(),
            scope: partner.scope_on("2026-06-01".parse().unwrap()),
            agreement: partner.agreement.hash.clone(),
            terms: None,
        });
        self.tools.journal.enrol(enrolments.collect()).await.unwrap();
        self
    }
}

async fn world() -> World {
    World::new(Ok(reloaded(1))).enrolled().await
}

fn pushed() -> String {
    let all = partners();
    all.iter().find(|partner| partner.push.is_some()).unwrap().id.to_string()
}

#[tokio::test]
async fn behind_a_proxy_with_tls_the_cookie_leaves_by_tls_alone() {
    let browser = world().await.browser(Some("secret"));
    let mark = browser.get("/console/login").await.mark().to_owned();
    let (by_tls, fields) =
        (("origin", "https://luik.example"), format!("mark={mark}&token=secret"));
    let page = browser.ask("POST", "/console/login", &[OWN, FORM, by_tls], &fields).await;
    let cookie = page.headers["set-cookie"].to_str().unwrap();
    assert!(page.status == 303 && cookie.ends_with("; Secure"), "{cookie}");
}

#[tokio::test]
async fn without_a_token_it_can_be_read_and_nothing_can_be_done() {
    let world = world().await;
    let browser = world.browser(None);
    let partner = pushed();
    for path in [
        "/console".to_owned(),
        format!("/console/partners/{partner}"),
        format!("/console/partners/{partner}/pause"),
        format!("/console/partners/{partner}/close"),
        "/console/items".into(),
        "/console/retract".into(),
        "/console/statements".into(),
        "/console/login".into(),
        "/console?q=wijk&state=worries&page=1".into(),
    ] {
        let page = browser.get(&path).await;
        assert_eq!(page.status, 200, "{path}");
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
        assert_eq!(page.headers["cache-control"], "no-store");
        let policy = page.headers["content-security-policy"].to_str().unwrap();
        for part in ["default-src 'none'", "frame-ancestors 'none'", "form-action 'self'"] {
            assert!(policy.contains(part), "{policy}");
        }
        assert!(!policy.contains("unsafe") && !page.body.contains(" style="), "{path}");
    }
    let trouble = browser.get("/console").await.body;
    assert!(trouble.contains("De kern is niet bereikbaar") && trouble.contains("<title>(1) "));
    world.tools.health.source(Ok(()));
    let calm = browser.get("/console").await.body;
    assert!(calm.contains("Alles wat weg moest, is weg.") && !calm.contains("<title>("));
    let paused =
        browser.send(&format!("/console/partners/{partner}/pause"), "name=a&reason=b").await;
    assert_eq!(paused.status, 401);
    assert!(
        paused.body.contains("admin_token") && !paused.headers.contains_key("www-authenticate")
    );
    assert!(!world.tools.journal.standing(&partner.parse().unwrap()).await.unwrap().paused);
    let found = browser.send("/console/items", "id=core-7").await;
    let public = world.tools.policy.public_id(&crate::minimise::CoreId::new("core-7"));
    assert_eq!((found.status, found.at()), (303, Some(&*format!("/console/items/{public}"))));
    let page = browser.get(found.at().unwrap()).await;
    assert!(page.status == 200 && !page.body.contains("core-7"));
}

#[tokio::test]
async fn with_a_token_only_a_session_or_the_token_opens_it() {
    let world = world().await;
    let stranger = world.browser(Some("secret"));
    let page = stranger.get("/console/partners/wijk").await;
    assert_eq!((page.status, page.at()), (303, Some("/console/login?next=/console/partners/wijk")));
    assert_eq!(stranger.get("/console").await.at(), Some("/console/login"));
    let far = stranger.ask("GET", "/console", &[("sec-fetch-site", "cross-site")], "").await;
    assert!(far.status == 200 && far.body.contains("http-equiv=\"refresh\""), "asks once more");
    let bearer = [("authorization", "Bearer secret")];
    assert_eq!(stranger.ask("GET", "/console", &bearer, "").await.status, 200);
    let acts = [("authorization", "Bearer secret"), OWN, FORM];
    assert_eq!(stranger.ask("POST", "/console/retract", &acts, "").await.status, 403);
    assert_eq!(stranger.post("/console/retract", "").await.status, 401);
    let browser = stranger.log_in().await;
    assert_eq!(browser.get("/console").await.status, 200);
    for closed in ["/metrics", "/admin/v1/partners", "/health/ready"] {
        assert_eq!(browser.get(closed).await.status, 401, "a cookie proves nothing: {closed}");
    }
    let rebound = browser.ask("GET", "/console", &[("host", "evil.example")], "").await;
    assert_eq!(rebound.status, 403);
    assert!(rebound.headers["content-type"].to_str().unwrap().starts_with("text/html"));
    world.tools.clock.wind(12 * 3_600_000 - 1);
    assert_eq!(browser.get("/console").await.status, 200);
    world.tools.clock.wind(1);
    assert_eq!(browser.get("/console").await.status, 303, "half a day is over");
}

#[tokio::test]
async fn out_is_out() {
    let world = world().await;
    let browser = world.browser(Some("secret")).log_in().await;
    let out = browser.send("/console/logout", "").await;
    assert_eq!((out.status, out.at()), (303, Some("/console/login")));
    assert!(out.headers["set-cookie"].to_str().unwrap().contains("Max-Age=0"));
    assert_eq!(browser.get("/console").await.status, 303);
}

#[tokio::test(start_paused = true)]
async fn guessing_the_token_is_slow() {
    let world = world().await;
    let browser = world.browser(Some("secret"));
    let mark = browser.get("/console/login").await.mark().to_owned();
    let guess = format!("mark={mark}&token=guess&next=/console");
    let wrong = browser.post("/console/login", &guess).await;
    assert!(wrong.status == 401 && !wrong.headers.contains_key("set-cookie"));
    assert!(wrong.body.contains("niet het token") && !wrong.body.contains("guess"));
    let again = browser.post("/console/login", &guess).await;
    assert!(again.status == 429 && again.headers.contains_key("retry-after"));
    tokio::time::advance(Duration::from_secs(1)).await;
    assert_eq!(browser.post("/console/login", &guess).await.status, 401);
    tokio::time::advance(Duration::from_secs(1)).await;
    let right = format!("mark={mark}&token=secret");
    let plain = [("host", "luik.example"), ("origin", "http://luik.example"), FORM];
    let plain = browser.ask("POST", "/console/login", &plain, &right).await;
    assert_eq!(plain.status, 403, "a loopback listener has a loopback name");
    assert_eq!(browser.post("/console/login", &right).await.status, 303);
}

#[tokio::test]
async fn a_form_needs_its_mark_its_origin_a_name_and_a_reason() {
    let world = world().await;
    let browser = world.browser(Some("secret")).log_in().await;
    let (partner, other) = (pushed(), world.browser(Some("secret")));
    let path = format!("/console/partners/{partner}/pause");
    let mark = browser.get(&path).await.mark().to_owned();
    let nobody = other.get("/console/login").await.mark().to_owned();
    let good = format!("mark={mark}&name=Mies&reason=storing");
    for (headers, body, status) in [
        (&[OWN, FORM][..], "name=Mies&reason=storing".to_owned(), 403),
        (&[OWN, FORM], format!("mark={nobody}&name=Mies&reason=storing"), 403),
        (&[OWN, FORM], format!("mark={mark}x&name=Mies&reason=storing"), 403),
        (&[("sec-fetch-site", "cross-site"), FORM], good.clone(), 403),
        (&[("sec-fetch-site", "same-site"), FORM], good.clone(), 403),
        (&[("origin", "https://evil.example"), FORM], good.clone(), 403),
        (&[FORM], good.clone(), 403),
        (&[OWN], good.clone(), 400),
        (&[OWN, FORM], format!("{good}&more=1"), 400),
        (&[OWN, FORM], format!("{good}&name=Jan"), 400),
        (&[OWN, FORM], format!("mark={mark}&name=Mies&reason="), 400),
        (&[OWN, FORM], format!("mark={mark}&name=+&reason=storing"), 400),
        (&[OWN, FORM], format!("mark={mark}&reason={}", "x".repeat(17_000)), 413),
    ] {
        let page = browser.ask("POST", &path, headers, &body).await;
        assert_eq!(
            page.status,
            status,
            "{headers:?} {}",
            body.chars().take(60).collect::<String>()
        );
        assert!(page.body.contains("<!DOCTYPE html>"));
    }
    let id = partner.parse().unwrap();
    assert!(!world.tools.journal.standing(&id).await.unwrap().paused);
    let own_origin = [("origin", "http://localhost:9090"), FORM];
    let done = browser.ask("POST", &path, &own_origin, &good).await;
    assert_eq!((done.status, done.at().unwrap().starts_with("/console/partners/")), (303, true));
    assert!(world.tools.journal.standing(&id).await.unwrap().paused);
    let page = browser.get(done.at().unwrap()).await.body;
    assert!(
        page.contains("vastgelegd als nummer") && page.contains("Mies") && page.contains("storing")
    );
}

#[tokio::test]
async fn what_can_not_be_undone_is_asked_twice() {
    let world = world().await;
    let browser = world.browser(Some("secret")).log_in().await;
    let partner = pushed();
    let id = partner.parse().unwrap();
    for (act, before) in [("resync", 0), ("end", 1), ("close", 1)] {
        let path = format!("/console/partners/{partner}/{act}");
        let asked = browser.send(&path, "name=Mies&reason=klaar").await;
        assert_eq!(asked.status, 200, "{act}");
        assert!(asked.body.contains("name=\"sure\" value=\"yes\"") && asked.body.contains("klaar"));
        let stored = world.tools.journal.actions(&id, 9).await.unwrap().len();
        assert_eq!(stored, before, "{act}: nothing is done yet");
        let done = browser.send(&path, "name=Mies&reason=klaar&sure=yes").await;
        assert_eq!(done.status, 303, "{act}");
    }
    let deeds: Vec<_> = world.tools.journal.actions(&id, 9).await.unwrap();
    let deeds: Vec<_> = deeds.iter().map(|action| action.deed).collect();
    assert_eq!(deeds, [Deed::Close, Deed::Resync], "the end is the whole gateway's to note");
    let tested =
        browser.send(&format!("/console/partners/{partner}/test"), "name=a&reason=b").await;
    assert_eq!(tested.status, 303);
    assert_eq!(browser.get(&format!("/console/partners/{partner}/dance")).await.status, 404);
}

#[tokio::test]
async fn the_box_finds_partners_and_items_and_keeps_what_was_typed_out_of_addresses() {
    let world = world().await;
    let browser = world.browser(None);
    let partner = pushed();
    let to = async |what: &str| {
        let page = browser.send("/console/search", &format!("what={what}")).await;
        (page.status, page.at().map(str::to_owned), page.body)
    };
    let (status, at, _) = to(&partner).await;
    assert_eq!((status, at), (303, Some(format!("/console/partners/{partner}"))));
    let public = "aaaaaaaaaaaaaaaaaaaaaaaaaa";
    let (_, at, _) = to(public).await;
    assert_eq!(at, Some(format!("/console/items/{public}")));
    let (status, at, body) = to("nobody-at-all").await;
    assert_eq!((status, at), (200, None));
    assert!(!body.contains("nobody-at-all"), "it may be an id of the core");
    assert_eq!(to("").await.1.as_deref(), Some("/console"));
    let everybody = to("-").await.2;
    assert!(everybody.matches("/console/partners/").count() > 1, "{everybody}");
}

#[tokio::test]
async fn refusals_are_pages_in_the_language_of_who_looks() {
    let world = world().await;
    let browser = world.browser(None);
    for (method, path, status) in [
        ("GET", "/console/nothing", 404),
        ("GET", "/console/", 404),
        ("GET", "/console/partners/nobody", 404),
        ("GET", "/console/partners/%ff", 400),
        ("GET", "/console/items/short", 404),
        ("GET", "/console/retractions/9", 404),
        ("GET", "/console?x=1", 400),
        ("GET", "/console?page=0", 400),
        ("GET", "/console?lang=de", 400),
        ("GET", "/console/files/nothing.css", 404),
        ("PUT", "/console/items", 405),
    ] {
        let page = browser.ask(method, path, &[("accept-language", "en")], "").await;
        assert_eq!(page.status, status, "{method} {path}");
        assert!(page.body.contains("<html lang=\"en\">"), "{path} {}", page.body);
        assert_eq!(page.headers["content-type"], "text/html; charset=utf-8");
    }
    let chosen = browser.get("/console?state=worries&lang=en").await;
    assert_eq!((chosen.status, chosen.at()), (303, Some("/console?state=worries")));
    let cookie = chosen.headers["set-cookie"].to_str().unwrap().split(';').next().unwrap();
    let english = Browser { cookie: Some(cookie.to_owned()), ..world.browser(None) };
    assert!(english.get("/console").await.body.contains("<html lang=\"en\">"));
    assert!(browser.get("/console").await.body.contains("<html lang=\"nl\">"));
}

#[tokio::test]
async fn names_and_reasons_are_inert() {
    let mut all = partners();
    all.truncate(1);
    let evil = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>";
    all.iter_mut().for_each(|partner| partner.name = evil.to_owned());
    let id = all.first().unwrap().id.clone();
    let world = world().await;
    world.tools.registry.replace(all);
    let cause = Cause { person: evil.to_owned(), reason: evil.to_owned() };
    world.tools.journal.act(&id, Deed::Pause, cause).await.unwrap();
    let browser = world.browser(Some("secret")).log_in().await;
    let sure = format!("/console/partners/{id}/close");
    let encoded: String = url::form_urlencoded::byte_serialize(evil.as_bytes()).collect();
    for page in [
        browser.get("/console").await,
        browser.get(&format!("/console/partners/{id}")).await,
        browser.get(&format!("/console?q={encoded}")).await,
        browser.send(&sure, &format!("name=Mies&reason={encoded}")).await,
        browser.send(&sure, &format!("name=&reason={encoded}")).await,
    ] {
        assert!(page.body.contains("&lt;script&gt;") && !page.body.contains("<script>alert"));
        assert!(!page.body.contains("<img"), "{}", page.body);
    }
}

#[tokio::test]
async fn ten_thousand_partners_are_one_quick_page_and_the_worst_comes_first() {
    let world = world().await;
    let sample = partners().into_iter().find(|partner| partner.push.is_some()).unwrap();
    let many = (0..10_000).map(|number| {
        let id = format!("wijk-{number}").parse().unwrap();
        crate::partner::Partner { id, name: format!("Wijk {number}"), ..sample.clone() }
    });
    world.tools.registry.replace(many.collect());
    let metrics = &world.tools.metrics;
    world.tools.health.source(Ok(()));
    for partner in world.tools.registry.current().values() {
        metrics.enrol(&partner.id, partner.removal.promise, world.tools.clock.now());
        metrics.partner_state(&partner.id, PartnerState::Active);
        metrics.backlog(&partner.id, (Channel::Push, Lane::Remove), 0, None);
    }
    let long_ago = world.tools.clock.now() - jiff::SignedDuration::from_hours(24 * 30);
    let late = "wijk-7777".parse().unwrap();
    metrics.backlog(&late, (Channel::Push, Lane::Remove), 3, Some(long_ago));
    let browser = world.browser(None);
    let page = browser.get("/console").await;
    let (_, out) = page.body.split_once("id=\"out\"").unwrap();
    let (out, rest) = out.split_once("</section>").unwrap();
    assert!(out.contains("Wijk 7777") && out.contains("te laat"), "{out}");
    let first = rest.split_once("<tbody>").unwrap().1.split_once("</tr>").unwrap().0;
    assert!(first.contains("Wijk 7777"), "{first}");
    assert!(page.body.matches("<tr>").count() < 60 && page.body.len() < 100_000);
    assert!(page.body.contains("<title>(1) Overzicht") && page.body.contains("200"));
    let few = browser.get("/console?q=wijk+42").await.body;
    assert!(few.contains("111 partners"), "wijk 42, 420…, 4200…");
    let far = browser.get("/console?page=201").await;
    assert!(
        far.status == 200 && far.body.contains("Geen partner") || far.body.contains("nog geen")
    );
}
