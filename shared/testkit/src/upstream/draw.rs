//! Scripted providers of pictures: OpenAI's images, Stability, stablediffusionapi, and the files they point to.
//!
//! Pictures are real PNGs of the size asked for, in a colour that the prompt decides. Directives in the prompt:
//!
//! | directive | effect |
//! |---|---|
//! | `[[delay_ms=N]]` | waits before the answer, a minute at most |
//! | `[[status=N]]` | fails with this status, in the provider's form |
//! | `[[processing=N]]` | stablediffusionapi: the draw is done at the N-th poll |
//! | `[[partial=K]]` | only K pictures, whatever was asked |
//! | `[[filtered]]` | the provider's content filter catches it |
//! | `[[garbage]]` | an answer that is not JSON |
//! | `[[html]]`, `[[svg]]` | a page, a drawing that can hold scripts, where the image should be |
//! | `[[huge=N]]` | an image of N megabytes |
//! | `[[url]]` | OpenAI: URLs even where base64 was asked for |
//! | `[[redirect]]` | the file, or at Stability the call, is elsewhere |
//! | `[[private]]` | the file is at an address inside a network |
//! | `[[link=path]]`, `host`, `odd`, `private` | the file's address is `/…`, `//host/…`, has blanks and Chinese, is private |
//!
//! Keys that start with `sk-status-401` (any status) fail as they do for chats.

mod files;
mod form;
mod openai;
pub(crate) mod png;
mod stability;
mod stable_diffusion;
#[cfg(test)]
mod tests;

use std::time::Duration;

use bytes::Bytes;
use http::request::Parts;
use http::{HeaderValue, Method, Response, StatusCode, header};
use serde_json::Value;

use super::body::Step;
use super::directives::{self, WAIT_MS_MAX};
use super::{UpstreamBody, bearer, openai as chat, refused_by_key};
use crate::link::Link;

pub(super) use stable_diffusion::Queue;

/// The most megabytes of a huge image.
const HUGE_MB_MAX: u64 = 256;
/// The longest side that is drawn.
const SIDE_MAX: u32 = 4096;

/// Answers what draws; `None` for every other request.
pub(super) async fn answer(queue: &Queue, head: &Parts, body: &[u8]) -> Option<Response<UpstreamBody>> {
    let path = head.uri.path();
    let base = Base::of(head);
    if head.method == Method::GET {
        if let Some((_, file)) = path.split_once("/files/") {
            return Some(files::answer(&base, file));
        }
        let balance = balance(path)?;
        return Some(match authorize(head).await {
            Ok(()) => json_answer(StatusCode::OK, &balance),
            Err(refusal) => refusal,
        });
    }
    if let Some((_, route)) = path.split_once("/api/v3/") {
        return Some(stable_diffusion::answer(queue, &base, route, body).await);
    }
    let is_openai = path.ends_with("/v1/images/generations") || path.ends_with("/v1/images/edits");
    let engine = path.split_once("/v1/generation/").and_then(|(_, rest)| rest.split_once('/'));
    if !is_openai && engine.is_none() {
        return None;
    }
    if let Err(refusal) = authorize(head).await {
        return Some(refusal);
    }
    Some(match engine {
        Some((engine, action)) => stability::answer(head, engine, action, body).await,
        None => openai::answer(&base, head, body).await,
    })
}

/// What the calls about money say.
fn balance(path: &str) -> Option<Value> {
    Some(match path {
        _ if path.ends_with("/v1/user/balance") => serde_json::json!({"credits": 1234.5}),
        _ if path.ends_with("/dashboard/billing/subscription") => serde_json::json!({
            "object": "billing_subscription", "has_payment_method": true,
            "soft_limit_usd": 100.0, "hard_limit_usd": 100.0, "system_hard_limit_usd": 100.0, "access_until": 0,
        }),
        _ if path.ends_with("/dashboard/billing/usage") => {
            serde_json::json!({"object": "list", "total_usage": 1234.5})
        }
        _ => return None,
    })
}

/// Whether the bearer token is there and not made to fail.
async fn authorize(head: &Parts) -> Result<(), Response<UpstreamBody>> {
    let Some(bearer) = bearer(&head.headers) else {
        return Err(chat::error(StatusCode::UNAUTHORIZED, "You didn't provide an API key."));
    };
    match refused_by_key(bearer).await {
        Some(refusal) => Err(refusal),
        None => Ok(()),
    }
}

/// Where this server is, as the request saw it, up to the provider's own path.
#[derive(Debug)]
struct Base(String);

