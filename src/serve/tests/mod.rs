//! The public listener over a real journal, without sockets.

mod described;
mod door;
mod embed;
mod feed;
mod holdings;
mod horizon;
mod oembed;
mod referral;
mod snapshot;
mod stream;
mod syndicate;

use std::time::Duration;

use axum::body::Body;
use axum::http::HeaderMap;
use http_body_util::BodyExt;
use jiff::Timestamp;
use jiff::civil::date;
use serde_json::Value;
use tempfile::TempDir;
use tower::ServiceExt;

use crate::config::{Serve as Rates, TokenDigest};
use crate::journal::{Batch, Change, Enrolment};
use crate::minimise::{self, Column, CoreId, CoreRow, Policy, Value as Held, Verdict};
use crate::model::{Kind, PartnerId, PublicId, Region};
use crate::partner::{
    Agreement, Contact, Partner, PartnerKind, Pull, Removal, Role, Scope, Status,
};

use super::*;

const BASE: &str = "https://luik.example";
const TOKEN: &str = "token-of-the-neighbourhood";

/// A gateway with one pull partner called `wijk`.
struct World {
    tools: Tools,
    policy: Policy,
    _folder: TempDir,
}

struct Answer {
    status: u16,
    headers: HeaderMap,
    body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).expect("JSON")
    }
}

fn wijk() -> PartnerId {
    "wijk".parse().unwrap()
}

pub(super) fn partner(status: Status) -> Partner {
    let meppel = Region::from_code("GM0119").unwrap();
    Partner {
        id: wijk(),
        name: "Stichting Voorbeeldwijk".to_owned(),
        kind: PartnerKind::NeighbourhoodPlatform,
        status,
        agreement: Agreement {
            reference: "OVK-1".to_owned(),
            starts: date(2026, 1, 1),
            ends: date(2026, 12, 31),
            role: Role::IndependentController,
            countries: vec!["NL".to_owned()],
            hash: "sha256:00".to_owned(),
        },
        contact: Contact { operations: "a@b.example".into(), privacy: "c@b.example".into() },
        scope: Scope::new(&Kind::ALL, [meppel].into_iter().collect()),
        removal: Removal {
            promise: Duration::from_secs(900),
            lease: Duration::from_secs(72 * 3_600),
        },
        push: None,
        mail: None,
        pull: Some(Pull {
            tokens: ["an-older-token", TOKEN].map(|t| TokenDigest::of(t.as_bytes())).to_vec(),
            every: Duration::from_secs(900),
        }),
        feed: None,
        embed: None,
        probe: None,
        secret_expires: None,
    }
}

impl World {
    async fn new() -> Self {
        let clock = Clock::wound("2026-06-01T12:00:00.5Z".parse().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), clock.clone()).unwrap();
        let registry = Registry::new(Vec::new());
        let (metrics, tasks) = (Metrics::new().unwrap(), Tasks::default());
        metrics.enrol(&wijk(), Duration::from_secs(60), clock.now());
        let seal = post::Seal::of(&[7; 32]);
        let desk = post::Desk::new(journal.clone(), metrics.clone(), clock.clone(), seal);
        let tools = Tools { clock, metrics, journal, registry, tasks, desk };
        let world = Self { tools, policy: Policy::new([7; 32]), _folder: folder };
        world.agree(Status::Active).await;
        world
    }

    /// Puts the partner in force with this status.
    async fn agree(&self, status: Status) {
        let partner = partner(status);
        let enrolment = Enrolment {
            partner: wijk(),
            scope: partner.scope_on(date(2026, 6, 1)),
            agreement: partner.agreement.hash.clone(),
            terms: None,
        };
        self.tools.journal.enrol(vec![enrolment]).await.unwrap();
        self.tools.registry.replace(vec![partner]);
    }

    fn id(&self, core_id: &str) -> PublicId {
        self.policy.public_id(&CoreId::new(core_id))
    }

    async fn publish(&self, core_ids: impl IntoIterator<Item = String>) {
        let changes = core_ids.into_iter().map(|id| Change::Publish(self.published(&id)));
        let batch = Batch { changes: changes.collect(), ..Batch::default() };
        self.tools.journal.append(batch).await.unwrap();
    }

    async fn remove(&self, core_id: &str) {
        let changes = vec![Change::Remove(self.id(core_id))];
        self.tools.journal.append(Batch { changes, ..Batch::default() }).await.unwrap();
    }

    fn published(&self, core_id: &str) -> Box<minimise::Published> {
        let text = |text: &str| Held::Text(text.to_owned());
        let mut row = CoreRow::new(CoreId::new(core_id));
        for (column, value) in [
            (Column::Id, text(core_id)),
            (Column::AuthorId, text("author")),
            (Column::Kind, text("request")),
            (Column::FirstName, text("Anna")),
            (Column::RegionCode, text("GM0119")),
            (Column::RegionName, text("Meppel")),
            (Column::Title, text("Hulp in de tuin")),
            (Column::Body, text("Wie helpt mij met het gras?")),
            (Column::Language, text("nl")),
            (Column::Url, text("https://platform.example/vraag")),
            (Column::PublishedAt, Held::Time("2026-05-30T12:00:00Z".parse().unwrap())),
            (Column::ExpiresAt, Held::Null),
            (Column::Share, Held::Bool(true)),
            (Column::Approved, Held::Null),
            (Column::Visibility, text("public")),
            (Column::OfAge, Held::Bool(true)),
            (Column::Withhold, Held::List(Vec::new())),
        ] {
            row.set(column, value);
        }
        let now: Timestamp = self.tools.clock.now();
        match minimise::minimise(&row, &self.policy, now) {
            Verdict::Publish(published, _) => published,
            Verdict::Withhold(reason) => panic!("withheld: {reason:?}"),
        }
    }

    async fn ask(&self, method: &str, path: &str, headers: &[(&str, &str)]) -> Answer {
        self.send(method, path, (headers, Body::empty())).await
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        (headers, body): (&[(&str, &str)], Body),
    ) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(body).unwrap();
        let response = self.router().oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        let body = String::from_utf8(body.to_vec()).unwrap();
        Answer { status: head.status.as_u16(), headers: head.headers, body }
    }

    fn router(&self) -> Router {
        self.router_at(Rates::default())
    }

    /// With other limits, behind proxies of 10.0.0.0/8.
    fn router_at(&self, settings: Rates) -> Router {
        let door = Door::of(&settings, vec!["10.0.0.0/8".parse().unwrap()]);
        let serve = Serve::new(BASE, door, settings.connections_max, &self.tools);
        routes(serve, settings.body_bytes_max)
    }

    /// The partner asks with its token.
    async fn fetch(&self, path: &str) -> Answer {
        let authorization = format!("Bearer {TOKEN}");
        self.ask("GET", path, &[("authorization", &authorization)]).await
    }

    fn metrics_page(&self) -> String {
        String::from_utf8(self.tools.metrics.render(self.tools.clock.now()).unwrap()).unwrap()
    }
}

