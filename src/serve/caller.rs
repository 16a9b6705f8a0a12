//! Who asks: a pull partner, by one of its bearer tokens, or somebody at some address; and how often
//! each may.

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
        Some((partner, token)) => {
            serve.door.limits.token(token)?;
            parts.extensions.insert(Caller(partner));
        }
        None => serve.door.limits.address(serve.door.address(&parts))?,
    }
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// The partner that the path names, if the token is one of its own.
fn proven(
    serve: &Serve,
    params: Option<&RawPathParams>,
    parts: &Parts,
) -> Option<(Arc<Partner>, TokenDigest)> {
    let token = http::bearer(&parts.headers)?;
    let named = params?.iter().find(|(key, _)| *key == "partner");
    let id: PartnerId = named.and_then(|(_, name)| name.parse().ok())?;
    let partners = serve.tools.registry.current();
    let partner = partners.get(&id).filter(|partner| partner.status != Status::Draft)?;
    let pull = partner.pull.as_ref()?;
    token.is_one_of(&pull.tokens).then(|| (partner.clone(), token))
}
