//! Who asks: a pull partner, by one of its bearer tokens.

use std::sync::Arc;

use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;

use crate::config::Secret;
use crate::http::{self, Refusal};
use crate::model::PartnerId;
use crate::partner::{Partner, Status};

use super::Serve;

/// The partner that the path names and the token proves. An unknown partner, one without a feed
/// and a wrong token look the same.
#[derive(Debug)]
pub(super) struct Caller(pub(super) Arc<Partner>);

impl FromRequestParts<Serve> for Caller {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, serve: &Serve) -> Result<Self, Refusal> {
        let named = Path::<String>::from_request_parts(parts, serve).await;
        let named: Option<PartnerId> = named.ok().and_then(|Path(name)| name.parse().ok());
        let token = http::bearer(&parts.headers).ok_or(Refusal::NoToken)?;
        let partners = serve.tools.registry.current();
        let partner = named.and_then(|id| partners.get(&id)).filter(|p| p.status != Status::Draft);
        let tokens = partner.and_then(|partner| partner.pull.as_ref());
        let tokens = tokens.into_iter().flat_map(|pull| &pull.tokens).map(Secret::reveal);
        let proven = http::is_one_of(token, tokens);
        partner.filter(|_| proven).cloned().map(Self).ok_or(Refusal::NoToken)
    }
}
