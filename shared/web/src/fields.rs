//! The fields of a JSON body or a form, read as leniently as the clients write them.

use domain::{BusinessDay, Error, Id, Result, paste};
use serde_json::{Map, Value};

/// The fields of one JSON object. Unknown ones are ignored; null, the empty text and the texts `undefined` and `null`
/// mean absent. What is read as more than a text (`integer`, `id`, `flag`, `day`) tells an absent field, which is no
/// error, from one that says nothing readable, which is refused. What holds no blanks (these, and a `word`) is cleaned of
/// what came along when it was pasted.
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

    /// The texts of a form. Of several with one name the last counts, as in JSON.
    pub fn of_texts(texts: impl IntoIterator<Item = (String, String)>) -> Self {
        Self(texts.into_iter().map(|(name, text)| (name, Value::String(text))).collect())
    }

    fn present(&self, name: &str) -> Option<&Value> {
        self.0.get(name).filter(|value| !matches!(value, Value::Null))
    }

    /// All fields but null ones, as they came: where the names are data.
    pub fn entries(&self) -> impl Iterator<Item = (&str, &Value)> {
        self.0.iter().filter(|(_, value)| !value.is_null()).map(|(name, value)| (name.as_str(), value))
    }

    /// Whether the client names the field with anything but null, in whatever spelling: the empty text counts, because
    /// it empties.
    pub fn has(&self, name: &str) -> bool {
        let value = self.present(name);
        value.is_some_and(|value| value.as_str().is_none_or(|text| text.trim().is_empty() || !is_absent(text)))
    }

    /// A text; numbers count as their text.
    pub fn text(&self, name: &str) -> Option<String> {
        let text = match self.present(name)? {
            Value::String(text) => text.clone(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!is_absent(&text)).then_some(text)
    }

    /// A text that holds no blanks, as [`paste::clean`] leaves it; numbers count as their text.
    pub fn word(&self, name: &str) -> Option<String> {
        let text = match self.present(name)? {
            Value::String(text) => paste::clean(text).into_owned(),
            Value::Number(number) => number.to_string(),
            _ => return None,
        };
        (!is_absent(&text)).then_some(text)
    }

    /// A word that must be there.
    ///
    /// # Errors
    /// `缺少必要参数` when it is not.
    pub fn required_word(&self, name: &str) -> Result<String> {
        self.word(name).ok_or_else(Error::missing)
    }

    /// A text that is kept as it is, be it the word `null`: what a person wrote. Only blank means absent.
    pub fn verbatim(&self, name: &str) -> Option<String> {
        self.0.get(name)?.as_str().filter(|text| !text.trim().is_empty()).map(str::to_owned)
    }

    /// A code of six digits; one that came as a number gets its leading zeros back.
    pub fn code(&self, name: &str) -> Option<String> {
        match self.present(name)?.as_u64() {
            Some(number) => Some(format!("{number:06}")),
            None => self.word(name),
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
            Value::String(text) => paste::clean(text).parse().ok(),
            _ => None,
        };
        number.filter(|number| number.is_finite())
    }

    /// A whole number; texts and floats count when they spell one.
    ///
    /// # Errors
    /// `参数不正确` when it is there and is none.
    pub fn integer(&self, name: &str) -> Result<Option<i64>> {
        self.read(name, |value| match value {
            Value::Number(number) => number.as_i64().or_else(|| whole(number.as_f64()?)),
            Value::String(text) => {
                let text = paste::clean(text);
                text.parse().ok().or_else(|| whole(text.parse().ok()?))
            }
            _ => None,
        })
    }

    /// An id, as text or number.
    ///
    /// # Errors
    /// `参数不正确` when it is there and is none.
    pub fn id<K>(&self, name: &str) -> Result<Option<Id<K>>> {
        self.read(name, |value| match value {
            Value::Number(number) => Id::from_i64(number.as_i64()?),
            Value::String(text) => Id::parse(&paste::clean(text)),
            _ => None,
        })
    }

    /// An id that must be there.
    ///
    /// # Errors
    /// `缺少必要参数` when it is not, `参数不正确` when it is no id.
    pub fn required_id<K>(&self, name: &str) -> Result<Id<K>> {
        self.id(name)?.ok_or_else(Error::missing)
    }

    /// A switch: 0 or 1, as number or text, or a boolean.
    ///
    /// # Errors
    /// `参数不正确` when it is there and is none.
    pub fn flag(&self, name: &str) -> Result<Option<bool>> {
        self.read(name, |value| match value {
            Value::Bool(flag) => Some(*flag),
            Value::Number(number) => flag(&number.to_string()),
            Value::String(text) => flag(&paste::clean(text)),
            _ => None,
        })
    }

    /// A day, with or without a time of day behind it.
    ///
    /// # Errors
    /// `参数不正确` when it is there and is none.
    pub fn day(&self, name: &str) -> Result<Option<BusinessDay>> {
        self.read(name, |value| BusinessDay::parse(value.as_str()?))
    }

    fn read<T>(&self, name: &str, parse: impl FnOnce(&Value) -> Option<T>) -> Result<Option<T>> {
        match self.present(name) {
            None => Ok(None),
            Some(Value::String(text)) if is_absent(&paste::clean(text)) => Ok(None),
            Some(value) => parse(value).map(Some).ok_or_else(Error::unreadable),
        }
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

/// Whether a value means that there is none.
pub(crate) fn is_absent(text: &str) -> bool {
    matches!(text.trim(), "" | "undefined" | "null")
}

/// A float that is a whole number, as far as floats tell whole numbers apart.
fn whole(number: f64) -> Option<i64> {
    const EXACT_BELOW: f64 = 9_007_199_254_740_992.0;
    let is_whole = number.abs() < EXACT_BELOW && number.fract() == 0.0;
    // By way of its text, because a cast would never fail.
    is_whole.then(|| format!("{number:.0}").parse().ok())?
}

fn flag(text: &str) -> Option<bool> {
    match text {
        "0" | "false" => Some(false),
        "1" | "true" => Some(true),
        _ => None,
    }
}

impl std::fmt::Debug for Fields {
    /// Names only: values may be passwords.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}
