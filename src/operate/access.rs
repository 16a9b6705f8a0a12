//! Who may use the admin listener (design §10).

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use axum::http::header::HOST;
use axum::http::uri::Authority;

use crate::config::{Listen, Secret, TokenDigest};
use crate::http::{self, Refusal};

/// The rules of one admin listener, but for the console's own. Only the header `Authorization` proves
/// anything, never a cookie: a page in the operator's browser can not set it.
#[derive(Debug, Clone)]
pub(super) struct Access {
    loopback: bool,
    token: Option<TokenDigest>,
}

impl Access {
    pub(super) fn new(listen: &Listen) -> Self {
        let token = listen.admin_token.as_ref().map(Secret::digest);
        Self { loopback: is_loopback(listen.admin), token }
    }

    /// May this request be answered?
    pub(super) fn permit(&self, path: &str, headers: &HeaderMap) -> Result<(), Refusal> {
        if path == "/health/live" {
            return Ok(());
        }
        self.knows_host(headers)?;
        match &self.token {
            Some(token) => {
                let given = http::bearer(headers).ok_or(Refusal::NoToken)?;
                if given.is_one_of([token]) { Ok(()) } else { Err(Refusal::NoToken) }
            }
            None if self.loopback && !path.starts_with("/admin") => Ok(()),
            None => Err(Refusal::AdminTokenUnset),
        }
    }
}

impl Access {
    /// May the console answer this request at all? Who may see and do what is its own matter.
    pub(super) fn permit_console(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        self.knows_host(headers)?;
        let may = self.loopback || self.token.is_some();
        if may { Ok(()) } else { Err(Refusal::AdminTokenUnset) }
    }

    /// Was this listener asked for by a name of its own?
    fn knows_host(&self, headers: &HeaderMap) -> Result<(), Refusal> {
        let is_known = !self.loopback || names_loopback(headers);
        if is_known { Ok(()) } else { Err(Refusal::ForeignHost) }
    }
}

fn is_loopback(address: SocketAddr) -> bool {
    address.ip().to_canonical().is_loopback()
}

/// Was this host asked for by a name that can only be this machine? A foreign name that leads to
/// a loopback address is how a web page reaches past the browser's rules (DNS rebinding).
pub(super) fn names_loopback(headers: &HeaderMap) -> bool {
    let mut all = headers.get_all(HOST).iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return false;
    };
    let Ok(authority) = Authority::try_from(only.as_bytes()) else {
        return false;
    };
    let host = authority.host();
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    let address = bare.parse().is_ok_and(|ip: IpAddr| ip.to_canonical().is_loopback());
    address || bare.eq_ignore_ascii_case("localhost")
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use axum::http::header::AUTHORIZATION;

    use super::*;

    fn access(address: &str, token: Option<&str>) -> Access {
        Access::new(&Listen {
            public: "127.0.0.1:1".parse().unwrap(),
            admin: address.parse().unwrap(),
            admin_token: token.map(Secret::new),
            trusted_proxies: Vec::new(),
            tls: None,
        })
    }

    fn asked(host: &'static str, token: Option<&'static str>) -> HeaderMap {
        let mut headers = HeaderMap::new();
        headers.insert(HOST, HeaderValue::from_static(host));
        if let Some(token) = token {
            headers.insert(AUTHORIZATION, HeaderValue::from_static(token));
        }
        headers
    }

    const LOCAL: &str = "127.0.0.1:9090";
    const RIGHT: Option<&str> = Some("Bearer secret");

    #[test]
    fn each_path_is_open_to_whom_the_design_says() {
        let closed = Err(Refusal::AdminTokenUnset);
        let no_token = Err(Refusal::NoToken);
        for (address, set, given, path, answer) in [
            (LOCAL, None, None, "/health/live", Ok(())),
            (LOCAL, None, None, "/health/ready", Ok(())),
            (LOCAL, None, None, "/metrics", Ok(())),
            (LOCAL, None, None, "/admin/v1/reload", closed.clone()),
            (LOCAL, None, RIGHT, "/admin/v1/reload", closed.clone()),
            (LOCAL, Some("secret"), None, "/health/live", Ok(())),
            (LOCAL, Some("secret"), None, "/health/ready", no_token.clone()),
            (LOCAL, Some("secret"), None, "/metrics", no_token.clone()),
            (LOCAL, Some("secret"), Some("Bearer wrong"), "/admin/v1/reload", no_token.clone()),
            (LOCAL, Some("secret"), RIGHT, "/metrics", Ok(())),
            (LOCAL, Some("secret"), RIGHT, "/admin/v1/reload", Ok(())),
            ("0.0.0.0:9090", Some("secret"), None, "/health/live", Ok(())),
            ("0.0.0.0:9090", Some("secret"), None, "/metrics", no_token),
            ("0.0.0.0:9090", Some("secret"), RIGHT, "/admin/v1/reload", Ok(())),
            ("0.0.0.0:9090", None, None, "/metrics", closed),
        ] {
            let given = asked(LOCAL, given);
            assert_eq!(access(address, set).permit(path, &given), answer, "{address} {path}");
        }
    }

    #[test]
    fn a_console_without_a_token_is_for_this_machine_alone() {
        let local = asked(LOCAL, None);
        assert_eq!(access(LOCAL, None).permit_console(&local), Ok(()));
        assert_eq!(access("0.0.0.0:9090", Some("secret")).permit_console(&local), Ok(()));
        let refused = access("0.0.0.0:9090", None).permit_console(&local);
        assert_eq!(refused, Err(Refusal::AdminTokenUnset));
        let foreign = access(LOCAL, Some("secret")).permit_console(&asked("evil.example", RIGHT));
        assert_eq!(foreign, Err(Refusal::ForeignHost));
    }

    #[test]
    fn a_loopback_listener_answers_to_loopback_names_only() {
        let access = access(LOCAL, Some("secret"));
        for host in ["127.0.0.1:9090", "127.0.0.1", "localhost:9090", "LOCALHOST", "[::1]:9090"] {
            assert_eq!(access.permit("/metrics", &asked(host, RIGHT)), Ok(()), "{host}");
        }
        for host in ["evil.example", "localhost.evil.example", "10.0.0.1:9090", "", "127.0.0.1@e"] {
            let refused = access.permit("/metrics", &asked(host, RIGHT));
            assert_eq!(refused, Err(Refusal::ForeignHost), "{host}");
        }
        let mut twice = asked("localhost", RIGHT);
        twice.append(HOST, HeaderValue::from_static("evil.example"));
        assert_eq!(access.permit("/metrics", &twice), Err(Refusal::ForeignHost));
        assert_eq!(access.permit("/metrics", &HeaderMap::new()), Err(Refusal::ForeignHost));
    }
}
