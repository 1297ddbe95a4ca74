//! Pictures from the providers of images: what is asked, how each one is asked, and what comes back.
//!
//! ```text
//! Picture ─► openai | stability | stable_diffusion ─► Sieve (base64) or download (URLs) ─► Drawn
//! ```
//! A provider is not trusted: its answers are bounded and read without being held whole, the files it names are
//! fetched from public addresses only and without following redirects, and a file is an image only if its first bytes
//! say so.

mod download;
mod form;
mod kind;
mod openai;
mod sieve;
mod size;
mod stability;
mod stable_diffusion;
mod wish;

use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;
use tokio::time::Instant;

use crate::call::{Call, packet};
use crate::client::Client;
use crate::failure::{Cause, Refusal, Verdict};
use crate::key::Key;
use sieve::{Budget, Sieve, Sifted};

pub use kind::Kind;
pub use size::Size;
pub use wish::{COUNT_MAX, Picture, Quality, Source, Style};

/// How many calls of one draw run at the same time, where a provider draws fewer pictures at once than were asked for.
const CALLS_AT_ONCE: usize = 4;

/// Who draws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provider {
    /// OpenAI and what is compatible with it.
    OpenAi,
    /// Stability, version 1 of its REST API.
    Stability,
    /// stablediffusionapi.com, version 3 of its API.
    StableDiffusion,
}

/// One picture that was drawn.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Drawn {
    /// The file, as the provider made it.
    pub bytes: Bytes,
    /// Which kind of image it is, by its content.
    pub kind: Kind,
}

/// Why there is no picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Undrawn {
    /// The key failed on its own account: another one may be asked.
    #[error("the key failed: {0}")]
    Failed(Cause),
    /// The provider refuses this very request: asking another key is useless.
    #[error("refused with status {status}: {refusal}")]
    Refused {
        /// The provider's status; 200 when it answered without a picture.
        status: u16,
        /// What is wrong with the request.
        refusal: Refusal,
    },
    /// The picture to start from cannot be had: its URL is not called, does not answer, or is no image.
    #[error("no picture to start from: {0}")]
    Source(Cause),
    /// This provider fetches the picture to start from by itself, so it needs a public URL: see [`Source::Url`].
    #[error("the picture to start from has no URL")]
    SourceWithoutUrl,
}

impl From<Verdict> for Undrawn {
    fn from(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Next(cause) => Self::Failed(cause),
            Verdict::Refuse(status, refusal) => Self::Refused { status, refusal },
        }
    }
}

impl From<Cause> for Verdict {
    fn from(cause: Cause) -> Self {
        Self::Next(cause)
    }
}

impl Client {
    /// Has one key draw, until `until` at the latest. Dropping the future closes the connections.
    ///
    /// Fewer pictures than asked for come back as they are, never more, never none.
    ///
    /// # Errors
    /// When there is no picture at all: see [`Undrawn`].
    pub async fn draw(
        &self,
        key: &Key,
        provider: Provider,
        picture: &Picture,
        until: Instant,
    ) -> Result<Vec<Drawn>, Undrawn> {
        let budget = Budget::new();
        let source = self.source(provider, picture, &budget, until).await?;
        let job = Job { client: self, key, picture, source: source.as_ref(), budget: &budget, until };
        let mut shares = shares(provider, picture).into_iter();
        let part = |count| job.part(provider, count);
        let mut running: FuturesUnordered<_> = shares.by_ref().take(CALLS_AT_ONCE).map(part).collect();
        let (mut drawn, mut trouble) = (Vec::new(), None);
        while let Some(result) = running.next().await {
            match result {
                Ok(pictures) => drawn.extend(pictures),
                // A refusal says more than the failure of a key.
                Err(verdict @ Verdict::Refuse(..)) => trouble = Some(verdict),
                Err(verdict) => trouble = trouble.or(Some(verdict)),
            }
            if trouble.is_none()
                && let Some(count) = shares.next()
            {
                running.push(part(count));
            }
        }
        drawn.truncate(picture.count().into());
        match trouble {
            Some(verdict) if drawn.is_empty() => Err(verdict.into()),
            None if drawn.is_empty() => Err(Undrawn::Failed(Cause::Empty)),
            _ => Ok(drawn),
        }
    }

