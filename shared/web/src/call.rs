//! One request: what handlers ask it, and the one place where its answer is made and logged.

use std::fmt;
use std::future::Future;
use std::time::Duration;

use bytes::Bytes;
use domain::limits::{BODY_BYTES_MAX, REQUEST_SECONDS_MAX};
use domain::{Error, Network, Page, Result, SessionToken};
use http::{Method, Response, StatusCode};
use lambda_http::request::RequestContext;
use lambda_http::{Body, Request, RequestExt as _};
use platform::Base;
use table::user::{self, User};

use crate::reply::{Envelope, Reply, envelope_of, status_of};
use crate::{Fields, StreamBody};

/// A request.
pub struct Call {
    request: Request,
    request_id: String,
    address: String,
    began: i64,
    base: Base,
}

impl Call {
    /// Takes a request in.
    pub fn new(base: &Base, request: Request) -> Self {
        let address = client_address(&request).unwrap_or_default();
        let request_id = request.lambda_context_ref().map(|context| context.request_id.clone()).unwrap_or_default();
        Self { request, request_id, address, began: base.clock.millis(), base: base.clone() }
    }

    /// The method and the route as `template.yaml` names it: API Gateway's resource, which knows neither stage nor base
    /// path nor trailing slash. Events that have none give their path.
    pub fn route(&self) -> (&Method, &str) {
        let resource = match self.request.request_context_ref() {
            Some(RequestContext::ApiGatewayV1(context)) => context.resource_path.as_deref(),
            _ => None,
        };
        (self.request.method(), resource.unwrap_or_else(|| self.request.raw_http_path()))
    }

    /// Gives up on an answer that nobody waits for any more, while there is still time to say and to log so.
    ///
    /// # Errors
    /// Those of the answer; [`Error::Unavailable`] after [`REQUEST_SECONDS_MAX`] seconds.
    pub async fn in_time<T>(&self, answer: impl Future<Output = Result<T>>) -> Result<T> {
        let late = || Error::Unavailable { source: "the request took too long".into() };
        let patience = Duration::from_secs(REQUEST_SECONDS_MAX);
        tokio::time::timeout(patience, answer).await.unwrap_or_else(|_| Err(late()))
    }

    /// When the request came, in milliseconds since the Unix epoch.
    pub fn began(&self) -> i64 {
        self.began
    }

    /// The same in seconds: the `now` of all that this request does.
    pub fn began_seconds(&self) -> i64 {
        self.began.div_euclid(1000)
    }

    /// The client's address as API Gateway saw it; never from a header.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The network of the client's address.
    pub fn network(&self) -> Network {
        Network::of(&self.address)
    }

    /// A query value. Empty, `undefined` and `null` mean absent.
    pub fn query(&self, name: &str) -> Option<String> {
        let values = self.request.query_string_parameters_ref()?;
        values.first(name).filter(|value| !matches!(value.trim(), "" | "undefined" | "null")).map(str::to_owned)
    }

    /// The page that a list request asks for, in any of the spellings that clients use.
    pub fn page(&self) -> Page {
        let size = ["page_size", "pageSize", "pageSIze"].into_iter().find_map(|name| self.query(name));
        Page::parse(self.query("page").as_deref(), size.as_deref())
    }

    /// The session that the `token` header claims; missing and unreadable ones are none.
    pub fn token(&self) -> Option<SessionToken> {
        SessionToken::parse(self.request.headers().get("token")?.to_str().ok()?.trim())
    }

    /// The user who calls. Credits that a dead function left reserved are given back on the way.
    ///
    /// # Errors
    /// [`Error::LoggedOut`] without a live session.
    pub async fn user(&self) -> Result<User> {
        let token = self.token().ok_or(Error::LoggedOut)?;
        let now = self.began_seconds();
        let user = user::authenticate(&self.base.table, &token, self.began).await?;
        if user.abandoned_holds(now).is_empty() {
            return Ok(user);
        }
        match table::holds::recovered(&self.base.table, user.clone(), now).await {
            Ok(user) => Ok(user),
            // It is no business of this request; the janitor does it as well.
            Err(error) => {
                tracing::warn!(user = %user.id, causes = error.causes(), "could not give back abandoned reservations");
                Ok(user)
            }
        }
    }

