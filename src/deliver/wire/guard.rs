//! The address guard: no push reaches an address that is not public (SSRF).
//!
//! A name is resolved once, every address is vetted, and the vetted ones are what is connected to.
//! The connector does not resolve a host that is an address already, so [`vet_host`] is asked too.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::sync::Arc;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use tokio::sync::Semaphore;
use url::Host;

/// Most addresses of one name that are tried.
const ADDRESSES_MAX: usize = 16;
/// Most look-ups at one time: a slow name server can not take all threads.
const LOOKUPS_MAX: usize = 128;

/// IPv4 networks that are not public (IANA special-purpose registry), with their prefix lengths.
const CLOSED_V4: &[(Ipv4Addr, u32)] = &[
    (Ipv4Addr::new(0, 0, 0, 0), 8),
    (Ipv4Addr::new(10, 0, 0, 0), 8),
    (Ipv4Addr::new(100, 64, 0, 0), 10),
    (Ipv4Addr::new(127, 0, 0, 0), 8),
    (Ipv4Addr::new(169, 254, 0, 0), 16),
    (Ipv4Addr::new(172, 16, 0, 0), 12),
    (Ipv4Addr::new(192, 0, 0, 0), 24),
    (Ipv4Addr::new(192, 0, 2, 0), 24),
    (Ipv4Addr::new(192, 88, 99, 0), 24),
    (Ipv4Addr::new(192, 168, 0, 0), 16),
    (Ipv4Addr::new(198, 18, 0, 0), 15),
    (Ipv4Addr::new(198, 51, 100, 0), 24),
    (Ipv4Addr::new(203, 0, 113, 0), 24),
    (Ipv4Addr::new(224, 0, 0, 0), 4),
    (Ipv4Addr::new(240, 0, 0, 0), 4),
];

/// The only IPv6 network that is public: global unicast.
const OPEN_V6: (Ipv6Addr, u32) = (Ipv6Addr::new(0x2000, 0, 0, 0, 0, 0, 0, 0), 3);

/// Parts of it that are not: protocol assignments with Teredo, documentation, 6to4.
const CLOSED_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0x2001, 0, 0, 0, 0, 0, 0, 0), 23),
    (Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, 0), 32),
    (Ipv6Addr::new(0x2002, 0, 0, 0, 0, 0, 0, 0), 16),
    (Ipv6Addr::new(0x3fff, 0, 0, 0, 0, 0, 0, 0), 20),
];

/// Carriers of an IPv4 address in their last 32 bits: v4-mapped and NAT64. Names on networks
/// without IPv4 resolve to the latter, so the address inside decides.
const CARRIERS_V6: &[(Ipv6Addr, u32)] = &[
    (Ipv6Addr::new(0, 0, 0, 0, 0, 0xffff, 0, 0), 96),
    (Ipv6Addr::new(0x64, 0xff9b, 0, 0, 0, 0, 0, 0), 96),
];

/// An address that the guard refuses. Does not say which, so that nobody maps a network with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the host has an address that is not public")]
pub(crate) struct Refused;

/// Is this an address of the public internet?
#[must_use]
pub(crate) fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let inside = |(network, prefix): &(Ipv4Addr, u32)| {
        (address.to_bits() ^ network.to_bits()) >> (32 - prefix) == 0
    };
    !CLOSED_V4.iter().any(inside)
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let bits = address.to_bits();
    let inside =
        |(network, prefix): &(Ipv6Addr, u32)| (bits ^ network.to_bits()) >> (128 - prefix) == 0;
    if CARRIERS_V6.iter().any(inside) {
        let [.., a, b, c, d] = address.octets();
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    inside(&OPEN_V6) && !CLOSED_V6.iter().any(inside)
}

/// Every address of a name has to be public: one that is not refuses all.
///
/// # Errors
/// When an address is not public.
pub(crate) fn vet(addresses: &[SocketAddr]) -> Result<(), Refused> {
    let public = addresses.iter().all(|address| is_public(address.ip()));
    public.then_some(()).ok_or(Refused)
}

/// Vets a host that is written as an address; a name is vetted when it is resolved.
///
/// # Errors
/// When the address is not public, or when there is no host.
pub(crate) fn vet_host(host: Option<Host<&str>>) -> Result<(), Refused> {
    let fine = match host {
        Some(Host::Domain(_)) => true,
        Some(Host::Ipv4(v4)) => is_public_v4(v4),
        Some(Host::Ipv6(v6)) => is_public_v6(v6),
        None => false,
    };
    fine.then_some(()).ok_or(Refused)
}

/// Resolves with the system's resolver and lets only public addresses through.
#[derive(Debug, Clone)]
pub(crate) struct Guard(Arc<Semaphore>);

