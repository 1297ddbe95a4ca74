//! The text that all four providers sign, and the MD5 that three of them sign it with.

use md5::{Digest, Md5};
use serde_json::Value;

/// `a=1&b=2`: the fields sorted by name, values as they are, without empty ones and without those in `left_out`.
pub(super) fn text_to_sign<'a>(fields: impl IntoIterator<Item = (&'a str, &'a str)>, left_out: &[&str]) -> String {
    let signed = fields.into_iter().filter(|(name, value)| !value.is_empty() && !left_out.contains(name));
    let mut signed: Vec<_> = signed.collect();
    signed.sort_unstable();
    signed.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// The MD5 of `text`, in lower-case hexadecimal digits.
pub(super) fn md5(text: &str) -> String {
    let number = Md5::digest(text).iter().fold(0, |number, byte| number << 8 | u128::from(*byte));
    format!("{number:032x}")
}

/// The signature of `text` at epay and xunhupay: its MD5 with the key right behind it.
pub(super) fn sign(text: &str, key: &str) -> String {
    md5(&format!("{text}{key}"))
}

/// The fields of a flat JSON object as the texts that are signed.
pub(super) fn values(object: &Value) -> Vec<(String, String)> {
    let fields = object.as_object().into_iter().flatten();
    fields
        .map(|(name, value)| (name.clone(), value.as_str().map_or_else(|| value.to_string(), str::to_owned)))
        .collect()
}
