//! The fields of a JSON body, read as leniently as the clients write them.

use domain::{Error, Result};
use serde_json::{Map, Value};

/// The fields of one JSON object. Unknown ones are ignored; null, the empty text and the text `undefined` mean absent.
#[derive(Clone, Default)]
pub struct Fields(Map<String, Value>);

impl Fields {
    /// Reads a body; an empty one has no fields.
    ///
    /// # Errors
    /// When it is not a JSON object in UTF-8.
    pub fn parse(bytes: &[u8]) -> Result<Self> {
        if bytes.trim_ascii().is_empty() {
            return Ok(Self::default());
        }
        serde_json::from_slice(bytes).map(Self).map_err(|_| Error::refused("请求内容不是有效的JSON"))
    }

    fn present(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !matches!(value, Value::Null))
    }

    /// A text; numbers count as their text.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = match self.present(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!matches!(text.trim(), "" | "undefined" | "null")).then_some(text)
    }

    /// A text that is kept as it is, be it the word `null`: what a person wrote. Only blank means absent.
    pub fn verbatim(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
    }

    /// A code of six digits; one that came as a number gets its leading zeros back.
    pub fn code(&self, name: &str) -> Option<String> {
        match self.present(name)?.as_u64() {
            Some(number) => Some(format!("{number:06}")),
            None => self.text(name),
        }
    }

    /// A text that must be there.
    ///
    /// # Errors
    /// `缺少必要参数` when it is not.
    pub fn required(&self, name: &str) -> Result<String> {
        self.text(name).ok_or_else(Error::missing)
    }

    /// A finite number; texts count as the number they spell.
    pub fn number(&self, name: &str) -> Option<f64> {
        let number = match self.present(name)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }

    /// The fields of an object inside; none when it is absent or no object.
    #[must_use]
    pub fn inner(&self, name: &str) -> Self {
        match self.present(name) {
            Some(Value::Object(map)) => Self(map.clone()),
            _ => Self::default(),
        }
    }
}

impl std::fmt::Debug for Fields {
    /// Names only: values may be passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
