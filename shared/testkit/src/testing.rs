//! What the kit's own tests share: SDK clients over the wire, and a small HTTP server on loopback.

use std::convert::Infallible;
use std::future::Future;
use std::net::SocketAddr;
use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_dynamodb::config::retry::RetryConfig;
use aws_sdk_dynamodb::config::{BehaviorVersion, Region};
use aws_smithy_runtime_api::client::http::SharedHttpClient;
use bytes::Bytes;
use http::{Request, Response};
use http_body_util::BodyExt;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use serde_json::json;
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use crate::{Dynamo, Wire};

/// An HTTP client for what is not DynamoDB.
pub(crate) fn elsewhere() -> SharedHttpClient {
    platform::http_client().unwrap()
}

/// A wire over an empty table `main` with the keys and indexes of the product's.
pub(crate) fn wire() -> (Wire, Dynamo) {
    let dynamo = Dynamo::memory().unwrap();
    let key = |name: &str, kind| json!({"AttributeName": name, "KeyType": kind});
    let attribute = |name: &str, kind| json!({"AttributeName": name, "AttributeType": kind});
    let (mut attributes, mut indexes) = (vec![attribute("pk", "S"), attribute("sk", "S")], Vec::new());
    let keys = || json!({"ProjectionType": "KEYS_ONLY"});
    let with_user = json!({"ProjectionType": "INCLUDE", "NonKeyAttributes": ["user"]});
    for (name, projection) in [("due", keys()), ("list", with_user), ("owner", keys())] {
        let (pk, sk) = (format!("{name}_pk"), format!("{name}_sk"));
        attributes.extend([attribute(&pk, "S"), attribute(&sk, "N")]);
        indexes.push(json!({
            "IndexName": name,
            "KeySchema": [key(&pk, "HASH"), key(&sk, "RANGE")],
            "Projection": projection,
        }));
    }
    let request = json!({
        "TableName": "main",
        "BillingMode": "PAY_PER_REQUEST",
        "KeySchema": [key("pk", "HASH"), key("sk", "RANGE")],
        "AttributeDefinitions": attributes,
        "GlobalSecondaryIndexes": indexes,
    });
    let (status, body) = dynamo.execute("CreateTable", request.to_string().as_bytes());
    assert_eq!(status, 200, "{}", String::from_utf8_lossy(&body));
    (Wire::new(dynamo.clone(), elsewhere()), dynamo)
}

/// The real DynamoDB client, which makes each call at most `tries` times.
pub(crate) fn dynamo_client(wire: &Wire, tries: u32) -> aws_sdk_dynamodb::Client {
    let config = aws_sdk_dynamodb::Config::builder()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("us-east-1"))
        .credentials_provider(credentials())
        .retry_config(RetryConfig::standard().with_max_attempts(tries).with_initial_backoff(Duration::from_millis(1)))
        .http_client(wire.client())
        .build();
    aws_sdk_dynamodb::Client::from_conf(config)
}

pub(crate) fn credentials() -> Credentials {
    Credentials::new("key", "secret", None, None, "test")
}

/// Serves `answer` on a port of its own until the result is dropped.
pub(crate) async fn serve<A, F, B>(answer: A) -> (SocketAddr, JoinSet<()>)
where
    A: Fn(Request<Bytes>) -> F + Clone + Send + 'static,
    F: Future<Output = Response<B>> + Send + 'static,
    B: http_body::Body<Data = Bytes> + Send + 'static,
    B::Error: std::error::Error + Send + Sync,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let mut server = JoinSet::new();
    server.spawn(async move {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            stream.set_nodelay(true).unwrap();
            let answer = answer.clone();
            let service = service_fn(move |request: Request<Incoming>| {
                let answer = answer.clone();
                async move {
                    let (head, body) = request.into_parts();
                    let body = body.collect().await.unwrap().to_bytes();
                    Ok::<_, Infallible>(answer(Request::from_parts(head, body)).await)
                }
            });
            let talk = hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(stream), service);
            connections.spawn(async {
                // A scripted body breaks its connection on purpose.
                let _ = talk.await;
            });
        }
    });
    (address, server)
}
