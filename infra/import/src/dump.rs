//! Reads what `mysqldump` writes, row by row, in bounded memory, however large a statement is.
//!
//! It knows as much of the language as dumps use: `CREATE TABLE` for the order of the columns and what kind they are,
//! `INSERT` and `REPLACE` for the rows, `USE` for whose they are, `SET` and comments where they say how the rest is to be
//! read and where it ends. Every other statement is passed over.

mod bytes;
mod frame;
mod schema;
mod statement;
#[cfg(test)]
mod tests;
mod value;

use std::collections::{HashMap, HashSet};
use std::io::{self, BufRead};
use std::sync::Arc;

use bytes::Bytes;
pub(crate) use frame::End;
use frame::Frame;
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
    #[error("the dump cannot be read: {0}")]
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
    /// It ends between two statements, and not as the program that wrote it ends a dump.
    #[error(
        "line {line}: the dump is cut off: {what}; make it anew, or copy it anew (if nothing is missing all the same, say \
         so: --accept end)"
    )]
    NoEnd {
        /// Where.
        line: u64,
        /// What is missing.
        what: String,
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

/// The database that rows are in; none where the dump names none.
pub(crate) type Database = Option<Arc<str>>;

/// A row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The database.
    pub(crate) database: Database,
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
    /// The database that names without one are in.
    database: Database,
    tables: HashMap<(Database, String), Arc<[Column]>>,
    /// The tables that have had rows.
    filled: HashSet<(Database, String)>,
    /// The statement whose rows come next.
    insert: Option<Insert>,
    has_utc_timestamps: bool,
    frame: Frame,
    statements: u64,
}

/// Where the rows of a statement go.
#[derive(Clone, Debug)]
struct Insert {
    database: Database,
    table: Arc<str>,
    columns: Arc<[Column]>,
}

impl<R: BufRead> Dump<R> {
    pub(crate) fn of(input: R) -> Self {
        Self {
            bytes: Bytes::of(input),
            database: None,
            tables: HashMap::new(),
            filled: HashSet::new(),
            insert: None,
            has_utc_timestamps: false,
            frame: Frame::default(),
            statements: 0,
        }
    }

    /// Bytes read so far.
    pub(crate) fn read(&self) -> u64 {
        self.bytes.read()
    }

    /// The next row; none at the end, which [`Dump::end`] judges.
    pub(crate) fn next(&mut self) -> Result<Option<Row>, DumpError> {
        loop {
            if let Some(insert) = self.insert.clone() {
                if let Some(row) = self.tuple(&insert)? {
                    return Ok(Some(row));
                }
                self.insert = None;
            }
            if !self.advance()? {
                if self.statements == 0 && !matches!(self.end(), End::Cut(_)) {
                    return Err(self.not_a_dump("it holds no statement"));
                }
                return Ok(None);
            }
        }
    }

    /// Whether the end is where the dump says that it is.
    pub(crate) fn end(&self) -> End {
        self.frame.end()
    }

    /// The number of the line that comes next.
    pub(crate) fn line(&self) -> u64 {
        self.bytes.line()
    }

    /// The tables that it creates or fills, with their databases.
    pub(crate) fn tables(&self) -> impl Iterator<Item = &(Database, String)> {
        self.tables.keys().chain(&self.filled)
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
