//! How a request is answered: the head, the dialect of refusals, and the one line of the log.

use bytes::Bytes;
use domain::{Clock, Error, Result};
use http::{Method, Response, StatusCode, response};
use lambda_http::Body;

use crate::dialect::Dialect;
use crate::reply::{Answer, Download, Reply, attachment};
use crate::{Call, StreamBody};

/// What the answer of one request takes from it. It outlives the request where the work does.
#[derive(Clone, Debug)]
pub(crate) struct Answering {
    pub(crate) method: Method,
    /// As the template names it.
    pub(crate) path: String,
    pub(crate) request_id: String,
    pub(crate) allowed_origin: String,
    /// What stands where a user has no picture.
    pub(crate) default_avatar: Option<String>,
    /// Milliseconds since the Unix epoch.
    pub(crate) began: i64,
    pub(crate) clock: Clock,
}

impl Call {
    /// Makes the answer of a buffered route.
    pub fn answer(&self, result: Result<Reply>) -> Response<Body> {
        let answer = self.answering().judge(result);
        self.answering().head(&answer).body(Body::Text(answer.text)).unwrap_or_default()
    }

    /// Makes the answer of a route that streams: the stream when it could be opened, else a refusal.
    pub fn answer_streaming(&self, result: Result<StreamBody>) -> Response<StreamBody> {
        match result {
            Ok(body) => self.answering().stream("text/event-stream; charset=utf-8", &[], body),
            Err(error) => self.answer_whole(Err(error)),
        }
    }

    /// Makes the answer of a route that sends a file while it writes it: the file when it could be begun, else a refusal.
    pub fn answer_download(&self, result: Result<Download>) -> Response<StreamBody> {
        match result {
            Ok(Download { name, content_type, body }) => {
                self.answering().stream(content_type, &[("content-disposition", attachment(&name))], body)
            }
            Err(error) => self.answer_whole(Err(error)),
        }
    }

    /// Makes the answer of a route that answers at once, in a function that streams.
    pub fn answer_whole(&self, result: Result<Reply>) -> Response<StreamBody> {
        let answer = self.answering().judge(result);
        self.answering().whole(answer)
    }
}

impl Answering {
    /// The answer to a result, which is logged.
    pub(crate) fn judge(&self, result: Result<Reply>) -> Answer {
        match result {
            Ok(reply) => {
                self.log(StatusCode::OK, None);
                reply.into_answer(self.default_avatar.as_deref())
            }
            Err(error) => {
                let answer = self.refusal(&error);
                self.log(answer.status, Some(&error));
                answer
            }
        }
    }

    /// The answer to an error.
    pub(crate) fn refusal(&self, error: &Error) -> Answer {
        Dialect::of(&self.path).answer_to(error, &self.request_id)
    }

    fn stream(&self, content_type: &str, more: &[(&str, String)], body: StreamBody) -> Response<StreamBody> {
        self.log(StatusCode::OK, None);
        let head = self
            .cors(Response::builder().status(StatusCode::OK))
            .header("content-type", content_type)
            .header("cache-control", "no-store")
            .header("x-accel-buffering", "no");
        respond(more.iter().fold(head, |head, (name, value)| head.header(*name, value)), body)
    }

    fn whole(&self, answer: Answer) -> Response<StreamBody> {
        respond(self.head(&answer), StreamBody::from_bytes(Bytes::from(answer.text)))
    }

    /// The head of an answer.
    pub(crate) fn head(&self, answer: &Answer) -> response::Builder {
        let head = self.cors(Response::builder().status(answer.status));
        let is_told = answer.headers.iter().any(|(name, _)| *name == "cache-control");
        let head = if is_told { head } else { head.header("cache-control", "no-store") };
        answer.headers.iter().fold(head, |head, (name, value)| head.header(*name, value))
    }

    fn cors(&self, head: response::Builder) -> response::Builder {
        head.header("access-control-allow-origin", &self.allowed_origin)
            .header("access-control-expose-headers", "x-request-id,retry-after,content-disposition")
            // What we call JSON is never to be taken for a page.
            .header("x-content-type-options", "nosniff")
            .header("x-request-id", &self.request_id)
    }

    /// The one line of this request. The path holds ids at most; queries, headers and bodies stay out.
    pub(crate) fn log(&self, status: StatusCode, error: Option<&Error>) {
        let Self { method, path, request_id, .. } = self;
        let (status, millis) = (status.as_u16(), self.clock.millis() - self.began);
        match error {
            Some(error) if status >= 500 => {
                tracing::error!(%method, path, status, millis, request_id, causes = error.causes(), "failed");
            }
            _ => tracing::info!(%method, path, status, millis, request_id, "answered"),
        }
    }
}

/// A response of this head and body.
pub(crate) fn respond(head: response::Builder, body: StreamBody) -> Response<StreamBody> {
    head.body(body).unwrap_or_else(|_| Response::new(StreamBody::from_bytes(Bytes::new())))
}
