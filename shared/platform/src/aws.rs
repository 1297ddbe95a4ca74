//! The AWS clients: one HTTP client, credentials and region straight from the environment, short time-outs.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_runtime_api::client::http::SharedHttpClient;

use crate::{Environment, Missing, Outside, StartError};

/// The certificate authorities of AWS's public endpoints (<https://www.amazontrust.com/repository/>). Five
/// certificates parse in a fraction of the time that a system's whole bundle takes at a cold start.
const AMAZON_ROOTS: &str = include_str!("amazon_roots.pem");

/// The HTTP client of every AWS client: rustls on ring, trusting Amazon's authorities alone.
///
/// # Errors
/// When the built-in trust store does not load.
pub fn http_client() -> Result<SharedHttpClient, StartError> {
    let trusted = TrustStore::empty().with_pem_certificate(AMAZON_ROOTS);
    let context = TlsContext::builder()
        .with_trust_store(trusted)
        .build()
        .map_err(|source| StartError::Call { what: "trust store", source: Box::new(source) })?;
    Ok(aws_smithy_http_client::Builder::new()
        .tls_provider(Provider::Rustls(CryptoMode::Ring))
        .tls_context(context)
        .build_https())
}

/// What a service may take: the first answer comes in milliseconds, so a silent connection is a dead one, and clients
/// give up after 15 s.
struct Patience {
    attempt: Duration,
    total: Duration,
}

impl Patience {
    fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder()
            .connect_timeout(Duration::from_millis(1_500))
            .operation_attempt_timeout(self.attempt)
            .operation_timeout(self.total)
            .build()
    }
}

const TABLE: Patience = Patience { attempt: Duration::from_secs(2), total: Duration::from_secs(6) };
const OTHERS: Patience = Patience { attempt: Duration::from_secs(5), total: Duration::from_secs(11) };

/// A second attempt after 25 to 50 ms: the SDK's default of a second is made for batch work.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(3).with_initial_backoff(Duration::from_millis(50))
}

/// Credentials as Lambda hands them to a function:
/// <https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html>
fn credentials(environment: &Environment) -> Result<SharedCredentialsProvider, Missing> {
    Ok(SharedCredentialsProvider::new(Credentials::new(
        environment.text("AWS_ACCESS_KEY_ID")?,
        environment.text("AWS_SECRET_ACCESS_KEY")?,
        environment.find("AWS_SESSION_TOKEN").map(str::to_owned),
        None,
        "environment",
    )))
}

fn region(environment: &Environment) -> Result<Region, Missing> {
    Ok(Region::new(environment.text("AWS_REGION")?.to_owned()))
}

/// One client; the SDK's crates share no builder type, so the like lines stand here once.
macro_rules! client {
    ($sdk:ident, $outside:expr, $patience:expr, $endpoint:literal) => {{
        let environment = &$outside.environment;
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region(environment)?)
            .credentials_provider(credentials(environment)?)
            .http_client($outside.aws_http.clone())
            .retry_config(retries())
            .timeout_config($patience.timeouts());
        if let Some(endpoint) = environment.find($endpoint) {
            config = config.endpoint_url(endpoint);
        }
        Ok($sdk::Client::from_conf(config.build()))
    }};
}

pub(crate) fn dynamodb(outside: &Outside) -> Result<aws_sdk_dynamodb::Client, Missing> {
    client!(aws_sdk_dynamodb, outside, TABLE, "AWS_ENDPOINT_URL_DYNAMODB")
}

/// The mail client.
///
/// # Errors
/// When the environment lacks credentials or region.
pub fn ses(outside: &Outside) -> Result<aws_sdk_ses::Client, Missing> {
    client!(aws_sdk_ses, outside, OTHERS, "AWS_ENDPOINT_URL_SES")
}

pub(crate) fn secretsmanager(outside: &Outside) -> Result<aws_sdk_secretsmanager::Client, Missing> {
    client!(aws_sdk_secretsmanager, outside, OTHERS, "AWS_ENDPOINT_URL_SECRETS_MANAGER")
}
