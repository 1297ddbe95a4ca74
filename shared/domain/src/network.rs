//! The network that a request comes from, as a subject of limits.

use std::net::{IpAddr, Ipv6Addr};

/// An IPv4 address, or the /64 of an IPv6 one: what one subscriber usually has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network(String);

impl Network {
    /// The network of a client's address; all unreadable ones share one.
    pub fn of(address: &str) -> Self {
        Self(match address.parse() {
            Ok(IpAddr::V4(v4)) => v4.to_string(),
            Ok(IpAddr::V6(v6)) => v6.to_ipv4_mapped().map_or_else(
                || Ipv6Addr::from_bits(v6.to_bits() & (u128::MAX << 64)).to_string() + "/64",
                |v4| v4.to_string(),
            ),
            Err(_) => "unknown".to_owned(),
        })
    }

    /// The network as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
