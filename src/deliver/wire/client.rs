//! The HTTP client with limits of `http`, with one deadline and the address guard.

use std::error::Error as StdError;
use std::time::Duration;

use bytes::Bytes;
use reqwest::header::CONTENT_TYPE;
use url::{Host, Url};

use crate::clock::Clock;
use crate::config::Webhook;
use crate::http::{Authorities, read_capped, wish};
use crate::metrics::Outcome;
use crate::partner::{Partner, Push};

use super::answer::Answer;
use super::guard::{self, Guard};
use super::request::Message;
use super::sign::Keys;

/// More of an answer is not read; a digest for each kind and region fits.
const ANSWER_BYTES_MAX: usize = 256 * 1024;
/// More of a partner's page is not read, nor for longer than this.
const PAGE_BYTES_MAX: usize = 4 * 1024 * 1024;
const PAGE_TIME_MAX: Duration = Duration::from_secs(15);

/// The client for every partner. Cheap to clone.
#[derive(Debug, Clone)]
pub(crate) struct Client {
    guarded: reqwest::Client,
    unguarded: reqwest::Client,
    clock: Clock,
    #[cfg(test)]
    network: Option<std::sync::Arc<dyn Network>>,
}

/// What the simulation puts in the place of sockets.
#[cfg(test)]
pub(crate) trait Network: std::fmt::Debug + Send + Sync {
    /// Carries a message to this endpoint, and the answer back.
    fn carry(
        &self,
        endpoint: &Url,
        message: &Message,
    ) -> std::pin::Pin<Box<dyn Future<Output = Answer> + Send + '_>>;
}

/// Where and under which agreement a message goes.
#[derive(Debug, Clone)]
pub(crate) struct Target {
    endpoint: Url,
    keys: Keys,
    /// None for what is sent under no agreement.
    agreement: Option<String>,
    timeout: Duration,
    allow_private: bool,
}

/// A body and the headers of Standard Webhooks over it.
#[derive(Debug)]
pub(crate) struct Signed<'m> {
    pub(crate) id: &'m str,
    /// Seconds since 1970.
    pub(crate) timestamp: i64,
    pub(crate) signature: String,
    pub(crate) body: Bytes,
}

/// An answer as it came.
#[derive(Debug)]
pub(crate) struct Raw {
    pub(crate) status: u16,
    /// `Retry-After`.
    pub(crate) wish: Option<Duration>,
    /// None when it is longer than anything that we would read.
    pub(crate) body: Option<Vec<u8>>,
}

/// How a message fared.
#[derive(Debug)]
pub(crate) struct Sent {
    pub(crate) answer: Answer,
    /// The status code; none when no whole answer came.
    pub(crate) status: Option<u16>,
}

impl From<Answer> for Sent {
    fn from(answer: Answer) -> Self {
        Self { answer, status: None }
    }
}

impl Target {
    /// The header `webhook-signature` of this partner's keys.
    pub(crate) fn sign(&self, id: &str, timestamp: i64, body: &[u8]) -> String {
        self.keys.sign(id, timestamp, body)
    }

    /// The endpoint of this partner; none if it has no usable one.
    #[must_use]
    pub(crate) fn of(partner: &Partner, push: &Push) -> Option<Self> {
        Some(Self {
            endpoint: push.endpoint.clone(),
            keys: Keys::read(&push.secrets).ok()?,
            agreement: Some(partner.agreement.hash.clone()),
            timeout: push.timeout,
            allow_private: push.allow_private,
        })
    }

    /// Our own endpoint; none if it has no usable secret.
    #[must_use]
    pub(crate) fn own(webhook: &Webhook) -> Option<Self> {
        Some(Self {
            endpoint: webhook.url.clone(),
            keys: Keys::read(&webhook.secrets).ok()?,
            agreement: None,
            timeout: webhook.timeout,
            allow_private: webhook.allow_private,
        })
    }
}

/// https, or http on loopback when that is allowed; and a public address unless not asked for.
fn is_permitted(url: &Url, allow_private: bool) -> bool {
    let host = url.host();
    let at_home = match host {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(v4)) => v4.is_loopback(),
        Some(Host::Ipv6(v6)) => v6.is_loopback(),
        None => false,
    };
    let secret = url.scheme() == "https";
    (secret || at_home && allow_private) && (allow_private || guard::vet_host(host).is_ok())
}