impl Base {
    fn of(head: &Parts) -> Self {
        let host = head.headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or("127.0.0.1");
        let path = head.uri.path();
        let before = ["/v1/", "/api/v3/", "/files/"].iter().filter_map(|mark| path.find(mark)).min().unwrap_or(0);
        Self(format!("http://{host}{}", &path[..before]))
    }
}

/// What a prompt asks for.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a directive of its own")]
struct Wish {
    colour: u32,
    delay: Duration,
    status: Option<StatusCode>,
    processing: u64,
    partial: Option<usize>,
    huge_mb: Option<u64>,
    filtered: bool,
    garbage: bool,
    html: bool,
    svg: bool,
    url: bool,
    redirect: bool,
    private: bool,
    link: Link,
}

impl Wish {
    /// Reads the prompt.
    fn read(prompt: &str) -> Self {
        let (found, said) = directives::split(prompt);
        let mut wish = Self { colour: colour(&said), ..Self::default() };
        for (name, value) in found {
            let number = value.trim().parse::<u64>().ok();
            match (name, number) {
                ("filtered", _) => wish.filtered = true,
                ("garbage", _) => wish.garbage = true,
                ("html", _) => wish.html = true,
                ("svg", _) => wish.svg = true,
                ("url", _) => wish.url = true,
                ("redirect", _) => wish.redirect = true,
                ("private", _) => wish.private = true,
                ("link", _) => wish.link = Link::parse(value),
                ("delay_ms" | "first_ms", Some(number)) => wish.delay = Duration::from_millis(number.min(WAIT_MS_MAX)),
                ("status", Some(number)) => wish.status = Some(directives::failure(number)),
                ("processing", Some(number)) => wish.processing = number,
                ("partial", Some(number)) => wish.partial = usize::try_from(number).ok(),
                ("huge", Some(number)) => wish.huge_mb = Some(number.min(HUGE_MB_MAX)),
                _ => {}
            }
        }
        wish
    }

    /// How many pictures there will be.
    fn count(&self, asked: usize) -> usize {
        self.partial.map_or(asked, |partial| partial.min(asked))
    }

    /// The answer that takes the place of any other, if one is asked for.
    fn spoiled(&self) -> Option<Response<UpstreamBody>> {
        if self.garbage {
            return Some(answer_of(StatusCode::OK, "application/json", UpstreamBody::text("{this is not JSON".into())));
        }
        self.html.then(|| answer_of(StatusCode::OK, "text/html", UpstreamBody::text("<html>Welcome!</html>".into())))
    }

    /// The picture at `place`, or what was asked for instead.
    fn file(&self, (width, height): (u32, u32), place: usize) -> Vec<u8> {
        if self.svg {
            return b"<svg xmlns=\"http://www.w3.org/2000/svg\"><script>alert(1)</script></svg>".to_vec();
        }
        png::draw(self.colour, width.clamp(1, SIDE_MAX), height.clamp(1, SIDE_MAX), place)
    }
}

/// A colour for the words: the same for the same ones.
fn colour(words: &str) -> u32 {
    let hash = words.bytes().fold(0x811c_9dc5_u32, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193));
    hash & 0x00ff_ffff
}

/// `512x768`, as two numbers.
fn sides(text: &str) -> Option<(u32, u32)> {
    let (width, height) = text.split_once('x')?;
    Some((width.parse().ok()?, height.parse().ok()?))
}

/// A number, or a number in a text.
fn number(value: &Value) -> Option<u64> {
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}

/// A JSON text with `megabytes` of base64 in the place of its first `MARK`; they begin as a PNG does.
fn huge_base64(document: &Value, mark: &str, megabytes: u64) -> UpstreamBody {
    let text = document.to_string();
    let (before, behind) = text.split_once(mark).unwrap_or((&text, ""));
    let steps = [
        Step::send(format!("{before}iVBORw0KGgoA")),
        Step::Fill(megabytes * 1024 * 1024 / 3 * 4),
        Step::send(behind.to_owned()),
    ];
    UpstreamBody::script(steps.into_iter(), false)
}

fn json_answer(status: StatusCode, body: &Value) -> Response<UpstreamBody> {
    answer_of(status, "application/json", UpstreamBody::text(body.to_string()))
}

fn answer_of(status: StatusCode, media_type: &'static str, body: UpstreamBody) -> Response<UpstreamBody> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}

/// A redirect to `location`.
fn elsewhere(location: &str) -> Response<UpstreamBody> {
    let mut answer = answer_of(StatusCode::TEMPORARY_REDIRECT, "text/plain", UpstreamBody::text(String::new()));
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

fn bytes_body(bytes: Vec<u8>) -> UpstreamBody {
    UpstreamBody::script(std::iter::once(Step::Send(Bytes::from(bytes))), false)
}
