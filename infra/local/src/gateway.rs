//! The REST API of the template: takes a request to its function the way API Gateway does.

use std::net::IpAddr;

use bytes::Bytes;
use domain::Clock;
use http::header::{self, HeaderValue};
use http::{HeaderName, Method, Response, request};

use crate::answers::{Refusal, Request, preflight, refuse};
use crate::body::Body;
use crate::data::request_id;
use crate::event::{self, Circumstances};
use crate::lambda::{Invocation, Lambda};
use crate::routes::{Routes, Target};
use crate::template::Template;

/// What a route of any method takes.
const EVERY_METHOD: [&str; 6] = ["DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"];
/// API Gateway's limit of the request line and the header values together.
const HEAD_BYTES_MAX: usize = 10_240;
/// The header that carries API Gateway's id of the request.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-amzn-requestid");

/// The API and the functions behind it.
#[derive(Debug)]
pub(crate) struct Gateway {
    template: Template,
    routes: Routes,
    /// In the template's order.
    lambdas: Vec<Lambda>,
    clock: Clock,
}

impl Gateway {
    /// The API of `template`; `lambdas` are its functions in the same order.
    pub(crate) fn new(template: Template, lambdas: Vec<Lambda>, clock: Clock) -> Self {
        Self { routes: Routes::new(&template), template, lambdas, clock }
    }

    /// The functions.
    pub(crate) fn lambdas(&self) -> &[Lambda] {
        &self.lambdas
    }

    /// Answers one request from `source`, whose body may have been refused already.
    pub(crate) async fn answer(
        &self,
        head: request::Parts,
        body: Result<Bytes, Refusal>,
        source: IpAddr,
    ) -> Response<Body> {
        let id = request_id();
        let method = head.method.clone();
        let answered = self.dispatch(&head, body, source, &id).await;
        let mut response = answered
            .unwrap_or_else(|refusal| refuse(&self.template, refusal, Request { id: &id, method: method.as_str() }));
        if let Ok(id) = HeaderValue::try_from(id) {
            response.headers_mut().insert(REQUEST_ID, id);
        }
        response
    }

    async fn dispatch(
        &self,
        head: &request::Parts,
        body: Result<Bytes, Refusal>,
        source: IpAddr,
        id: &str,
    ) -> Result<Response<Body>, Refusal> {
        if head_bytes(head) > HEAD_BYTES_MAX {
            return Err(Refusal::TooLarge);
        }
        let found = self.routes.find(head.method.as_str(), head.uri.path()).ok_or(Refusal::UnknownRoute)?;
        let cors = self.template.cors.as_ref().filter(|_| head.method == Method::OPTIONS);
        let target = match (&found.outcome, cors) {
            // SAM gives every path an answer to preflights, which comes before a route of any method.
            (Ok(target), Some(cors)) if target.route.method == "ANY" => {
                return Ok(preflight(cors, &EVERY_METHOD.map(str::to_owned)));
            }
            (Ok(target), _) => *target,
            (Err(methods), Some(cors)) => return Ok(preflight(cors, methods)),
            (Err(_), None) => return Err(Refusal::UnknownRoute),
        };
        let body = body?;
        let Target { function, route } = target;
        let millis = self.clock.millis();
        let about = Circumstances {
            stage: &self.template.stage,
            resource: &route.path,
            request_id: id,
            source,
            authority: authority(head)?,
            millis,
            binary_media_types: &self.template.binary_media_types,
        };
        let invocation = Invocation {
            event: event::build(head, &body, &found, &about),
            request_id: request_id(),
            millis,
            patience: route.timeout,
            accepts_binary: event::is_binary(text(head, header::ACCEPT), &self.template.binary_media_types),
        };
        self.lambdas[function].answer(invocation).await
    }
}

/// The host that the request names. The runtime makes a URL of it, so it must be one.
fn authority(head: &request::Parts) -> Result<&str, Refusal> {
    let authority = match head.uri.authority() {
        Some(authority) => authority.as_str(),
        None => text(head, header::HOST),
    };
    // HTTP/1.0 clients may leave it out.
    let authority = if authority.is_empty() { "127.0.0.1" } else { authority };
    let is_host = url::Url::parse(&format!("http://{authority}/")).is_ok_and(|url| url.path() == "/");
    if is_host { Ok(authority) } else { Err(Refusal::BadRequest) }
}

fn text(head: &request::Parts, name: HeaderName) -> &str {
    head.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
}

fn head_bytes(head: &request::Parts) -> usize {
    let line = head.method.as_str().len() + head.uri.path_and_query().map_or(0, |path| path.as_str().len());
    head.headers.values().map(HeaderValue::len).sum::<usize>() + line
}
