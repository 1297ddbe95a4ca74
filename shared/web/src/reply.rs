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
pub struct Reply(Kind);

#[derive(Debug)]
enum Kind {
    Envelope { message: String, data: Box<RawValue> },
    File { name: String, content_type: &'static str, text: String },
}

#[derive(Serialize)]
struct Success<'a> {
    code: i64,
    data: &'a RawValue,
    message: &'a str,
}

/// An answer on its way out.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) text: String,
}

impl Reply {
    /// An answer with data and a message.
    ///
    /// # Errors
    /// When the data does not serialise, which is a bug.
    pub fn new(message: impl Into<String>, data: &impl Serialize) -> Result<Self> {
        let data = serde_json::value::to_raw_value(data).map_err(Error::internal)?;
        Ok(Self(Kind::Envelope { message: message.into(), data }))
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

    /// A text to keep as a file. Browsers save it under `name`, of which only ASCII letters, digits, `.`, `-` and `_`
    /// are kept, and never show it as a page.
    pub fn file(name: &str, content_type: &'static str, text: impl Into<String>) -> Self {
        let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
        Self(Kind::File { name: name.chars().map(plain).collect(), content_type, text: text.into() })
    }

    pub(crate) fn into_answer(self) -> Answer {
        match self.0 {
            Kind::Envelope { message, data } => {
                let success = Success { code: 0, data: &data, message: &message };
                // The parts are serialised already, so this cannot fail.
                Answer::json(StatusCode::OK, serde_json::to_string(&success).unwrap_or_default())
            }
            Kind::File { name, content_type, text } => {
                let headers = vec![
                    ("content-type", content_type.to_owned()),
                    ("content-disposition", format!("attachment; filename=\"{name}\"")),
                    ("x-content-type-options", "nosniff".to_owned()),
                ];
                Answer { status: StatusCode::OK, headers, text }
            }
        }
    }
}

impl Answer {
    fn json(status: StatusCode, text: String) -> Self {
        Self { status, headers: vec![("content-type", "application/json".to_owned())], text }
    }

    /// The envelope of an error. Faults of ours carry the id that the log line has too.
    pub(crate) fn to_error(error: &Error, request_id: &str) -> Self {
        let status = status_of(error);
        let code = if matches!(error, Error::LoggedOut) { CODE_LOGGED_OUT } else { CODE_REFUSED };
        let mut envelope = json!({"code": code, "data": {}, "message": error.to_string()});
        if status.is_server_error()
            && let Some(fields) = envelope.as_object_mut()
        {
            fields.insert("request_id".to_owned(), Value::from(request_id));
        }
        let mut answer = Self::json(status, envelope.to_string());
        if let Error::Limited { retry_after_seconds } = error {
            answer.headers.push(("retry-after", retry_after_seconds.to_string()));
        }
        answer
    }
}

/// The status of an error.
fn status_of(error: &Error) -> StatusCode {
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
