//! Who asks: a partner, by a bearer token or by the secret of a feed's address, or somebody at some
//! address; and how often each may.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;

use axum::extract::rejection::RawPathParamsRejection;
use axum::extract::{FromRequestParts, RawPathParams, Request, State};
use axum::http::request::Parts;
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use crate::config::{self, TokenDigest};
use crate::http::{self, Peer, RateLimits, Refusal};
use crate::model::PartnerId;
use crate::partner::{Partner, Status};

use super::Serve;

/// The partner that the path names and the token proves. An unknown partner, one without a feed
/// and a wrong token look the same.
#[derive(Debug, Clone)]
pub(super) struct Caller(pub(super) Arc<Partner>);

impl FromRequestParts<Serve> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Serve) -> Result<Self, Refusal> {
        parts.extensions.get().cloned().ok_or(Refusal::NoToken)
    }
}

/// The partner that the path names and the secret in the path proves. An unknown partner, one
/// without such a feed and a wrong secret look the same: there is nothing.
#[derive(Debug, Clone)]
pub(super) struct Subscriber(pub(super) Arc<Partner>);

impl FromRequestParts<Serve> for Subscriber {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, _: &Serve) -> Result<Self, Refusal> {
        parts.extensions.get().cloned().ok_or(Refusal::UnknownPath)
    }
}

/// What stands at the door.
#[derive(Debug, Clone)]
pub(super) struct Door {
    limits: RateLimits,
    trusted_proxies: Arc<[IpNet]>,
}

impl Door {
    pub(super) fn of(rates: &config::Serve, trusted_proxies: Vec<IpNet>) -> Self {
        Self { limits: RateLimits::new(rates), trusted_proxies: trusted_proxies.into() }
    }

    /// Where the request comes from. Whoever calls without a socket is nobody in particular.
    fn address(&self, parts: &Parts) -> IpAddr {
        let peer = parts.extensions.get().copied();
        let peer = peer.unwrap_or(Peer(Ipv6Addr::UNSPECIFIED.into()));
        http::caller(peer, &parts.headers, &self.trusted_proxies)
    }
}

/// Middleware for the whole router: a request with a token that is valid where it is used counts
/// for that token, and any other for its address, before anything else is done for it.
///
/// # Errors
/// Too many of them.
pub(super) async fn admit(
    State(serve): State<Serve>,
    params: Result<RawPathParams, RawPathParamsRejection>,
    request: Request,
    next: Next,
) -> Result<Response, Refusal> {
    let (mut parts, body) = request.into_parts();
    match proven(&serve, params.ok().as_ref(), &parts) {
        Some((proof, token)) => {
            serve.door.limits.token(token)?;
            match proof {
                Proof::Token(partner) => drop(parts.extensions.insert(Caller(partner))),
                Proof::Secret(partner) => drop(parts.extensions.insert(Subscriber(partner))),
            }
        }
        None => serve.door.limits.address(serve.door.address(&parts))?,
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// How a partner proved who it is; neither is good in the other's place.
enum Proof {
    /// By a bearer token.
    Token(Arc<Partner>),
    /// By the secret in the path.
    Secret(Arc<Partner>),
}

/// The partner that the path names, if what proves it is one of its own.
fn proven(
    serve: &Serve,
    params: Option<&RawPathParams>,
    parts: &Parts,
) -> Option<(Proof, TokenDigest)> {
    let named = |name| params?.iter().find(|(key, _)| *key == name).map(|(_, value)| value);
    let id: PartnerId = named("partner")?.parse().ok()?;
    let partners = serve.tools.registry.current();
    let partner = partners.get(&id).filter(|partner| partner.status != Status::Draft)?;
    if let Some(secret) = named("secret") {
        let (secret, feed) = (TokenDigest::of(secret.as_bytes()), partner.feed.as_ref()?);
        let good = secret.is_one_of(&feed.secrets);
        return good.then(|| (Proof::Secret(partner.clone()), secret));
    }
    let (token, pull) = (http::bearer(&parts.headers)?, partner.pull.as_ref()?);
    token.is_one_of(&pull.tokens).then(|| (Proof::Token(partner.clone()), token))
}
