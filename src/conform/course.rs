//! The course of a run: what is sent in which order, and what follows from what is seen.

use std::time::Duration;

use serde_json::{Value, json};

use super::item::{UNICODE, Version, with_unknown_members};
use super::point::{Outcome, Point};
use super::report::Row;
use super::sight::{Held, Sight};
use super::talk::{Heard, Signing, Talk};

/// How long the lease lasts that is to lapse, in milliseconds.
const LEASE_MS: i64 = 2_000;
/// How much longer than that it is waited: pages may be made in whole seconds.
const SLACK: Duration = Duration::from_millis(1_200);
/// Half a century in milliseconds: test items come after every real change number that is likely,
/// and stay below 2^53.
const ABOVE: u64 = 1_577_880_000_000;

/// A run.
#[derive(Debug)]
pub(super) struct Course<'a> {
    talk: &'a Talk,
    sight: Sight<'a>,
    number: u64,
    rows: Vec<Row>,
    /// Items that may be held and have to go.
    open: Vec<Version>,
}

impl<'a> Course<'a> {
    pub(super) fn new(talk: &'a Talk) -> Self {
        let now = u64::try_from(talk.now().as_millisecond()).unwrap_or_default();
        let sight = Sight::new(talk, None);
        Self { talk, sight, number: ABOVE + now, rows: Vec::new(), open: Vec::new() }
    }

    /// Tries everything and takes everything back.
    pub(super) async fn run(mut self) -> Vec<Row> {
        let ping = self.talk.other("luik.ping", &json!({})).await;
        self.sight = Sight::new(self.talk, ping.digest);
        self.tell(Point::Ping, &ping, ping.accepts());
        // Whatever lease it has: from here on there is one that lasts.
        self.renew(self.talk.lease).await;
        self.life_of_an_item().await;
        self.strangers().await;
        self.tolerance().await;
        self.unicode_and_lease().await;
        self.take_back().await;
        self.digest().await;
        self.throttle();
        self.rows.sort_by_key(|row| row.point);
        self.rows
    }

