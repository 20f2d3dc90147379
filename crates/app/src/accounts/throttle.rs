//! Counts failed sign-ins of an account, an address and a network, and lets `domain` judge them (S05).

use crate::audit::hex;
use crate::{Ctx, Error};
use chrono::{NaiveDateTime, TimeDelta};
use domain::accounts::{Failures, Place, WINDOW, wait};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use store::accounts::attempts::{self, Attempt, Of};

/// From an address where it signed in within this time an account is familiar.
const FAMILIAR: TimeDelta = TimeDelta::days(30);

/// One attempt, as it is counted.
#[derive(Debug, Clone)]
pub(super) struct Attempted {
    account_key: String,
    ip: String,
    network: String,
}

impl Attempted {
    pub(super) fn new(email: &str, ip: &str) -> Self {
        let account_key = hex(&Sha256::digest(email.as_bytes()));
        Self { account_key, ip: ip.to_owned(), network: network(ip) }
    }

    /// What the audit trail calls an account that may not exist.
    pub(super) fn account_key(&self) -> &str {
        &self.account_key
    }

    /// Seconds that this attempt has to wait; none when it may be made.
    pub(super) fn wait(&self, ctx: &mut Ctx<'_>) -> Result<Option<u32>, Error> {
        let since = before(ctx, WINDOW);
        let here = attempts::last_success(ctx.db, &self.account_key, &self.ip)?;
        let familiar = here.is_some_and(|at| at > before(ctx, FAMILIAR));
        // A sign-in lifts the count where it happened; strangers elsewhere gain nothing by it.
        let since_success = here.filter(|_| familiar).map_or(since, |at| at.max(since));
        let of = if familiar { Of::AccountFrom(&self.account_key, &self.ip) } else { Of::Account(&self.account_key) };
        let mut place = Place { account: failures(ctx, of, since_success)?, familiar, ..Place::default() };
        if !self.ip.is_empty() {
            place.address = failures(ctx, Of::Address(&self.ip), since)?;
            place.network = failures(ctx, Of::Network(&self.network), since)?;
        }
        Ok(wait(&place, ctx.now))
    }

    /// As [`Attempted::wait`], in line with concurrent attempts of the same account, address or network.
    pub(super) fn wait_in_line(&self, ctx: &mut Ctx<'_>) -> Result<Option<u32>, Error> {
        let mut names = vec![self.account_key.as_str()];
        if !self.ip.is_empty() {
            names.extend([self.ip.as_str(), self.network.as_str()]);
        }
        attempts::lock(ctx.db, &names)?;
        self.wait(ctx)
    }

    /// Counts the attempt.
    pub(super) fn count(&self, ctx: &mut Ctx<'_>, succeeded: bool) -> Result<(), Error> {
        let row = Attempt {
            id: ctx.id(),
            account_key: self.account_key.clone(),
            ip: self.ip.clone(),
            network: self.network.clone(),
            succeeded,
            at: ctx.stamp(),
        };
        Ok(attempts::insert(ctx.db, &row)?)
    }
}

/// Forgets attempts that no judgement reads any more.
pub(super) fn forget(ctx: &mut Ctx<'_>) -> Result<usize, Error> {
    let (failed, succeeded) = (before(ctx, TimeDelta::days(1)), before(ctx, FAMILIAR));
    Ok(attempts::forget_before(ctx.db, failed, succeeded)?)
}

fn failures(ctx: &mut Ctx<'_>, of: Of<'_>, since: NaiveDateTime) -> Result<Failures, Error> {
    let (count, last_at) = attempts::failures(ctx.db, of, since)?;
    Ok(Failures { count, last_at: last_at.map(|at| at.and_utc()) })
}

pub(super) fn before(ctx: &Ctx<'_>, span: TimeDelta) -> NaiveDateTime {
    ctx.stamp().checked_sub_signed(span).unwrap_or(NaiveDateTime::MIN)
}

/// The /24 of an IPv4 address, the /64 of an IPv6 one.
fn network(ip: &str) -> String {
    match ip.parse() {
        Ok(IpAddr::V4(address)) => {
            let [a, b, c, _] = address.octets();
            format!("{a}.{b}.{c}.0/24")
        }
        Ok(IpAddr::V6(address)) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{a:x}:{b:x}:{c:x}:{d:x}::/64")
        }
        Err(_no_address) => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::network;

    #[test]
    fn a_network_is_the_24_or_the_64_around_an_address() {
        assert_eq!(network("192.0.2.77"), "192.0.2.0/24");
        assert_eq!(network("2001:db8:0:1:2:3:4:5"), "2001:db8:0:1::/64");
        assert_eq!(network(""), "");
    }
}
