//! What a provider is sent: fields by name, and the shapes of their values.

use std::collections::BTreeMap;

use http::header::CONTENT_TYPE;
use http::request::Parts;
use serde_json::Value;

/// The fields of a request, each there once.
#[derive(Debug, Default)]
pub(super) struct Fields {
    values: BTreeMap<String, String>,
    odd: bool,
}

impl Fields {
    /// Reads the query and the body, which is a form or, where `json` allows it, a flat JSON object.
    pub(super) fn read(head: &Parts, body: &[u8], json: bool) -> Self {
        let content_type = head.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        let mut fields = Self::default();
        fields.add_form(head.uri.query().unwrap_or_default().as_bytes());
        if content_type.starts_with("application/json") {
            fields.odd |= !json || fields.add_json(body).is_none();
        } else {
            fields.add_form(body);
        }
        fields
    }

    /// Reads a form alone.
    pub(super) fn of_form(form: &[u8]) -> Self {
        let mut fields = Self::default();
        fields.add_form(form);
        fields
    }

    /// Whether a field came twice, or the body is not what it says.
    pub(super) fn odd(&self) -> bool {
        self.odd
    }

    /// The field's value; empty when there is none, which no provider tells apart.
    pub(super) fn get(&self, name: &str) -> &str {
        self.values.get(name).map_or("", String::as_str)
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn add_form(&mut self, form: &[u8]) {
        for (name, value) in url::form_urlencoded::parse(form).into_owned() {
            self.odd |= self.values.insert(name, value).is_some();
        }
    }

    fn add_json(&mut self, body: &[u8]) -> Option<()> {
        let value: Value = serde_json::from_slice(body).ok()?;
        for (name, value) in value.as_object()? {
            let value = match value {
                Value::Null => String::new(),
                Value::String(text) => text.clone(),
                Value::Number(number) => number.to_string(),
                Value::Bool(_) | Value::Array(_) | Value::Object(_) => return None,
            };
            self.odd |= self.values.insert(name.clone(), value).is_some();
        }
        Some(())
    }
}

/// Whether `text` is one to `most` digits.
pub(super) fn is_digits(text: &str, most: usize) -> bool {
    is_made_of(text, most, |byte| byte.is_ascii_digit())
}

/// Whether `text` has one to `most` bytes that are all `allowed`.
pub(super) fn is_made_of(text: &str, most: usize, allowed: impl Fn(u8) -> bool) -> bool {
    (1..=most).contains(&text.len()) && text.bytes().all(allowed)
}

/// Whether a notification could be sent there.
pub(super) fn is_address(text: &str) -> bool {
    text.len() <= 256 && url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "http" | "https"))
}

/// An amount in yuan with at most two decimals, in fen; `None` when it is anything else, or nothing.
pub(super) fn fen(yuan: &str) -> Option<i64> {
    let (whole, rest) = yuan.split_once('.').unwrap_or((yuan, "0"));
    if !is_digits(whole, 9) || !is_digits(rest, 2) {
        return None;
    }
    let fen = whole.parse::<i64>().ok()? * 100 + format!("{rest:0<2}").parse::<i64>().ok()?;
    (fen > 0).then_some(fen)
}

/// An amount in yuan with two decimals.
pub(super) fn yuan(fen: i64) -> String {
    format!("{}.{:02}", fen / 100, fen % 100)
}
