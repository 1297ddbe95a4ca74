//! What the stack serves beside the API: a front page, the mailbox, the scripted upstream, the simulated payment
//! providers, the AWS endpoints and, at S3's, the pictures.

use bytes::Bytes;
use http::header::{self, HeaderMap, HeaderValue};
use http::{Method, Request, Response, StatusCode};
use http_body_util::BodyExt;
use serde_json::{Value, json};
use testkit::challenge::Verifier;
use testkit::payments::Payments;
use testkit::upstream::Upstream;

use crate::aws::Aws;
use crate::body::{self, Body};
use crate::event;

/// Where the stack's own pages begin.
pub(crate) const PREFIX: &str = "/_local/";
/// The limit of a request to these pages: images travel to the upstream in base64.
pub(crate) const REQUEST_BYTES_MAX: usize = 64 * 1024 * 1024;

/// The stack's own pages.
#[derive(Debug)]
pub(crate) struct Pages {
    /// The AWS services.
    pub(crate) aws: Aws,
    /// The scripted upstream.
    pub(crate) upstream: Upstream,
    /// The simulated payment providers.
    pub(crate) payments: Payments,
    /// The scripted verifier of challenges.
    pub(crate) challenge: Verifier,
    /// The stack's URL.
    pub(crate) url: String,
}

impl Pages {
    /// Whether `path` is one of the stack's own.
    pub(crate) fn have(path: &str) -> bool {
        path == "/" || path == "/favicon.ico" || path.starts_with(PREFIX)
    }

    /// Answers one request.
    pub(crate) async fn answer(&self, request: Request<Bytes>) -> Response<Body> {
        if !is_local(request.headers()) {
            return json(StatusCode::FORBIDDEN, &json!({ "message": "these pages answer to localhost only" }));
        }
        let path = request.uri().path();
        let page = path.strip_prefix(PREFIX).unwrap_or(path);
        match (request.method(), page) {
            (&Method::GET, "/") => text(StatusCode::OK, "text/plain; charset=utf-8", self.front_page()),
            (&Method::GET, "mailbox") => self.mailbox(request.uri().query().unwrap_or_default()),
            (&Method::POST, "aws" | "aws/") => self.aws(request).await,
            (_, page) if page.starts_with("aws/s3/") => self.objects(request).await,
            (_, page) if page.starts_with("upstream/") => {
                self.upstream.answer(request).await.map(BodyExt::boxed_unsync)
            }
            (_, page) if page == "pay" || page.starts_with("pay/") => {
                self.payments.answer(request, &self.url).await.map(BodyExt::boxed_unsync)
            }
            (_, page) if page.starts_with("challenge/") => self.challenge.answer(request).await.map(body::whole),
            _ => json(StatusCode::NOT_FOUND, &json!({ "message": "there is no such page; see /" })),
        }
    }

    fn mailbox(&self, query: &str) -> Response<Body> {
        let query = event::query(query);
        // An address typed as it is: what arrives as a space was a `+`.
        let to = query.get("to").and_then(|values| values.last()).map(|to| to.replace(' ', "+"));
        let mails = self.aws.mailbox.list(to.as_deref());
        let mails = mails
            .iter()
            .map(|mail| json!({ "to": mail.to, "subject": mail.subject, "text": mail.text, "time": mail.time }));
        json(StatusCode::OK, &mails.collect())
    }

    async fn aws(&self, request: Request<Bytes>) -> Response<Body> {
        let aws = self.aws.clone();
        let answered = tokio::task::spawn_blocking(move || {
            let target = request.headers().get("x-amz-target").and_then(|target| target.to_str().ok());
            aws.answer(target, request.body())
        });
        match answered.await {
            Ok(response) => response.map(body::whole),
            Err(_) => json(StatusCode::INTERNAL_SERVER_ERROR, &json!({ "__type": "InternalServerError" })),
        }
    }

    async fn objects(&self, request: Request<Bytes>) -> Response<Body> {
        let objects = self.aws.objects.clone();
        match tokio::task::spawn_blocking(move || objects.answer(&request)).await {
            Ok(response) => response.map(body::whole),
            Err(_) => text(StatusCode::INTERNAL_SERVER_ERROR, "application/xml", String::new()),
        }
    }

    fn front_page(&self) -> String {
        let url = &self.url;
        format!(
            "The AI-chat backend, running on this machine alone.\n\n\
             API        {url}/api/...   the routes of template.yaml\n\
             Mailbox    {url}/_local/mailbox?to=you@example.com\n\
             Upstream   {url}/_local/upstream/v1   scripted, OpenAI-compatible\n\
             Payments   {url}/_local/pay   simulated providers\n\
             Challenge  {url}/_local/challenge/siteverify   scripted, as Turnstile's\n\
             AWS        {url}/_local/aws   DynamoDB, Secrets Manager, SES; S3 at {url}/_local/aws/s3\n\n\
             Log in and chat:\n\n  \
             curl '{url}/api/send_sms?source=you@example.com'\n  \
             curl '{url}/_local/mailbox?to=you@example.com'\n  \
             curl '{url}/api/login' -H 'content-type: application/json' \\\n    \
             -d '{{\"account\":\"you@example.com\",\"code\":\"<code from the mail>\"}}'\n  \
             curl -N '{url}/api/chat/completions' -H 'token: <token from the login>' \\\n    \
             -H 'content-type: application/json' -d '{{\"prompt\":\"Hello\"}}'\n"
        )
    }
}

fn json(status: StatusCode, value: &Value) -> Response<Body> {
    text(status, "application/json", value.to_string())
}

fn text(status: StatusCode, content_type: &'static str, text: String) -> Response<Body> {
    let mut response = Response::new(body::whole(text));
    *response.status_mut() = status;
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

/// Whether the request names this machine: a page in the browser whose own host name resolves to the loopback address
/// must not read the mails.
fn is_local(headers: &HeaderMap) -> bool {
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let name = host.rsplit_once(':').map_or(host, |(name, _)| name);
    matches!(name, "" | "127.0.0.1" | "localhost")
}
