//! The guarded HTTP client below every call to a configured address.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use rustls::{ClientConfig, RootCertStore};

use crate::limits::{CONNECT, Loopback};
use crate::resolver::{Guard, LookupError};

/// How long an idle connection is kept for the next call.
const IDLE: Duration = Duration::from_mins(1);

/// The HTTP client could not be made: a build without TLS.
#[derive(Debug, thiserror::Error)]
#[error("the HTTP client for configured addresses could not be built")]
pub struct BuildError(#[source] Box<dyn Error + Send + Sync>);

/// An HTTP client that connects to the public internet only, or also to this machine if `loopback` allows it. It
/// follows no redirects and asks no proxies. The caller checks each URL by [`crate::check_host`] first: an address in
/// place of a name never reaches the resolver.
///
/// # Errors
/// When the TLS library refuses its own defaults.
pub fn http_client(loopback: Loopback) -> Result<reqwest::Client, BuildError> {
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls()?)
        .https_only(loopback == Loopback::Refuse)
        .dns_resolver(Guard::new(loopback))
        .redirect(reqwest::redirect::Policy::none())
        .referer(false)
        .no_proxy()
        .tcp_nodelay(true)
        .connect_timeout(CONNECT)
        .pool_idle_timeout(IDLE)
        // A function serves one turn at a time. One idle connection per host is what it can use, and when that one
        // died while the function was frozen, the second try is sure to open a new one.
        .pool_max_idle_per_host(1)
        .user_agent(concat!("ai-chat/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| BuildError(error.into()))
}

/// Whether a call failed because its name leads to an address that is not of the public internet.
#[must_use]
pub fn is_blocked(error: &reqwest::Error) -> bool {
    let mut source = error.source();
    while let Some(inner) = source {
        if matches!(inner.downcast_ref(), Some(LookupError::NotPublic)) {
            return true;
        }
        source = inner.source();
    }
    false
}

/// TLS with the provider named here, so that no process-wide default is needed or touched, and with built-in roots, so
/// that the start reads no files.
pub(crate) fn tls() -> Result<ClientConfig, BuildError> {
    let roots = RootCertStore { roots: webpki_roots::TLS_SERVER_ROOTS.to_vec() };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let versions = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = versions.map_err(|error| BuildError(error.into()))?;
    Ok(config.with_root_certificates(roots).with_no_client_auth())
}
