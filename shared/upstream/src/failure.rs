//! Why a key did not answer, and whether another one should be asked.

use std::borrow::Cow;
use std::fmt;

pub(crate) use crate::complaint::{Complaint, Verdict};
use outbound::AddressError;

/// Why there is no answer. Its text names keys by id and is safe for operators: no secret, no body.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Failure {
    /// No key was given.
    #[error("no upstream key serves this model")]
    NoKey,
    /// The upstream refuses this very request, so every other one would as well.
    #[error("upstream key {} refused the request with status {status}: {refusal}", .by.key_id)]
    Refused {
        /// The upstream's status: 400, 413, 422, or 200 when the refusal came inside the stream.
        status: u16,
        /// What is wrong with the request.
        refusal: Refusal,
        /// The key that refused, and those tried before it.
        by: Refused,
    },
    /// Every key failed.
    #[error("every upstream key failed: {}", Listed(.0))]
    Exhausted(Vec<Attempt>),
    /// The time for opening was over; the last attempt was still going on.
    #[error("no upstream key answered in time: {}", Listed(.0))]
    Deadline(Vec<Attempt>),
}

impl Failure {
    /// The keys that failed on their own account, in the order they were tried.
    #[must_use]
    pub fn tried(&self) -> &[Attempt] {
        match self {
            Self::NoKey => &[],
            Self::Refused { by, .. } => &by.tried,
            Self::Exhausted(tried) | Self::Deadline(tried) => tried,
        }
    }
}

/// Who refused a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// The key that refused it.
    pub key_id: String,
    /// How long that took.
    pub millis: u64,
    /// The keys that failed before.
    pub tried: Vec<Attempt>,
}

/// What is wrong with a request, as far as the upstream says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The conversation is too long for the model.
    TooLong,
    /// The upstream's content filter.
    Filtered,
    /// Something else.
    Other,
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "too long for the model",
            Self::Filtered => "content filter",
            Self::Other => "not accepted",
        })
    }
}

/// One key that failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    /// The key's row.
    pub key_id: String,
    /// Why it failed.
    pub cause: Cause,
    /// How long that took.
    pub millis: u64,
}

/// Why one key failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Cause {
    /// The base URL is never called.
    #[error("blocked: {0}")]
    Blocked(#[from] AddressError),
    /// 401, or a secret that fits into no header.
    #[error("key not accepted")]
    Unauthorized,
    /// 402, or a spent quota.
    #[error("quota spent")]
    Quota,
    /// 403 that the API itself gives to this key.
    #[error("forbidden")]
    Forbidden,
    /// 403 for where this machine is.
    #[error("region not served")]
    Region,
    /// 403 from a page that is not the API's.
    #[error("stopped by a firewall")]
    Firewall,
    /// 404: no such route, or no such model for this key.
    #[error("route or model not found")]
    NotFound,
    /// 429.
    #[error("rate limited")]
    RateLimited {
        /// What `Retry-After` says.
        retry_after_seconds: Option<u32>,
    },
    /// Another status: 5xx, 408, a redirect.
    #[error("status {0}")]
    Server(u16),
    /// No connection: name, network, TLS, or dropped before it answered.
    #[error("no connection")]
    Connect,
    /// Nothing came in time.
    #[error("no first byte in time")]
    FirstByte,
    /// Something came, then nothing for too long, and no text.
    #[error("silent before any text")]
    Silence,
    /// The connection ended before any text.
    #[error("cut before any text")]
    Cut,
    /// The answer ended as it should, without any text.
    #[error("empty answer")]
    Empty,
    /// The answer is not one of this protocol.
    #[error("malformed answer")]
    Malformed,
    /// A line or the body was longer than allowed, before any text.
    #[error("answer too large")]
    TooLarge,
}

impl Cause {
    /// Whether it stays until an administrator does something about the key.
    #[must_use]
    pub fn is_final(self) -> bool {
        matches!(self, Self::Blocked(_) | Self::Unauthorized | Self::Quota | Self::Forbidden)
    }

    /// Whether it may be gone at the next request.
    pub(crate) fn is_passing(self) -> bool {
        !self.is_final() && !matches!(self, Self::NotFound | Self::RateLimited { .. })
    }

    /// What the administrator reads about it.
    #[must_use]
    pub fn sentence(self) -> Cow<'static, str> {
        Cow::Borrowed(match self {
            Self::Blocked(error) => error.sentence(),
            Self::Unauthorized => "密钥无效 (401)",
            Self::Quota => "余额不足 (402)",
            Self::Forbidden => "密钥被禁止访问 (403)",
            Self::Region => "服务器所在地区不受支持 (403)",
            Self::Firewall => "请求被对方防火墙拦截 (403)",
            Self::NotFound => "没有该模型或接口 (404)",
            Self::RateLimited { .. } => "请求过于频繁 (429)",
            Self::Server(status) => return Cow::Owned(format!("服务异常 ({status})")),
            Self::Connect => "无法连接",
            Self::FirstByte => "响应超时",
            Self::Silence => "响应中途停顿",
            Self::Cut => "连接提前断开",
            Self::Empty => "回答为空",
            Self::Malformed => "返回内容无法识别",
            Self::TooLarge => "返回内容过大",
        })
    }
}

/// Attempts for the reader of a log: `k1 (rate limited), k2 (status 503)`.
struct Listed<'a>(&'a [Attempt]);

impl fmt::Display for Listed<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (place, attempt) in self.0.iter().enumerate() {
            let comma = if place == 0 { "" } else { ", " };
            write!(f, "{comma}{} ({})", attempt.key_id, attempt.cause)?;
        }
        Ok(())
    }
}

#[cfg(test)]
#[path = "failure_tests.rs"]
mod tests;
