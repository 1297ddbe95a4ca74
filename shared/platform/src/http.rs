//! The HTTP client below every AWS client: reqwest on rustls with ring, HTTP/1.1, trusting Amazon's authorities alone.
//!
//! The SDK's own client would bring a second client stack beside the one that upstreams need, and HTTP/2, which no AWS
//! service that we call speaks: half a megabyte in each function, unpacked at every cold start.

use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use rustls::{ClientConfig, RootCertStore};

use crate::StartError;

const CONNECT: Duration = Duration::from_millis(1_500);

/// The client of every AWS client.
///
/// # Errors
/// When the TLS library refuses its own defaults.
pub fn http_client() -> Result<SharedHttpClient, StartError> {
    let failed = |source: Box<dyn std::error::Error + Send + Sync>| StartError::Call { what: "HTTP client", source };
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| failed(error.into()))?
        .with_root_certificates(amazon_authorities())
        .with_no_client_auth();
    let client = reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .connect_timeout(CONNECT)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .map_err(|error| failed(error.into()))?;
    let connector = SharedHttpConnector::new(Connector(client));
    Ok(http_client_fn(move |_, _| connector.clone()))
}

/// The authorities of AWS's public endpoints: <https://www.amazontrust.com/repository/>.
pub(crate) fn amazon_authorities() -> RootCertStore {
    let names: [&[u8]; 2] = [b"Amazon Root CA", b"Starfield Services Root Certificate Authority"];
    let is_amazon = |subject: &[u8]| names.iter().any(|name| subject.windows(name.len()).any(|part| part == *name));
    webpki_roots::TLS_SERVER_ROOTS.iter().filter(|root| is_amazon(&root.subject)).cloned().collect()
}

#[derive(Debug)]
struct Connector(reqwest::Client);

impl HttpConnector for Connector {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let client = self.0.clone();
        HttpConnectorFuture::new(async move { send(&client, request).await })
    }
}

/// Requests and answers are JSON and forms of some kilobytes, or a picture of 10 MB at most, so both are whole in memory.
async fn send(client: &reqwest::Client, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
    let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
    let (head, body) = request.into_parts();
    let body =
        body.bytes().map(Bytes::copy_from_slice).ok_or_else(|| ConnectorError::user("a streamed body".into()))?;
    let request = reqwest::Request::try_from(http::Request::from_parts(head, body));
    let answer = client.execute(request.map_err(|error| ConnectorError::user(error.into()))?).await.map_err(failure)?;
    let (head, body) = http::Response::<reqwest::Body>::from(answer).into_parts();
    let body = http_body_util::BodyExt::collect(body).await.map_err(failure)?.to_bytes();
    let answer = http::Response::from_parts(head, SdkBody::from(body));
    HttpResponse::try_from(answer).map_err(|error| ConnectorError::other(error.into(), None))
}

/// What the SDK tries again: time-outs and lost connections. Without the URL, which can hold an object's key and reaches
/// the log with the error.
fn failure(error: reqwest::Error) -> ConnectorError {
    let error = error.without_url();
    if error.is_timeout() {
        ConnectorError::timeout(error.into())
    } else if error.is_builder() {
        ConnectorError::user(error.into())
    } else {
        ConnectorError::io(error.into())
    }
}
