//! Who is on the other end: the address, and the traces that go into [`Meta`].
//!
//! `X-Forwarded-For` is read from the right and only as far as the hops are trusted proxies; by
//! default none is, so a spoofed header changes neither the limits nor the audit trail.

use actix_web::HttpMessage as _;
use actix_web::dev::ServiceRequest;
use actix_web::http::header::USER_AGENT;
use app::Meta;
use ipnet::IpNet;
use std::net::{IpAddr, Ipv4Addr};

/// The address of the caller, once the trusted proxies are taken away.
#[must_use]
pub fn address(req: &ServiceRequest, trusted: &[IpNet]) -> IpAddr {
    let direct = req.peer_addr().map_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED), |peer| peer.ip().to_canonical());
    let is_trusted = |ip: &IpAddr| trusted.iter().any(|net| net.contains(ip));
    if !is_trusted(&direct) {
        return direct;
    }
    let forwarded: Vec<&str> = req
        .headers()
        .get_all("x-forwarded-for")
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .collect();
    let mut nearest = direct;
    for hop in forwarded.iter().rev() {
        let Ok(ip) = hop.trim().parse::<IpAddr>() else { return nearest };
        nearest = ip.to_canonical();
        if !is_trusted(&nearest) {
            return nearest;
        }
    }
    nearest
}

/// Puts the traces of the request where the extractors find them.
pub(crate) fn stamp(req: &ServiceRequest, request_id: &str, address: IpAddr) {
    let agent = req.headers().get(USER_AGENT).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let meta = Meta {
        request_id: request_id.to_owned(),
        ip: address.to_string(),
        user_agent: agent.chars().take(200).collect(),
    };
    req.extensions_mut().insert(meta);
}

/// The traces of this request.
#[must_use]
pub fn meta(req: &actix_web::HttpRequest) -> Meta {
    req.extensions().get::<Meta>().cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use actix_web::test::TestRequest;

    fn seen(peer: &str, forwarded: &str, trusted: &[&str]) -> String {
        let req = TestRequest::get()
            .peer_addr(format!("{peer}:1").parse().unwrap())
            .insert_header(("X-Forwarded-For", forwarded))
            .to_srv_request();
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        address(&req, &trusted).to_string()
    }

    #[test]
    fn a_forwarded_address_counts_only_behind_trusted_proxies() {
        assert_eq!(seen("198.51.100.7", "203.0.113.9", &[]), "198.51.100.7");
        assert_eq!(seen("198.51.100.7", "203.0.113.9", &["10.0.0.0/8"]), "198.51.100.7");
        assert_eq!(seen("10.0.0.1", "203.0.113.9", &["10.0.0.0/8"]), "203.0.113.9");
    }

    #[test]
    fn what_the_caller_wrote_in_front_is_not_believed() {
        assert_eq!(seen("10.0.0.1", "192.0.2.1, 203.0.113.9, 10.0.0.2", &["10.0.0.0/8"]), "203.0.113.9");
        assert_eq!(seen("10.0.0.1", "203.0.113.9, rubbish", &["10.0.0.0/8"]), "10.0.0.1");
    }
}
