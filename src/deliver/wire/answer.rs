//! What a partner's answer means (pure).

use std::collections::BTreeSet;
use std::time::Duration;

use serde_json::Value;

use crate::metrics::Outcome;
use crate::model::{Bucket, Digest, PublicId, Region, Sequence};

/// How one request ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Answer {
    /// 2xx: everything was taken, but for what the reply rejects.
    Accepted(Reply),
    /// Anything else.
    Failed {
        /// Which kind of failure.
        outcome: Outcome,
        /// How long the partner asks us to wait.
        wish: Option<Duration>,
    },
}

/// The optional JSON of a 2xx.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Reply {
    /// Items that the partner names as applied.
    pub(crate) confirmed: BTreeSet<PublicId>,
    /// Items that it refuses, one by one.
    pub(crate) rejected: BTreeSet<PublicId>,
    /// What it holds.
    pub(crate) digest: Option<Digest>,
    /// The same by kind and region, when it was asked for.
    pub(crate) buckets: Option<Vec<Bucket>>,
    /// A list of one of these, when it was asked for.
    pub(crate) holdings: Option<Vec<(PublicId, Sequence)>>,
}

impl Answer {
    /// A failure without a wish.
    #[must_use]
    pub(crate) fn failed(outcome: Outcome) -> Self {
        let wish = None;
        Self::Failed { outcome, wish }
    }

    /// Reads status, `Retry-After` and body; a body that was cut is `None`.
    #[must_use]
    pub(crate) fn read(status: u16, wish: Option<Duration>, body: Option<&[u8]>) -> Self {
        let outcome = match status {
            200..=299 => return Self::Accepted(body.map(Reply::read).unwrap_or_default()),
            300..=399 => Outcome::Redirected,
            410 => Outcome::Gone,
            429 => Outcome::Throttled,
            503 if wish.is_some() => Outcome::Throttled,
            400..=499 => Outcome::Refused,
            _ => Outcome::ServerError,
        };
        Self::Failed { outcome, wish }
    }

    /// The label on the metrics page.
    #[must_use]
    pub(crate) fn outcome(&self) -> Outcome {
        match self {
            Self::Accepted(reply) if reply.rejected.is_empty() => Outcome::Accepted,
            Self::Accepted(_) => Outcome::PartlyRejected,
            Self::Failed { outcome, .. } => *outcome,
        }
    }
}

impl Reply {
    /// Reads `{"confirmed":[id,…],"rejected":[{"id","reason"}],"digest":"…"}`. What is not of this
    /// shape is left out: a 2xx is a 2xx.
    fn read(body: &[u8]) -> Self {
        let Ok(Value::Object(reply)) = serde_json::from_slice(body) else {
            return Self::default();
        };
        let list = |key: &str| reply.get(key).and_then(Value::as_array);
        let id = |value: &Value| value.as_str()?.parse::<PublicId>().ok();
        let rejected: BTreeSet<_> =
            list("rejected").into_iter().flatten().filter_map(|each| id(each.get("id")?)).collect();
        let confirmed = list("confirmed")
            .into_iter()
            .flatten()
            .filter_map(id)
            .filter(|id| !rejected.contains(id))
            .collect();
        let digest = reply.get("digest").and_then(digest);
        let buckets = list("buckets").map(|all| all.iter().filter_map(bucket).collect());
        let holdings = list("holdings").map(|all| all.iter().filter_map(holding).collect());
        Self { confirmed, rejected, digest, buckets, holdings }
    }

    /// Forgets whatever was not part of the request.
    pub(crate) fn keep_only(&mut self, sent: &BTreeSet<PublicId>) {
        self.confirmed.retain(|id| sent.contains(id));
        self.rejected.retain(|id| sent.contains(id));
    }
}

fn digest(value: &Value) -> Option<Digest> {
    value.as_str()?.parse().ok()
}

/// `{"kind","region","count","digest"}`
fn bucket(value: &Value) -> Option<Bucket> {
    Some(Bucket {
        kind: value.get("kind")?.as_str()?.parse().ok()?,
        region: Region::from_code(value.get("region")?.as_str()?).ok()?,
        count: value.get("count")?.as_u64()?,
        digest: digest(value.get("digest")?)?,
    })
}

/// `{"id","modified"}`
fn holding(value: &Value) -> Option<(PublicId, Sequence)> {
    let id = value.get("id")?.as_str()?.parse().ok()?;
    Some((id, Sequence::new(value.get("modified")?.as_u64()?)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(byte: u8) -> PublicId {
        PublicId::from_bytes([byte; 16])
    }

    #[test]
    fn every_status_has_one_meaning() {
        let wish = Some(Duration::from_secs(9));
        for (status, wish, outcome) in [
            (200, None, Outcome::Accepted),
            (204, None, Outcome::Accepted),
            (299, None, Outcome::Accepted),
            (100, None, Outcome::ServerError),
            (301, None, Outcome::Redirected),
            (304, None, Outcome::Redirected),
            (307, wish, Outcome::Redirected),
            (400, None, Outcome::Refused),
            (401, None, Outcome::Refused),
            (404, None, Outcome::Refused),
            (410, None, Outcome::Gone),
            (429, None, Outcome::Throttled),
            (429, wish, Outcome::Throttled),
            (500, wish, Outcome::ServerError),
            (503, None, Outcome::ServerError),
            (503, wish, Outcome::Throttled),
            (999, None, Outcome::ServerError),
        ] {
            let answer = Answer::read(status, wish, Some(b"{}"));
            assert_eq!(answer.outcome(), outcome, "{status}");
            if let Answer::Failed { wish: kept, .. } = answer {
                assert_eq!(kept, wish, "{status}");
            }
        }
    }

    #[test]
    fn a_reply_refines_what_was_accepted() {
        let (a, b, c) = (id(1), id(2), id(3));
        let digest = "0f".repeat(32);
        let body = format!(
            r#"{{"confirmed":["{a}","{b}","no id",7],"rejected":[{{"id":"{b}","reason":"x"}},{{"id":"{c}"}},{{}}],"digest":"{digest}","more":1}}"#
        );
        let answer = Answer::read(200, None, Some(body.as_bytes()));
        assert_eq!(answer.outcome(), Outcome::PartlyRejected);
        let Answer::Accepted(mut reply) = answer else {
            panic!("accepted");
        };
        assert_eq!(reply.confirmed, [a].into());
        assert_eq!(reply.rejected, [b, c].into());
        assert_eq!(reply.digest, digest.parse().ok());
        reply.keep_only(&[a, b].into());
        assert_eq!(reply.rejected, [b].into());
    }

    #[test]
    fn a_reply_of_another_shape_accepts_all() {
        for body in ["", "OK", "[]", "null", r#"{"rejected":"all","digest":5}"#, "{\"confirmed\":["]
        {
            let answer = Answer::read(200, None, Some(body.as_bytes()));
            assert_eq!(answer, Answer::Accepted(Reply::default()), "{body}");
        }
        assert_eq!(Answer::read(200, None, None), Answer::Accepted(Reply::default()));
    }

    proptest! {
        #[test]
        fn no_body_breaks_the_reader(status in 100u16..1000, body: Vec<u8>) {
            let answer = Answer::read(status, None, Some(&body));
            prop_assert_eq!(
                matches!(answer, Answer::Accepted(_)),
                (200..300).contains(&status)
            );
        }
    }
}
