//! The headers of everything under `/embed`: who may frame it, who may read it from a script, and
//! that nothing else may be done with it.

use axum::http::header::{
    ACCESS_CONTROL_ALLOW_ORIGIN, CONTENT_SECURITY_POLICY, HeaderName, ORIGIN, VARY,
};
use axum::http::{HeaderMap, HeaderValue};
use url::Url;

use crate::model::PartnerId;
use crate::partner::Status;

use super::super::Serve;
use super::super::look::STYLE_SOURCE;
use super::list::list_of;

/// What a list never needs.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), \
    clipboard-write=(), display-capture=(), encrypted-media=(), fullscreen=(), geolocation=(), \
    gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), \
    picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), \
    xr-spatial-tracking=()";

/// What one answer gets.
#[derive(Debug, Clone)]
pub(in crate::serve) struct Dress {
    /// The address of the partner's list, if it is in force.
    pub(in crate::serve) list: Option<String>,
    policy: Option<HeaderValue>,
    reader: Option<HeaderValue>,
    /// Another site's script may read it, if it is one of the partner's.
    is_readable: bool,
}

impl Dress {
    /// For a request of this path below `/embed`, such as `/wijk/fragment`.
    pub(in crate::serve) fn of(serve: &Serve, below: &str, headers: &HeaderMap) -> Self {
        let mut parts = below.trim_start_matches('/').splitn(2, '/');
        let (name, rest) = (parts.next().unwrap_or_default(), parts.next());
        let origins = origins(serve, name);
        let is_readable = rest.is_some();
        let asks = headers.get(ORIGIN).filter(|_| is_readable);
        let may = |asks: &&HeaderValue| origins.iter().flatten().any(|own| own == *asks);
        Self {
            list: list_of(serve, below),
            policy: policy(&serve.base, origins.as_deref().unwrap_or_default()),
            reader: asks.filter(may).cloned(),
            is_readable,
        }
    }

    pub(in crate::serve) fn put_on(self, headers: &mut HeaderMap) {
        if let Some(policy) = self.policy {
            headers.insert(CONTENT_SECURITY_POLICY, policy);
        }
        let permissions = HeaderValue::from_static(PERMISSIONS);
        headers.insert(HeaderName::from_static("permissions-policy"), permissions);
        if self.is_readable {
            headers.append(VARY, HeaderValue::from_static("origin"));
            headers.extend(self.reader.map(|reader| (ACCESS_CONTROL_ALLOW_ORIGIN, reader)));
        }
    }
}

/// The origins of the partner of this name, if it has a list.
fn origins(serve: &Serve, name: &str) -> Option<Vec<String>> {
    let id: PartnerId = name.parse().ok()?;
    let partners = serve.tools.registry.current();
    let partner = partners.get(&id).filter(|partner| partner.status != Status::Draft)?;
    partner.embed.as_ref().map(|embed| embed.origins.clone())
}

/// Nothing but what comes from this host, and only these sites around it. The host is named, as
/// `'self'` is nobody in a sandbox.
fn policy(base: &str, origins: &[String]) -> Option<HeaderValue> {
    let host = Url::parse(base).ok()?.origin().ascii_serialization();
    let ancestors = if origins.is_empty() { "'none'".to_owned() } else { origins.join(" ") };
    let style = &*STYLE_SOURCE;
    let policy = format!(
        "default-src 'none'; script-src {host}; style-src {style} {host}; connect-src {host}; \
         img-src {host}; form-action {host}; base-uri 'none'; frame-ancestors {ancestors}"
    );
    HeaderValue::try_from(policy).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_policy_names_this_host_and_the_sites_of_the_agreement() {
        let of = |base, origins: &[&str]| {
            let origins: Vec<String> = origins.iter().map(|&one| one.to_owned()).collect();
            policy(base, &origins).unwrap().to_str().unwrap().to_owned()
        };
        let two =
            of("https://luik.example:8443/pad", &["https://a.example", "http://localhost:80"]);
        assert!(two.starts_with("default-src 'none'; script-src https://luik.example:8443; "));
        assert!(two.ends_with("; frame-ancestors https://a.example http://localhost:80"));
        assert!(!two.contains("unsafe") && !two.contains('*') && !two.contains("/pad"));
        assert!(of("https://luik.example", &[]).ends_with("; frame-ancestors 'none'"));
    }
}
