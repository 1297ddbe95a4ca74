//! How far calls may go.

use std::time::Duration;

/// How long a connection may take, TLS and name resolution included.
pub(crate) const CONNECT: Duration = Duration::from_secs(5);

/// Whether servers on this very machine may be called. Only the local stack and tests allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    /// No: the deployed product.
    Refuse,
    /// Yes, also by plain `http` and on any port.
    Allow,
}
