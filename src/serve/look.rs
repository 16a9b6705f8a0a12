//! What every page for visitors looks like: one style sheet, in the page itself, so that a page
//! needs nothing else and its policy can name it by digest.

use std::sync::LazyLock;

use axum::http::HeaderValue;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::model::Language;

pub(super) const STYLE: &str = include_str!("look.css");

/// The style sheet, as a policy names it (CSP 3 §2.3.1).
pub(super) static STYLE_SOURCE: LazyLock<String> =
    LazyLock::new(|| format!("'sha256-{}'", STANDARD.encode(Sha256::digest(STYLE))));

/// For a page that nobody may frame: nothing but the style sheet.
pub(super) static ALONE: LazyLock<Option<HeaderValue>> = LazyLock::new(|| alone("'none'"));

/// The same for one with a form that comes back here.
pub(super) static ASKING: LazyLock<Option<HeaderValue>> = LazyLock::new(|| alone("'self'"));

fn alone(forms: &str) -> Option<HeaderValue> {
    let policy = format!(
        "default-src 'none'; style-src {}; base-uri 'none'; form-action {forms}; \
         frame-ancestors 'none'",
        *STYLE_SOURCE
    );
    HeaderValue::try_from(policy).ok()
}

/// A whole page. `head` comes after what every page has.
pub(super) fn page(language: Language, title: &str, head: &Markup, body: &Markup) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex,noarchive,nosnippet";
                title { (title) }
                style { (PreEscaped(STYLE)) }
                (head)
            }
            body { (body) }
        }
    }
}
