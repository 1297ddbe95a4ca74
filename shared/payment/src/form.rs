//! The name-value pairs of notifications, forms and flat JSON documents, in the order they came.

use std::borrow::Cow;
use std::fmt;

use encoding_rs::{Encoding, GB18030, GBK, UTF_8};
use percent_encoding::percent_decode;
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;
use serde_json::value::RawValue;
use url::form_urlencoded::Serializer;

use crate::rejection::Rejection;

/// Longer notifications are refused unread: an honest one has some kilobytes.
const BYTES_MAX: usize = 64 * 1024;
/// Notifications of more fields are refused: an honest one has some thirty.
const FIELDS_MAX: usize = 100;

/// Reads the pairs of a URL-encoded form or of a query, each decoded once. Their texts are in UTF-8, or in what a pair
/// named `charset` says: `gbk`, `gb2312` or `gb18030`. Nothing is merged: a name may come twice.
///
/// # Errors
/// [`Rejection::Malformed`] when there is too much of it, or it is no text in its own charset.
pub fn read_form(bytes: &[u8]) -> Result<Vec<(String, String)>, Rejection> {
    if bytes.len() > BYTES_MAX {
        return Err(Rejection::Malformed);
    }
    let pairs: Vec<_> = bytes.split(|&byte| byte == b'&').filter(|pair| !pair.is_empty()).map(split).collect();
    if pairs.len() > FIELDS_MAX {
        return Err(Rejection::Malformed);
    }
    let charset = pairs.iter().find(|(name, _)| name == b"charset").map_or(&b""[..], |(_, value)| value);
    let encoding = str::from_utf8(charset).ok().and_then(encoding_of).ok_or(Rejection::Malformed)?;
    let text = |bytes: &[u8]| encoding.decode_without_bom_handling_and_without_replacement(bytes).map(Cow::into_owned);
    let texts = pairs.iter().map(|(name, value)| Some((text(name)?, text(value)?)));
    texts.collect::<Option<_>>().ok_or(Rejection::Malformed)
}

/// Reads the members of a JSON object: texts as they are, numbers and words as they are written, `null` as an empty
/// text. Nothing is merged: a name may come twice.
///
/// # Errors
/// [`Rejection::Malformed`] when there is too much of it, or it is no object.
pub fn read_json(bytes: &[u8]) -> Result<Vec<(String, String)>, Rejection> {
    let members = Some(bytes).filter(|bytes| bytes.len() <= BYTES_MAX).and_then(members).ok_or(Rejection::Malformed)?;
    if members.len() > FIELDS_MAX {
        return Err(Rejection::Malformed);
    }
    let text = |raw: &RawValue| flat_text(raw).unwrap_or_else(|| raw.get().to_owned());
    Ok(members.into_iter().map(|(name, raw)| (name, text(&raw))).collect())
}

/// The encoding that a `charset` names; UTF-8 when it names none.
pub(crate) fn encoding_of(charset: &str) -> Option<&'static Encoding> {
    match charset.trim().to_ascii_lowercase().as_str() {
        "" | "utf-8" | "utf8" => Some(UTF_8),
        "gbk" | "gb2312" => Some(GBK),
        "gb18030" => Some(GB18030),
        _ => None,
    }
}

/// A URL-encoded form of these pairs.
pub(crate) fn write_form(pairs: &[(String, String)]) -> String {
    Serializer::new(String::new()).extend_pairs(pairs).finish()
}

/// The pairs with owned texts.
pub(crate) fn pairs<const N: usize>(pairs: [(&str, &str); N]) -> Vec<(String, String)> {
    pairs.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect()
}

/// The members of a JSON object, each as it is written. A byte-order mark before it is passed over.
pub(crate) fn members(body: &[u8]) -> Option<Vec<(String, Box<RawValue>)>> {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    serde_json::from_slice::<Members>(body).ok().map(|members| members.0)
}

/// The members of a JSON object that have one plain value each, as texts; `None` when it is no object, or a name comes
/// twice, so that nobody can tell which of the two counts.
pub(crate) fn flat_members(body: &[u8]) -> Option<Vec<(String, String)>> {
    let members = members(body)?;
    let texts = members.iter().filter_map(|(name, raw)| Some((name.clone(), flat_text(raw)?)));
    first_twice(members.iter().map(|(name, _)| name.as_str())).is_none().then(|| texts.collect())
}

/// The members of the object under `data`, where some sites put what others say flat; none when there is no object.
///
/// # Errors
/// When that object cannot be read, or nobody can tell which of two is meant.
pub(crate) fn inner(body: &[u8]) -> Result<Option<Vec<(String, String)>>, ()> {
    let named: Vec<_> = members(body).ok_or(())?.into_iter().filter(|(name, _)| name == "data").collect();
    match named.as_slice() {
        [(_, data)] if data.get().starts_with('{') => flat_members(data.get().as_bytes()).map(Some).ok_or(()),
        [] | [_] => Ok(None),
        _ => Err(()),
    }
}

/// A name that comes more than once.
pub(crate) fn first_twice<'a>(names: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let mut names: Vec<&str> = names.collect();
    names.sort_unstable();
    names.windows(2).find_map(|pair| match pair {
        [a, b] if a == b => Some(*a),
        _ => None,
    })
}

/// The value of the first field of this name; empty when there is none, which providers do not tell apart.
pub(crate) fn value_of<'a>(fields: &'a [(String, String)], name: &str) -> &'a str {
    fields.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value)
}

/// A value as it is signed and read: a number keeps its digits. `None` for lists and objects.
fn flat_text(raw: &RawValue) -> Option<String> {
    match serde_json::from_str(raw.get()).ok()? {
        Value::Null => Some(String::new()),
        Value::String(text) => Some(text),
        Value::Number(_) | Value::Bool(_) => Some(raw.get().to_owned()),
        Value::Array(_) | Value::Object(_) => None,
    }
}

/// A pair of a form, decoded.
fn split(pair: &[u8]) -> (Vec<u8>, Vec<u8>) {
    let mut halves = pair.splitn(2, |&byte| byte == b'=');
    let mut decoded = || {
        let half = halves.next().unwrap_or_default();
        let spaced: Vec<u8> = half.iter().map(|&byte| if byte == b'+' { b' ' } else { byte }).collect();
        percent_decode(&spaced).collect()
    };
    (decoded(), decoded())
}

/// The members of an object, none merged.
struct Members(Vec<(String, Box<RawValue>)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Collect;
        impl<'de> Visitor<'de> for Collect {
            type Value = Members;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Collect)
    }
}

#[cfg(test)]
#[path = "form_tests.rs"]
mod tests;
