//! The page with ready lines for the site of a partner, beside its list as it is now.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, State};
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue};
use axum::response::{IntoResponse, Response};

use crate::http::Refusal;

use super::Tools;

/// `GET /console/partners/{partner}/snippets`, in the language of the browser.
pub(super) async fn page(
    State(tools): State<Tools>,
    partner: Result<Path<String>, PathRejection>,
    headers: HeaderMap,
) -> Result<Response, Refusal> {
    let Path(partner) = partner.map_err(|_| Refusal::UnknownPath)?;
    let partner = partner.parse().map_err(|_| Refusal::UnknownPartner)?;
    let (page, policy) = tools.preview.page(&partner, &headers).await?;
    let html = (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    let vary = (VARY, HeaderValue::from_static("accept-language"));
    let mut response = ([html, vary], page).into_response();
    response.headers_mut().extend(policy.map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    Ok(response)
}
