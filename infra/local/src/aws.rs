//! The AWS endpoints of the stack: DynamoDB and Secrets Manager by `x-amz-target`, S3 by its signature or path, SES by
//! its form posts. The same answers serve the functions in process and anything else over HTTP.

use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpClient, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use bytes::Bytes;
use http::{HeaderValue, Request, Response, StatusCode, header};
use http_body_util::BodyExt;
use testkit::{Dynamo, Mailbox, Objects, Secrets};

/// The four services.
#[derive(Clone, Debug)]
pub(crate) struct Aws {
    /// DynamoDB.
    pub(crate) dynamo: Dynamo,
    /// S3.
    pub(crate) objects: Objects,
    /// Secrets Manager.
    pub(crate) secrets: Secrets,
    /// SES.
    pub(crate) mailbox: Mailbox,
}

impl Aws {
    /// Answers one call. `target` is the `x-amz-target` header, which SES does not have. Blocks while it works.
    pub(crate) fn answer(&self, target: Option<&str>, body: &[u8]) -> Response<Bytes> {
        let (content_type, (status, body)) = match target.and_then(|target| target.split_once('.')) {
            Some(("DynamoDB_20120810", operation)) => {
                ("application/x-amz-json-1.0", self.dynamo.execute(operation, body))
            }
            Some(("secretsmanager", operation)) => {
                ("application/x-amz-json-1.1", self.secrets.execute(operation, body))
            }
            Some(_) => ("application/x-amz-json-1.1", unknown_service()),
            None => {
                let (status, xml) = self.mailbox.send_ses(body);
                ("text/xml", (status, xml.into_bytes()))
            }
        };
        let mut response = Response::new(Bytes::from(body));
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
        response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
        response
    }

    /// An HTTP client for the AWS clients of functions that reaches these services without a network.
    pub(crate) fn client(&self) -> SharedHttpClient {
        let connector = SharedHttpConnector::new(self.clone());
        http_client_fn(move |_, _| connector.clone())
    }

    async fn call(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request = request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let (parts, body) = request.into_parts();
        let body = body.collect().await.map_err(ConnectorError::io)?.to_bytes();
        if Objects::are_asked(&parts.headers) {
            let request = Request::from_parts(parts, body);
            // Off this thread: a picture is summed up and may be written to the disk.
            let answered = tokio::task::spawn_blocking(move || self.objects.answer(&request)).await;
            let response = answered.map_err(|error| ConnectorError::other(error.into(), None))?.map(SdkBody::from);
            return HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None));
        }
        let target = parts.headers.get("x-amz-target").and_then(|target| target.to_str().ok());
        let response = self.answer(target, &body).map(SdkBody::from);
        HttpResponse::try_from(response).map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for Aws {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().call(request))
    }
}

fn unknown_service() -> (u16, Vec<u8>) {
    (400, br#"{"__type":"UnknownOperationException","message":"the local stack has no such service"}"#.to_vec())
}
