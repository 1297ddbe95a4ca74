//! Redemption codes (卡密): whoever types one has what it gives.

use std::fmt::{self, Write as _};

use serde::{Deserialize, Serialize};

use crate::limits::REDEMPTION_CODE_BYTES_MAX;
use crate::{Result, paste, random};

/// A redemption code: 1 to 64 visible ASCII characters, no capitals among them. It is as good as money, so `Debug` hides
/// it and there is no `Display`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct RedemptionCode(String);

impl RedemptionCode {
    /// Draws a new one: 128 random bits, so that nobody guesses it and none comes twice.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn draw() -> Result<Self> {
        let mut text = String::with_capacity(32);
        for byte in random::<16>()? {
            let _ = write!(text, "{byte:02x}");
        }
        Ok(Self(text))
    }

    /// Reads what a person typed or pasted: what [`paste::clean`] drops and letter case do not count.
    pub fn parse(text: &str) -> Option<Self> {
        let folded = paste::clean(text).to_ascii_lowercase();
        let fits = (1..=REDEMPTION_CODE_BYTES_MAX).contains(&folded.len());
        (fits && folded.bytes().all(|b| b.is_ascii_graphic())).then_some(Self(folded))
    }

    /// The code.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for RedemptionCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RedemptionCode(***)")
    }
}

impl TryFrom<String> for RedemptionCode {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        Self::parse(&text).ok_or("not a redemption code")
    }
}

impl From<RedemptionCode> for String {
    fn from(code: RedemptionCode) -> Self {
        code.0
    }
}
