//! The AWS clients: one HTTP client, credentials and region straight from the environment, short time-outs.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_credential_types::provider::SharedCredentialsProvider;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::timeout::TimeoutConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use table::Table;

use crate::{Environment, Missing, Outside};

/// What a service may take: the first answer comes in milliseconds, so a silent connection is a dead one, and clients
/// give up after 15 s.
struct Patience {
    attempt: Duration,
    total: Duration,
}

impl Patience {
    fn timeouts(&self) -> TimeoutConfig {
        TimeoutConfig::builder().operation_attempt_timeout(self.attempt).operation_timeout(self.total).build()
    }
}

const TABLE: Patience = Patience { attempt: Duration::from_secs(2), total: Duration::from_secs(5) };
/// A picture may be 10 MB.
const OBJECTS: Patience = Patience { attempt: Duration::from_secs(10), total: Duration::from_secs(25) };
const OTHERS: Patience = Patience { attempt: Duration::from_secs(4), total: Duration::from_secs(6) };

/// A second attempt after 50 ms at most: the SDK's default of a second is made for batch work.
fn retries() -> RetryConfig {
    RetryConfig::standard().with_max_attempts(4).with_initial_backoff(Duration::from_millis(50))
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

/// The configuration of one client; the SDK's crates share no builder type, so the like lines stand here once.
macro_rules! config {
    ($sdk:ident, $outside:expr, $patience:expr, $endpoint:literal) => {{
        let environment = &$outside.environment;
        let mut config = $sdk::Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(region(environment)?)
            .credentials_provider(credentials(environment)?)
            .http_client($outside.aws_http.clone())
            .retry_config(retries())
            // Its own budget of retries: by default all clients of a process share one, and the local stack is one
            // process, where a function whose table is away would take the retries from all others.
            .retry_partition($sdk::config::retry::RetryPartition::custom("own").build())
            .timeout_config($patience.timeouts());
        config.set_endpoint_url(environment.find($endpoint).map(str::to_owned));
        config
    }};
}

/// The table named by `TABLE_NAME`; no call goes out.
///
/// # Errors
/// When the environment lacks its name, credentials or region.
pub fn table(outside: &Outside) -> Result<Table, Missing> {
    let name = outside.environment.text("TABLE_NAME")?;
    let config = config!(aws_sdk_dynamodb, outside, TABLE, "AWS_ENDPOINT_URL_DYNAMODB");
    Ok(Table::new(aws_sdk_dynamodb::Client::from_conf(config.build()), name))
}

/// The mail client.
///
/// # Errors
/// When the environment lacks credentials or region.
pub fn ses(outside: &Outside) -> Result<aws_sdk_ses::Client, Missing> {
    let config = config!(aws_sdk_ses, outside, OTHERS, "AWS_ENDPOINT_URL_SES");
    Ok(aws_sdk_ses::Client::from_conf(config.build()))
}

/// What the bucket's client is made from. An endpoint of our own finds the bucket's name in the path: it has no names of
/// hosts to spare.
pub(crate) fn s3(outside: &Outside) -> Result<aws_sdk_s3::config::Builder, Missing> {
    let config = config!(aws_sdk_s3, outside, OBJECTS, "AWS_ENDPOINT_URL_S3");
    Ok(config.force_path_style(outside.environment.find("AWS_ENDPOINT_URL_S3").is_some()))
}

pub(crate) fn secretsmanager(outside: &Outside) -> Result<aws_sdk_secretsmanager::Client, Missing> {
    let config = config!(aws_sdk_secretsmanager, outside, OTHERS, "AWS_ENDPOINT_URL_SECRETS_MANAGER");
    Ok(aws_sdk_secretsmanager::Client::from_conf(config.build()))
}
