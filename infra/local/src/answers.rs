//! What API Gateway answers without asking a function, worded by the template's `GatewayResponses`.

use http::header::{self, HeaderName, HeaderValue};
use http::{Response, StatusCode};
use serde_json::json;

use crate::body::{self, Body};
use crate::template::{Cors, Template};

/// Why API Gateway answers itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Refusal {
    /// No such path or method: API Gateway's name for it is about tokens.
    UnknownRoute,
    /// The request is over a limit of size.
    TooLarge,
    /// The request cannot be read.
    BadRequest,
    /// The client took too long to send its request.
    SlowRequest,
    /// The function took too long.
    Timeout,
    /// The function failed, or its answer makes no sense.
    BadGateway,
}

impl Refusal {
    /// API Gateway's name for the reason, its status, and its message where the template words none.
    fn usual(self) -> (&'static str, StatusCode, &'static str) {
        match self {
            Self::UnknownRoute => {
                ("MISSING_AUTHENTICATION_TOKEN", StatusCode::FORBIDDEN, "Missing Authentication Token")
            }
            Self::TooLarge => ("REQUEST_TOO_LARGE", StatusCode::PAYLOAD_TOO_LARGE, "Request Too Long"),
            Self::BadRequest => ("DEFAULT_4XX", StatusCode::BAD_REQUEST, "Bad Request"),
            Self::SlowRequest => ("DEFAULT_4XX", StatusCode::REQUEST_TIMEOUT, "Request Timeout"),
            Self::Timeout => ("INTEGRATION_TIMEOUT", StatusCode::GATEWAY_TIMEOUT, "Endpoint request timed out"),
            Self::BadGateway => ("DEFAULT_5XX", StatusCode::BAD_GATEWAY, "Internal server error"),
        }
    }
}

/// The values of `$context` in gateway answers.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Request<'a> {
    /// The request's id.
    pub(crate) id: &'a str,
    /// Its method.
    pub(crate) method: &'a str,
}

/// The gateway's own answer for `refusal`.
pub(crate) fn refuse(template: &Template, refusal: Refusal, request: Request<'_>) -> Response<Body> {
    let (name, usual_status, message) = refusal.usual();
    let fallback = if usual_status.is_client_error() { "DEFAULT_4XX" } else { "DEFAULT_5XX" };
    let wording = template.gateway_responses.get(name).or_else(|| template.gateway_responses.get(fallback));
    let variable = |variable: &str| match variable {
        "requestId" | "extendedRequestId" => request.id.to_owned(),
        "httpMethod" => request.method.to_owned(),
        "stage" => template.stage.clone(),
        "error.responseType" => name.to_owned(),
        "error.message" => message.to_owned(),
        "error.messageString" => json!(message).to_string(),
        _ => String::new(),
    };
    let template_body = wording.and_then(|wording| wording.body.as_deref());
    let text = fill(template_body.unwrap_or(r#"{"message":$context.error.messageString}"#), variable);
    let mut response = Response::new(body::whole(text));
    *response.status_mut() = status(wording.and_then(|wording| wording.status), usual_status);
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/json"));
    for (header, mapping) in wording.map(|wording| wording.headers.as_slice()).unwrap_or_default() {
        let value = match mapping.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            Some(text) => text.to_owned(),
            None => mapping.strip_prefix("context.").map(variable).unwrap_or_default(),
        };
        if let (Ok(header), Ok(value)) = (HeaderName::try_from(header.as_str()), HeaderValue::try_from(value)) {
            headers.insert(header, value);
        }
    }
    response
}

/// The answer to a preflight request, which SAM makes from the template's `Cors`.
pub(crate) fn preflight(cors: &Cors, methods_of_path: &[String]) -> Response<Body> {
    let mut response = Response::new(body::whole(""));
    let methods = cors.methods.clone().unwrap_or_else(|| {
        let listed = methods_of_path.iter().map(String::as_str).chain(["OPTIONS"]);
        listed.collect::<Vec<_>>().join(",")
    });
    let credentials = cors.credentials.then(|| "true".to_owned());
    let values = [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, Some(cors.origin.clone())),
        (header::ACCESS_CONTROL_ALLOW_METHODS, Some(methods)),
        (header::ACCESS_CONTROL_ALLOW_HEADERS, cors.headers.clone()),
        (header::ACCESS_CONTROL_MAX_AGE, cors.max_age.clone()),
        (header::ACCESS_CONTROL_ALLOW_CREDENTIALS, credentials),
        (header::CONTENT_TYPE, Some("application/json".to_owned())),
    ];
    for (name, value) in values {
        if let Some(value) = value.and_then(|value| HeaderValue::try_from(value).ok()) {
            response.headers_mut().insert(name, value);
        }
    }
    response
}

