//! What the simulators answer with.

use bytes::Bytes;
use http::{HeaderValue, Response, StatusCode, header};
use serde_json::Value;

use super::wish::Wish;
use crate::upstream::{Step, UpstreamBody};

/// A provider's answer, and what becomes of it on its way.
#[derive(Debug)]
pub(super) struct Reply {
    text: String,
    media_type: &'static str,
    wish: Wish,
}

impl Reply {
    /// An answer that is JSON whatever its media type says: Alipay calls it HTML.
    pub(super) fn new(media_type: &'static str, text: String) -> Self {
        Self { text, media_type, wish: Wish::default() }
    }

    pub(super) fn json(value: &Value) -> Self {
        Self::new("application/json; charset=utf-8", escaped(&value.to_string()))
    }

    /// The same answer, treated as the trade's title asks.
    pub(super) fn with_wish(self, wish: Wish) -> Self {
        Self { wish, ..self }
    }

    pub(super) async fn send(self) -> Response<UpstreamBody> {
        tokio::time::sleep(self.wish.slow).await;
        if self.wish.drop {
            return of(StatusCode::OK, self.media_type, UpstreamBody::script(std::iter::once(Step::Break), false));
        }
        let text = if self.wish.garbage { "{this is not JSON".to_owned() } else { self.text };
        of(StatusCode::OK, self.media_type, UpstreamBody::text(text))
    }
}

/// JSON as PHP and Alipay write it: with a backslash before every slash.
pub(super) fn escaped(json: &str) -> String {
    json.replace('/', "\\/")
}

/// An answer of this text.
pub(super) fn text(status: StatusCode, media_type: &'static str, text: String) -> Response<UpstreamBody> {
    of(status, media_type, UpstreamBody::text(text))
}

/// A JSON answer to a program that tests or watches.
pub(super) fn json(status: StatusCode, value: &Value) -> Response<UpstreamBody> {
    text(status, "application/json", value.to_string())
}

/// A picture.
pub(super) fn png(file: Vec<u8>) -> Response<UpstreamBody> {
    let body = UpstreamBody::script(std::iter::once(Step::Send(Bytes::from(file))), false);
    of(StatusCode::OK, "image/png", body)
}

/// Sends the browser to `location`.
pub(super) fn see_other(location: &str) -> Response<UpstreamBody> {
    let mut answer = text(StatusCode::SEE_OTHER, "text/plain; charset=utf-8", String::new());
    if let Ok(location) = HeaderValue::try_from(location) {
        answer.headers_mut().insert(header::LOCATION, location);
    }
    answer
}

fn of(status: StatusCode, media_type: &'static str, body: UpstreamBody) -> Response<UpstreamBody> {
    let mut answer = Response::new(body);
    *answer.status_mut() = status;
    answer.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    answer
}
