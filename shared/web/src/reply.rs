//! What a handler answers when all went well.

use domain::{Error, Result};
use http::StatusCode;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};

use crate::StreamBody;

/// A successful answer.
#[derive(Debug)]
pub struct Reply(Kind);

/// A file that is written while it is sent. Browsers save it under `name`, as with [`Reply::file`].
#[derive(Debug)]
pub struct Download {
    /// The file's name.
    pub name: String,
    /// Its media type.
    pub content_type: &'static str,
    /// What is in it.
    pub body: StreamBody,
}

#[derive(Debug)]
enum Kind {
    Envelope { message: String, data: Box<RawValue> },
    Bare(String),
    File { name: String, content_type: &'static str, text: String },
    Fixed { content_type: &'static str, policy: Option<&'static str>, text: &'static str },
    Picture { svg: &'static str, seconds: u32 },
    Elsewhere { url: String, seconds: u32 },
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

    /// An answer that is this value and nothing around it: for the routes below `/v1`.
    ///
    /// # Errors
    /// As [`Reply::new`].
    pub fn json(value: &impl Serialize) -> Result<Self> {
        serde_json::to_string(value).map(|text| Self(Kind::Bare(text))).map_err(Error::internal)
    }

    /// A plain text and nothing around it: for programs that expect one word.
    pub const fn plain(text: &'static str) -> Self {
        Self(Kind::Fixed { content_type: "text/plain; charset=utf-8", policy: None, text })
    }

    /// An answer that is this text, which is JSON already, and nothing around it.
    pub const fn json_text(text: String) -> Self {
        Self(Kind::Bare(text))
    }

    /// A page that is the same for everybody. `policy` says what browsers let it do, in the words of
    /// `Content-Security-Policy`.
    pub const fn page(html: &'static str, policy: &'static str) -> Self {
        Self(Kind::Fixed { content_type: "text/html; charset=utf-8", policy: Some(policy), text: html })
    }

    /// A drawing that is the same for everybody, and that browsers keep for so many seconds.
    pub const fn picture(svg: &'static str, seconds: u32) -> Self {
        Self(Kind::Picture { svg, seconds })
    }

    /// What is asked for is at `url`, and will be for so many seconds.
    pub const fn elsewhere(url: String, seconds: u32) -> Self {
        Self(Kind::Elsewhere { url, seconds })
    }

    /// A text to keep as a file. Browsers save it under `name`, of which only ASCII letters, digits, `.`, `-` and `_`
    /// are kept, and never show it as a page.
    pub fn file(name: &str, content_type: &'static str, text: impl Into<String>) -> Self {
        Self(Kind::File { name: name.to_owned(), content_type, text: text.into() })
    }

    /// The answer. Users in it who have no picture get the one at `default_avatar`.
    pub(crate) fn into_answer(self, default_avatar: Option<&str>) -> Answer {
        match self.0 {
            Kind::Envelope { message, data } => {
                let success = Success { code: 0, data: &data, message: &message };
                // The parts are serialised already, so this cannot fail.
                let text = serde_json::to_string(&success).unwrap_or_default();
                Answer::json(StatusCode::OK, with_avatars(text, default_avatar))
            }
            Kind::Bare(text) => Answer::json(StatusCode::OK, text),
            Kind::Fixed { content_type, policy, text } => {
                let mut headers = vec![("content-type", content_type.to_owned())];
                headers.extend(policy.map(|policy| ("content-security-policy", policy.to_owned())));
                Answer { status: StatusCode::OK, headers, text: text.to_owned() }
            }
            Kind::Picture { svg, seconds } => {
                let headers = vec![
                    ("content-type", "image/svg+xml".to_owned()),
                    ("content-security-policy", "default-src 'none'".to_owned()),
                    ("cache-control", cached(seconds)),
                ];
                Answer { status: StatusCode::OK, headers, text: svg.to_owned() }
            }
            Kind::Elsewhere { url, seconds } => {
                let content_type = ("content-type", "text/plain; charset=utf-8".to_owned());
                let headers = vec![content_type, ("location", url), ("cache-control", cached(seconds))];
                Answer { status: StatusCode::FOUND, headers, text: String::new() }
            }
            Kind::File { name, content_type, text } => {
                let headers =
                    vec![("content-type", content_type.to_owned()), ("content-disposition", attachment(&name))];
                Answer { status: StatusCode::OK, headers, text }
            }
        }
    }
}

fn cached(seconds: u32) -> String {
    format!("public, max-age={seconds}")
}

/// A text in JSON in which users without a picture have the one at `default_avatar`: front ends show the field as it is, and
/// take their user form back only with an address in it. The bytes that are looked for are this member and nothing else,
/// for within a text its quotes would be escaped.
fn with_avatars(json: String, default_avatar: Option<&str>) -> String {
    const EMPTY: &str = "\"avatar\":\"\"";
    match default_avatar {
        Some(url) if json.contains(EMPTY) => json.replace(EMPTY, &format!("\"avatar\":{}", Value::from(url))),
        _ => json,
    }
}

/// The header that has browsers save an answer under this name.
pub(crate) fn attachment(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || ".-_".contains(c) { c } else { '_' };
    format!("attachment; filename=\"{}\"", name.chars().map(plain).collect::<String>())
}

impl Answer {
    pub(crate) fn json(status: StatusCode, text: String) -> Self {
        Self { status, headers: vec![("content-type", "application/json".to_owned())], text }
    }
}
