//! The one secret of a deployment and the keys derived from it: no key is used for two purposes.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use domain::{Account, LoginCode, RedemptionCode, random};
use ring::aead::{AES_256_GCM, Aad, LessSafeKey, NONCE_LEN, Nonce, UnboundKey};
use ring::hkdf::{HKDF_SHA256, Prk, Salt};
use ring::hmac;

use crate::aws::secretsmanager;
use crate::{Outside, StartError};

/// Shorter secrets are no secrets.
const SECRET_CHARS_MIN: usize = 32;

/// The deployment's secret, extracted (HKDF, RFC 5869).
#[derive(Debug)]
pub struct Keys(Prk);

impl Keys {
    /// Fetches the secret named by `SECRET_ID` from Secrets Manager.
    ///
    /// # Errors
    /// When it cannot be read or is too short.
    pub async fn fetch(outside: &Outside) -> Result<Self, StartError> {
        let id = outside.environment.text("SECRET_ID")?;
        let fetched = secretsmanager(outside)?.get_secret_value().secret_id(id).send().await.map_err(|error| {
            StartError::Call { what: "GetSecretValue", source: table::failure_cause(&error).into() }
        })?;
        match fetched.secret_string() {
            Some(secret) if secret.len() >= SECRET_CHARS_MIN => Ok(Self::of(secret)),
            _ => Err(StartError::Call { what: "GetSecretValue", source: "the secret is too short".into() }),
        }
    }

    /// The keys of a given secret.
    pub fn of(secret: &str) -> Self {
        Self(Salt::new(HKDF_SHA256, b"credits and chat, version 1").extract(secret.as_bytes()))
    }

    /// The key that login codes are hashed with.
    ///
    /// # Errors
    /// Never for this length; the library's signature allows it.
    pub fn codes(&self) -> Result<CodeKey, StartError> {
        let key = self.0.expand(&[b"login codes"], hmac::HMAC_SHA256).map_err(|_| derivation())?;
        Ok(CodeKey(key.into()))
    }

    /// The key that mailboxes are hashed with.
    ///
    /// # Errors
    /// As [`Keys::codes`].
    pub fn mailboxes(&self) -> Result<MailboxKey, StartError> {
        let key = self.0.expand(&[b"mailboxes"], hmac::HMAC_SHA256).map_err(|_| derivation())?;
        Ok(MailboxKey(key.into()))
    }

    /// The key that redemption codes are hashed with.
    ///
    /// # Errors
    /// As [`Keys::codes`].
    pub fn redemption_codes(&self) -> Result<RedemptionKey, StartError> {
        let key = self.0.expand(&[b"redemption codes"], hmac::HMAC_SHA256).map_err(|_| derivation())?;
        Ok(RedemptionKey(key.into()))
    }

    /// The key that test notifications are signed with.
    ///
    /// # Errors
    /// As [`Keys::codes`].
    pub fn test_notifications(&self) -> Result<TestKey, StartError> {
        let key = self.0.expand(&[b"test notifications"], hmac::HMAC_SHA256).map_err(|_| derivation())?;
        Ok(TestKey(key.into()))
    }

    /// The key that stored secrets are sealed with.
    ///
    /// # Errors
    /// As [`Keys::codes`].
    pub fn sealer(&self) -> Result<Sealer, StartError> {
        let key = self.0.expand(&[b"stored secrets"], &AES_256_GCM).map_err(|_| derivation())?;
        Ok(Sealer(LessSafeKey::new(UnboundKey::from(key))))
    }
}

fn derivation() -> StartError {
    StartError::Call { what: "key derivation", source: "unexpected length".into() }
}

/// Hashes login codes: a million codes are soon tried, so a plain hash would not do.
#[derive(Clone, Debug)]
pub struct CodeKey(hmac::Key);

impl CodeKey {
    /// The stored form of a code.
    pub fn hash(&self, account: &Account, salt: &str, code: &LoginCode) -> String {
        BASE64.encode(hmac::sign(&self.0, &message(account, salt, code)))
    }

