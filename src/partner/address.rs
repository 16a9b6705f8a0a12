//! Addresses of partners: where pushes go, and who may frame the embed.

use std::net::{IpAddr, Ipv4Addr};

use url::{Host, Url};

use crate::config::{Fault, Given, is_loopback, url};

/// Where pushes go: https, or http on loopback when private addresses are allowed.
pub(super) fn endpoint(given: &Given, allow_private: bool) -> Result<Url, Fault> {
    let url = url(given)?;
    let loopback = is_loopback(&url);
    if url.fragment().is_some() {
        Err("must not have a fragment (#…)".into())
    } else if url.scheme() != "https" && !loopback {
        Err("must start with https://".into())
    } else if (loopback || is_private_literal(&url)) && !allow_private {
        Err("leads to a private address; set allow_private = true if that is meant".into())
    } else {
        Ok(url)
    }
}

/// An origin that may frame the embed: https, or http on loopback, and nothing behind the host.
pub(super) fn origin(given: &Given) -> Result<String, Fault> {
    let url = url(given)?;
    let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
    // The origin goes into a header of its own syntax, so its host must be plain.
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b);
    let host = url.host_str().unwrap_or_default();
    if url.scheme() != "https" && !is_loopback(&url) {
        Err("must start with https://".into())
    } else if !bare || !host.bytes().all(plain) {
        Err("must be a scheme and a host only, such as https://www.voorbeeld.example".into())
    } else {
        Ok(url.origin().ascii_serialization())
    }
}

fn is_private_literal(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(address)) => is_private(IpAddr::V4(address)),
        Some(Host::Ipv6(address)) => is_private(IpAddr::V6(address)),
        Some(Host::Domain(_)) | None => false,
    }
}

fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(address) => {
            let shared = address.octets().first() == Some(&100)
                && Ipv4Addr::from_bits(address.to_bits() & 0xffc0_0000)
                    == Ipv4Addr::new(100, 64, 0, 0);
            address.is_private()
                || address.is_loopback()
                || address.is_link_local()
                || address.is_unspecified()
                || shared
        }
        IpAddr::V6(address) => {
            address.is_loopback()
                || address.is_unspecified()
                || address.is_unique_local()
                || address.is_unicast_link_local()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn private_addresses_are_known() {
        for private in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "100.127.255.255",
            "0.0.0.0",
            "::1",
            "::",
            "fd00::1",
            "fe80::1",
            "::ffff:10.0.0.1",
        ] {
            assert!(is_private(private.parse().unwrap()), "{private}");
        }
        for public in ["1.1.1.1", "100.128.0.1", "172.32.0.1", "2606:4700::1"] {
            assert!(!is_private(public.parse().unwrap()), "{public}");
        }
    }
}
