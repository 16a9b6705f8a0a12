//! The admin listener over a real journal, without sockets.

use axum::body::Body;
use axum::http::HeaderMap;
use http_body_util::BodyExt;
use tempfile::TempDir;
use tokio::sync::Notify;
use tower::ServiceExt;

use std::sync::Arc;

use crate::config::{Listen, Secret};

use super::*;

mod command;
mod console;

/// Answers as it was told to; waits first when there is something to wait for.
#[derive(Clone)]
struct Planned(Result<Reloaded, Vec<String>>, Option<Arc<[Notify; 2]>>);

impl Reload for Planned {
    async fn reload(&self) -> Result<Reloaded, Vec<String>> {
        if let Some(signals) = &self.1 {
            let [go, done] = &**signals;
            go.notified().await;
            done.notify_one();
        }
        self.0.clone()
    }

    async fn end(&self, _: &PartnerId, _: Cause) -> Result<u64, Vec<String>> {
        Ok(7)
    }
}

fn reloaded(partners: usize) -> Reloaded {
    Reloaded { partners, problems: Vec::new() }
}

/// The samples of the repository.
pub(super) fn partners() -> Vec<crate::partner::Partner> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("partners");
    let mut all =
        crate::partner::load_all(&folder, &crate::config::Environment::default()).unwrap();
    all.iter_mut().for_each(|one| one.status = crate::partner::Status::Active);
    all
}

fn preview(clock: &Clock, metrics: &Metrics, journal: &Journal, registry: &Registry) -> Preview {
    let (clock, metrics, journal) = (clock.clone(), metrics.clone(), journal.clone());
    let (registry, tasks) = (registry.clone(), Tasks::default());
    let seal = crate::post::Seal::of(&[7; 32]);
    let desk = crate::post::Desk::new(journal.clone(), metrics.clone(), clock.clone(), seal);
    let tools = crate::serve::Tools { clock, metrics, journal, registry, tasks, desk };
    Preview::new("https://luik.example", &tools)
}

struct World {
    tools: Tools,
    reload: Planned,
    _folder: TempDir,
}

const TOKEN: &[(&str, &str)] = &[("host", "localhost:9090"), ("authorization", "Bearer secret")];

impl World {
    fn new(planned: Result<Reloaded, Vec<String>>) -> Self {
        let clock = Clock::wound("2026-06-01T12:00:00Z".parse().unwrap());
        let folder = tempfile::tempdir().unwrap();
        let journal = Journal::open(folder.path(), clock.clone()).unwrap();
        let (metrics, health) = (Metrics::new().unwrap(), Health::default());
        let control = Control::idle(&journal);
        let registry = Registry::new(partners());
        let policy = Arc::new(Policy::new([7; 32]));
        let tasks = Tasks::default();
        let preview = preview(&clock, &metrics, &journal, &registry);
        let tools = Tools {
            clock,
            metrics,
            health,
            journal,
            control,
            registry,
            policy,
            preview,
            ledger_keep: Duration::from_secs(86_400),
            tasks,
        };
        Self { tools, reload: Planned(planned, None), _folder: folder }
    }

    fn router(&self, token: Option<&str>) -> Router {
        let listen = Listen {
            public: "127.0.0.1:8080".parse().unwrap(),
            admin: "127.0.0.1:9090".parse().unwrap(),
            admin_token: token.map(Secret::new),
            trusted_proxies: Vec::new(),
            tls: None,
        };
        routes(&listen, &self.tools, self.reload.clone())
    }

    async fn ask(
        &self,
        method: &str,
        path: &str,
        headers: &[(&str, &str)],
    ) -> (u16, HeaderMap, String) {
        self.send(method, path, (headers, "")).await
    }

    /// The answer to a command, as JSON.
    async fn command(&self, method: &str, path: &str, body: &str) -> (u16, Value) {
        let (status, _, body) = self.send(method, path, (TOKEN, body)).await;
        (status, serde_json::from_str(&body).unwrap())
    }

    async fn send(
        &self,
        method: &str,
        path: &str,
        (headers, body): (&[(&str, &str)], &str),
    ) -> (u16, HeaderMap, String) {
        let token = headers.iter().any(|(name, _)| *name == "authorization").then_some("secret");
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Body::from(body.to_owned())).unwrap();
        let response = self.router(token).oneshot(request).await.unwrap();
        let (head, body) = response.into_parts();
        let body = body.collect().await.unwrap().to_bytes();
        (head.status.as_u16(), head.headers, String::from_utf8(body.to_vec()).unwrap())
    }
}

const LOCAL: &[(&str, &str)] = &[("host", "127.0.0.1:9090")];

