//! Session tokens: who, plus a secret that only the client holds.

use std::fmt;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use ring::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use crate::{Result, UserId, random};

/// The `token` header: the user's id and a 256-bit secret in one opaque text. `Debug` hides it.
#[derive(Clone)]
pub struct SessionToken {
    user: UserId,
    secret: [u8; 32],
}

/// What the table keeps of a token: SHA-256 of its secret, in URL-safe base64.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct SessionHash(String);

impl SessionToken {
    /// A new session of `user`.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn issue(user: UserId) -> Result<Self> {
        Ok(Self { user, secret: random()? })
    }

    /// Reads the header. Anything else than a token that we could have issued is none.
    pub fn parse(text: &str) -> Option<Self> {
        // 40 bytes make 54 characters: longer headers are not even decoded.
        if text.len() != 54 {
            return None;
        }
        let bytes: [u8; 40] = BASE64.decode(text).ok()?.try_into().ok()?;
        let (id, secret) = bytes.split_first_chunk::<8>()?;
        Some(Self { user: UserId::from_i64(i64::from_be_bytes(*id))?, secret: secret.try_into().ok()? })
    }

    /// The text that the client sends.
    pub fn reveal(&self) -> String {
        let mut bytes = self.user.as_i64().to_be_bytes().to_vec();
        bytes.extend_from_slice(&self.secret);
        BASE64.encode(bytes)
    }

    /// Whose session this claims to be.
    pub const fn user(&self) -> UserId {
        self.user
    }

    /// What the table keeps of it. The secret has 256 random bits, so a plain hash is enough and a look-up by it leaks
    /// nothing by its timing.
    pub fn hash(&self) -> SessionHash {
        SessionHash(BASE64.encode(digest(&SHA256, &self.secret)))
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
        write!(f, "SessionToken({}, ***)", self.user)
    }
}