impl Default for Guard {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(LOOKUPS_MAX)))
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let permits = self.0.clone();
        Box::pin(async move {
            // The permit stays with the look-up, which goes on when nobody waits for it any more.
            let permit = permits.acquire_owned().await?;
            let look_up = move || {
                let found = (name.as_str(), 0).to_socket_addrs();
                drop(permit);
                found
            };
            let found: Vec<_> = tokio::task::spawn_blocking(look_up).await??.collect();
            vet(&found)?;
            let addresses: Addrs = Box::new(found.into_iter().take(ADDRESSES_MAX));
            Ok(addresses)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn check(addresses: &[&str], public: bool) {
        for text in addresses {
            let address: IpAddr = text.parse().expect("an address");
            assert_eq!(is_public(address), public, "{text}");
        }
    }

    #[test]
    fn addresses_of_the_public_internet_pass() {
        check(
            &[
                "1.1.1.1",
                "8.8.8.8",
                "9.255.255.255",
                "11.0.0.0",
                "100.63.255.255",
                "100.128.0.0",
                "126.255.255.255",
                "128.0.0.0",
                "169.253.255.255",
                "169.255.0.0",
                "172.15.255.255",
                "172.32.0.0",
                "192.0.1.0",
                "192.0.3.0",
                "192.167.255.255",
                "192.169.0.0",
                "198.17.255.255",
                "198.20.0.0",
                "198.51.99.255",
                "203.0.114.0",
                "223.255.255.255",
                "2001:200::1",
                "2001:67c:2e8::1",
                "2606:4700::1111",
                "2a00:1450:400e::200e",
                "3ffe::1",
                "::ffff:8.8.8.8",
                "64:ff9b::8.8.8.8",
            ],
            true,
        );
    }

    #[test]
    fn private_loopback_and_special_addresses_do_not() {
        check(
            &[
                "0.0.0.0",
                "0.1.2.3",
                "10.0.0.1",
                "10.255.255.255",
                "100.64.0.1",
                "100.100.100.200",
                "100.127.255.255",
                "127.0.0.1",
                "127.255.255.254",
                "169.254.0.1",
                "169.254.169.254",
                "169.254.170.2",
                "172.16.0.1",
                "172.31.255.255",
                "192.0.0.1",
                "192.0.0.192",
                "192.0.2.1",
                "192.88.99.1",
                "192.168.0.1",
                "192.168.255.255",
                "198.18.0.1",
                "198.19.255.255",
                "198.51.100.7",
                "203.0.113.7",
                "224.0.0.1",
                "239.255.255.250",
                "240.0.0.1",
                "255.255.255.255",
            ],
            false,
        );
    }

    #[test]
    fn special_and_carrying_ipv6_addresses_do_not() {
        check(
            &[
                "::",
                "::1",
                "::7f00:1",
                "::8.8.8.8",
                "::ffff:0.0.0.0",
                "::ffff:127.0.0.1",
                "::ffff:10.1.2.3",
                "::ffff:169.254.169.254",
                "::ffff:192.168.1.1",
                "::ffff:0:10.0.0.1",
                "64:ff9b::127.0.0.1",
                "64:ff9b::10.0.0.1",
                "64:ff9b::169.254.169.254",
                "64:ff9b:1::8.8.8.8",
                "100::1",
                "2001::1",
                "2001:0:4136:e378:8000:63bf:3fff:fdd2",
                "2001:2::1",
                "2001:10::1",
                "2001:20::1",
                "2001:1ff:ffff::1",
                "2001:db8::1",
                "2002:7f00:1::",
                "2002:a00:1::1",
                "2002:808:808::1",
                "3fff::1",
                "3fff:fff:ffff::1",
                "4000::1",
                "5f00::1",
                "fc00::1",
                "fd00:ec2::254",
                "fdff:ffff::1",
                "fe80::1",
                "febf::1",
                "fec0::1",
                "ff02::1",
                "ff0e::1",
            ],
            false,
        );
    }

    #[test]
    fn one_bad_address_refuses_the_name() {
        let good: SocketAddr = "8.8.8.8:0".parse().unwrap();
        let bad: SocketAddr = "10.0.0.1:0".parse().unwrap();
        assert_eq!(vet(&[good]), Ok(()));
        assert_eq!(vet(&[good, bad]), Err(Refused));
    }

    #[test]
    fn every_way_to_write_a_loopback_address_is_seen() {
        for text in [
            "https://127.0.0.1/",
            "https://2130706433/",
            "https://0x7f.1/",
            "https://0177.0.0.1/",
            "https://[::1]/",
            "https://[::ffff:7f00:1]/",
        ] {
            let url: url::Url = text.parse().unwrap();
            assert_eq!(vet_host(url.host()), Err(Refused), "{text}");
        }
        let name: url::Url = "https://wijk.example/".parse().unwrap();
        assert_eq!(vet_host(name.host()), Ok(()));
    }

    #[tokio::test]
    async fn a_name_that_leads_home_is_refused() {
        let name = "localhost".parse().expect("a name");
        let refused = Guard::default().resolve(name).await.err().expect("refused");
        assert!(refused.downcast_ref::<Refused>().is_some());
    }

    proptest! {
        #[test]
        fn a_carrier_is_as_public_as_what_it_carries(bits: u32) {
            let inner = Ipv4Addr::from_bits(bits);
            prop_assert_eq!(is_public_v6(inner.to_ipv6_mapped()), is_public_v4(inner));
        }
    }
}
