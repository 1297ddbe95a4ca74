//! The name of a conversation, chosen by the client.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

use crate::limits::CONVERSATION_ID_BYTES_MAX;
use crate::{Result, paste, random};

/// A conversation id: 1 to 64 ASCII letters, digits, `-`, `_`, `.` or `:`. Clients send a UUID.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConversationId(String);

impl ConversationId {
    /// Reads what a client sent.
    pub fn parse(text: &str) -> Option<Self> {
        let text = paste::clean(text);
        let fits = (1..=CONVERSATION_ID_BYTES_MAX).contains(&text.len());
        let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.:".contains(&b));
        (fits && plain).then(|| Self(text.into_owned()))
    }

    /// A new random one, in the form of a version 4 UUID, for clients that send none.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn draw() -> Result<Self> {
        let mut bytes: [u8; 16] = random()?;
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let mut text = String::with_capacity(36);
        for (index, byte) in bytes.iter().enumerate() {
            if [4, 6, 8, 10].contains(&index) {
                text.push('-');
            }
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Self(text))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
