//! Why a key did not answer, and whether another one should be asked.

use std::fmt;

use serde_json::Value;

use crate::endpoint::AddressError;

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
    /// 403.
    #[error("forbidden")]
    Forbidden,
    /// 404: no such route, or no such model for this key.
    #[error("route or model not found")]
    NotFound,
    /// 429.
    #[error("rate limited")]
    RateLimited {
        /// What `Retry-After` says, when it is a number of seconds.
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

/// What to do about a failed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Ask another key.
    Next(Cause),
    /// Ask nobody: the request is at fault.
    Refuse(u16, Refusal),
}

/// The error that an upstream reports in a body. The message is not kept: it may quote the prompt or the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    code: String,
    kind: String,
    status: Option<u16>,
}

impl Complaint {
    /// Reads an `error` field; `None` when it is empty.
    pub(crate) fn read(error: &Value) -> Option<Self> {
        match error {
            Value::Object(fields) if !fields.is_empty() => {
                let text = |name| fields.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
                let number = |name| fields.get(name).and_then(Value::as_u64);
                let status = number("status").or(number("code")).and_then(|number| u16::try_from(number).ok());
                Some(Self { code: text("code"), kind: text("type"), status })
            }
            Value::String(text) if !text.is_empty() => Some(Self::default()),
            _ => None,
        }
    }

    /// Reads the body of an error answer: `{"error": …}`, or the error itself.
    pub(crate) fn read_body(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else { return Self::default() };
        Self::read(value.get("error").unwrap_or(&value)).unwrap_or_default()
    }

    /// The verdict on a stream that reports this error.
    pub(crate) fn judge_in_stream(&self) -> Verdict {
        let status = self.status.filter(|status| (400..600).contains(status)).unwrap_or(500);
        self.judge(status, None)
    }

    /// The verdict on an answer with this status. A name that the upstream gives is more exact than the status:
    /// OpenAI says 429 for a spent quota, others 400 for a wrong key or 503 for an unknown model.
    pub(crate) fn judge(&self, status: u16, retry_after_seconds: Option<u32>) -> Verdict {
        by_name(&self.code, status)
            .or_else(|| by_name(&self.kind, status))
            .unwrap_or_else(|| by_status(status, retry_after_seconds))
    }
}

fn by_name(name: &str, status: u16) -> Option<Verdict> {
    Some(match name {
        "insufficient_quota"
        | "insufficient_user_quota"
        | "insufficient_balance"
        | "billing_hard_limit_reached"
        | "billing_not_active" => Verdict::Next(Cause::Quota),
        "invalid_api_key" | "account_deactivated" | "authentication_error" => Verdict::Next(Cause::Unauthorized),
        "model_not_found" => Verdict::Next(Cause::NotFound),
        "rate_limit_error" | "rate_limit_exceeded" if status == 500 => {
            Verdict::Next(Cause::RateLimited { retry_after_seconds: None })
        }
        "context_length_exceeded" | "string_above_max_length" => Verdict::Refuse(status, Refusal::TooLong),
        "content_filter" | "content_policy_violation" | "data_inspection_failed" => {
            Verdict::Refuse(status, Refusal::Filtered)
        }
        _ => return None,
    })
}

fn by_status(status: u16, retry_after_seconds: Option<u32>) -> Verdict {
    Verdict::Next(match status {
        400 | 411 | 414 | 415 | 422 | 431 => return Verdict::Refuse(status, Refusal::Other),
        413 => return Verdict::Refuse(status, Refusal::TooLong),
        401 => Cause::Unauthorized,
        402 => Cause::Quota,
        403 => Cause::Forbidden,
        404 | 405 | 410 => Cause::NotFound,
        429 => Cause::RateLimited { retry_after_seconds },
        _ => Cause::Server(status),
    })
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
