//! A draw: asked of the upstreams, kept in the bucket, settled.
//!
//! What is charged is what was kept: the files lie in the bucket before the one transaction that spends the reservation
//! and makes them known. Should the function die between the two, nothing is charged, and nobody knows the files' names.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::limits::{DRAW_KEY_SECONDS_MAX, DRAW_SECONDS_MAX, DRAW_SOURCE_SECONDS_MAX, SETTLE_SECONDS_MAX};
use domain::{Credits, Error, ImageId, MessageId, Result, UpstreamId, price};
use futures_util::future::join_all;
use keyring::Keys;
use table::holds::{self, Reservation};
use table::image::{Image, Visibility};
use table::ledger::Cause;
use table::message::Hop;
use table::settlement::{self, Delivery, Settled};
use table::site::Site;
use tokio::time::Instant;
use upstream::draw::{Drawn, Kind, Picture, Source, Undrawn};
use upstream::{Cause as Trouble, Refusal};

use crate::App;
use crate::ask::{Ask, Painter};
use crate::clean::clean;
use crate::files;

/// Keys that are asked one after the other.
const TRIES_MAX: usize = 4;
/// How long what is no longer needed may take to be taken away.
const REMOVE: Duration = Duration::from_secs(5);

/// A reserved draw.
pub(crate) struct Draw {
    pub(crate) app: Arc<App>,
    /// The id that the reservation has.
    pub(crate) id: MessageId,
    /// Milliseconds since the Unix epoch.
    pub(crate) began: i64,
    pub(crate) ask: Ask,
    pub(crate) painter: Painter,
    /// As it was read when the draw was decided on.
    pub(crate) site: Arc<Site>,
    pub(crate) keys: Keys,
    pub(crate) reservation: Reservation,
    /// For each picture.
    pub(crate) price: Credits,
}

/// A picture that is kept, with its content.
#[derive(Debug)]
pub(crate) struct Kept {
    pub(crate) image: Image,
    pub(crate) file: Drawn,
}

/// What became of a reservation that was to be given back.
#[derive(Clone, Copy, Debug)]
enum Released {
    /// We gave it back.
    GivenBack,
    /// It had ended before.
    Ended,
    /// The table does not tell.
    Unknown,
}

/// How the upstreams were asked.
#[derive(Default)]
struct Route {
    hops: Vec<Hop>,
    /// The key that drew.
    key: String,
    /// The model that drew, as far as one was named.
    model: Option<String>,
}

impl Draw {
    /// Draws, keeps and settles. Whatever happens, the reservation is settled or given back.
    ///
    /// # Errors
    /// When nothing was drawn or kept; then nothing is charged.
    pub(crate) async fn run(mut self) -> Result<Vec<Kept>> {
        let deadline = Instant::now() + Duration::from_secs(DRAW_SECONDS_MAX);
        let mut route = Route::default();
        let kept = match self.drawn(deadline, &mut route).await {
            Ok(files) => self.keep(files, &route).await,
            Err(error) => Err(error),
        };
        let settled = match kept {
            Ok(kept) => self.settle(kept, &route).await,
            Err(error) => {
                self.release().await;
                Err(error)
            }
        };
        self.log(&route, settled.as_ref().map_or(0, Vec::len));
        settled
    }

    /// The pictures of the first key that draws any.
    async fn drawn(&mut self, deadline: Instant, route: &mut Route) -> Result<Vec<Drawn>> {
        let (picture, uploaded) = self.with_source().await?;
        let result = self.ask(&picture, deadline, route).await;
        if let Some(name) = uploaded {
            // The provider has fetched it.
            self.remove(&[name]).await;
        }
        result
    }

    /// The wish as the provider takes it: one of them fetches the picture to start from by itself, so that has to lie
    /// where everybody can fetch it.
    async fn with_source(&self) -> Result<(Picture, Option<String>)> {
        let picture = self.ask.picture.clone();
        match (&picture.source, self.painter) {
            (Some(Source::Bytes { bytes, kind }), Painter::StableDiffusion) => {
                let name = self.store(files::passing_name(*kind)?, *kind, bytes).await?;
                let source = Some(Source::Url(self.app.objects.url(&name)));
                Ok((Picture { source, ..picture }, Some(name)))
            }
            (Some(Source::Url(url)), Painter::OpenAi | Painter::Stability) => {
                let until = Instant::now() + Duration::from_secs(DRAW_SOURCE_SECONDS_MAX);
                let source = self.app.keyring.client().fetch_source(url, until).await.map_err(refused)?;
                Ok((Picture { source: Some(source), ..picture }, None))
            }
            _ => Ok((picture, None)),
        }
    }

