//! Signatures as providers make and check them, written anew from the documents, so that the crate's own rules are not
//! tested against themselves.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use md5::{Digest, Md5};
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use serde_json::Value;

pub(crate) const APP_ID: &str = "2021000000000001";

/// A text of a file of known signatures.
pub(crate) fn vector(file: &str, pointer: &str) -> String {
    let text = std::fs::read_to_string(format!("{}/tests/vectors/{file}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let whole: Value = serde_json::from_str(&text).unwrap();
    whole.pointer(pointer).and_then(Value::as_str).unwrap().to_owned()
}

/// The fields without empty ones and those named, sorted, as `a=1&b=2`.
pub(crate) fn text(fields: &[(String, String)], without: &[&str]) -> String {
    let mut parts: Vec<String> = fields
        .iter()
        .filter(|(name, value)| !without.contains(&name.as_str()) && !value.is_empty())
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    parts.sort();
    parts.join("&")
}

fn md5(text: &str) -> String {
    Md5::digest(text).iter().fold(String::new(), |digits, byte| format!("{digits}{byte:02x}"))
}

pub(crate) fn epay(fields: &[(String, String)], key: &str) -> String {
    md5(&(text(fields, &["sign", "sign_type"]) + key))
}

pub(crate) fn payjs(fields: &[(String, String)], key: &str) -> String {
    md5(&(text(fields, &["sign"]) + "&key=" + key)).to_uppercase()
}

pub(crate) fn xunhupay(fields: &[(String, String)], key: &str) -> String {
    md5(&(text(fields, &["hash"]) + key))
}

fn key_pair(file: &str, name: &str) -> RsaKeyPair {
    RsaKeyPair::from_pkcs8(&BASE64_STANDARD.decode(vector(file, name)).unwrap()).unwrap()
}

/// The signature of Alipay, or of the app itself.
pub(crate) fn rsa2(message: &str, by_alipay: bool) -> String {
    let key = if by_alipay {
        key_pair("alipay_notifications.json", "/keys/alipay_private_pkcs8")
    } else {
        key_pair("alipay.json", "/keys/app_private_pkcs8")
    };
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message.as_bytes(), &mut signature).unwrap();
    BASE64_STANDARD.encode(signature)
}

/// Whether the app signed this.
pub(crate) fn is_the_apps(message: &str, signature: &str) -> bool {
    let key = key_pair("alipay.json", "/keys/app_private_pkcs8");
    let key = UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key.public().as_ref().to_vec());
    key.verify(message.as_bytes(), &BASE64_STANDARD.decode(signature).unwrap()).is_ok()
}