    /// Fetches the picture to start from, once for all keys that are asked: whoever named its address must not make keys
    /// look slow.
    ///
    /// # Errors
    /// [`Undrawn::Source`] when it cannot be had by `until`.
    pub async fn fetch_source(&self, url: &str, until: Instant) -> Result<Source, Undrawn> {
        let Drawn { bytes, kind } = self.download(None, url, &Budget::new(), until).await.map_err(Undrawn::Source)?;
        Ok(Source::Bytes { bytes, kind })
    }

    /// The picture to start from, in the form that the provider takes.
    async fn source(
        &self,
        provider: Provider,
        picture: &Picture,
        budget: &Budget,
        until: Instant,
    ) -> Result<Option<Source>, Undrawn> {
        match (&picture.source, provider) {
            (None, _) => Ok(None),
            (Some(Source::Bytes { .. }), Provider::StableDiffusion) => Err(Undrawn::SourceWithoutUrl),
            (Some(Source::Url(url)), Provider::StableDiffusion) => {
                let url = self.file_url(None, url).map_err(Undrawn::Source)?;
                Ok(Some(Source::Url(url.into())))
            }
            (Some(source @ Source::Bytes { .. }), _) => Ok(Some(source.clone())),
            (Some(Source::Url(url)), _) => {
                let Drawn { bytes, kind } = self.download(None, url, budget, until).await.map_err(Undrawn::Source)?;
                budget.give_back(bytes.len());
                Ok(Some(Source::Bytes { bytes, kind }))
            }
        }
    }
}

/// How many pictures each call asks for.
fn shares(provider: Provider, picture: &Picture) -> Vec<u8> {
    let at_once = match provider {
        Provider::OpenAi => openai::at_once(picture),
        Provider::Stability => stability::AT_ONCE_MAX,
        Provider::StableDiffusion => stable_diffusion::AT_ONCE_MAX,
    };
    let count = picture.count();
    (0..count).step_by(at_once.into()).map(|begun| at_once.min(count - begun)).collect()
}

/// What every call of one draw needs.
#[derive(Clone, Copy, Debug)]
struct Job<'a> {
    client: &'a Client,
    key: &'a Key,
    picture: &'a Picture,
    source: Option<&'a Source>,
    budget: &'a Budget,
    until: Instant,
}

impl Job<'_> {
    /// One call's share of the pictures.
    async fn part(self, provider: Provider, count: u8) -> Result<Vec<Drawn>, Verdict> {
        match provider {
            Provider::OpenAi => openai::draw(self, count).await,
            Provider::Stability => stability::draw(self, count).await,
            Provider::StableDiffusion => stable_diffusion::draw(self, count).await,
        }
    }

    /// Sends a request and reads its answer.
    async fn ask(self, call: &Call) -> Result<Sifted, Verdict> {
        let mut response = self.client.exchange(call, self.until).await?;
        let mut sieve = Sieve::new(self.budget);
        while let Some(packet) = packet(&mut response, self.until).await? {
            sieve.push(&packet)?;
        }
        Ok(sieve.finish()?)
    }
}

/// The image in these bytes, if they are one.
fn recognise(bytes: Vec<u8>) -> Option<Drawn> {
    Kind::of(&bytes).map(|kind| Drawn { bytes: bytes.into(), kind })
}

/// The pictures, or the reason why there are none.
fn some_or(drawn: Vec<Drawn>, trouble: Option<Verdict>) -> Result<Vec<Drawn>, Verdict> {
    if drawn.is_empty() { Err(trouble.unwrap_or(Verdict::Next(Cause::Empty))) } else { Ok(drawn) }
}
