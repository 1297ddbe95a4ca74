//! Where objects are: in memory, or each in a file of its own.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use super::{Object, body};
use crate::lock;

type Name = (String, String);

/// The objects, by bucket and key.
pub(super) enum Store {
    Memory(Mutex<BTreeMap<Name, Object>>),
    /// The lock makes of look and write one step; no other process has the directory.
    Directory(Mutex<PathBuf>),
}

/// The first line of an object's file; the rest is the object.
#[derive(Serialize, Deserialize)]
struct Head {
    bucket: String,
    key: String,
    content_type: String,
    cache_control: Option<String>,
    content_disposition: Option<String>,
}

impl Store {
    pub(super) fn memory() -> Self {
        Self::Memory(Mutex::default())
    }

    pub(super) fn directory(path: PathBuf) -> io::Result<Self> {
        fs::create_dir_all(&path)?;
        Ok(Self::Directory(Mutex::new(path)))
    }

    pub(super) fn get(&self, bucket: &str, key: &str) -> io::Result<Option<Object>> {
        match self {
            Self::Memory(objects) => Ok(lock(objects).get(&(bucket.to_owned(), key.to_owned())).cloned()),
            Self::Directory(path) => read(&file(&lock(path), bucket, key)),
        }
    }

    /// Stores an object; false when it should be new and is not.
    pub(super) fn put(&self, object: Object, is_new: bool) -> io::Result<bool> {
        match self {
            Self::Memory(objects) => {
                let mut objects = lock(objects);
                let name = (object.bucket.clone(), object.key.clone());
                let refused = is_new && objects.contains_key(&name);
                if !refused {
                    objects.insert(name, object);
                }
                Ok(!refused)
            }
            Self::Directory(path) => {
                let path = lock(path);
                let file = file(&path, &object.bucket, &object.key);
                if is_new && file.try_exists()? {
                    return Ok(false);
                }
                write(&file, object).map(|()| true)
            }
        }
    }

    pub(super) fn remove(&self, bucket: &str, key: &str) -> io::Result<()> {
        match self {
            Self::Memory(objects) => {
                lock(objects).remove(&(bucket.to_owned(), key.to_owned()));
                Ok(())
            }
            Self::Directory(path) => match fs::remove_file(file(&lock(path), bucket, key)) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        }
    }

    pub(super) fn list(&self) -> Vec<Object> {
        match self {
            Self::Memory(objects) => lock(objects).values().cloned().collect(),
            Self::Directory(path) => {
                let path = lock(path);
                let entries = fs::read_dir(&*path).into_iter().flatten().flatten().map(|entry| entry.path());
                let files = entries.filter(|file| file.extension().is_none());
                let mut objects: Vec<Object> = files.filter_map(|file| read(&file).ok().flatten()).collect();
                objects.sort_by(|a, b| (&a.bucket, &a.key).cmp(&(&b.bucket, &b.key)));
                objects
            }
        }
    }
}

/// The file of an object. Keys come from anybody, so what names the file is made from the key and never the key.
fn file(directory: &Path, bucket: &str, key: &str) -> PathBuf {
    directory.join(body::sha256(format!("{bucket}/{key}").as_bytes()))
}

fn read(file: &Path) -> io::Result<Option<Object>> {
    let mut content = match fs::read(file) {
        Ok(content) => Bytes::from(content),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let end = content.iter().position(|byte| *byte == b'\n').ok_or(io::ErrorKind::InvalidData)?;
    let head: Head = serde_json::from_slice(&content.split_to(end))?;
    let bytes = content.slice(1..);
    let Head { bucket, key, content_type, cache_control, content_disposition } = head;
    Ok(Some(Object { bucket, key, content_type, cache_control, content_disposition, bytes }))
}

/// Writes beside and renames: half a file would be an object that is not what was put.
fn write(file: &Path, object: Object) -> io::Result<()> {
    let Object { bucket, key, content_type, cache_control, content_disposition, bytes } = object;
    let head = Head { bucket, key, content_type, cache_control, content_disposition };
    let mut content = serde_json::to_vec(&head)?;
    content.push(b'\n');
    content.extend_from_slice(&bytes);
    let draft = file.with_extension("new");
    fs::write(&draft, content)?;
    fs::rename(&draft, file)
}
