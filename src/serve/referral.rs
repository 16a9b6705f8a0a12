//! Referrals: from a partner's page back to the page where a visitor can respond.

use axum::extract::rejection::PathRejection;
use axum::extract::{Path, RawQuery, State};
use axum::http::header::LOCATION;
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::http::{Refusal, no_query};
use crate::journal::Referral;
use crate::model::{PartnerId, PublicId};

use super::{Serve, unavailable};

/// `GET /r/{partner}/{id}`
pub(super) async fn follow(
    State(serve): State<Serve>,
    path: Result<Path<(String, String)>, PathRejection>,
    RawQuery(query): RawQuery,
) -> Result<Response, Refusal> {
    no_query(query.as_deref())?;
    let Path((partner, id)) = path.map_err(|_| Refusal::UnknownPath)?;
    let partner: PartnerId = partner.parse().map_err(|_| Refusal::UnknownPath)?;
    let id: PublicId = id.parse().map_err(|_| Refusal::UnknownPath)?;
    if !serve.tools.registry.current().contains_key(&partner) {
        return Err(Refusal::UnknownPath);
    }
    match serve.tools.journal.referral(&partner, id).await.map_err(unavailable)? {
        None => Err(Refusal::UnknownPath),
        Some(Referral::Removed) => Err(Refusal::Removed),
        Some(Referral::Live(url)) => {
            let location = location(&url).ok_or(Refusal::Broken)?;
            serve.tools.metrics.referral(&partner);
            Ok((StatusCode::SEE_OTHER, [(LOCATION, location)]).into_response())
        }
    }
}

/// The address as a header can hold it; http(s) only, whatever the journal says.
fn location(url: &str) -> Option<HeaderValue> {
    let url = Url::parse(url).ok().filter(|url| matches!(url.scheme(), "http" | "https"))?;
    HeaderValue::try_from(url.as_str()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_web_addresses_are_followed() {
        let of = |url| location(url).and_then(|value| value.to_str().ok().map(ToOwned::to_owned));
        assert_eq!(of("https://p.example/1?a=b#c"), Some("https://p.example/1?a=b#c".into()));
        assert_eq!(of("https://p.example/é"), Some("https://p.example/%C3%A9".into()));
        for bad in ["javascript:alert(1)", "data:text/html,x", "/relative", ""] {
            assert_eq!(of(bad), None, "{bad}");
        }
    }
}