#[tokio::test]
async fn metrics_are_shown_in_the_text_format() {
    let world = World::new(Ok(reloaded(0)));
    let (status, headers, body) = world.ask("GET", "/metrics", LOCAL).await;
    assert_eq!(status, 200);
    assert_eq!(headers["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    assert_eq!(headers["cache-control"], "no-store");
    assert!(body.contains("luik_build_info"));
    let gzip = [LOCAL, &[("accept-encoding", "gzip")]].concat();
    let request = gzip
        .iter()
        .fold(Request::get("/metrics"), |request, (name, value)| request.header(*name, *value));
    let request = request.body(Body::empty()).unwrap();
    let response = world.router(None).oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
}

#[tokio::test(start_paused = true)]
async fn metrics_wait_for_the_first_count_but_not_for_ever() {
    let world = World::new(Ok(reloaded(0)));
    world.tools.metrics.count_begins(true);
    let begun = tokio::time::Instant::now();
    assert_eq!(world.ask("GET", "/metrics", LOCAL).await.0, 200);
    assert!(begun.elapsed() >= COUNT_MAX && begun.elapsed() < COUNT_MAX * 2);
    world.tools.metrics.count_begins(false);
    let begun = tokio::time::Instant::now();
    assert_eq!(world.ask("GET", "/metrics", LOCAL).await.0, 200);
    assert!(begun.elapsed() < COUNT_LOOK);
}

#[tokio::test]
async fn it_is_live_at_once_and_ready_when_the_source_is_connected() {
    let world = World::new(Ok(reloaded(0)));
    let ready = async || {
        let (status, _, body) = world.ask("GET", "/health/ready", LOCAL).await;
        (status, body)
    };
    assert_eq!(world.ask("GET", "/health/live", &[]).await.0, 200);
    let reasons = r#"{"reasons":["source: not connected yet"],"status":"not ready"}"#;
    assert_eq!(ready().await, (503, reasons.to_owned()));
    world.tools.health.source(Ok(()));
    assert_eq!(ready().await, (200, r#"{"reasons":[],"status":"ready"}"#.to_owned()));
    world.tools.health.source(Err("the core can not be reached"));
    assert_eq!(ready().await.0, 503);
}

#[tokio::test]
async fn a_reload_says_how_many_or_every_problem() {
    let world = World::new(Ok(reloaded(3)));
    let (status, _, body) = world.ask("POST", "/admin/v1/reload", TOKEN).await;
    assert_eq!((status, body.as_str()), (200, r#"{"partners":3}"#));
    let problems = vec!["tls/key.pem is not there".to_owned()];
    let world = World::new(Ok(Reloaded { partners: 3, problems }));
    let (status, _, body) = world.ask("POST", "/admin/v1/reload", TOKEN).await;
    let told = r#"{"partners":3,"problems":["tls/key.pem is not there"]}"#;
    assert_eq!((status, body.as_str()), (200, told));
    let problems = vec!["partners/a.toml:1 name: is missing".to_owned(), "second".to_owned()];
    let world = World::new(Err(problems));
    let (status, headers, body) = world.ask("POST", "/admin/v1/reload", TOKEN).await;
    assert_eq!(
        (status, &headers["content-type"]),
        (409, &"application/problem+json".parse().unwrap())
    );
    let body: Value = serde_json::from_str(&body).unwrap();
    assert_eq!(body["problems"], json!(["partners/a.toml:1 name: is missing", "second"]));
}

#[tokio::test]
async fn a_reload_goes_on_when_the_operator_hangs_up() {
    let mut world = World::new(Ok(reloaded(1)));
    let signals: Arc<[Notify; 2]> = Arc::default();
    world.reload.1 = Some(signals.clone());
    let [go, done] = &*signals;
    let hung_up = tokio::select! {
        biased;
        _ = world.ask("POST", "/admin/v1/reload", TOKEN) => false,
        () = tokio::task::yield_now() => true,
    };
    assert!(hung_up);
    go.notify_one();
    let finished = tokio::time::timeout(Duration::from_secs(5), done.notified()).await;
    assert!(finished.is_ok());
}

#[tokio::test]
async fn what_is_wrong_is_refused() {
    let world = World::new(Ok(reloaded(1)));
    for (method, path, headers, status) in [
        ("POST", "/admin/v1/reload", LOCAL, 401),
        ("GET", "/admin/v1/reload", TOKEN, 405),
        ("POST", "/admin/v1/reload?x=1", TOKEN, 400),
        ("POST", "/admin/v1/reload/", TOKEN, 404),
        ("POST", "/metrics", LOCAL, 405),
        ("GET", "/consoles", LOCAL, 404),
        ("GET", "/metrics?name=x", LOCAL, 400),
        ("GET", "/metrics", &[("host", "evil.example")], 403),
    ] {
        let (answered, headers, body) = world.ask(method, path, headers).await;
        assert_eq!(answered, status, "{method} {path}");
        assert_eq!(headers["content-type"], "application/problem+json");
        assert_eq!(headers.contains_key("allow"), status == 405);
        assert_eq!(
            body.contains("listen.admin_token"),
            path == "/admin/v1/reload" && status == 401
        );
    }
}

#[tokio::test]
async fn the_lines_for_a_site_stand_beside_its_list() {
    let world = World::new(Ok(Reloaded { partners: 1, problems: Vec::new() }));
    let embedded = partners().into_iter().find(|partner| partner.embed.is_some()).unwrap();
    let (with, without) = partners().into_iter().partition::<Vec<_>, _>(|p| p.embed.is_some());
    assert!(!with.is_empty());
    let scope = embedded.scope_on("2026-06-01".parse().unwrap());
    let agreement = embedded.agreement.hash.clone();
    let enrolment =
        crate::journal::Enrolment { partner: embedded.id.clone(), scope, agreement, terms: None };
    world.tools.journal.enrol(vec![enrolment]).await.unwrap();
    let path = format!("/console/partners/{}/snippets", embedded.id);
    let (status, headers, page) = world.ask("GET", &path, TOKEN).await;
    assert_eq!(status, 200, "{page}");
    assert!(
        headers["content-security-policy"].to_str().unwrap().contains("frame-ancestors 'none'")
    );
    assert!(page.contains(&format!("https://luik.example/embed/{}", embedded.id)));
    assert!(page.contains("De lijst zoals die nu is") && page.contains("luik-empty"));
    let asks = [TOKEN, &[("accept-language", "en")]].concat();
    let (_, _, english) = world.ask("GET", &path, &asks).await;
    assert!(english.contains("The list as it is now"));
    assert_eq!(world.ask("GET", "/console/partners/nobody/snippets", TOKEN).await.0, 404);
    for partner in without {
        let path = format!("/console/partners/{}/snippets", partner.id);
        assert_eq!(world.ask("GET", &path, TOKEN).await.0, 404);
    }
}
