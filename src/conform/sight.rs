//! What can be seen of a receiver's holdings: by its digest, or by its page.

use std::time::Duration;

use serde_json::json;

use crate::model::{Digest, PublicId};

use super::item::Version;
use super::talk::Talk;

/// Looks before it is given up: other messages may come between.
const LOOKS: u32 = 3;
const PAUSE: Duration = Duration::from_millis(150);
/// Versions among which those that are held are looked for.
const VERSIONS_MAX: usize = 16;

/// Is it held?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Held {
    Yes,
    No,
    /// Nothing shows it.
    Unseen,
}

/// What is known of what the receiver holds.
#[derive(Debug)]
pub(super) struct Sight<'a> {
    talk: &'a Talk,
    /// What it held before the first test item.
    base: Option<Digest>,
    /// Everything that was sent.
    sent: Vec<Version>,
    /// Its page, once a test item was seen on it.
    page: Option<usize>,
    contradicted: bool,
}

impl<'a> Sight<'a> {
    pub(super) fn new(talk: &'a Talk, base: Option<Digest>) -> Self {
        Self { talk, base, sent: Vec::new(), page: None, contradicted: false }
    }

    pub(super) fn has_digest(&self) -> bool {
        self.base.is_some()
    }

    /// This may be held from now on.
    pub(super) fn sends(&mut self, version: Version) {
        if !self.sent.contains(&version) && self.sent.len() < VERSIONS_MAX {
            self.sent.push(version);
        }
    }

    /// Is this very version held?
    pub(super) async fn holds(&mut self, version: Version) -> Held {
        match self.by_digest().await {
            Some(held) if held.contains(&version) => Held::Yes,
            Some(held) if held.iter().any(|one| one.id == version.id) => Held::No,
            held => self.check(held.map(|_| false), version.id).await,
        }
    }

    /// Is any version of this item held?
    pub(super) async fn holds_any(&mut self, id: PublicId) -> Held {
        let held = self.by_digest().await.map(|held| held.iter().any(|one| one.id == id));
        self.check(held, id).await
    }

    /// What the page shows is held, whatever the digest says; then that is not asked any more.
    async fn check(&mut self, by_digest: Option<bool>, id: PublicId) -> Held {
        match by_digest {
            Some(true) => Held::Yes,
            Some(false) if self.shows(id).await != Held::Yes => Held::No,
            Some(false) => {
                (self.base, self.contradicted) = (None, true);
                Held::Yes
            }
            None => self.shows(id).await,
        }
    }

    /// Did the page show something that the digest leaves out?
    pub(super) fn is_contradicted(&self) -> bool {
        self.contradicted
    }

    /// The versions that are held, if the digest tells.
    pub(super) async fn by_digest(&self) -> Option<Vec<Version>> {
        let base = self.base?;
        for _ in 0..LOOKS {
            let mut digest = self.talk.other("luik.ping", &json!({})).await.digest?;
            digest.turn(base);
            if let Some(held) = subset(&self.sent, digest) {
                return Some(held);
            }
            tokio::time::sleep(PAUSE).await;
        }
        None
    }

    /// Is a link of this item on the page?
    pub(super) async fn shows(&mut self, id: PublicId) -> Held {
        let link = format!("/r/{}/{id}", self.talk.partner);
        if let Some(page) = self.text().await {
            return if page.contains(&link) { Held::Yes } else { Held::No };
        }
        for (place, page) in self.talk.pages.iter().enumerate() {
            if self.talk.page(page).await.is_some_and(|text| text.contains(&link)) {
                self.page = Some(place);
                return Held::Yes;
            }
        }
        Held::Unseen
    }

    /// The page on which test items were seen, as it is now.
    pub(super) async fn text(&self) -> Option<String> {
        let page = self.talk.pages.get(self.page?)?;
        self.talk.page(page).await
    }
}

/// Which of these make this digest; none if no choice of them does.
fn subset(versions: &[Version], digest: Digest) -> Option<Vec<Version>> {
    let digests: Vec<Digest> = versions.iter().map(|version| version.digest()).collect();
    let choices = 1_u32.checked_shl(u32::try_from(versions.len()).ok()?)?;
    let is_chosen = |choice: u32, place: usize| (choice >> place) & 1 == 1;
    let fitting = (0..choices).find(|choice| {
        let mut sum = Digest::EMPTY;
        let chosen = digests.iter().enumerate().filter(|(place, _)| is_chosen(*choice, *place));
        chosen.for_each(|(_, one)| sum.turn(*one));
        sum == digest
    })?;
    let chosen = versions.iter().enumerate().filter(|(place, _)| is_chosen(fitting, *place));
    Some(chosen.map(|(_, version)| *version).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_tells_which_versions_are_held() {
        let versions: Vec<Version> = (1..=8).map(Version::new).collect();
        let mut digest = versions[1].digest();
        digest.turn(versions[6].digest());
        assert_eq!(subset(&versions, digest), Some(vec![versions[1], versions[6]]));
        assert_eq!(subset(&versions, Digest::EMPTY), Some(vec![]));
        assert_eq!(subset(&versions, Digest::of("other", 1)), None);
    }
}