    fn next(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    fn fresh(&mut self) -> Version {
        let number = self.next();
        let version = Version::new(number);
        self.open.push(version);
        self.sight.sends(version);
        version
    }

    fn updated(&self, version: Version) -> Value {
        version.updated(self.talk.place, &self.talk.referral())
    }

    /// Create, duplicate, update, older, retract, late.
    async fn life_of_an_item(&mut self) {
        let first = self.fresh();
        let (id, event) =
            self.talk.event("luik.items.changed", &json!({ "items": [self.updated(first)] }));
        let heard = self.talk.send(&id, &event, Signing::Good).await;
        let held = self.sight.holds(first).await;
        self.judge(Point::Create, &heard, (held, Held::Yes));
        let heard = self.talk.send(&id, &event, Signing::Good).await;
        let held = self.sight.holds(first).await;
        self.judge(Point::Duplicate, &heard, (held, Held::Yes));

        let (older, newer) = (first.at(self.next()), first.at(self.next()));
        self.sight.sends(older);
        self.sight.sends(newer);
        let heard = self.talk.items(&[self.updated(newer)]).await;
        let held = self.exactly(newer).await;
        self.judge(Point::Update, &heard, (held, Held::Yes));
        let heard = self.talk.items(&[self.updated(older)]).await;
        let held = self.exactly(newer).await;
        self.judge(Point::OlderAfterNewer, &heard, (held, Held::Yes));

        let gone = first.at(self.next());
        let heard = self.talk.items(&[gone.deleted(self.talk.place)]).await;
        let held = self.sight.holds_any(first.id).await;
        self.judge(Point::Retract, &heard, (held, Held::No));
        let unknown = Version::new(self.next());
        let heard = self.talk.items(&[unknown.deleted(self.talk.place)]).await;
        self.tell(Point::RetractUnknown, &heard, heard.accepts());
        let heard = self.talk.items(&[self.updated(newer)]).await;
        let held = self.sight.holds_any(first.id).await;
        self.judge(Point::LateCreate, &heard, (held, Held::No));
    }

    /// Is this version held, by digest, or shown with its number in the title?
    async fn exactly(&mut self, version: Version) -> Held {
        if self.sight.has_digest() {
            return self.sight.holds(version).await;
        }
        match self.sight.shows(version.id).await {
            Held::Yes => match self.sight.text().await {
                Some(text) if text.contains(&version.modified.to_string()) => Held::Yes,
                Some(_) => Held::No,
                None => Held::Unseen,
            },
            other @ (Held::No | Held::Unseen) => other,
        }
    }

    /// Messages that do not come from the gateway, or not now.
    async fn strangers(&mut self) {
        for (point, signing) in
            [(Point::BadSignature, Signing::Wrong), (Point::OldTimestamp, Signing::Old)]
        {
            let item = self.fresh();
            let data = json!({ "items": [self.updated(item)] });
            let (id, event) = self.talk.event("luik.items.changed", &data);
            let heard = self.talk.send(&id, &event, signing).await;
            let held = self.sight.holds_any(item.id).await;
            let refused = heard.status.is_some_and(|status| (400..500).contains(&status));
            let seen = format!("{}, {}", heard.words(), held_words(held));
            let outcome = match held {
                _ if !refused => Outcome::Fail,
                Held::Yes => Outcome::Fail,
                Held::No | Held::Unseen => Outcome::Pass,
            };
            self.rows.push(Row { point, outcome, seen });
        }
        let item = self.fresh();
        let data = json!({ "items": [self.updated(item)] });
        let (id, event) = self.talk.event("luik.items.changed", &data);
        let heard = self.talk.send(&id, &event, Signing::Both).await;
        let held = self.sight.holds(item).await;
        self.judge(Point::TwoSignatures, &heard, (held, Held::Yes));
    }

    /// What a later gateway may add.
    async fn tolerance(&mut self) {
        let item = self.fresh();
        let data = json!({
            "items": [with_unknown_members(self.updated(item))], "laterInvented": true,
        });
        let (id, mut event) = self.talk.event("luik.items.changed", &data);
        if let Some(event) = event.as_object_mut() {
            event.insert("laterinvented".to_owned(), json!("an extension"));
        }
        let heard = self.talk.send(&id, &event, Signing::Good).await;
        let held = self.sight.holds(item).await;
        self.judge(Point::UnknownField, &heard, (held, Held::Yes));
        let heard = self.talk.other("luik.later.invented", &json!({ "any": 1 })).await;
        self.tell(Point::UnknownType, &heard, heard.accepts());
    }

    /// Both need the page: a digest says nothing of what is shown.
    async fn unicode_and_lease(&mut self) {
        let item = self.fresh();
        let heard = self.talk.items(&[self.updated(item)]).await;
        let seen = self.sight.shows(item.id).await;
        let text = if seen == Held::Yes { self.sight.text().await } else { None };
        let Some(text) = text else {
            let why = format!("{}; no page shows the item: declare [probe] page", heard.words());
            for point in [Point::Unicode, Point::LeaseLapse] {
                let outcome = Outcome::Unseen;
                self.rows.push(Row { point, outcome, seen: why.clone() });
            }
            return;
        };
        let through = text.contains(UNICODE) || htmlize::unescape(&*text).contains(UNICODE);
        let outcome = if through { Outcome::Pass } else { Outcome::Fail };
        let says = if through { "the page shows the text whole" } else { "the text was changed" };
        self.rows.push(Row { point: Point::Unicode, outcome, seen: says.to_owned() });
        self.lease(item).await;
    }

    async fn lease(&mut self, item: Version) {
        let short = Duration::from_millis(u64::try_from(LEASE_MS).unwrap_or_default());
        let heard = self.renew(short).await;
        tokio::time::sleep(short + SLACK).await;
        let after = self.sight.shows(item.id).await;
        let again = self.renew(self.talk.lease).await;
        let renewed = self.sight.shows(item.id).await;
        let fine = heard.accepts() && again.accepts();
        let outcome = match (after, renewed) {
            _ if !fine => Outcome::Fail,
            (Held::No, Held::Yes) => Outcome::Pass,
            (Held::Unseen, _) | (_, Held::Unseen) => Outcome::Unseen,
            (Held::Yes, _) | (Held::No, Held::No) => Outcome::Fail,
        };
        let words = |held| match held {
            Held::Yes => "shown",
            Held::No => "hidden",
            Held::Unseen => "unseen",
        };
        let seen = format!("{}; after the lease {}", heard.words(), words(after));
        let seen = format!("{seen}, after its renewal {}", words(renewed));
        self.rows.push(Row { point: Point::LeaseLapse, outcome, seen });
    }

    /// A lease from now on.
    async fn renew(&self, lease: Duration) -> Heard {
        let until = self.talk.now().checked_add(lease).unwrap_or(jiff::Timestamp::MAX);
        let data = json!({
            "validUntil": until.to_string(), "upTo": self.number, "count": 0,
            "digest": "0".repeat(64),
        });
        self.talk.other("luik.lease.renewed", &data).await
    }

    /// Nothing of the test stays. One by one: a receiver may refuse what it never took.
    async fn take_back(&mut self) {
        for item in std::mem::take(&mut self.open) {
            let gone = item.at(self.next()).deleted(self.talk.place);
            self.talk.items(&[gone]).await;
        }
    }

    /// After everything was taken back it is the digest of before.
    async fn digest(&mut self) {
        let (outcome, seen) = if self.sight.is_contradicted() {
            (Outcome::Fail, "its page shows items that it leaves out")
        } else if self.sight.has_digest() {
            match self.sight.by_digest().await {
                Some(held) if held.is_empty() => (Outcome::Pass, "it fits what is held"),
                Some(_) | None => (Outcome::Fail, "it does not fit what should be held"),
            }
        } else {
            (Outcome::Unseen, "not offered: differences can not be found by it")
        };
        self.rows.push(Row { point: Point::Digest, outcome, seen: seen.to_owned() });
    }

    fn throttle(&mut self) {
        let throttled = self.talk.throttled();
        let (outcome, seen) = match (throttled.times, throttled.unsaid, throttled.given_up) {
            (0, ..) => (Outcome::Pass, "never throttled".to_owned()),
            (times, 0, 0) => {
                (Outcome::Pass, format!("{times} times, with Retry-After; then accepted"))
            }
            (times, _, 0) => (Outcome::Fail, format!("{times} times, not always with Retry-After")),
            (times, ..) => {
                (Outcome::Fail, format!("{times} times, and not accepted after the wait"))
            }
        };
        self.rows.push(Row { point: Point::Throttle, outcome, seen });
    }

    /// A point that the status alone decides.
    fn tell(&mut self, point: Point, heard: &Heard, fine: bool) {
        let outcome = if fine { Outcome::Pass } else { Outcome::Fail };
        self.rows.push(Row { point, outcome, seen: heard.words() });
    }

    /// A point that is accepted and leaves the item held, or not.
    fn judge(&mut self, point: Point, heard: &Heard, (held, wanted): (Held, Held)) {
        let outcome = outcome(heard.accepts(), held, wanted);
        let seen = format!("{}, {}", heard.words(), held_words(held));
        self.rows.push(Row { point, outcome, seen });
    }
}

fn outcome(accepted: bool, held: Held, wanted: Held) -> Outcome {
    match held {
        _ if !accepted => Outcome::Fail,
        Held::Unseen => Outcome::Unseen,
        held if held == wanted => Outcome::Pass,
        Held::Yes | Held::No => Outcome::Fail,
    }
}

fn held_words(held: Held) -> &'static str {
    match held {
        Held::Yes => "held",
        Held::No => "not held",
        Held::Unseen => "neither digest nor page shows whether it is held",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_point_passes_only_when_it_was_seen() {
        assert_eq!(outcome(true, Held::Yes, Held::Yes), Outcome::Pass);
        assert_eq!(outcome(true, Held::No, Held::Yes), Outcome::Fail);
        assert_eq!(outcome(true, Held::Yes, Held::No), Outcome::Fail);
        assert_eq!(outcome(true, Held::Unseen, Held::No), Outcome::Unseen);
        assert_eq!(outcome(false, Held::No, Held::No), Outcome::Fail);
    }
}
