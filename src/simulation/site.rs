//! Partners of the simulation: real holdings, and what may be wrong with them.

use std::time::Duration;

use serde_json::json;

use crate::deliver::wire::Answer;
use crate::metrics::Outcome;
use crate::model::PublicId;
use crate::receive::{Holdings, Message, carry_out};

/// How a partner behaves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Manner {
    /// Applies and answers.
    Healthy,
    /// Never answers, and does not apply.
    Hangs,
    /// Applies, and answers after the deadline.
    Drips,
    /// 500, after half of the messages were applied.
    Breaks,
    /// 429, with long wishes.
    Throttles,
    /// 410.
    Gone,
    /// Applies, and answers nonsense, such as ids of another batch.
    Babbles,
    /// Refuses every second removal by name.
    Rejects,
    /// 200, but keeps what was taken back.
    Keeps,
    /// 200, but stores nothing new.
    Forgets,
    /// Loses its tombstones.
    LosesTombstones,
}

impl Manner {
    pub(super) const ALL: [Self; 11] = [
        Self::Healthy,
        Self::Hangs,
        Self::Drips,
        Self::Breaks,
        Self::Throttles,
        Self::Gone,
        Self::Babbles,
        Self::Rejects,
        Self::Keeps,
        Self::Forgets,
        Self::LosesTombstones,
    ];

    /// Says that it did what it did not do?
    pub(super) fn lies(self) -> bool {
        matches!(self, Self::Keeps | Self::Forgets | Self::LosesTombstones)
    }
}

/// One partner.
#[derive(Debug)]
pub(super) struct Site {
    pub(super) manner: Manner,
    /// Tells what it holds.
    pub(super) tells: bool,
    /// Has ever lied: what it holds proves nothing against the gateway.
    pub(super) lied: bool,
    /// Nothing ever goes wrong with it or on the way to it.
    pub(super) clean: bool,
    pub(super) holdings: Holdings,
    /// Messages with items that arrived.
    pub(super) taken: u32,
}

impl Site {
    pub(super) fn new(clean: bool) -> Self {
        Self {
            manner: Manner::Healthy,
            tells: fastrand::bool(),
            lied: false,
            clean,
            holdings: Holdings::default(),
            taken: 0,
        }
    }

    /// What is held and would be shown, whatever the lease says.
    pub(super) fn held(&self) -> Vec<(PublicId, u64)> {
        let buckets = self.holdings.buckets();
        let lists = buckets.iter().flat_map(|bucket| {
            self.holdings.list(&crate::receive::Asked {
                kind: bucket.kind.to_owned(),
                region: bucket.region.to_string(),
                after: None,
                limit: 1_000,
            })
        });
        lists.map(|held| (held.id.parse().expect("an id"), held.modified)).collect()
    }

    /// A message arrives; what is answered, and how much later.
    pub(super) fn takes(&mut self, body: &[u8]) -> (Answer, Duration) {
        let message = Message::parse(body).expect("a message");
        self.taken += u32::from(matches!(message, Message::Items(_)));
        self.lied |= self.manner.lies();
        let (now, late) = (Duration::ZERO, Duration::from_secs(3));
        match self.manner {
            Manner::Hangs => (Answer::failed(Outcome::Unreachable), Duration::from_secs(3600)),
            Manner::Gone => (Answer::read(410, None, None), now),
            Manner::Throttles => {
                let wish = Duration::from_secs(fastrand::u64(0..90_000));
                (Answer::read(429, Some(wish), None), now)
            }
            Manner::Breaks => {
                if fastrand::bool() {
                    self.apply(message);
                }
                (Answer::read(500, None, None), now)
            }
            Manner::Drips => (self.apply(message), late),
            Manner::Babbles => {
                self.apply(message);
                (babble(), now)
            }
            Manner::Rejects => (self.reject(message), now),
            Manner::Healthy | Manner::Keeps | Manner::Forgets | Manner::LosesTombstones => {
                (self.apply(message), now)
            }
        }
    }

    fn apply(&mut self, message: Message) -> Answer {
        let message = match message {
            Message::Items(items) => Message::Items(
                items
                    .into_iter()
                    .filter(|item| item.as_ref().is_ok_and(|i| self.heeds(i)))
                    .collect(),
            ),
            other @ (Message::Lease(_) | Message::Asked(_) | Message::Nothing) => other,
        };
        let removed: Vec<_> = match &message {
            Message::Items(items) if self.manner == Manner::LosesTombstones => {
                items.iter().flatten().filter(|item| item.data.is_none()).cloned().collect()
            }
            Message::Items(_) | Message::Lease(_) | Message::Asked(_) | Message::Nothing => vec![],
        };
        let answer = carry_out(message, &mut self.holdings).expect("room");
        for item in removed {
            self.holdings.forget_tombstone(&item.id);
        }
        if !self.tells {
            return Answer::read(200, None, Some(b"ok"));
        }
        let body = serde_json::to_vec(&answer).expect("JSON");
        Answer::read(200, None, Some(&body))
    }

    fn heeds(&self, item: &crate::receive::Item) -> bool {
        match self.manner {
            Manner::Keeps => item.data.is_some(),
            Manner::Forgets => item.data.is_none(),
            Manner::Healthy
            | Manner::Hangs
            | Manner::Drips
            | Manner::Breaks
            | Manner::Throttles
            | Manner::Gone
            | Manner::Babbles
            | Manner::Rejects
            | Manner::LosesTombstones => true,
        }
    }

    /// Refuses some, by name, and applies the others.
    fn reject(&mut self, message: Message) -> Answer {
        let Message::Items(items) = message else { return self.apply(message) };
        let (refused, taken): (Vec<_>, Vec<_>) =
            items.into_iter().flatten().partition(|item| item.data.is_none() && fastrand::bool());
        self.apply(Message::Items(taken.into_iter().map(Ok).collect()));
        let refused: Vec<_> =
            refused.iter().map(|item| json!({ "id": *item.id, "reason": "not now" })).collect();
        let body = json!({ "rejected": refused }).to_string();
        Answer::read(200, None, Some(body.as_bytes()))
    }
}

/// A 200 that says nothing true.
fn babble() -> Answer {
    let id = PublicId::from_bytes([fastrand::u8(..); 16]);
    let body = match fastrand::u8(0..4) {
        0 => "{\"confirmed\":[".to_owned(),
        1 => json!({ "confirmed": [id.to_string()], "rejected": [{ "id": id.to_string() }] })
            .to_string(),
        2 => json!({ "confirmed": 7, "rejected": "all", "digest": "no" }).to_string(),
        _ => "\u{fffd}\u{0}".to_owned(),
    };
    Answer::read(200, None, Some(body.as_bytes()))
}
