//! The data directory: one stack at a time, and the secrets that sealed data needs after a restart.

use std::collections::BTreeMap;
use std::fs::{self, File, TryLockError};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use ring::rand::{SecureRandom as _, SystemRandom};
use serde_json::json;

use crate::StackError;
use crate::template::Secret;

/// A directory that belongs to this process until it is dropped.
#[derive(Debug)]
pub(crate) struct DataDirectory {
    path: PathBuf,
    /// The operating system lets go of the lock when this closes, also after a crash.
    _lock: File,
}

impl DataDirectory {
    /// Makes the directory if it is missing and takes it.
    ///
    /// # Errors
    /// When it cannot be made, or another stack has it.
    pub(crate) fn open(path: &Path) -> Result<Self, StackError> {
        let failed = |source: io::Error| StackError::Data { path: path.to_owned(), source };
        make_private(path).map_err(failed)?;
        let lock = File::options().create(true).truncate(false).write(true).open(path.join("lock")).map_err(failed)?;
        match lock.try_lock() {
            Ok(()) => Ok(Self { path: path.to_owned(), _lock: lock }),
            Err(TryLockError::WouldBlock) => Err(StackError::DataInUse { path: path.to_owned() }),
            Err(TryLockError::Error(error)) => Err(failed(error)),
        }
    }

    /// Where the tables are.
    pub(crate) fn database(&self) -> PathBuf {
        self.path.join("dynamodb.sqlite")
    }

    /// Where the objects of buckets are.
    ///
    /// # Errors
    /// When the directory cannot be made.
    pub(crate) fn objects(&self) -> Result<PathBuf, StackError> {
        let path = self.path.join("objects");
        make_private(&path).map_err(|source| StackError::Data { path: path.clone(), source })?;
        Ok(path)
    }

    /// The values of `secrets`, generated at the first start and the same ever after.
    ///
    /// # Errors
    /// When they cannot be read or written.
    pub(crate) fn secrets(&self, secrets: &[Secret]) -> Result<BTreeMap<String, String>, StackError> {
        let path = self.path.join("secrets.json");
        let failed = |source: io::Error| StackError::Data { path: path.clone(), source };
        let mut values: BTreeMap<String, String> = match fs::read(&path) {
            Ok(text) => serde_json::from_slice(&text).map_err(|error| failed(error.into()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => BTreeMap::new(),
            Err(error) => return Err(failed(error)),
        };
        let known = values.len();
        for (id, value) in generate(secrets)? {
            values.entry(id).or_insert(value);
        }
        if values.len() != known {
            // Written beside and renamed: half a file would lock people out of all that was sealed.
            let draft = self.path.join("secrets.json.new");
            write_private(&draft, json!(values).to_string().as_bytes()).map_err(failed)?;
            fs::rename(&draft, &path).map_err(failed)?;
        }
        Ok(values)
    }
}

/// New values of `secrets`.
///
/// # Errors
/// When the system has no randomness.
pub(crate) fn generate(secrets: &[Secret]) -> Result<BTreeMap<String, String>, StackError> {
    let generated = secrets.iter().map(|secret| {
        let text = random_text(secret.characters)?;
        let value = match &secret.inside {
            None => text,
            Some((object, key)) => {
                let mut object = object.clone();
                object.insert(key.clone(), json!(text));
                json!(object).to_string()
            }
        };
        Ok((secret.id.clone(), value))
    });
    generated.collect()
}

/// A random UUID, as AWS writes request ids.
pub(crate) fn request_id() -> String {
    let mut bytes = [0; 16];
    // An id that is not random still is an id; nothing local guards anything by it.
    let _ = SystemRandom::new().fill(&mut bytes);
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex = u128::from_be_bytes(bytes);
    let hex = format!("{hex:032x}");
    [&hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]].join("-")
}

fn random_text(characters: usize) -> Result<String, StackError> {
    const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    let random = SystemRandom::new();
    let mut text = String::with_capacity(characters);
    while text.len() < characters {
        let mut bytes = [0; 64];
        random.fill(&mut bytes).map_err(|_| StackError::Randomness)?;
        // Bytes from 248 on are thrown away, because they would make the first letters likelier.
        let letters = bytes.iter().filter(|byte| **byte < 248).map(|byte| char::from(ALPHABET[usize::from(byte % 62)]));
        text.extend(letters.take(characters - text.len()));
    }
    Ok(text)
}

/// Makes the directory for its owner only: it holds people's data and the secret that seals it.
fn make_private(path: &Path) -> io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(path)
}

fn write_private(path: &Path, text: &[u8]) -> io::Result<()> {
    let mut options = File::options();
    options.create(true).truncate(true).write(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    let mut file = options.open(path)?;
    file.write_all(text)?;
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret() -> Secret {
        Secret { id: "s".to_owned(), characters: 64, inside: None }
    }

    #[test]
    fn secrets_have_their_length_and_place() {
        let inside =
            Secret { inside: Some((serde_json::Map::new(), "key".to_owned())), id: "t".to_owned(), ..secret() };
        let values = generate(&[secret(), inside]).unwrap();
        assert_eq!(values["s"].len(), 64);
        assert!(values["s"].bytes().all(|byte| byte.is_ascii_alphanumeric()));
        let object: serde_json::Value = serde_json::from_str(&values["t"]).unwrap();
        assert_eq!(object["key"].as_str().unwrap().len(), 64);
    }

    #[test]
    fn a_directory_has_one_owner_and_keeps_its_secrets() {
        let path = std::env::temp_dir().join(format!("local-data-{}", request_id()));
        let first = DataDirectory::open(&path).unwrap();
        assert!(matches!(DataDirectory::open(&path), Err(StackError::DataInUse { .. })));
        let values = first.secrets(&[secret()]).unwrap();
        drop(first);
        let again = DataDirectory::open(&path).unwrap();
        assert_eq!(again.secrets(&[secret()]).unwrap(), values);
        fs::remove_dir_all(&path).unwrap();
    }

    #[test]
    fn request_ids_are_uuids() {
        let id = request_id();
        assert_eq!(id.len(), 36);
        assert_eq!(&id[14..15], "4");
        assert_ne!(id, request_id());
    }
}
