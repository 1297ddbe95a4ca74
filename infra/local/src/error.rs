//! Why a stack does not start, in words for the person who started it.

use std::io;
use std::path::PathBuf;

use crate::template::TemplateError;

/// Why a stack does not start.
#[derive(Debug, thiserror::Error)]
pub enum StackError {
    /// Another process listens on the port.
    #[error("port {port} is in use: stop what runs there, or choose another with --port")]
    PortInUse {
        /// The port.
        port: u16,
    },
    /// The port cannot be listened on for another reason.
    #[error("cannot listen: {0}")]
    Listen(io::Error),
    /// Another stack uses the data directory.
    #[error("{} is in use by another local stack: stop it, or choose another directory with --data", .path.display())]
    DataInUse {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory cannot be used.
    #[error("{}: {source}", .path.display())]
    Data {
        /// The file or directory.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The database does not open.
    #[error("the database does not open: {0}")]
    Database(String),
    /// A table cannot be made.
    #[error("table {name} cannot be made: {refusal}")]
    Table {
        /// Its name.
        name: String,
        /// What the engine says.
        refusal: String,
    },
    /// The data directory holds a table of another version of the template.
    #[error(
        "the table {name} in the data directory has other keys than template.yaml: delete the directory to begin anew"
    )]
    OtherTable {
        /// Its name.
        name: String,
    },
    /// The template cannot be read.
    #[error(transparent)]
    Template(#[from] TemplateError),
    /// The template names a package that the local stack does not link.
    #[error("template.yaml names the package {package}, which infra/local/src/code.rs does not start")]
    UnknownPackage {
        /// The package.
        package: String,
    },
    /// A function does not start.
    #[error("function {id} does not start: {source}")]
    Function {
        /// Its logical id.
        id: String,
        /// Why.
        source: platform::StartError,
    },
    /// What a new stack holds cannot be put in.
    #[error("the table cannot be filled: {0}")]
    Seed(String),
    /// The system gives no random numbers.
    #[error("the system gives no random numbers")]
    Randomness,
}
