//! Checks of single keys.

use std::time::Duration;

use domain::limits::{UPSTREAM_LIST_SECONDS_MAX, UPSTREAM_MODELS_BYTES_MAX, UPSTREAM_MODELS_MAX};
use domain::{Error, Result, UpstreamId, model};
use table::site::Site;
use table::upstream_key::{Found, Health, Kind, UpstreamKey};
use tokio::time::Instant;
use upstream::draw::Provider;
use upstream::pool::State;
use upstream::{Cause, Days, Key, Secret};

use crate::Keyring;

/// How long a provider may take to tell about a key.
const CHECK: Duration = Duration::from_secs(9);
/// How many days back a provider is asked for the usage, today not counted. It may be asked for a hundred.
const USAGE_DAYS: i64 = 98;
const DAY_MILLIS: i64 = 24 * 3600 * 1000;

/// What administrators read of a key that was sealed with another secret than the deployment has.
const UNSEALED: &str = "密钥无法解密，请重新填写";

/// A limit and a usage, in millionths of a dollar.
type Money = (i64, i64);

impl Keyring {
    /// Asks its provider about a key that is not stored: its limit and its usage in millionths of a dollar, where the
    /// provider tells.
    ///
    /// # Errors
    /// A sentence that says why it does not work.
    pub async fn check_secret(&self, kind: Kind, host: &str, secret: &str) -> Result<Option<Money>, String> {
        let key = Key { id: "new".to_owned(), host: host.to_owned(), secret: Secret::new(secret.to_owned()) };
        self.ask(kind, &key).await.map_err(|cause| cause.sentence().into_owned())
    }

    /// Asks its provider about a stored key. The sentence tells what is wrong with it, be it for good or not.
    ///
    /// With `restarts`, a stopped key that works is used again; `site` tells what is known of its health until now.
    pub async fn check(&self, key: &UpstreamKey, site: &Site, restarts: bool) -> (Found, Option<String>) {
        let id = key.id.to_string();
        let Ok(secret) = self.sealer.open(&id, &key.sealed) else {
            return (Found::Fails { reason: UNSEALED.to_owned() }, Some(UNSEALED.to_owned()));
        };
        match self.ask(key.kind, &Key { id, host: key.host.clone(), secret: Secret::new(secret) }).await {
            Ok(money) => {
                let restart = restarts.then(|| self.fresh_health(site, key.id));
                (Found::Works { money, restart }, None)
            }
            Err(cause) => {
                let reason = cause.sentence().into_owned();
                let found = if cause.is_final() { Found::Fails { reason: reason.clone() } } else { Found::Unknown };
                (found, Some(reason))
            }
        }
    }

    /// The models for chats in the list of the upstream that a key is for, as many as a key may have; none when it tells
    /// none.
    ///
    /// # Errors
    /// When the key cannot be opened.
    pub async fn chat_models(&self, key: &UpstreamKey) -> Result<Vec<String>> {
        let id = key.id.to_string();
        let secret = self.sealer.open(&id, &key.sealed).map_err(Error::internal)?;
        let key = Key { id, host: key.host.clone(), secret: Secret::new(secret) };
        let until = Instant::now() + Duration::from_secs(UPSTREAM_LIST_SECONDS_MAX);
        match self.client.models(&key, until).await {
            Ok(listed) => Ok(for_chats(&listed)),
            Err(cause) => {
                tracing::info!(key = key.id, %cause, "an upstream does not tell its models");
                Ok(Vec::new())
            }
        }
    }

    /// What is known of the health of a key that an administrator has just changed or checked: nothing, and that
    /// overrules what function instances remember.
    pub fn fresh_health(&self, site: &Site, id: UpstreamId) -> Health {
        let known = site.health.get(&id).map_or(0, |health| health.changed);
        let state = State::checked(self.clock.millis().max(known + 1));
        // A state is numbers and texts, which always serialise.
        Health { state: serde_json::to_string(&state).unwrap_or_default(), changed: state.changed_ms }
    }

    async fn ask(&self, kind: Kind, key: &Key) -> Result<Option<Money>, Cause> {
        let provider = match kind {
            Kind::OpenAiChat | Kind::OpenAiDraw => Provider::OpenAi,
            Kind::StabilityDraw => Provider::Stability,
            Kind::StableDiffusionDraw => Provider::StableDiffusion,
        };
        let now = self.clock.millis();
        let start = self.zone.day(now - USAGE_DAYS * DAY_MILLIS);
        let days = Days { start: start.to_string(), end: self.zone.day(now).plus(1).to_string() };
        let balance = self.client.check(key, provider, &days, Instant::now() + CHECK).await?;
        Ok(balance.map(|told| (millionths(told.limit_micro_usd), millionths(told.used_micro_usd))))
    }
}

/// Those of an upstream's list that can be a key's models.
fn for_chats(listed: &[String]) -> Vec<String> {
    let (mut models, mut bytes) = (Vec::<String>::new(), 0);
    for name in listed.iter().filter(|name| model::is_name(name) && model::is_for_chats(name)) {
        bytes += name.len();
        if models.len() == UPSTREAM_MODELS_MAX || bytes > UPSTREAM_MODELS_BYTES_MAX {
            break;
        }
        if !models.contains(name) {
            models.push(name.clone());
        }
    }
    models
}

fn millionths(money: u64) -> i64 {
    i64::try_from(money).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_gets_what_chats_and_no_more_than_it_may_have() {
        let listed = |names: &[&str]| for_chats(&names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
        let names = [
            "gpt-4o",
            "text-embedding-3-small",
            "whisper-1",
            "dall-e-3",
            "gpt-image-1",
            "gpt-4o-mini-tts",
            "gpt-4o-transcribe",
            "gpt-4o-realtime-preview",
            "omni-moderation-latest",
            "BAAI/bge-m3",
            "davinci-002",
            "deepseek/deepseek-r1:free",
            "gpt-4o",
            "<b>x</b>",
            "模型",
            "",
            "meta-llama/Llama-3-70b-Instruct",
            "o1-pro",
        ];
        assert_eq!(
            listed(&names),
            ["gpt-4o", "deepseek/deepseek-r1:free", "meta-llama/Llama-3-70b-Instruct", "o1-pro"]
        );
        let many: Vec<String> = (0..1_000).map(|number| format!("m{number}")).collect();
        assert_eq!(for_chats(&many), many[..UPSTREAM_MODELS_MAX]);
        let long: Vec<String> = (0..90).map(|number| format!("{number:0>90}")).collect();
        assert_eq!(for_chats(&long), long[..UPSTREAM_MODELS_BYTES_MAX / 90]);
    }
}
