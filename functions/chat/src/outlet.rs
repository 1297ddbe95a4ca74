//! Where the words of an answer go, and what is known of them afterwards.

use std::future::Future;
use std::pin::pin;
use std::time::Duration;

use domain::limits::HEARTBEAT_SECONDS;
use domain::{Error, UpstreamId};
use table::message::Hop;
use tokio::time::Instant;
use upstream::{Answer, Attempt, Cause, End, Event, Failure, Refusal, Usage};
use web::chunks::Completion;
use web::frame::{Frames, heartbeat};
use web::{Gone, Sender};

const UNAVAILABLE: &str = "模型服务暂时不可用，请稍后再试。";
/// What a program is told to wait when all keys are limited and none says for how long.
const LIMITED_SECONDS: u32 = 20;
/// The longest such wait: keys may say days, and an administrator may add another one.
const LIMITED_SECONDS_MAX: u32 = 600;

/// Where the words go.
#[derive(Debug)]
pub(crate) enum Outlet<'a> {
    /// To the site's front end.
    Frames(&'a Sender, &'a Frames),
    /// To a client of OpenAI's that reads along.
    Chunks(&'a Sender, &'a Completion),
    /// Into one whole answer.
    Whole,
}

/// What came of asking the upstreams.
#[derive(Debug, Default)]
pub(crate) struct Delivered {
    /// All that was sent on.
    pub(crate) text: String,
    pub(crate) usage: Option<Usage>,
    /// The key that answered, or refused to; and how long it took to.
    pub(crate) key: String,
    millis: u64,
    /// Keys that failed before that one.
    pub(crate) tried: Vec<Attempt>,
    /// How the answer ended; not known when its reader left.
    pub(crate) end: Option<End>,
    /// Why none answered.
    pub(crate) failure: Option<Failure>,
}

impl Outlet<'_> {
    /// Waits for `future` and keeps the client's connection alive meanwhile.
    pub(crate) async fn waiting<T>(&self, deadline: Instant, future: impl Future<Output = T>) -> Result<T, Gone> {
        let mut future = pin!(future);
        loop {
            match tokio::time::timeout(Duration::from_secs(HEARTBEAT_SECONDS), &mut future).await {
                Ok(done) => return Ok(done),
                Err(_) => self.beat(deadline).await?,
            }
        }
    }

    async fn beat(&self, deadline: Instant) -> Result<(), Gone> {
        match self {
            Self::Frames(sender, _) => sender.send(heartbeat(), deadline).await,
            Self::Chunks(sender, _) => sender.send(Completion::heartbeat(), deadline).await,
            // Whoever answers in one piece keeps the connection alive.
            Self::Whole => Ok(()),
        }
    }

    /// Sends on what the answer says, until its end or until nobody reads. Returns the ended answer.
    pub(crate) async fn pass_on(
        &self,
        opened: Result<Answer, Failure>,
        deadline: Instant,
        delivered: &mut Delivered,
    ) -> Result<Option<Answer>, Gone> {
        let mut answer = match opened {
            Ok(answer) => answer,
            Err(failure) => {
                if let Failure::Refused { by, .. } = &failure {
                    by.key_id.clone_into(&mut delivered.key);
                }
                delivered.failure = Some(failure);
                return Ok(None);
            }
        };
        answer.key_id().clone_into(&mut delivered.key);
        delivered.millis = answer.millis();
        delivered.tried = answer.tried().to_vec();
        loop {
            match self.waiting(deadline, answer.next()).await? {
                Event::Delta(delta) => self.say(&delta, deadline, &mut delivered.text).await?,
                Event::Finished(finish) => {
                    delivered.usage = finish.usage;
                    delivered.end = Some(finish.end);
                    return Ok(Some(answer));
                }
            }
        }
    }

    /// Hands over a piece of the answer; what was handed over is counted in `said`.
    async fn say(&self, delta: &str, deadline: Instant, said: &mut String) -> Result<(), Gone> {
        match self {
            Self::Frames(sender, frames) => {
                for (frame, piece) in frames.text(delta) {
                    sender.send(frame, deadline).await?;
                    said.push_str(piece);
                }
            }
            Self::Chunks(sender, completion) => {
                sender.send(completion.text(delta), deadline).await?;
                said.push_str(delta);
            }
            Self::Whole => said.push_str(delta),
        }
        Ok(())
    }
}

