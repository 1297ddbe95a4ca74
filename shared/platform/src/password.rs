//! Passwords: which ones are taken, and their hashes.

use argon2::password_hash::phc;
use argon2::{Algorithm, Argon2, Params, PasswordHasher as _, PasswordVerifier as _, Version};
use domain::limits::{PASSWORD_BYTES_MAX, PASSWORD_CHARS_MIN};
use domain::{Error, PasswordHash, Result};

use crate::StartError;

/// Argon2id with 19 MiB, two passes, one lane: the first choice of OWASP's password storage cheat sheet.
const MEMORY_KIB: u32 = 19 * 1024;
const PASSES: u32 = 2;

/// A password that may be set: at least eight characters with a letter and a digit. `Debug` hides it.
pub struct NewPassword(String);

impl NewPassword {
    /// Reads what somebody wants for a password.
    ///
    /// # Errors
    /// A refusal that says what a password must have.
    pub fn parse(text: String) -> Result<Self> {
        let strong = text.chars().count() >= PASSWORD_CHARS_MIN
            && text.chars().any(char::is_alphabetic)
            && text.chars().any(|c| c.is_ascii_digit());
        if strong && text.len() <= PASSWORD_BYTES_MAX {
            Ok(Self(text))
        } else {
            Err(Error::refused("密码至少8位，且须同时包含字母和数字"))
        }
    }
}

impl std::fmt::Debug for NewPassword {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("NewPassword(***)")
    }
}

/// Makes and checks hashes.
#[derive(Debug)]
pub struct Hasher(Params);

impl Hasher {
    /// A maker of hashes.
    ///
    /// # Errors
    /// Never for these figures; the library's signature allows it.
    pub fn new() -> Result<Self, StartError> {
        let params = Params::new(MEMORY_KIB, PASSES, 1, None);
        params.map(Self).map_err(|error| StartError::Call { what: "argon2", source: error.to_string().into() })
    }

    fn argon2(&self) -> Argon2<'_> {
        Argon2::new(Algorithm::Argon2id, Version::V0x13, self.0.clone())
    }

    /// The hash of a password, in PHC form with a fresh salt.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn hash(&self, password: &NewPassword) -> Result<PasswordHash> {
        let hash: phc::PasswordHash = self.argon2().hash_password(password.0.as_bytes()).map_err(internal)?;
        Ok(PasswordHash::new(hash.to_string()))
    }

    /// Whether `password` fits the stored hash. Without one it takes as long and says no, so that the time does not
    /// tell which accounts exist or have a password.
    ///
    /// # Errors
    /// When what is stored is no hash.
    pub fn verify(&self, password: &str, stored: Option<&PasswordHash>) -> Result<bool> {
        // Longer ones were never taken; hashing them would only cost time.
        let password = if password.len() <= PASSWORD_BYTES_MAX { password } else { "" };
        let Some(stored) = stored else {
            let _: phc::PasswordHash = self.argon2().hash_password(password.as_bytes()).map_err(internal)?;
            return Ok(false);
        };
        let stored = phc::PasswordHash::new(stored.as_str()).map_err(internal)?;
        Ok(self.argon2().verify_password(password.as_bytes(), &stored).is_ok())
    }
}

fn internal(error: impl std::fmt::Display) -> Error {
    Error::internal(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_are_refused() {
        for text in ["", "a1", "abcdefgh", "12345678", "1234567a".repeat(40).as_str()] {
            assert!(NewPassword::parse(text.to_owned()).is_err(), "{text}");
        }
        for text in ["abcdefg1", "密码密码密码密1", "a b c d 1"] {
            assert!(NewPassword::parse(text.to_owned()).is_ok(), "{text}");
        }
    }

    #[test]
    fn a_hash_fits_its_password_alone() {
        let hasher = Hasher::new().unwrap();
        let hash = hasher.hash(&NewPassword::parse("abcdefg1".to_owned()).unwrap()).unwrap();
        assert!(hash.as_str().starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(!format!("{hash:?}").contains("argon2"));
        assert!(hasher.verify("abcdefg1", Some(&hash)).unwrap());
        assert!(!hasher.verify("abcdefg2", Some(&hash)).unwrap());
        assert!(!hasher.verify(&"a1".repeat(1000), Some(&hash)).unwrap());
        assert!(!hasher.verify("abcdefg1", None).unwrap());
    }
}
