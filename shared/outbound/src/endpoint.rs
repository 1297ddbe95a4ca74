//! The base URL of a server, as an administrator typed it, made into an address that is safe to call.

use std::net::IpAddr;

use url::{Host, Url};

use crate::address::is_public;
use crate::limits::{CONNECT, Loopback};
use crate::resolver::{Guard, LookupError};

/// Why a base URL is not called.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AddressError {
    /// Not a URL, or one that carries user info, a query or a fragment.
    #[error("not a base URL")]
    Malformed,
    /// Another scheme than `https`.
    #[error("only https is called")]
    Scheme,
    /// A port below 1024 that is not 443.
    #[error("this port is not called")]
    Port,
    /// An address or name that is not of the public internet.
    #[error("not an address of the public internet")]
    NotPublic,
    /// A name without an address, as far as can be told now.
    #[error("the name has no address")]
    Unresolved,
}

impl AddressError {
    /// What the administrator reads about it.
    #[must_use]
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Malformed => "接口地址格式不正确",
            Self::Scheme => "接口地址必须以 https:// 开头",
            Self::Port => "接口地址的端口不可用，请使用 443 或 1024 以上的端口",
            Self::NotPublic => "该地址不在公网上，不能使用",
            Self::Unresolved => "接口地址的域名无法解析",
        }
    }
}

/// Longer base URLs are refused unread.
const URL_BYTES_MAX: usize = 2048;

/// Names that resolvers answer from the machine or the network around it.
const LOCAL_NAMES: [&str; 7] = ["localhost", "local", "localdomain", "internal", "intranet", "lan", "arpa"];

/// A base URL that passed every check which needs no name resolution; the resolver checks the rest at
/// each connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Endpoint {
    base: Url,
}

impl Endpoint {
    /// Reads what an administrator typed: `api.openai.com`, `https://x.y/v1`, `https://x.y/openai/`, or the whole
    /// address of the chat route. `https` is assumed when there is no scheme.
    ///
    /// # Errors
    /// When it is no URL, or one that is never called.
    pub fn parse(typed: &str, loopback: Loopback) -> Result<Self, AddressError> {
        let typed = typed.trim();
        // Parsers of URLs disagree on these; who means a plain address needs none of them.
        let is_odd = |character: char| character.is_whitespace() || character.is_control() || character == '\\';
        if typed.len() > URL_BYTES_MAX || typed.contains(is_odd) || names_user(typed) {
            return Err(AddressError::Malformed);
        }
        let parsed = if typed.contains("://") { Url::parse(typed) } else { Url::parse(&format!("https://{typed}")) };
        let base = parsed.map_err(|_| AddressError::Malformed)?;
        if base.query().is_some() || base.fragment().is_some() {
            return Err(AddressError::Malformed);
        }
        check_host(&base, loopback)?;
        Ok(Self { base })
    }

    /// Looks its name up now, so that an administrator hears at once of a base that will not be called. The resolver
    /// does so again at each connection: what a name leads to may change.
    ///
    /// # Errors
    /// When the name has no address in time, or one that is not public.
    pub async fn check_reachable(&self, loopback: Loopback) -> Result<(), AddressError> {
        self.check_by(&Guard::new(loopback)).await
    }

    pub(crate) async fn check_by(&self, guard: &Guard) -> Result<(), AddressError> {
        let Some(Host::Domain(name)) = self.base.host() else { return Ok(()) };
        let looked_up = tokio::time::timeout(CONNECT, guard.addresses(name)).await;
        match looked_up.map_err(|_| AddressError::Unresolved)? {
            Ok(_) => Ok(()),
            Err(LookupError::NotPublic) => Err(AddressError::NotPublic),
            Err(LookupError::Failed(_)) => Err(AddressError::Unresolved),
        }
    }

    /// The base URL, without query, fragment and user info. A path may end in a slash or not, as it was typed.
    #[must_use]
    pub fn url(&self) -> &Url {
        &self.base
    }
}

/// Whether there is user info before the host, even an empty one.
fn names_user(typed: &str) -> bool {
    let behind_scheme = typed.split_once("://").map_or(typed, |(_, behind)| behind).trim_start_matches('/');
    behind_scheme.split(['/', '?', '#']).next().is_some_and(|authority| authority.contains('@'))
}

/// Judges a URL by its scheme, host and port: of an [`Endpoint`], or of a file that somebody else's answer names.
///
/// # Errors
/// When it is never called.
pub fn check_host(base: &Url, loopback: Loopback) -> Result<(), AddressError> {
    let host = base.host().ok_or(AddressError::Malformed)?;
    if loopback == Loopback::Allow && matches!(base.scheme(), "http" | "https") && is_loopback(&host) {
        return Ok(());
    }
    if base.scheme() != "https" {
        return Err(AddressError::Scheme);
    }
    // A literal never reaches the resolver, so it is judged here; the URL parser has undone odd spellings of it.
    let public = match host {
        Host::Ipv4(v4) => is_public(IpAddr::V4(v4)),
        Host::Ipv6(v6) => is_public(IpAddr::V6(v6)),
        Host::Domain(name) => is_public_name(name),
    };
    if !public {
        return Err(AddressError::NotPublic);
    }
    match base.port_or_known_default() {
        Some(443 | 1024..) => Ok(()),
        _ => Err(AddressError::Port),
    }
}

fn is_loopback(host: &Host<&str>) -> bool {
    match host {
        Host::Ipv4(v4) => v4.is_loopback(),
        Host::Ipv6(v6) => v6.is_loopback(),
        Host::Domain(name) => *name == "localhost",
    }
}

/// Whether a name can be one of the public name system: several labels, the last none of the local ones.
fn is_public_name(name: &str) -> bool {
    let name = name.strip_suffix('.').unwrap_or(name);
    let last = name.rsplit('.').next().unwrap_or_default();
    name.contains('.') && !name.split('.').any(str::is_empty) && !LOCAL_NAMES.contains(&last)
}

#[cfg(test)]
#[path = "endpoint_tests.rs"]
mod tests;
