//! Cold start: what a function takes from outside — environment, clock, HTTP — and the AWS clients, secrets and
//! sealing made from it.

mod environment;

pub use environment::{Environment, Missing};

use aws_smithy_runtime_api::client::http::SharedHttpClient;
use domain::Clock;

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
