//! The admin listener: metrics, health, the console and the admin API, on a port of its own (design
//! §10).

mod access;
mod command;
mod console;
mod overview;

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::header::{CACHE_CONTROL, CONTENT_ENCODING, CONTENT_TYPE};
use axum::http::{HeaderMap, StatusCode};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde::Serialize;
use serde_json::{Value, json};
use tokio::sync::oneshot;
use tokio::task::spawn_blocking;
use tokio::time::Instant;

use crate::clock::Clock;
use crate::config::{Listen, Settings};
use crate::deliver::Control;
use crate::health::Health;
use crate::http::{self, Refusal, set_missing};
use crate::journal::{Cause, Journal};
use crate::lifecycle::Tasks;
use crate::metrics::Metrics;
use crate::minimise::Policy;
use crate::model::PartnerId;
use crate::partner::Registry;
use crate::serve::{Preview, coding::Coding};

use access::Access;
use console::Console;
pub use overview::{Done, Evidence, Overview};

/// Prometheus' text format.
const METRICS_FORM: &str = "text/plain; version=0.0.4; charset=utf-8";
/// How long the metrics page waits for the first count, and how often it looks.
const COUNT_MAX: Duration = Duration::from_secs(4);
const COUNT_LOOK: Duration = Duration::from_millis(20);
/// Largest body of a command.
const BODY_MAX: usize = 16 * 1024;

/// What the admin listener works with.
#[derive(Debug, Clone)]
pub struct Tools {
    /// What time it is.
    pub clock: Clock,
    /// What it shows.
    pub metrics: Metrics,
    /// How the source is.
    pub health: Health,
    /// How the journal is.
    pub journal: Journal,
    /// Commands to the workers of partners.
    pub control: Control,
    /// Who is in force.
    pub registry: Registry,
    /// Turns the core's ids into those of the journal.
    pub policy: Arc<Policy>,
    /// What a partner's visitors see.
    pub preview: Preview,
    /// For how long the ledger is kept.
    pub ledger_keep: Duration,
    /// Where a reload runs, so that it is not left half-way when the operator hangs up.
    pub tasks: Tasks,
}

/// What a reload came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Reloaded {
    /// Partners that are in force now.
    pub partners: usize,
    /// What was refused beside the partner files, and stays as it was.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub problems: Vec<String>,
}

/// What only the gateway as a whole can do to its agreements.
pub trait Reload: Clone + Send + Sync + 'static {
    /// What is in force now, or every problem of the new set of partner files.
    fn reload(&self) -> impl Future<Output = Result<Reloaded, Vec<String>>> + Send;

    /// Ends a partner's agreement: everything is retracted. The action's number, or why not.
    fn end(
        &self,
        partner: &PartnerId,
        cause: Cause,
    ) -> impl Future<Output = Result<u64, Vec<String>>> + Send;
}

/// Everything on the admin listener.
pub fn router(settings: &Settings, tools: &Tools, reload: impl Reload) -> Router {
    routes(&settings.listen, tools, reload)
}

fn routes<R: Reload>(listen: &Listen, tools: &Tools, reload: R) -> Router {
    let gate = Gate { access: Access::new(listen), console: Console::new(listen, tools, &reload) };
    let pages = gate.console.clone().map(console::routes).unwrap_or_default();
    Router::new()
        .route("/admin/v1/reload", post(reload_partners::<R>))
        .with_state((tools.tasks.clone(), reload.clone()))
        .merge(commands(tools, reload))
        .merge(pages)
        .route("/metrics", get(metrics))
        .route("/health/live", get(|| async { json(StatusCode::OK, &json!({ "status": "live" })) }))
        .route("/health/ready", get(ready))
        .fallback(|| async { Refusal::UnknownPath })
        .method_not_allowed_fallback(|| async { Refusal::WrongMethod })
        .layer(from_fn_with_state(gate, guard))
        .layer(from_fn(http::in_time))
        .layer(from_fn(http::shield))
        .layer(from_fn(console::dress))
        .with_state(tools.clone())
}

