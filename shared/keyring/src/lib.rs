//! The upstream keys of the table, used by the pool of the upstream crate: opened, put in order, learned of, checked; and
//! moderation by them.
//!
//! ```text
//! Site ─► Keyring::keys ─► Keys::order ─► Client::open or Client::draw ─► Keys::learn ─► Keys::share ─► the table
//! ```

mod check;
mod keys;
mod moderation;

pub use keys::{Keys, Learned};

use domain::{Clock, Error, Result, UpstreamId, Zone};
use platform::{Outside, Sealer, StartError};
use table::Table;
use upstream::pool::Memory;
use upstream::{AddressError, Client, Endpoint, Loopback};

/// What it takes to use upstream keys.
#[derive(Debug)]
pub struct Keyring {
    table: Table,
    clock: Clock,
    zone: Zone,
    sealer: Sealer,
    client: Client,
    loopback: Loopback,
    /// What this function instance has seen of the keys.
    memory: Memory,
}

impl Keyring {
    /// Makes the client that calls upstreams; no call goes out.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub fn new(outside: &Outside, table: Table, zone: Zone, sealer: Sealer) -> Result<Self, StartError> {
        let loopback = match outside.environment.find("UPSTREAM_LOOPBACK") {
            Some("allow") => Loopback::Allow,
            _ => Loopback::Refuse,
        };
        let client = Client::new(loopback)
            .map_err(|source| StartError::Call { what: "upstream client", source: Box::new(source) })?;
        Ok(Self { table, clock: outside.clock.clone(), zone, sealer, client, loopback, memory: Memory::default() })
    }

    /// The client that calls upstreams.
    pub fn client(&self) -> &Client {
        &self.client
    }

    /// Seals the secret of the key with this id.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, id: UpstreamId, secret: &str) -> Result<Vec<u8>> {
        self.sealer.seal(&id.to_string(), secret).map_err(Error::internal)
    }

    /// Whether a base address may be called, as far as can be told now.
    ///
    /// # Errors
    /// A refusal that says what is wrong with it.
    pub async fn check_address(&self, host: &str) -> Result<()> {
        let refusal = |error: AddressError| Error::refused(error.sentence());
        let endpoint = Endpoint::parse(host, self.loopback).map_err(refusal)?;
        endpoint.check_reachable(self.loopback).await.map_err(refusal)
    }
}
