//! A function's answer, as API Gateway turns it into HTTP.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use http::header::{self, HeaderName, HeaderValue};
use http::{HeaderMap, Response, StatusCode};
use lambda_runtime::MetadataPrelude;
use serde::Deserialize;

use crate::body::{self, Body};

/// The answer of a buffered function.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Reply {
    status_code: u16,
    #[serde(default)]
    headers: BTreeMap<String, String>,
    #[serde(default)]
    multi_value_headers: BTreeMap<String, Vec<String>>,
    body: Option<String>,
    #[serde(default)]
    is_base64_encoded: bool,
}

impl Reply {
    /// The HTTP answer. As on API Gateway, a base64 body is decoded only for a client that asks for one of the API's
    /// binary media types first, and goes out as base64 text otherwise.
    ///
    /// # Errors
    /// What is malformed.
    pub(crate) fn into_response(self, accepts_binary: bool) -> Result<Response<Body>, &'static str> {
        let text = self.body.unwrap_or_default();
        let bytes = if self.is_base64_encoded && accepts_binary {
            BASE64_STANDARD.decode(text).map_err(|_| "answered a body that is not base64")?
        } else {
            text.into_bytes()
        };
        let mut response = Response::new(body::whole(bytes));
        *response.status_mut() = StatusCode::from_u16(self.status_code).map_err(|_| "answered no HTTP status")?;
        let single = self.headers.into_iter().map(|(name, value)| (name, vec![value]));
        for (name, values) in single.chain(self.multi_value_headers) {
            let name = HeaderName::try_from(name).map_err(|_| "answered a malformed header name")?;
            for value in values {
                let value = HeaderValue::try_from(value).map_err(|_| "answered a malformed header value")?;
                response.headers_mut().append(name.clone(), value);
            }
        }
        drop_hop_by_hop(response.headers_mut());
        response.headers_mut().entry(header::CONTENT_TYPE).or_insert(HeaderValue::from_static("application/json"));
        Ok(response)
    }
}

/// The answer of a streaming function.
pub(crate) fn streamed(prelude: MetadataPrelude, body: Body) -> Response<Body> {
    let mut response = Response::new(body);
    *response.status_mut() = prelude.status_code;
    *response.headers_mut() = prelude.headers;
    for cookie in prelude.cookies {
        if let Ok(cookie) = HeaderValue::try_from(cookie) {
            response.headers_mut().append(header::SET_COOKIE, cookie);
        }
    }
    drop_hop_by_hop(response.headers_mut());
    // What the runtime client puts in.
    let unknown = HeaderValue::from_static("application/octet-stream");
    response.headers_mut().entry(header::CONTENT_TYPE).or_insert(unknown);
    response
}

/// How the answer is framed and kept alive is between the client and this server.
fn drop_hop_by_hop(headers: &mut HeaderMap) {
    for name in [header::CONNECTION, header::TRANSFER_ENCODING, header::CONTENT_LENGTH, header::UPGRADE] {
        headers.remove(name);
    }
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt as _;

    use super::*;

    fn reply(json: &str) -> Result<Response<Body>, &'static str> {
        serde_json::from_str::<Reply>(json).map_err(|_| "no reply")?.into_response(true)
    }

    #[tokio::test]
    async fn a_function_answers_text_or_bytes() {
        let response =
            reply(r#"{"statusCode":201,"headers":{},"multiValueHeaders":{"A":["1","2"]},"body":"hi"}"#).unwrap();
        assert_eq!(response.status(), 201);
        assert_eq!(response.headers().get_all("a").iter().count(), 2);
        assert_eq!(response.headers()["content-type"], "application/json");
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "hi");
        let response = reply(r#"{"statusCode":200,"body":"/wA=","isBase64Encoded":true}"#).unwrap();
        assert_eq!(response.into_body().collect().await.unwrap().to_bytes().as_ref(), [0xff, 0]);
    }

    #[test]
    fn nonsense_is_refused() {
        for json in [
            "{}",
            r#"{"statusCode":"200"}"#,
            r#"{"statusCode":99}"#,
            r#"{"statusCode":200,"headers":{"a b":"c"}}"#,
            r#"{"statusCode":200,"headers":{"a":"b\nc"}}"#,
            r#"{"statusCode":200,"body":"%","isBase64Encoded":true}"#,
        ] {
            assert!(reply(json).is_err(), "{json}");
        }
    }

    #[test]
    fn a_stream_keeps_its_head_but_not_its_framing() {
        let mut prelude = MetadataPrelude { status_code: StatusCode::ACCEPTED, ..MetadataPrelude::default() };
        prelude.headers.insert("x-a", HeaderValue::from_static("1"));
        prelude.headers.insert("content-length", HeaderValue::from_static("7"));
        prelude.cookies.push("c=1".to_owned());
        let response = streamed(prelude, body::whole(""));
        assert_eq!(response.status(), 202);
        let names: Vec<_> = response.headers().keys().map(HeaderName::as_str).collect();
        assert_eq!(names, ["x-a", "set-cookie", "content-type"]);
    }
}
