//! The page with ready lines for the site of a partner, beside its list as it is now.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use axum::response::{IntoResponse, Response};

use crate::http::{Refusal, one_key};
use crate::model::Language;

use super::Tools;

/// `GET /console/partners/{partner}/snippets`, Dutch unless `?lang=en`.
pub(super) async fn page(
    State(tools): State<Tools>,
    partner: Result<Path<String>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    let language = match one_key(query.as_deref(), "lang")?.as_deref() {
        None | Some("nl") => Language::Dutch,
        Some("en") => Language::English,
        Some(_) => return Err(Refusal::WrongValue("lang must be nl or en.")),
    };
    let Path(partner) = partner.map_err(|_| Refusal::UnknownPath)?;
    let partner = partner.parse().map_err(|_| Refusal::UnknownPartner)?;
    let (page, policy) = tools.preview.page(&partner, language).await?;
    let html = HeaderValue::from_static("text/html; charset=utf-8");
    let mut response = ([(CONTENT_TYPE, html)], page).into_response();
    response.headers_mut().extend(policy.map(|policy| (CONTENT_SECURITY_POLICY, policy)));
    Ok(response)
}
