//! The six digits that prove an address.

use std::fmt;

use crate::{Result, paste, random};

/// A login code: six digits, leading zeros kept. Never logged: `Debug` hides it.
#[derive(Clone, PartialEq, Eq)]
pub struct LoginCode([u8; 6]);

impl LoginCode {
    /// Draws a uniform code.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn draw() -> Result<Self> {
        // 64 bits over a million values: the bias is below 1e-13.
        let mut rest = u64::from_le_bytes(random()?) % 1_000_000;
        let mut digits = [b'0'; 6];
        for digit in digits.iter_mut().rev() {
            *digit = b'0' + u8::try_from(rest % 10).unwrap_or(0);
            rest /= 10;
        }
        Ok(Self(digits))
    }

    /// Reads six digits as they were typed or pasted; anything else is no code.
    pub fn parse(text: &str) -> Option<Self> {
        let digits: [u8; 6] = paste::clean(text).as_bytes().try_into().ok()?;
        digits.iter().all(u8::is_ascii_digit).then_some(Self(digits))
    }

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or_default()
    }
}

impl fmt::Debug for LoginCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("LoginCode(***)")
    }
}
