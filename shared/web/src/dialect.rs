//! The two forms of a refusal, and the one place that turns errors into statuses.

use domain::Error;
use http::StatusCode;
use serde_json::{Value, json};

use crate::reply::Answer;

/// `code` of a refused request.
const CODE_REFUSED: i64 = -1;
/// `code` by which clients log out.
const CODE_LOGGED_OUT: i64 = 4001;
/// What a caller is told whose key opens nothing; the same whether it is unknown, expired or revoked.
const BAD_KEY: &str = "API密钥无效或已失效";

/// The form in which a route tells what went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// `{code, data, message}`.
    Envelope,
    /// `{error: {message, type, param, code}}`
    /// (<https://platform.openai.com/docs/guides/error-codes>).
    OpenAi,
}

impl Dialect {
    /// The dialect of a route: programs read all that is not below `/api`.
    pub(crate) fn of(path: &str) -> Self {
        let is_for_programs = ["/v1/", "/dashboard/"].iter().any(|above| path.starts_with(above));
        if is_for_programs { Self::OpenAi } else { Self::Envelope }
    }

    /// An error in this dialect.
    pub(crate) fn answer_to(self, error: &Error, request_id: &str) -> Answer {
        let mut answer = match self {
            Self::Envelope => envelope(error, request_id),
            Self::OpenAi => open_ai(error),
        };
        if let Error::Limited { retry_after_seconds } = error {
            answer.headers.push(("retry-after", retry_after_seconds.to_string()));
        }
        answer
    }
}

/// The envelope of an error. Faults of ours carry the id that the log line has too.
fn envelope(error: &Error, request_id: &str) -> Answer {
    let status = status_of(error);
    let code = if matches!(error, Error::LoggedOut) { CODE_LOGGED_OUT } else { CODE_REFUSED };
    let mut envelope = json!({"code": code, "data": {}, "message": error.to_string()});
    if status.is_server_error()
        && let Some(fields) = envelope.as_object_mut()
    {
        fields.insert("request_id".to_owned(), Value::from(request_id));
    }
    Answer::json(status, envelope.to_string())
}

fn open_ai(error: &Error) -> Answer {
    // A key without money is told with the status of limits.
    let status = if matches!(error, Error::NoCredits(_)) { StatusCode::TOO_MANY_REQUESTS } else { status_of(error) };
    // Without a key that serves it, a model is one that does not exist.
    let status = if matches!(error, Error::NoModel) { StatusCode::NOT_FOUND } else { status };
    let mut answer = Answer::json(status, open_ai_error(error).to_string());
    if matches!(error, Error::NoCredits(_)) {
        // OpenAI's clients ask again after this status, unless they are told that it is of no use.
        answer.headers.push(("x-should-retry", "false".to_owned()));
    }
    answer
}

/// The body of an error in OpenAI's format, which is also what a stream says that breaks.
pub(crate) fn open_ai_error(error: &Error) -> Value {
    let (kind, code) = match error {
        Error::Refused(_) => ("invalid_request_error", None),
        Error::NotFound(_) => ("invalid_request_error", error.is_no_route().then_some("unknown_url")),
        Error::NoCredits(_) => ("insufficient_quota", Some("insufficient_quota")),
        Error::NoModel => ("invalid_request_error", Some("model_not_found")),
        Error::LoggedOut => ("invalid_request_error", Some("invalid_api_key")),
        Error::Forbidden => ("invalid_request_error", Some("permission_denied")),
        Error::Conflict(_) => ("invalid_request_error", Some("conflict")),
        Error::TooLarge => ("invalid_request_error", Some("request_too_large")),
        Error::Limited { .. } => ("requests", Some("rate_limit_exceeded")),
        Error::Upstream { .. } | Error::Unavailable { .. } | Error::Internal { .. } => ("server_error", None),
    };
    let message = if matches!(error, Error::LoggedOut) { BAD_KEY.to_owned() } else { error.to_string() };
    json!({"error": {"message": message, "type": kind, "param": null, "code": code}})
}

/// The status of an error.
fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Refused(_) | Error::NoCredits(_) | Error::NoModel => StatusCode::BAD_REQUEST,
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
