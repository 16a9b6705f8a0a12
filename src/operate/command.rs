//! What an operator does to partners and items, each with a reason (promise P7).

use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::Response;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use std::sync::Arc;

use crate::http::Refusal;
use crate::journal::{self, Block, Cause, Deed};
use crate::minimise::CoreId;
use crate::model::PartnerId;
use crate::partner::Partner;

use super::overview::Overview;
use super::{Reload, Tools};

/// Stands where nobody gave a name or a reason.
const UNSAID: &str = "not given";
/// Longest id of the core that is taken.
const ID_MAX: usize = 512;

/// Who wants it, and why.
#[derive(Debug, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(super) struct Order {
    by: Option<String>,
    reason: Option<String>,
}

impl Order {
    fn cause(self) -> Cause {
        let said = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
        Cause {
            person: said(self.by).unwrap_or_else(|| UNSAID.to_owned()),
            reason: said(self.reason).unwrap_or_else(|| UNSAID.to_owned()),
        }
    }
}

/// What is to be taken away, in the core's own ids: they are hashed here and go no further.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Retraction {
    item: Option<String>,
    author: Option<String>,
    by: Option<String>,
    reason: String,
}

fn read<T: DeserializeOwned>(body: &Bytes) -> Result<T, Refusal> {
    serde_json::from_slice(body)
        .map_err(|_| Refusal::WrongValue("The body is not the JSON that this address expects."))
}

fn order(body: &Bytes) -> Result<Order, Refusal> {
    if body.is_empty() { Ok(Order::default()) } else { read(body) }
}

fn ok<T: Serialize>(value: &T) -> Response {
    super::json(StatusCode::OK, &json!(value))
}

fn stored(error: journal::Error) -> Refusal {
    tracing::error!(%error, "a command could not be stored");
    Refusal::Unavailable
}

fn partner_of(tools: &Tools, name: &str) -> Result<Arc<Partner>, Refusal> {
    let id: Option<PartnerId> = name.parse().ok();
    let partners = tools.registry.current();
    id.and_then(|id| partners.get(&id)).cloned().ok_or(Refusal::UnknownPartner)
}

/// `GET /admin/v1/partners`
pub(super) async fn list(State(tools): State<Tools>) -> Result<Response, Refusal> {
    let mut all = Vec::new();
    for partner in tools.registry.current().values() {
        all.push(Overview::of(&tools.journal, partner).await.map_err(stored)?);
    }
    Ok(ok(&all))
}

/// `GET /admin/v1/partners/{partner}`
pub(super) async fn one(
    State(tools): State<Tools>,
    Path(name): Path<String>,
) -> Result<Response, Refusal> {
    let partner = partner_of(&tools, &name)?;
    Overview::of(&tools.journal, &partner).await.map(|overview| ok(&overview)).map_err(stored)
}

/// `POST /admin/v1/partners/{partner}/{pause|resume|resync|close}`
pub(super) async fn act(
    State(tools): State<Tools>,
    Path((name, command)): Path<(String, String)>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let deed = match command.as_str() {
        "pause" => Deed::Pause,
        "resume" => Deed::Resume,
        "resync" => Deed::Resync,
        "close" => Deed::Close,
        _ => return Err(Refusal::UnknownPath),
    };
    let partner = partner_of(&tools, &name)?;
    let order = order(&body)?;
    if deed == Deed::Close && (order.by.is_none() || order.reason.is_none()) {
        return Err(Refusal::WrongValue("To close by hand, give a name and a reason."));
    }
    let cause = order.cause();
    tracing::info!(partner = partner.id.as_str(), deed = deed.as_str(), "by command");
    let action = tools.control.act(&partner.id, deed, cause).await.map_err(stored)?;
    Ok(ok(&json!({ "action": action, "partner": name })))
}

/// `POST /admin/v1/partners/{partner}/end`
pub(super) async fn end<R: Reload>(
    State((tools, reload)): State<(Tools, R)>,
    Path(name): Path<String>,
    body: Bytes,
) -> Result<Response, Refusal> {
    let partner = partner_of(&tools, &name)?;
    let cause = order(&body)?.cause();
    let (tell, told) = tokio::sync::oneshot::channel();
    let id = partner.id.clone();
    tools.tasks.once("end", async move { drop(tell.send(reload.end(&id, cause).await)) });
    match told.await {
        Ok(Ok(action)) => Ok(ok(&json!({ "action": action, "partner": name }))),
        Ok(Err(problems)) => Err(Refusal::PartnersInvalid(problems.into())),
        Err(_) => Err(Refusal::Broken),
    }
}

/// `POST /admin/v1/retractions`
pub(super) async fn retract(State(tools): State<Tools>, body: Bytes) -> Result<Response, Refusal> {
    let Retraction { item, author, by, reason } = read(&body)?;
    if reason.trim().is_empty() {
        return Err(Refusal::WrongValue("A reason is needed."));
    }
    let fits = |id: &String| (1..=ID_MAX).contains(&id.len());
    let block = match (item.filter(fits), author.filter(fits)) {
        (Some(item), None) => Block::Item(tools.policy.public_id(&CoreId::new(item))),
        (None, Some(author)) => Block::Author(tools.policy.author_key(&author)),
        (Some(_), Some(_)) | (None, None) => {
            return Err(Refusal::WrongValue("Name either an item or an author, by its core id."));
        }
    };
    let cause = Order { by, reason: Some(reason) }.cause();
    let done = tools.journal.retract(block, cause).await.map_err(stored)?;
    let (action, items) = (done.action, done.items);
    tracing::info!(action, items, "taken away and blocked by command");
    Ok(ok(&json!({ "action": action, "items": items })))
}

/// `GET /admin/v1/retractions/{action}`
pub(super) async fn progress(
    State(tools): State<Tools>,
    Path(action): Path<String>,
) -> Result<Response, Refusal> {
    let action = action.parse().map_err(|_| Refusal::UnknownPath)?;
    let owed = tools.journal.progress(action).await.map_err(stored)?;
    let owed = owed.ok_or(Refusal::UnknownPath)?;
    let open: u32 = owed.iter().map(|one| one.open).sum();
    let partners: Vec<Value> = owed
        .iter()
        .map(|one| {
            let (partner, channel) = (one.partner.as_str(), one.channel.as_str());
            let (items, open) = (one.items, one.open);
            json!({ "partner": partner, "channel": channel, "items": items, "open": open })
        })
        .collect();
    Ok(ok(&json!({ "action": action, "open": open, "partners": partners })))
}
