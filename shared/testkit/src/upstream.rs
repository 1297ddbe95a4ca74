//! A scripted OpenAI-compatible upstream: answers sensibly, counts its requests, and misbehaves on demand.
//!
//! Directives in the last user message:
//!
//! | directive | effect |
//! |---|---|
//! | `[[text=…]]` | answers exactly this (`\n` is a line break) |
//! | `[[chunks=N]]` | the answer comes in N chunks; without a text they count `1 2 3 …` |
//! | `[[delay_ms=N]]` | waits between the chunks |
//! | `[[first_ms=N]]` | waits before the response head |
//! | `[[status=N]]` | fails with this status and an error body; 429 with `Retry-After` |
//! | `[[cut=N]]` | drops the connection after N chunks; with 0 behind the bare head |
//! | `[[hang=N]]` | falls silent after N chunks; the connection stays open for ten minutes |
//! | `[[nodone]]` | no `[DONE]` at the end |
//! | `[[nousage]]` | no usage, although asked |
//! | `[[usage=P,C]]` | lies about the prompt's and the completion's tokens |
//! | `[[garbage]]` | one line that is not JSON in the middle, among odd but legal lines |
//! | `[[split]]` | one byte per packet |
//! | `[[gate]]` | waits until [`Upstream::open_gate`], of whatever kind the request is |
//! | `[[bytes=N]]` | one content chunk of N bytes, whatever `max_tokens` says |
//!
//! Moderation looks for a directive of its own anywhere in the text: `[[flag=sexual,violence]]` is flagged for these.
//!
//! Pictures have directives of their own: see the module `draw`.
//!
//! Bearer tokens that start with `sk-status-401` (any status from 400 to 599; `sk-status-429-30`: to be asked again after
//! 30 seconds), `sk-hang` or `sk-cut` (`sk-cut-2`: after two chunks) behave so for every request, so that failover between
//! keys can be tried.

mod body;
mod directives;
mod draw;
mod gate;
mod log;
mod moderation;
mod openai;
mod reply;
mod script;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Method, Request, Response, StatusCode, header};
use serde_json::Value;

use directives::Directives;
use gate::Gate;
use log::Log;
use script::Chat;

pub(crate) use body::Step;
pub use body::UpstreamBody;
pub(crate) use directives::{WAIT_MS_MAX, split};
pub(crate) use draw::png;
pub use log::Seen;

/// How long a silent connection stays open.
const HANG: Duration = Duration::from_mins(10);

/// A scripted upstream with a log of its requests. Clones share the log.
#[derive(Debug, Clone, Default)]
pub struct Upstream(Log, draw::Queue, Gate);

/// Answers one request without keeping a log: see [`Upstream::answer`].
pub async fn answer(request: Request<Bytes>) -> Response<UpstreamBody> {
    Upstream::default().answer(request).await
}

impl Upstream {
    /// An upstream that has seen nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Answers `POST …/v1/chat/completions`, `POST …/v1/moderations` and `GET …/v1/models`, whatever stands before `/v1`,
    /// and everything that draws.
    pub async fn answer(&self, request: Request<Bytes>) -> Response<UpstreamBody> {
        let (head, body) = request.into_parts();
        let path = head.uri.path();
        let bearer = bearer(&head.headers);
        let asked: Option<Value> = serde_json::from_slice(&body).ok();
        self.0.note(path, bearer, body.len(), asked.as_ref());
        self.2.pass(&body).await;
        if let Some(answer) = draw::answer(&self.1, &head, &body).await {
            return answer;
        }
        let Some(bearer) = bearer else {
            return openai::error(StatusCode::UNAUTHORIZED, "You didn't provide an API key.");
        };
        if let Some(refusal) = refused_by_key(bearer).await {
            return refusal;
        }
        match (&head.method, path) {
            (&Method::GET, path) if path.ends_with("/v1/models") => openai::models(),
            (&Method::POST, path) if path.ends_with("/v1/chat/completions") => complete(bearer, asked).await,
            (&Method::POST, path) if path.ends_with("/v1/moderations") => moderation::answer(asked.as_ref()),
            _ => openai::error(StatusCode::NOT_FOUND, "Unknown request URL."),
        }
    }

    /// The newest requests, oldest first: at most 256.
    pub fn requests(&self) -> Vec<Seen> {
        self.0.newest()
    }

    /// Lets everything go on that waits by `[[gate]]`, and what comes later.
    pub fn open_gate(&self) {
        self.2.open();
    }

    /// Waits until so many requests have come, however long that takes.
    pub async fn reached(&self, requests: u64) {
        while self.count() < requests {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// How many requests came in all.
    pub fn count(&self) -> u64 {
        self.0.count()
    }
}

/// A chat completion, streamed or not.
async fn complete(bearer: &str, asked: Option<Value>) -> Response<UpstreamBody> {
    let Some(asked) = asked else {
        return openai::error(StatusCode::BAD_REQUEST, "We could not parse the JSON body of your request.");
    };
    let (model, messages) = (asked["model"].as_str(), asked["messages"].as_array());
    let (Some(model), Some(messages)) = (model, messages.filter(|messages| !messages.is_empty())) else {
        return openai::error(StatusCode::BAD_REQUEST, "You must provide a model and messages.");
    };
    let (mut directives, prompt) = Directives::parse(&directives::last_user_text(messages));
    if let Some(after) = cut_by_key(bearer) {
        directives.cut = Some(after);
    }
    tokio::time::sleep(directives.first).await;
    if let Some(status) = directives.status {
        return openai::error(status, "The upstream was told to fail.");
    }
    let chat = Chat::new(model, messages, &asked, directives, &prompt);
    let kind = if chat.streams() { "text/event-stream; charset=utf-8" } else { "application/json" };
    let mut answer = Response::new(chat.body());
    answer.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static(kind));
    answer.headers_mut().insert(header::CACHE_CONTROL, header::HeaderValue::from_static("no-cache"));
    answer
}

fn bearer(headers: &HeaderMap) -> Option<&str> {
    let value = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    value.strip_prefix("Bearer ").map(str::trim).filter(|token| !token.is_empty())
}

/// What a key does that is made to fail.
async fn refused_by_key(bearer: &str) -> Option<Response<UpstreamBody>> {
    if bearer.starts_with("sk-hang") {
        tokio::time::sleep(HANG).await;
        return Some(openai::error(StatusCode::GATEWAY_TIMEOUT, "The key hangs."));
    }
    let digits = bearer.strip_prefix("sk-status-")?.get(..3)?;
    let status = directives::failure(digits.parse().ok()?);
    let mut refusal = openai::error(status, "The key is made to fail.");
    if let Some(header) = refusal.headers_mut().get_mut(header::RETRY_AFTER)
        && let Some(seconds) = retry_after(bearer)
    {
        *header = seconds.into();
    }
    Some(refusal)
}

/// The seconds that a limited key names: 30 in `sk-status-429-30-anything`.
fn retry_after(bearer: &str) -> Option<u32> {
    bearer.split('-').nth(3)?.parse().ok()
}

/// After how many chunks a key is made to drop the connection.
fn cut_by_key(bearer: &str) -> Option<usize> {
    let rest = bearer.strip_prefix("sk-cut")?;
    let digits = rest.strip_prefix('-').and_then(|rest| rest.split('-').next());
    Some(digits.and_then(|digits| digits.parse().ok()).unwrap_or(0))
}
