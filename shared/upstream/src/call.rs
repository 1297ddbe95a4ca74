//! One guarded request with a bounded answer: everything asked of a provider that is not a chat.

use std::time::Duration;

use bytes::Bytes;
use outbound::Endpoint;
use reqwest::header::{ACCEPT, ACCEPT_ENCODING, AUTHORIZATION, CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Response, StatusCode, Url};
use serde_json::Value;
use tokio::time::{Instant, timeout_at};

use crate::client::{Client, cause_of};
use crate::failure::{Cause, Complaint, Refusal, Verdict};
use crate::key::Key;
use crate::limits::{ERROR_BODY, ERROR_BYTES_MAX};
use crate::retry::{after_seconds, text_of};
use crate::route::is_version;

/// How soon a connection must break for the request to be sent once more. An idle connection that the other side has
/// closed breaks at once; a later break may follow a picture that was drawn and paid for.
const STALE: Duration = Duration::from_secs(1);

/// A request that is ready to be sent.
#[derive(Debug)]
pub(crate) struct Call {
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Bytes,
}

impl Call {
    /// `GET url`.
    pub(crate) fn get(url: Url, accept: &'static str) -> Self {
        let headers = HeaderMap::from_iter([
            (ACCEPT, HeaderValue::from_static(accept)),
            // A small compressed body could expand without bound.
            (ACCEPT_ENCODING, HeaderValue::from_static("identity")),
        ]);
        Self { method: Method::GET, url, headers, body: Bytes::new() }
    }

    /// `POST url` with a JSON document.
    pub(crate) fn post(url: Url, document: &Value) -> Self {
        Self::post_as(url, HeaderValue::from_static("application/json"), document.to_string().into())
    }

    /// `POST url` with a body of this type.
    pub(crate) fn post_as(url: Url, content_type: HeaderValue, body: Bytes) -> Self {
        let mut call = Self { method: Method::POST, body, ..Self::get(url, "application/json") };
        call.headers.insert(CONTENT_TYPE, content_type);
        call
    }

    /// The address that is called.
    pub(crate) const fn url(&self) -> &Url {
        &self.url
    }

    /// With the key's secret as the bearer token.
    pub(crate) fn bearer(mut self, key: &Key) -> Result<Self, Cause> {
        let bearer = HeaderValue::try_from(format!("Bearer {}", key.secret.expose().trim()));
        let mut bearer = bearer.map_err(|_| Cause::Unauthorized)?;
        bearer.set_sensitive(true);
        self.headers.insert(AUTHORIZATION, bearer);
        Ok(self)
    }
}

impl Client {
    /// The address of a route of the key's host: `base/version/tail`, where a version that is already in the base is
    /// kept instead. What an administrator copied too much of (`/chat/completions`, `/images/generations`) is cut.
    pub(crate) fn route(&self, key: &Key, version: &[&str], tail: &[&str]) -> Result<Url, Cause> {
        let endpoint = Endpoint::parse(&key.host, self.loopback)?;
        let base = endpoint.url();
        let mut segments: Vec<&str> = base.path().split('/').filter(|segment| !segment.is_empty()).collect();
        for whole in [["chat", "completions"], ["images", "generations"]] {
            if segments.ends_with(&whole) {
                segments.truncate(segments.len() - whole.len());
            }
        }
        if !segments.iter().copied().any(is_version) {
            if version.len() > 1 && segments.last() == version.first() {
                segments.pop();
            }
            segments.extend(version);
        }
        let mut url = base.clone();
        url.set_path(&segments.join("/"));
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(tail);
        }
        Ok(url)
    }

    /// Sends the request; only an answer of status 200 in plain encoding comes back.
    pub(crate) async fn exchange(&self, call: &Call, until: Instant) -> Result<Response, Verdict> {
        let response = timeout_at(until, self.send_call(call))
            .await
            .map_err(|_| Verdict::Next(Cause::FirstByte))?
            .map_err(Verdict::Next)?;
        if response.status() != StatusCode::OK {
            return Err(read_refusal(response, until).await);
        }
        let encoding = text_of(response.headers(), &CONTENT_ENCODING);
        if !encoding.is_empty() && !encoding.eq_ignore_ascii_case("identity") {
            return Err(Verdict::Next(Cause::Malformed));
        }
        Ok(response)
    }

    async fn send_call(&self, call: &Call) -> Result<Response, Cause> {
        let began = Instant::now();
        let send = || {
            let request = self.http.request(call.method.clone(), call.url.clone());
            request.headers(call.headers.clone()).body(call.body.clone()).send()
        };
        match send().await {
            Err(error) if error.is_request() && !error.is_connect() && began.elapsed() < STALE => send().await,
            result => result,
        }
        .map_err(|error| cause_of(&error))
    }
}

