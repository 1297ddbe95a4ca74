//! A scripted verifier of challenges, which speaks as Cloudflare's Turnstile does: `POST /siteverify` with a form of `secret`
//! and `response`, and JSON that says whether. The token says what becomes of it:
//!
//! | token begins with | what the verifier does |
//! |---|---|
//! | `right` | says yes, the first time; then `timeout-or-duplicate` |
//! | `slow-N-` | the same after N milliseconds |
//! | `garbage` | answers no JSON |
//! | `status-N` | answers with this status |
//! | `huge` | answers a megabyte |
//! | anything else | `invalid-input-response` |
//!
//! A call that names the same `idempotency_key` again gets the same answer again.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use bytes::Bytes;
use http::{Method, Request, Response, StatusCode};
use serde_json::{Value, json};
use url::form_urlencoded;

use crate::lock;

/// The secret that it takes.
pub const SECRET: &str = "0x4AAAAAAA-local-challenge-secret";
/// The site key that belongs to it.
pub const SITE_KEY: &str = "0x4AAAAAAA-local";

/// The verifier. Clones share what they have seen.
#[derive(Clone, Debug, Default)]
pub struct Verifier(Arc<Mutex<Seen>>);

#[derive(Debug, Default)]
struct Seen {
    /// The tokens that were right once, each with the key of the call that it was right for.
    used: BTreeMap<String, String>,
    calls: Vec<BTreeMap<String, String>>,
}

impl Verifier {
    /// The forms of the calls so far.
    pub fn calls(&self) -> Vec<BTreeMap<String, String>> {
        lock(&self.0).calls.clone()
    }

    /// Answers one call.
    pub async fn answer(&self, request: Request<Bytes>) -> Response<Bytes> {
        if request.method() != Method::POST || !request.uri().path().ends_with("/siteverify") {
            return answer(StatusCode::NOT_FOUND, "there is no such page");
        }
        let form: BTreeMap<String, String> = form_urlencoded::parse(request.body()).into_owned().collect();
        let field = |name: &str| form.get(name).cloned().unwrap_or_default();
        let (secret, token, key) = (field("secret"), field("response"), field("idempotency_key"));
        lock(&self.0).calls.push(form);
        let (wait, token) = delayed(&token);
        tokio::time::sleep(wait).await;
        if let Some(status) = token.strip_prefix("status-") {
            let status = StatusCode::from_bytes(status.as_bytes()).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
            return answer(status, "{}");
        }
        match token {
            _ if token.starts_with("garbage") => answer(StatusCode::OK, "<!doctype html>"),
            _ if token.starts_with("huge") => answer(StatusCode::OK, " ".repeat(1 << 20)),
            _ if secret != SECRET => verdict(Some("invalid-input-secret")),
            _ if token.is_empty() => verdict(Some("missing-input-response")),
            _ if !token.starts_with("right") => verdict(Some("invalid-input-response")),
            _ if self.is_used(token, &key) => verdict(Some("timeout-or-duplicate")),
            _ => verdict(None),
        }
    }

    /// Whether a token was used by another call; now it is.
    fn is_used(&self, token: &str, key: &str) -> bool {
        let mut seen = lock(&self.0);
        let first = seen.used.entry(token.to_owned()).or_insert_with(|| key.to_owned());
        // The first call finds its own key. Without a key every call is another one.
        let is_first = first == key;
        if key.is_empty() {
            "used".clone_into(first);
        }
        !is_first
    }
}

/// How long a token lets the verifier wait, and what remains of it.
fn delayed(token: &str) -> (Duration, &str) {
    let slow = token.strip_prefix("slow-").and_then(|rest| rest.split_once('-'));
    match slow.and_then(|(millis, rest)| Some((millis.parse().ok()?, rest))) {
        Some((millis, rest)) => (Duration::from_millis(millis), rest),
        None => (Duration::ZERO, token),
    }
}

fn verdict(error: Option<&str>) -> Response<Bytes> {
    let errors: Vec<&str> = error.into_iter().collect();
    let body: Value = json!({"success": errors.is_empty(), "error-codes": errors, "hostname": "localhost"});
    answer(StatusCode::OK, body.to_string())
}

fn answer(status: StatusCode, body: impl Into<Bytes>) -> Response<Bytes> {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn says(verifier: &Verifier, token: &str, key: &str) -> String {
        let form = format!("secret={SECRET}&response={token}&idempotency_key={key}");
        let request = Request::post("/siteverify").body(Bytes::from(form)).unwrap();
        String::from_utf8(verifier.answer(request).await.into_body().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_token_is_right_once_and_a_repeated_call_is_the_same_call() {
        let verifier = Verifier::default();
        for (token, key, says_yes) in [
            ("right-1", "a", true),
            ("right-1", "a", true),
            ("right-1", "b", false),
            ("right-2", "", true),
            ("right-2", "", false),
            ("wrong", "c", false),
            ("slow-1-right-3", "d", true),
        ] {
            let said = says(&verifier, token, key).await;
            assert_eq!(said.contains("\"success\":true"), says_yes, "{token} {key}: {said}");
        }
        assert!(says(&verifier, "garbage", "").await.starts_with('<'));
        assert_eq!(verifier.calls().len(), 8);
    }
}
