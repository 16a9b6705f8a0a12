//! Ways out: mailboxes, endpoints, and the secrets that sign what is sent there.

use std::net::{IpAddr, Ipv4Addr};

use lettre::Address;
use url::{Host, Url};

use super::document::Fault;
use super::given::Given;
use super::value::{is_loopback, text, url};

/// A mailbox, best of a role.
pub(crate) fn mailbox(given: &Given) -> Result<String, Fault> {
    let text = text(3..=254)(given)?;
    let plain = !text.contains(char::is_whitespace) && text.matches('@').count() == 1;
    let parts = text.split_once('@').filter(|_| plain);
    match parts {
        Some((local, domain)) if !local.is_empty() && is_domain(domain) => Ok(text),
        _ => Err("must be an e-mail address, best of a role such as privacy@…".into()),
    }
}

fn is_domain(text: &str) -> bool {
    text.contains('.') && text.split('.').all(|label| !label.is_empty())
}

/// A mailbox that letters can be sent to: plain ASCII, for not every server knows more.
pub(crate) fn postbox(given: &Given) -> Result<Address, Fault> {
    let text = mailbox(given)?;
    let address = text.parse().ok().filter(|_| text.is_ascii());
    address.ok_or("must be an e-mail address of plain ASCII letters".into())
}

/// Where pushes go: https, or http on loopback when private addresses are allowed.
pub(crate) fn endpoint(given: &Given, allow_private: bool) -> Result<Url, Fault> {
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

/// Is it a secret as Standard Webhooks has them? Says what it must be.
pub(crate) fn is_signing_secret(secret: &str) -> Result<(), &'static str> {
    let key = secret
        .strip_prefix("whsec_")
        .and_then(|text| data_encoding::BASE64.decode(text.as_bytes()).ok());
    match key {
        Some(key) if (24..=64).contains(&key.len()) => Ok(()),
        _ => Err("must be whsec_ and the base64 of 24 to 64 random bytes"),
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

    #[test]
    fn a_signing_secret_is_whsec_and_enough_base64() {
        let of = |bytes: usize| format!("whsec_{}", data_encoding::BASE64.encode(&vec![7; bytes]));
        for (secret, good) in [
            (of(24), true),
            (of(64), true),
            (of(23), false),
            (of(65), false),
            (of(32).replace("whsec_", ""), false),
            ("whsec_not base64 at all, is it".to_owned(), false),
        ] {
            assert_eq!(is_signing_secret(&secret).is_ok(), good, "{secret}");
        }
    }
}