fn commands<R: Reload>(tools: &Tools, reload: R) -> Router<Tools> {
    let ends = Router::new()
        .route("/admin/v1/partners/{partner}/end", post(command::end::<R>))
        .with_state((tools.clone(), reload));
    Router::new()
        .route("/admin/v1/partners", get(command::list))
        .route("/admin/v1/partners/{partner}", get(command::one))
        .route("/admin/v1/partners/{partner}/{command}", post(command::act))
        .route("/admin/v1/retractions", post(command::retract))
        .route("/admin/v1/retractions/{action}", get(command::progress))
        .merge(ends)
        .layer(DefaultBodyLimit::max(BODY_MAX))
}

/// Who comes in, and where.
#[derive(Debug, Clone)]
struct Gate {
    access: Access,
    console: Option<Console>,
}

async fn guard(State(gate): State<Gate>, request: Request, next: Next) -> Response {
    let mut response = admitted(gate, request, next).await.unwrap_or_else(Refusal::into_response);
    set_missing(response.headers_mut(), CACHE_CONTROL, "no-store");
    response
}

/// With thousands of partners the page is long: it is made beside the tasks that deliver, and
/// compressed if that is wanted. After a start it waits for the first count, so that nothing open
/// looks closed.
async fn metrics(State(tools): State<Tools>, headers: HeaderMap) -> Result<Response, Refusal> {
    let patience = Instant::now() + COUNT_MAX;
    while tools.metrics.is_counting() && Instant::now() < patience {
        tokio::time::sleep(COUNT_LOOK).await;
    }
    // Not everything that is stored comes from the core: it is counted when it is asked for.
    let counts = tools.journal.counts();
    tools.metrics.journal(tools.journal.head().get(), counts.live, counts.removed);
    let made = spawn_blocking(move || {
        let page = tools.metrics.render(tools.clock.now()).ok()?;
        match Coding::wanted(&headers, page.len()) {
            Some(coding) => Some((coding.encode(&page).ok()?, Some(coding))),
            None => Some((page, None)),
        }
    });
    let (page, coding) = made.await.ok().flatten().ok_or(Refusal::Broken)?;
    let mut response = ([(CONTENT_TYPE, METRICS_FORM)], page).into_response();
    let coding = coding.map(|coding| (CONTENT_ENCODING, coding.header()));
    response.headers_mut().extend(coding);
    Ok(response)
}

async fn admitted(gate: Gate, request: Request, next: Next) -> Result<Response, Refusal> {
    let path = request.uri().path();
    if console::owns(path) {
        gate.access.permit_console(request.headers())?;
        let console = gate.console.ok_or(Refusal::Broken)?;
        return console::admit(console, request, next).await;
    }
    gate.access.permit(path, request.headers())?;
    http::no_query(request.uri().query())?;
    Ok(next.run(request).await)
}

/// Ready: the source is connected and the journal can be written. A partner that fails, or a
/// comparison that is under way, changes nothing about it.
async fn ready(State(tools): State<Tools>) -> Response {
    let source = tools.health.source_trouble().map(|cause| format!("source: {cause}"));
    let journal = tools.journal.trouble().map(|error| format!("journal: {error}"));
    let reasons: Vec<_> = source.into_iter().chain(journal).collect();
    if reasons.is_empty() {
        json(StatusCode::OK, &json!({ "status": "ready", "reasons": reasons }))
    } else {
        let body = json!({ "status": "not ready", "reasons": reasons });
        json(StatusCode::SERVICE_UNAVAILABLE, &body)
    }
}

async fn reload_partners<R: Reload>(
    State((tasks, reload)): State<(Tasks, R)>,
) -> Result<Response, Refusal> {
    let (tell, told) = oneshot::channel();
    tasks.once("reload", async move { drop(tell.send(reload.reload().await)) });
    match told.await {
        Ok(Ok(reloaded)) => Ok(json(StatusCode::OK, &json!(reloaded))),
        Ok(Err(problems)) => Err(Refusal::PartnersInvalid(problems.into())),
        Err(_) => Err(Refusal::Broken),
    }
}

fn json(status: StatusCode, body: &Value) -> Response {
    (status, [(CONTENT_TYPE, "application/json")], body.to_string()).into_response()
}

#[cfg(test)]
mod tests;