    /// Whether `stored` is this code's form, in constant time.
    pub fn matches(&self, stored: &str, account: &Account, salt: &str, code: &LoginCode) -> bool {
        BASE64.decode(stored).is_ok_and(|tag| hmac::verify(&self.0, &message(account, salt, code), &tag).is_ok())
    }
}

/// No part holds a line break, so the parts cannot be shifted against each other.
fn message(account: &Account, salt: &str, code: &LoginCode) -> Vec<u8> {
    format!("{account}\n{salt}\n{}", code.as_str()).into_bytes()
}

/// Hashes mailboxes: what is known of one beyond the life of its account says of no address whether it is the one.
#[derive(Clone, Debug)]
pub struct MailboxKey(hmac::Key);

impl MailboxKey {
    /// The stored form of an account's mailbox.
    pub fn hash(&self, account: &Account) -> String {
        BASE64.encode(hmac::sign(&self.0, account.mailbox().as_bytes()))
    }
}

/// Hashes redemption codes. The hash is where a code is stored: by a key of ours, who reads the table alone can neither
/// redeem what is there nor tell whether some code is.
#[derive(Clone, Debug)]
pub struct RedemptionKey(hmac::Key);

impl RedemptionKey {
    /// The stored form of a code.
    pub fn hash(&self, code: &RedemptionCode) -> String {
        BASE64.encode(hmac::sign(&self.0, code.as_str().as_bytes()))
    }
}

/// Signs the notifications that this deployment sends to itself.
#[derive(Clone, Debug)]
pub struct TestKey(hmac::Key);

impl TestKey {
    /// The signature of a text, in letters that a form takes as they are.
    pub fn sign(&self, text: &str) -> String {
        BASE64.encode(hmac::sign(&self.0, text.as_bytes()))
    }

    /// Whether this is the signature of a text, in constant time.
    pub fn matches(&self, text: &str, signature: &str) -> bool {
        BASE64.decode(signature).is_ok_and(|tag| hmac::verify(&self.0, text.as_bytes(), &tag).is_ok())
    }
}

/// Seals secrets of the table: AES-256-GCM, a fresh nonce each time, the row's id as associated data, so that a sealed
/// value moved to another row does not open.
#[derive(Clone, Debug)]
pub struct Sealer(LessSafeKey);

/// A sealed value that does not open: wrong row, wrong key or damaged. Says no more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open")]
pub struct SealError;

/// First byte of a sealed value: how it was made.
const SEAL_VERSION: u8 = 1;

impl Sealer {
    /// Seals `secret` for the row `id`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn seal(&self, id: &str, secret: &str) -> Result<Vec<u8>, SealError> {
        let nonce: [u8; NONCE_LEN] = random().map_err(|_| SealError)?;
        let mut text = secret.as_bytes().to_vec();
        self.0
            .seal_in_place_append_tag(Nonce::assume_unique_for_key(nonce), Aad::from(id.as_bytes()), &mut text)
            .map_err(|_| SealError)?;
        Ok([&[SEAL_VERSION], nonce.as_slice(), &text].concat())
    }

    /// Opens what was sealed for the row `id`.
    ///
    /// # Errors
    /// When it does not open.
    pub fn open(&self, id: &str, sealed: &[u8]) -> Result<String, SealError> {
        let (nonce, text) = match sealed.split_first() {
            Some((&SEAL_VERSION, rest)) => rest.split_first_chunk::<NONCE_LEN>().ok_or(SealError)?,
            _ => return Err(SealError),
        };
        let mut text = text.to_vec();
        let nonce = Nonce::assume_unique_for_key(*nonce);
        let opened = self.0.open_in_place(nonce, Aad::from(id.as_bytes()), &mut text).map_err(|_| SealError)?;
        String::from_utf8(opened.to_vec()).map_err(|_| SealError)
    }
}
