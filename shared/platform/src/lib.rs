//! Cold start: what a function takes from outside — environment, clock, HTTP — and the AWS clients, secrets and
//! sealing made from it.

mod aws;
mod environment;
mod erase;
mod http;
mod keys;
mod log;
mod objects;
pub mod password;

pub use crate::http::http_client;
pub use aws::{ses, table};
pub use environment::{Environment, Missing};
pub use erase::{Erased, Eraser};
pub use keys::{CodeKey, Keys, MailboxKey, RedemptionKey, SealError, Sealer, TestKey};
pub use log::start_log;
pub use objects::Objects;

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::{Clock, Zone};
use table::Table;

/// Everything a function takes from outside. Production makes it once in `main`; the local stack and the tests make
/// one per function, so that no code below reads ambient state.
#[derive(Clone, Debug)]
pub struct Outside {
    /// The function's environment variables, as `template.yaml` declares them.
    pub environment: Environment,
    /// The time.
    pub clock: Clock,
    /// The HTTP client of every AWS client.
    pub aws_http: SharedHttpClient,
}

impl Outside {
    /// The process: its environment, the system's clock, the real network.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub fn of_process() -> Result<Self, StartError> {
        Ok(Self { environment: Environment::of_process(), clock: Clock::system(), aws_http: http_client()? })
    }
}

/// What every function that answers people uses.
#[derive(Clone, Debug)]
pub struct Base {
    /// The table.
    pub table: Table,
    /// The time.
    pub clock: Clock,
    /// The business time zone.
    pub zone: Zone,
    /// The origin that browsers may call from: `*` or one origin.
    pub allowed_origin: String,
    /// The deployment's public address without a slash at its end, if its owner names one.
    pub public_url: Option<String>,
    /// The AWS region.
    pub region: String,
}

impl Base {
    /// Reads the environment and makes the table's client; no call goes out.
    ///
    /// # Errors
    /// When the environment lacks something.
    pub fn new(outside: &Outside) -> Result<Self, StartError> {
        let environment = &outside.environment;
        Ok(Self {
            table: table(outside)?,
            clock: outside.clock.clone(),
            zone: environment.parsed("BUSINESS_TIME_ZONE")?,
            allowed_origin: environment.text("ALLOWED_ORIGIN")?.to_owned(),
            public_url: environment.find("PUBLIC_URL").map(|url| url.trim_end_matches('/').to_owned()),
            region: environment.text("AWS_REGION")?.to_owned(),
        })
    }

    /// Opens the table's connection and fetches the secret, side by side.
    ///
    /// # Errors
    /// When the secret cannot be had.
    pub async fn warm_up(&self, outside: &Outside) -> Result<Keys, StartError> {
        tokio::join!(Keys::fetch(outside), reach(&self.table)).0
    }

    /// The time in seconds.
    pub fn now_seconds(&self) -> i64 {
        self.clock.millis().div_euclid(1000)
    }
}

/// Opens the table's connection at a cold start. A table that is away for a moment is the first request's trouble.
pub async fn reach(table: &Table) {
    if let Err(error) = table.warm_up().await {
        tracing::warn!(causes = error.causes(), "the table was not reached at start");
    }
}

/// Why a function could not start. Goes to the log of the operator, never to a client.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The environment lacks a variable or has one of the wrong form.
    #[error(transparent)]
    Environment(#[from] Missing),
    /// An outside call that the start needs failed.
    #[error("{what} failed at start")]
    Call {
        /// Which call.
        what: &'static str,
        /// Why.
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

#[cfg(test)]
mod tests;
