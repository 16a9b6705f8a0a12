//! Every refusal as one HTTP answer: problem+json (RFC 9457). The only place with status codes
//! of refusals. Quotes nothing of the request and nothing of a row.

use std::sync::Arc;

use axum::http::header::{ACCEPT_ENCODING, CONTENT_TYPE, LINK, RETRY_AFTER, WWW_AUTHENTICATE};
use axum::http::{HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

/// How long to wait when nobody knows how long it takes.
const UNAVAILABLE_SECONDS: u64 = 10;

/// Why a request is not answered as asked. The answer carries it as an extension, so that a
/// listener can show it in another form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Refusal {
    /// No such path, or no such thing under it.
    UnknownPath,
    /// No partner has this name.
    UnknownPartner,
    /// The path knows other methods.
    WrongMethod,
    /// The path does not know a query key.
    UnknownKey,
    /// A value is not what it must be; says what it must be.
    WrongValue(&'static str),
    /// No token, a wrong one, or no such partner: these look the same.
    NoToken,
    /// The admin listener has no token to compare with.
    AdminTokenUnset,
    /// The `Host` of a request to a loopback listener is not loopback (DNS rebinding).
    ForeignHost,
    /// A form that another site could have sent.
    Forged,
    /// It was there and was taken away.
    Removed,
    /// A cursor older than what is kept; says where the whole is to be had.
    TooOld(Arc<str>),
    /// The agreement ended long ago and everything was taken back.
    Over,
    /// Nothing new is passed on to this partner for now.
    Withheld,
    /// The new set of partner files is invalid and the old one stays in force.
    PartnersInvalid(Arc<[String]>),
    /// More requests than one token, or one address, may send.
    TooMany {
        /// In so many seconds one more is answered; at least 1.
        retry_after: u64,
    },
    /// The body is larger than the path takes.
    TooLarge,
    /// The body has a content coding.
    Coded,
    /// The answer is not made in the form that is asked for.
    OtherForm,
    /// The address is longer than any that there is.
    UriTooLong,
    /// The request expects something of the server that it does not do.
    Unexpected,
    /// Not now.
    Unavailable,
    /// Our own mistake.
    Broken,
}

/// RFC 9457.
#[derive(Serialize)]
pub(crate) struct Problem<'r> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    problems: &'r [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    snapshot: Option<&'r str>,
}

impl Refusal {
    /// The status code.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self {
            Self::UnknownPath | Self::UnknownPartner => StatusCode::NOT_FOUND,
            Self::WrongMethod => StatusCode::METHOD_NOT_ALLOWED,
            Self::UnknownKey | Self::WrongValue(_) => StatusCode::BAD_REQUEST,
            Self::NoToken | Self::AdminTokenUnset => StatusCode::UNAUTHORIZED,
            Self::ForeignHost | Self::Forged => StatusCode::FORBIDDEN,
            Self::Removed | Self::TooOld(_) | Self::Over => StatusCode::GONE,
            Self::PartnersInvalid(_) => StatusCode::CONFLICT,
            Self::TooMany { .. } => StatusCode::TOO_MANY_REQUESTS,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Coded => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::OtherForm => StatusCode::NOT_IMPLEMENTED,
            Self::UriTooLong => StatusCode::URI_TOO_LONG,
            Self::Unexpected => StatusCode::EXPECTATION_FAILED,
            Self::Withheld | Self::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// What to do about it, in words.
    pub(crate) fn detail(&self) -> &'static str {
        match self {
            Self::UnknownPath => "There is nothing under this address.",
            Self::UnknownPartner => "There is no partner of this name.",
            Self::WrongMethod => "The header Allow names the methods of this address.",
            Self::UnknownKey => "This address does not know one of the query's keys.",
            Self::WrongValue(detail) => detail,
            Self::NoToken => "A bearer token that is valid here is needed.",
            Self::AdminTokenUnset => {
                "The admin API is closed until listen.admin_token is set in luik.toml."
            }
            Self::ForeignHost => "This listener is reached by a loopback address or localhost.",
            Self::Forged => "The form does not come from a page of this listener.",
            Self::Removed => "It was here and has been taken away.",
            Self::TooOld(_) => {
                "A removal may be missing after this change number: drop everything and begin \
                 again with the snapshot."
            }
            Self::Over => "The agreement has ended and everything has been taken back.",
            Self::Withheld => "Nothing new is passed on for now; removals are in the feed.",
            Self::PartnersInvalid(_) => {
                "The partner files are invalid; the set that was in force stays so."
            }
            Self::TooMany { .. } => "Too many requests; the header Retry-After says when to go on.",
            Self::TooLarge => "The body is larger than this address takes.",
            Self::Coded => "The body must come as it is, without a Content-Encoding.",
            Self::OtherForm => "This is not given in that form.",
            Self::UriTooLong => "The address is longer than any that there is here.",
            Self::Unexpected => "Of Expect, only 100-continue is known.",
            Self::Unavailable => "This can not be answered now; try again later.",
            Self::Broken => "Something went wrong on this side.",
        }
    }

    /// The body of its answer.
    pub(crate) fn problem(&self) -> Problem<'_> {
        let status = self.status();
        Problem {
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or_default(),
            status: status.as_u16(),
            detail: self.detail(),
            problems: self.problems(),
            snapshot: self.snapshot(),
        }
    }

    /// What an answer that a library made by itself comes to.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status {
            StatusCode::NOT_FOUND => Self::UnknownPath,
            StatusCode::METHOD_NOT_ALLOWED => Self::WrongMethod,
            StatusCode::PAYLOAD_TOO_LARGE => Self::TooLarge,
            StatusCode::URI_TOO_LONG => Self::UriTooLong,
            StatusCode::EXPECTATION_FAILED => Self::Unexpected,
            StatusCode::SERVICE_UNAVAILABLE => Self::Unavailable,
            status if status.is_client_error() => {
                Self::WrongValue("The request can not be read as it stands.")
            }
            _ => Self::Broken,
        }
    }

    /// After how many seconds it may be asked again.
    fn retry_after(&self) -> Option<u64> {
        if let Self::TooMany { retry_after } = self {
            return Some(*retry_after);
        }
        matches!(self, Self::Unavailable | Self::Withheld).then_some(UNAVAILABLE_SECONDS)
    }

    fn snapshot(&self) -> Option<&str> {
        if let Self::TooOld(snapshot) = self { Some(snapshot) } else { None }
    }

    fn problems(&self) -> &[String] {
        if let Self::PartnersInvalid(problems) = self { problems } else { &[] }
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = serde_json::to_vec(&self.problem()).unwrap_or_default();
        let mut response = (status, body).into_response();
        let headers = response.headers_mut();
        let json = HeaderValue::from_static("application/problem+json");
        headers.insert(CONTENT_TYPE, json);
        if status == StatusCode::UNAUTHORIZED {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        if status == StatusCode::UNSUPPORTED_MEDIA_TYPE {
            // RFC 9110 §15.5.16: it says what would have been taken.
            headers.insert(ACCEPT_ENCODING, HeaderValue::from_static("identity"));
        }
        if let Some(seconds) = self.retry_after() {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        let link = self.snapshot().map(|snapshot| format!("<{snapshot}>; rel=\"alternate\""));
        headers.extend(link.and_then(|link| link.try_into().ok()).map(|link| (LINK, link)));
        response.extensions_mut().insert(self);
        response
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    #[tokio::test]
    async fn every_refusal_is_a_problem_with_its_status() {
        let problems: Arc<[String]> = ["partners/a.toml: name is missing".to_owned()].into();
        for (refusal, status) in [
            (Refusal::UnknownPath, 404),
            (Refusal::WrongMethod, 405),
            (Refusal::UnknownKey, 400),
            (Refusal::WrongValue("afterChangeNumber must be a number"), 400),
            (Refusal::NoToken, 401),
            (Refusal::AdminTokenUnset, 401),
            (Refusal::ForeignHost, 403),
            (Refusal::Forged, 403),
            (Refusal::Removed, 410),
            (Refusal::TooOld("https://luik.example/whole".into()), 410),
            (Refusal::Over, 410),
            (Refusal::Withheld, 503),
            (Refusal::PartnersInvalid(problems), 409),
            (Refusal::TooMany { retry_after: 3 }, 429),
            (Refusal::TooLarge, 413),
            (Refusal::UriTooLong, 414),
            (Refusal::Coded, 415),
            (Refusal::Unexpected, 417),
            (Refusal::OtherForm, 501),
            (Refusal::Unavailable, 503),
            (Refusal::Broken, 500),
        ] {
            let many = refusal.problems().len();
            let whole = refusal.snapshot().map(str::to_owned);
            let response = refusal.into_response();
            assert_eq!(response.status(), status);
            assert_eq!(response.headers()["content-type"], "application/problem+json");
            assert_eq!(response.headers().contains_key("www-authenticate"), status == 401);
            assert_eq!(response.headers().contains_key("accept-encoding"), status == 415);
            let wait = response.headers().get("retry-after").map(|wait| wait.to_str().unwrap());
            let wanted = [(429, "3"), (503, "10")].iter().find(|(with, _)| *with == status);
            assert_eq!(wait, wanted.map(|(_, seconds)| *seconds));
            let link = response.headers().get("link").map(|link| link.to_str().unwrap());
            let wanted = whole.as_ref().map(|whole| format!("<{whole}>; rel=\"alternate\""));
            assert_eq!(link, wanted.as_deref());
            let body = response.into_body().collect().await.unwrap().to_bytes();
            let body: serde_json::Value = serde_json::from_slice(&body).unwrap();
            assert_eq!(body["type"], "about:blank");
            assert_eq!(body["status"], status);
            assert!(body["title"].as_str().is_some_and(|title| !title.is_empty()));
            assert!(body["detail"].as_str().is_some_and(|detail| !detail.is_empty()));
            assert_eq!(body["snapshot"].as_str().map(str::to_owned), whole);
            assert_eq!(body["problems"].as_array().map_or(0, Vec::len), many);
        }
    }
}
