//! The orders of the table in the hands of the payment providers: offered, asked about, notified of, and credited once.
//!
//! ```text
//! precreate ─► Cashier::offer ─► the provider          a person gets an address to pay at
//! notify    ─► Cashier::take  ─► verified ─┐
//! schedule, owner, administrator           ├─► settle ─► table::order::credit, close, or an event for the administrator
//!           ─► Cashier::ask   ─► verified ─┘
//! ```
//! Whatever a provider says goes one way: its signature and its merchant are checked by [`payment`], its order number and
//! its amount here, by one function for all of them, and then the order's own state decides in the table.

mod ask;
mod look;
mod offer;
mod outcome;
mod settle;
mod take;

pub use ask::Asked;
pub use offer::FAILED;
pub use settle::Settled;
pub use take::Notification;

use domain::{ChannelId, Clock, Error, Result, Zone};
use outbound::Loopback;
use payment::Params;
use platform::{Outside, Sealer, StartError};
use table::Table;
use table::channel::Channel;

/// What it takes to deal with payment providers.
#[derive(Debug)]
pub struct Cashier {
    table: Table,
    clock: Clock,
    zone: Zone,
    sealer: Sealer,
    http: outbound::Client,
    client: payment::Client,
}

impl Cashier {
    /// Makes the client that calls providers; no call goes out.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub fn new(outside: &Outside, table: Table, zone: Zone, sealer: Sealer) -> Result<Self, StartError> {
        let loopback = match outside.environment.find("UPSTREAM_LOOPBACK") {
            Some("allow") => Loopback::Allow,
            _ => Loopback::Refuse,
        };
        let http = outbound::Client::new(loopback)
            .map_err(|source| StartError::Call { what: "payment client", source: Box::new(source) })?;
        let client = payment::Client::new(http.clone());
        Ok(Self { table, clock: outside.clock.clone(), zone, sealer, http, client })
    }

    /// Whether addresses of this very machine may be called.
    pub fn loopback(&self) -> Loopback {
        self.http.loopback()
    }

    /// The client that calls providers.
    pub const fn http(&self) -> &outbound::Client {
        &self.http
    }

    /// Seals the parameters of the channel with this id.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, id: ChannelId, params: &Params) -> Result<Vec<u8>> {
        self.sealer.seal(&id.to_string(), &params.to_json()).map_err(Error::internal)
    }

    /// The parameters of a channel.
    ///
    /// # Errors
    /// When they were sealed with another secret than the deployment has, or are not what this version takes.
    pub fn params(&self, channel: &Channel) -> Result<Params> {
        let text = self.sealer.open(&channel.id.to_string(), &channel.sealed).map_err(Error::internal)?;
        Params::from_json(channel.provider, &text).map_err(Error::internal)
    }
}
