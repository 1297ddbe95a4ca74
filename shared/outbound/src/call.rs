//! One call and its whole answer, both bounded.

use bytes::Bytes;
use url::{Url, form_urlencoded};

use crate::endpoint::AddressError;

/// A request that is ready to be sent.
#[derive(Debug)]
pub struct Call {
    pub(crate) url: Url,
    /// What a `POST` carries, with its type; `None` for a `GET`.
    pub(crate) body: Option<(&'static str, Bytes)>,
    pub(crate) bytes_max: usize,
    pub(crate) may_repeat: bool,
}

impl Call {
    /// `GET url`, whose answer has at most `bytes_max` bytes.
    #[must_use]
    pub fn get(url: Url, bytes_max: usize) -> Self {
        Self { url, body: None, bytes_max, may_repeat: false }
    }

    /// `POST url` with a body of this type, whose answer has at most `bytes_max` bytes.
    #[must_use]
    pub fn post(url: Url, content_type: &'static str, body: impl Into<Bytes>, bytes_max: usize) -> Self {
        Self { url, body: Some((content_type, body.into())), bytes_max, may_repeat: false }
    }

    /// `POST url` with these pairs as a form, whose answer has at most `bytes_max` bytes.
    #[must_use]
    pub fn post_form<'a>(url: Url, pairs: impl IntoIterator<Item = (&'a str, &'a str)>, bytes_max: usize) -> Self {
        let form = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        Self::post(url, "application/x-www-form-urlencoded", form, bytes_max)
    }

    /// The address that is called.
    #[must_use]
    pub const fn url(&self) -> &Url {
        &self.url
    }

    /// Says that the call does no harm when the server gets it twice.
    #[must_use]
    pub fn repeatable(self) -> Self {
        Self { may_repeat: true, ..self }
    }
}

/// A whole answer, whatever its status.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The HTTP status.
    pub status: u16,
    /// `Content-Type` in lower case; empty when there is none.
    pub content_type: String,
    /// The body, in plain encoding.
    pub body: Vec<u8>,
}

/// Why there is no answer. Says nothing of the URL, which can carry a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The address is never called. Nothing was sent.
    #[error("the address is not called: {0}")]
    Blocked(#[from] AddressError),
    /// No connection came about. Nothing was sent.
    #[error("could not connect")]
    Connect,
    /// The time was over before the answer was whole. The server may have done what was asked.
    #[error("no answer in time")]
    Timeout,
    /// The answer is longer than allowed. The server may have done what was asked.
    #[error("the answer is too large")]
    TooLarge,
    /// The connection broke, or the answer is no HTTP in plain encoding. The server may have done what was asked.
    #[error("the answer was cut or is unreadable")]
    Cut,
}
