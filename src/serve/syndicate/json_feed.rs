//! JSON Feed 1.1. It has no tombstones: what is not in it is gone.

use serde::Serialize;

use super::super::data::Place;
use super::post::{Document, Post};

pub(super) const MEDIA_TYPE: &str = "application/feed+json";

const VERSION: &str = "https://jsonfeed.org/version/1.1";

#[derive(Serialize)]
struct Feed<'d> {
    version: &'static str,
    title: &'d str,
    items: Vec<Item<'d>>,
}

#[derive(Serialize)]
struct Item<'d> {
    id: &'d str,
    url: &'d str,
    title: &'d str,
    content_text: &'d str,
    date_published: String,
    date_modified: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    language: Option<&'d str>,
    authors: [Author<'d>; 1],
    tags: [&'d str; 2],
    #[serde(rename = "_luik")]
    luik: Extension<'d>,
}

#[derive(Serialize)]
struct Author<'d> {
    name: &'d str,
}

/// What JSON Feed has no place for, named as on the wire. The lease is a header of the answer: in
/// here it would make another document of every answer.
#[derive(Serialize)]
struct Extension<'d> {
    kind: &'static str,
    region: &'d Place,
    #[serde(skip_serializing_if = "Option::is_none")]
    expires: Option<String>,
}

/// Writes the document.
///
/// # Errors
/// None: it is written to memory.
pub(super) fn write(document: &Document) -> serde_json::Result<String> {
    let items = document.posts.iter().map(item).collect();
    serde_json::to_string(&Feed { version: VERSION, title: &document.title, items })
}

fn item(post: &Post) -> Item<'_> {
    let Post { url, kind, updated, author, data } = post;
    Item {
        id: url,
        url,
        title: &data.title,
        content_text: &data.text,
        date_published: data.published_at(),
        date_modified: updated.to_string(),
        language: data.language.as_deref(),
        authors: [Author { name: author }],
        tags: [kind.as_str(), &data.region.name],
        luik: Extension {
            kind: kind.as_str(),
            region: &data.region,
            expires: data.expires.map(|day| day.to_string()),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::post::sample;
    use super::*;

    #[test]
    fn hostile_texts_come_back_and_what_is_not_known_is_left_out() {
        let hostile = "]]> <script> \"\\ \u{1b} \u{202e}م 🌷\n";
        let feed = write(&sample(hostile)).unwrap();
        assert!(!feed.contains('\u{1b}') && !feed.contains("wijk/2"));
        let feed: serde_json::Value = serde_json::from_str(&feed).unwrap();
        assert_eq!(feed["version"], VERSION);
        assert!(feed.get("feed_url").is_none());
        let item = &feed["items"][0];
        assert_eq!((&item["title"], &item["content_text"]), (&hostile.into(), &hostile.into()));
        assert!(item.get("language").is_none());
        assert_eq!(item["_luik"]["expires"], "2026-06-30");
        assert_eq!(item["tags"], serde_json::json!(["offer", hostile]));
    }
}
