//! Name resolution that refuses names leading into this machine or the network around it.

use std::io;
use std::net::SocketAddr;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use crate::address::is_public;
use crate::limits::Loopback;

/// The resolver of the HTTP client. The connector connects only to the addresses it hands out, at once, so a name
/// cannot change its mind between the check and the connection.
#[derive(Clone, Debug)]
pub(crate) struct Guard {
    loopback: Loopback,
    names: Names,
}

/// Who knows the addresses of names.
#[derive(Clone, Debug)]
enum Names {
    /// The resolver of the system.
    System,
    #[cfg(test)]
    Scripted(tests::Script),
}

/// Why a name leads nowhere.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LookupError {
    /// At least one address is not public. One is enough: such a name is either a mistake or an attack.
    #[error("the name leads to an address that is not of the public internet")]
    NotPublic,
    /// It has no address, or nobody could tell.
    #[error("the name could not be resolved")]
    Failed(#[from] io::Error),
}

impl Guard {
    /// The guard that asks the resolver of the system.
    pub(crate) fn new(loopback: Loopback) -> Self {
        Self { loopback, names: Names::System }
    }

    /// The addresses of `name`, all of which may be called. Their port is a place-holder.
    pub(crate) async fn addresses(&self, name: &str) -> Result<Vec<SocketAddr>, LookupError> {
        let addresses = self.names.look_up(name).await?;
        if addresses.is_empty() {
            return Err(io::Error::from(io::ErrorKind::NotFound).into());
        }
        let local_allowed = self.loopback == Loopback::Allow && name == "localhost";
        let acceptable = |address: &SocketAddr| {
            let ip = address.ip();
            is_public(ip) || (local_allowed && ip.is_loopback())
        };
        if addresses.iter().all(acceptable) { Ok(addresses) } else { Err(LookupError::NotPublic) }
    }
}

impl Names {
    async fn look_up(&self, name: &str) -> io::Result<Vec<SocketAddr>> {
        match self {
            Self::System => Ok(tokio::net::lookup_host((name, 0)).await?.collect()),
            #[cfg(test)]
            Self::Scripted(script) => Ok(script.look_up()),
        }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let addresses = guard.addresses(name.as_str()).await?;
            Ok(Box::new(addresses.into_iter()) as Addrs)
        })
    }
}

#[cfg(test)]
#[path = "resolver_tests.rs"]
mod tests;
