//! Rate limits by what a request costs, for each address and for each credential (429 + `Retry-After`).
//!
//! The arithmetic is governor's. The maps are bounded: past [`MAX_KEYS`] the idle keys go, and while
//! even that does not help all newcomers share one key, so that memory stays flat under attack.

use crate::Problem;
use app::Code;
use governor::clock::{Clock as _, DefaultClock};
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};
use std::net::IpAddr;
use std::num::NonZeroU32;

/// Keys that one map may hold.
pub const MAX_KEYS: usize = 50_000;

/// What a request costs the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Cost {
    /// A read on a snapshot.
    Read,
    /// A transaction.
    Write,
    /// A password hash or a mail, asked for by nobody known.
    SignIn,
}

/// A sustained rate with a burst; none means unlimited.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rate {
    /// Requests in a minute, sustained.
    pub per_minute: u32,
    /// Requests at once.
    pub burst: u32,
}

/// The limits of a service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Everything from one address (a whole town may sit behind it).
    pub address: Option<Rate>,
    /// Reads with one credential.
    pub read: Option<Rate>,
    /// Writes with one credential.
    pub write: Option<Rate>,
    /// Sign-ins and the like from one address.
    pub sign_in: Option<Rate>,
}

impl Default for Limits {
    fn default() -> Self {
        let rate = |per_minute, burst| Some(Rate { per_minute, burst });
        Self { address: rate(12_000, 2_000), read: rate(3_000, 600), write: rate(1_200, 300), sign_in: rate(60, 30) }
    }
}

impl Limits {
    /// No limits: for load tests on a machine of one's own.
    #[must_use]
    pub const fn none() -> Self {
        Self { address: None, read: None, write: None, sign_in: None }
    }
}

type Keyed = RateLimiter<String, DashMapStateStore<String>, DefaultClock>;

/// The counters behind the limits.
pub struct Limiter {
    address: Option<Keyed>,
    read: Option<Keyed>,
    write: Option<Keyed>,
    sign_in: Option<Keyed>,
}

impl Limiter {
    /// Fresh counters.
    #[must_use]
    pub fn new(limits: &Limits) -> Self {
        Self {
            address: limits.address.and_then(keyed),
            read: limits.read.and_then(keyed),
            write: limits.write.and_then(keyed),
            sign_in: limits.sign_in.and_then(keyed),
        }
    }

    /// Counts a request of an address.
    ///
    /// # Errors
    /// 429 with the seconds to wait.
    pub fn address(&self, address: IpAddr) -> Result<(), Problem> {
        check(self.address.as_ref(), network(address))
    }

    /// Counts a request of a credential (or, for sign-ins, of an address).
    ///
    /// # Errors
    /// 429 with the seconds to wait.
    pub fn spend(&self, cost: Cost, key: &str) -> Result<(), Problem> {
        let limiter = match cost {
            Cost::Read => &self.read,
            Cost::Write => &self.write,
            Cost::SignIn => &self.sign_in,
        };
        check(limiter.as_ref(), key.to_owned())
    }
}

fn keyed(rate: Rate) -> Option<Keyed> {
    let quota = Quota::per_minute(NonZeroU32::new(rate.per_minute)?).allow_burst(NonZeroU32::new(rate.burst)?);
    Some(RateLimiter::dashmap(quota))
}

fn check(limiter: Option<&Keyed>, key: String) -> Result<(), Problem> {
    let Some(limiter) = limiter else { return Ok(()) };
    let key = if limiter.len() < MAX_KEYS { key } else { crowded(limiter, key) };
    limiter.check_key(&key).map_err(|early| {
        let wait = early.wait_time_from(DefaultClock::default().now()).as_secs().saturating_add(1);
        Problem::later(Code::TooManyRequests, u32::try_from(wait).unwrap_or(u32::MAX))
    })
}

fn crowded(limiter: &Keyed, key: String) -> String {
    limiter.retain_recent();
    if limiter.len() < MAX_KEYS { key } else { "everybody else".to_owned() }
}

/// One key for an IPv4 address, one for an IPv6 /64 (one subscriber holds all of it).
fn network(address: IpAddr) -> String {
    match address {
        IpAddr::V4(v4) => v4.to_string(),
        IpAddr::V6(v6) => (u128::from(v6) >> 64).to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_at_once() -> Limiter {
        let rate = Some(Rate { per_minute: 1, burst: 2 });
        Limiter::new(&Limits { address: rate, read: rate, write: None, sign_in: rate })
    }

    #[test]
    fn the_third_request_of_one_key_has_to_wait() {
        let limiter = two_at_once();
        assert!(limiter.spend(Cost::Read, "a").is_ok());
        assert!(limiter.spend(Cost::Read, "a").is_ok());
        let refused = limiter.spend(Cost::Read, "a").unwrap_err();
        assert_eq!(refused.code(), "too_many_requests");
        assert!(limiter.spend(Cost::Read, "b").is_ok());
        assert!((0..100).all(|_| limiter.spend(Cost::Write, "a").is_ok()));
    }

    #[test]
    fn an_ipv6_subscriber_is_one_caller() {
        let limiter = two_at_once();
        for last in ["1", "2"] {
            assert!(limiter.address(format!("2001:db8::{last}").parse().unwrap()).is_ok());
        }
        assert!(limiter.address("2001:db8::3".parse().unwrap()).is_err());
        assert!(limiter.address("2001:db8:0:1::3".parse().unwrap()).is_ok());
    }

    #[test]
    fn the_map_does_not_grow_without_bound() {
        let limiter = two_at_once();
        for n in 0..MAX_KEYS + 1_000 {
            let _ = limiter.spend(Cost::Read, &n.to_string());
        }
        assert!(limiter.read.as_ref().unwrap().len() <= MAX_KEYS + 1);
    }
}
