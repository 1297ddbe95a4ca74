//! The text that every provider signs, and the MD5 that three of them sign it with.

use md5::{Digest, Md5};

/// `a=1&b=2`: the fields sorted by name, values as they are, without empty ones and those `left_out`.
pub(crate) fn signing_text(fields: &[(String, String)], left_out: &[&str]) -> String {
    let is_signed = |(name, value): &&(String, String)| !value.is_empty() && !left_out.contains(&name.as_str());
    let mut signed: Vec<_> = fields.iter().filter(is_signed).collect();
    signed.sort_unstable();
    let mut text = String::new();
    for (name, value) in signed {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        text.push_str(value);
    }
    text
}

/// How a provider signs with a shared secret.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Rule {
    /// The field that holds the signature.
    pub(crate) field: &'static str,
    /// What is not signed: the signature itself, at least.
    pub(crate) left_out: &'static [&'static str],
    /// What stands between the text and the secret.
    pub(crate) before_key: &'static str,
    /// Whether its digits are written in capitals.
    pub(crate) in_capitals: bool,
}

impl Rule {
    /// The signature of these fields.
    pub(crate) fn sign(&self, fields: &[(String, String)], key: &str) -> String {
        let digits = self.digits(fields, key);
        if self.in_capitals { digits.to_ascii_uppercase() } else { digits }
    }

    /// Adds the signature of these fields to them.
    pub(crate) fn seal(&self, mut fields: Vec<(String, String)>, key: &str) -> Vec<(String, String)> {
        let signature = self.sign(&fields, key);
        fields.push((self.field.to_owned(), signature));
        fields
    }

    /// Whether the fields hold a signature of theirs. Nothing was ever signed with an empty key.
    pub(crate) fn holds(&self, fields: &[(String, String)], key: &str) -> bool {
        let Some((_, signature)) = fields.iter().find(|(name, _)| name == self.field) else { return false };
        !key.is_empty() && are_equal(&signature.to_ascii_lowercase(), &self.digits(fields, key))
    }

    fn digits(&self, fields: &[(String, String)], key: &str) -> String {
        let text = signing_text(fields, self.left_out) + self.before_key + key;
        Md5::digest(text).iter().flat_map(|&byte| [byte >> 4, byte & 15]).filter_map(hex_digit).collect()
    }
}

fn hex_digit(value: u8) -> Option<char> {
    char::from_digit(value.into(), 16)
}

/// Whether two texts are equal, in a time that does not tell where they differ.
fn are_equal(a: &str, b: &str) -> bool {
    let differences = a.bytes().zip(b.bytes()).fold(0, |sum, (a, b)| std::hint::black_box(sum | (a ^ b)));
    a.len() == b.len() && differences == 0
}

#[cfg(test)]
#[path = "digest_tests.rs"]
mod tests;
