//! The plain answers of an OpenAI-compatible server: errors and the list of models.

use http::{Response, StatusCode, header};
use serde_json::{Value, json};

use super::UpstreamBody;

/// The models listed; any other name is answered as well.
const MODELS: [&str; 6] = ["gpt-3.5-turbo", "gpt-3.5-turbo-16k", "gpt-4", "gpt-4-turbo", "gpt-4o", "gpt-4o-mini"];

/// An error answer in OpenAI's form.
pub(super) fn error(status: StatusCode, message: &str) -> Response<UpstreamBody> {
    let (kind, code) = match status.as_u16() {
        401 => ("invalid_request_error", json!("invalid_api_key")),
        402 => ("insufficient_quota", json!("insufficient_quota")),
        403 => ("invalid_request_error", json!("unsupported_country_region_territory")),
        404 => ("invalid_request_error", json!("not_found")),
        429 => ("requests", json!("rate_limit_exceeded")),
        500.. => ("server_error", Value::Null),
        _ => ("invalid_request_error", Value::Null),
    };
    let body = json!({"error": {"message": message, "type": kind, "param": null, "code": code}});
    let mut answer = plain(status, &body);
    if status == StatusCode::TOO_MANY_REQUESTS {
        answer.headers_mut().insert(header::RETRY_AFTER, header::HeaderValue::from_static("1"));
    }
    answer
}

/// The answer to `GET /v1/models`.
pub(super) fn models() -> Response<UpstreamBody> {
    let model = |id| json!({"id": id, "object": "model", "created": 1_677_610_602, "owned_by": "openai"});
    plain(StatusCode::OK, &json!({"object": "list", "data": MODELS.map(model)}))
}

pub(super) fn plain(status: StatusCode, body: &Value) -> Response<UpstreamBody> {
    let mut answer = Response::new(UpstreamBody::text(body.to_string()));
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("application/json"));
    answer
}
