//! One message and its answer, with headers as the point needs them.

use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use url::Url;

use crate::clock::Clock;
use crate::config::Secret;
use crate::deliver::wire::{Client, Keys, Raw, Signed, Target};
use crate::metrics;
use crate::model::{Digest, PartnerId};
use crate::partner::Partner;

use super::Error;
use super::item::Place;

/// Longest that a throttling receiver is waited for, in sum.
const PATIENCE: Duration = Duration::from_secs(60);
/// A wait for a receiver that throttles and does not say how long.
const UNSAID: Duration = Duration::from_secs(1);
/// So often a throttled message is tried.
const TRIES: u32 = 4;
/// How long ago an old message was signed.
const OLD: i64 = 600;

/// How a message is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Signing {
    /// As it should be.
    Good,
    /// By a key that the receiver does not know.
    Wrong,
    /// By such a key, and by the right one.
    Both,
    /// As it should have been ten minutes ago.
    Old,
}

/// What came back.
#[derive(Debug, Clone, Default)]
pub(super) struct Heard {
    /// The status; none when nothing came in time.
    pub(super) status: Option<u16>,
    /// What it holds, if it says so.
    pub(super) digest: Option<Digest>,
    /// In a word, why nothing came.
    pub(super) silence: Option<&'static str>,
}

impl Heard {
    pub(super) fn accepts(&self) -> bool {
        self.status.is_some_and(|status| (200..300).contains(&status))
    }

    /// In words.
    pub(super) fn words(&self) -> String {
        match (self.status, self.silence) {
            (Some(status), _) => format!("answered {status}"),
            (None, Some(why)) => format!("no answer ({why})"),
            (None, None) => "no answer".to_owned(),
        }
    }
}

/// A conversation with one receiver.
#[derive(Debug)]
pub(super) struct Talk {
    client: Client,
    target: Target,
    stranger: Keys,
    clock: Clock,
    source: String,
    pub(super) partner: PartnerId,
    pub(super) place: Place,
    pub(super) lease: Duration,
    pub(super) pages: Vec<Url>,
    allow_private: bool,
    throttled: std::sync::Mutex<Throttled>,
}

/// What was seen of throttling.
#[derive(Debug, Default, Clone, Copy)]
pub(super) struct Throttled {
    pub(super) times: u32,
    pub(super) unsaid: u32,
    pub(super) given_up: u32,
    waited: Duration,
}

impl Talk {
    /// Everything that is needed to send and to look.
    pub(super) fn new(
        partner: &Partner,
        public_url: &Url,
        page: Option<Url>,
        clock: &Clock,
    ) -> Result<Self, Error> {
        let push = partner.push.as_ref().ok_or(Error::NoPush)?;
        let target = Target::of(partner, push).ok_or(Error::NoSecret)?;
        let random: String = (0..32).map(|_| fastrand::alphanumeric()).collect();
        let stranger = Secret::new(&format!("whsec_{random}"));
        let pages = match page.or_else(|| partner.probe.clone()) {
            Some(page) => vec![page],
            // Many a receiver shows what it holds where it takes it.
            None => [Some(push.endpoint.clone()), push.endpoint.join("/").ok()]
                .into_iter()
                .flatten()
                .collect(),
        };
        Ok(Self {
            client: Client::new(clock.clone()).map_err(|_| Error::Client)?,
            target,
            stranger: Keys::read(&[stranger]).map_err(|_| Error::NoSecret)?,
            clock: clock.clone(),
            source: public_url.as_str().trim_end_matches('/').to_owned(),
            partner: partner.id.clone(),
            place: Place::within(&partner.scope).ok_or(Error::NoPush)?,
            lease: partner.removal.lease,
            pages,
            allow_private: push.allow_private,
            throttled: std::sync::Mutex::default(),
        })
    }

    pub(super) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// What every referral link of this partner begins with.
    pub(super) fn referral(&self) -> String {
        format!("{}/r/{}", self.source, self.partner)
    }

    pub(super) fn throttled(&self) -> Throttled {
        *self.throttled.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn note(&self, change: impl FnOnce(&mut Throttled)) -> Throttled {
        let mut throttled =
            self.throttled.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        change(&mut throttled);
        *throttled
    }

    /// An event around this data, and the id of the message.
    pub(super) fn event(&self, kind: &str, data: &Value) -> (String, Value) {
        let id = format!("msg_test{:016x}", fastrand::u64(..));
        let event = json!({
            "specversion": "1.0", "id": id, "source": self.source, "type": kind,
            "time": self.now().to_string(), "datacontenttype": "application/json", "data": data,
        });
        (id, event)
    }

    /// Sends items, signed as they should be.
    pub(super) async fn items(&self, items: &[Value]) -> Heard {
        let (id, event) = self.event("luik.items.changed", &json!({ "items": items }));
        self.send(&id, &event, Signing::Good).await
    }

    /// Sends a message of another type.
    pub(super) async fn other(&self, kind: &str, data: &Value) -> Heard {
        let (id, event) = self.event(kind, data);
        self.send(&id, &event, Signing::Good).await
    }

    /// Sends a message; a receiver that throttles is waited for, as it asks.
    pub(super) async fn send(&self, id: &str, event: &Value, signing: Signing) -> Heard {
        for _ in 0..TRIES {
            let (heard, wish) = self.once(id, event, signing).await;
            let throttles = match heard.status {
                Some(429) => true,
                Some(503) => wish.is_some(),
                Some(_) | None => false,
            };
            if !throttles {
                return heard;
            }
            let wait = wish.unwrap_or(UNSAID);
            let now = self.note(|throttled| {
                throttled.times += 1;
                throttled.unsaid += u32::from(wish.is_none());
                throttled.waited += wait;
            });
            if now.waited > PATIENCE {
                break;
            }
            tokio::time::sleep(wait).await;
        }
        self.note(|throttled| throttled.given_up += 1);
        Heard { status: Some(429), ..Heard::default() }
    }

    async fn once(&self, id: &str, event: &Value, signing: Signing) -> (Heard, Option<Duration>) {
        let body = bytes::Bytes::from(event.to_string());
        let now = self.now().as_second();
        let timestamp = if signing == Signing::Old { now - OLD } else { now };
        let good = || self.target.sign(id, timestamp, &body);
        let wrong = || self.stranger.sign(id, timestamp, &body);
        let signature = match signing {
            Signing::Good | Signing::Old => good(),
            Signing::Wrong => wrong(),
            Signing::Both => format!("{} {}", wrong(), good()),
        };
        match self.client.post(&self.target, Signed { id, timestamp, signature, body }).await {
            Ok(Raw { status, wish, body }) => {
                let answer = body.and_then(|body| serde_json::from_slice::<Value>(&body).ok());
                let digest = answer.as_ref().and_then(|answer| answer.get("digest")?.as_str());
                let digest = digest.and_then(|text| text.parse().ok());
                (Heard { status: Some(status), digest, silence: None }, wish)
            }
            Err(outcome) => {
                let silence = Some(metrics::Outcome::as_str(outcome));
                (Heard { status: None, digest: None, silence }, None)
            }
        }
    }

    /// A page of the receiver's, as text.
    pub(super) async fn page(&self, page: &Url) -> Option<String> {
        self.client.fetch(page, self.allow_private).await
    }
}