#[tokio::test]
async fn every_wrong_request_is_refused_in_one_form() {
    let world = World::new().await;
    for (method, path, status) in [
        ("GET", "/", 404),
        ("GET", "/v1", 404),
        ("GET", "/v1/", 404),
        ("GET", "/v1/partners/wijk", 404),
        ("GET", "/v1/partners/wijk/items/", 404),
        ("GET", "/v1//partners/wijk/items", 404),
        ("GET", "/v2/partners/wijk/items", 404),
        ("GET", "/V1/partners/wijk/items", 404),
        ("POST", "/v1/partners/wijk/items", 405),
        ("DELETE", "/v1/partners/wijk/items", 405),
        ("TRACE", "/v1/partners/wijk/items", 405),
        ("QUERY", "/v1/partners/wijk/items", 405),
        ("GET", "/v1/partners/wijk/items?afterChangeNumber=x", 400),
        ("GET", "/v1/partners/wijk/items?afterChangeNumber=1&afterChangeNumber=1", 400),
        ("GET", "/v1/partners/wijk/items?afterTimestamp=1", 400),
        ("GET", "/v1/partners/wijk/items?token=x", 400),
    ] {
        let authorization = format!("Bearer {TOKEN}");
        let answer = world.ask(method, path, &[("authorization", &authorization)]).await;
        assert_eq!(answer.status, status, "{method} {path}");
        assert_eq!(answer.headers["content-type"], "application/problem+json", "{path}");
        assert_eq!(answer.json()["status"], status);
        assert_eq!(answer.headers.get("allow").is_some(), status == 405, "{method} {path}");
        assert_eq!(answer.headers["x-content-type-options"], "nosniff");
        assert_eq!(answer.headers["cache-control"], "private, no-store");
        assert_eq!(answer.headers["strict-transport-security"], "max-age=31536000");
        let api = path.starts_with("/v1");
        let version = answer.headers.get("api-version");
        assert_eq!(version.is_some_and(|version| version == "1.0.0"), api, "{path}");
        assert!(answer.headers["content-security-policy"].to_str().unwrap().contains("'none'"));
    }
}

#[tokio::test]
async fn an_unknown_partner_and_a_wrong_token_look_the_same() {
    let world = World::new().await;
    let wrong = [("authorization", "Bearer wrong")];
    let right = format!("Bearer {TOKEN}");
    let right = [("authorization", right.as_str())];
    let feed = "/v1/partners/wijk/items";
    let mut refusals = vec![
        world.ask("GET", feed, &[]).await,
        world.ask("GET", feed, &wrong).await,
        world.ask("GET", "/v1/partners/wijk/items?unknown=key", &wrong).await,
        world.ask("GET", "/v1/partners/nobody/items", &wrong).await,
        world.ask("GET", "/v1/partners/nobody/items", &right).await,
        world.ask("GET", "/v1/partners/Not%20An%20Id/items", &right).await,
        world.ask("GET", "/v1/partners/%FF/items", &right).await,
    ];
    world.tools.registry.replace(vec![partner(Status::Draft)]);
    refusals.push(world.ask("GET", feed, &right).await);
    let without_feed = Partner { pull: None, ..partner(Status::Active) };
    world.tools.registry.replace(vec![without_feed]);
    refusals.push(world.ask("GET", feed, &right).await);
    for refusal in &refusals {
        assert_eq!(refusal.status, 401);
        assert_eq!(refusal.headers["www-authenticate"], "Bearer");
        assert_eq!(refusal.headers["api-version"], "1.0.0");
        assert_eq!((&refusal.headers, &refusal.body), (&refusals[0].headers, &refusals[0].body));
    }
}

#[tokio::test]
async fn each_token_of_the_partner_is_good() {
    let world = World::new().await;
    for token in [TOKEN, "an-older-token"] {
        let authorization = format!("bearer {token}");
        let headers = [("authorization", authorization.as_str())];
        let answer = world.ask("GET", "/v1/partners/wijk/items", &headers).await;
        assert_eq!(answer.status, 200);
    }
}
