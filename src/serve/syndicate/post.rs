//! What both forms say: the items as they are kept, each with its names for readers. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::journal::{Entry, Newest};
use crate::model::{Kind, Language, State};
use crate::partner::Partner;

use super::super::data::Data;
#[cfg(test)]
use super::super::data::Place;

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Document {
    /// Names the feed for ever; leads nowhere, and is not the secret address.
    pub(super) id: String,
    /// In Dutch.
    pub(super) title: String,
    /// The latest change of anything in it.
    pub(super) updated: Timestamp,
    /// The latest change first.
    pub(super) posts: Vec<Post>,
    /// Names of posts that are gone, and since when; the latest first.
    pub(super) gone: Vec<(String, Timestamp)>,
}

/// One item.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Post {
    /// Its referral: both name and address.
    pub(super) url: String,
    pub(super) kind: Kind,
    pub(super) updated: Timestamp,
    /// Who placed it, as far as that leaves.
    pub(super) author: String,
    pub(super) data: Data,
}

impl Document {
    /// What is shown of this under the public address `base`; none if an item is not as it is
    /// kept.
    pub(super) fn of(base: &str, partner: &Partner, newest: &Newest) -> Option<Self> {
        let url = |entry: &Entry| format!("{base}/r/{}/{}", partner.id, entry.item.id);
        let posts = newest.live.iter().map(|entry| Post::of(url(entry), entry));
        let gone = newest.removed.iter().map(|entry| (url(entry), entry.changed_at));
        let times = newest.live.iter().chain(&newest.removed).map(|entry| entry.changed_at);
        // The time of asking would make another document of it every time.
        let never = || partner.agreement.starts.to_zoned(TimeZone::UTC).map(|day| day.timestamp());
        Some(Self {
            id: format!("{base}/feeds/{}", partner.id),
            title: format!("Vraag en aanbod voor {}", partner.name),
            updated: times.max().or_else(|| never().ok()).unwrap_or_default(),
            posts: posts.collect::<Option<_>>()?,
            gone: gone.collect(),
        })
    }
}

impl Post {
    fn of(url: String, entry: &Entry) -> Option<Self> {
        let State::Updated(data) = &entry.item.state else { return None };
        let data = Data::parse(data)?;
        let language = data.language.as_deref().and_then(Language::of_tag).unwrap_or_default();
        let someone = || language.someone_from(&data.region.name);
        let author = data.first_name.clone().unwrap_or_else(someone);
        Some(Self { url, kind: entry.item.kind, updated: entry.changed_at, author, data })
    }
}

/// A document with one post without language, whose every text is this one, and one tombstone.
#[cfg(test)]
pub(super) fn sample(text: &str) -> Document {
    let when = "2026-06-01T00:00:00Z".parse().unwrap();
    let data = Data {
        first_name: None,
        region: Place { code: "GM0119".to_owned(), name: text.to_owned() },
        title: text.to_owned(),
        text: text.to_owned(),
        language: None,
        published: "2026-05-30".parse().unwrap(),
        expires: Some("2026-06-30".parse().unwrap()),
    };
    Document {
        id: "https://luik.example/feeds/wijk".to_owned(),
        title: text.to_owned(),
        updated: when,
        posts: vec![Post {
            url: "https://luik.example/r/wijk/1".to_owned(),
            kind: Kind::Offer,
            updated: when,
            author: text.to_owned(),
            data,
        }],
        gone: vec![("https://luik.example/r/wijk/2".to_owned(), when)],
    }
}

#[cfg(test)]
mod tests {
    use crate::model::{Item, PublicId, Sequence};

    use super::*;

    fn author(data: &str) -> Option<String> {
        let id = PublicId::from_bytes([7; 16]);
        let state = State::Updated(data.into());
        let item = Item { id, kind: Kind::Request, modified: Sequence::new(1), state };
        let entry = Entry { item, changed_at: Timestamp::UNIX_EPOCH };
        Post::of(String::new(), &entry).map(|post| post.author)
    }

    #[test]
    fn whoever_is_anonymous_is_someone_from_the_region() {
        let data = |first: &str, language: &str| {
            format!(
                r#"{{{first}"region":{{"code":"GM0119","name":"Meppel"}},"title":"t","text":"x",
                {language}"published":"2026-05-30"}}"#
            )
        };
        assert_eq!(author(&data(r#""firstName":"Anna","#, "")).as_deref(), Some("Anna"));
        assert_eq!(author(&data("", "")).as_deref(), Some("Iemand uit Meppel"));
        let english = data("", r#""language":"en-GB","#);
        assert_eq!(author(&english).as_deref(), Some("Someone from Meppel"));
        assert_eq!(author("{}"), None);
    }
}
