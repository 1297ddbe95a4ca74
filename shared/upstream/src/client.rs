//! Asking the keys of the pool, one after the other, until one begins to answer.

use std::time::Duration;

use bytes::Bytes;
use outbound::{AddressError, BuildError, Endpoint, Loopback};
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Response, StatusCode, Url};
use tokio::time::{Instant, timeout_at};

use crate::answer::Answer;
use crate::chunk::{End, Event};
use crate::failure::{Attempt, Cause, Complaint, Failure, Refusal, Refused, Verdict};
use crate::key::Key;
use crate::limits::{ERROR_BODY, ERROR_BYTES_MAX, Limits};
use crate::prompt::Prompt;
use crate::reader::{Clocks, Reader};
use crate::retry;
pub(crate) use crate::retry::text_of;
use crate::route::chat_url;

/// The client of every upstream. Clones share its connections.
#[derive(Clone, Debug)]
pub struct Client {
    pub(crate) http: reqwest::Client,
    pub(crate) loopback: Loopback,
}

impl Client {
    /// A client that calls the public internet only, or also this machine if `loopback` allows it.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub fn new(loopback: Loopback) -> Result<Self, BuildError> {
        Ok(Self { http: outbound::http_client(loopback)?, loopback })
    }

    /// Asks the keys in the given order until one sends text; that one answers. Dropping the future or the answer
    /// closes the connection.
    ///
    /// A key that fails on its own account passes the turn on; a request that an upstream refuses for its content does
    /// not, because every other upstream would refuse it too.
    ///
    /// # Errors
    /// When no key answers: see [`Failure`].
    pub async fn open(&self, keys: &[Key], prompt: &Prompt, limits: &Limits) -> Result<Answer, Failure> {
        if keys.is_empty() {
            return Err(Failure::NoKey);
        }
        let started = Instant::now();
        let after = |millis| started + Duration::from_millis(millis);
        let (opening, answer) = (after(limits.opening_millis), after(limits.answer_millis));
        let body = prompt.body();
        let mut tried = Vec::new();
        for key in keys.iter().take(limits.tries_max.max(1)) {
            let asked = Instant::now();
            let first_byte = asked + Duration::from_millis(limits.first_byte_millis);
            let clocks = Clocks { first_byte, opening, answer };
            let result = self.ask(key, body.clone(), limits, clocks).await;
            let (key_id, millis) = (key.id.clone(), millis_since(asked));
            match result {
                Ok((first, reader)) => return Ok(Answer { first: Some(first), reader, key_id, millis, tried }),
                Err(Verdict::Next(cause)) => tried.push(Attempt { key_id, cause, millis }),
                Err(Verdict::Refuse(status, refusal)) => {
                    return Err(Failure::Refused { status, refusal, by: Refused { key_id, millis, tried } });
                }
            }
            if Instant::now() >= opening.min(answer) {
                return Err(Failure::Deadline(tried));
            }
        }
        Err(Failure::Exhausted(tried))
    }

    /// Asks one key and reads its answer up to the first text.
    async fn ask(&self, key: &Key, body: Bytes, limits: &Limits, clocks: Clocks) -> Result<(String, Reader), Verdict> {
        let blocked = |error| Verdict::Next(Cause::Blocked(error));
        let url = chat_url(&Endpoint::parse(&key.host, self.loopback).map_err(blocked)?);
        let headers = headers(key).ok_or(Verdict::Next(Cause::Unauthorized))?;
        let until = clocks.first_byte.min(clocks.opening).min(clocks.answer);
        let response = timeout_at(until, self.send(&url, &headers, &body))
            .await
            .map_err(|_| Verdict::Next(Cause::FirstByte))?
            .map_err(Verdict::Next)?;
        if response.status() != StatusCode::OK {
            return Err(judge(response, until).await);
        }
        check_head(response.headers())?;
        let mut reader = Reader::new(response, *limits, clocks);
        match reader.next().await {
            Event::Delta(text) => Ok((text, reader)),
            Event::Finished(finish) => Err(judge_empty(&reader, finish.end)),
        }
    }

    /// Sends the request. It is sent once more when the connection broke before the head of an answer: then it was
    /// most likely one kept from an earlier turn, which the upstream had closed while the function was frozen.
    async fn send(&self, url: &Url, headers: &HeaderMap, body: &Bytes) -> Result<Response, Cause> {
        let post = || self.http.post(url.clone()).headers(headers.clone()).body(body.clone()).send();
        match post().await {
            Err(error) if error.is_request() && !error.is_connect() => post().await,
            result => result,
        }
        .map_err(|error| cause_of(&error))
    }
}

pub(crate) fn millis_since(start: Instant) -> u64 {
    u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX)
}

/// The request's headers; `None` when the secret fits into none.
fn headers(key: &Key) -> Option<HeaderMap> {
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", key.secret.expose().trim())).ok()?;
    bearer.set_sensitive(true);
    Some(HeaderMap::from_iter([
        (AUTHORIZATION, bearer),
        (CONTENT_TYPE, HeaderValue::from_static("application/json")),
        (ACCEPT, HeaderValue::from_static("text/event-stream")),
        // A compressing proxy would hold deltas back, and could make a small body expand without bound.
        (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
    ]))
}

pub(crate) fn cause_of(error: &reqwest::Error) -> Cause {
    if outbound::is_blocked(error) { Cause::Blocked(AddressError::NotPublic) } else { Cause::Connect }
}

/// Refuses what is no text of the protocol. Whether it is a stream, its first characters tell: many upstreams name
/// another type than they send.
fn check_head(head: &HeaderMap) -> Result<(), Verdict> {
    let content_type = text_of(head, &CONTENT_TYPE).to_ascii_lowercase();
    let encoding = text_of(head, &CONTENT_ENCODING);
    let is_plain = encoding.is_empty() || encoding.eq_ignore_ascii_case("identity");
    if !is_plain || content_type.contains("html") {
        return Err(Verdict::Next(Cause::Malformed));
    }
    Ok(())
}

/// The verdict on an answer that is no success.
async fn judge(mut response: Response, until: Instant) -> Verdict {
    let status = response.status().as_u16();
    let retry_after_seconds = retry::after_seconds(response.headers());
    let until = until.min(Instant::now() + ERROR_BODY);
    let mut body = Vec::new();
    while let Ok(Ok(Some(packet))) = timeout_at(until, response.chunk()).await {
        body.extend_from_slice(packet.get(..packet.len().min(ERROR_BYTES_MAX - body.len())).unwrap_or_default());
        if body.len() >= ERROR_BYTES_MAX {
            break;
        }
    }
    Complaint::read_body(&body).judge(status, retry_after_seconds)
}

/// The verdict on an answer that ended before any text.
fn judge_empty(reader: &Reader, end: End) -> Verdict {
    if let Some(complaint) = reader.complaint() {
        return complaint.judge_in_stream();
    }
    Verdict::Next(match end {
        End::Filtered => return Verdict::Refuse(StatusCode::OK.as_u16(), Refusal::Filtered),
        End::Done | End::Length => Cause::Empty,
        End::Cut | End::Errored => Cause::Cut,
        End::Garbage => Cause::Malformed,
        End::TooLarge => Cause::TooLarge,
        End::Silence | End::Deadline if reader.has_begun() => Cause::Silence,
        End::Silence | End::Deadline => Cause::FirstByte,
    })
}
