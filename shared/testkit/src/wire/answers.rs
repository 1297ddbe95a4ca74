//! The answers of the real services to a call that they refuse, in their wire formats.

use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::http::StatusCode;
use aws_smithy_types::body::SdkBody;
use serde_json::{Value, json};

use super::calls::Service;
use super::fault::FaultKind;
use crate::dynamo::flight;
use crate::{objects, ses};

/// An HTTP answer as the SDK gets it.
pub(super) fn answer(status: u16, service: Service, body: Vec<u8>) -> Result<HttpResponse, ConnectorError> {
    let status = StatusCode::try_from(status).map_err(|error| ConnectorError::other(error.into(), None))?;
    let mut answer = HttpResponse::new(status, SdkBody::from(body));
    let kind = match service {
        Service::S3 => "application/xml",
        Service::Ses => "text/xml",
        _ => "application/x-amz-json-1.0",
    };
    answer.headers_mut().insert("content-type", kind);
    Ok(answer)
}

/// Status and body with which `service` refuses `request` for the reason `kind`.
pub(super) fn refusal(kind: FaultKind, service: Service, request: &HttpRequest) -> (u16, Vec<u8>) {
    match kind {
        FaultKind::Conflict => (400, conflict(request).to_string().into_bytes()),
        FaultKind::Throttle => throttled(service),
        _ => broken(service),
    }
}

fn throttled(service: Service) -> (u16, Vec<u8>) {
    let name = match service {
        Service::S3 => return (503, objects::error("SlowDown", "Please reduce your request rate.").into_bytes()),
        Service::Ses => {
            return (400, ses::error("Throttling", "Maximum sending rate exceeded.").into_bytes());
        }
        Service::DynamoDb => "com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException",
        Service::Secrets | Service::Other => "ThrottlingException",
    };
    let message = "The level of configured provisioned throughput for the table was exceeded.";
    (400, json!({"__type": name, "message": message}).to_string().into_bytes())
}

fn broken(service: Service) -> (u16, Vec<u8>) {
    let name = match service {
        Service::S3 => {
            return (500, objects::error("InternalError", "We encountered an internal error.").into_bytes());
        }
        Service::Ses => return (500, ses::error("InternalFailure", "Internal failure.").into_bytes()),
        Service::DynamoDb => "com.amazonaws.dynamodb.v20120810#InternalServerError",
        Service::Secrets | Service::Other => "InternalServiceError",
    };
    (500, json!({"__type": name, "message": "Internal server error"}).to_string().into_bytes())
}

/// A transaction cancelled because its first part ran into another transaction; or a plain write refused for the same
/// reason.
fn conflict(request: &HttpRequest) -> Value {
    let target = request.headers().get("x-amz-target").unwrap_or_default();
    if !target.contains("Transact") {
        return flight::refused();
    }
    let asked: Value = serde_json::from_slice(request.body().bytes().unwrap_or_default()).unwrap_or_default();
    let parts = asked["TransactItems"].as_array().map_or(1, Vec::len).max(1);
    let mut taken = vec![false; parts];
    taken[0] = true;
    flight::cancelled(&taken)
}