impl Client {
    /// Sets up TLS with the machine's certificate authorities.
    ///
    /// # Errors
    /// When TLS can not be set up.
    pub(crate) fn new(clock: Clock) -> Result<Self, reqwest::Error> {
        let authorities = Authorities::of_the_machine();
        Ok(Self {
            guarded: authorities.client().dns_resolver(Guard::default()).build()?,
            unguarded: authorities.client().build()?,
            clock,
            #[cfg(test)]
            network: None,
        })
    }

    /// A client without sockets.
    #[cfg(test)]
    pub(crate) fn over(network: std::sync::Arc<dyn Network>, clock: Clock) -> Self {
        let plain = Authorities::none().client().build().expect("a client");
        Self { guarded: plain.clone(), unguarded: plain, clock, network: Some(network) }
    }

    /// Sends a message once. The deadline covers connecting, headers and body of the answer.
    pub(crate) async fn send(&self, target: &Target, message: &Message) -> Sent {
        #[cfg(test)]
        if let Some(network) = &self.network {
            let carried = network.carry(&target.endpoint, message);
            let answer = tokio::time::timeout(target.timeout, carried).await;
            return answer.unwrap_or(Answer::failed(Outcome::TimedOut)).into();
        }
        let Message { id, body } = message;
        let (timestamp, body) = (self.clock.now().as_second(), body.clone());
        let signature = target.keys.sign(id, timestamp, &body);
        match self.post(target, Signed { id, timestamp, signature, body }).await {
            Ok(Raw { status, wish, body }) => {
                let answer = Answer::read(status, wish, body.as_deref());
                Sent { answer, status: Some(status) }
            }
            Err(outcome) => Answer::failed(outcome).into(),
        }
    }

    /// Sends a body under these headers once, whatever they say.
    ///
    /// # Errors
    /// When no whole answer came within the deadline.
    pub(crate) async fn post(&self, target: &Target, signed: Signed<'_>) -> Result<Raw, Outcome> {
        if !is_permitted(&target.endpoint, target.allow_private) {
            return Err(Outcome::AddressRefused);
        }
        match tokio::time::timeout(target.timeout, self.exchange(target, signed)).await {
            Ok(exchanged) => exchanged.map_err(|error| outcome_of(&error)),
            Err(_elapsed) => Err(Outcome::TimedOut),
        }
    }

    /// Fetches a partner's page, as text; none when it does not come whole and in time.
    pub(crate) async fn fetch(&self, page: &Url, allow_private: bool) -> Option<String> {
        if !is_permitted(page, allow_private) {
            return None;
        }
        let client = if allow_private { &self.unguarded } else { &self.guarded };
        let fetched = async {
            let response = client.get(page.clone()).send().await.ok()?;
            let fine = response.status().is_success();
            let body = read_capped(response, PAGE_BYTES_MAX).await.ok()??;
            fine.then(|| String::from_utf8_lossy(&body).into_owned())
        };
        tokio::time::timeout(PAGE_TIME_MAX, fetched).await.ok()?
    }

    async fn exchange(&self, target: &Target, signed: Signed<'_>) -> reqwest::Result<Raw> {
        let client = if target.allow_private { &self.unguarded } else { &self.guarded };
        let mut request = client
            .post(target.endpoint.clone())
            .header(CONTENT_TYPE, "application/cloudevents+json")
            .header("webhook-id", signed.id)
            .header("webhook-timestamp", signed.timestamp)
            .header("webhook-signature", signed.signature);
        if let Some(agreement) = &target.agreement {
            request = request.header("luik-agreement", agreement);
        }
        let response = request.body(signed.body).send().await?;
        let status = response.status().as_u16();
        let wish = wish(response.headers(), self.clock.now());
        let body = read_capped(response, ANSWER_BYTES_MAX).await?;
        Ok(Raw { status, wish, body })
    }
}

/// Only the guard's own refusal is told apart; everything else did not get through.
fn outcome_of(error: &reqwest::Error) -> Outcome {
    let mut cause: Option<&(dyn StdError + 'static)> = Some(error);
    while let Some(this) = cause {
        if this.downcast_ref::<guard::Refused>().is_some() {
            return Outcome::AddressRefused;
        }
        cause = this.source();
    }
    Outcome::Unreachable
}
