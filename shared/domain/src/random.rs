//! Randomness for secrets and ids.

use ring::rand::{SecureRandom, SystemRandom};

use std::fmt::Write as _;

use crate::{Error, Result};

/// `N` bytes of the operating system's cryptographic randomness.
///
/// # Errors
/// When the system gives none.
pub fn random<const N: usize>() -> Result<[u8; N]> {
    let mut bytes = [0; N];
    SystemRandom::new().fill(&mut bytes).map_err(|_| Error::internal("no randomness from the system"))?;
    Ok(bytes)
}

/// Text of 32 hexadecimal digits: as random as it takes for no two requests to have the same one.
///
/// # Errors
/// When the system has no randomness.
pub fn nonce() -> Result<String> {
    let bytes: [u8; 16] = random()?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
