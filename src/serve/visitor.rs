//! What a visitor sees when a referral leads nowhere: one small page in the visitor's language,
//! without script, cookies or anything from elsewhere.

use std::sync::LazyLock;

use axum::http::header::{ACCEPT_LANGUAGE, CONTENT_SECURITY_POLICY, CONTENT_TYPE, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use maud::{DOCTYPE, Markup, PreEscaped, html};
use sha2::{Digest, Sha256};

use crate::http::Refusal;

const STYLE: &str = "body{font:1.125rem/1.6 system-ui,sans-serif;max-width:36rem;\
margin:15vh auto 0;padding:0 1.5rem;color:#1b1b1f;background:#fff}\
h1{font-size:1.6rem;line-height:1.25}\
@media(prefers-color-scheme:dark){body{color:#ececf1;background:#16161a}}";

/// Nothing but the one style sheet above.
static POLICY: LazyLock<Option<HeaderValue>> = LazyLock::new(|| {
    let digest = STANDARD.encode(Sha256::digest(STYLE));
    let policy = format!(
        "default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'; \
         frame-ancestors 'none'"
    );
    HeaderValue::try_from(policy).ok()
});

/// A language that pages are written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Language {
    Dutch,
    English,
    Frisian,
}

impl Language {
    /// The best of what the visitor's browser asks for; Dutch if it asks for none of them.
    pub(super) fn wanted(headers: &HeaderMap) -> Self {
        let asked = headers.get(ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok());
        let mut best = (Self::Dutch, 0.0);
        for range in asked.unwrap_or_default().split(',') {
            let (tag, quality) = range.split_once(';').unwrap_or((range, "q=1"));
            let quality = quality.trim().strip_prefix("q=").and_then(|q| q.parse::<f32>().ok());
            if let (Some(language), Some(quality)) = (Self::of(tag.trim()), quality)
                && quality > best.1
            {
                best = (language, quality);
            }
        }
        best.0
    }

    fn of(tag: &str) -> Option<Self> {
        let primary = tag.split('-').next().unwrap_or_default().to_ascii_lowercase();
        match primary.as_str() {
            "nl" => Some(Self::Dutch),
            "en" => Some(Self::English),
            "fy" => Some(Self::Frisian),
            _ => None,
        }
    }

    fn tag(self) -> &'static str {
        match self {
            Self::Dutch => "nl",
            Self::English => "en",
            Self::Frisian => "fy",
        }
    }
}

/// Heading and text.
type Words = (&'static str, &'static str);

fn removed(language: Language) -> Words {
    match language {
        Language::Dutch => (
            "Dit bericht is er niet meer",
            "De hulpvraag of het hulpaanbod is weggehaald. Misschien is er al hulp gevonden. \
             Op de site waar u vandaan kwam, staat wie er nu hulp zoekt of biedt.",
        ),
        Language::English => (
            "This message is no longer here",
            "The request for help, or the offer, has been taken away. Perhaps help has been \
             found already. The site that you came from shows who is asking or offering now.",
        ),
        Language::Frisian => (
            "Dit berjocht is der net mear",
            "De helpfraach of it helpoanbod is fuorthelle. Miskien is der al help fûn. \
             Op de side dêr't jo weikamen, stiet wa't no help siket of oanbiedt.",
        ),
    }
}

fn unknown(language: Language) -> Words {
    match language {
        Language::Dutch => (
            "Deze pagina bestaat niet",
            "Kijk of het adres klopt, of ga terug naar de site waar u vandaan kwam.",
        ),
        Language::English => (
            "This page does not exist",
            "Check the address, or go back to the site that you came from.",
        ),
        Language::Frisian => (
            "Dizze side bestiet net",
            "Sjoch oft it adres goed is, of gean werom nei de side dêr't jo weikamen.",
        ),
    }
}

fn trouble(language: Language) -> Words {
    match language {
        Language::Dutch => ("Het lukt nu even niet", "Probeer het over een paar minuten nog eens."),
        Language::English => ("This does not work right now", "Try again in a few minutes."),
        Language::Frisian => ("It slagget no efkes net", "Besykje it oer in pear minuten nochris."),
    }
}

fn page(language: Language, (heading, text): Words) -> Markup {
    html! {
        (DOCTYPE)
        html lang=(language.tag()) {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width,initial-scale=1";
                meta name="robots" content="noindex,noarchive,nosnippet";
                title { (heading) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (heading) }
                    p { (text) }
                }
            }
        }
    }
}

/// Turns a refusal into a page; its status and headers stay.
pub(super) fn show(refusal: &Refusal, language: Language, plain: Response) -> Response {
    let words = match refusal.status() {
        StatusCode::GONE => removed(language),
        StatusCode::TOO_MANY_REQUESTS => trouble(language),
        status if status.is_server_error() => trouble(language),
        _ => unknown(language),
    };
    let (mut head, _) = plain.into_parts();
    head.headers.remove(axum::http::header::CONTENT_LENGTH);
    head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    head.headers.insert(VARY, HeaderValue::from_static("accept-language"));
    if let Some(policy) = POLICY.clone() {
        head.headers.insert(CONTENT_SECURITY_POLICY, policy);
    }
    (head, page(language, words).into_string()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_browser_picks_the_language_and_dutch_is_the_default() {
        for (asked, language) in [
            ("", Language::Dutch),
            ("de-DE,de;q=0.9", Language::Dutch),
            ("en", Language::English),
            ("en-GB,en;q=0.9,nl;q=0.8", Language::English),
            ("fy,nl;q=0.8", Language::Frisian),
            ("FY-nl", Language::Frisian),
            ("en;q=0.5, nl;q=0.7", Language::Dutch),
            ("en;q=0", Language::Dutch),
            ("en;q=many", Language::Dutch),
            ("*", Language::Dutch),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT_LANGUAGE, HeaderValue::from_static(asked));
            assert_eq!(Language::wanted(&headers), language, "{asked:?}");
        }
    }

    #[test]
    fn a_page_needs_nothing_from_elsewhere() {
        for language in [Language::Dutch, Language::English, Language::Frisian] {
            for words in [removed(language), unknown(language), trouble(language)] {
                let page = page(language, words).into_string();
                assert!(page.contains(&format!("<html lang=\"{}\">", language.tag())));
                assert!(page.contains(&format!("<style>{STYLE}</style>")));
                for outside in ["http", "src=", "href=", "<script"] {
                    assert!(!page.contains(outside), "{outside}");
                }
            }
        }
    }
}
