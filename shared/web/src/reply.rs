//! The envelope `{code, data, message}` and the one place that turns errors into statuses.

use domain::{Error, Result};
use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// `code` of a refused request.
const CODE_REFUSED: i64 = -1;
/// `code` by which clients log out.
const CODE_LOGGED_OUT: i64 = 4001;

/// A successful answer.
#[derive(Debug)]
pub struct Reply {
    message: String,
    data: Box<RawValue>,
}

#[derive(Serialize)]
struct Success<'a> {
    code: i64,
    data: &'a RawValue,
    message: &'a str,
}

/// An envelope on its way out.
#[derive(Debug)]
pub(crate) struct Envelope {
    pub(crate) text: String,
    pub(crate) retry_after: Option<u32>,
}

impl Reply {
    /// An answer with data and a message.
    ///
    /// # Errors
    /// When the data does not serialise, which is a bug.
    pub fn new(message: impl Into<String>, data: &impl Serialize) -> Result<Self> {
        let data = serde_json::value::to_raw_value(data).map_err(Error::internal)?;
        Ok(Self { message: message.into(), data })
    }

    /// An answer with data.
    ///
    /// # Errors
    /// As [`Reply::new`].
    pub fn data(data: &impl Serialize) -> Result<Self> {
        Self::new("", data)
    }

    /// An answer with a message and `{}`.
    ///
    /// # Errors
    /// As [`Reply::new`].
    pub fn message(message: impl Into<String>) -> Result<Self> {
        Self::new(message, &json!({}))
    }

    /// A page of a list.
    ///
    /// # Errors
    /// As [`Reply::new`].
    pub fn list(count: u64, rows: &[Value]) -> Result<Self> {
        Self::data(&json!({"count": count, "rows": rows}))
    }

    pub(crate) fn into_text(self) -> String {
        let success = Success { code: 0, data: &self.data, message: &self.message };
        // The parts are serialised already, so this cannot fail.
        serde_json::to_string(&success).unwrap_or_default()
    }
}

/// The status of an error.
pub(crate) fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Refused(_) => StatusCode::BAD_REQUEST,
        Error::LoggedOut => StatusCode::UNAUTHORIZED,
        Error::Forbidden => StatusCode::FORBIDDEN,
        Error::NotFound(_) => StatusCode::NOT_FOUND,
        Error::Conflict(_) => StatusCode::CONFLICT,
        Error::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Limited { .. } => StatusCode::TOO_MANY_REQUESTS,
        Error::Upstream { .. } => StatusCode::BAD_GATEWAY,
        Error::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// The envelope of an error. Faults of ours carry the id that the log line has too.
pub(crate) fn envelope_of(error: &Error, request_id: &str) -> Envelope {
    let code = if matches!(error, Error::LoggedOut) { CODE_LOGGED_OUT } else { CODE_REFUSED };
    let mut envelope = json!({"code": code, "data": {}, "message": error.to_string()});
    if status_of(error).is_server_error()
        && let Some(fields) = envelope.as_object_mut()
    {
        fields.insert("request_id".to_owned(), Value::from(request_id));
    }
    let retry_after = match error {
        Error::Limited { retry_after_seconds } => Some(*retry_after_seconds),
        _ => None,
    };
    Envelope { text: envelope.to_string(), retry_after }
}
