//! The challenge that tells people from programs: a widget on the page gives a token, and who made the widget verifies it.

use std::time::Duration;

use domain::limits::{CHALLENGE_ANSWER_BYTES_MAX, CHALLENGE_SECONDS_MAX, CHALLENGE_TOKEN_BYTES_MAX};
use domain::{Error, Result, nonce};
use outbound::{Call, CallError, Client, Loopback, Url};
use platform::{Outside, Sealer, StartError};
use serde::Deserialize;
use table::site::Site;
use tokio::time::Instant;

/// The setting that keeps the secret, sealed under this name.
const SECRET: &str = "challenge_secret";
const SEALED_AS: &str = "setting challenge_secret";
/// What verifiers say when a token is nobody's, was used, or is too old. What else they refuse for is not the token's fault.
/// <https://developers.cloudflare.com/turnstile/get-started/server-side-validation/>
const FAULTS_OF_TOKEN: [&str; 3] = ["missing-input-response", "invalid-input-response", "timeout-or-duplicate"];

/// Asks verifiers.
#[derive(Debug)]
pub(crate) struct Challenger {
    client: Client,
    sealer: Sealer,
}

/// The challenge of one request: passed at most once, because a token is good once.
pub(crate) struct Gate<'a> {
    challenger: &'a Challenger,
    site: &'a Site,
    token: Option<String>,
    address: &'a str,
    passed: Option<bool>,
}

/// Why nobody can tell whether a token is right.
#[derive(Debug, thiserror::Error)]
enum Unverified {
    #[error("the secret cannot be opened")]
    Sealed,
    #[error("the verifier's address is none")]
    Address,
    #[error("the verifier was not reached: {0}")]
    Call(#[from] CallError),
    #[error("the verifier's answer is unreadable, of status {0}")]
    Answer(u16),
    #[error("the verifier does not take the secret or the call")]
    Refused,
    #[error("the system has no randomness")]
    Randomness,
}

impl Challenger {
    pub(crate) fn new(outside: &Outside, sealer: Sealer) -> Result<Self, StartError> {
        let loopback = match outside.environment.find("UPSTREAM_LOOPBACK") {
            Some("allow") => Loopback::Allow,
            _ => Loopback::Refuse,
        };
        let client = Client::new(loopback)
            .map_err(|error| StartError::Call { what: "the client of verifiers", source: error.into() })?;
        Ok(Self { client, sealer })
    }

    async fn verify(&self, site: &Site, token: &str, address: &str) -> Result<bool, Unverified> {
        if token.len() > CHALLENGE_TOKEN_BYTES_MAX {
            return Ok(false);
        }
        let sealed = site.sealed.get(SECRET).ok_or(Unverified::Sealed)?;
        let secret = self.sealer.open(SEALED_AS, sealed).map_err(|_| Unverified::Sealed)?;
        let url = Url::parse(&site.settings.challenge.verify_url).map_err(|_| Unverified::Address)?;
        let key = call_key()?;
        let form = [("secret", &*secret), ("response", token), ("remoteip", address), ("idempotency_key", &key)];
        let call = Call::post_form(url, form, CHALLENGE_ANSWER_BYTES_MAX);
        // The key in the form makes two of it one.
        let until = Instant::now() + Duration::from_secs(CHALLENGE_SECONDS_MAX);
        let answer = self.client.send(call.repeatable(), until).await?;
        let unreadable = Unverified::Answer(answer.status);
        let Ok(said) = serde_json::from_slice::<Said>(&answer.body) else { return Err(unreadable) };
        let is_faulty = !said.faults.is_empty() && said.faults.iter().all(|fault| FAULTS_OF_TOKEN.contains(&&**fault));
        match (answer.status, said.success) {
            (200, true) => Ok(true),
            (200..=499, false) if is_faulty => Ok(false),
            (200..=499, false) => Err(Unverified::Refused),
            _ => Err(unreadable),
        }
    }
}

/// What a verifier says.
#[derive(Deserialize)]
struct Said {
    success: bool,
    #[serde(rename = "error-codes", default)]
    faults: Vec<String>,
}

impl<'a> Gate<'a> {
    pub(crate) fn new(challenger: &'a Challenger, site: &'a Site, token: Option<String>, address: &'a str) -> Self {
        Self { challenger, site, token, address, passed: None }
    }

    /// Whether the site has one, and so many codes were asked for by strangers that it is closed to who has not passed it.
    pub(crate) fn is_closed_at(&self, codes: Option<i64>) -> bool {
        let challenge = &self.site.settings.challenge;
        challenge.is_on() && codes.is_none_or(|codes| codes > challenge.codes_hour)
    }

    /// Whether the challenge is passed. False where the site has none, and where the verifier cannot tell: then the limits
    /// hold that hold without a challenge, so that its outage shuts nobody out.
    ///
    /// # Errors
    /// A refusal when there is no token, or a wrong one.
    pub(crate) async fn pass(&mut self) -> Result<bool> {
        if !self.site.settings.challenge.is_on() {
            return Ok(false);
        }
        if let Some(passed) = self.passed {
            return Ok(passed);
        }
        let token = self.token.as_deref().ok_or(Error::refused("请完成人机验证后再获取验证码"))?;
        let passed = match self.challenger.verify(self.site, token, self.address).await {
            Ok(true) => true,
            Ok(false) => return Err(Error::refused("人机验证未通过，请重试")),
            Err(unverified) => {
                tracing::warn!(cause = %unverified, "a challenge was not verified");
                false
            }
        };
        self.passed = Some(passed);
        Ok(passed)
    }
}

/// What makes two of one call the same one: random, in the form of a UUID.
fn call_key() -> Result<String, Unverified> {
    let random = nonce().map_err(|_| Unverified::Randomness)?;
    let parts = [0..8, 8..12, 12..16, 16..20, 20..32].into_iter().filter_map(|part| random.get(part));
    Ok(parts.collect::<Vec<&str>>().join("-"))
}
