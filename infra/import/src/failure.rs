//! Why an import ends, in sentences that say what to do.

use std::io;
use std::path::PathBuf;

use platform::StartError;

use crate::{DumpError, Loss, losses};

/// Why nothing, or not all, was taken over.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The dump.
    #[error(transparent)]
    Dump(#[from] DumpError),
    /// The dump has no rows of any table that is known.
    #[error(
        "the dump holds no rows of the tables that are taken over (user, carmi, product, order, …); its other tables: {0}; \
         if these are the same under other names, rename them where the dump is made"
    )]
    Nothing(String),
    /// The dump has no users.
    #[error(
        "the dump holds no rows of the table `user`: without them every other row would be nobody's; tables that are not \
         known: {0}"
    )]
    NoUsers(String),
    /// The dump has several sites.
    #[error("the dump holds several sites: {found}; say which one to take over: --database NAME")]
    Databases {
        /// Which.
        found: String,
    },
    /// The dump has no database of that name.
    #[error(
        "the dump holds no database `{name}`; it holds: {found}; give one of these names to --database, or leave it out"
    )]
    NoDatabase {
        /// The name.
        name: String,
        /// Which it has.
        found: String,
    },
    /// Something would be lost, and nobody has said that it is meant.
    #[error("nothing was imported, because something would be lost:\n{}", losses::told(.0))]
    Asks(Vec<Loss>),
    /// A table of the dump lacks what it is for.
    #[error("line {line}: the table `{table}` has no column {columns}")]
    MissingColumns {
        /// Where.
        line: u64,
        /// Which table.
        table: String,
        /// Names of the columns.
        columns: String,
    },
    /// A file.
    #[error("{}: {source}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The report, or what it is read from.
    #[error("reading or writing a file failed: {0}")]
    Io(#[from] io::Error),
    /// The file of the importer's own.
    #[error("the importer's own file failed: {0}")]
    Spool(#[from] rusqlite::Error),
    /// The environment, or the secret.
    #[error("{}", told(.0))]
    Start(#[from] StartError),
    /// The table.
    #[error("the table cannot be read or written: {}; the same command goes on where this one was", .0.causes())]
    Table(domain::Error),
    /// The table is no empty one.
    #[error("the table is in use ({0} rows): nothing is imported into a table that people use. Import into a new one")]
    InUse(u64),
    /// The table has another import.
    #[error("the table holds an import of another dump, or of this one with other options or another secret: {0}")]
    Other(String),
    /// It is done already.
    #[error("this dump was imported already, at {0}")]
    Done(String),
}

impl From<domain::Error> for Failure {
    fn from(error: domain::Error) -> Self {
        Self::Table(error)
    }
}

impl Failure {
    /// The environment lacks something.
    pub fn missing(missing: platform::Missing) -> Self {
        Self::Start(missing.into())
    }
}

/// An error with what caused it.
fn told(error: &StartError) -> String {
    domain::chain(error)
}
