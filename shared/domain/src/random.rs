//! Randomness for secrets and ids.

use ring::rand::{SecureRandom, SystemRandom};

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
