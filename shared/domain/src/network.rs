//! The network that a request comes from, as a subject of limits.

use std::net::{IpAddr, Ipv6Addr};

/// Bits of an IPv6 address that one subscriber usually has the rest of.
const NARROW_BITS: u32 = 64;
/// Bits of an IPv6 address that one site, or one hired tunnel, has the rest of: 65,536 narrow networks.
const WIDE_BITS: u32 = 48;

/// An IPv4 address, or the /64 of an IPv6 one, which is what one subscriber usually has; and the /48 that it lies in,
/// which anybody can have who asks for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Network {
    narrow: String,
    wide: String,
}

impl Network {
    /// The network of a client's address; all unreadable ones share one.
    pub fn of(address: &str) -> Self {
        let (narrow, wide) = match address.parse() {
            Ok(IpAddr::V4(v4)) => (v4.to_string(), v4.to_string()),
            Ok(IpAddr::V6(v6)) => v6.to_ipv4_mapped().map_or_else(
                || (prefix(v6, NARROW_BITS), prefix(v6, WIDE_BITS)),
                |v4| (v4.to_string(), v4.to_string()),
            ),
            Err(_) => (UNKNOWN.to_owned(), UNKNOWN.to_owned()),
        };
        Self { narrow, wide }
    }

    /// The network as text.
    pub fn as_str(&self) -> &str {
        &self.narrow
    }

    /// The wide network as text: for IPv4 the same.
    pub fn wide(&self) -> &str {
        &self.wide
    }

    /// Whether the last login at `address` came from here. An unreadable address is nobody's home.
    pub fn is_home_of(&self, address: &str) -> bool {
        self.narrow != UNKNOWN && *self == Self::of(address)
    }
}

/// What all unreadable addresses share.
const UNKNOWN: &str = "unknown";

fn prefix(address: Ipv6Addr, bits: u32) -> String {
    format!("{}/{bits}", Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << (128 - bits))))
}
