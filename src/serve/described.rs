//! What this gateway looks like from outside, for all to read (design §8): its OpenAPI, its AsyncAPI
//! and the schemas of what travels. Rendered once, as nothing of it changes while it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use serde_json::Value;

use crate::describe;
use crate::http::{Refusal, no_query};

use super::Serve;
use super::cache::Rendered;

/// An update of the gateway is known to all after so long.
const KEPT: HeaderValue = HeaderValue::from_static("public, max-age=3600");
/// Pages of others may read it, too: documentation, editors.
const ANYBODY: HeaderValue = HeaderValue::from_static("*");

#[derive(Debug, Clone)]
struct Described {
    openapi: Arc<Rendered>,
    schemas: Arc<BTreeMap<&'static str, Arc<Rendered>>>,
}

/// The routes of the descriptions, under this public address.
pub(super) fn routes(base: &str) -> Router<Serve> {
    let json = |value: &Value| Rendered::new("application/json", value.to_string());
    let form = "application/schema+json";
    let schemas =
        describe::schemas().map(|(name, value)| (name, Rendered::new(form, value.to_string())));
    let asyncapi = (describe::ASYNCAPI, json(&describe::asyncapi(base)));
    let described = Described {
        openapi: json(&describe::openapi(base)),
        schemas: Arc::new(schemas.chain([asyncapi]).collect()),
    };
    Router::new()
        .route("/v1/openapi.json", get(openapi))
        .route("/schemas/{name}", get(schema))
        .with_state(described)
}

/// `GET /v1/openapi.json`
async fn openapi(
    State(described): State<Described>,
    RawQuery(query): RawQuery,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    no_query(query.as_deref())?;
    Ok(answer(&described.openapi, &asked).await)
}

/// `GET /schemas/{name}`
async fn schema(
    State(described): State<Described>,
    name: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    no_query(query.as_deref())?;
    let Path(name) = name.map_err(|_| Refusal::UnknownPath)?;
    let found = described.schemas.get(name.as_str()).ok_or(Refusal::UnknownPath)?;
    Ok(answer(found, &asked).await)
}

async fn answer(found: &Arc<Rendered>, asked: &HeaderMap) -> Response {
    let mut response = found.answer(asked).await;
    response.headers_mut().insert(CACHE_CONTROL, KEPT);
    response.headers_mut().insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANYBODY);
    response
}
