//! Reads what `mysqldump` writes, row by row, in bounded memory, however large a statement is.
//!
//! It knows as much of the language as dumps use: `CREATE TABLE` for the order of the columns and what kind they are,
//! `INSERT` and `REPLACE` for the rows, `SET` and conditional comments where they say how the rest is to be read. Every
//! other statement is passed over.

mod bytes;
mod schema;
mod statement;
#[cfg(test)]
mod tests;
mod value;

use std::collections::HashMap;
use std::io::{self, BufRead};
use std::sync::Arc;

use bytes::Bytes;
pub(crate) use schema::{Column, snake_case};

/// Longest name of a table or column that `MySQL` has, in bytes of its longest characters.
const NAME_BYTES_MAX: usize = 256;
/// Longest value that is kept; no item of DynamoDB's holds more than 400 KB.
const VALUE_BYTES_MAX: usize = 1024 * 1024;
/// Most columns of a table, by `MySQL`'s own limit.
const COLUMNS_MAX: usize = 4096;

/// Why a dump cannot be read.
#[derive(Debug, thiserror::Error)]
pub enum DumpError {
    /// Reading the file failed.
    #[error("the dump cannot be read")]
    Io(#[from] io::Error),
    /// It is no dump, or one of another kind.
    #[error("line {line}: this is no SQL dump: {what}")]
    NotADump {
        /// Where.
        line: u64,
        /// What is there instead.
        what: String,
    },
    /// It ends too early.
    #[error("line {line}: the dump is cut off: {what}")]
    Cut {
        /// Where.
        line: u64,
        /// What has no end.
        what: &'static str,
    },
    /// It is in another character set.
    #[error(
        "line {line}: the dump is not in UTF-8 but in {what}; make it with mysqldump --default-character-set=utf8mb4"
    )]
    Charset {
        /// Where.
        line: u64,
        /// What it is in.
        what: String,
    },
    /// It needs a way of reading that is not supported.
    #[error("line {line}: {what}")]
    Unsupported {
        /// Where.
        line: u64,
        /// What it is.
        what: String,
    },
}

/// A value: none for NULL. Numbers are texts.
pub(crate) type Value = Option<Vec<u8>>;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The table's name, as the dump has it.
    pub(crate) table: Arc<str>,
    /// Its columns, in the order of the values.
    pub(crate) columns: Arc<[Column]>,
    /// The values.
    pub(crate) values: Vec<Value>,
    /// The line that it begins in.
    pub(crate) line: u64,
    /// Whether a value was too long and is not kept.
    pub(crate) is_too_long: bool,
    /// Whether columns of the type `timestamp` are in UTC, as `mysqldump` writes them.
    pub(crate) has_utc_timestamps: bool,
}

/// A dump that is being read.
#[derive(Debug)]
pub(crate) struct Dump<R> {
    bytes: Bytes<R>,
    tables: HashMap<String, Arc<[Column]>>,
    /// The statement whose rows come next.
    insert: Option<(Arc<str>, Arc<[Column]>)>,
    has_utc_timestamps: bool,
    /// Whether its first lines say that it has a last one, and whether that came.
    has_head: bool,
    has_foot: bool,
    statements: u64,
}

impl<R: BufRead> Dump<R> {
    pub(crate) fn of(input: R) -> Self {
        Self {
            bytes: Bytes::of(input),
            tables: HashMap::new(),
            insert: None,
            has_utc_timestamps: false,
            has_head: false,
            has_foot: false,
            statements: 0,
        }
    }

    /// Bytes read so far.
    pub(crate) fn read(&self) -> u64 {
        self.bytes.read()
    }

    /// The next row; none at the end of a dump that is whole.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, DumpError> {
        loop {
            if let Some((table, columns)) = self.insert.clone() {
                if let Some(row) = self.tuple(&table, &columns)? {
                    return Ok(Some(row));
                }
                self.insert = None;
            }
            if !self.advance()? {
                self.check_end()?;
                return Ok(None);
            }
        }
    }

    /// Whether the end is where the dump says that it is.
    fn check_end(&self) -> Result<(), DumpError> {
        let line = self.bytes.line();
        if self.has_head && !self.has_foot {
            return Err(DumpError::Cut { line, what: "its last line, `-- Dump completed`, is missing" });
        }
        if self.statements == 0 {
            return Err(DumpError::NotADump { line, what: "it holds no statement".to_owned() });
        }
        Ok(())
    }

    fn cut(&self, what: &'static str) -> DumpError {
        DumpError::Cut { line: self.bytes.line(), what }
    }

    fn not_a_dump(&self, what: impl Into<String>) -> DumpError {
        DumpError::NotADump { line: self.bytes.line(), what: what.into() }
    }
}

/// A byte as a person reads it.
fn shown(byte: u8) -> String {
    if byte.is_ascii_graphic() { format!("`{}`", char::from(byte)) } else { format!("byte 0x{byte:02x}") }
}
