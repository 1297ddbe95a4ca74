//! Name resolution that refuses names leading into this machine or the network around it.

use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_public;
use crate::endpoint::Loopback;

/// The resolver of the HTTP client. The connector connects only to the addresses it hands out, at once, so a name
/// cannot change its mind between the check and the connection.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Guard(pub(crate) Loopback);

/// A name of which at least one address is not public. One is enough: such a name is either a mistake or an attack.
#[derive(Debug, thiserror::Error)]
#[error("the name leads to an address that is not of the public internet")]
pub(crate) struct NotPublic;

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let Self(loopback) = *self;
        Box::pin(async move {
            let name = name.as_str();
            // The port is a place-holder: the connector puts in the URL's.
            let addresses: Vec<SocketAddr> = tokio::net::lookup_host((name, 0)).await?.collect();
            if addresses.is_empty() {
                return Err(io::Error::from(io::ErrorKind::NotFound).into());
            }
            let local_allowed = loopback == Loopback::Allow && name == "localhost";
            let acceptable = |address: &SocketAddr| {
                let ip = address.ip();
                is_public(ip) || (local_allowed && ip.is_loopback())
            };
            if !addresses.iter().all(acceptable) {
                return Err(NotPublic.into());
            }
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_name_of_this_machine_is_resolved_only_where_loopback_is_allowed() {
        let refused = Guard(Loopback::Refuse).resolve("localhost".parse().unwrap()).await;
        assert!(refused.err().is_some_and(|error| error.is::<NotPublic>()));

        let allowed = Guard(Loopback::Allow).resolve("localhost".parse().unwrap()).await;
        assert!(allowed.ok().is_some_and(|addresses| addresses.into_iter().all(|it| it.ip().is_loopback())));
    }

    #[tokio::test]
    async fn literals_and_other_local_names_are_refused_even_where_loopback_is_allowed() {
        for name in ["127.0.0.1", "10.0.0.1", "::1"] {
            let refused = Guard(Loopback::Allow).resolve(name.parse().unwrap()).await;
            assert!(refused.err().is_some_and(|error| error.is::<NotPublic>()), "{name}");
        }
    }
}
