//! Bearer tokens, of sessions and of API keys: who, plus a secret that only the client holds.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::{Result, UserId, paste, random};

/// Characters of a user's id and a 256-bit secret in URL-safe base64.
const CHARS: usize = 54;
/// What API keys begin with, as clients of OpenAI expect.
const API_KEY_PREFIX: &str = "sk-";

/// The user's id and a 256-bit secret in one opaque text.
#[derive(Clone)]
struct Bearer {
    user: UserId,
    secret: [u8; 32],
}

impl Bearer {
    fn issue(user: UserId) -> Result<Self> {
        Ok(Self { user, secret: random()? })
    }

    fn parse(text: &str) -> Option<Self> {
        let text = &*paste::clean(text);
        // Longer texts are not even decoded.
        if text.len() != CHARS {
            return None;
        }
        let bytes: [u8; 40] = BASE64.decode(text).ok()?.try_into().ok()?;
        let (id, secret) = bytes.split_first_chunk::<8>()?;
        Some(Self { user: UserId::from_i64(i64::from_be_bytes(*id))?, secret: secret.try_into().ok()? })
    }

    fn reveal(&self) -> String {
        let mut bytes = self.user.as_i64().to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.secret);
        BASE64.encode(bytes)
    }

    /// The secret has 256 random bits, so a plain hash is enough and a look-up by it leaks nothing by its timing.
    fn hash(&self) -> String {
        BASE64.encode(digest(&SHA256, &self.secret))
    }
}

/// The `token` header: a session of a user. `Debug` hides it.
#[derive(Clone)]
pub struct SessionToken(Bearer);

/// What the table keeps of a token: SHA-256 of its secret, in URL-safe base64.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionHash(String);

impl SessionToken {
    /// A new session of `user`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn issue(user: UserId) -> Result<Self> {
        Bearer::issue(user).map(Self)
    }

    /// Reads the header. Anything else than a token that we could have issued is none.
    pub fn parse(text: &str) -> Option<Self> {
        Bearer::parse(text).map(Self)
    }

    /// The text that the client sends.
    pub fn reveal(&self) -> String {
        self.0.reveal()
    }

    /// Whose session this claims to be.
    pub const fn user(&self) -> UserId {
        self.0.user
    }

    /// What the table keeps of it.
    pub fn hash(&self) -> SessionHash {
        SessionHash(self.0.hash())
    }
}

impl SessionHash {
    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for SessionToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "SessionToken({}, ***)", self.user())
    }
}

/// A key that a user gives to a program of theirs: it opens `/v1` and nothing else. `Debug` hides it.
#[derive(Clone)]
pub struct ApiKeyToken(Bearer);

/// What the table keeps of an API key: SHA-256 of its secret, in URL-safe base64.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ApiKeyHash(String);

impl ApiKeyToken {
    /// A new key of `user`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn issue(user: UserId) -> Result<Self> {
        Bearer::issue(user).map(Self)
    }

    /// Reads `sk-…`. Anything else than a key that we could have issued is none.
    pub fn parse(text: &str) -> Option<Self> {
        Bearer::parse(paste::clean(text).strip_prefix(API_KEY_PREFIX)?).map(Self)
    }

    /// The text that the program sends.
    pub fn reveal(&self) -> String {
        format!("{API_KEY_PREFIX}{}", self.0.reveal())
    }

    /// Whose key this claims to be.
    pub const fn user(&self) -> UserId {
        self.0.user
    }

    /// What the table keeps of it.
    pub fn hash(&self) -> ApiKeyHash {
        ApiKeyHash(self.0.hash())
    }

    /// Its last four characters, by which its owner tells it from others.
    pub fn tail(&self) -> String {
        let text = self.reveal();
        text.get(text.len() - 4..).unwrap_or_default().to_owned()
    }

    /// How a key of `user` that ends in `tail` is shown: the first six and the last four characters.
    pub fn mask(user: UserId, tail: &str) -> String {
        let id = BASE64.encode(user.as_i64().to_be_bytes());
        let hidden = API_KEY_PREFIX.len() + CHARS - 6 - tail.len();
        format!("{API_KEY_PREFIX}{}{}{tail}", id.get(..3).unwrap_or_default(), "*".repeat(hidden))
    }
}

impl ApiKeyHash {
    /// The hash as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for ApiKeyToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ApiKeyToken({}, ***)", self.user())
    }
}
