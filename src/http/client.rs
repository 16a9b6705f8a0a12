//! The way out, with limits: TLS by rustls on the machine's authorities, no redirects, no proxy,
//! no retries of its own, capped answers. Deadlines are the caller's.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;
use reqwest::header::{HeaderMap, RETRY_AFTER};
use reqwest::{Certificate, Client, ClientBuilder, Response, redirect, retry};

/// Connections to one host that are kept open: one for each lane of a partner.
const IDLE_PER_HOST: usize = 2;
/// How long such a connection is kept.
const IDLE_MAX: Duration = Duration::from_secs(60);

/// The machine's certificate authorities: what every client starts from.
#[derive(Debug)]
pub(crate) struct Authorities(Vec<Certificate>);

impl Authorities {
    /// Reads them.
    #[must_use]
    pub(crate) fn of_the_machine() -> Self {
        let found = rustls_native_certs::load_native_certs();
        if found.certs.is_empty() {
            tracing::error!("the machine has no certificate authorities: https will reach nobody");
        }
        Self(found.certs.iter().filter_map(|der| Certificate::from_der(der).ok()).collect())
    }

    /// No authorities: for a client that never opens a socket.
    #[cfg(test)]
    pub(crate) fn none() -> Self {
        Self(Vec::new())
    }

    /// A client with every limit that one of ours has.
    pub(crate) fn client(&self) -> ClientBuilder {
        Client::builder()
            .tls_certs_only(self.0.iter().cloned())
            .user_agent(concat!("luik/", env!("CARGO_PKG_VERSION")))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .referer(false)
            .no_proxy()
            .http1_only()
            .pool_max_idle_per_host(IDLE_PER_HOST)
            .pool_idle_timeout(IDLE_MAX)
    }
}

/// The body; none when it is longer than anything that we would read.
///
/// # Errors
/// When it does not come whole.
pub(crate) async fn read_capped(
    mut response: Response,
    most: usize,
) -> reqwest::Result<Option<Vec<u8>>> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > most {
            return Ok(None);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(Some(body))
}

/// How long the other side asks us to wait.
#[must_use]
pub(crate) fn wish(headers: &HeaderMap, now: Timestamp) -> Option<Duration> {
    retry_after(headers.get(RETRY_AFTER)?.to_str().ok()?, now)
}

/// Reads `Retry-After`: seconds, or a date of HTTP. Nonsense is no wish.
fn retry_after(header: &str, now: Timestamp) -> Option<Duration> {
    let header = header.trim();
    if !header.is_empty() && header.bytes().all(|b| b.is_ascii_digit()) {
        // More seconds than fit are a wish for as long as can be.
        return Some(Duration::from_secs(header.parse().unwrap_or(u64::MAX)));
    }
    let then = rfc2822::DateTimeParser::new().parse_timestamp(header).ok()?;
    Some(then.duration_since(now).try_into().unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn retry_after_is_seconds_or_a_date() {
        let now: Timestamp = "2026-11-22T12:00:00Z".parse().unwrap();
        let seconds = |n| Some(Duration::from_secs(n));
        for (header, expected) in [
            ("120", seconds(120)),
            (" 0 ", seconds(0)),
            ("99999999999999999999999", seconds(u64::MAX)),
            ("Sun, 22 Nov 2026 12:01:30 GMT", seconds(90)),
            ("Sun, 22 Nov 2026 11:00:00 GMT", seconds(0)),
            ("", None),
            ("-5", None),
            ("1.5", None),
            ("soon", None),
        ] {
            assert_eq!(retry_after(header, now), expected, "{header}");
        }
    }

    proptest! {
        #[test]
        fn no_header_breaks_the_reader(header: String) {
            prop_assert!(retry_after(&header, Timestamp::UNIX_EPOCH) != Some(Duration::MAX));
        }
    }
}
