//! The file of a dump, plain or compressed, in UTF-8 or UTF-16, as bytes of UTF-8; and a digest of it as it lies there.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use flate2::read::MultiGzDecoder;
use ring::digest::{Context, SHA256};

use crate::encoding::{self, Utf8};
use crate::{DumpError, Failure};

/// How much is read at once.
const BUFFER_BYTES: usize = 256 * 1024;
/// Where an archive of tar says that it is one.
const TAR_MARK_AT: usize = 257;

/// A dump that is open.
pub(crate) struct Input {
    pub(crate) text: BufReader<Box<dyn Read>>,
    /// How many bytes of text that will be; 0 when nobody knows before the end.
    pub(crate) bytes: u64,
    hash: Arc<Mutex<Context>>,
}

impl Input {
    pub(crate) fn of(path: &Path) -> Result<Self, Failure> {
        let failed = |source| Failure::File { path: path.to_owned(), source };
        let file = File::open(path).map_err(failed)?;
        let mut bytes = file.metadata().map_err(failed)?.len();
        let hash = Arc::new(Mutex::new(Context::new(&SHA256)));
        let mut input = buffered(Box::new(Hashed { input: file, hash: Arc::clone(&hash) }));
        let begins = input.fill_buf().map_err(failed)?;
        if begins.is_empty() {
            return Err(no_dump(format!("{} is empty", path.display())));
        }
        refuse_others(begins)?;
        if begins.starts_with(&[0x1f, 0x8b]) {
            input = buffered(Box::new(MultiGzDecoder::new(input)));
            bytes = 0;
            let begins = input.fill_buf().map_err(DumpError::Io)?;
            refuse_others(begins)?;
        }
        let encoding = encoding::of(input.buffer()).map_err(|what| no_dump(what.to_owned()))?;
        if let Some(encoding) = encoding {
            input = buffered(Box::new(Utf8::of(input, encoding)));
            bytes = 0;
        }
        Ok(Self { text: input, bytes, hash })
    }

    /// A digest of what was read.
    pub(crate) fn digest(&self) -> String {
        let hash = self.hash.lock().unwrap_or_else(PoisonError::into_inner).clone().finish();
        hash.as_ref().iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))
    }
}

fn buffered(input: Box<dyn Read>) -> BufReader<Box<dyn Read>> {
    BufReader::with_capacity(BUFFER_BYTES, input)
}

fn no_dump(what: String) -> Failure {
    DumpError::NotADump { line: 1, what }.into()
}

/// Files that are clearly something else deserve a clearer word.
fn refuse_others(begins: &[u8]) -> Result<(), Failure> {
    let kinds: [(&[u8], &str); 8] = [
        (b"PK\x03\x04", "a zip archive; unpack it first"),
        (b"BZh", "compressed by bzip2; unpack it first"),
        (b"\xFD7zXZ", "compressed by xz; unpack it first"),
        (b"\x28\xB5\x2F\xFD", "compressed by zstd; unpack it first"),
        (b"7z\xBC\xAF\x27\x1C", "a 7z archive; unpack it first"),
        (b"Rar!", "a rar archive; unpack it first"),
        (b"SQLite format 3", "an SQLite database"),
        (b"<?xml", "XML; export as SQL instead"),
    ];
    let is_tar = begins.get(TAR_MARK_AT..).is_some_and(|rest| rest.starts_with(b"ustar"));
    match kinds.into_iter().find(|(magic, _)| begins.starts_with(magic)) {
        Some((_, what)) => Err(no_dump(what.to_owned())),
        None if is_tar => {
            Err(no_dump("a tar archive; unpack it first, and give the file with the SQL in it".to_owned()))
        }
        None => Ok(()),
    }
}

/// Adds up a digest of what is read.
struct Hashed<R> {
    input: R,
    hash: Arc<Mutex<Context>>,
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.input.read(buffer)?;
        if let Some(some) = buffer.get(..count) {
            self.hash.lock().unwrap_or_else(PoisonError::into_inner).update(some);
        }
        Ok(count)
    }
}
