//! The error that an upstream reports, and what it means for the key and for the turn.

use serde_json::Value;

use crate::failure::{Cause, Refusal};

/// What to do about a failed key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Ask another key.
    Next(Cause),
    /// Ask nobody: the request is at fault.
    Refuse(u16, Refusal),
}

/// Names of causes that are read from one error; honest ones have two or three.
const NAMES_MAX: usize = 8;

/// The error that an upstream reports in a body. The message is not kept: it may quote the prompt or the key.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Complaint {
    /// What it calls the error, the most exact name first, in [`plain`] spelling.
    names: Vec<String>,
    status: Option<u16>,
    hint: Option<Hint>,
    /// The body is a page for people: no word of the API's.
    is_page: bool,
}

/// What the message of an error is about. It only ever excuses a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Hint {
    Model,
    Region,
    Content,
}

impl Complaint {
    /// Reads an `error` field; `None` when it is empty.
    pub(crate) fn read(error: &Value) -> Option<Self> {
        match error {
            Value::Object(fields) if !fields.is_empty() => {
                let number = |name| fields.get(name).and_then(Value::as_u64);
                let status = number("status").or(number("code")).and_then(|number| u16::try_from(number).ok());
                let reasons = fields.get("details").and_then(Value::as_array).into_iter().flatten();
                let reasons = reasons.filter_map(|detail| detail.get("reason"));
                let named = ["code", "type", "status"].into_iter().filter_map(|name| fields.get(name));
                let texts = reasons.chain(named).filter_map(Value::as_str).take(NAMES_MAX);
                let metadata = fields.get("metadata");
                let flagged = metadata.is_some_and(|it| it.get("flagged_input").is_some());
                let message = fields.get("message").and_then(Value::as_str).unwrap_or_default();
                let hint = if flagged { Some(Hint::Content) } else { hint_of(message) };
                Some(Self { names: texts.map(plain).collect(), status, hint, is_page: false })
            }
            Value::String(text) if !text.is_empty() => Some(Self { hint: hint_of(text), ..Self::default() }),
            _ => None,
        }
    }

    /// Reads an object that is no answer: some upstreams put the error in the place of the answer, without a field
    /// around it. `None` when it is something else, such as a ping.
    pub(crate) fn read_bare(object: &Value) -> Option<Self> {
        let message = object.get("message").or(object.get("msg")).is_some_and(Value::is_string);
        let is_error = ["object", "type"].iter().any(|name| object.get(name).is_some_and(|it| it == "error"));
        let code = object.get("code").filter(|code| !code.is_null());
        let is_failure = code.is_some_and(|code| ![0, 200].iter().any(|fine| code == fine));
        (message && (is_error || is_failure)).then(|| Self::read(object)).flatten()
    }

    /// Reads the body of an error answer: `{"error": …}`, the error itself, or a list of them.
    pub(crate) fn read_body(body: &[u8]) -> Self {
        let Ok(value) = serde_json::from_slice::<Value>(body) else {
            let is_page = body.trim_ascii_start().first() == Some(&b'<');
            return Self { is_page, ..Self::default() };
        };
        let first = value.get(0).unwrap_or(&value);
        Self::read(first.get("error").unwrap_or(first)).unwrap_or_default()
    }

    /// The verdict on a stream that reports this error.
    pub(crate) fn judge_in_stream(&self) -> Verdict {
        let status = self.status.filter(|status| (400..600).contains(status)).unwrap_or(500);
        self.judge(status, None)
    }

    /// The verdict on an answer with this status. A name that the upstream gives is more exact than the status:
    /// OpenAI says 429 for a spent quota, others 400 for a wrong key or 503 for an unknown model.
    pub(crate) fn judge(&self, status: u16, retry_after_seconds: Option<u32>) -> Verdict {
        let named = self.names.iter().find_map(|name| by_name(name, status));
        named.or_else(|| self.excuse(status)).unwrap_or_else(|| by_status(status, retry_after_seconds))
    }

    /// What a 403 is when it is not the key's fault. A key is stopped by it until somebody looks, so it had better be.
    fn excuse(&self, status: u16) -> Option<Verdict> {
        match (status, self.hint) {
            (403, Some(Hint::Model)) => Some(Verdict::Next(Cause::NotFound)),
            (403, Some(Hint::Region)) => Some(Verdict::Next(Cause::Region)),
            (403, Some(Hint::Content)) => Some(Verdict::Refuse(status, Refusal::Filtered)),
            // A firewall before the API, which may have taken offence at the prompt.
            (403, None) if self.is_page => Some(Verdict::Next(Cause::Firewall)),
            _ => None,
        }
    }
}

/// A name without what spellings differ in: `InvalidApiKey`, `invalid_api_key` and `INVALID-API-KEY` are one.
fn plain(name: &str) -> String {
    name.chars().filter(char::is_ascii_alphanumeric).map(|letter| letter.to_ascii_lowercase()).take(64).collect()
}

/// What a message is about, when it does not speak of the account or the key.
fn hint_of(message: &str) -> Option<Hint> {
    let message = message.to_lowercase();
    let speaks_of = |words: &[&str]| words.iter().any(|word| message.contains(word));
    if speaks_of(&["account", "api key", "apikey", "api_key", "suspend", "banned", "账号", "账户", "封禁", "密钥"])
    {
        return None;
    }
    if speaks_of(&["country", "region", "territory", "location", "地区", "区域"]) {
        return Some(Hint::Region);
    }
    if speaks_of(&["flagged", "moderation", "content filter", "safety", "sensitive", "敏感", "违规内容"]) {
        return Some(Hint::Content);
    }
    speaks_of(&["model", "模型"]).then_some(Hint::Model)
}

fn by_name(name: &str, status: u16) -> Option<Verdict> {
    Some(match name {
        "insufficientquota"
        | "insufficientuserquota"
        | "insufficientbalance"
        | "insufficientcredits"
        | "paymentrequired"
        | "exceededcurrentquotaerror"
        | "preconsumetokenquotafailed"
        | "arrearage"
        | "accountoverdueerror"
        | "billinghardlimitreached"
        | "billingnotactive" => Verdict::Next(Cause::Quota),
        "invalidapikey"
        | "apikeyinvalid"
        | "accountdeactivated"
        | "authenticationerror"
        | "invalidauthenticationerror" => Verdict::Next(Cause::Unauthorized),
        "modelnotfound" | "modelnotopen" | "modelnotsupported" | "unsupportedmodel" | "deploymentnotfound" => {
            Verdict::Next(Cause::NotFound)
        }
        "unsupportedcountryregionterritory" | "unsupportedregion" => Verdict::Next(Cause::Region),
        "ratelimiterror" | "ratelimitexceeded" if status == 500 => {
            Verdict::Next(Cause::RateLimited { retry_after_seconds: None })
        }
        "contextlengthexceeded" | "stringabovemaxlength" => Verdict::Refuse(status, Refusal::TooLong),
        "contentfilter"
        | "contentpolicyviolation"
        | "contentmoderation"
        | "moderationblocked"
        | "datainspectionfailed"
        | "sensitivecontentdetected" => Verdict::Refuse(status, Refusal::Filtered),
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

#[cfg(test)]
#[path = "complaint_tests.rs"]
mod tests;
