//! Whether a key works, and what is left of its money.

use reqwest::Url;
use tokio::time::Instant;

use crate::billing::Balance;
use crate::call::{Call, packet};
use crate::client::Client;
use crate::draw::Provider;
use crate::failure::{Cause, Verdict};
use crate::key::Key;

/// The days whose usage is asked for, as `YYYY-MM-DD`: from the first to before the second, at most 100 apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    /// The first.
    pub start: String,
    /// The one after the last.
    pub end: String,
}

impl Client {
    /// Asks the provider about a key, by calls that cost nothing: the list of models of what is compatible with OpenAI,
    /// the balance of Stability. Returns the key's money where the provider tells. stablediffusionapi.com has no such
    /// call, so its keys pass.
    ///
    /// # Errors
    /// When the key does not work, or cannot be asked about now: see [`Cause::is_final`].
    pub async fn check(
        &self,
        key: &Key,
        provider: Provider,
        days: &Days,
        until: Instant,
    ) -> Result<Option<Balance>, Cause> {
        match provider {
            Provider::OpenAi => {
                self.read_models(self.route(key, &["v1"], &["models"])?, key, until).await?;
                match self.openai_balance(key, &days.start, &days.end, until).await {
                    // The key works: that its money cannot be told says nothing against it.
                    Err(cause) if cause != Cause::Quota => Ok(None),
                    told => told,
                }
            }
            Provider::Stability => self.stability_balance(key, until).await,
            Provider::StableDiffusion => Ok(None),
        }
    }

    /// The list itself is of no use here, only that there is one and not some page.
    async fn read_models(&self, url: Url, key: &Key, until: Instant) -> Result<(), Cause> {
        let call = Call::get(url, "application/json").bearer(key)?;
        let mut response = self.exchange(&call, until).await.map_err(|verdict| match verdict {
            Verdict::Next(cause) => cause,
            Verdict::Refuse(status, _) => Cause::Server(status),
        })?;
        while let Some(packet) = packet(&mut response, until).await? {
            if let Some(first) = packet.iter().find(|byte| !byte.is_ascii_whitespace()) {
                return if matches!(first, b'{' | b'[') { Ok(()) } else { Err(Cause::Malformed) };
            }
        }
        Err(Cause::Empty)
    }
}
