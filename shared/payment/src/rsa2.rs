//! RSA2: SHA-256 with RSA, PKCS #1 v1.5, in base64; and the keys as people paste them.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use domain::paste;
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

/// What stands before and behind the words of an armour: hyphens, however many a paste has left, and the dashes that word
/// processors make of them. None of them is of base64.
const DASHES: [char; 9] =
    ['-', '\u{2010}', '\u{2011}', '\u{2012}', '\u{2013}', '\u{2014}', '\u{2015}', '\u{2212}', '\u{ff0d}'];
/// The words of armours around RSA keys, as they are without blanks.
const LABELS: [&str; 4] = ["PRIVATEKEY", "RSAPRIVATEKEY", "PUBLICKEY", "RSAPUBLICKEY"];

/// A key without its armour, line breaks and blanks: base64 alone.
///
/// An armour is known by its form and not by its lines: a paste loses line breaks, or has blanks, or the two characters
/// `\n`, in their place; it loses some of the dashes, or all, or one of the two halves.
pub(crate) fn bare(pasted: &str) -> String {
    let plain = without_breaks(pasted);
    let pieces = plain.split(DASHES).filter(|piece| !is_armour(piece));
    let key: String = pieces.collect();
    // Without any dash, the words hang together with the key.
    let begins = LABELS.into_iter().find_map(|label| key.strip_prefix("BEGIN")?.strip_prefix(label));
    let key = begins.unwrap_or(&key);
    let ends = LABELS.into_iter().find_map(|label| key.strip_suffix(label)?.strip_suffix("END"));
    ends.unwrap_or(key).to_owned()
}

/// The text without blanks and line breaks, also those that are spelt out (`\n`), and without the backslashes that JSON
/// puts before slashes.
fn without_breaks(pasted: &str) -> String {
    let (mut plain, mut characters) = (String::with_capacity(pasted.len()), pasted.chars().peekable());
    while let Some(character) = characters.next() {
        match character {
            '\\' => {
                characters.next_if(|next| matches!(next, 'n' | 'r' | 't'));
            }
            blank if paste::is_blank(blank) => {}
            other => plain.push(paste::narrow(other)),
        }
    }
    plain
}

/// Whether a piece between dashes is the words of an armour.
fn is_armour(piece: &str) -> bool {
    let words = piece.strip_prefix("BEGIN").or_else(|| piece.strip_prefix("END"));
    words.is_some_and(|label| LABELS.contains(&label))
}

/// Base64 as people paste it: who marks a text by a double click loses the signs at its end.
fn decoded(text: &str) -> Option<Vec<u8>> {
    const FORGIVING: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    FORGIVING.decode(text).ok()
}

/// The key pair in a base64 text; `None` when it is none of 2048 to 4096 bits, or not in this format.
pub(crate) fn private_key(text: &str, format: KeyFormat) -> Option<RsaKeyPair> {
    let der = decoded(text)?;
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
    let der = decoded(text)?;
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
