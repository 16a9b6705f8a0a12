//! The console: pages for the operator at `/console`, made on the server, complete without script
//! and fresh by themselves with it. They first say what is still out there that should not be.
//!
//! Whoever is logged in may act; every act asks who and why and goes on record. A page never holds
//! a text or a name of an item, and an id of the core comes by a form only and is hashed at once.

mod act;
mod agreed;
mod files;
mod form;
mod frame;
mod guard;
mod item;
mod language;
mod login;
mod overview;
mod partner;
mod problem;
mod retract;
mod roll;
mod say;
mod search;
mod session;
mod signs;
mod snippets;
mod statements;
mod table;
mod worry;

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use axum::Router;
use axum::routing::{get, post};
use ipnet::IpNet;
use tokio::sync::oneshot;

use crate::config::{Listen, Secret, Serve, TokenDigest};
use crate::http::{RateLimits, Refusal};
use crate::journal::{self, Cause};
use crate::model::PartnerId;

use super::{Reload, Tools};
use session::Sessions;

pub(super) use guard::admit;
pub(super) use problem::dress;

const PATH: &str = "/console";
/// Most times in a second that one address may try to log in.
const LOGINS_PER_SECOND: u32 = 1;

/// Is this path the console's?
pub(super) fn owns(path: &str) -> bool {
    path.strip_prefix(PATH).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
}

/// Ends a partner's agreement.
type End = dyn Fn(PartnerId, Cause) -> Ended + Send + Sync;
type Ended = Pin<Box<dyn Future<Output = Result<u64, Vec<String>>> + Send>>;

/// What the console works with.
#[derive(Clone)]
pub(super) struct Console {
    tools: Tools,
    end: Arc<End>,
    token: Option<TokenDigest>,
    trusted_proxies: Arc<[IpNet]>,
    sessions: Sessions,
    rates: RateLimits,
}

impl fmt::Debug for Console {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Console")
    }
}

impl Console {
    /// None when the system has no randomness to give.
    pub(super) fn new(listen: &Listen, tools: &Tools, reload: &impl Reload) -> Option<Self> {
        let (tasks, reload) = (tools.tasks.clone(), reload.clone());
        let end = move |id: PartnerId, cause| -> Ended {
            let (tell, told) = oneshot::channel();
            let reload = reload.clone();
            // It is not left half-way when the operator hangs up.
            tasks.once("end", async move { drop(tell.send(reload.end(&id, cause).await)) });
            Box::pin(async { told.await.unwrap_or_else(|_| Err(Vec::new())) })
        };
        let rates = Serve { address_per_second: LOGINS_PER_SECOND, ..Serve::default() };
        Some(Self {
            tools: tools.clone(),
            end: Arc::new(end),
            token: listen.admin_token.as_ref().map(Secret::digest),
            trusted_proxies: listen.trusted_proxies.clone().into(),
            sessions: Sessions::new().ok()?,
            rates: RateLimits::new(&rates),
        })
    }
}

/// Every page.
pub(super) fn routes(console: Console) -> Router<Tools> {
    Router::new()
        .route(PATH, get(overview::page))
        .route("/console/partners/{partner}", get(partner::page))
        .route("/console/partners/{partner}/snippets", get(snippets::page))
        .route("/console/partners/{partner}/{act}", get(act::form).post(act::carry_out))
        .route("/console/items", get(item::form).post(item::find))
        .route("/console/items/{id}", get(item::page))
        .route("/console/retract", get(retract::form).post(retract::retract))
        .route("/console/retractions/{action}", get(retract::progress))
        .route("/console/search", post(search::search))
        .route("/console/statements", get(statements::page))
        .route("/console/statements/items", post(statements::find))
        .route("/console/statements/items/{id}", get(statements::item))
        .route("/console/statements/held", get(statements::held))
        .route("/console/statements/agreements", get(statements::agreements))
        .route("/console/statements/processing", get(statements::processing))
        .route(login::PATH, get(login::form).post(login::login))
        .route("/console/logout", post(login::logout))
        .route("/console/files/{name}", get(files::file))
        .with_state(console)
}

/// The journal can not answer now.
fn unavailable(error: journal::Error) -> Refusal {
    tracing::warn!(%error, "a page of the console could not be made");
    Refusal::Unavailable
}
