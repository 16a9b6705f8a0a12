//! The script behind `<luik-items>`: one piece, at an address that moves with the gateway and at one
//! that names its very bytes, for pages that pin it (Subresource Integrity).

use std::sync::{Arc, LazyLock};

use axum::Router;
use axum::extract::{RawQuery, State};
use axum::http::header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_LOCATION};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use axum::response::Response;
use axum::routing::get;
use data_encoding::{BASE64, BASE64URL_NOPAD};
use sha2::{Digest, Sha384};

use crate::http::{Refusal, no_query};

use super::super::super::Serve;
use super::super::super::cache::Rendered;

/// Its parts see each other, and the page sees none of them.
const SCRIPT: &str = concat!(
    "(() => {\n'use strict';\n",
    include_str!("start.js"),
    include_str!("words.js"),
    "const CSS = `",
    include_str!("look.css"),
    "`;\n",
    include_str!("card.js"),
    include_str!("element.js"),
    include_str!("end.js"),
    "})();\n",
);
const FORM: &str = "text/javascript; charset=utf-8";

/// An update is everywhere after so long.
const MOVING: HeaderValue = HeaderValue::from_static("public, max-age=60");
/// There will never be other bytes at this address.
const FIXED: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
/// Any page may load it: it holds nothing of anybody.
const ANYBODY: HeaderValue = HeaderValue::from_static("*");

/// The file name of these very bytes: its middle is their SHA-384 as base64url, which is what
/// `integrity="sha384-…"` wants when `-` and `_` are written as `+` and `/`.
static NAME: LazyLock<String> =
    LazyLock::new(|| format!("luik-{}.js", BASE64URL_NOPAD.encode(&Sha384::digest(SCRIPT))));

/// Its file name for good, and what pins a page to it.
pub(in crate::serve) fn pinned() -> (&'static str, String) {
    (NAME.as_str(), format!("sha384-{}", BASE64.encode(&Sha384::digest(SCRIPT))))
}

/// The script at both of its addresses.
pub(in crate::serve) fn routes() -> Router<Serve> {
    // The router knows no pattern within a segment, and there is only one.
    let fixed_path = format!("/embed/{}", *NAME);
    Router::new()
        .route("/embed/luik.js", get(moving))
        .route(&fixed_path, get(fixed))
        .with_state(Rendered::new(FORM, SCRIPT.to_owned()))
}

/// `GET /embed/luik.js`; says at which address these bytes stay.
async fn moving(
    State(script): State<Arc<Rendered>>,
    RawQuery(query): RawQuery,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    let mut response = answer(&script, query, MOVING, &asked).await?;
    let stays = HeaderValue::try_from(NAME.as_str()).ok();
    response.headers_mut().extend(stays.map(|name| (CONTENT_LOCATION, name)));
    Ok(response)
}

/// `GET /embed/luik-{digest}.js`
async fn fixed(
    State(script): State<Arc<Rendered>>,
    RawQuery(query): RawQuery,
    asked: HeaderMap,
) -> Result<Response, Refusal> {
    answer(&script, query, FIXED, &asked).await
}

async fn answer(
    script: &Arc<Rendered>,
    query: Option<String>,
    kept: HeaderValue,
    asked: &HeaderMap,
) -> Result<Response, Refusal> {
    no_query(query.as_deref())?;
    let mut response = script.answer(asked).await;
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, kept);
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, ANYBODY);
    let elsewhere = HeaderValue::from_static("cross-origin");
    headers.insert(HeaderName::from_static("cross-origin-resource-policy"), elsewhere);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_needs_no_leave_that_a_strict_page_does_not_give() {
        for needs in [
            "innerHTML",
            "outerHTML",
            "insertAdjacentHTML",
            "document.write",
            "eval(",
            "new Function",
            "cookie",
            "localStorage",
            "sessionStorage",
            "indexedDB",
            ".style",
            "import(",
            "'<",
            "onclick",
        ] {
            assert!(!SCRIPT.contains(needs), "{needs}");
        }
        // It stands between backticks, and a rem is the business of the page around.
        let look = include_str!("look.css");
        for sign in ["`", "\\", "${", "rem;", "rem ", "url(", "@import"] {
            assert!(!look.contains(sign), "{sign}");
        }
    }

    #[tokio::test]
    async fn it_is_light() {
        for coding in ["zstd", "br", "gzip"] {
            let asked = [(axum::http::header::ACCEPT_ENCODING, HeaderValue::from_static(coding))];
            let script = Rendered::new(FORM, SCRIPT.to_owned());
            let response = script.answer(&asked.into_iter().collect()).await;
            let body = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
            assert!(body.len() < 12_000, "{coding}: {}", body.len());
        }
    }
}
