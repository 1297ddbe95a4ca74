//! What a failed call means: an expected refusal of a condition, a passing trouble, or a bug.

use std::collections::HashMap;
use std::error::Error as StdError;
use std::time::Duration;

use aws_sdk_dynamodb::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::types::AttributeValue;
use domain::Error;

/// An item as the SDK gives it.
pub(crate) type Item = HashMap<String, AttributeValue>;

/// A message of the cause chain that survives without the SDK's types.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Cause(String);

/// Every failure that is not expected where it happens. Overload and lost connections ask for another try.
#[expect(clippy::needless_pass_by_value, reason = "so that it fits `map_err`")]
pub(crate) fn unexpected<E>(error: SdkError<E>) -> Error
where
    E: StdError + ProvideErrorMetadata + Send + Sync + 'static,
{
    let passing = match &error {
        SdkError::TimeoutError(_) | SdkError::DispatchFailure(_) | SdkError::ResponseError(_) => true,
        SdkError::ServiceError(service) => {
            service.raw().status().is_server_error()
                || matches!(
                    service.err().code(),
                    Some(
                        "ProvisionedThroughputExceededException"
                            | "ThrottlingException"
                            | "RequestLimitExceeded"
                            | "TransactionConflictException"
                            | "TransactionInProgressException"
                    )
                )
        }
        _ => false,
    };
    let source = Box::new(Cause(failure_cause(&error)));
    if passing { Error::Unavailable { source } } else { Error::Internal { source } }
}

/// What an AWS call failed of, for the log: the service's code, or the chain of what broke on the way. Never the
/// service's message or answer, which may quote keys, addresses or items.
pub fn failure_cause<E, R>(error: &SdkError<E, R>) -> String
where
    E: StdError + ProvideErrorMetadata + 'static,
    R: std::fmt::Debug + 'static,
{
    if let SdkError::ServiceError(service) = error {
        return service.err().code().unwrap_or("unknown service error").to_owned();
    }
    domain::chain(error)
}

/// A condition of an update that did not hold, with the item as it was (`None`: there is none); or what went wrong.
pub(crate) fn condition_of_update(error: SdkError<UpdateItemError>) -> Result<Option<Item>, Error> {
    match error {
        SdkError::ServiceError(service) => match service.err() {
            UpdateItemError::ConditionalCheckFailedException(refused) => Ok(refused.item().cloned()),
            _ => Err(unexpected(SdkError::ServiceError(service))),
        },
        other => Err(unexpected(other)),
    }
}

/// Why a transaction did nothing.
#[derive(Debug)]
pub(crate) enum Cancelled {
    /// The condition of the action with this index did not hold.
    Condition(usize),
    /// Another transaction has one of the items in hand, or the table is short of throughput: try again.
    Busy,
    /// Anything else.
    Failed(Error),
}

/// Reads the reasons of a cancelled transaction.
/// <https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html>
pub(crate) fn cancelled(error: SdkError<TransactWriteItemsError>) -> Cancelled {
    if let SdkError::ServiceError(service) = &error
        && let TransactWriteItemsError::TransactionCanceledException(exception) = service.err()
    {
        let codes = exception.cancellation_reasons().iter().map(|reason| reason.code().unwrap_or("None"));
        if let Some(cancelled) = first_reason(codes) {
            return cancelled;
        }
    }
    match unexpected(error) {
        Error::Unavailable { .. } => Cancelled::Busy,
        other => Cancelled::Failed(other),
    }
}

/// What the reasons, action by action, say together. Callers read the index of a condition as word that all actions before
/// it could be done, so one that was in other hands comes first: it may be our own earlier try, still on its way, which
/// made the condition behind it fail.
fn first_reason<'a>(codes: impl Iterator<Item = &'a str>) -> Option<Cancelled> {
    codes.enumerate().find_map(|(index, code)| match code {
        "ConditionalCheckFailed" => Some(Cancelled::Condition(index)),
        "TransactionConflict" | "ThrottlingError" | "ProvisionedThroughputExceeded" => Some(Cancelled::Busy),
        _ => None,
    })
}

/// Busy for too long.
pub(crate) fn still_busy(what: &'static str) -> Error {
    Error::Unavailable { source: Box::new(Cause(format!("{what}: other writers or the table stayed in the way"))) }
}

/// Waits a little longer each time, up to two thirds of a second, with a spread so that two writers do not meet again.
/// Belongs before the look that the next try goes by, never between that look and the write.
pub(crate) async fn pause(attempt: u32) {
    wait(10 << attempt.min(5)).await;
}

/// The same for what somebody waits for: a conflict is over in milliseconds, so this is 4 at first and 64 at most.
pub(crate) async fn short_pause(attempt: u32) {
    wait(4 << attempt.min(3)).await;
}

/// Waits so many milliseconds, or up to twice as long.
async fn wait(base: u64) {
    #[cfg(test)]
    tests::meanwhile().await;
    let spread = domain::random::<1>().map_or(0, |[byte]| u64::from(byte));
    tokio::time::sleep(Duration::from_millis(base + base * spread / 256)).await;
}

#[cfg(test)]
pub(crate) mod tests;