/// The next packet of a body; `None` at its end.
pub(crate) async fn packet(response: &mut Response, until: Instant) -> Result<Option<Bytes>, Cause> {
    // A time-out lets what is ready pass; a body that always has something ready ends by this.
    if Instant::now() >= until {
        return Err(Cause::Silence);
    }
    timeout_at(until, response.chunk()).await.map_err(|_| Cause::Silence)?.map_err(|_| Cause::Cut)
}

/// A whole body of at most `bytes_max` bytes.
pub(crate) async fn collect(mut response: Response, bytes_max: usize, until: Instant) -> Result<Vec<u8>, Cause> {
    let mut body = Vec::new();
    while let Some(packet) = packet(&mut response, until).await? {
        if body.len() + packet.len() > bytes_max {
            return Err(Cause::TooLarge);
        }
        body.extend_from_slice(&packet);
    }
    Ok(body)
}

/// The verdict on an answer that is no success.
async fn read_refusal(mut response: Response, until: Instant) -> Verdict {
    let status = response.status().as_u16();
    let retry_after_seconds = after_seconds(response.headers());
    let until = until.min(Instant::now() + ERROR_BODY);
    let mut body = Vec::new();
    while let Ok(Some(packet)) = packet(&mut response, until).await {
        body.extend_from_slice(packet.get(..packet.len().min(ERROR_BYTES_MAX - body.len())).unwrap_or_default());
        if body.len() >= ERROR_BYTES_MAX {
            break;
        }
    }
    judge(status, retry_after_seconds, &body)
}

/// The verdict on an error body: what Stability calls `name`, then what chats know too.
pub(crate) fn judge(status: u16, retry_after_seconds: Option<u32>, body: &[u8]) -> Verdict {
    let said: Value = serde_json::from_slice(body).unwrap_or_default();
    let error = said.get("error").filter(|error| error.is_object()).unwrap_or(&said);
    match error.get("name").and_then(Value::as_str).unwrap_or_default() {
        "invalid_prompts" | "content_moderation" => return Verdict::Refuse(status, Refusal::Filtered),
        "insufficient_balance" | "payment_required" => return Verdict::Next(Cause::Quota),
        _ => {}
    }
    if status == 400 && is_about_safety(error) {
        return Verdict::Refuse(status, Refusal::Filtered);
    }
    Complaint::read_body(body).judge(status, retry_after_seconds)
}

/// The refusals of `dall-e-2` carry no code, only this sentence.
fn is_about_safety(error: &Value) -> bool {
    error.get("message").and_then(Value::as_str).is_some_and(|message| message.contains("safety system"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_image_providers_are_understood() {
        let filtered = |status| Verdict::Refuse(status, Refusal::Filtered);
        for (status, body, verdict) in [
            (400, r#"{"error":{"code":"content_policy_violation"}}"#, filtered(400)),
            (400, r#"{"error":{"code":"moderation_blocked","type":"image_generation_user_error"}}"#, filtered(400)),
            (400, r#"{"error":{"code":"contentFilter"}}"#, filtered(400)),
            (400, r#"{"error":{"code":null,"message":"… as a result of our safety system. …"}}"#, filtered(400)),
            (400, r#"{"error":{"code":"billing_hard_limit_reached"}}"#, Verdict::Next(Cause::Quota)),
            (400, r#"{"id":"1","name":"invalid_prompts","message":"…"}"#, filtered(400)),
            (403, r#"{"id":"1","name":"content_moderation","message":"…"}"#, filtered(403)),
            (429, r#"{"id":"1","name":"insufficient_balance","message":"…"}"#, Verdict::Next(Cause::Quota)),
            (401, r#"{"id":"1","name":"unauthorized","message":"…"}"#, Verdict::Next(Cause::Unauthorized)),
            (400, r#"{"id":"1","name":"invalid_height_or_width"}"#, Verdict::Refuse(400, Refusal::Other)),
            (404, r#"{"id":"1","name":"not_found"}"#, Verdict::Next(Cause::NotFound)),
            (500, "<html>", Verdict::Next(Cause::Server(500))),
        ] {
            assert_eq!(judge(status, None, body.as_bytes()), verdict, "{status} {body}");
        }
    }
}
