//! How often somebody may ask: per token, and per address for whoever shows none that is valid.
//! What is kept is bounded and forgets who is idle, however many addresses come by.

use std::hash::Hash;
use std::net::{IpAddr, Ipv6Addr};
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};
use moka::policy::EvictionPolicy;
use moka::sync::Cache;
use tokio::time::Instant;

use crate::config::{Serve, TokenDigest};

use super::refusal::Refusal;

/// Most tokens, and most addresses, that are kept apart; beyond it the longest idle is forgotten.
const KEPT_MAX: u64 = 65_536;
/// Shortest time after which somebody idle is forgotten.
const IDLE_MIN: Duration = Duration::from_secs(60);
/// An IPv6 address beyond these bits is the caller's own choice: one home or host has all of it.
const NETWORK_BITS: u32 = 64;

/// The limits of one listener. Cheap to clone; every clone counts the same requests.
#[derive(Debug, Clone)]
pub struct RateLimits {
    tokens: Limiters<TokenDigest>,
    addresses: Limiters<IpAddr>,
}

impl RateLimits {
    /// As the settings say.
    #[must_use]
    pub fn new(settings: &Serve) -> Self {
        let Serve { token_per_second, token_burst, address_per_second, .. } = *settings;
        let tokens = Limiters::new(token_per_second, token_burst);
        Self { tokens, addresses: Limiters::new(address_per_second, address_per_second) }
    }

    /// One more request with a token that was proven valid.
    ///
    /// # Errors
    /// Too many with this token.
    pub fn token(&self, token: TokenDigest) -> Result<(), Refusal> {
        self.tokens.take(token)
    }

    /// One more request from this address, without a token that is valid.
    ///
    /// # Errors
    /// Too many from this address, or, with IPv6, from its network of 64 bits.
    pub fn address(&self, address: IpAddr) -> Result<(), Refusal> {
        self.addresses.take(network(address))
    }
}

/// What is counted together.
fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V4(address) => address.into(),
        IpAddr::V6(address) => {
            let mask = u128::MAX << (u128::BITS - NETWORK_BITS);
            Ipv6Addr::from_bits(address.to_bits() & mask).into()
        }
    }
}

type Limiter = RateLimiter<NotKeyed, InMemoryState, Ticks, NoOpMiddleware<Duration>>;

/// A limiter for each of many.
#[derive(Debug, Clone)]
struct Limiters<K: Hash + Eq + Send + Sync + 'static> {
    quota: Quota,
    ticks: Ticks,
    each: Cache<K, Arc<Limiter>>,
}

impl<K: Hash + Eq + Send + Sync + 'static> Limiters<K> {
    fn new(per_second: u32, burst: u32) -> Self {
        let whole = |number| NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(whole(per_second)).allow_burst(whole(burst));
        // Who is forgotten begins anew, so nobody is forgotten before all is allowed again anyway.
        let idle = IDLE_MIN.max(quota.burst_size_replenished_in());
        let each = Cache::builder()
            .max_capacity(KEPT_MAX)
            .time_to_idle(idle)
            .eviction_policy(EvictionPolicy::lru())
            .build();
        Self { quota, ticks: Ticks(Instant::now()), each }
    }

    fn take(&self, key: K) -> Result<(), Refusal> {
        let begin = || Arc::new(Limiter::direct_with_clock(self.quota, self.ticks));
        let wait = match self.each.get_with(key, begin).check() {
            Ok(()) => return Ok(()),
            Err(early) => early.wait_time_from(self.ticks.now()),
        };
        Err(Refusal::TooMany { retry_after: whole_seconds(wait) })
    }
}

/// Rounded up, and at least one.
fn whole_seconds(time: Duration) -> u64 {
    let begun = u64::from(time.subsec_nanos() > 0);
    time.as_secs().saturating_add(begun).max(1)
}

/// The runtime's clock, which tests can wind: the time since the limits were made.
#[derive(Debug, Clone, Copy)]
struct Ticks(Instant);

impl Clock for Ticks {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limits(token_per_second: u32, token_burst: u32, address_per_second: u32) -> RateLimits {
        let rates = Serve { token_per_second, token_burst, address_per_second, ..Serve::default() };
        RateLimits::new(&rates)
    }

    fn granted(mut take: impl FnMut() -> Result<(), Refusal>) -> (usize, u64) {
        for count in 0..10_000 {
            if let Err(Refusal::TooMany { retry_after }) = take() {
                return (count, retry_after);
            }
        }
        panic!("no limit");
    }

    #[tokio::test(start_paused = true)]
    async fn a_token_has_its_burst_and_then_its_rate() {
        let limits = limits(10, 20, 5);
        let [one, other] = [b"one".as_slice(), b"other"].map(TokenDigest::of);
        assert_eq!(granted(|| limits.token(one)), (20, 1));
        assert_eq!(limits.token(other), Ok(()), "another's requests are not counted");
        tokio::time::advance(Duration::from_millis(500)).await;
        assert_eq!(granted(|| limits.token(one)), (5, 1));
        tokio::time::advance(Duration::from_secs(3600)).await;
        assert_eq!(granted(|| limits.token(one)), (20, 1), "never more than the burst");
    }

    #[tokio::test(start_paused = true)]
    async fn waiting_as_long_as_is_said_is_enough() {
        let digest = TokenDigest::of(b"slow");
        for (per_second, burst) in [(1, 1), (3, 3), (100, 200)] {
            let limits = limits(per_second, burst, 1);
            let (_, wait) = granted(|| limits.token(digest));
            tokio::time::advance(Duration::from_secs(wait)).await;
            assert_eq!(limits.token(digest), Ok(()));
        }
    }

    #[tokio::test(start_paused = true)]
    async fn an_address_is_counted_by_its_network() {
        let limits = limits(1, 1, 3);
        let ask = |text: &str| limits.address(text.parse().unwrap());
        assert_eq!(granted(|| ask("192.0.2.1")), (3, 1));
        assert!(ask("::ffff:192.0.2.1").is_err(), "the same address, written otherwise");
        assert_eq!(ask("192.0.2.2"), Ok(()));
        let mut host = 0;
        let many = || {
            host += 1;
            ask(&format!("2001:db8:0:1:{host:x}::{host:x}"))
        };
        assert_eq!(granted(many), (3, 1));
        assert_eq!(ask("2001:db8:0:2::1"), Ok(()));
    }

    #[test]
    fn the_wait_is_in_whole_seconds_and_at_least_one() {
        for (ms, seconds) in [(0, 1), (1, 1), (1_000, 1), (1_001, 2), (59_999, 60)] {
            assert_eq!(whole_seconds(Duration::from_millis(ms)), seconds);
        }
    }

    #[test]
    fn a_flood_of_addresses_does_not_grow_what_is_kept() {
        let limits = limits(1, 1, 1);
        for number in 0..200_000 {
            assert_eq!(limits.address(std::net::Ipv4Addr::from_bits(number).into()), Ok(()));
        }
        limits.addresses.each.run_pending_tasks();
        assert_eq!(limits.addresses.each.entry_count(), KEPT_MAX);
        let latest = std::net::Ipv4Addr::from_bits(199_999).into();
        assert!(limits.address(latest).is_err(), "the latest are the ones that are kept");
    }
}