fn status(given: Option<u16>, usual: StatusCode) -> StatusCode {
    given.and_then(|status| StatusCode::from_u16(status).ok()).unwrap_or(usual)
}

/// Replaces `$context.name` in a template.
fn fill(template: &str, variable: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("$context.") {
        let end = after.find(|c: char| !c.is_ascii_alphanumeric() && c != '.').unwrap_or(after.len());
        let (name, after) = after.split_at(end);
        text.push_str(before);
        text.push_str(&variable(name));
        rest = after;
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use http_body_util::BodyExt as _;

    use super::*;
    use crate::template::GatewayResponse;

    fn template(answers: &[(&str, GatewayResponse)]) -> Template {
        Template {
            stage: "prod".to_owned(),
            cors: None,
            gateway_responses: answers.iter().map(|(name, answer)| ((*name).to_owned(), answer.clone())).collect(),
            binary_media_types: Vec::new(),
            functions: Vec::new(),
            tables: Vec::new(),
            buckets: Vec::new(),
            secrets: Vec::new(),
        }
    }

    async fn read(response: Response<Body>) -> (u16, BTreeMap<String, String>, String) {
        let (parts, body) = response.into_parts();
        let text = String::from_utf8(body.collect().await.unwrap().to_bytes().to_vec()).unwrap();
        let headers = parts.headers.iter();
        let headers = headers.map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned())).collect();
        (parts.status.as_u16(), headers, text)
    }

    const REQUEST: Request<'_> = Request { id: "r-1", method: "GET" };

    #[tokio::test]
    async fn the_template_words_the_answer() {
        let wording = GatewayResponse {
            status: Some(404),
            headers: vec![
                ("x-request-id".to_owned(), "context.requestId".to_owned()),
                ("Retry-After".to_owned(), "'1'".to_owned()),
            ],
            body: Some(r#"{"id":"$context.requestId","why":$context.error.messageString}"#.to_owned()),
        };
        let template = template(&[("MISSING_AUTHENTICATION_TOKEN", wording)]);
        let (status, headers, body) = read(refuse(&template, Refusal::UnknownRoute, REQUEST)).await;
        assert_eq!(status, 404);
        assert_eq!((headers["x-request-id"].as_str(), headers["retry-after"].as_str()), ("r-1", "1"));
        assert_eq!(body, r#"{"id":"r-1","why":"Missing Authentication Token"}"#);
    }

    #[tokio::test]
    async fn the_default_wording_keeps_the_usual_status() {
        let wording = GatewayResponse { body: Some("{}".to_owned()), ..GatewayResponse::default() };
        let template = template(&[("DEFAULT_4XX", wording)]);
        let (status, _, body) = read(refuse(&template, Refusal::TooLarge, REQUEST)).await;
        assert_eq!((status, body.as_str()), (413, "{}"));
        let (status, _, body) = read(refuse(&template, Refusal::BadGateway, REQUEST)).await;
        assert_eq!((status, body.as_str()), (502, r#"{"message":"Internal server error"}"#));
    }

    #[tokio::test]
    async fn a_preflight_without_methods_lists_those_of_the_path() {
        let cors = Cors { origin: "*".to_owned(), ..Cors::default() };
        let (status, headers, body) = read(preflight(&cors, &["GET".to_owned()])).await;
        assert_eq!((status, body.as_str()), (200, ""));
        assert_eq!(headers["access-control-allow-methods"], "GET,OPTIONS");
        assert_eq!(headers["access-control-allow-origin"], "*");
    }
}