impl Delivered {
    /// Which keys were asked, and how that ended.
    pub(crate) fn route(&self) -> Vec<Hop> {
        let hop =
            |key: &str, failed: Option<String>, millis| Some(Hop { key: UpstreamId::parse(key)?, failed, millis });
        let failed =
            |attempt: &Attempt| hop(&attempt.key_id, Some(attempt.cause.sentence().into_owned()), attempt.millis);
        let last = hop(&self.key, self.broken().map(|cause| cause.sentence().into_owned()), self.millis);
        self.tried.iter().filter_map(failed).chain(last).collect()
    }

    /// How the answer broke, as far as its key is to blame.
    pub(crate) fn broken(&self) -> Option<Cause> {
        self.end.and_then(End::cause)
    }

    /// What the person is told when the answer did not end by itself.
    pub(crate) fn trouble(&self) -> Option<&'static str> {
        match &self.failure {
            Some(failure) => Some(sentence_of_failure(failure)),
            None => self.end.and_then(sentence_of_end),
        }
    }

    /// What a program is told: why there is no answer, or that it is broken.
    pub(crate) fn error(&self) -> Option<Error> {
        if let Some(failure) = &self.failure {
            return Some(error_of(failure));
        }
        let end = self.end.filter(|end| end.finish_reason().is_none())?;
        let message = sentence_of_end(end).unwrap_or(UNAVAILABLE);
        Some(Error::Upstream { message, source: format!("key {}: {end:?}", self.key).into() })
    }
}

/// A failure as an answer of ours: an upstream's own status says nothing of the caller.
fn error_of(failure: &Failure) -> Error {
    match failure {
        Failure::Refused { .. } => Error::refused(sentence_of_failure(failure)),
        Failure::NoKey => Error::NoModel,
        Failure::Exhausted(tried) | Failure::Deadline(tried) => match all_limited(tried) {
            Some(retry_after_seconds) => Error::Limited { retry_after_seconds },
            None => Error::Upstream { message: UNAVAILABLE, source: Box::new(failure.clone()) },
        },
    }
}

/// When the first of them can be asked again, if all keys are limited.
fn all_limited(tried: &[Attempt]) -> Option<u32> {
    let wait = |attempt: &Attempt| match attempt.cause {
        Cause::RateLimited { retry_after_seconds } => Some(retry_after_seconds.unwrap_or(LIMITED_SECONDS)),
        _ => None,
    };
    let waits: Option<Vec<u32>> = tried.iter().map(wait).collect();
    waits?.into_iter().min().map(|seconds| seconds.clamp(1, LIMITED_SECONDS_MAX))
}

fn sentence_of_failure(failure: &Failure) -> &'static str {
    match failure {
        Failure::Refused { refusal: Refusal::TooLong, .. } => {
            "内容超出了该模型的长度限制，请缩短内容或新建会话后重试。"
        }
        Failure::Refused { refusal: Refusal::Filtered, .. } => "内容未通过模型的安全审核，请修改后重试。",
        Failure::Refused { .. } => "模型拒绝了本次请求，请修改后重试。",
        Failure::NoKey | Failure::Exhausted(_) | Failure::Deadline(_) => UNAVAILABLE,
    }
}

fn sentence_of_end(end: End) -> Option<&'static str> {
    match end {
        End::Done | End::Length | End::Filtered => None,
        End::TooLarge => Some("（回答过长，已在此截断。）"),
        End::Deadline => Some("（回答超时，已在此中断。）"),
        End::Cut | End::Errored | End::Garbage | End::Silence => Some("（模型服务中断，回答不完整，请重试。）"),
    }
}
