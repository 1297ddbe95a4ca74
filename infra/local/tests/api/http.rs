//! A plain HTTP client for the tests.

use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::{Method, Request, StatusCode, header::HeaderMap};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;

use crate::description;

/// No answer of a test takes longer.
const PATIENCE: Duration = Duration::from_secs(60);

#[derive(Clone, Debug)]
pub struct Http {
    client: Client<HttpConnector, Full<Bytes>>,
    base: String,
}

/// A whole answer.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub headers: HeaderMap,
    /// The network chunks of the body and when they came.
    pub chunks: Vec<(Instant, Bytes)>,
}

impl Answer {
    pub fn text(&self) -> String {
        let bytes: Vec<u8> = self.chunks.iter().flat_map(|(_, chunk)| chunk.to_vec()).collect();
        String::from_utf8(bytes).expect("answers are UTF-8")
    }

    /// A body that is JSON, in whatever form.
    pub fn json(&self) -> Value {
        assert_eq!(self.headers["content-type"], "application/json", "{}", self.text());
        serde_json::from_str(&self.text()).expect("JSON")
    }

    /// The envelope, whose shape is checked on the way.
    pub fn envelope(&self) -> Value {
        let envelope: Value = serde_json::from_str(&self.text()).expect("a JSON envelope");
        assert_eq!(self.headers["content-type"], "application/json", "{envelope}");
        let ok = envelope["code"] == 0;
        assert_eq!(ok, self.status == 200, "{} {envelope}", self.status);
        assert_eq!(envelope["code"] == 4001, self.status == 401, "{} {envelope}", self.status);
        assert!(envelope["message"].is_string() && !envelope["data"].is_null(), "{envelope}");
        assert!(self.headers.contains_key("access-control-allow-origin"), "{envelope}");
        assert!(self.headers.contains_key("x-request-id"), "{envelope}");
        envelope
    }

    /// The data of a success.
    pub fn data(&self) -> Value {
        let envelope = self.envelope();
        assert_eq!(envelope["code"], 0, "{envelope}");
        envelope["data"].clone()
    }

    /// The message of a refusal with this status.
    pub fn refusal(&self, status: u16) -> String {
        let envelope = self.envelope();
        assert_eq!(self.status.as_u16(), status, "{envelope}");
        envelope["message"].as_str().unwrap().to_owned()
    }
}

impl Http {
    pub fn new(base: String) -> Self {
        Self { client: Client::builder(TokioExecutor::new()).build_http(), base }
    }

    /// The same from another address of this machine: the whole of 127.0.0.0/8 is.
    pub fn from(&self, address: &str) -> Self {
        let mut connector = HttpConnector::new();
        connector.set_local_address(Some(address.parse().expect("an address")));
        Self { client: Client::builder(TokioExecutor::new()).build(connector), base: self.base.clone() }
    }

    /// Sends a request and reads the whole answer, which must be as it is described.
    pub async fn send(&self, method: Method, path: &str, headers: &[(&str, &str)], body: impl Into<Bytes>) -> Answer {
        let mut request = Request::builder().method(method.clone()).uri(format!("{}{path}", self.base));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let request = request.body(Full::new(body.into())).expect("a request");
        let answer = async {
            let response = self.client.request(request).await.expect("an answer");
            let (head, mut body) = response.into_parts();
            let mut chunks = Vec::new();
            while let Some(frame) = body.frame().await {
                if let Ok(bytes) = frame.expect("a whole body").into_data() {
                    chunks.push((Instant::now(), bytes));
                }
            }
            Answer { status: head.status, headers: head.headers, chunks }
        };
        let answer = tokio::time::timeout(PATIENCE, answer).await.expect("an answer in time");
        description::check(&method, path, &answer);
        answer
    }
}
