//! Where a request comes from: the other side of the connection, unless that is a proxy of ours.

use std::net::{IpAddr, SocketAddr};

use axum::http::{HeaderMap, HeaderName};
use ipnet::IpNet;

const FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// The other side of a connection, as every request over a socket carries it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer(pub IpAddr);

/// Who asks. Only a trusted proxy is believed about whom it speaks for, and only as far as it saw
/// itself: the rightmost address that is no trusted proxy. What a caller wrote stands further left.
/// An entry that is no address, or none at all, leaves it at the peer.
#[must_use]
pub fn caller(peer: Peer, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let peer = peer.0.to_canonical();
    let is_ours = |address: &IpAddr| is_one_of(*address, trusted);
    if !is_ours(&peer) {
        return peer;
    }
    let lines = headers.get_all(FORWARDED_FOR).iter().rev();
    let entries = lines.flat_map(|line| line.as_bytes().rsplit(|byte| *byte == b','));
    for entry in entries {
        match address(entry) {
            Some(address) if is_ours(&address) => {}
            Some(address) => return address,
            None => return peer,
        }
    }
    peer
}

/// Is this address in one of the networks?
pub(super) fn is_one_of(address: IpAddr, networks: &[IpNet]) -> bool {
    let address = address.to_canonical();
    networks.iter().any(|network| network.contains(&address))
}

/// An address, with or without a port as some proxies write it.
fn address(entry: &[u8]) -> Option<IpAddr> {
    let text = std::str::from_utf8(entry).ok()?.trim_matches([' ', '\t']);
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse().map(|socket: SocketAddr| socket.ip());
    bare.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn found(peer: &str, lines: &[&'static str]) -> String {
        let trusted = ["127.0.0.1/32", "10.0.0.0/8", "2001:db8:1::/48"];
        let trusted = trusted.map(|network| network.parse().unwrap());
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(FORWARDED_FOR, HeaderValue::from_str(line).unwrap());
        }
        caller(Peer(peer.parse().unwrap()), &headers, &trusted).to_string()
    }

    #[test]
    fn only_a_trusted_proxy_is_believed() {
        for (peer, lines, wanted) in [
            ("192.0.2.9", &[][..], "192.0.2.9"),
            ("192.0.2.9", &["198.51.100.7"], "192.0.2.9"),
            ("127.0.0.2", &["198.51.100.7"], "127.0.0.2"),
            ("127.0.0.1", &[], "127.0.0.1"),
            ("127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("::ffff:127.0.0.1", &["198.51.100.7"], "198.51.100.7"),
            ("2001:db8:1::1", &["2001:db8:2::1"], "2001:db8:2::1"),
        ] {
            assert_eq!(found(peer, lines), wanted, "{peer} {lines:?}");
        }
    }

    #[test]
    fn the_rightmost_that_is_no_proxy_counts() {
        for (lines, wanted) in [
            (&["1.1.1.1, 198.51.100.7"][..], "198.51.100.7"),
            (&["1.1.1.1, 198.51.100.7, 10.1.2.3"], "198.51.100.7"),
            (&["1.1.1.1", "198.51.100.7,10.1.2.3"], "198.51.100.7"),
            (&["198.51.100.7, 10.1.2.3", "10.9.9.9"], "198.51.100.7"),
            (&["198.51.100.7:4711"], "198.51.100.7"),
            (&["[2001:db8:2::1]:443"], "2001:db8:2::1"),
            (&["[2001:db8:2::1]"], "2001:db8:2::1"),
            (&["::ffff:198.51.100.7"], "198.51.100.7"),
            (&["10.1.1.1, 10.2.2.2"], "127.0.0.1"),
        ] {
            assert_eq!(found("127.0.0.1", lines), wanted, "{lines:?}");
        }
    }

    #[test]
    fn what_is_no_address_leaves_it_at_the_peer() {
        for line in ["", ",", "unknown", "198.51.100.7, evil", "198.51.100.7,", "1.2.3", "::1%eth0"]
        {
            assert_eq!(found("127.0.0.1", &[line]), "127.0.0.1", "{line:?}");
        }
        assert_eq!(found("127.0.0.1", &["evil, 198.51.100.7"]), "198.51.100.7");
    }
}
