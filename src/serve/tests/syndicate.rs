//! Atom and JSON Feed, as readers fetch them.

use crate::journal::{Channel, Flag, Lane, Standing};
use crate::model::Sequence;
use crate::partner::Feed;

use super::*;

const SECRET: &str = "secret-of-the-feed";
pub(super) const ATOM: &str = "/feeds/wijk/secret-of-the-feed/items.atom";
const JSON: &str = "/feeds/wijk/secret-of-the-feed/items.json";

/// The partner with a feed alone.
pub(super) fn reading(status: Status) -> Partner {
    let secrets = ["an-older-secret", SECRET].map(|secret| TokenDigest::of(secret.as_bytes()));
    let every = Duration::from_secs(12 * 3_600);
    let feed = Some(Feed { secrets: secrets.to_vec(), every });
    Partner { pull: None, feed, ..partner(status) }
}

/// What a JSON Feed shows: the ids, the latest change first.
fn shown(answer: &Answer) -> Vec<String> {
    assert_eq!(answer.status, 200);
    let items = answer.json()["items"].as_array().unwrap().clone();
    items.iter().map(|item| item["id"].as_str().unwrap().to_owned()).collect()
}

impl World {
    async fn read() -> Self {
        let world = Self::new().await;
        world.subscribe(reading(Status::Active)).await;
        world
    }

    async fn subscribe(&self, partner: Partner) {
        self.agree(partner.status).await;
        self.tools.registry.replace(vec![partner]);
    }

    async fn get(&self, path: &str) -> Answer {
        self.ask("GET", path, &[]).await
    }

    fn names<const N: usize>(&self, core_ids: [&str; N]) -> Vec<String> {
        core_ids.map(|core_id| format!("{BASE}/r/wijk/{}", self.id(core_id))).to_vec()
    }

    /// Which of these does Atom take away?
    async fn buried<const N: usize>(&self, core_ids: [&str; N]) -> [bool; N] {
        let atom = self.get(ATOM).await;
        assert_eq!(atom.status, 200);
        core_ids.map(|core_id| {
            let name = format!("<at:deleted-entry ref=\"{BASE}/r/wijk/{}\"", self.id(core_id));
            atom.body.contains(&name)
        })
    }

    async fn stand(&self) -> Standing {
        self.tools.journal.standing(&wijk()).await.unwrap()
    }

    async fn owed(&self) -> u32 {
        let owed = self.tools.journal.backlog(&wijk(), Channel::Pull, Lane::Remove).await;
        owed.unwrap().items
    }

    async fn pause(&self, on: bool) {
        self.tools.journal.set_flag(&wijk(), Flag::Paused, on).await.unwrap();
    }
}

#[tokio::test]
async fn both_forms_say_the_same_and_neither_says_the_secret() {
    let world = World::read().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    let (atom, json) = (world.get(ATOM).await, world.get(JSON).await);
    for (answer, form) in
        [(&atom, "application/atom+xml; charset=utf-8"), (&json, "application/feed+json")]
    {
        assert_eq!(answer.status, 200);
        assert_eq!(answer.headers["content-type"], form);
        assert_eq!(answer.headers["cache-control"], "private, max-age=60");
        assert_eq!(answer.headers["x-robots-tag"], "noindex, noarchive, nosnippet");
        assert_eq!(answer.headers["luik-valid-until"], "2026-06-04T12:00:00Z");
        assert_eq!(answer.headers["vary"], "accept-encoding");
        assert!(!answer.body.contains(SECRET) && !answer.headers.contains_key("api-version"));
        assert!(!answer.headers.contains_key("last-modified"));
    }
    assert_eq!(shown(&json), world.names(["b", "a"]));
    let item = &json.json()["items"][1];
    assert_eq!(
        *item,
        serde_json::json!({
            "id": world.names(["a"])[0], "url": world.names(["a"])[0],
            "title": "Hulp in de tuin", "content_text": "Wie helpt mij met het gras?",
            "date_published": "2026-05-30T00:00:00Z",
            "date_modified": "2026-06-01T12:00:00.5Z", "language": "nl",
            "authors": [{"name": "Anna"}], "tags": ["request", "Meppel"],
            "_luik": {"kind": "request", "region": {"code": "GM0119", "name": "Meppel"}},
        })
    );
    let entry = format!(
        "<entry xml:lang=\"nl\"><id>{id}</id><title>Hulp in de tuin</title>\
         <published>2026-05-30T00:00:00Z</published><updated>2026-06-01T12:00:00.5Z</updated>\
         <author><name>Anna</name></author><link rel=\"alternate\" type=\"text/html\" \
         href=\"{id}\"/><category term=\"request\"/><category term=\"GM0119\" label=\"Meppel\"/>\
         <content type=\"text\">Wie helpt mij met het gras?</content></entry>",
        id = world.names(["a"])[0]
    );
    assert!(atom.body.contains(&entry), "{}", atom.body);
    assert!(atom.body.contains("<fh:complete/>"));
    let updated = "<updated>2026-06-01T12:00:00.5Z</updated><link rel=\"self\"";
    assert!(atom.body.contains(updated), "{}", atom.body);
    let page = world.metrics_page();
    for form in ["atom", "json"] {
        let series = format!("luik_feed_requests_total{{form=\"{form}\",partner=\"wijk\"}} 1");
        assert!(page.contains(&series), "{page}");
    }
}