    /// The fields of the JSON body; none when there is no body.
    ///
    /// # Errors
    /// When the body is too long or not a JSON object.
    pub fn fields(&self) -> Result<Fields> {
        let bytes: &[u8] = match self.request.body() {
            Body::Text(text) => text.as_bytes(),
            Body::Binary(bytes) => bytes,
            _ => &[],
        };
        // A parsed body takes many times its length in memory.
        if bytes.len() > BODY_BYTES_MAX { Err(Error::TooLarge) } else { Fields::parse(bytes) }
    }

    /// Makes the answer of a buffered route.
    pub fn answer(&self, result: Result<Reply>) -> Response<Body> {
        let (status, envelope) = self.judge(result);
        self.head(status, &envelope).body(Body::Text(envelope.text)).unwrap_or_default()
    }

    /// Makes the answer of a streaming route: the stream when it could be opened, else an envelope.
    pub fn answer_streaming(&self, result: Result<StreamBody>) -> Response<StreamBody> {
        match result {
            Ok(body) => {
                self.log(StatusCode::OK, None);
                let head = self.cors(Response::builder().status(StatusCode::OK));
                let head = head
                    .header("content-type", "text/event-stream; charset=utf-8")
                    .header("cache-control", "no-store")
                    .header("x-accel-buffering", "no");
                head.body(body).unwrap_or_else(|_| Response::new(StreamBody::from_bytes(Bytes::new())))
            }
            Err(error) => {
                let (status, envelope) = self.judge(Err(error));
                let head = self.head(status, &envelope);
                let body = StreamBody::from_bytes(Bytes::from(envelope.text));
                head.body(body).unwrap_or_else(|_| Response::new(StreamBody::from_bytes(Bytes::new())))
            }
        }
    }

    fn judge(&self, result: Result<Reply>) -> (StatusCode, Envelope) {
        match result {
            Ok(reply) => {
                self.log(StatusCode::OK, None);
                (StatusCode::OK, Envelope { text: reply.into_text(), retry_after: None })
            }
            Err(error) => {
                let status = status_of(&error);
                self.log(status, Some(&error));
                (status, envelope_of(&error, &self.request_id))
            }
        }
    }

    fn head(&self, status: StatusCode, envelope: &Envelope) -> http::response::Builder {
        let head = self.cors(Response::builder().status(status)).header("content-type", "application/json");
        let head = head.header("cache-control", "no-store");
        match envelope.retry_after {
            Some(seconds) => head.header("retry-after", seconds),
            None => head,
        }
    }

    fn cors(&self, head: http::response::Builder) -> http::response::Builder {
        head.header("access-control-allow-origin", &self.base.allowed_origin)
            .header("access-control-expose-headers", "x-request-id,retry-after")
            .header("x-request-id", &self.request_id)
    }

    /// The one line of this request. The path holds ids at most; queries, headers and bodies stay out.
    fn log(&self, status: StatusCode, error: Option<&Error>) {
        let (method, path) = self.route();
        let (status, millis) = (status.as_u16(), self.base.clock.millis() - self.began);
        match error {
            Some(error) if status >= 500 => {
                tracing::error!(%method, path, status, millis, request_id = self.request_id, causes = error.causes(), "failed");
            }
            _ => tracing::info!(%method, path, status, millis, request_id = self.request_id, "answered"),
        }
    }
}

fn client_address(request: &Request) -> Option<String> {
    match request.request_context_ref()? {
        RequestContext::ApiGatewayV1(context) => context.identity.source_ip.clone(),
        RequestContext::ApiGatewayV2(context) => context.http.source_ip.clone(),
        _ => None,
    }
}

impl fmt::Debug for Call {
    /// Without headers and body.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call").field("request_id", &self.request_id).finish_non_exhaustive()
    }
}