    async fn ask(&mut self, picture: &Picture, deadline: Instant, route: &mut Route) -> Result<Vec<Drawn>> {
        let ring = &self.app.keyring;
        let order = self.keys.order(ring).await;
        let mut learned = Vec::new();
        let mut result = Err(no_answer(None));
        for (place, key) in order.iter().take(TRIES_MAX).enumerate() {
            let asked = Instant::now();
            if asked >= deadline {
                break;
            }
            if place > 0 {
                self.keys.count(ring, std::iter::once(key.id.as_str()));
            }
            let until = deadline.min(asked + Duration::from_secs(DRAW_KEY_SECONDS_MAX));
            let model = picture.model.clone().or_else(|| self.usual_model(&key.id));
            let picture = Picture { model, ..picture.clone() };
            let drawn = ring.client().draw(key, self.painter.provider(), &picture, until).await;
            let trouble = match &drawn {
                Err(Undrawn::Failed(cause)) => Some(*cause),
                _ => None,
            };
            route.hop(&key.id, trouble, asked);
            match drawn {
                Err(Undrawn::Failed(cause)) => {
                    learned.push(self.keys.learn(ring, &key.id, Err(cause)));
                    result = Err(no_answer(Some(cause)));
                    continue;
                }
                Ok(files) => {
                    learned.push(self.keys.learn(ring, &key.id, Ok(())));
                    (route.key, route.model) = (key.id.clone(), picture.model);
                    result = Ok(files);
                }
                Err(undrawn) => result = Err(refused(undrawn)),
            }
            break;
        }
        self.keys.share(ring, learned).await;
        result
    }

    /// The first model for pictures that a key lists by name: what it is there for.
    fn usual_model(&self, key: &str) -> Option<String> {
        let key = self.site.upstreams.iter().find(|upstream| upstream.id.to_string() == key)?;
        let is_name = |model: &&String| !model.ends_with('*') && self.painter.draws_with(key, Some(model));
        let is_picture = |model: &&String| self.painter != Painter::OpenAi || !model.starts_with("gpt-4");
        let mut named = key.models.iter().filter(is_name);
        named
            .clone()
            .find(|model| model.contains("dall-e") || model.contains("image"))
            .or_else(|| named.find(is_picture))
            .cloned()
    }

    /// Stores the pictures under names that nobody guesses. Those that cannot be stored are not charged.
    async fn keep(&self, files: Vec<Drawn>, route: &Route) -> Result<Vec<Kept>> {
        let now = self.app.base.clock.millis();
        let first = ImageId::draw(now)?;
        let stored = files.into_iter().zip(0..).map(async |(file, place)| {
            let file = cleaned(file);
            let name = self.store(files::name(file.kind)?, file.kind, &file.bytes).await?;
            Ok(Kept { image: self.image(first.offset(place), name, route, now), file })
        });
        let (mut kept, mut trouble) = (Vec::new(), None);
        for result in join_all(stored).await {
            match result {
                Ok(one) => kept.push(one),
                Err(error) => trouble = Some(error),
            }
        }
        match trouble {
            Some(error) if kept.is_empty() => Err(error),
            Some(error) => {
                tracing::warn!(draw = %self.id, kept = kept.len(), causes = error.causes(), "some pictures could not be kept");
                Ok(kept)
            }
            None if kept.is_empty() => Err(no_answer(Some(Trouble::Empty))),
            None => Ok(kept),
        }
    }

    /// Stores a file under its new name, and returns that. One that may be there although the bucket did not say so is
    /// taken away again.
    async fn store(&self, name: String, kind: Kind, bytes: &Bytes) -> Result<String> {
        match self.app.objects.put(&name, kind.media_type(), bytes.clone()).await {
            Ok(()) => Ok(name),
            Err(error) => {
                self.remove(&[name]).await;
                Err(error)
            }
        }
    }

    fn image(&self, id: ImageId, file: String, route: &Route, now: i64) -> Image {
        let Picture { prompt, source, .. } = &self.ask.picture;
        let source = match source {
            Some(Source::Url(url)) => Some(url.clone()),
            _ => None,
        };
        Image {
            id,
            user: self.reservation.user.id,
            file,
            prompt: prompt.clone(),
            drawn_by: self.painter.name().to_owned(),
            model: route.model.clone(),
            size: self.ask.size(),
            source,
            millis: now - self.began,
            visibility: Visibility::Private,
            route: route.hops.clone(),
            created: now,
            updated: None,
        }
    }

