//! RSA2: SHA-256 with RSA, PKCS #1 v1.5, in base64; and the keys as people paste them.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256, RsaKeyPair, UnparsedPublicKey};
use spki::SubjectPublicKeyInfoRef;
use spki::der::asn1::UintRef;
use spki::der::{Decode as _, Reader as _, SliceReader};

/// The name of RSA keys in X.509: RFC 8017, appendix A.
const RSA: &str = "1.2.840.113549.1.1.1";

/// How a private key is wrapped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyFormat {
    /// PKCS #8: what Alipay's tool makes for Java.
    Pkcs8,
    /// PKCS #1: what it makes for everything else.
    Pkcs1,
    /// Nobody said.
    Either,
}

impl KeyFormat {
    /// The format that `keyType` names.
    pub(crate) fn of(name: &str) -> Self {
        match name {
            "PKCS8" => Self::Pkcs8,
            "PKCS1" => Self::Pkcs1,
            _ => Self::Either,
        }
    }
}

/// A key without its armour, line breaks and blanks: base64 alone.
pub(crate) fn bare(pasted: &str) -> String {
    let is_armour = |line: &&str| line.trim_start().starts_with("-----");
    let lines = pasted.lines().filter(|line| !is_armour(line));
    lines.flat_map(str::chars).filter(|character| !character.is_whitespace()).collect()
}

/// The key pair in a base64 text; `None` when it is none of 2048 to 4096 bits, or not in this format.
pub(crate) fn private_key(text: &str, format: KeyFormat) -> Option<RsaKeyPair> {
    let der = BASE64_STANDARD.decode(text).ok()?;
    let pkcs8 = || RsaKeyPair::from_pkcs8(&der).ok();
    let pkcs1 = || RsaKeyPair::from_der(&der).ok();
    match format {
        KeyFormat::Pkcs8 => pkcs8(),
        KeyFormat::Pkcs1 => pkcs1(),
        KeyFormat::Either => pkcs8().or_else(pkcs1),
    }
}

/// The public key in a base64 text, unwrapped as ring verifies with it; `None` when it is no RSA key.
pub(crate) fn public_key(text: &str) -> Option<Vec<u8>> {
    let der = BASE64_STANDARD.decode(text).ok()?;
    if let Ok(wrapped) = SubjectPublicKeyInfoRef::from_der(&der) {
        let key = wrapped.subject_public_key.as_bytes()?;
        let is_rsa = wrapped.algorithm.oid.to_string() == RSA;
        return (is_rsa && is_rsa_key(key)).then(|| key.to_vec());
    }
    is_rsa_key(&der).then_some(der)
}

/// Whether these bytes are a modulus of 2048 to 8192 bits and an exponent, as PKCS #1 writes them.
fn is_rsa_key(der: &[u8]) -> bool {
    let read = || -> spki::der::Result<usize> {
        let mut reader = SliceReader::new(der)?;
        let modulus = reader.sequence(|reader| {
            let modulus: UintRef<'_> = reader.decode()?;
            let _exponent: UintRef<'_> = reader.decode()?;
            Ok::<_, spki::der::Error>(modulus.as_bytes().len())
        })?;
        reader.finish()?;
        Ok(modulus)
    };
    read().is_ok_and(|bytes| (256..=1024).contains(&bytes))
}

/// The signature of these bytes; `None` when the system has no randomness.
pub(crate) fn sign(key: &RsaKeyPair, message: &[u8]) -> Option<String> {
    let mut signature = vec![0; key.public().modulus_len()];
    key.sign(&RSA_PKCS1_SHA256, &SystemRandom::new(), message, &mut signature).ok()?;
    Some(BASE64_STANDARD.encode(signature))
}

/// Whether this is a signature of these bytes by the owner of a key that [`public_key`] read.
pub(crate) fn verifies(key: &[u8], message: &[u8], signature: &str) -> bool {
    let Ok(signature) = BASE64_STANDARD.decode(signature) else { return false };
    UnparsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, key).verify(message, &signature).is_ok()
}
