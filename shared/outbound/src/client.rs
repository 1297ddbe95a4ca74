//! Sending a call and reading its answer within the bounds.

use std::time::Duration;

use reqwest::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName};
use reqwest::{Method, RequestBuilder, Response};
use tokio::time::{Instant, timeout_at};

use crate::call::{Answer, Call, CallError};
use crate::endpoint::{AddressError, check_host};
use crate::http::{BuildError, http_client, is_blocked};
use crate::limits::Loopback;

/// How soon a connection must break for the call to be sent once more. An idle connection that the other side has
/// closed breaks at once; a later break may follow work that was done.
const STALE: Duration = Duration::from_secs(1);

/// The client of every configured address that answers in one piece. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    http: reqwest::Client,
    loopback: Loopback,
}

impl Client {
    /// A client that calls the public internet only, or also this machine if `loopback` allows it.
    ///
    /// # Errors
    /// When the TLS library refuses its own defaults.
    pub fn new(loopback: Loopback) -> Result<Self, BuildError> {
        Ok(Self { http: http_client(loopback)?, loopback })
    }

    /// Whether this client may call this machine.
    #[must_use]
    pub fn loopback(&self) -> Loopback {
        self.loopback
    }

    /// Sends the call and reads its whole answer before `until`. It is sent once more when the caller allows that and
    /// the connection broke before the head of an answer: then it was most likely one kept from an earlier call, which
    /// the server had closed while the function was frozen.
    ///
    /// # Errors
    /// When there is no whole answer: see [`CallError`]. An answer of any status is none.
    pub async fn send(&self, call: Call, until: Instant) -> Result<Answer, CallError> {
        if !call.url.username().is_empty() || call.url.password().is_some() {
            return Err(AddressError::Malformed.into());
        }
        check_host(&call.url, self.loopback)?;
        // A time-out lets what is ready pass; a call without any time is not even begun.
        if Instant::now() >= until {
            return Err(CallError::Timeout);
        }
        let response = timeout_at(until, self.send_head(&call)).await.map_err(|_| CallError::Timeout)??;
        read(response, call.bytes_max, until).await
    }

    async fn send_head(&self, call: &Call) -> Result<Response, CallError> {
        let began = Instant::now();
        match self.request(call).send().await {
            // Whatever becomes of the second try, the server may have read the first.
            Err(error) if call.may_repeat && is_stale(&error) && began.elapsed() < STALE => {
                self.request(call).send().await.map_err(|_| CallError::Cut)
            }
            result => result.map_err(|error| error_of(&error)),
        }
    }

    fn request(&self, call: &Call) -> RequestBuilder {
        let method = if call.body.is_some() { Method::POST } else { Method::GET };
        // A small compressed body could expand without bound.
        let request = self.http.request(method, call.url.clone()).header(ACCEPT_ENCODING, "identity");
        match &call.body {
            Some((content_type, body)) => request.header(CONTENT_TYPE, *content_type).body(body.clone()),
            None => request,
        }
    }
}

/// Whether the connection was there and broke.
fn is_stale(error: &reqwest::Error) -> bool {
    error.is_request() && !error.is_connect()
}

fn error_of(error: &reqwest::Error) -> CallError {
    if is_blocked(error) {
        CallError::Blocked(AddressError::NotPublic)
    } else if error.is_connect() || error.is_builder() {
        CallError::Connect
    } else {
        CallError::Cut
    }
}

async fn read(mut response: Response, bytes_max: usize, until: Instant) -> Result<Answer, CallError> {
    let encoding = text_of(response.headers(), &CONTENT_ENCODING);
    if !encoding.is_empty() && encoding != "identity" {
        return Err(CallError::Cut);
    }
    let (status, content_type) = (response.status().as_u16(), text_of(response.headers(), &CONTENT_TYPE));
    let mut body = Vec::new();
    loop {
        // A body that always has something ready would outlive the time-out.
        if Instant::now() >= until {
            return Err(CallError::Timeout);
        }
        let packet = timeout_at(until, response.chunk()).await.map_err(|_| CallError::Timeout)?;
        let Some(packet) = packet.map_err(|_| CallError::Cut)? else { break };
        if body.len() + packet.len() > bytes_max {
            return Err(CallError::TooLarge);
        }
        body.extend_from_slice(&packet);
    }
    Ok(Answer { status, content_type, body })
}

/// A header in lower case; empty when it is missing or no text.
fn text_of(head: &HeaderMap, name: &HeaderName) -> String {
    head.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().trim().to_ascii_lowercase()
}