#[tokio::test]
async fn whatever_proves_nothing_gets_one_and_the_same_answer() {
    let world = World::read().await;
    let bearer = [("authorization", "Bearer secret-of-the-feed")];
    let mut refusals = vec![
        world.get("/feeds/wijk/wrong/items.atom").await,
        world.get("/feeds/wijk/wrong/items.json?key=unknown").await,
        world.get("/feeds/nobody/secret-of-the-feed/items.atom").await,
        world.get("/feeds/Not%20An%20Id/secret-of-the-feed/items.json").await,
        world.get("/feeds/wijk/%FF/items.json").await,
        world.ask("GET", "/feeds/wijk/wrong/items.atom", &bearer).await,
        world.get("/feeds/wijk/secret-of-the-feed/items.atom/").await,
        world.get("/feeds/wijk/secret-of-the-feed/items.rss").await,
        world.get("/feeds").await,
    ];
    let both = Partner { pull: partner(Status::Active).pull, ..reading(Status::Active) };
    world.subscribe(both).await;
    refusals.push(world.get(&format!("/feeds/wijk/{TOKEN}/items.atom")).await);
    assert_eq!(world.ask("GET", "/v1/partners/wijk/items", &bearer).await.status, 401);
    assert_eq!(world.fetch("/v1/partners/wijk/items").await.status, 200);
    world.tools.registry.replace(vec![reading(Status::Draft)]);
    refusals.push(world.get(ATOM).await);
    world.tools.registry.replace(vec![partner(Status::Active)]);
    refusals.push(world.get(JSON).await);
    for refusal in &refusals {
        assert_eq!((refusal.status, refusal.json()["status"].as_u64()), (404, Some(404)));
        assert_eq!((&refusal.headers, &refusal.body), (&refusals[0].headers, &refusals[0].body));
    }
    assert_eq!(refusals[0].headers["content-type"], "application/problem+json");
}

#[tokio::test]
async fn each_secret_is_good_and_other_requests_are_refused() {
    let world = World::read().await;
    assert_eq!(world.get("/feeds/wijk/an-older-secret/items.json").await.status, 200);
    assert_eq!(world.get(&format!("{JSON}?page=2")).await.status, 400);
    let posted = world.ask("POST", ATOM, &[]).await;
    assert_eq!(posted.status, 405);
    assert_eq!(posted.headers["allow"], "GET,HEAD");
}

