//! Answers that are rendered once, and compressed once, until something stirs for their partner.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};
use data_encoding::BASE64URL_NOPAD;
use moka::sync::Cache;
use sha2::{Digest, Sha256};

use crate::metrics::{EmbedForm, FeedForm};
use crate::model::{Language, PartnerId, Sequence};
use crate::partner::Partner;

use super::coding::Coding;
use super::embed::Asked;

/// Most memory for what is kept, in bytes.
const BYTES_MAX: u64 = 32 << 20;
/// How long it is kept at most: a removed text does not linger (promise P8).
const KEPT: Duration = Duration::from_secs(30);
/// Bytes of the digest that an entity tag shows.
const TAG: usize = 15;

/// What is asked for.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Key {
    pub(super) partner: PartnerId,
    pub(super) form: Form,
    /// Publishes are held back.
    pub(super) withheld: bool,
}

/// In which form, and which part of it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// A feed, or a page of one after a change number.
    Feed(FeedForm, Option<Sequence>),
    /// A page of a list for visitors.
    Embed(EmbedForm, Asked, Language),
}

/// An answer as long as nothing stirs.
#[derive(Debug, Clone)]
struct Kept {
    stirred: Sequence,
    /// The very profile that it was rendered for.
    partner: Arc<Partner>,
    rendered: Arc<Rendered>,
}

/// Rendered answers. Cheap to clone.
#[derive(Debug, Clone)]
pub(super) struct Pages(Cache<Key, Kept>);

impl Default for Pages {
    fn default() -> Self {
        // Its codings together are about as large once more.
        let size = |_: &Key, kept: &Kept| {
            u32::try_from(kept.rendered.plain.len().saturating_mul(2)).unwrap_or(u32::MAX)
        };
        Self(Cache::builder().max_capacity(BYTES_MAX).weigher(size).time_to_live(KEPT).build())
    }
}

impl Pages {
    /// The answer, if it would be the same now. `stirred` is when something stirred last for the
    /// partner, asked *before* anything is read.
    pub(super) fn get(
        &self,
        key: &Key,
        stirred: Sequence,
        partner: &Arc<Partner>,
    ) -> Option<Arc<Rendered>> {
        let kept = self.0.get(key)?;
        let same = kept.stirred == stirred && Arc::ptr_eq(&kept.partner, partner);
        same.then_some(kept.rendered)
    }

    /// Keeps an answer.
    pub(super) fn keep(
        &self,
        key: Key,
        stirred: Sequence,
        partner: &Arc<Partner>,
        rendered: &Arc<Rendered>,
    ) {
        let (partner, rendered) = (partner.clone(), rendered.clone());
        self.0.insert(key, Kept { stirred, partner, rendered });
    }
}

/// An answer, in the codings that were asked for so far.
#[derive(Debug)]
pub(super) struct Rendered {
    media_type: &'static str,
    tag: String,
    plain: Bytes,
    coded: [OnceLock<Bytes>; Coding::ALL.len()],
}

impl Rendered {
    /// Tags a text with its digest.
    pub(super) fn new(media_type: &'static str, text: String) -> Arc<Self> {
        let digest = Sha256::digest(&text);
        let digest = digest.get(..TAG).unwrap_or_default();
        // Weak (RFC 9110 §8.8.1): one tag for all codings.
        let tag = format!("W/\"{}\"", BASE64URL_NOPAD.encode(digest));
        Arc::new(Self { media_type, tag, plain: text.into(), coded: Default::default() })
    }

    /// The answer in the coding that the client wants, or 304 if it has it already.
    pub(super) async fn answer(self: &Arc<Self>, asked: &HeaderMap) -> Response {
        let mut response = if self.is_known(asked) {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            self.whole(asked).await
        };
        let headers = response.headers_mut();
        headers.extend(HeaderValue::try_from(&self.tag).ok().map(|tag| (ETAG, tag)));
        headers.insert(VARY, HeaderValue::from_static("accept-encoding"));
        response
    }

    async fn whole(self: &Arc<Self>, asked: &HeaderMap) -> Response {
        let coding = Coding::wanted(asked, self.plain.len());
        let coded = match coding {
            Some(coding) => self.coded(coding).await.map(|body| (coding, body)),
            None => None,
        };
        let kind = (CONTENT_TYPE, HeaderValue::from_static(self.media_type));
        match coded {
            Some((coding, body)) => {
                ([kind, (CONTENT_ENCODING, coding.header())], Body::from(body)).into_response()
            }
            None => ([kind], Body::from(self.plain.clone())).into_response(),
        }
    }

    /// Encoded once, off the tasks that others wait for.
    async fn coded(self: &Arc<Self>, coding: Coding) -> Option<Bytes> {
        let place = Coding::ALL.iter().position(|one| *one == coding)?;
        let slot = self.coded.get(place)?;
        if let Some(body) = slot.get() {
            return Some(body.clone());
        }
        let plain = self.plain.clone();
        let encoded =
            tokio::task::spawn_blocking(move || coding.encode(&plain)).await.ok()?.ok()?;
        Some(slot.get_or_init(|| encoded.into()).clone())
    }

    /// Weak comparison (RFC 9110 §13.1.2).
    fn is_known(&self, asked: &HeaderMap) -> bool {
        let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
        let tags = asked.get_all(IF_NONE_MATCH).iter().filter_map(|value| value.to_str().ok());
        let own = opaque(&self.tag);
        tags.flat_map(|tags| tags.split(',')).map(opaque).any(|tag| tag == "*" || tag == own)
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;

    use super::*;

    fn asked(name: axum::http::HeaderName, value: &str) -> HeaderMap {
        [(name, HeaderValue::try_from(value).unwrap())].into_iter().collect()
    }

    #[tokio::test]
    async fn who_has_it_already_is_told_so() {
        let rendered = Rendered::new("application/json", "{}".to_owned());
        let (tag, bare) = (rendered.tag.clone(), rendered.tag.replace("W/", ""));
        for (given, status) in [
            (tag.clone(), 304),
            (bare.clone(), 304),
            (format!("\"other\", {bare}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
            (String::new(), 200),
        ] {
            let response = rendered.answer(&asked(IF_NONE_MATCH, &given)).await;
            assert_eq!(response.status(), status, "{given}");
            assert_eq!(response.headers()[ETAG], tag);
            assert_eq!(response.headers()[VARY], "accept-encoding");
        }
        assert_ne!(Rendered::new("application/json", "[]".to_owned()).tag, tag);
    }

    #[tokio::test]
    async fn a_long_text_is_encoded_as_asked() {
        let rendered = Rendered::new("application/json", "[0,1,2]".repeat(1_000));
        for (given, coding) in [("br", Some("br")), ("gzip", Some("gzip")), ("x", None)] {
            let response =
                rendered.answer(&asked(axum::http::header::ACCEPT_ENCODING, given)).await;
            let shown =
                response.headers().get(CONTENT_ENCODING).map(|value| value.to_str().unwrap());
            assert_eq!(shown, coding);
            let body = response.into_body().collect().await.unwrap().to_bytes();
            assert_eq!(body.len() < 1_000, coding.is_some());
        }
    }
}