    /// Charges what was kept, and makes it known.
    async fn settle(&self, kept: Vec<Kept>, route: &Route) -> Result<Vec<Kept>> {
        let images: Vec<Image> = kept.iter().map(|one| one.image.clone()).collect();
        let count = u32::try_from(images.len()).unwrap_or(u32::MAX);
        let cost = self.price.saturating_mul(count.into()).min(self.reservation.hold.amount);
        let now = self.app.base.clock.millis();
        let delivery = Delivery {
            row_id: MessageId::draw(now)?,
            cost,
            describe: "绘画".to_owned(),
            cause: Cause::Draw {
                hold: self.reservation.id.clone(),
                drawn_by: self.painter.name().to_owned(),
                model: route.model.clone(),
                count,
                upstream: route.key.clone(),
                api_key: self.reservation.api_key(),
            },
            messages: &[],
            images: &images,
            spent: self.spent(route, count),
            day: self.app.base.zone.day(now),
            now,
        };
        let settled = settlement::settle(&self.app.base.table, &self.reservation, &delivery);
        let settled = tokio::time::timeout(Duration::from_secs(SETTLE_SECONDS_MAX), settled).await;
        let error = match settled {
            Ok(Ok(Settled::Done { .. })) => return Ok(kept),
            Ok(Ok(Settled::TooLate)) => Error::internal("the reservation had been given back before the settlement"),
            Ok(Err(error)) => error,
            Err(_) => Error::Unavailable { source: "the draw could not be settled in time".into() },
        };
        match self.release().await {
            // No settlement can come after this, so nobody pays the files, and nobody knows them.
            Released::GivenBack => {
                let names: Vec<String> = images.into_iter().map(|image| image.file).collect();
                self.remove(&names).await;
                Err(error)
            }
            // It was the settlement that ended the reservation, and only its answer was lost.
            Released::Ended => match settlement::outcome(&self.app.base.table, &self.reservation, &delivery).await {
                Ok(Settled::Done { .. }) => Ok(kept),
                Ok(Settled::TooLate) | Err(_) => Err(error),
            },
            Released::Unknown => Err(error),
        }
    }

    /// What the pictures probably cost the key, in millionths of a dollar.
    fn spent(&self, route: &Route, count: u32) -> Option<(UpstreamId, i64)> {
        let model = route.model.as_deref().unwrap_or(self.painter.name());
        Some((UpstreamId::parse(&route.key)?, price::picture_micro_usd(model).saturating_mul(count.into())))
    }

    /// Gives the reservation back, if it is still there. Should that fail as well, the janitor does it.
    async fn release(&self) -> Released {
        let released = holds::release_at_last(&self.app.base.table, &self.reservation);
        match tokio::time::timeout(Duration::from_secs(SETTLE_SECONDS_MAX), released).await {
            Ok(Ok(Some(_))) => Released::GivenBack,
            Ok(Ok(None)) => Released::Ended,
            Ok(Err(_)) | Err(_) => {
                tracing::error!(draw = %self.id, "a draw stays unsettled");
                Released::Unknown
            }
        }
    }

    async fn remove(&self, names: &[String]) {
        let removed = join_all(names.iter().map(|name| self.app.objects.remove(name)));
        match tokio::time::timeout(REMOVE, removed).await {
            Ok(results) if results.iter().all(Result::is_ok) => {}
            _ => tracing::warn!(draw = %self.id, files = names.len(), "files that are not needed stay in the bucket"),
        }
    }

    /// The one line of a draw: numbers and ids, no texts.
    fn log(&self, route: &Route, kept: usize) {
        let tried: Vec<String> =
            route.hops.iter().filter_map(|hop| Some(format!("{}: {}", hop.key, hop.failed.as_ref()?))).collect();
        tracing::info!(
            draw = %self.id,
            user = %self.reservation.user.id,
            painter = self.painter.name(),
            upstream = route.key,
            tried = ?tried,
            asked = self.ask.picture.count,
            kept,
            millis = self.app.base.clock.millis() - self.began,
            "draw"
        );
    }
}

impl Route {
    fn hop(&mut self, key: &str, trouble: Option<Trouble>, asked: Instant) {
        let millis = u64::try_from(asked.elapsed().as_millis()).unwrap_or(u64::MAX);
        let failed = trouble.map(|cause| cause.sentence().into_owned());
        self.hops.extend(UpstreamId::parse(key).map(|key| Hop { key, failed, millis }));
    }
}

/// No key drew anything.
fn no_answer(cause: Option<Trouble>) -> Error {
    let source = cause.map_or_else(|| "no key was asked".into(), Into::into);
    Error::Upstream { message: "绘画服务暂时不可用，请稍后再试。", source }
}

/// Without the prompt and whatever else providers write into their files. One that takes liberties with its format is
/// still what was drawn: it begins as an image, and is never served as anything else.
fn cleaned(file: Drawn) -> Drawn {
    clean(&file.bytes).map_or(file, |clean| Drawn { bytes: clean.bytes, kind: clean.kind })
}

/// A provider's refusal of this very wish, in words for its person.
fn refused(undrawn: Undrawn) -> Error {
    match undrawn {
        Undrawn::Refused { refusal: Refusal::Filtered, .. } => {
            Error::refused("内容未通过模型的安全审核，请修改后重试。")
        }
        Undrawn::Refused { .. } => Error::refused("绘画服务拒绝了本次请求，请修改后重试。"),
        Undrawn::Source(_) | Undrawn::SourceWithoutUrl => Error::refused("无法读取原图，请重新上传后再试。"),
        Undrawn::Failed(cause) => no_answer(Some(cause)),
    }
}