#[tokio::test]
async fn a_removal_is_closed_by_a_document_and_not_by_its_head() {
    let world = World::read().await;
    let empty = world.get(ATOM).await.body;
    assert!(empty.contains("<updated>2026-01-01T00:00:00Z</updated>"), "{empty}");
    world.publish(["a", "b"].map(str::to_owned)).await;
    world.get(JSON).await;
    let told = world.stand().await;
    assert_eq!((told.pull.get(), told.pull_mark.get(), told.feed_mark.get()), (2, 2, 2));
    world.remove("a").await;
    assert_eq!(world.owed().await, 1);
    let head = world.ask("HEAD", JSON, &[]).await;
    assert_eq!((head.status, head.body.as_str(), world.owed().await), (200, "", 1));
    assert_eq!(shown(&world.get(JSON).await), world.names(["b"]));
    assert_eq!((world.owed().await, world.stand().await.pull.get()), (0, 3));
    assert_eq!(world.buried(["a", "b"]).await, [true, false]);
    let page = world.metrics_page();
    assert!(page.contains(r#"luik_removal_seconds_count{partner="wijk"} 1"#), "{page}");
    assert!(page.contains(r#"luik_delivery_seconds_count{partner="wijk"} 2"#), "{page}");
    world.tools.clock.wind(7 * 86_400_000 + 1);
    assert_eq!(world.buried(["a"]).await, [false], "it was told, seven days ago");
}

#[tokio::test]
async fn a_partner_that_also_pulls_says_itself_how_far_it_is() {
    let world = World::read().await;
    let both = Partner { pull: partner(Status::Active).pull, ..reading(Status::Active) };
    world.subscribe(both).await;
    world.publish(["a"].map(str::to_owned)).await;
    world.get(JSON).await;
    world.remove("a").await;
    assert_eq!(shown(&world.get(JSON).await).len(), 0);
    assert_eq!((world.owed().await, world.stand().await.pull), (1, Sequence::ZERO));
    let page = world.fetch("/v1/partners/wijk/items").await.json();
    assert_eq!(page["items"][0]["state"], "deleted", "the reader may hold it");
}

#[tokio::test]
async fn what_never_was_in_a_document_is_not_owed() {
    let world = World::read().await;
    for name in ["a", "b"] {
        world.publish([name.to_owned()]).await;
        world.remove(name).await;
        assert_eq!((world.owed().await, shown(&world.get(JSON).await).len()), (0, 0));
    }
}

#[tokio::test]
async fn of_many_items_the_newest_are_shown() {
    let world = World::read().await;
    world.publish((0..600).map(|number| format!("item-{number}"))).await;
    let json = world.get(JSON).await;
    let wanted: Vec<String> = (100..600).rev().map(|number| format!("item-{number}")).collect();
    let wanted = wanted.iter().map(|name| format!("{BASE}/r/wijk/{}", world.id(name)));
    assert_eq!(shown(&json), wanted.collect::<Vec<_>>());
    assert_eq!(world.get(ATOM).await.body.matches("<entry").count(), 500);
}

#[tokio::test]
async fn what_is_held_back_shows_what_was_shown_and_takes_away() {
    for suspended in [false, true] {
        let world = World::read().await;
        world.publish(["a", "b", "c"].map(str::to_owned)).await;
        world.get(JSON).await;
        if suspended {
            world.subscribe(reading(Status::Suspended)).await;
        } else {
            world.pause(true).await;
        }
        world.publish(["new"].map(str::to_owned)).await;
        world.remove("b").await;
        let held_back = world.get(JSON).await;
        assert_eq!(held_back.headers.contains_key("luik-valid-until"), !suspended);
        assert_eq!(shown(&held_back), world.names(["c", "a"]));
        assert_eq!((world.buried(["b"]).await, world.owed().await), ([true], 0));
        assert_eq!(shown(&world.get(JSON).await), world.names(["c", "a"]), "and so it stays");
        world.publish(["newer"].map(str::to_owned)).await;
        world.remove("newer").await;
        assert_eq!((world.buried(["newer"]).await, world.owed().await), ([false], 0));
        world.subscribe(reading(Status::Active)).await;
        world.pause(false).await;
        assert_eq!(shown(&world.get(JSON).await), world.names(["new", "c", "a"]));
        let page = world.metrics_page();
        assert!(page.contains(r#"luik_delivery_seconds_count{partner="wijk"} 4"#), "{page}");
        world.remove("new").await;
        assert_eq!(world.owed().await, 1);
    }
}

#[tokio::test]
async fn after_the_agreement_nothing_is_shown_and_then_there_is_nothing() {
    let world = World::read().await;
    world.publish(["a", "b"].map(str::to_owned)).await;
    world.get(JSON).await;
    world.subscribe(reading(Status::Ended)).await;
    assert_eq!(world.owed().await, 2);
    world.tools.clock.wind(8 * 86_400_000);
    let late = world.get(ATOM).await;
    assert_eq!((late.status, late.body.contains("<entry")), (200, false), "it was never told");
    assert_eq!((late.body.matches("deleted-entry").count(), world.owed().await), (2, 0));
    assert!(!late.headers.contains_key("luik-valid-until"));
    for path in [ATOM, JSON] {
        let gone = world.get(path).await;
        assert_eq!((gone.status, gone.json()["status"].as_u64()), (410, Some(410)));
    }
    let world = World::read().await;
    world.subscribe(reading(Status::Ended)).await;
    world.tools.clock.wind(7 * 86_400_000 - 1);
    assert_eq!(shown(&world.get(JSON).await).len(), 0, "for seven days");
    world.tools.clock.wind(1);
    assert_eq!(world.get(JSON).await.status, 410);
}

#[tokio::test]
async fn who_has_the_document_is_told_so_until_something_stirs() {
    let world = World::read().await;
    let router = world.router();
    let ask = async |tag: &str| {
        let request = Request::get(ATOM).header("if-none-match", tag).body(Body::empty()).unwrap();
        let response = router.clone().oneshot(request).await.unwrap();
        (response.status().as_u16(), response.headers().clone())
    };
    world.publish(["a"].map(str::to_owned)).await;
    let (status, headers) = ask("\"none\"").await;
    let tag = headers["etag"].to_str().unwrap().to_owned();
    assert_eq!(status, 200);
    world.tools.clock.wind(5_000);
    let (status, headers) = ask(&tag).await;
    assert_eq!(status, 304);
    assert_eq!(headers["etag"], tag);
    assert_eq!(headers["cache-control"], "private, max-age=60");
    assert_eq!(headers["luik-valid-until"], "2026-06-04T12:00:05Z");
    assert_eq!(world.ask("GET", ATOM, &[("if-none-match", &tag)]).await.status, 304, "anew");
    world.remove("a").await;
    let (status, headers) = ask(&tag).await;
    let tag = headers["etag"].to_str().unwrap().to_owned();
    assert_eq!((status, world.owed().await), (200, 0));
    world.tools.clock.wind(7 * 86_400_000 + 1);
    assert_eq!(ask(&tag).await.0, 304, "kept from before");
    assert_eq!(world.ask("GET", ATOM, &[("if-none-match", &tag)]).await.status, 200);
    world.subscribe(Partner { name: "Anders".to_owned(), ..reading(Status::Active) }).await;
    let other = router.clone().oneshot(Request::get(ATOM).body(Body::empty()).unwrap()).await;
    let body = other.unwrap().into_body().collect().await.unwrap().to_bytes();
    assert!(String::from_utf8_lossy(&body).contains("voor Anders"), "another profile");
}
